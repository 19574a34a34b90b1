//! Intents: what is to be paid, and what became of it.

use candid::candid_method;
use granary_api::{common as c, execution as e};
use granary_env::suite::{Host as _, tasks};
use granary_env::unread::Unread;
use granary_errors::Error;
use ic_cdk::{query, update};

use super::{small, submission, text, unread};
use crate::access;
use crate::convert::exact::SubmitIntentArgs;
use crate::convert::{input, output, reply};
use crate::state::Here;

/// Takes an intent: it is written down, and paid when the guard, the people it asks for and the
/// ledger allow it. The receipt's id is the intent's number.
/// Who: micro_grants for Grant, strategy for Plan, treasurers for Manual.
/// Effect: an intent. Errors: common.not_allowed, common.idempotency_key.size,
/// common.idempotency.conflict, common.rate_limited, common.capacity.full, common.amount.range,
/// common.mode.*, common.lifecycle.draining, execution.asset.not_adopted,
/// execution.amount.zero, execution.amount.dust, execution.destination.invalid,
/// execution.destination.treasury, execution.bitcoin.unserved, execution.cycles.unserved,
/// execution.origin.foreign, execution.expiry.range.
/// Repeating with the same key and arguments gives the first receipt, for ever.
#[candid_method(update)]
#[update(hidden = true, decode_with = "unread", encode_with = "reply")]
fn submit_intent(args: Unread<SubmitIntentArgs>) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| {
        store.may_submit(ctx)?;
        let receipt =
            store.submit_intent(ctx, &input::submission(args.read(submission).counted()?))?;
        tasks::wake::<Here>(store, ctx);
        Ok(receipt)
    })
}

/// Takes an intent back before it is sent.
/// Who: its submitter, treasurers, operators, governors. Effect: Cancelled, for ever.
/// Errors: common.text.size, execution.intent.not_found, execution.intent.foreign,
/// execution.intent.state, execution.restore.looking. Repeating is refused: it is cancelled.
#[candid_method(update)]
#[update(hidden = true, decode_with = "text", encode_with = "reply")]
fn cancel_intent(args: e::EndIntentArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| store.cancel_intent(ctx, args.intent, &args.reason))
}

/// Wakes the intents that have been ready longest, whatever they wait for.
/// Who: operators, treasurers. Effect: they are looked at now.
/// Errors: common.not_allowed, common.page.limit, common.mode.*, common.lifecycle.draining.
/// Repeating is harmless.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn execute_ready(args: e::ExecuteReadyArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| {
        let receipt = store.execute_ready(ctx, args.limit)?;
        tasks::wake::<Here>(store, ctx);
        Ok(receipt)
    })
}

/// Has one intent looked at now: evidence is looked for, books and guard are told.
/// Who: operators, treasurers, governors. Effect: it is looked at now; a step that was given up
/// begins anew. Errors: common.not_allowed, execution.intent.not_found. Repeating is harmless.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn reconcile_intent(args: e::IntentArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| {
        let receipt = store.reconcile_intent(ctx, args.intent)?;
        tasks::wake::<Here>(store, ctx);
        Ok(receipt)
    })
}

/// An intent.
/// Who: holders of any role but Backup. Errors: common.not_allowed, execution.intent.not_found.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn get_intent(args: e::IntentArgs) -> Result<e::Intent, Error> {
    Here::view(|store, ctx| {
        access::need_reader(store, ctx)?;
        Ok(output::intent(store.intent_view(args.intent, ctx.now)?))
    })
}

/// An intent with its attempt, its newest errors, and the digest an approver approves.
/// Who: holders of any role but Backup. Errors: common.not_allowed, execution.intent.not_found.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn get_intent_details(args: e::IntentArgs) -> Result<e::IntentDetails, Error> {
    Here::view(|store, ctx| {
        access::need_reader(store, ctx)?;
        Ok(output::details(store.intent_view(args.intent, ctx.now)?))
    })
}

/// Intents by number, or those in a state in the order they came into it.
/// Who: holders of any role but Backup.
/// Errors: common.not_allowed, common.page.limit, common.page.cursor, common.page.cursor_moved.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn list_intents(args: e::ListIntentsArgs) -> Result<e::IntentPage, Error> {
    let e::ListIntentsArgs { state, after, limit } = args;
    Here::view(|store, ctx| {
        access::need_reader(store, ctx)?;
        let page = store.list_intents(state.map(input::state).into(), after, limit, ctx.now)?;
        let page = page.map(output::intent);
        Ok(e::IntentPage { items: page.items, next: page.next })
    })
}

/// Intents that wait for a governor's finding, in the order they came there.
/// Who: holders of any role but Backup.
/// Errors: common.not_allowed, common.page.limit, common.page.cursor, common.page.cursor_moved.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn quarantine_list(args: c::PageArgs) -> Result<e::IntentPage, Error> {
    let state = Some(e::IntentState::Quarantined);
    list_intents(e::ListIntentsArgs { state, after: args.after, limit: args.limit })
}
