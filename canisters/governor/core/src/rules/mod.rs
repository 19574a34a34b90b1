//! The decisions: values in, values out. Who may, what counts, what is next; nothing here touches
//! the store.
//!
//! | room | decides |
//! |---|---|
//! | [`constitution`] | which members and rules there may be (V1, V12) |
//! | [`create_proposal`] | whether a proposal is taken |
//! | [`payload`] | whether its payload makes sense |
//! | [`tally`] | which words count (V2, V11) |
//! | [`vote`] | approvals, rejections, words taken back (V3) |
//! | [`stop`] | vetoes and cancellations (V13) |
//! | [`clock`] | what time alone does (V4) |
//! | [`execute`] | whether it may be executed now (V4, V6, V7, V10, V11) |
//! | [`modules`] | uploads, what a complete module is, who built it too |
//! | [`audit`] | what stands against a release (V10) |
//! | [`watch`] | whether code and controllers are what was approved |
//! | [`incidents`] | incidents and their phases |
//! | [`authority`] | who could change what, and after how long |

pub mod audit;
pub mod authority;
pub mod clock;
pub mod constitution;
pub mod create_proposal;
pub mod execute;
pub mod incidents;
pub mod modules;
pub mod payload;
pub mod run;
pub mod stop;
pub mod tally;
pub mod vote;
pub mod watch;

#[cfg(test)]
pub(crate) mod fixtures;

use std::collections::BTreeMap;

pub use granary_kernel::Ctx;

use crate::errors::{AccessFault, GovernorError, StateFault};
use crate::records::{
    Attestation, Audit, Config, Event, EventKind, FleetSnapshot, Incident, Module, PayloadV1,
    Proposal, Rehearsal, Run, Target, Vote,
};
use crate::types::{
    Hash, IncidentId, Permissions, Principal, ProposalId, ProposalState, Timestamp,
};

/// Everything one verb writes. The store applies it in one go and keeps counts and jobs.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// A proposal's head; the next number makes a new one.
    pub proposal: Option<(ProposalId, Proposal)>,
    /// The payload of the new one.
    pub payload: Option<PayloadV1>,
    /// A member's word about the proposal; it comes with the head that counts it.
    pub vote: Option<(Principal, Vote)>,
    /// The configuration.
    pub config: Option<Config>,
    /// A module.
    pub module: Option<(Hash, Module)>,
    /// Bytes of a chunk of it, and its place.
    pub chunk: Option<(u32, Vec<u8>)>,
    /// Modules that go, with their chunks and attestations.
    pub dropped: Vec<Hash>,
    /// A build attestation of a module.
    pub attestation: Option<(Hash, Principal, Attestation)>,
    /// A target; none takes it away.
    pub target: Option<(Principal, Option<Target>)>,
    /// An audit.
    pub audit: Option<(ProposalId, Audit)>,
    /// A rehearsal.
    pub rehearsal: Option<(ProposalId, Rehearsal)>,
    /// A run.
    pub run: Option<Run>,
    /// A fleet snapshot.
    pub snapshot: Option<(u64, FleetSnapshot)>,
    /// What a run learnt of the fleet.
    pub fleet: Fleet,
    /// An incident.
    pub incident: Option<(IncidentId, Incident)>,
    /// Modules that are denied from now on.
    pub denied: Vec<Hash>,
    /// When the clock looks at the proposal next; its own end when nothing is said.
    pub wake: Option<Timestamp>,
    /// What happened; the first one's subject is the receipt's id.
    pub events: Vec<Event>,
}

/// What a run writes beside its own row.
#[derive(Clone, Debug, Default)]
pub struct Fleet {
    /// Targets; none takes one away.
    pub targets: BTreeMap<Principal, Option<Target>>,
    /// Fleet snapshots.
    pub snapshots: BTreeMap<u64, FleetSnapshot>,
    /// Progress of the migration that is followed; zeroes when none is.
    pub migrating: Option<(u64, u64)>,
    /// Migrations that came to their end.
    pub migrated: u64,
}

impl Change {
    /// A change of a proposal's head.
    pub fn of(id: ProposalId, proposal: Proposal, events: Vec<Event>) -> Self {
        Self { proposal: Some((id, proposal)), events, ..Self::default() }
    }
}

/// A proposal being looked at.
#[derive(Clone, Debug)]
pub struct Looked {
    /// Which.
    pub id: ProposalId,
    /// Its head.
    pub proposal: Proposal,
}

impl Looked {
    /// Refuses it in any other state than these.
    pub fn need(&self, allowed: &'static [ProposalState]) -> Result<(), GovernorError> {
        let actual = self.proposal.state;
        if allowed.contains(&actual) {
            return Ok(());
        }
        Err(StateFault::Proposal { id: self.id.wire(), actual, allowed }.into())
    }

    /// The same in another state, since now, until `until`.
    pub fn moved(
        &self,
        state: ProposalState,
        until: Option<Timestamp>,
        now: Timestamp,
    ) -> (Proposal, Event) {
        let proposal = Proposal { state, since: now, until, ..self.proposal.clone() };
        let event = Event::new(EventKind::ProposalMoved, self.id.wire()).name(state.name());
        let event = match until {
            Some(at) => event.number(at.as_nanos()),
            None => event,
        };
        (proposal, event)
    }

    /// The same at its end, and why.
    pub fn ended(&self, state: ProposalState, reason: &str, now: Timestamp) -> (Proposal, Event) {
        let (proposal, _) = self.moved(state, None, now);
        let reason = reason.to_owned();
        let event = Event::new(EventKind::ProposalEnded, self.id.wire());
        let event = event.name(state.name()).because(&reason);
        (Proposal { ended_at: Some(now), eta: None, reason, ..proposal }, event)
    }
}

/// Refuses whoever is no member with this permission now.
pub fn need(config: &Config, what: Permissions, ctx: &Ctx) -> Result<(), GovernorError> {
    if config.may(&ctx.actor, what, ctx.now) {
        return Ok(());
    }
    let needs = what.names().first().copied().unwrap_or("Member");
    Err(AccessFault::NotMember { needs }.into())
}
