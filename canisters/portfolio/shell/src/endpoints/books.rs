//! Assets, accounts, entries, reconciliations, statements.

use candid::candid_method;
use granary_api::{common as c, portfolio as p};
use granary_env::suite::Host as _;
use granary_env::unread::Unread;
use granary_errors::Error;
use ic_cdk::{query, update};

use super::{balances, entry, number, small, text, unread};
use crate::access;
use crate::convert::output::Ledgers;
use crate::convert::{input, output, reply};
use crate::flows;
use crate::ports::LedgerAt;
use crate::state::Here;

/// Opens books for an asset: its unit, its ledger, and the ledger's account that holds the
/// treasury's part. Reconciliation begins with the block named, or the ledger's first.
/// Who: operators, governors. Effect: an asset, and a job that reconciles it.
/// Errors: common.not_allowed, common.text.size, common.limit, common.amount.range,
/// common.hash.size, portfolio.ledger.taken, common.capacity.full. Repeating is refused: the ledger
/// is taken.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn register_asset(args: p::RegisterAssetArgs) -> Result<c::Receipt, Error> {
    let asset = input::asset(args)?;
    Here::verb(|store, ctx| store.register_asset(ctx, &asset))
}

/// Suspends an asset, takes it up again, or retires it for ever.
/// Who: operators, governors. Effect: the status, and an event whether or not it changed.
/// Errors: common.not_allowed, portfolio.asset.not_found, portfolio.asset.state,
/// portfolio.asset.in_use.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn set_asset_status(args: p::SetAssetStatusArgs) -> Result<c::Receipt, Error> {
    let p::SetAssetStatusArgs { asset, status } = args;
    Here::verb(|store, ctx| store.set_asset_status(ctx, asset, input::status(status)))
}

/// Opens accounts before anything is posted to them, so that every user has books.
/// Who: execution, operators. Effect: the accounts that were not open.
/// Errors: common.not_allowed, common.list.size, common.hash.size, portfolio.asset.not_found,
/// common.capacity.full. Repeating changes nothing.
#[candid_method(update)]
#[update(hidden = true, decode_with = "text", encode_with = "reply")]
fn open_accounts(args: p::OpenAccountsArgs) -> Result<c::Receipt, Error> {
    let wanted = input::openings(&args)?;
    Here::verb(|store, ctx| store.open_accounts(ctx, &wanted))
}

/// Posts an entry: its postings change accounts, and those of each asset sum to nothing. Only
/// Suspense and External may end below zero. An external reference is booked once.
/// Who: execution; for the kind Adjustment operators, and execution for one that belongs to an
/// intent and moves between Treasury and Suspense alone.
/// Effect: an entry and the balances. Errors: common.not_allowed, common.amount.range,
/// common.hash.size, portfolio.entry.posting_count, portfolio.entry.unbalanced,
/// portfolio.posting.zero, portfolio.posting.repeated, portfolio.posting.suspense,
/// portfolio.entry.kind_reserved, portfolio.reference.foreign, portfolio.reference.taken,
/// portfolio.account.balance, portfolio.asset.not_found, portfolio.asset.state,
/// common.migration.running, common.idempotency.conflict.
/// Repeating with the same key gives the first receipt.
#[candid_method(update)]
#[update(hidden = true, decode_with = "unread", encode_with = "reply")]
fn post_entry(args: Unread<p::PostEntryArgs>) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| {
        store.may_post(ctx)?;
        let args = args.read(entry);
        store.post_entry(ctx, &input::entry(&args)?, args.idempotency_key.as_deref())
    })
}

/// Compares an asset with its ledger now: blocks nobody booked in time are booked, and what blocks
/// do not explain goes to Suspense when it is seen a second time.
/// Who: operators, auditors, governors. Effect: a run, and the entries it posts.
/// Errors: common.not_allowed, portfolio.asset.not_found, portfolio.asset.state,
/// portfolio.asset.no_ledger, common.busy, common.migration.running, portfolio.reconcile.over, and
/// portfolio.ledger.* for a ledger that gives no answer that can be used: nothing is booked then.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
async fn reconcile(args: p::ReconcileArgs) -> Result<p::Reconciliation, Error> {
    let ticket = Here::write(|store| flows::reconcile::begin(store, args.asset))?;
    flows::reconcile::run(&LedgerAt(ticket.ledger), ticket).await?;
    Here::view(|store, ctx| Ok(output::reconciliation(store, ticket.asset, ctx.now)))
}

