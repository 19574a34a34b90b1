//! What happened: the payload of a journal entry.

use granary_kernel::{EventParts, KernelEvent};
use granary_stable::record::Record;
use minicbor::{Decode, Encode};

use crate::records::Config;
use crate::types::{Hash, Principal};

/// One kind for each transition. Numbers are never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum EventKind {
    /// The canister was installed.
    #[n(0)]
    Installed,
    /// New code took the state over; number: records found, digest: the journal's head before.
    #[n(1)]
    StateRestored,
    /// A snapshot was restored; number: the epoch.
    #[n(2)]
    SnapshotRestored,
    /// An upgrade changed the configuration; name: the mode.
    #[n(3)]
    ConfigChanged,
    /// The state was filled from a backup; number: records.
    #[n(4)]
    ImportFinished,
    /// A role was given; party: to whom, name: the role.
    #[n(5)]
    RoleGranted,
    /// A role was taken; party: from whom, name: the role.
    #[n(6)]
    RoleRevoked,
    /// The mode changed; name: the new one, digest: over the reason.
    #[n(7)]
    ModeChanged,
    /// New work is refused; number: the epoch.
    #[n(8)]
    DrainStarted,
    /// Work is taken again; number: the epoch.
    #[n(9)]
    DrainEnded,
    /// Another canister was named. Nobody can: this canister knows the governor only.
    #[n(10)]
    PeerChanged,
    /// The committee changed; number: the quorum, digest: over the members.
    #[n(11)]
    CommitteeChanged,
    /// A request was made; digest: what is asked for, name: the operation.
    #[n(12)]
    RequestSubmitted,
    /// A member approved it; digest: what was approved.
    #[n(13)]
    RequestApproved,
    /// A member's approval does not count any more; party: the member.
    #[n(14)]
    ApprovalWithdrawn,
    /// It has its quorum; number: from when on it may be executed, nanoseconds.
    #[n(15)]
    RequestReady,
    /// It lost its quorum; the delay begins anew with the next one.
    #[n(16)]
    RequestReopened,
    /// Its time ran out.
    #[n(17)]
    RequestExpired,
    /// Its execution began; digest: what is executed.
    #[n(18)]
    ExecutionStarted,
    /// The governor or the network is asked; name: for what, number: the turn.
    #[n(19)]
    StepStarted,
    /// A step was done; name: which.
    #[n(20)]
    StepDone,
    /// A step was given up, the governor is started again; name: why.
    #[n(21)]
    StepFailed,
    /// It was done.
    #[n(22)]
    RequestCompleted,
    /// It was not done; name: why.
    #[n(23)]
    RequestFailed,
    /// The governor's health check fails; name: how.
    #[n(24)]
    GovernorFailing,
    /// The governor's health check does not fail any more; number: since when it did.
    #[n(25)]
    GovernorBack,
    /// A chunk of a module was put before the governor; digest: its hash.
    #[n(26)]
    ChunkStaged,
    /// The chunks staged at the governor were removed.
    #[n(27)]
    ChunksCleared,
}

impl EventKind {
    /// Every kind in the order of the stored numbers.
    pub const ALL: &[Self] = &[
        Self::Installed,
        Self::StateRestored,
        Self::SnapshotRestored,
        Self::ConfigChanged,
        Self::ImportFinished,
        Self::RoleGranted,
        Self::RoleRevoked,
        Self::ModeChanged,
        Self::DrainStarted,
        Self::DrainEnded,
        Self::PeerChanged,
        Self::CommitteeChanged,
        Self::RequestSubmitted,
        Self::RequestApproved,
        Self::ApprovalWithdrawn,
        Self::RequestReady,
        Self::RequestReopened,
        Self::RequestExpired,
        Self::ExecutionStarted,
        Self::StepStarted,
        Self::StepDone,
        Self::StepFailed,
        Self::RequestCompleted,
        Self::RequestFailed,
        Self::GovernorFailing,
        Self::GovernorBack,
        Self::ChunkStaged,
        Self::ChunksCleared,
    ];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        let at = Self::ALL.iter().position(|kind| *kind == self).unwrap_or(NAMES.len());
        NAMES.get(at).copied().unwrap_or_default()
    }
}

