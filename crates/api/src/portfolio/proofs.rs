//! Outputs, Bitcoin headers, prices, valuations, commitments and their proofs.
//!
//! Hashes of transactions and blocks are in the byte order in which they are hashed; people write
//! them backwards.

use candid::{CandidType, Int};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{AccountOwner, AccountRef, BtcNetwork};

/// An output of a Bitcoin transaction.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Outpoint {
    /// 32 bytes.
    pub txid: ByteBuf,
    pub vout: u32,
}

/// An unspent output, as it was seen.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ObservedUtxo {
    pub outpoint: Outpoint,
    pub value_sat: u64,
    /// 0 while it is in no block.
    pub height: u32,
}

/// One look at the address of an owner: all unspent outputs there are.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct SyncUtxosArgs {
    pub owner: AccountOwner,
    pub asset: u64,
    /// Height of the newest block.
    pub tip_height: u32,
    /// At most 200.
    pub utxos: Vec<ObservedUtxo>,
}

/// What a look changed, in numbers of outputs.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SyncReport {
    pub seen: u32,
    /// Booked.
    pub confirmed: u32,
    pub available: u32,
    /// Dropped, or taken out and booked back.
    pub lost: u32,
    /// Should be there and are not: a person must look.
    pub missing: u32,
}

/// `Seen → Confirmed → Available → Reserved → Spent`, or out of it.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum UtxoState {
    Seen,
    Confirmed,
    Available,
    Reserved,
    Spent,
    Suspended,
    Dropped,
}

