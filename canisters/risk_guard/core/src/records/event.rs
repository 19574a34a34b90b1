//! What happened: the payload of a journal entry.

use granary_units::cbor;
use minicbor::{Decode, Encode};

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
    /// The configuration changed; name: the mode.
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
    /// Another canister was named; party: where it is, name: its name.
    #[n(10)]
    PeerChanged,
    /// A change waits; number: seconds until it may be applied, name: what it loosens first.
    #[n(11)]
    PolicyProposed,
    /// The policy changed; subject: the change, number: its version.
    #[n(12)]
    PolicyApplied,
    /// A change was taken back.
    #[n(13)]
    PolicyWithdrawn,
    /// A steward moved a parameter; name: which, number: the asset, units: its value.
    #[n(14)]
    ParameterAdjusted,
    /// Capacity is taken; number: the intent, asset and units: of what, digest: where to.
    #[n(15)]
    OutflowReserved,
    /// The money left; number: the intent.
    #[n(16)]
    OutflowCommitted,
    /// It did not; number: the intent.
    #[n(17)]
    OutflowReleased,
    /// Nobody said in time; number: the intent.
    #[n(18)]
    OutflowExpired,
    /// It may not leave; subject: the intent, name: the rule, units: what the rule lets through.
    #[n(19)]
    OutflowDenied,
    /// Money came; subject: the asset, units: how much.
    #[n(20)]
    InflowRecorded,
    /// A service answered or did not; name: the service, number: 1 when it answered.
    #[n(21)]
    OutcomeRecorded,
    /// A service is left alone; subject: its slot, name: the service.
    #[n(22)]
    BreakerOpened,
    /// A service is tried; subject: its slot, name: the service.
    #[n(23)]
    BreakerHalfOpened,
    /// A service is well; subject: its slot, name: the service.
    #[n(24)]
    BreakerClosed,
    /// An outflow is known in advance; asset and units: of what, digest: where to.
    #[n(25)]
    OutflowAnnounced,
    /// It was taken back.
    #[n(26)]
    AnnouncementCancelled,
    /// An intent uses it; number: the intent.
    #[n(27)]
    AnnouncementUsed,
    /// Its time is over.
    #[n(28)]
    AnnouncementLapsed,
    /// Outflows are stopped; party: by whom, number: until when, seconds since 1970.
    #[n(29)]
    Sealed,
    /// A governor moved the end of a seal; number: until when, seconds since 1970.
    #[n(30)]
    SealExtended,
    /// A governor ended a seal.
    #[n(31)]
    SealLifted,
    /// A seal ended by itself.
    #[n(32)]
    SealExpired,
    /// A guardian may seal once; party: who.
    #[n(33)]
    SeatArmed,
    /// A guardian sealed; number: the seal.
    #[n(34)]
    SeatUsed,
    /// A guardian showed no sign of life and is disarmed.
    #[n(35)]
    SeatLapsed,
    /// A governor took a seat back.
    #[n(36)]
    SeatDisarmed,
    /// A guardian is there.
    #[n(37)]
    GuardianHeartbeat,
    /// Something must be known; name: its kind, units: the value.
    #[n(38)]
    AlertRaised,
    /// Somebody looks after it; name: its kind.
    #[n(39)]
    AlertAcknowledged,
    /// It is over; name: its kind.
    #[n(40)]
    AlertResolved,
    /// The canister acted by itself; name: how.
    #[n(41)]
    ProtectiveActionTaken,
    /// Whether the treasury has what it owes; number: 1 when it has.
    #[n(42)]
    SolvencyChanged,
    /// The treasury was asked; number: assets.
    #[n(43)]
    TreasuryRefreshed,
    /// Alerts reach others.
    #[n(44)]
    EscalationChanged,
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
        Self::PolicyProposed,
        Self::PolicyApplied,
        Self::PolicyWithdrawn,
        Self::ParameterAdjusted,
        Self::OutflowReserved,
        Self::OutflowCommitted,
        Self::OutflowReleased,
        Self::OutflowExpired,
        Self::OutflowDenied,
        Self::InflowRecorded,
        Self::OutcomeRecorded,
        Self::BreakerOpened,
        Self::BreakerHalfOpened,
        Self::BreakerClosed,
        Self::OutflowAnnounced,
        Self::AnnouncementCancelled,
        Self::AnnouncementUsed,
        Self::AnnouncementLapsed,
        Self::Sealed,
        Self::SealExtended,
        Self::SealLifted,
        Self::SealExpired,
        Self::SeatArmed,
        Self::SeatUsed,
        Self::SeatLapsed,
        Self::SeatDisarmed,
        Self::GuardianHeartbeat,
        Self::AlertRaised,
        Self::AlertAcknowledged,
        Self::AlertResolved,
        Self::ProtectiveActionTaken,
        Self::SolvencyChanged,
        Self::TreasuryRefreshed,
        Self::EscalationChanged,
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
    "PolicyProposed",
    "PolicyApplied",
    "PolicyWithdrawn",
    "ParameterAdjusted",
    "OutflowReserved",
    "OutflowCommitted",
    "OutflowReleased",
    "OutflowExpired",
    "OutflowDenied",
    "InflowRecorded",
    "OutcomeRecorded",
    "BreakerOpened",
    "BreakerHalfOpened",
    "BreakerClosed",
    "OutflowAnnounced",
    "AnnouncementCancelled",
    "AnnouncementUsed",
    "AnnouncementLapsed",
    "Sealed",
    "SealExtended",
    "SealLifted",
    "SealExpired",
    "SeatArmed",
    "SeatUsed",
    "SeatLapsed",
    "SeatDisarmed",
    "GuardianHeartbeat",
    "AlertRaised",
    "AlertAcknowledged",
    "AlertResolved",
    "ProtectiveActionTaken",
    "SolvencyChanged",
    "TreasuryRefreshed",
    "EscalationChanged",
];

