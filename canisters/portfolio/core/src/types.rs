//! Identities, owners and states: the words the rules are written in.

mod signed;

pub use candid::Principal;
pub use granary_kernel::{Hash, Id};
pub use granary_units::{Duration, Timestamp};
pub use signed::Signed;

/// Marks [`AssetId`].
#[derive(Debug)]
pub enum AssetTag {}
/// Marks [`AccountId`].
#[derive(Debug)]
pub enum AccountTag {}
/// Marks [`EntryId`].
#[derive(Debug)]
pub enum EntryTag {}
/// Marks [`PostingId`].
#[derive(Debug)]
pub enum PostingTag {}
/// Marks [`UtxoId`].
#[derive(Debug)]
pub enum UtxoTag {}

/// Number of an asset.
pub type AssetId = Id<AssetTag>;
/// Number of a book account.
pub type AccountId = Id<AccountTag>;
/// Number of a ledger entry.
pub type EntryId = Id<EntryTag>;
/// Number of a posting: one leg of an entry.
pub type PostingId = Id<PostingTag>;
/// Number of an unspent (or spent) output.
pub type UtxoId = Id<UtxoTag>;

/// Whose a book account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// The treasury itself: not promised to anybody.
    Treasury,
    /// A user of the registry, by number.
    User(u64),
    /// What is promised to a grant, by number.
    GrantCommitment(u64),
    /// Fees the treasury paid or set aside.
    Fees,
    /// What a ledger shows and nobody can explain (P8).
    Suspense,
    /// The world outside: the SHA-256 of a wallet's address.
    External(Hash),
}

impl Owner {
    /// Bytes of [`Self::key`].
    pub const KEY_BYTES: usize = 33;
    /// The names of all kinds in the order of their stored numbers.
    pub const KINDS: [&'static str; 6] =
        ["Treasury", "User", "GrantCommitment", "Fees", "Suspense", "External"];

    /// The kind's name on the wire.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Treasury => "Treasury",
            Self::User(_) => "User",
            Self::GrantCommitment(_) => "GrantCommitment",
            Self::Fees => "Fees",
            Self::Suspense => "Suspense",
            Self::External(_) => "External",
        }
    }

    /// True for the two kinds that may be below zero (P3).
    pub const fn may_be_negative(self) -> bool {
        match self {
            Self::Suspense | Self::External(_) => true,
            Self::Treasury | Self::User(_) | Self::GrantCommitment(_) | Self::Fees => false,
        }
    }

    /// True for kinds whose balance the treasury holds and knows the purpose of: what "booked"
    /// means in a reconciliation.
    pub const fn is_booked(self) -> bool {
        !self.may_be_negative()
    }

    /// The stored form: the kind, then the number or digest.
    pub fn key(self) -> [u8; Self::KEY_BYTES] {
        let mut key = [0; Self::KEY_BYTES];
        let mut out = granary_stable::bytes::Writer::new(&mut key);
        match self {
            Self::Treasury => out.u8(0),
            Self::User(number) => out.u8(1).u64(number),
            Self::GrantCommitment(number) => out.u8(2).u64(number),
            Self::Fees => out.u8(3),
            Self::Suspense => out.u8(4),
            Self::External(digest) => out.u8(5).put(&digest),
        };
        key
    }

    /// The owner in its stored form; none when [`Self::key`] makes no such form.
    pub fn from_key(key: &[u8; Self::KEY_BYTES]) -> Option<Self> {
        let mut from = granary_stable::bytes::Reader::new(key);
        let owner = match from.u8() {
            0 => Self::Treasury,
            1 => Self::User(from.u64()),
            2 => Self::GrantCommitment(from.u64()),
            3 => Self::Fees,
            4 => Self::Suspense,
            5 => Self::External(from.array()),
            _ => return None,
        };
        (owner.key() == *key).then_some(owner)
    }
}

/// Which Bitcoin network an asset lives on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// The one with money.
    Mainnet,
    /// The public test network.
    Testnet,
    /// A private one.
    Regtest,
}

