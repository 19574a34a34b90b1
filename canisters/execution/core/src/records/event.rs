//! What the journal says happened.

use granary_kernel::{EventParts, KernelEvent};
use granary_stable::record::Record;
use minicbor::{Decode, Encode};

use crate::records::Config;
use crate::types::{Hash, IntentState, Principal};

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
    /// A snapshot was restored; number: the epoch.
    #[n(2)]
    SnapshotRestored,
    /// An upgrade changed the configuration.
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
    /// An asset was adopted; party: its ledger.
    #[n(11)]
    AssetAdopted,
    /// An intent was submitted; digest: its memo, party: by whom.
    #[n(12)]
    IntentCreated,
    /// `risk_guard` was asked; number: approvals needed, name: the rule that denies.
    #[n(13)]
    IntentAssessed,
    /// A person approved; party: who, digest: of what.
    #[n(14)]
    IntentApproved,
    /// An approval was taken back; party: whose.
    #[n(15)]
    IntentApprovalRevoked,
    /// It came into a state on its way; name: the state.
    #[n(16)]
    IntentMoved,
    /// Its delay began; number: when it ends.
    #[n(17)]
    IntentTimelocked,
    /// Its transfer was fixed; number: the attempt.
    #[n(18)]
    IntentPrepared,
    /// The transfer is sent; number: which send of this attempt.
    #[n(19)]
    IntentSubmitted,
    /// It is not known whether the money moved.
    #[n(20)]
    IntentUnknown,
    /// It is known that the money did not move; number: the attempt, name: the evidence.
    #[n(21)]
    IntentReconciled,
    /// The money moved; number: the block, name: how it was learnt.
    #[n(22)]
    IntentSettled,
    /// It was taken back; digest: over the reason.
    #[n(23)]
    IntentCancelled,
    /// It was not sent in time.
    #[n(24)]
    IntentExpired,
    /// It is denied for good; name: the rule, digest: over the reason.
    #[n(25)]
    IntentDenied,
    /// People must find out; name: why.
    #[n(26)]
    IntentQuarantined,
    /// People found out; name: what, digest: over their evidence.
    #[n(27)]
    QuarantineResolved,
    /// The books have the entry; number: the entry.
    #[n(28)]
    IntentPosted,
    /// `risk_guard` has the commitment.
    #[n(29)]
    IntentCommitted,
    /// `risk_guard` has the capacity back.
    #[n(30)]
    IntentReleased,
    /// A step failed; number: failures in a row, name: the step.
    #[n(31)]
    IntentDelayed,
    /// `risk_guard` holds capacity; number: the reservation.
    #[n(32)]
    IntentReserved,
    /// The ledger's fee is another one; number: the new one, as far as 64 bits hold it.
    #[n(33)]
    IntentRepriced,
    /// A standing authorisation was given, used or taken back; name: which, party: the initiator.
    #[n(34)]
    StandingAuthorisationChanged,
    /// A signing key was referenced; number: the asset, name: the scheme.
    #[n(35)]
    KeyReferenced,
    /// The blocks since a snapshot are looked at; number: the first.
    #[n(36)]
    LookbackStarted,
    /// They were looked at; number: the next block.
    #[n(37)]
    LookbackEnded,
    /// A payment without an intent; number: the block, digest: its memo.
    #[n(38)]
    OrphanFound,
    /// It was explained; name: how, number: the intent that claims it.
    #[n(39)]
    OrphanResolved,
    /// Intents were woken; number: how many.
    #[n(40)]
    IntentsWoken,
    // 41 is kept for cycles that were sent to a canister.
    /// A step was begun; name: which.
    #[n(42)]
    StepBegun,
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
        Self::AssetAdopted,
        Self::IntentCreated,
        Self::IntentAssessed,
        Self::IntentApproved,
        Self::IntentApprovalRevoked,
        Self::IntentMoved,
        Self::IntentTimelocked,
        Self::IntentPrepared,
        Self::IntentSubmitted,
        Self::IntentUnknown,
        Self::IntentReconciled,
        Self::IntentSettled,
        Self::IntentCancelled,
        Self::IntentExpired,
        Self::IntentDenied,
        Self::IntentQuarantined,
        Self::QuarantineResolved,
        Self::IntentPosted,
        Self::IntentCommitted,
        Self::IntentReleased,
        Self::IntentDelayed,
        Self::IntentReserved,
        Self::IntentRepriced,
        Self::StandingAuthorisationChanged,
        Self::KeyReferenced,
        Self::LookbackStarted,
        Self::LookbackEnded,
        Self::OrphanFound,
        Self::OrphanResolved,
        Self::IntentsWoken,
        Self::StepBegun,
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
    "AssetAdopted",
    "IntentCreated",
    "IntentAssessed",
    "IntentApproved",
    "IntentApprovalRevoked",
    "IntentMoved",
    "IntentTimelocked",
    "IntentPrepared",
    "IntentSubmitted",
    "IntentUnknown",
    "IntentReconciled",
    "IntentSettled",
    "IntentCancelled",
    "IntentExpired",
    "IntentDenied",
    "IntentQuarantined",
    "QuarantineResolved",
    "IntentPosted",
    "IntentCommitted",
    "IntentReleased",
    "IntentDelayed",
    "IntentReserved",
    "IntentRepriced",
    "StandingAuthorisationChanged",
    "KeyReferenced",
    "LookbackStarted",
    "LookbackEnded",
    "OrphanFound",
    "OrphanResolved",
    "IntentsWoken",
    "StepBegun",
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

    /// An intent came into a state on its way.
    pub fn moved(subject: u64, state: IntentState) -> Self {
        Self::new(EventKind::IntentMoved, subject).name(state.name())
    }

    /// With a digest.
    pub const fn digest(mut self, digest: Hash) -> Self {
        self.digest = Some(digest);
        self
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
