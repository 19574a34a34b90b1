//! The core's types to the wire's: outputs, headers, prices, commitments.

use granary_api::exchange_rate as x;
use granary_api::portfolio as p;
use granary_env::message;
use granary_proof::Hash;
use granary_proof::certified::Shown;
use granary_proof::commitment::Commitment;
use granary_proof::leaves::BalanceLeaf;
use granary_proof::path::Rooted;
use portfolio_core::records::{AssetClass, PriceSource, Quote, SuspendReason, Symbol, UtxoState};
use portfolio_core::rules::price::PriceStatus;
use portfolio_core::store::{
    ChainView, Consistency, Included, PriceView, Proved, Synced, UtxoView, Valuation, ValuationLine,
};
use portfolio_core::types::{AssetId, Duration, Network, Signed, Timestamp};
use serde_bytes::ByteBuf;

use super::output;
use crate::state::{Books, labelled};

fn bytes(hash: Hash) -> ByteBuf {
    ByteBuf::from(hash)
}

fn hashes(path: Vec<Hash>) -> Vec<ByteBuf> {
    path.into_iter().map(bytes).collect()
}

/// What a look changed.
pub const fn synced(synced: Synced) -> p::SyncReport {
    let Synced { seen, confirmed, available, lost, missing } = synced;
    p::SyncReport { seen, confirmed, available, lost, missing }
}

/// An output.
pub fn utxo(view: UtxoView) -> p::Utxo {
    let row = view.row;
    let reason = match row.reason {
        SuspendReason::Dust => p::SuspendReason::Dust,
        SuspendReason::Policy => p::SuspendReason::Policy,
        SuspendReason::Reorged => p::SuspendReason::Reorged,
    };
    p::Utxo {
        id: view.id.wire(),
        outpoint: p::Outpoint { txid: bytes(row.txid), vout: row.vout },
        value_sat: row.value,
        height: row.height,
        asset: row.asset.wire(),
        account: row.account.wire(),
        state: match row.state {
            UtxoState::Seen => p::UtxoState::Seen,
            UtxoState::Confirmed => p::UtxoState::Confirmed,
            UtxoState::Available => p::UtxoState::Available,
            UtxoState::Reserved => p::UtxoState::Reserved,
            UtxoState::Spent => p::UtxoState::Spent,
            UtxoState::Suspended => p::UtxoState::Suspended,
            UtxoState::Dropped => p::UtxoState::Dropped,
        },
        reason: (row.state == UtxoState::Suspended).then_some(reason),
        intent: row.intent,
        spent_by: row.spent_by.map(bytes),
        at_ns: row.at.as_nanos(),
    }
}

/// Where the header chain stands.
pub fn chain(view: ChainView) -> p::HeaderChain {
    let ChainView { place, tip_hash, tip_time, frozen_since } = view;
    p::HeaderChain {
        network: match place.network {
            Network::Mainnet => p::BtcNetwork::Mainnet,
            Network::Testnet => p::BtcNetwork::Testnet,
            Network::Regtest => p::BtcNetwork::Regtest,
        },
        base_height: place.base,
        tip_height: place.tip,
        tip_hash: bytes(tip_hash),
        tip_time,
        frozen_since_ns: frozen_since.map(Timestamp::as_nanos),
    }
}

/// A transaction that is in a block.
pub fn included(included: Included) -> p::IncludedTransaction {
    let Included { txid, confirmations } = included;
    p::IncludedTransaction { txid: bytes(txid), confirmations }
}

fn symbol(symbol: Symbol, class: AssetClass) -> x::Asset {
    let class = match class {
        AssetClass::Cryptocurrency => x::AssetClass::Cryptocurrency,
        AssetClass::FiatCurrency => x::AssetClass::FiatCurrency,
    };
    x::Asset { symbol: symbol.as_str().to_owned(), class }
}

fn source(source: PriceSource) -> p::PriceSource {
    p::PriceSource {
        base: symbol(source.base, source.base_class),
        quote: symbol(source.quote, source.quote_class),
        max_age_ns: source.max_age.as_nanos(),
        min_sources: source.min_sources,
        max_deviation_bps: source.max_deviation_bps,
        every_ns: source.every.as_nanos(),
    }
}

