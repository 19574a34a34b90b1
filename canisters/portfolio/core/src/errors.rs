//! Every refusal, by category, with its code; and the one way from here to the wire.

mod catalogue;
mod proof;
mod proof_codes;
mod wire;
#[cfg(test)]
mod wire_tests;

use granary_errors::Error;
use granary_kernel::Fault;
use granary_stable::StorageFault;
use granary_units::OutOfRange;

pub use catalogue::CATALOGUE;
pub use proof::{CommitmentFault, HeaderFault, PROOF_CATALOGUE, PriceFault, ProofFault, UtxoFault};

use crate::records::Symbol;
use crate::types::{AssetStatus, EntryId, EntryKind, Owner, Signed};

/// Why a verb changed nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortfolioError {
    /// What every canister refuses alike.
    Kernel(Fault),
    /// The request itself is wrong.
    Input(InputFault),
    /// An account does not have so much.
    Funds(FundsFault),
    /// There is no such thing.
    Missing(Missing),
    /// Not now, or not in this order.
    State(StateFault),
    /// A ledger gave no answer that can be used; nothing was booked.
    Ledger(LedgerFault),
    /// Outputs, prices, headers, commitments.
    Proof(ProofFault),
}

/// The request itself is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputFault {
    /// Too few postings, or too many.
    PostingCount {
        /// How many.
        count: usize,
    },
    /// The postings of one asset do not sum to zero (P1).
    Unbalanced {
        /// The asset.
        asset: u64,
        /// What they sum to.
        sum: Signed,
    },
    /// A posting that changes nothing.
    DeltaZero {
        /// Which.
        index: usize,
    },
    /// Two postings change the same account.
    SameAccount {
        /// The second.
        index: usize,
    },
    /// A kind only reconciliation writes.
    KindReserved {
        /// The kind.
        kind: EntryKind,
    },
    /// Suspense is changed by adjustments only.
    SuspenseReserved {
        /// Which posting.
        index: usize,
    },
    /// The external reference is of no asset of the entry.
    ReferenceForeign,
    /// The filters of a list do not go together.
    Filter,
    /// A period that ends before it begins.
    Period,
    /// A time of the settings is too short or too long.
    WindowRange {
        /// Which.
        field: &'static str,
        /// What was given.
        given_ns: u64,
        /// The least.
        min_ns: u64,
        /// The most.
        max_ns: u64,
    },
}

/// An account does not have so much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FundsFault {
    /// Only Suspense and External go below zero (P3).
    Balance {
        /// Whose account.
        owner: Owner,
        /// What the entry takes.
        required: u128,
        /// What is there.
        available: u128,
        /// Of which asset.
        symbol: Symbol,
    },
}

/// There is no such thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// No such asset.
    Asset {
        /// Its number.
        id: u64,
    },
    /// No such account.
    Account {
        /// Its number, 0 when it was named by its owner.
        id: u64,
    },
    /// No such entry.
    Entry {
        /// Its number.
        id: u64,
    },
}

/// Not now, or not in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StateFault {
    /// The asset is elsewhere.
    Asset {
        /// Which.
        id: u64,
        /// Where it is.
        actual: AssetStatus,
        /// Where it must be.
        allowed: &'static [AssetStatus],
    },
    /// The asset still has something on its accounts.
    AssetInUse {
        /// What is booked.
        booked: u128,
    },
    /// The reference was booked before (P7).
    ReferenceTaken {
        /// By which entry.
        entry: EntryId,
    },
    /// The ledger has its asset already.
    LedgerTaken {
        /// Which.
        asset: u64,
    },
    /// The asset has no ledger to reconcile with.
    NoLedger {
        /// Which.
        asset: u64,
    },
    /// The reconciliation this belongs to is over.
    RunOver {
        /// Its number.
        run: u64,
    },
}

/// A ledger gave no answer that can be used; nothing was booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LedgerFault {
    /// It could not be asked, or did not answer in time.
    Unavailable {
        /// The method.
        method: &'static str,
        /// What the platform says.
        reason: String,
    },
    /// It answered in a shape it should not have.
    Reply {
        /// The method.
        method: &'static str,
    },
    /// It counts in other units than the books.
    Decimals {
        /// What the books say.
        booked: u8,
        /// What the ledger says.
        found: u8,
    },
    /// A block does not name the one before it: the ledger changed its past.
    Chain {
        /// Which.
        block: u64,
    },
    /// The ledger is shorter than it was.
    Shorter {
        /// What was looked at.
        known: u64,
        /// What there is.
        found: u64,
    },
    /// The ledger gave other blocks than those asked for.
    Gap {
        /// The block that was expected.
        block: u64,
    },
    /// The ledger moved each time it was compared.
    Moving,
    /// Its figures cannot be counted in 128 bits with those of the books.
    Range,
}

impl LedgerFault {
    /// The reason as a journal keeps it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Unavailable { .. } => "unavailable",
            Self::Reply { .. } => "reply",
            Self::Decimals { .. } => "decimals",
            Self::Chain { .. } => "chain",
            Self::Shorter { .. } => "shorter",
            Self::Gap { .. } => "gap",
            Self::Moving => "moving",
            Self::Range => "range",
        }
    }
}

impl From<Fault> for PortfolioError {
    fn from(fault: Fault) -> Self {
        Self::Kernel(fault)
    }
}
impl From<InputFault> for PortfolioError {
    fn from(fault: InputFault) -> Self {
        Self::Input(fault)
    }
}
impl From<FundsFault> for PortfolioError {
    fn from(fault: FundsFault) -> Self {
        Self::Funds(fault)
    }
}
impl From<Missing> for PortfolioError {
    fn from(missing: Missing) -> Self {
        Self::Missing(missing)
    }
}
impl From<StateFault> for PortfolioError {
    fn from(fault: StateFault) -> Self {
        Self::State(fault)
    }
}
impl From<LedgerFault> for PortfolioError {
    fn from(fault: LedgerFault) -> Self {
        Self::Ledger(fault)
    }
}
impl From<ProofFault> for PortfolioError {
    fn from(fault: ProofFault) -> Self {
        Self::Proof(fault)
    }
}
impl From<OutOfRange> for PortfolioError {
    fn from(fault: OutOfRange) -> Self {
        Self::Kernel(fault.into())
    }
}
impl From<StorageFault> for PortfolioError {
    fn from(fault: StorageFault) -> Self {
        Self::Kernel(fault.into())
    }
}

impl From<PortfolioError> for Error {
    fn from(error: PortfolioError) -> Self {
        match error {
            PortfolioError::Kernel(fault) => fault.into(),
            PortfolioError::Input(fault) => wire::input(&fault),
            PortfolioError::Funds(fault) => wire::funds(&fault),
            PortfolioError::Missing(missing) => wire::missing(missing),
            PortfolioError::State(fault) => wire::state(&fault),
            PortfolioError::Ledger(fault) => wire::ledger(&fault),
            PortfolioError::Proof(fault) => fault.into(),
        }
    }
}