/// One event.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct EventV1 {
    /// What.
    #[n(0)]
    pub kind: EventKind,
    /// To which entity.
    #[n(1)]
    pub subject: u64,
    /// See the kind.
    #[n(2)]
    pub number: Option<u64>,
    /// See the kind.
    #[cbor(n(3), with = "granary_kernel::cbor::opt_hash", has_nil)]
    pub digest: Option<Hash>,
    /// See the kind.
    #[cbor(n(4), with = "granary_kernel::cbor::opt_principal", has_nil)]
    pub party: Option<Principal>,
    /// See the kind.
    #[n(5)]
    pub name: Option<String>,
    /// The asset, where there is one.
    #[n(6)]
    pub asset: Option<u32>,
    /// See the kind; 0 where nothing is counted.
    #[cbor(n(7), with = "cbor::u128")]
    pub units: u128,
}

/// An event in its newest shape.
pub type Event = EventV1;

impl EventV1 {
    /// Something happened to `subject`.
    pub const fn new(kind: EventKind, subject: u64) -> Self {
        let (number, digest, party, name, asset) = (None, None, None, None, None);
        Self { kind, subject, number, digest, party, name, asset, units: 0 }
    }

    /// With a digest, if there is one.
    pub fn digest(self, digest: impl Into<Option<Hash>>) -> Self {
        Self { digest: digest.into(), ..self }
    }

    /// With a number, if there is one.
    pub fn number(self, number: impl Into<Option<u64>>) -> Self {
        Self { number: number.into(), ..self }
    }

    /// With another party, if there is one.
    pub fn party(self, party: impl Into<Option<Principal>>) -> Self {
        Self { party: party.into(), ..self }
    }

    /// With a name.
    pub fn name(self, name: &str) -> Self {
        Self { name: Some(name.to_owned()), ..self }
    }

    /// Of an asset.
    pub fn of(self, asset: u32, units: u128) -> Self {
        Self { asset: Some(asset), units, ..self }
    }

    /// With an amount.
    pub fn units(self, units: u128) -> Self {
        Self { units, ..self }
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
