//! What happened: the payload of a journal entry.

use granary_stable::record::Record;
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
    /// A role of the canister was given; party: to whom, name: the role.
    #[n(5)]
    OfficeGranted,
    /// A role of the canister was taken; party: from whom, name: the role.
    #[n(6)]
    OfficeRevoked,
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
    /// A user was registered; party: its first or invited identity.
    #[n(11)]
    UserRegistered,
    /// An identity was asked to join; party: the identity.
    #[n(12)]
    IdentityLinkProposed,
    /// It joined; party: the identity.
    #[n(13)]
    IdentityLinked,
    /// It left, or its proposal was taken back; party: the identity.
    #[n(14)]
    IdentityUnlinked,
    /// A wallet was added; number: the user, digest: the address's key.
    #[n(15)]
    WalletAdded,
    /// The user controls it; number: the user, name: the method, digest: the evidence.
    #[n(16)]
    WalletVerified,
    /// It is not used any more; number: the user.
    #[n(17)]
    WalletRevoked,
    /// Money went there for the first time; number: the user.
    #[n(18)]
    WalletUsed,
    /// Another user had verified the address before: it is unverified; number: the user.
    #[n(19)]
    WalletUnverified,
    /// A version of a risk profile was defined; number: the version.
    #[n(20)]
    RiskProfileDefined,
    /// A user's risk profile changed; number: the profile.
    #[n(21)]
    RiskProfileChanged,
    /// A user's status changed; name: the new one, digest: over the reason.
    #[n(22)]
    UserStatusChanged,
    /// A role was given; party: the holding principal, number: the holding user, name: the role.
    #[n(23)]
    RoleGranted,
    /// Its time has come; name: the role.
    #[n(24)]
    RoleEffective,
    /// It was taken back; name: the role.
    #[n(25)]
    RoleRevoked,
    /// Its time is over, or no sign of life came; name: the role.
    #[n(26)]
    RoleExpired,
    /// A sign of life; name: the role.
    #[n(27)]
    RoleHeartbeat,
}

impl EventKind {
    /// Every kind in the order of the stored numbers.
    pub const ALL: &[Self] = &[
        Self::Installed,
        Self::StateRestored,
        Self::SnapshotRestored,
        Self::ConfigChanged,
        Self::ImportFinished,
        Self::OfficeGranted,
        Self::OfficeRevoked,
        Self::ModeChanged,
        Self::DrainStarted,
        Self::DrainEnded,
        Self::PeerChanged,
        Self::UserRegistered,
        Self::IdentityLinkProposed,
        Self::IdentityLinked,
        Self::IdentityUnlinked,
        Self::WalletAdded,
        Self::WalletVerified,
        Self::WalletRevoked,
        Self::WalletUsed,
        Self::WalletUnverified,
        Self::RiskProfileDefined,
        Self::RiskProfileChanged,
        Self::UserStatusChanged,
        Self::RoleGranted,
        Self::RoleEffective,
        Self::RoleRevoked,
        Self::RoleExpired,
        Self::RoleHeartbeat,
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
    "OfficeGranted",
    "OfficeRevoked",
    "ModeChanged",
    "DrainStarted",
    "DrainEnded",
    "PeerChanged",
    "UserRegistered",
    "IdentityLinkProposed",
    "IdentityLinked",
    "IdentityUnlinked",
    "WalletAdded",
    "WalletVerified",
    "WalletRevoked",
    "WalletUsed",
    "WalletUnverified",
    "RiskProfileDefined",
    "RiskProfileChanged",
    "UserStatusChanged",
    "RoleGranted",
    "RoleEffective",
    "RoleRevoked",
    "RoleExpired",
    "RoleHeartbeat",
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
    /// Digest of the text the event is about.
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
