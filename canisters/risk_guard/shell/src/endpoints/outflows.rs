//! Methods on outflows: asked before money leaves, told afterwards.

use candid::candid_method;
use granary_api::{common as c, risk_guard as r};
use granary_env::suite::Host as _;
use granary_errors::Error;
use ic_cdk::{query, update};

use super::{Later, Unread, number, outflow, small, unread};
use crate::access;
use crate::convert::{input, output, reply};
use crate::flows;
use crate::state::Here;

/// May this leave, and what does it need first? As things are now; nothing is taken.
/// Who: execution, readers, stewards, auditors, operators, governors.
/// Errors: common.not_allowed, common.hash.size, common.person.invalid, common.mode.*,
/// risk_guard.amount.zero, risk_guard.reservation.conflict, risk_guard.reservation.state.
/// An intent that holds a reservation with these arguments gets what that needs.
#[candid_method(query)]
#[query(hidden = true, decode_with = "unread", encode_with = "reply")]
fn assess_outflow(args: Unread<r::OutflowArgs>) -> Result<r::Assessment, Error> {
    Here::view(|store, ctx| {
        access::need_reader(store, ctx)?;
        let verdict = store.assess_outflow(ctx, &input::wanted(&outflow(args)?)?)?;
        Ok(output::assessment(&verdict))
    })
}

/// Takes capacity for an intent. A denial is an answer: it is in the journal and counted.
/// Who: execution. Effect: a reservation, held until it is committed or released, 26 hours at most.
/// When what is known of the treasury is old, the books are asked first, within a bounded time.
/// Errors: common.not_allowed, common.hash.size, common.person.invalid, common.mode.*,
/// common.lifecycle.draining, risk_guard.amount.zero, risk_guard.reservation.conflict,
/// risk_guard.reservation.state.
/// Repeating with the same arguments while it is held answers the same reservation; after it was
/// released or expired the intent may reserve anew.
#[candid_method(update)]
#[update(hidden = true, decode_with = "unread", manual_reply = true)]
fn reserve_outflow(args: Unread<r::OutflowArgs>) -> Later {
    flows::reserve::answer(args)
}

/// The money of the intent left. Never refused once a reservation was made: it has happened.
/// Who: execution. Effect: Committed; after it expired or was released it counts from now, and an
/// alert says so. Errors: common.not_allowed, risk_guard.reservation.not_found.
/// Repeating answers the first receipt.
#[candid_method(update)]
#[update(hidden = true, decode_with = "unread", encode_with = "reply")]
fn commit_outflow(args: Unread<r::ReservationArgs>) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| {
        access::need_execution(store, ctx)?;
        store.commit_outflow(ctx, args.read(number).intent)
    })
}

/// The money of the intent did not leave and will not.
/// Who: execution. Effect: Released; the capacity comes back.
/// Errors: common.not_allowed, risk_guard.reservation.not_found, risk_guard.reservation.state.
/// Repeating answers the first receipt.
#[candid_method(update)]
#[update(hidden = true, decode_with = "unread", encode_with = "reply")]
fn release_outflow(args: Unread<r::ReservationArgs>) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| {
        access::need_execution(store, ctx)?;
        store.release_outflow(ctx, args.read(number).intent)
    })
}

/// The newest reservation of an intent.
/// Who: execution, readers, stewards, auditors, operators, governors.
/// Errors: common.not_allowed, risk_guard.reservation.not_found.
#[candid_method(query)]
#[query(hidden = true, decode_with = "unread", encode_with = "reply")]
fn get_reservation(args: Unread<r::ReservationArgs>) -> Result<r::Reservation, Error> {
    Here::view(|store, ctx| {
        access::need_reader(store, ctx)?;
        let (id, row) = store.reservation_of(args.read(number).intent)?;
        Ok(output::reservation(id, &row))
    })
}

/// Reservations by number; or only those that are held, in the order in which they expire.
/// Who: execution, readers, stewards, auditors, operators, governors.
/// Errors: common.not_allowed, common.page.limit, common.page.cursor, common.page.cursor_moved.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn list_reservations(args: r::ListReservationsArgs) -> Result<r::ReservationPage, Error> {
    Here::view(|store, ctx| {
        access::need_reader(store, ctx)?;
        let page = store.list_reservations(args.only_held, args.after, args.limit)?;
        let page = page.map(output::reservation_view);
        Ok(r::ReservationPage { items: page.items, next: page.next })
    })
}

/// Money came in. It frees no window; the books are asked in the next beat.
/// Who: execution, operators. Effect: the sum of inflows of the asset.
/// Errors: common.not_allowed, risk_guard.asset.number, risk_guard.amount.zero.
/// Repeating counts again.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn record_inflow(args: r::RecordInflowArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| {
        let amount = input::units("amount_units", &args.amount_units)?;
        let receipt = store.record_inflow(ctx, args.asset, amount)?;
        granary_env::suite::tasks::wake::<Here>(store, ctx);
        Ok(receipt)
    })
}

/// A dependency answered, or did not: its circuit breaker and its rate of failures judge it.
/// Who: execution, readers, operators. Effect: the outcome is counted; a breaker may turn.
/// Errors: common.not_allowed, risk_guard.asset.number, risk_guard.reservation.not_found.
/// Repeating counts again.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn record_outcome(args: r::RecordOutcomeArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| {
        let service = input::service(args.service)?;
        store.record_outcome(ctx, service, args.answered, args.intent)
    })
}
