//! Payments from the submission to the commitment, with a ledger that does not always answer.

use candid::Nat;
use granary_api::{common as c, execution as e, risk_guard as r, test_ledger::Faults};
use granary_tests::{
    clock::{DAY, HOUR, MINUTE},
    ledger::FEE,
    people::{Who, person},
    reply::Expect,
};

use super::{FUNDS, TOKEN, Treasury, payout};

#[test]
fn e5_a_payout_is_paid_booked_and_committed() {
    let treasury = Treasury::new();
    let intent = treasury.submit(1, 5 * TOKEN);
    let paid = treasury.paid(intent, 5);
    assert_eq!((paid.state, paid.attempts), (e::IntentState::Settled, 1));
    assert_eq!(treasury.received(), 5 * TOKEN);
    assert_eq!(treasury.reservation(intent).state, r::ReservationState::Committed);
    let left = i128::try_from(FUNDS - 5 * TOKEN - FEE).unwrap();
    assert_eq!(treasury.booked(), left);
    treasury.assert_agrees();
    let again = treasury.submit(1, 5 * TOKEN);
    assert_eq!(again, intent, "the same key is the same intent, for ever");
    treasury.execution.advance(HOUR);
    assert_eq!(treasury.received(), 5 * TOKEN);
}

#[test]
fn e1_an_answer_that_is_lost_or_late_pays_once() {
    let treasury = Treasury::new();
    treasury.ledger().set_faults(&Faults { lost_replies: 1, ..Faults::default() });
    let lost = treasury.submit(1, TOKEN);
    let paid = treasury.paid(lost, 20);
    assert!(paid.attempts >= 2, "it was repeated: {paid:?}");
    assert_eq!(treasury.received(), TOKEN);
    let late = Faults { late_replies: 1, late_seconds: 90, ..Faults::default() };
    treasury.ledger().set_faults(&late);
    let slow = treasury.submit(2, 2 * TOKEN);
    treasury.paid(slow, 20);
    assert_eq!(treasury.received(), 3 * TOKEN);
    treasury.assert_agrees();
}

#[test]
fn r6_the_guard_is_told_of_a_ledger_that_did_not_answer() {
    let treasury = Treasury::new();
    let failures = || {
        let guard = treasury.risk_guard.caller(Who::Stranger);
        let breakers: Vec<r::CircuitBreaker> =
            guard.plain("get_circuit_breakers").value("breakers");
        let ledger = breakers.into_iter().find(|one| one.service == r::Service::Ledger(1));
        ledger.map_or(0, |ledger| ledger.failures)
    };
    treasury.paid(treasury.submit(1, TOKEN), 5);
    treasury.execution.advance(5 * MINUTE);
    assert_eq!(failures(), 0, "it answered");
    treasury.ledger().set_faults(&Faults { lost_replies: 1, ..Faults::default() });
    treasury.paid(treasury.submit(2, TOKEN), 20);
    treasury.execution.advance(5 * MINUTE);
    assert_eq!(failures(), 1, "one silence is told once");
    treasury.assert_agrees();
}

#[test]
fn e2_a_ledger_that_is_busy_gets_the_very_same_transfer_again() {
    let treasury = Treasury::new();
    treasury.ledger().set_faults(&Faults { unavailable_calls: 2, ..Faults::default() });
    let intent = treasury.submit(1, TOKEN);
    treasury.paid(intent, 20);
    let details = treasury.details(intent);
    assert_eq!((details.attempt.number, details.attempt.sends), (1, 3));
    assert_eq!(details.errors.len(), 2);
    treasury.assert_agrees();
}

#[test]
fn e9_a_changed_fee_is_assessed_anew_and_money_that_is_missing_is_waited_for() {
    let treasury = Treasury::new();
    let dear = Nat::from(3 * FEE);
    treasury.ledger().set_faults(&Faults { fee: Some(dear), ..Faults::default() });
    let intent = treasury.submit(1, TOKEN);
    let paid = treasury.paid(intent, 20);
    assert_eq!(paid.fee_units, 3 * FEE);
    treasury.assert_agrees();
    // Ten payouts of nearly all the guard allows empty the treasury; the last one waits.
    let rest = treasury.ledger().balance(treasury.execution.canister);
    let lie = i128::try_from(rest).unwrap();
    treasury.ledger().lie_about(treasury.execution.canister, -lie);
    let poor = treasury.submit(2, TOKEN);
    let waits = treasury.until(poor, 20, |intent| intent.reason.is_some());
    assert_eq!(waits.state, e::IntentState::Ready, "{waits:?}");
    let health = treasury.execution.caller(Who::Stranger).health_check().value("health");
    assert!(health.reasons.iter().any(|reason| reason.contains("money")), "{health:?}");
    treasury.ledger().set_faults(&Faults::default());
    treasury.paid(poor, 90);
    treasury.assert_agrees();
}

