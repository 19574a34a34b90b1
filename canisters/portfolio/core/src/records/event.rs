//! What happened, one record per event, inside the hash-chained journal.

use granary_kernel::KernelEvent;
use minicbor::{Decode, Encode};

use crate::records::config::Config;
use crate::types::{Hash, Principal, Signed};

/// What happened. Numbers are never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum EventKind {
    /// An asset was registered.
    #[n(0)]
    AssetRegistered,
    /// The status or the fee of an asset changed.
    #[n(1)]
    AssetChanged,
    /// An account was opened without an entry.
    #[n(2)]
    AccountOpened,
    /// An entry was posted.
    #[n(3)]
    EntryPosted,
    /// A reconciliation began; number: its run.
    #[n(4)]
    ReconcileStarted,
    /// A reconciliation failed; name: the code of the failure.
    #[n(5)]
    ReconcileFailed,
    /// The ledger holds what is booked; number: length of the ledger.
    #[n(6)]
    Reconciled,
    /// The ledger holds something else; units: the difference.
    #[n(7)]
    DifferenceFound,
    /// Blocks of the ledger explained a difference; number: entries posted.
    #[n(8)]
    DifferenceExplained,
    /// Nothing explains a difference: it is in Suspense.
    #[n(9)]
    DifferenceSuspended,
    /// An output was seen.
    #[n(10)]
    UtxoSeen,
    /// An output has the confirmations it needs.
    #[n(11)]
    UtxoConfirmed,
    /// An output may be spent.
    #[n(12)]
    UtxoAvailable,
    /// An output is held for an intent; number: the intent.
    #[n(13)]
    UtxoReserved,
    /// A reservation was given back; number: the intent.
    #[n(14)]
    UtxoReleased,
    /// An output was spent; digest: the transaction.
    #[n(15)]
    UtxoSpent,
    /// An output is not to be spent; name: why.
    #[n(16)]
    UtxoSuspended,
    /// An output left the chain before it was confirmed.
    #[n(17)]
    UtxoDropped,
    /// The header chain grew; number: its height.
    #[n(18)]
    HeadersExtended,
    /// The header chain changed its past; number: how deep.
    #[n(19)]
    ReorgDetected,
    /// A change of the past was too deep: deposits wait for a person.
    #[n(20)]
    DepositsFrozen,
    /// A price was taken; subject: the asset.
    #[n(21)]
    PriceUpdated,
    /// A price is too old to be trusted; subject: the asset.
    #[n(22)]
    PriceStale,
    /// A price was frozen; subject: the asset.
    #[n(23)]
    PriceFrozen,
    /// A price is taken again; subject: the asset.
    #[n(24)]
    PriceThawed,
    /// The books were committed to; subject: the epoch.
    #[n(25)]
    CommitmentMade,
    /// A role was given.
    #[n(26)]
    RoleGranted,
    /// A role was taken.
    #[n(27)]
    RoleRevoked,
    /// The mode changed.
    #[n(28)]
    ModeChanged,
    /// A drain began.
    #[n(29)]
    DrainStarted,
    /// A drain ended.
    #[n(30)]
    DrainEnded,
    /// The canister was installed.
    #[n(31)]
    Installed,
    /// New code took over the state.
    #[n(32)]
    StateRestored,
    /// A snapshot was restored.
    #[n(33)]
    SnapshotRestored,
    /// The configuration changed.
    #[n(34)]
    ConfigChanged,
    /// An import ended.
    #[n(35)]
    ImportFinished,
    /// A peer was told or forgotten.
    #[n(36)]
    PeerChanged,
    /// Deposits go on after a change of the past.
    #[n(37)]
    DepositsThawed,
    /// The oracle is asked; number: the question.
    #[n(38)]
    PriceAsked,
    /// The oracle gave no rate that was taken; name: why.
    #[n(39)]
    PriceFailed,
    /// What the oracle is asked about an asset was set; name: the symbol.
    #[n(40)]
    PriceSourceSet,
}

