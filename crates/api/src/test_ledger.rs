//! How a test sets up and disturbs the test ledger. Its other methods are those of [`crate::icrc`].

use candid::{CandidType, Int, Nat};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::icrc::Account;

/// What the ledger is installed with.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct InitArgs {
    /// What comes from here is minted, what goes here is burnt. Its owner may disturb the ledger.
    pub minting_account: Account,
    pub name: String,
    pub symbol: String,
    pub decimals: u8,
    /// What a transfer and an approval cost, in the smallest unit. It is burnt.
    pub fee: Nat,
    /// Minted at once, one block each.
    pub balances: Vec<InitialBalance>,
}

/// An account that has money from the beginning.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct InitialBalance {
    pub account: Account,
    pub amount: Nat,
}

/// What goes wrong, until it is used up or replaced. The default is a ledger that does as it says.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// So many of the next transfers and approvals are answered `TemporarilyUnavailable`.
    pub unavailable_calls: u32,
    /// So many of the next transfers and approvals are done, and then the answer is lost.
    pub lost_replies: u32,
    /// So many of the next transfers and approvals are done at once and answered late.
    pub late_replies: u32,
    /// How late, in seconds. The answer comes in the first round that is late enough.
    pub late_seconds: u32,
    /// Balances, fee and blocks cannot be read: the call is rejected.
    pub unreadable: bool,
    /// Another fee than the installed one.
    pub fee: Option<Nat>,
    /// For how long a repetition is known, in nanoseconds, instead of a day.
    pub dedup_window_ns: Option<u64>,
    /// Accounts whose balance is told wrongly; at most 16.
    pub balance_lies: Vec<BalanceLie>,
}

/// The difference between the balance an account is said to have and the one it has.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct BalanceLie {
    pub account: Account,
    pub delta: Int,
}

/// Argument of `mint`.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct MintArgs {
    pub to: Account,
    pub amount: Nat,
    pub memo: Option<ByteBuf>,
}

/// Argument of `fill`: appends blocks that mint one unit each to numbered accounts in turn.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct FillArgs {
    /// At most 20,000 in one call.
    pub blocks: u32,
    /// How many accounts take turns; at least one.
    pub accounts: u32,
}

/// Why the ledger was not disturbed.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum ControlError {
    /// The caller neither controls the canister nor owns the minting account.
    NotAllowed,
    /// What was asked for is not possible; the text says why.
    Invalid(String),
}
