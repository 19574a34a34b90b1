//! What is stored, in its newest shape.
//!
//! | family | shape | room |
//! |---|---|---|
//! | configuration with members and rules, roles | version byte + CBOR | [`config`] |
//! | event | version byte + CBOR, inside the journal | [`event`] |
//! | proposal, vote | fixed rows; a payload and a reason are bodies | [`proposal`] |
//! | payload | version byte + CBOR, a body, never changed | [`payload`] |
//! | open proposals | fixed row | [`open`] |
//! | module, attestation | version byte + CBOR; chunks as bytes | [`module`] |
//! | target, fleet snapshot | version byte + CBOR | [`target`] |
//! | audit, rehearsal | version byte + CBOR | [`audit`] |
//! | run of an execution or a rehearsal, with its steps | version byte + CBOR | [`run`], [`step`] |
//! | incident | version byte + CBOR | [`incident`] |
//! | totals | fixed row | [`totals`] |
//!
//! Field numbers are never used again; a retired one stays as a comment.

pub mod audit;
pub mod config;
pub mod event;
pub mod incident;
pub mod module;
pub mod open;
pub mod payload;
pub mod proposal;
pub mod run;
pub mod step;
pub mod target;
pub mod totals;

pub use audit::{AuditV1 as Audit, CheckV1 as AuditCheck, CopyWay, Verdict};
pub use audit::{RehearsalV1 as Rehearsal, RehearsedV1 as Rehearsed};
pub use config::{Config, Escalation, Member, Method, PendingRules, Recovery, Role, Rules};
pub use event::{Event, EventKind};
pub use granary_kernel::{Base, Mode, Phase, Profile, RoleGrant};
pub use incident::{Incident, Note, Phase as IncidentPhase};
pub use module::{Attestation, Chunk, Module, Packing, Stated};
pub use open::Open;
pub use payload::{
    Call, CallKind, CanisterSettings, Denied, Item, MemberSpec, MemoryPersistence, Payload,
    PayloadV1, Placement, Release,
};
pub use proposal::{Ballot, Proposal, ProposalLinks, ProposalRow, Vote, VoteRow};
pub use run::{Run, StepRow};
pub use target::{Drift, FleetSnapshot, Shot, SnapshotState, Target};
pub use totals::Totals;