/// Names in the order of [`EventKind::ALL`]; a test holds the two together.
const NAMES: &[&str] = &[
    "Installed",
    "StateRestored",
    "SnapshotRestored",
    "ConfigChanged",
    "ImportFinished",
    "RoleGranted",
    "RoleRevoked",
    "ModeChanged",
    "DrainStarted",
    "DrainEnded",
    "PeerChanged",
    "CommitteeChanged",
    "RequestSubmitted",
    "RequestApproved",
    "ApprovalWithdrawn",
    "RequestReady",
    "RequestReopened",
    "RequestExpired",
    "ExecutionStarted",
    "StepStarted",
    "StepDone",
    "StepFailed",
    "RequestCompleted",
    "RequestFailed",
    "GovernorFailing",
    "GovernorBack",
    "ChunkStaged",
    "ChunksCleared",
];

/// The payload. Absent parts take one byte each or none.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct EventV1 {
    /// What happened.
    #[n(0)]
    pub kind: EventKind,
    /// The entity it happened to.
    #[n(1)]
    pub subject: u64,
    /// A digest whose meaning the kind tells.
    #[cbor(n(2), with = "granary_kernel::cbor::opt_hash", has_nil)]
    pub digest: Option<Hash>,
    /// A number whose meaning the kind tells.
    #[n(3)]
    pub number: Option<u64>,
    /// The other party.
    #[cbor(n(4), with = "granary_kernel::cbor::opt_principal", has_nil)]
    pub party: Option<Principal>,
    /// A name whose meaning the kind tells.
    #[n(5)]
    pub name: Option<String>,
}

/// The payload in its newest shape.
pub type Event = EventV1;

impl Record for EventV1 {
    const NAME: &'static str = "event";
    const VERSION: u8 = 1;
}

impl EventV1 {
    /// Something happened to `subject`.
    pub const fn new(kind: EventKind, subject: u64) -> Self {
        Self { kind, subject, digest: None, number: None, party: None, name: None }
    }

    /// With a digest.
    pub fn digest(self, digest: Hash) -> Self {
        Self { digest: Some(digest), ..self }
    }

    /// With a number.
    pub fn number(self, number: u64) -> Self {
        Self { number: Some(number), ..self }
    }

    /// With another party.
    pub fn party(self, party: Principal) -> Self {
        Self { party: Some(party), ..self }
    }

    /// With a name.
    pub fn name(self, name: &str) -> Self {
        Self { name: Some(name.to_owned()), ..self }
    }

    /// What the journal says about one of the kernel's verbs.
    pub fn of_kernel(event: &KernelEvent<'_, Config>) -> Self {
        let kind = match event {
            KernelEvent::Installed => EventKind::Installed,
            KernelEvent::RoleGranted { .. } => EventKind::RoleGranted,
            KernelEvent::RoleRevoked { .. } => EventKind::RoleRevoked,
            KernelEvent::ModeChanged { .. } => EventKind::ModeChanged,
            KernelEvent::DrainStarted { .. } => EventKind::DrainStarted,
            KernelEvent::DrainEnded { .. } => EventKind::DrainEnded,
            KernelEvent::SnapshotRestored { .. } => EventKind::SnapshotRestored,
            KernelEvent::StateRestored { .. } => EventKind::StateRestored,
            KernelEvent::ConfigChanged { .. } => EventKind::ConfigChanged,
            KernelEvent::ImportFinished { .. } => EventKind::ImportFinished,
            KernelEvent::PeerChanged { .. } => EventKind::PeerChanged,
        };
        let EventParts { subject, number, digest, party, name } = event.parts();
        Self { kind, subject, digest, number, party, name: name.map(str::to_owned) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_own_name() {
        assert_eq!(EventKind::ALL.len(), NAMES.len());
        for kind in EventKind::ALL {
            assert_eq!(kind.name(), format!("{kind:?}"));
        }
    }
}
