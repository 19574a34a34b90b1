//! What a token ledger speaks: ICRC-1 (transfers), ICRC-2 (approvals), ICRC-3 (the block log).
//!
//! The names and shapes are those of the standards; nothing here is of the suite's making. Numbers
//! are [`Nat`], because a ledger may answer with any; whoever reads one decides what is too large.

use candid::{CandidType, Int, Nat, Principal, define_function};
use serde::{Deserialize, Serialize};
use serde_bytes::{ByteArray, ByteBuf};

/// One of the accounts an owner has; absent means thirty-two zeros.
pub type Subaccount = ByteArray<32>;

/// Whose money it is.
#[derive(
    CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
)]
pub struct Account {
    pub owner: Principal,
    pub subaccount: Option<Subaccount>,
}

impl From<Principal> for Account {
    fn from(owner: Principal) -> Self {
        Self { owner, subaccount: None }
    }
}

/// A value of `icrc1_metadata`.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum MetadataValue {
    Nat(Nat),
    Int(Int),
    Text(String),
    Blob(ByteBuf),
}

/// Argument of `icrc1_transfer`: a burn when it goes to the minting account, a mint when it comes
/// from there.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct TransferArgs {
    pub from_subaccount: Option<Subaccount>,
    pub to: Account,
    pub amount: Nat,
    /// The fee the caller expects; absent accepts whatever the ledger takes.
    pub fee: Option<Nat>,
    pub memo: Option<ByteBuf>,
    /// Nanoseconds since 1970. Switches the ledger's search for duplicates on.
    pub created_at_time: Option<u64>,
}

/// Why `icrc1_transfer` moved nothing.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum TransferError {
    BadFee { expected_fee: Nat },
    BadBurn { min_burn_amount: Nat },
    InsufficientFunds { balance: Nat },
    TooOld,
    CreatedInFuture { ledger_time: u64 },
    TemporarilyUnavailable,
    Duplicate { duplicate_of: Nat },
    GenericError { error_code: Nat, message: String },
}

/// Argument of `icrc2_approve`.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ApproveArgs {
    pub from_subaccount: Option<Subaccount>,
    pub spender: Account,
    /// The new allowance; it replaces the old one.
    pub amount: Nat,
    /// The allowance the caller believes to stand.
    pub expected_allowance: Option<Nat>,
    /// Nanoseconds since 1970.
    pub expires_at: Option<u64>,
    pub fee: Option<Nat>,
    pub memo: Option<ByteBuf>,
    pub created_at_time: Option<u64>,
}

/// Why `icrc2_approve` changed nothing.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum ApproveError {
    BadFee { expected_fee: Nat },
    InsufficientFunds { balance: Nat },
    AllowanceChanged { current_allowance: Nat },
    Expired { ledger_time: u64 },
    TooOld,
    CreatedInFuture { ledger_time: u64 },
    Duplicate { duplicate_of: Nat },
    TemporarilyUnavailable,
    GenericError { error_code: Nat, message: String },
}

/// Argument of `icrc2_transfer_from`.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct TransferFromArgs {
    pub spender_subaccount: Option<Subaccount>,
    pub from: Account,
    pub to: Account,
    pub amount: Nat,
    pub fee: Option<Nat>,
    pub memo: Option<ByteBuf>,
    pub created_at_time: Option<u64>,
}

/// Why `icrc2_transfer_from` moved nothing.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum TransferFromError {
    BadFee { expected_fee: Nat },
    BadBurn { min_burn_amount: Nat },
    InsufficientFunds { balance: Nat },
    InsufficientAllowance { allowance: Nat },
    TooOld,
    CreatedInFuture { ledger_time: u64 },
    Duplicate { duplicate_of: Nat },
    TemporarilyUnavailable,
    GenericError { error_code: Nat, message: String },
}

/// Argument of `icrc2_allowance`.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct AllowanceArgs {
    pub account: Account,
    pub spender: Account,
}

/// Answer of `icrc2_allowance`.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Allowance {
    pub allowance: Nat,
    /// Nanoseconds since 1970.
    pub expires_at: Option<u64>,
}

/// The generic value a block is made of. It never changes, so that nothing is lost on the way and
/// the block's hash can be computed by whoever reads it.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Blob(ByteBuf),
    Text(String),
    Nat(Nat),
    Int(Int),
    Array(Vec<Value>),
    Map(Vec<(String, Value)>),
}

/// One range of `icrc3_get_blocks`.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct GetBlocksArgs {
    pub start: Nat,
    pub length: Nat,
}

/// A block with its place in the log.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Block {
    pub id: Nat,
    pub block: Value,
}

define_function!(pub GetBlocks : (Vec<GetBlocksArgs>) -> (GetBlocksResult) query);

/// Ranges that another canister keeps.
#[derive(CandidType, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ArchivedBlocks {
    pub args: Vec<GetBlocksArgs>,
    pub callback: GetBlocks,
}

/// Answer of `icrc3_get_blocks`; it may hold fewer blocks than were asked for.
#[derive(CandidType, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct GetBlocksResult {
    pub log_length: Nat,
    pub blocks: Vec<Block>,
    pub archived_blocks: Vec<ArchivedBlocks>,
}

/// Argument of `icrc3_get_archives`.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GetArchivesArgs {
    /// The last archive the caller knows.
    pub from: Option<Principal>,
}

/// An archive with the blocks it keeps, both ends included.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ArchiveInfo {
    pub canister_id: Principal,
    pub start: Nat,
    pub end: Nat,
}

/// Answer of `icrc3_get_tip_certificate`: the subnet's certificate and, as CBOR, the tree whose
/// root it certifies, with the leaves `last_block_index` (LEB128) and `last_block_hash`.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct DataCertificate {
    pub certificate: ByteBuf,
    pub hash_tree: ByteBuf,
}

/// A kind of block the log may hold.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct BlockType {
    pub block_type: String,
    pub url: String,
}