impl Network {
    /// All networks in the order of their stored numbers.
    pub const ALL: [Self; 3] = [Self::Mainnet, Self::Testnet, Self::Regtest];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mainnet => "Mainnet",
            Self::Testnet => "Testnet",
            Self::Regtest => "Regtest",
        }
    }
}

/// `Active ⇄ Suspended → Retired`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssetStatus {
    /// Takes entries.
    Active,
    /// Takes no entries until somebody looked at it; what it has stays readable.
    Suspended,
    /// Empty and done with.
    Retired,
}

impl AssetStatus {
    /// All states in the order of their stored numbers.
    pub const ALL: [Self; 3] = [Self::Active, Self::Suspended, Self::Retired];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Suspended => "Suspended",
            Self::Retired => "Retired",
        }
    }
}

/// What an entry is about. It changes nothing about how it is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// Value came in.
    Deposit,
    /// Value went out.
    Withdrawal,
    /// Value moved between accounts of the books.
    Transfer,
    /// Value was promised to a grant.
    GrantCommitted,
    /// A promise was taken back.
    GrantReleased,
    /// A promise was kept: value went to a grantee.
    GrantPaid,
    /// A ledger's fee.
    Fee,
    /// A person corrected the books, usually out of Suspense.
    Adjustment,
    /// Reconciliation booked what a block of the ledger explains.
    Explained,
    /// Reconciliation booked what nothing explains.
    Unexplained,
}

impl EntryKind {
    /// All kinds in the order of their stored numbers.
    pub const ALL: [Self; 10] = [
        Self::Deposit,
        Self::Withdrawal,
        Self::Transfer,
        Self::GrantCommitted,
        Self::GrantReleased,
        Self::GrantPaid,
        Self::Fee,
        Self::Adjustment,
        Self::Explained,
        Self::Unexplained,
    ];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Deposit => "Deposit",
            Self::Withdrawal => "Withdrawal",
            Self::Transfer => "Transfer",
            Self::GrantCommitted => "GrantCommitted",
            Self::GrantReleased => "GrantReleased",
            Self::GrantPaid => "GrantPaid",
            Self::Fee => "Fee",
            Self::Adjustment => "Adjustment",
            Self::Explained => "Explained",
            Self::Unexplained => "Unexplained",
        }
    }

    /// True for kinds that only reconciliation writes.
    pub const fn is_reconciliation(self) -> bool {
        match self {
            Self::Explained | Self::Unexplained => true,
            Self::Deposit
            | Self::Withdrawal
            | Self::Transfer
            | Self::GrantCommitted
            | Self::GrantReleased
            | Self::GrantPaid
            | Self::Fee
            | Self::Adjustment => false,
        }
    }
}

/// `Never → Matched | Difference`, `Difference → Matched | Explained | Suspense`; each new run
/// begins again from what it finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReconciliationState {
    /// Not reconciled yet.
    Never,
    /// The ledger holds what is booked.
    Matched,
    /// It does not, and it is too early to say why.
    Difference,
    /// It did not, and blocks of the ledger said why: entries were posted.
    Explained,
    /// It does not, and nothing says why: the difference is in Suspense.
    Suspense,
}

impl ReconciliationState {
    /// All states in the order of their stored numbers.
    pub const ALL: [Self; 5] =
        [Self::Never, Self::Matched, Self::Difference, Self::Explained, Self::Suspense];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Never => "Never",
            Self::Matched => "Matched",
            Self::Difference => "Difference",
            Self::Explained => "Explained",
            Self::Suspense => "Suspense",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_survive_their_keys() {
        let owners = [
            Owner::Treasury,
            Owner::User(7),
            Owner::GrantCommitment(u64::MAX),
            Owner::Fees,
            Owner::Suspense,
            Owner::External([9; 32]),
        ];
        for owner in owners {
            let key = owner.key();
            assert_eq!(Owner::from_key(&key), Some(owner));
            assert_eq!(Owner::KINDS.get(usize::from(key[0])), Some(&owner.kind()));
        }
        let mut spoilt = Owner::Treasury.key();
        spoilt[5] = 1;
        assert_eq!(Owner::from_key(&spoilt), None);
        assert_eq!(Owner::from_key(&[6; 33]), None);
    }
}
