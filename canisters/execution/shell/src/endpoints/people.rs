//! Approvals, standing authorisations, the quarantine, forgotten payments.

use candid::candid_method;
use granary_api::{common as c, execution as e};
use granary_env::suite::install::actor;
use granary_env::suite::{Host as _, tasks};
use granary_errors::Error;
use ic_cdk::{query, update};

use super::{small, text};
use crate::access;
use crate::convert::{input, output, reply};
use crate::flows;
use crate::ports::Platform;
use crate::state::Here;

/// Approves an intent as get_intent_details shows it: the digest binds the approval to that. It
/// counts for seven days, as long as the approver keeps the role without a gap.
/// Who: approvers, but not for what they submitted. Effect: an approval.
/// Errors: common.not_allowed, common.hash.size, common.capacity.full, execution.intent.not_found,
/// execution.intent.state, execution.approval.own, execution.approval.digest,
/// execution.approval.repeated.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn approve_intent(args: e::ApproveIntentArgs) -> Result<c::Receipt, Error> {
    let digest = input::digest(&args.digest)?;
    Here::verb(|store, ctx| {
        let receipt = store.approve_intent(ctx, args.intent, &digest)?;
        tasks::wake::<Here>(store, ctx);
        Ok(receipt)
    })
}

/// Takes the caller's approval back, before the intent is sent.
/// Who: approvers. Effect: it counts no more. Errors: common.not_allowed,
/// execution.intent.not_found, execution.intent.state, execution.approval.missing.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn revoke_intent_approval(args: e::IntentArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| store.revoke_intent_approval(ctx, args.intent))
}

/// Rejects an intent for good, before it is sent.
/// Who: approvers, governors. Effect: Denied, for ever. Errors: common.not_allowed,
/// common.text.size, execution.intent.not_found, execution.intent.state,
/// execution.restore.looking.
#[candid_method(update)]
#[update(hidden = true, decode_with = "text", encode_with = "reply")]
fn reject_intent(args: e::EndIntentArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| store.reject_intent(ctx, args.intent, &args.reason))
}

/// Says what was found out about an intent in quarantine. A block that is named is looked at on
/// the ledger; that nothing moved is believed only when the ledger cannot execute it any more.
/// Who: governors. Effect: Settled, to be paid again, or Cancelled. Errors: common.not_allowed,
/// common.text.size, execution.intent.not_found, execution.intent.state,
/// execution.quarantine.too_early, execution.quarantine.evidence, execution.restore.looking,
/// execution.ledger.unavailable. Repeating is refused: it is not in quarantine any more.
#[candid_method(update)]
#[update(hidden = true, decode_with = "text", encode_with = "reply")]
async fn resolve_quarantine(args: e::ResolveQuarantineArgs) -> Result<c::Receipt, Error> {
    let (ctx, finding) = (actor(), input::finding(args.finding));
    let e::ResolveQuarantineArgs { intent, evidence, .. } = args;
    let named = Here::read(|store| store.check_resolution(&ctx, intent, finding, &evidence))?;
    flows::resolve::run(&Platform, named, ctx, intent, finding, &evidence).await
}

/// Lets a submitter pay certain accounts up to an allowance in any window without asking people
/// each time. It ends with the role of who gave it.
/// Who: treasurers, governors, but not for themselves. Effect: a standing authorisation.
/// Errors: common.not_allowed, common.person.invalid, common.list.size, common.capacity.full,
/// execution.asset.not_adopted, execution.authorisation.range, execution.destination.invalid,
/// execution.approval.own. Repeating gives another one.
#[candid_method(update)]
#[update(hidden = true, decode_with = "text", encode_with = "reply")]
fn grant_standing_authorisation(
    args: e::GrantStandingAuthorisationArgs,
) -> Result<c::Receipt, Error> {
    let asset = args.asset;
    Here::verb(|store, ctx| {
        store.may_authorise(ctx)?;
        let grant = input::grant(args, &store.asset(asset)?.1.ledger)?;
        store.grant_standing_authorisation(ctx, asset, &grant)
    })
}

/// Takes a standing authorisation back. Works in every mode.
/// Who: treasurers, governors. Effect: it authorises no more; what it covers waits for people.
/// Errors: common.not_allowed, execution.authorisation.not_found, execution.authorisation.over.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn revoke_standing_authorisation(args: e::AuthorisationArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| store.revoke_standing_authorisation(ctx, args.authorisation))
}

/// Standing authorisations, oldest first, with what is used of each now.
/// Who: holders of any role but Backup. Errors: common.not_allowed, common.page.limit.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn list_standing_authorisations(args: c::PageArgs) -> Result<e::AuthorisationPage, Error> {
    Here::view(|store, ctx| {
        access::need_reader(store, ctx)?;
        let page = store.list_authorisations(args.after, args.limit)?;
        let page = page.map(|row| output::authorisation(store, row, ctx.now));
        Ok(e::AuthorisationPage { items: page.items, next: page.next })
    })
}

/// Payments out of the treasury that no intent explains, found after a restore, oldest first.
/// Who: holders of any role but Backup. Errors: common.not_allowed, common.page.limit.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn list_orphans(args: c::PageArgs) -> Result<e::OrphanPage, Error> {
    Here::view(|store, ctx| {
        access::need_reader(store, ctx)?;
        let page = store.list_orphans(args.after, args.limit)?;
        let page = page.map(|row| output::orphan(store, row));
        Ok(e::OrphanPage { items: page.items, next: page.next })
    })
}

/// Says that a payment without an intent was looked at. When nothing else is unexplained, its asset
/// is paid again; when its intent is submitted after all, it is still settled by the payment.
/// Who: governors. Effect: Acknowledged. Errors: common.not_allowed, execution.orphan.not_found,
/// execution.orphan.state.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn acknowledge_orphan(args: e::OrphanArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| store.acknowledge_orphan(ctx, args.orphan))
}