#[test]
fn people_approve_what_the_guard_asks_people_for() {
    let treasury = Treasury::new();
    let intent = treasury.submit(1, 200 * TOKEN);
    let state = e::IntentState::AwaitingApproval;
    let waits = treasury.until(intent, 5, |intent| intent.state == state);
    assert_eq!(waits.approvals_needed, 1);
    let digest = treasury.details(intent).digest;
    let approve = e::ApproveIntentArgs { intent, digest };
    let world = &treasury.execution;
    let denied = world.caller(Who::Operator).receipt("approve_intent", &approve);
    assert_eq!(denied.code("no approver"), "common.not_allowed");
    world.caller(Who::Reviewer).receipt("approve_intent", &approve).value("an approver");
    treasury.paid(intent, 10);
    assert_eq!(treasury.received(), 200 * TOKEN);
    let rejected = treasury.submit(2, 200 * TOKEN);
    treasury.until(rejected, 5, |intent| intent.state == state);
    let reject = e::EndIntentArgs { intent: rejected, reason: "not this one".to_owned() };
    world.caller(Who::Reviewer).receipt("reject_intent", &reject).value("an approver");
    world.advance(HOUR);
    assert_eq!(treasury.intent(rejected).state, e::IntentState::Denied);
    assert_eq!(treasury.received(), 200 * TOKEN);
    treasury.assert_agrees();
}

#[test]
fn e8_a_standing_authorisation_pays_without_people_up_to_its_allowance() {
    let treasury = Treasury::new();
    let grant = e::GrantStandingAuthorisationArgs {
        initiator: Who::Service.principal(),
        asset: 1,
        allowance_units: Nat::from(450 * TOKEN),
        window_ns: DAY,
        destinations: vec![person("payee").into()],
        expires_at_ns: treasury.execution.now_ns() + 30 * DAY,
    };
    let treasurer = treasury.execution.caller(Who::Treasurer);
    treasurer.receipt("grant_standing_authorisation", &grant).value("a treasurer");
    let covered = [treasury.submit(1, 200 * TOKEN), treasury.submit(2, 200 * TOKEN)];
    for intent in covered {
        treasury.paid(intent, 10);
    }
    let beyond = treasury.submit(3, 200 * TOKEN);
    let state = e::IntentState::AwaitingApproval;
    treasury.until(beyond, 5, |intent| intent.state == state);
    treasury.execution.advance(10 * MINUTE);
    assert_eq!(treasury.intent(beyond).state, state);
    assert_eq!(treasury.received(), 400 * TOKEN);
}

#[test]
fn k37_a_freeze_stops_payments_and_not_what_was_paid() {
    let treasury = Treasury::new();
    treasury.ledger().set_faults(&Faults { lost_replies: 1, ..Faults::default() });
    let lost = treasury.submit(1, TOKEN);
    let unknown = [e::IntentState::Unknown, e::IntentState::Reconciling];
    treasury.until(lost, 5, |intent| unknown.contains(&intent.state));
    let waiting = treasury.submit(2, TOKEN);
    treasury.set_mode(c::Mode::OutflowsFrozen);
    let submit = treasury.execution.caller(Who::Service);
    let refused = submit.receipt("submit_intent", &payout(3, TOKEN));
    assert_eq!(refused.code("frozen"), "common.mode.outflows_frozen");
    // Nothing is repeated, the blocks are read: what was paid is found, booked and committed.
    treasury.paid(lost, 30);
    assert_eq!(treasury.received(), TOKEN);
    assert_ne!(treasury.intent(waiting).state, e::IntentState::Settled);
    treasury.set_mode(c::Mode::Full);
    treasury.paid(waiting, 30);
    treasury.assert_agrees();
}

#[test]
fn what_is_not_served_is_refused_by_name() {
    let treasury = Treasury::new();
    let operator = treasury.execution.caller(Who::Operator);
    let bitcoin = operator.update_plain::<c::Dependency>("test_bitcoin_connection");
    assert_eq!(bitcoin.code("not served"), "execution.bitcoin.unserved");
    let args =
        e::TopUpCanisterArgs { canister: treasury.execution.canister, cycles: Nat::from(1_u32) };
    let cycles = operator.receipt("top_up_canister", &args);
    assert_eq!(cycles.code("not served"), "execution.cycles.unserved");
    let ledger: e::LedgerConnection =
        operator.update("test_ledger_connection", &e::AssetArgs { asset: 1 }).value("a ledger");
    assert_eq!((ledger.balance_units, ledger.fee_units), (FUNDS, FEE));
    let unknown = operator.receipt("adopt_asset", &e::AssetArgs { asset: 2 });
    assert_eq!(unknown.code("not in the books"), "execution.asset.not_adopted");
}
