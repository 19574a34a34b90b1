//! What every canister of the suite has, whatever it is about: who governs it, what it still does,
//! how it is drained, upgraded, backed up, restored and checked, and whom it knows by name.
//!
//! No caller, no clock and no message here: who acts and when are arguments. A canister's core adds
//! its own records, rules and regions; its store dereferences to the [`Kernel`] it stands on.
//!
//! | room | holds |
//! |---|---|
//! | [`limits`] | bounds that mean the same in every canister |
//! | [`ctx`] | who acts and when; the proof that a verb was applied |
//! | [`id`], [`row`], [`cbor`] | numbers of entities; fixed rows and CBOR fields of records |
//! | [`base`], [`roles`] | the common part of every configuration; canister-wide roles |
//! | [`canister`] | what a core tells the kernel about itself: [`Canister`], [`CanisterStore`] |
//! | [`fault`] | every refusal that means the same everywhere, with its way to the wire |
//! | [`wording`] | state errors that are worded in the same way everywhere |
//! | [`checks`] | refusals of input that every canister repeats |
//! | [`mod@gate`] | identity, rehearsal, phase, mode and drain before any verb |
//! | [`verbs`] | roles, modes, drain and peers, as pure decisions |
//! | [`state`] | [`Kernel`]: the suite's regions, and what reads and writes them |
//! | [`open`] | install, open, upgrade, migrate |
//! | [`requests`] | a repeated request gets the first answer; the course of every verb |
//! | [`jobs`] | due work: the core's own and what it hands to the shell |
//! | [`lists`] | pages by cursor |
//! | [`transfer`] | export and import, and the digest of what an export shows |
//! | [`invariants`] | the frame of the checks, and the check of the journal |

#![warn(missing_docs)]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::float_arithmetic,
        clippy::indexing_slicing,
        clippy::integer_division,
        clippy::string_slice,
        clippy::unwrap_used,
        clippy::wildcard_enum_match_arm
    )
)]

pub mod base;
pub mod canister;
pub mod cbor;
pub mod checks;
pub mod ctx;
pub mod fault;
pub mod gate;
pub mod id;
pub mod invariants;
pub mod jobs;
pub mod limits;
pub mod lists;
pub mod open;
pub mod requests;
pub mod roles;
pub mod row;
pub mod state;
pub mod transfer;
pub mod verbs;
pub mod wording;

#[cfg(test)]
mod sample;
#[cfg(test)]
mod sample_tests;

pub use base::{Base, Drain, Mode, Peer, Phase, Profile, Settings};
pub use candid::Principal;
pub use canister::{Canister, CanisterStore, EventParts, KernelEvent, Places};
pub use ctx::{Ctx, Receipt, is_nobody};
pub use fault::Fault;
pub use gate::Class;
pub use id::Id;
pub use invariants::{Report, Violation};
pub use jobs::{Done, SHELL_JOBS, TickReport};
pub use lists::Page;
pub use open::{Install, OpenFault, Upgrade};
pub use requests::{Begin, Pending, Request, run};
pub use roles::{Role, RoleGrant};
pub use state::{Kernel, NO_ROOM, Vm};
pub use transfer::{Families, Held, StateDigest, StatePage};

/// SHA-256 of a document kept elsewhere, or of stored bytes.
pub type Hash = [u8; 32];
