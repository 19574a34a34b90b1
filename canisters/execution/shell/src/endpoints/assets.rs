//! Assets, accounts, keys, and what is not served yet.

use candid::candid_method;
use granary_api::{common as c, execution as e};
use granary_env::suite::Host as _;
use granary_env::suite::access::need_trusted;
use granary_env::suite::install::actor;
use granary_env::{Env, message};
use granary_errors::Error;
use ic_cdk::{query, update};

use super::small;
use crate::convert::{input, output, reply};
use crate::flows;
use crate::ports::Platform;
use crate::state::Here;

/// Adopts an asset: its ledger and the treasury's account are asked of the books, its fee and its
/// log of the ledger. They never change from then on; adopting it again refreshes the fee.
/// Who: operators, governors. Effect: an adopted asset and a key reference.
/// Errors: common.not_allowed, common.limit, common.peer.unset, execution.asset.not_adopted (the
/// books do not have it), execution.bitcoin.unserved, execution.asset.custody,
/// execution.asset.changed, execution.books.unavailable, execution.ledger.unavailable.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
async fn adopt_asset(args: e::AssetArgs) -> Result<c::Receipt, Error> {
    let ctx = actor();
    let books = Here::write(|store| flows::adopt::begin(store, &ctx, args.asset))?;
    flows::adopt::run(&Platform, books, ctx, args.asset).await
}

/// Adopted assets, with what is set aside, paid, and still to be looked at.
/// Who: everybody.
#[candid_method(query)]
#[query(hidden = true, encode_with = "reply")]
fn list_adopted_assets() -> Vec<e::AdoptedAsset> {
    let now = message::now();
    Here::read(|store| store.all_assets().map(|row| output::asset(store, row, now)).collect())
}

/// The account to send money to so that the treasury has it.
/// Who: everybody. Errors: execution.asset.not_adopted.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn get_deposit_address(args: e::AssetArgs) -> Result<e::DepositAddress, Error> {
    Here::view(|store, _| {
        let (id, row) = store.asset(args.asset)?;
        Ok(output::deposit(id, &row))
    })
}

/// References to the keys that hold accounts; a path is used once, and none ever changes.
/// Who: everybody.
#[candid_method(query)]
#[query(hidden = true, encode_with = "reply")]
fn get_signing_keys() -> Vec<e::SigningKey> {
    Here::read(|store| store.all_keys().into_iter().map(output::key).collect())
}

/// References a threshold key for an asset. Nothing is signed with it yet; its path is taken.
/// Who: governors. Effect: a key reference. Errors: common.not_allowed, common.limit,
/// execution.key.invalid, execution.key.taken.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn reference_key(args: e::ReferenceKeyArgs) -> Result<c::Receipt, Error> {
    let e::ReferenceKeyArgs { asset, scheme, key_name, derivation_path } = args;
    let scheme = input::scheme(scheme);
    Here::verb(|store, ctx| store.reference_key(ctx, asset, scheme, &key_name, &derivation_path))
}

/// Asks the ledger of an adopted asset for its fee, its length, and the treasury's balance.
/// Who: operators, auditors, governors, controllers. Errors: common.not_allowed,
/// execution.asset.not_adopted, execution.ledger.unavailable. Repeating asks again.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
async fn test_ledger_connection(args: e::AssetArgs) -> Result<e::LedgerConnection, Error> {
    let (_, row) = Here::read(|store| {
        need_trusted::<Here>(store, &Env::here())?;
        store.need_no_rehearsal()?;
        store.asset(args.asset)
    })?;
    Ok(flows::adopt::test(&Platform, args.asset, row.ledger, row.treasury).await?)
}

/// Says that Bitcoin is not served yet.
/// Who: operators, auditors, governors, controllers. Errors: common.not_allowed,
/// execution.bitcoin.unserved.
#[candid_method(update)]
#[update(hidden = true, encode_with = "reply")]
fn test_bitcoin_connection() -> Result<c::Dependency, Error> {
    Here::read(|store| {
        need_trusted::<Here>(store, &Env::here())?;
        store.need_no_rehearsal()
    })?;
    Err(input::bitcoin().into())
}

/// Says that sending cycles is not served yet: no ledger of cycles is adopted.
/// Who: operators, governors. Errors: common.not_allowed, common.person.invalid,
/// execution.cycles.unserved.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn top_up_canister(args: e::TopUpCanisterArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| {
        store.may_top_up(ctx, &args.canister)?;
        Err(input::cycles())
    })
}
