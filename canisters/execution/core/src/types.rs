//! Identities, states and accounts: the words the rules are written in.

pub use candid::Principal;
pub use granary_kernel::Id;
pub use granary_units::{Duration, Timestamp};
use sha2::{Digest, Sha256};

/// SHA-256, or thirty-two bytes of a subaccount.
pub type Hash = [u8; 32];

/// Marks [`IntentId`].
#[derive(Debug)]
pub enum IntentKind {}
/// Marks [`AssetId`].
#[derive(Debug)]
pub enum AssetKind {}
/// Marks [`ApprovalId`].
#[derive(Debug)]
pub enum ApprovalKind {}
/// Marks [`AuthorisationId`].
#[derive(Debug)]
pub enum AuthorisationKind {}
/// Marks [`UseId`].
#[derive(Debug)]
pub enum UseKind {}
/// Marks [`TroubleId`].
#[derive(Debug)]
pub enum TroubleKind {}
/// Marks [`OrphanId`].
#[derive(Debug)]
pub enum OrphanKind {}
/// Marks [`KeyId`].
#[derive(Debug)]
pub enum KeyKind {}

/// Position of an intent; its number on the wire also names the generation, see
/// [`crate::records::IntentRow::wire`].
pub type IntentId = Id<IntentKind>;
/// Number of an asset in `portfolio`.
pub type AssetId = Id<AssetKind>;
/// Number of an approval, over all intents.
pub type ApprovalId = Id<ApprovalKind>;
/// Number of a standing authorisation.
pub type AuthorisationId = Id<AuthorisationKind>;
/// Number of one use of a standing authorisation.
pub type UseId = Id<UseKind>;
/// Number of the errors of one intent.
pub type TroubleId = Id<TroubleKind>;
/// Number of a payment without an intent.
pub type OrphanId = Id<OrphanKind>;
/// Number of a signing key reference.
pub type KeyId = Id<KeyKind>;

/// Where an intent stands. Stored numbers 13 to 18 are kept for the states of a Bitcoin payment:
/// building, signing, broadcast, confirmed, replaced, stuck.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum IntentState {
    /// Written down; to be assessed.
    Created,
    /// `risk_guard` said that it must wait.
    Assessed,
    /// People must approve.
    AwaitingApproval,
    /// Approved; waits for its delay.
    Timelocked,
    /// To be reserved and sent.
    Ready,
    /// The transfer is fixed: to be sent, or under way.
    Submitting,
    /// It is not known whether the money moved.
    Unknown,
    /// Evidence is looked for.
    Reconciling,
    /// The money moved.
    Settled,
    /// Taken back before it was sent.
    Cancelled,
    /// Not sent in time.
    Expired,
    /// Denied for good, or rejected.
    Denied,
    /// People must find out.
    Quarantined,
}

impl IntentState {
    /// All states in the order of their stored numbers.
    pub const ALL: [Self; 13] = [
        Self::Created,
        Self::Assessed,
        Self::AwaitingApproval,
        Self::Timelocked,
        Self::Ready,
        Self::Submitting,
        Self::Unknown,
        Self::Reconciling,
        Self::Settled,
        Self::Cancelled,
        Self::Expired,
        Self::Denied,
        Self::Quarantined,
    ];

    /// States in which nothing was sent that is not known to have failed.
    pub const OPEN: &'static [Self] =
        &[Self::Created, Self::Assessed, Self::AwaitingApproval, Self::Timelocked, Self::Ready];

    /// Its place in [`Self::ALL`].
    pub const fn at(self) -> usize {
        match self {
            Self::Created => 0,
            Self::Assessed => 1,
            Self::AwaitingApproval => 2,
            Self::Timelocked => 3,
            Self::Ready => 4,
            Self::Submitting => 5,
            Self::Unknown => 6,
            Self::Reconciling => 7,
            Self::Settled => 8,
            Self::Cancelled => 9,
            Self::Expired => 10,
            Self::Denied => 11,
            Self::Quarantined => 12,
        }
    }

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Created => "Created",
            Self::Assessed => "Assessed",
            Self::AwaitingApproval => "AwaitingApproval",
            Self::Timelocked => "Timelocked",
            Self::Ready => "Ready",
            Self::Submitting => "Submitting",
            Self::Unknown => "Unknown",
            Self::Reconciling => "Reconciling",
            Self::Settled => "Settled",
            Self::Cancelled => "Cancelled",
            Self::Expired => "Expired",
            Self::Denied => "Denied",
            Self::Quarantined => "Quarantined",
        }
    }

    /// True before anything could have been sent.
    pub fn is_open(self) -> bool {
        Self::OPEN.contains(&self)
    }

    /// True when the money did not move and never will.
    pub const fn is_failed(self) -> bool {
        matches!(self, Self::Cancelled | Self::Expired | Self::Denied)
    }

    /// True while the money may be moving: what it takes is not available to others (E9).
    pub const fn is_in_flight(self) -> bool {
        matches!(self, Self::Submitting | Self::Unknown | Self::Reconciling | Self::Quarantined)
    }
}