/// Why an output is suspended.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuspendReason {
    Dust,
    Policy,
    Reorged,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Utxo {
    pub id: u64,
    pub outpoint: Outpoint,
    pub value_sat: u64,
    pub height: u32,
    pub asset: u64,
    pub account: u64,
    pub state: UtxoState,
    pub reason: Option<SuspendReason>,
    /// The intent it is or was last reserved for.
    pub intent: Option<u64>,
    pub spent_by: Option<ByteBuf>,
    pub at_ns: u64,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct UtxoPage {
    pub items: Vec<Utxo>,
    pub next: Option<u64>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ListUtxosArgs {
    /// Only those of this account, live ones first.
    pub of: Option<AccountRef>,
    pub after: Option<u64>,
    pub limit: u32,
}

/// Outputs held for, or given back by, a payment intent.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ReserveUtxosArgs {
    pub intent: u64,
    /// 1 to 64.
    pub outpoints: Vec<Outpoint>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct MarkSpentArgs {
    pub intent: u64,
    /// 1 to 64, all of one asset.
    pub outpoints: Vec<Outpoint>,
    /// The transaction that spends them.
    pub txid: ByteBuf,
}

/// The header a chain begins with: agreed on by people, not checked.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct StartHeadersArgs {
    pub network: BtcNetwork,
    /// A multiple of 2,016 where the difficulty changes.
    pub height: u32,
    /// 80 bytes.
    pub header: ByteBuf,
}

/// A chain of headers that hangs on a kept one.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct SubmitHeadersArgs {
    /// 1 to 100, of 80 bytes each, lowest first.
    pub headers: Vec<ByteBuf>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct HeaderChain {
    pub network: BtcNetwork,
    pub base_height: u32,
    pub tip_height: u32,
    pub tip_hash: ByteBuf,
    /// Seconds since 1970, as the header says.
    pub tip_time: u32,
    /// Since when no deposit is confirmed: a reorganisation was too deep.
    pub frozen_since_ns: Option<u64>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct GetHeaderArgs {
    pub height: u32,
}

/// That a transaction is in a block.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct VerifyInclusionArgs {
    pub asset: u64,
    /// Height of the block.
    pub height: u32,
    /// The transaction without its witnesses.
    pub transaction: ByteBuf,
    /// Its place in the block.
    pub index: u32,
    /// Transactions in the block.
    pub count: u32,
    /// Siblings from the transaction up to the root.
    pub branch: Vec<ByteBuf>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct IncludedTransaction {
    pub txid: ByteBuf,
    pub confirmations: u32,
}

/// What the oracle is asked about an asset, and what is asked of its answer.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct PriceSource {
    pub base: crate::exchange_rate::Asset,
    pub quote: crate::exchange_rate::Asset,
    /// Age from which on a quote is stale; at most a week.
    pub max_age_ns: u64,
    /// Fewest rates it must rest on.
    pub min_sources: u32,
    /// Largest deviation between them, basis points.
    pub max_deviation_bps: u32,
    /// How often it is asked for by itself; 0: never; else at least a minute.
    pub every_ns: u64,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct SetPriceSourceArgs {
    pub asset: u64,
    pub source: PriceSource,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceArgs {
    pub asset: u64,
}

/// Whether a quote may be believed.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceStatus {
    Fresh,
    Stale,
    Frozen,
}

/// A rate that was taken.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceQuote {
    /// Quote units for one whole unit of the asset, scaled.
    pub rate: u64,
    /// Scaled by ten to this power.
    pub decimals: u32,
    pub sources: u32,
    pub deviation_bps: u32,
    /// The minute it is of.
    pub fetched_at_ns: u64,
    pub age_ns: u64,
    pub status: PriceStatus,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Price {
    pub asset: u64,
    pub source: Option<PriceSource>,
    pub quote: Option<PriceQuote>,
    /// True when it may raise a limit: fresh, and not contradicted since.
    pub may_raise: bool,
    /// Questions without a rate since the last one with.
    pub failures: u32,
    /// How the last of them ended.
    pub refusal: Option<String>,
    /// When the oracle may be asked again.
    pub not_before_ns: u64,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ValuationArgs {
    pub owner: AccountOwner,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ValuationLine {
    pub asset: u64,
    pub balance_units: Int,
    /// In the quote's unit with 8 decimal places, rounded towards zero; none without a quote.
    pub value: Option<Int>,
    pub quote: Option<PriceQuote>,
    /// What the value is in, such as `USD`.
    pub quote_symbol: Option<String>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Valuation {
    pub lines: Vec<ValuationLine>,
    /// Age of the oldest quote in it.
    pub oldest_ns: Option<u64>,
    /// True when every balance but zero is valued by a quote that may raise a limit.
    pub may_raise: bool,
    pub at_ns: u64,
}

/// A tree by its size and root.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Root {
    pub size: u64,
    pub root: ByteBuf,
}

/// What the books were at the end of one epoch.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct StateCommitment {
    pub epoch: u64,
    pub at_ns: u64,
    pub entries: Root,
    pub balances: Root,
    pub utxos: Root,
    /// Hash of the commitment before; zeros for the first.
    pub previous: ByteBuf,
    /// Its own hash, as it can be computed from the rest.
    pub hash: ByteBuf,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CommitmentArgs {
    /// The newest when absent.
    pub epoch: Option<u64>,
}

/// A commitment, and for the newest one what leads from the subnet's signature to it.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct CertifiedCommitment {
    pub commitment: StateCommitment,
    /// Hash tree from the certified data to the commitment; for the newest only.
    pub witness: Option<ByteBuf>,
    /// Present in non-replicated queries, for the newest only.
    pub certificate: Option<ByteBuf>,
}

/// A balance that anybody can verify: certificate, witness, commitment, path, leaf.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct BalanceProof {
    pub commitment: StateCommitment,
    pub account: u64,
    pub asset: u64,
    /// Whose the account is, in the 33 bytes of the leaf.
    pub owner_key: ByteBuf,
    pub balance_units: Int,
    /// Postings that moved it.
    pub postings: u64,
    /// From the leaf to the root of the balances.
    pub path: Vec<ByteBuf>,
    /// Hash tree from the certified data to the commitment.
    pub witness: ByteBuf,
    /// Present in non-replicated queries.
    pub certificate: Option<ByteBuf>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryProofArgs {
    pub entry: u64,
}

/// An entry's place in the log of the newest commitment.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct EntryProof {
    pub commitment: StateCommitment,
    pub entry: u64,
    /// Hash of its leaf, as it can be computed from the entry.
    pub leaf: ByteBuf,
    pub path: Vec<ByteBuf>,
    pub witness: ByteBuf,
    pub certificate: Option<ByteBuf>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsistencyArgs {
    pub from_epoch: u64,
    pub to_epoch: u64,
}

/// That the later log of entries begins with the earlier one.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ConsistencyProof {
    pub from: StateCommitment,
    pub to: StateCommitment,
    pub path: Vec<ByteBuf>,
}
