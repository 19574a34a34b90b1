//! `portfolio` beyond its books: outputs and headers, prices, and proofs verified offline.

mod arguments;
mod books;
mod prices;
mod proofs;
mod utxos;

use granary_api::portfolio as p;
use granary_tests::{
    people::{Who, person},
    reply::Expect,
    world::World,
};

/// Registers a Bitcoin asset; answers its number.
pub(crate) fn bitcoin(world: &World) -> u64 {
    let kind = p::AssetKind::Btc { network: p::BtcNetwork::Regtest, min_confirmations: 6 };
    register(world, "BTC", 8, kind)
}

/// Registers a token nobody can ask about; answers its number.
pub(crate) fn token(world: &World, symbol: &str) -> u64 {
    let ledger = person(&format!("ledger of {symbol}"));
    register(world, symbol, 8, p::AssetKind::Icrc { ledger, fee_units: 10_u32.into() })
}

fn register(world: &World, symbol: &str, decimals: u8, kind: p::AssetKind) -> u64 {
    let treasury = person("treasury").into();
    let symbol = symbol.to_owned();
    let args = p::RegisterAssetArgs { symbol, decimals, kind, treasury, first_block: None };
    world.caller(Who::Operator).receipt("register_asset", &args).value("registered").id
}

/// Posts value for an owner out of the world outside.
pub(crate) fn fund(world: &World, owner: p::AccountOwner, asset: u64, amount: i64) {
    let outside = p::AccountOwner::External(vec![7; 32].into());
    let leg = |owner, units: i64| p::Posting { owner, asset, delta_units: units.into() };
    let args = p::PostEntryArgs {
        kind: p::EntryKind::Deposit,
        intent: None,
        external_ref: None,
        postings: vec![leg(owner, amount), leg(outside, -amount)],
        idempotency_key: None,
    };
    world.caller(Who::Execution).receipt("post_entry", &args).value("posted");
}
