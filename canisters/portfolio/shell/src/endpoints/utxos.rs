//! Outputs of Bitcoin transactions, the header chain, and proofs of inclusion.

use candid::candid_method;
use granary_api::{common as c, portfolio as p};
use granary_env::suite::Host as _;
use granary_errors::Error;
use ic_cdk::{query, update};
use serde_bytes::ByteBuf;

use super::{small, text};
use crate::access;
use crate::convert::{input, proofs_in, proofs_out, reply};
use crate::state::{Books, Here};

/// Takes in one look at the address of an owner: the whole set of its unspent outputs at one tip.
/// New outputs are seen; those with enough confirmations are booked, and may be spent once our own
/// headers agree; what left the chain is dropped, or suspended and booked back.
/// Who: execution, operators. Effect: outputs, and an entry for each that is booked or booked back.
/// Errors: common.not_allowed, common.list.size, common.hash.size, common.capacity.full,
/// portfolio.utxo.invalid, portfolio.utxo.foreign, portfolio.utxo.not_bitcoin,
/// portfolio.asset.not_found, portfolio.asset.state, common.migration.running.
/// Repeating the same look changes nothing.
#[candid_method(update)]
#[update(hidden = true, decode_with = "text", encode_with = "reply")]
fn sync_utxos(args: p::SyncUtxosArgs) -> Result<p::SyncReport, Error> {
    let look = proofs_in::sync(&args)?;
    Here::write(|store| store.sync_utxos(&granary_env::suite::install::actor(), &look))
        .map(proofs_out::synced)
        .map_err(Error::from)
}

/// Holds available outputs for a payment intent. Those it holds already stay so.
/// Who: execution. Effect: the outputs are Reserved.
/// Errors: common.not_allowed, common.list.size, portfolio.utxo.not_found, portfolio.utxo.state,
/// portfolio.utxo.held, portfolio.utxo.mixed. Repeating changes nothing.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn reserve_utxos(args: p::ReserveUtxosArgs) -> Result<c::Receipt, Error> {
    let outpoints = proofs_in::outpoints(&args.outpoints)?;
    Here::verb(|store, ctx| store.reserve_utxos(ctx, args.intent, &outpoints))
}

/// Gives back outputs a payment intent holds.
/// Who: execution. Effect: the outputs are Available.
/// Errors: common.not_allowed, common.list.size, portfolio.utxo.not_found, portfolio.utxo.state,
/// portfolio.utxo.held. Repeating changes nothing.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn release_utxos(args: p::ReserveUtxosArgs) -> Result<c::Receipt, Error> {
    let outpoints = proofs_in::outpoints(&args.outpoints)?;
    Here::verb(|store, ctx| store.release_utxos(ctx, args.intent, &outpoints))
}

/// Marks outputs a payment intent holds as spent by a transaction; their value leaves its accounts.
/// Who: execution. Effect: the outputs are Spent for ever, and an entry of kind Withdrawal.
/// Errors: common.not_allowed, common.list.size, common.hash.size, portfolio.utxo.not_found,
/// portfolio.utxo.state, portfolio.utxo.held, portfolio.utxo.mixed, portfolio.asset.state.
/// Repeating with the same transaction changes nothing.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn mark_spent(args: p::MarkSpentArgs) -> Result<c::Receipt, Error> {
    let (outpoints, txid) = (proofs_in::outpoints(&args.outpoints)?, proofs_in::txid(&args.txid)?);
    Here::verb(|store, ctx| store.mark_spent(ctx, args.intent, &outpoints, txid))
}