fn quote(view: &PriceView) -> Option<p::PriceQuote> {
    let Quote { rate, decimals, sources, deviation_bps, fetched_at } = view.row.quote?;
    Some(p::PriceQuote {
        rate,
        decimals,
        sources,
        deviation_bps,
        fetched_at_ns: fetched_at.as_nanos(),
        age_ns: view.age?.as_nanos(),
        status: match view.status? {
            PriceStatus::Fresh => p::PriceStatus::Fresh,
            PriceStatus::Stale => p::PriceStatus::Stale,
            PriceStatus::Frozen => p::PriceStatus::Frozen,
        },
    })
}

/// What is known about an asset's price.
pub fn price(asset: AssetId, view: &PriceView) -> p::Price {
    let row = &view.row;
    p::Price {
        asset: asset.wire(),
        source: row.source.map(source),
        quote: quote(view),
        may_raise: view.may_raise,
        failures: row.failures,
        refusal: row.refusal.map(|refusal| refusal.name().to_owned()),
        not_before_ns: row.not_before.as_nanos(),
    }
}

/// What an owner's balances are worth.
pub fn valuation(valuation: Valuation) -> p::Valuation {
    let Valuation { lines, oldest, may_raise, at } = valuation;
    let line = |line: ValuationLine| p::ValuationLine {
        asset: line.asset.wire(),
        balance_units: output::int(line.balance),
        value: line.value.map(output::int),
        quote: quote(&line.price),
        quote_symbol: line.price.row.source.map(|source| source.quote.as_str().to_owned()),
    };
    p::Valuation {
        lines: lines.into_iter().map(line).collect(),
        oldest_ns: oldest.map(Duration::as_nanos),
        may_raise,
        at_ns: at.as_nanos(),
    }
}

/// A commitment.
pub fn commitment(commitment: &Commitment) -> p::StateCommitment {
    let root = |tree: &Rooted| p::Root { size: tree.size, root: bytes(tree.root) };
    p::StateCommitment {
        epoch: commitment.epoch,
        at_ns: commitment.at_ns,
        entries: root(&commitment.entries),
        balances: root(&commitment.balances),
        utxos: root(&commitment.utxos),
        previous: bytes(commitment.previous),
        hash: bytes(commitment.hash()),
    }
}

fn witness(store: &Books) -> ByteBuf {
    ByteBuf::from(labelled(store, |tree| tree.witness(Shown::Commitment)))
}

fn certificate() -> Option<ByteBuf> {
    message::data_certificate().map(ByteBuf::from)
}

/// A commitment with what certifies it, when it is the newest.
pub fn certified(store: &Books, of: &Commitment) -> p::CertifiedCommitment {
    let newest = of.epoch == store.epochs();
    p::CertifiedCommitment {
        commitment: commitment(of),
        witness: newest.then(|| witness(store)),
        certificate: if newest { certificate() } else { None },
    }
}

/// A balance with everything that proves it.
pub fn balance_proof(store: &Books, proved: Proved<BalanceLeaf>) -> p::BalanceProof {
    let Proved { commitment: of, leaf, path } = proved;
    p::BalanceProof {
        commitment: commitment(&of),
        account: leaf.account,
        asset: leaf.asset.into(),
        owner_key: ByteBuf::from(leaf.owner),
        balance_units: output::int(Signed::new(leaf.balance.negative, leaf.balance.units)),
        postings: leaf.postings,
        path: hashes(path),
        witness: witness(store),
        certificate: certificate(),
    }
}

/// An entry's place in the log.
pub fn entry_proof(store: &Books, entry: u64, proved: Proved<Hash>) -> p::EntryProof {
    p::EntryProof {
        commitment: commitment(&proved.commitment),
        entry,
        leaf: bytes(proved.leaf),
        path: hashes(proved.path),
        witness: witness(store),
        certificate: certificate(),
    }
}

/// That one log begins with another.
pub fn consistency(shown: Consistency) -> p::ConsistencyProof {
    let Consistency { from, to, path } = shown;
    p::ConsistencyProof { from: commitment(&from), to: commitment(&to), path: hashes(path) }
}