impl EventKind {
    /// All kinds in the order of their stored numbers.
    pub const ALL: [Self; 41] = [
        Self::AssetRegistered,
        Self::AssetChanged,
        Self::AccountOpened,
        Self::EntryPosted,
        Self::ReconcileStarted,
        Self::ReconcileFailed,
        Self::Reconciled,
        Self::DifferenceFound,
        Self::DifferenceExplained,
        Self::DifferenceSuspended,
        Self::UtxoSeen,
        Self::UtxoConfirmed,
        Self::UtxoAvailable,
        Self::UtxoReserved,
        Self::UtxoReleased,
        Self::UtxoSpent,
        Self::UtxoSuspended,
        Self::UtxoDropped,
        Self::HeadersExtended,
        Self::ReorgDetected,
        Self::DepositsFrozen,
        Self::PriceUpdated,
        Self::PriceStale,
        Self::PriceFrozen,
        Self::PriceThawed,
        Self::CommitmentMade,
        Self::RoleGranted,
        Self::RoleRevoked,
        Self::ModeChanged,
        Self::DrainStarted,
        Self::DrainEnded,
        Self::Installed,
        Self::StateRestored,
        Self::SnapshotRestored,
        Self::ConfigChanged,
        Self::ImportFinished,
        Self::PeerChanged,
        Self::DepositsThawed,
        Self::PriceAsked,
        Self::PriceFailed,
        Self::PriceSourceSet,
    ];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AssetRegistered => "AssetRegistered",
            Self::AssetChanged => "AssetChanged",
            Self::AccountOpened => "AccountOpened",
            Self::EntryPosted => "EntryPosted",
            Self::ReconcileStarted => "ReconcileStarted",
            Self::ReconcileFailed => "ReconcileFailed",
            Self::Reconciled => "Reconciled",
            Self::DifferenceFound => "DifferenceFound",
            Self::DifferenceExplained => "DifferenceExplained",
            Self::DifferenceSuspended => "DifferenceSuspended",
            Self::UtxoSeen => "UtxoSeen",
            Self::UtxoConfirmed => "UtxoConfirmed",
            Self::UtxoAvailable => "UtxoAvailable",
            Self::UtxoReserved => "UtxoReserved",
            Self::UtxoReleased => "UtxoReleased",
            Self::UtxoSpent => "UtxoSpent",
            Self::UtxoSuspended => "UtxoSuspended",
            Self::UtxoDropped => "UtxoDropped",
            Self::HeadersExtended => "HeadersExtended",
            Self::ReorgDetected => "ReorgDetected",
            Self::DepositsFrozen => "DepositsFrozen",
            Self::PriceUpdated => "PriceUpdated",
            Self::PriceStale => "PriceStale",
            Self::PriceFrozen => "PriceFrozen",
            Self::PriceThawed => "PriceThawed",
            Self::CommitmentMade => "CommitmentMade",
            Self::RoleGranted => "RoleGranted",
            Self::RoleRevoked => "RoleRevoked",
            Self::ModeChanged => "ModeChanged",
            Self::DrainStarted => "DrainStarted",
            Self::DrainEnded => "DrainEnded",
            Self::Installed => "Installed",
            Self::StateRestored => "StateRestored",
            Self::SnapshotRestored => "SnapshotRestored",
            Self::ConfigChanged => "ConfigChanged",
            Self::ImportFinished => "ImportFinished",
            Self::PeerChanged => "PeerChanged",
            Self::DepositsThawed => "DepositsThawed",
            Self::PriceAsked => "PriceAsked",
            Self::PriceFailed => "PriceFailed",
            Self::PriceSourceSet => "PriceSourceSet",
        }
    }
}

/// The payload. Absent parts take one byte each or none.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct EventV1 {
    /// What happened.
    #[n(0)]
    pub kind: EventKind,
    /// The entity it happened to.
    #[n(1)]
    pub subject: u64,
    /// An amount.
    #[n(2)]
    pub units: Option<Signed>,
    /// A digest whose meaning the kind tells.
    #[cbor(n(3), with = "granary_kernel::cbor::opt_hash", has_nil)]
    pub digest: Option<Hash>,
    /// A number whose meaning the kind tells.
    #[n(4)]
    pub number: Option<u64>,
    /// The other party.
    #[cbor(n(5), with = "granary_kernel::cbor::opt_principal", has_nil)]
    pub party: Option<Principal>,
    /// A name whose meaning the kind tells.
    #[n(6)]
    pub name: Option<String>,
}

/// The payload in its newest shape.
pub type Event = EventV1;

impl EventV1 {
    /// Something happened to `subject`.
    pub const fn new(kind: EventKind, subject: u64) -> Self {
        Self { kind, subject, units: None, digest: None, number: None, party: None, name: None }
    }

    /// With an amount.
    pub fn units(self, units: Signed) -> Self {
        Self { units: Some(units), ..self }
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

    /// What the journal keeps of one of the kernel's verbs.
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
        let parts = event.parts();
        Self {
            kind,
            subject: parts.subject,
            units: None,
            digest: parts.digest,
            number: parts.number,
            party: parts.party,
            name: parts.name.map(str::to_owned),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_own_name() {
        for kind in EventKind::ALL {
            assert_eq!(kind.name(), format!("{kind:?}"));
        }
    }
}
