//! What the journal says happened.

use granary_kernel::{EventParts, KernelEvent};
use granary_stable::record::Record;
use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};

use crate::records::Config;
use crate::types::{Hash, Principal};

/// What kind of thing happened. Stored numbers are never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum EventKind {
    /// The canister was installed.
    #[n(0)]
    Installed,
    /// New code took the state over; number: records, digest: the journal's head.
    #[n(1)]
    StateRestored,
    /// A snapshot of this canister was restored; number: the epoch.
    #[n(2)]
    SnapshotRestored,
    /// The rules changed; number: the epoch of members and rules.
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
    /// The mode changed; name: the mode, digest: over the reason.
    #[n(7)]
    ModeChanged,
    /// New work is refused; number: the epoch.
    #[n(8)]
    DrainStarted,
    /// Work is taken again; number: the epoch.
    #[n(9)]
    DrainEnded,
    /// Another canister was named; party: where it is, name: its name.
    #[n(10)]
    PeerChanged,
    /// A proposal was made; digest: of its payload, name: its kind.
    #[n(11)]
    ProposalCreated,
    /// It came into a state; name: the state, number: until when.
    #[n(12)]
    ProposalMoved,
    /// It is over; name: the state, digest: over the reason.
    #[n(13)]
    ProposalEnded,
    /// A member approved; party: who, digest: of what, number: approvals that count.
    #[n(14)]
    ApprovalGiven,
    /// A member took its word back; party: who, number: approvals that count.
    #[n(15)]
    ApprovalRevoked,
    /// A member is against it; party: who, number: members against it.
    #[n(16)]
    ProposalRejected,
    /// A member stopped it; party: who, digest: over the reason.
    #[n(17)]
    ProposalVetoed,
    /// Enough approved; number: from when on it may be executed.
    #[n(18)]
    ProposalTimelocked,
    /// A module is complete; digest: its hash, number: its bytes.
    #[n(19)]
    ModuleStaged,
    /// A module nothing refers to was deleted; digest: its hash.
    #[n(20)]
    ModulePruned,
    /// A module is denied for ever; digest: its hash.
    #[n(21)]
    ModuleDenied,
    /// A member built it too; party: who, digest: the module, name: the commit.
    #[n(22)]
    BuildAttested,
    /// It was audited; number: checks that failed, name: the first of them.
    #[n(23)]
    AuditCompleted,
    /// Its rehearsal began.
    #[n(24)]
    RehearsalStarted,
    /// Its rehearsal ended; digest: of the report, name: how.
    #[n(25)]
    RehearsalCompleted,
    /// A step began; party: the canister, name: the step, number: its place.
    #[n(26)]
    StepStarted,
    /// A step succeeded; party: the canister, name: the step, number: its place.
    #[n(27)]
    StepSucceeded,
    /// A step failed; party: the canister, name: the step, digest: over the reason.
    #[n(28)]
    StepFailed,
    /// A canister was snapshotted; party: which, number: the epoch, digest: over the network's
    /// name for it.
    #[n(29)]
    SnapshotTaken,
    /// A canister got its snapshot back; party: which, number: the epoch.
    #[n(30)]
    SnapshotRestoredOf,
    /// A fleet snapshot was deleted; number: the epoch.
    #[n(31)]
    SnapshotPruned,
    /// What was done is taken back; name: the trigger, digest: over the reason.
    #[n(32)]
    RollbackTriggered,
    /// Members or their threshold changed; number: the epoch.
    #[n(33)]
    MembersChanged,
    /// A member showed that it is there; party: who.
    #[n(34)]
    MemberSeen,
    /// A canister came under control; party: which, name: its name.
    #[n(35)]
    TargetAdopted,
    /// Control of a canister was given away; party: which.
    #[n(36)]
    TargetReleased,
    /// Code or controllers are not what was approved; party: which, name: what.
    #[n(37)]
    DriftDetected,
    /// They are again; party: which.
    #[n(38)]
    DriftEnded,
    /// Something went wrong; number: the proposal it came from.
    #[n(39)]
    IncidentOpened,
    /// An incident came into a phase; name: the phase.
    #[n(40)]
    IncidentMoved,
    /// The recovery committee is another one; number: its quorum.
    #[n(41)]
    CommitteeChanged,
    /// A chunk of a module came; digest: the module, number: its place.
    #[n(42)]
    ChunkStaged,
    /// A member wants a release taken back; party: who, digest: of what, number: members who do.
    #[n(43)]
    RollbackWanted,
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
        Self::ProposalCreated,
        Self::ProposalMoved,
        Self::ProposalEnded,
        Self::ApprovalGiven,
        Self::ApprovalRevoked,
        Self::ProposalRejected,
        Self::ProposalVetoed,
        Self::ProposalTimelocked,
        Self::ModuleStaged,
        Self::ModulePruned,
        Self::ModuleDenied,
        Self::BuildAttested,
        Self::AuditCompleted,
        Self::RehearsalStarted,
        Self::RehearsalCompleted,
        Self::StepStarted,
        Self::StepSucceeded,
        Self::StepFailed,
        Self::SnapshotTaken,
        Self::SnapshotRestoredOf,
        Self::SnapshotPruned,
        Self::RollbackTriggered,
        Self::MembersChanged,
        Self::MemberSeen,
        Self::TargetAdopted,
        Self::TargetReleased,
        Self::DriftDetected,
        Self::DriftEnded,
        Self::IncidentOpened,
        Self::IncidentMoved,
        Self::CommitteeChanged,
        Self::ChunkStaged,
        Self::RollbackWanted,
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
    "ProposalCreated",
    "ProposalMoved",
    "ProposalEnded",
    "ApprovalGiven",
    "ApprovalRevoked",
    "ProposalRejected",
    "ProposalVetoed",
    "ProposalTimelocked",
    "ModuleStaged",
    "ModulePruned",
    "ModuleDenied",
    "BuildAttested",
    "AuditCompleted",
    "RehearsalStarted",
    "RehearsalCompleted",
    "StepStarted",
    "StepSucceeded",
    "StepFailed",
    "SnapshotTaken",
    "SnapshotRestoredOf",
    "SnapshotPruned",
    "RollbackTriggered",
    "MembersChanged",
    "MemberSeen",
    "TargetAdopted",
    "TargetReleased",
    "DriftDetected",
    "DriftEnded",
    "IncidentOpened",
    "IncidentMoved",
    "CommitteeChanged",
    "ChunkStaged",
    "RollbackWanted",
];

/// The payload. Absent parts take one byte each or none.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct EventV1 {
    /// What happened.
    #[n(0)]
    pub kind: EventKind,
    /// The proposal, fleet snapshot or incident it happened to; 0 for the canister itself.
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
    pub const fn digest(mut self, digest: Hash) -> Self {
        self.digest = Some(digest);
        self
    }

    /// With the digest of a reason.
    pub fn because(self, reason: &str) -> Self {
        self.digest(Sha256::digest(reason.as_bytes()).into())
    }

    /// With a number.
    pub const fn number(mut self, number: u64) -> Self {
        self.number = Some(number);
        self
    }

    /// With another party.
    pub const fn party(mut self, party: Principal) -> Self {
        self.party = Some(party);
        self
    }

    /// With a name, cut to what the journal keeps of one.
    pub fn name(self, name: &str) -> Self {
        let end = name.floor_char_boundary(64);
        Self { name: Some(name.get(..end).unwrap_or_default().to_owned()), ..self }
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