/// An account of a ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Account {
    /// Whose.
    pub owner: Principal,
    /// Which of its accounts; zeroes are the default one.
    pub subaccount: Hash,
}

impl Account {
    /// How `portfolio` names the account among the world outside: SHA-256 over owner and
    /// subaccount.
    pub fn outside(&self) -> Hash {
        let mut digest = Sha256::new();
        digest.update(self.owner.as_slice());
        digest.update(self.subaccount);
        digest.finalize().into()
    }

    /// How `registry` names a wallet and `risk_guard` a destination: SHA-256 over network and
    /// address, each part behind its length.
    pub fn destination(&self, ledger: &Principal) -> Hash {
        let mut digest = Sha256::new();
        let parts: [&[u8]; 4] =
            [b"icrc", ledger.as_slice(), self.owner.as_slice(), &self.subaccount];
        for part in parts {
            digest.update([u8::try_from(part.len()).unwrap_or(u8::MAX)]);
            digest.update(part);
        }
        digest.finalize().into()
    }
}

/// Where the fees of a ledger go, as `portfolio` names it among the world outside.
pub fn fee_sink(ledger: &Principal) -> Hash {
    let mut digest = Sha256::new();
    digest.update(b"granary.outside");
    digest.update(ledger.as_slice());
    digest.update(b"fees");
    digest.finalize().into()
}

/// On whose behalf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A payout of `micro_grants`.
    Grant {
        /// The grant.
        grant: u64,
        /// The payout.
        payout: u64,
    },
    /// A leg of a plan of `strategy`.
    Plan {
        /// The plan.
        plan: u64,
        /// The leg.
        leg: u32,
    },
    /// A person.
    Manual,
    /// Cycles for a canister of the suite.
    CyclesTopUp {
        /// Which.
        canister: Principal,
    },
}

impl Origin {
    /// The name on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Grant { .. } => "Grant",
            Self::Plan { .. } => "Plan",
            Self::Manual => "Manual",
            Self::CyclesTopUp { .. } => "CyclesTopUp",
        }
    }
}

/// How a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// None is needed: the ledger knows the canister, and the path is a subaccount.
    IcrcSubaccount,
    /// Threshold ECDSA over secp256k1.
    EcdsaSecp256k1,
    /// Threshold Schnorr as BIP-340 has it.
    SchnorrBip340,
}

impl Scheme {
    /// All schemes in the order of their stored numbers.
    pub const ALL: [Self; 3] = [Self::IcrcSubaccount, Self::EcdsaSecp256k1, Self::SchnorrBip340];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::IcrcSubaccount => "IcrcSubaccount",
            Self::EcdsaSecp256k1 => "EcdsaSecp256k1",
            Self::SchnorrBip340 => "SchnorrBip340",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_states_are_their_places() {
        for (at, state) in IntentState::ALL.into_iter().enumerate() {
            assert_eq!(state.at(), at);
            assert_eq!(state.name(), format!("{state:?}"));
        }
    }

    #[test]
    fn accounts_have_the_names_the_other_canisters_give_them() {
        let owner = Principal::from_slice(&[1, 2, 3]);
        let account = Account { owner, subaccount: [7; 32] };
        let plain: Hash = Sha256::digest([&[1, 2, 3][..], &[7; 32]].concat()).into();
        assert_eq!(account.outside(), plain);
        let ledger = Principal::from_slice(&[9]);
        let parts = [&[4][..], b"icrc", &[1, 9, 3, 1, 2, 3, 32], &[7; 32]].concat();
        let named: Hash = Sha256::digest(parts).into();
        assert_eq!(account.destination(&ledger), named);
    }
}
