//! Prices and what balances are worth by them.

use candid::candid_method;
use granary_api::{common as c, portfolio as p};
use granary_env::suite::{Host as _, convert};
use granary_errors::Error;
use ic_cdk::{query, update};

use super::small;
use crate::access;
use crate::convert::{input, proofs_in, proofs_out, reply};
use crate::flows;
use crate::ports::OracleAt;
use crate::state::Here;

/// Sets what the price oracle is asked about an asset, and what is asked of its answer. Another
/// pair forgets the kept quote.
/// Who: operators, governors. Effect: the source, and a job when it is to be asked by itself.
/// Errors: common.not_allowed, common.text.size, portfolio.asset.not_found, portfolio.price.source.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn set_price_source(args: p::SetPriceSourceArgs) -> Result<c::Receipt, Error> {
    let source = proofs_in::source(&args.source)?;
    Here::verb(|store, ctx| store.set_price_source(ctx, args.asset, source))
}

/// Asks the price oracle about an asset now. The answer replaces the kept quote when it rests on
/// enough sources that agree enough and is not older; else the old quote stays and goes on ageing.
/// Who: execution, readers, operators, governors. Effect: a quote, or a counted failure.
/// Errors: common.not_allowed, common.peer.unset, common.busy, portfolio.asset.not_found,
/// portfolio.price.no_source, portfolio.price.state, portfolio.price.too_soon,
/// portfolio.price.refused, portfolio.price.over.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
async fn refresh_price(args: p::PriceArgs) -> Result<c::Receipt, Error> {
    let ticket = Here::write(|store| flows::refresh_price::begin(store, args.asset))?;
    let receipt = flows::refresh_price::run(&OracleAt(ticket.oracle), ticket).await?;
    Ok(convert::receipt(receipt))
}

/// Holds the price of an asset still: it is not asked for and raises nothing.
/// Who: operators, governors. Effect: the price is Frozen.
/// Errors: common.not_allowed, portfolio.asset.not_found, portfolio.price.no_source,
/// portfolio.price.state.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn freeze_price(args: p::PriceArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| store.freeze_price(ctx, args.asset))
}

/// Lets the price of an asset move again.
/// Who: governors. Effect: the price is as fresh as its quote.
/// Errors: common.not_allowed, portfolio.asset.not_found, portfolio.price.state.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn thaw_price(args: p::PriceArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| store.thaw_price(ctx, args.asset))
}

/// What is known about the price of an asset, with its age.
/// Who: everybody. Errors: portfolio.asset.not_found.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn get_price(args: p::PriceArgs) -> Result<p::Price, Error> {
    Here::view(|store, ctx| {
        let (id, _) = store.asset(args.asset)?;
        Ok(proofs_out::price(id, &store.price(args.asset, ctx.now)?))
    })
}

/// What an owner's balances are worth, with the age of the quotes that say so. A valuation raises
/// no limit unless it says that it may.
/// Who: execution, readers, auditors, operators, governors.
/// Errors: common.not_allowed, common.hash.size, common.migration.running.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn get_valuation(args: p::ValuationArgs) -> Result<p::Valuation, Error> {
    let owner = input::owner("owner", &args.owner)?;
    Here::view(|store, ctx| {
        access::need_reader(store, ctx)?;
        store.valuation(owner, ctx.now).map(proofs_out::valuation)
    })
}
