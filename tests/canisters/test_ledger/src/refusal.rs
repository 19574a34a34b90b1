//! Why nothing happened, in the words of each standard. Every conversion is total, so no method
//! can answer with an error its standard does not have.

use candid::Nat;
use granary_api::icrc::{ApproveError, TransferError, TransferFromError};

/// What the standards have no name for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Odd {
    /// The memo has more bytes than the ledger keeps.
    MemoTooLong,
    /// The number does not fit 128 bits.
    TooLarge,
    /// The minting account cannot do this.
    MintingAccount,
    /// Nobody approves himself.
    SelfApproval,
}

impl Odd {
    fn number(self) -> Nat {
        Nat::from(match self {
            Self::MemoTooLong => 1_u8,
            Self::TooLarge => 2,
            Self::MintingAccount => 3,
            Self::SelfApproval => 4,
        })
    }

    fn sentence(self) -> String {
        match self {
            Self::MemoTooLong => "the memo has more than 32 bytes",
            Self::TooLarge => "the number does not fit 128 bits",
            Self::MintingAccount => "the minting account cannot do this",
            Self::SelfApproval => "an account cannot approve itself",
        }
        .to_owned()
    }
}

/// What all three methods may refuse with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    BadFee { expected: u128 },
    InsufficientFunds { balance: u128 },
    TooOld,
    CreatedInFuture { now_ns: u64 },
    Duplicate { of: u64 },
    Unavailable,
    Odd(Odd),
}

/// What moving may refuse with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoveRefusal {
    Common(Refusal),
    BadBurn { min: u128 },
}

/// What moving somebody else's money may refuse with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FromRefusal {
    Move(MoveRefusal),
    InsufficientAllowance { allowance: u128 },
}

/// What approving may refuse with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApproveRefusal {
    Common(Refusal),
    AllowanceChanged { current: u128 },
    Expired { now_ns: u64 },
}

impl From<Refusal> for MoveRefusal {
    fn from(refusal: Refusal) -> Self {
        Self::Common(refusal)
    }
}

impl From<Refusal> for FromRefusal {
    fn from(refusal: Refusal) -> Self {
        Self::Move(refusal.into())
    }
}

impl From<MoveRefusal> for FromRefusal {
    fn from(refusal: MoveRefusal) -> Self {
        Self::Move(refusal)
    }
}

impl From<Refusal> for ApproveRefusal {
    fn from(refusal: Refusal) -> Self {
        Self::Common(refusal)
    }
}

/// The common refusals have the same names in all three standards' errors.
macro_rules! common {
    ($refusal:expr) => {
        match $refusal {
            Refusal::BadFee { expected } => Self::BadFee { expected_fee: expected.into() },
            Refusal::InsufficientFunds { balance } => {
                Self::InsufficientFunds { balance: balance.into() }
            }
            Refusal::TooOld => Self::TooOld,
            Refusal::CreatedInFuture { now_ns } => Self::CreatedInFuture { ledger_time: now_ns },
            Refusal::Duplicate { of } => Self::Duplicate { duplicate_of: of.into() },
            Refusal::Unavailable => Self::TemporarilyUnavailable,
            Refusal::Odd(odd) => {
                Self::GenericError { error_code: odd.number(), message: odd.sentence() }
            }
        }
    };
}

impl From<MoveRefusal> for TransferError {
    fn from(refusal: MoveRefusal) -> Self {
        match refusal {
            MoveRefusal::Common(refusal) => common!(refusal),
            MoveRefusal::BadBurn { min } => Self::BadBurn { min_burn_amount: min.into() },
        }
    }
}

impl From<FromRefusal> for TransferFromError {
    fn from(refusal: FromRefusal) -> Self {
        match refusal {
            FromRefusal::Move(MoveRefusal::Common(refusal)) => common!(refusal),
            FromRefusal::Move(MoveRefusal::BadBurn { min }) => {
                Self::BadBurn { min_burn_amount: min.into() }
            }
            FromRefusal::InsufficientAllowance { allowance } => {
                Self::InsufficientAllowance { allowance: allowance.into() }
            }
        }
    }
}

impl From<ApproveRefusal> for ApproveError {
    fn from(refusal: ApproveRefusal) -> Self {
        match refusal {
            ApproveRefusal::Common(refusal) => common!(refusal),
            ApproveRefusal::AllowanceChanged { current } => {
                Self::AllowanceChanged { current_allowance: current.into() }
            }
            ApproveRefusal::Expired { now_ns } => Self::Expired { ledger_time: now_ns },
        }
    }
}
