//! Where a user's money may go.

use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// The Bitcoin network of an address.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum BitcoinNetwork {
    Mainnet,
    Testnet,
    Regtest,
}

/// The kind of script a Bitcoin address pays to.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScriptType {
    P2pkh,
    P2sh,
    P2wpkh,
    P2wsh,
    P2tr,
}

/// A place that can receive money.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum WalletKind {
    IcrcAccount {
        ledger: Principal,
        owner: Principal,
        /// 32 bytes; absent is the same as 32 zeros.
        subaccount: Option<ByteBuf>,
    },
    BitcoinAddress {
        network: BitcoinNetwork,
        /// The address as people write it.
        address: String,
        script_type: ScriptType,
    },
}

/// How it was found out that the user controls the address.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerificationMethod {
    /// The owner of the account made the call itself.
    Ownership,
    /// A registrar or compliance saw a proof elsewhere and answers for it.
    Attestation,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum WalletStatus {
    Unverified,
    Verified { method: VerificationMethod, at_ns: u64 },
    Revoked,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Wallet {
    pub id: u64,
    pub user: u64,
    pub kind: WalletKind,
    pub label: String,
    pub status: WalletStatus,
    /// When money first went there.
    pub first_used_at_ns: Option<u64>,
    /// What standings name it by: SHA-256 over the network and the address.
    pub address_key: ByteBuf,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct AddWalletArgs {
    pub kind: WalletKind,
    /// At most 64 bytes.
    pub label: String,
    pub idempotency_key: Option<String>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct WalletArgs {
    pub wallet: u64,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct VerifyWalletArgs {
    pub wallet: u64,
    /// SHA-256 of what an attesting registrar saw; none when the owner itself calls.
    pub evidence_hash: Option<ByteBuf>,
}

/// Wallets of a user, newest first.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListWalletsArgs {
    pub user: u64,
    pub after: Option<u64>,
    pub limit: u32,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct WalletPage {
    pub items: Vec<Wallet>,
    pub next: Option<u64>,
}