/// Where the reconciliation of an asset stands.
/// Who: execution, readers, auditors, operators, governors.
/// Errors: common.not_allowed, portfolio.asset.not_found.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn get_reconciliation(args: p::ReconcileArgs) -> Result<p::Reconciliation, Error> {
    Here::view(|store, ctx| {
        access::need_reader(store, ctx)?;
        let (id, _) = store.asset(args.asset)?;
        Ok(output::reconciliation(store, id, ctx.now))
    })
}

/// Assets by number.
/// Who: everybody. Errors: common.page.limit.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn list_assets(args: c::PageArgs) -> Result<p::AssetPage, Error> {
    Here::view(|store, _| {
        let page = store.list_assets(args.after, args.limit)?.map(output::asset);
        Ok(p::AssetPage { items: page.items, next: page.next })
    })
}

/// Accounts by number.
/// Who: execution, readers, auditors, operators, governors.
/// Errors: common.not_allowed, common.page.limit.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn list_accounts(args: c::PageArgs) -> Result<p::AccountPage, Error> {
    Here::view(|store, ctx| {
        access::need_reader(store, ctx)?;
        let page = store.list_accounts(args.after, args.limit)?.map(output::account);
        Ok(p::AccountPage { items: page.items, next: page.next })
    })
}

/// What an owner has, newest account first; or of the assets named, in their order, those it has an
/// account of.
/// Who: execution, readers, auditors, operators, governors.
/// Errors: common.not_allowed, common.hash.size, common.list.size, common.migration.running.
#[candid_method(query)]
#[query(hidden = true, decode_with = "balances", encode_with = "reply")]
fn get_balances(args: p::GetBalancesArgs) -> Result<Vec<p::Balance>, Error> {
    let owner = input::owner("owner", &args.owner)?;
    Here::view(|store, ctx| {
        access::need_reader(store, ctx)?;
        let found = store.balances(owner, args.assets.as_deref())?;
        Ok(found.into_iter().map(output::balance).collect())
    })
}

/// The positions of a user; without one those of the whole treasury, asset by asset.
/// Who: execution, readers, auditors, operators, governors.
/// Errors: common.not_allowed, common.migration.running.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn get_portfolio(args: p::GetPortfolioArgs) -> Result<p::Portfolio, Error> {
    Here::view(|store, ctx| {
        access::need_reader(store, ctx)?;
        let positions = store.positions(args.user)?;
        let position = |(asset, balance)| output::position(asset, balance);
        let positions = positions.into_iter().map(position).collect();
        Ok(p::Portfolio { user: args.user, positions, portfolios: store.totals().portfolios })
    })
}

/// An entry with its postings.
/// Who: execution, readers, auditors, operators, governors.
/// Errors: common.not_allowed, portfolio.entry.not_found.
#[candid_method(query)]
#[query(hidden = true, decode_with = "number", encode_with = "reply")]
fn get_entry(id: u64) -> Result<p::Entry, Error> {
    Here::view(|store, ctx| {
        access::need_reader(store, ctx)?;
        Ok(output::entry(&mut Ledgers::of(store), store.entry(id)?))
    })
}

/// Entries by number, oldest first; those of an account, newest first; or the one of a block.
/// Who: execution, readers, auditors, operators, governors. Errors: common.not_allowed,
/// common.page.limit, common.page.cursor, portfolio.list.filter, portfolio.account.not_found.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn list_entries(args: p::ListEntriesArgs) -> Result<p::EntryPage, Error> {
    Here::view(|store, ctx| {
        access::need_reader(store, ctx)?;
        let page = store.list_entries(&input::filter(&args), args.after, args.limit)?;
        let mut ledgers = Ledgers::of(store);
        let page = page.map(|entry| output::entry(&mut ledgers, entry));
        Ok(p::EntryPage { items: page.items, next: page.next })
    })
}

/// What happened on an account in a period, newest first, with what was there before and after.
/// Who: execution, readers, auditors, operators, governors. Errors: common.not_allowed,
/// common.page.limit, common.page.cursor, portfolio.statement.period, portfolio.account.not_found.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn get_statement(args: p::GetStatementArgs) -> Result<p::Statement, Error> {
    Here::view(|store, ctx| {
        access::need_reader(store, ctx)?;
        Ok(output::statement(store, store.statement(&input::statement(args))?))
    })
}
