//! Methods on wallets.

use candid::candid_method;
use granary_api::{common as c, registry as g};
use granary_env::suite::Host;
use granary_errors::Error;
use ic_cdk::{query, update};

use super::{number, small, text};
use crate::access::need_self_or_reader;
use crate::convert::{input, output, reply};
use crate::state::Here;

/// Names a place that can receive the caller's money. A Bitcoin address must be of the network and
/// the script it is said to be, and its checksum must hold.
/// Who: an identity of an active user. Effect: a new wallet, Unverified.
/// Errors: registry.user.not_registered, registry.address.invalid, registry.wallet.repeated,
/// common.capacity.full, common.hash.size, common.lifecycle.draining.
/// Repeated with the same idempotency key: the first receipt again.
#[candid_method(update)]
#[update(hidden = true, decode_with = "text", encode_with = "reply")]
fn add_wallet(args: g::AddWalletArgs) -> Result<c::Receipt, Error> {
    let g::AddWalletArgs { kind, label, idempotency_key: key } = args;
    Here::verb(|store, ctx| store.add_wallet(ctx, input::address(kind)?, &label, key.as_deref()))
}

/// Says that the user controls the address: the owner of an account on a ledger by calling, an
/// office with the hash of a proof it saw.
/// Who: the owner of the account; registrars and compliance, not for their own wallets.
/// Effect: status Verified; no other user can verify the address.
/// Errors: registry.wallet.address_taken, registry.wallet.evidence, registry.wallet.state,
/// registry.wallet.self_attest, registry.user.not_self. Repeating is refused: it is verified.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn verify_wallet(args: g::VerifyWalletArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| {
        let evidence = input::opt_hash("evidence_hash", args.evidence_hash.as_ref())?;
        store.verify_wallet(ctx, args.wallet, evidence)
    })
}

/// Ends a wallet for ever; its address can be added again as another wallet.
/// Who: the user itself while it is active; registrars and compliance.
/// Effect: status Revoked. Errors: registry.user.not_self, registry.wallet.state.
/// Repeating is refused: it is revoked.
#[candid_method(update)]
#[update(hidden = true, decode_with = "number", encode_with = "reply")]
fn revoke_wallet(args: g::WalletArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| store.revoke_wallet(ctx, args.wallet))
}

/// Reports that money went to a wallet for the first time.
/// Who: canisters of the suite (Service). Effect: the time of first use.
/// Errors: common.not_allowed, registry.wallet.used, registry.wallet.state.
/// Repeating is refused: it is known.
#[candid_method(update)]
#[update(hidden = true, decode_with = "number", encode_with = "reply")]
fn mark_wallet_used(args: g::WalletArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| store.mark_wallet_used(ctx, args.wallet))
}

/// Wallets of a user, newest first, revoked ones too.
/// Who: the user itself; registrars, compliance, auditors, governors.
/// Errors: registry.user.not_self, registry.user.not_found, common.page.limit, common.page.cursor.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn list_wallets(args: g::ListWalletsArgs) -> Result<g::WalletPage, Error> {
    Here::view(|store, ctx| {
        need_self_or_reader(store, ctx, args.user)?;
        store.list_wallets(args.user, args.after, args.limit).map(output::wallets)
    })
}
