//! Assets, accounts and keys.

use candid::{CandidType, Nat, Principal};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::portfolio::LedgerAccount;

/// Which asset, by its number in `portfolio`.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct AssetArgs {
    pub asset: u64,
}

/// An asset as this canister pays it.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct AdoptedAsset {
    pub asset: u64,
    pub symbol: String,
    pub decimals: u8,
    pub ledger: Principal,
    pub treasury: LedgerAccount,
    /// What a transfer costs, as the ledger last said.
    pub fee_units: u128,
    pub fee_at_ns: u64,
    /// Blocks the ledger is known to have.
    pub known_blocks: u64,
    /// What is set aside for transfers in flight, fees included.
    pub set_aside_units: u128,
    /// What left, fees included.
    pub paid_units: u128,
    /// False while blocks are looked at because of a restore, or payments in them are unexplained.
    pub cleared: bool,
    /// The next block to be looked at, while that is so.
    pub looking_at: Option<u64>,
    /// Payments without an intent that nobody explained.
    pub orphans: u32,
    /// `closed`, `open`, `half_open`.
    pub breaker: String,
    pub adopted_at_ns: u64,
}

/// What a ledger answered.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct LedgerConnection {
    pub asset: u64,
    pub ledger: Principal,
    pub fee_units: u128,
    /// What the treasury's account holds.
    pub balance_units: u128,
    pub blocks: u64,
    pub latency_ns: u64,
}

/// Where to send money so that the treasury has it.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct DepositAddress {
    pub asset: u64,
    pub ledger: Principal,
    pub account: LedgerAccount,
}

/// How a key signs.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyScheme {
    /// None is needed: the ledger knows the canister, and the path is a subaccount.
    IcrcSubaccount,
    EcdsaSecp256k1,
    SchnorrBip340,
}

/// A reference to a signing key; it never changes.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct SigningKey {
    pub id: u64,
    pub asset: u64,
    pub scheme: KeyScheme,
    /// Empty for a subaccount.
    pub key_name: String,
    /// The derivation path, or the subaccount.
    pub derivation_path: ByteBuf,
    pub referenced_at_ns: u64,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ReferenceKeyArgs {
    pub asset: u64,
    pub scheme: KeyScheme,
    /// 1–32 bytes.
    pub key_name: String,
    /// 1–64 bytes; used once.
    pub derivation_path: ByteBuf,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct TopUpCanisterArgs {
    pub canister: Principal,
    pub cycles: Nat,
}