/// Outputs of one account, live ones first, or all by number.
/// Who: execution, readers, auditors, operators, governors.
/// Errors: common.not_allowed, common.page.limit, common.hash.size, portfolio.asset.not_found.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn list_utxos(args: p::ListUtxosArgs) -> Result<p::UtxoPage, Error> {
    Here::view(|store, ctx| {
        access::need_reader(store, ctx)?;
        let account = match &args.of {
            None => None,
            Some(of) => {
                let (owner, (asset, _)) =
                    (input::owner("of.owner", &of.owner)?, store.asset(of.asset)?);
                let Some((id, _)) = store.account_of(owner, asset)? else {
                    return Ok(p::UtxoPage { items: vec![], next: None });
                };
                Some(id)
            }
        };
        let page = store.list_utxos(account, args.after, args.limit)?.map(proofs_out::utxo);
        Ok(p::UtxoPage { items: page.items, next: page.next })
    })
}

/// Begins the header chain with a header people agreed on. It is the one that is not checked.
/// Who: governors. Effect: a chain of one header.
/// Errors: common.not_allowed, portfolio.headers.size, portfolio.headers.begun,
/// portfolio.headers.base.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn start_headers(args: p::StartHeadersArgs) -> Result<c::Receipt, Error> {
    let network = proofs_in::network(args.network);
    Here::verb(|store, ctx| store.start_headers(ctx, network, args.height, &args.header))
}

/// Takes headers in: a chain that hangs on a kept header, each linked to the one before, at the
/// target its height asks for, with the work it claims. It replaces what it forks from only with
/// more work. A change of the past deeper than 6 blocks freezes deposits instead, unless a
/// governor sends it.
/// Who: execution, operators, governors. Effect: the chain, or frozen deposits.
/// Errors: common.not_allowed, common.list.size, portfolio.headers.size, portfolio.headers.none,
/// portfolio.headers.invalid, portfolio.headers.unlinked, portfolio.headers.not_more_work.
#[candid_method(update)]
#[update(hidden = true, decode_with = "text", encode_with = "reply")]
fn submit_headers(args: p::SubmitHeadersArgs) -> Result<c::Receipt, Error> {
    let headers: Vec<&[u8]> = args.headers.iter().map(|header| header.as_slice()).collect();
    Here::verb(|store, ctx| store.submit_headers(ctx, &headers))
}

/// Lets deposits go on after a reorganisation that was too deep.
/// Who: governors. Effect: outputs are confirmed again.
/// Errors: common.not_allowed, portfolio.deposits.not_frozen.
#[candid_method(update)]
#[update(hidden = true, encode_with = "reply")]
fn thaw_deposits() -> Result<c::Receipt, Error> {
    Here::verb(Books::thaw_deposits)
}

/// Where the header chain stands.
/// Who: everybody. Errors: portfolio.headers.none.
#[candid_method(query)]
#[query(hidden = true, encode_with = "reply")]
fn get_header_chain() -> Result<p::HeaderChain, Error> {
    Here::view(|store, _| store.header_chain().map(proofs_out::chain))
}

/// The 80 bytes of the header at a height.
/// Who: everybody. Errors: portfolio.headers.none, portfolio.headers.not_found.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn get_header(args: p::GetHeaderArgs) -> Result<ByteBuf, Error> {
    Here::view(|store, _| store.block_header(args.height).map(ByteBuf::from))
}

/// Checks that a transaction is in the block at a height of the kept chain, as deep as the asset
/// asks. Transactions of 64 bytes and branches that count one twice prove nothing.
/// Who: everybody. Errors: common.list.size, common.hash.size, common.text.size,
/// portfolio.asset.not_found, portfolio.utxo.not_bitcoin, portfolio.headers.none,
/// portfolio.headers.not_found, portfolio.inclusion.invalid, portfolio.inclusion.confirmations.
#[candid_method(query)]
#[query(hidden = true, decode_with = "text", encode_with = "reply")]
fn verify_tx_inclusion(args: p::VerifyInclusionArgs) -> Result<p::IncludedTransaction, Error> {
    let (asset, height) = (args.asset, args.height);
    let proof = proofs_in::inclusion(args)?;
    let found = |included| Ok(proofs_out::included(included));
    Here::view(|store, _| store.verify_inclusion(asset, height, &proof).and_then(found))
}
