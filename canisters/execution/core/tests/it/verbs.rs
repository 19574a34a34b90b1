//! Verbs over a real store: who may, what is wrong, what a repetition does, what a restore forgets.

use crate::support::{
    HOUR, SECOND, START, World, approver, ask, at, digest, drive, governor, grants, manual, needs,
    operator, own, payout, person, rich, submit, treasurer, world,
};
use execution_core::errors::{AccessFault, ExecutionError, InputFault, Missing, StateFault};
use execution_core::invariants;
use execution_core::limits;
use execution_core::records::{Marks, Mode, OrphanState, Role};
use execution_core::rules::guard::Assessment;
use execution_core::rules::next::Ask;
use execution_core::rules::quarantine::Finding;
use execution_core::rules::scan::{Outgoing, Page, Seen};
use execution_core::rules::sent::Sent;
use execution_core::rules::submit_intent::{Destination, Submission, memo};
use execution_core::store::{IntentFilter, LookStep, Outcome, Step};
use execution_core::types::{Account, IntentState, Origin, Timestamp};
use granary_errors::Category;
use granary_kernel::{CanisterStore, Fault};
use granary_resilience::failure::{Failure, FailureKind};

fn refused(store: &mut World, who: candid::Principal, input: &Submission) -> ExecutionError {
    let before = (store.journal_head(), store.intent_count());
    let error = store.submit_intent(&at(START + 5, who), input).expect_err("wrong");
    assert_eq!((store.journal_head(), store.intent_count()), before, "nothing changed");
    error
}

fn category(error: ExecutionError) -> Category {
    granary_errors::Error::from(error).category()
}

#[test]
fn submissions_that_are_wrong_change_nothing() {
    let (_, mut store) = world();
    let good = payout(1, 500);
    for who in [person(99), approver(0), candid::Principal::anonymous()] {
        assert_eq!(category(refused(&mut store, who, &good)), Category::Unauthorized);
    }
    let unknown = Submission { asset: 2, ..good.clone() };
    assert_eq!(refused(&mut store, grants(), &unknown), Missing::Asset { id: 2 }.into());
    for asset in [0, 257, u64::MAX] {
        let wrong = Submission { asset, ..good.clone() };
        assert_eq!(refused(&mut store, grants(), &wrong), Missing::Asset { id: asset }.into());
    }
    for key in [String::new(), "k".repeat(65)] {
        let wrong = Submission { key, ..good.clone() };
        let found = refused(&mut store, grants(), &wrong);
        assert!(matches!(found, ExecutionError::Kernel(Fault::KeySize { .. })));
    }
    let theirs = Submission { origin: Origin::Manual, ..good.clone() };
    let fault = InputFault::Origin { origin: "Manual", needs: "Treasurer" };
    assert_eq!(refused(&mut store, grants(), &theirs), fault.into());
    let cycles = Origin::CyclesTopUp { canister: person(5) };
    let top_up = Submission { origin: cycles, ..good.clone() };
    assert_eq!(refused(&mut store, operator(), &top_up), InputFault::CyclesUnserved.into());
    let btc = Submission { destination: Destination::Btc, ..good };
    assert_eq!(refused(&mut store, grants(), &btc), InputFault::BitcoinUnserved.into());
    assert_eq!(invariants::check_all(&store), []);
}

#[test]
fn c11_a_key_means_one_intent_for_ever() {
    let (memory, mut store) = world();
    let ctx = at(START, grants());
    let first = store.submit_intent(&ctx, &payout(1, 500)).expect("new");
    drop(store);
    let mut store = World::open(memory).expect("its own memory");
    let years = at(START + 20_000 * HOUR, grants());
    assert_eq!(store.submit_intent(&years, &payout(1, 500)), Ok(first));
    let other = store.submit_intent(&years, &payout(1, 501));
    assert_eq!(other, Err(Fault::IdempotencyConflict.into()));
    let theirs = store.submit_intent(&at(START, treasurer()), &manual("payout-1", 500));
    assert_ne!(theirs.expect("another submitter's key").id, first.id);
}

#[test]
fn modes_and_drains_stop_what_is_new() {
    let (_, mut store) = world();
    let ctx = at(START, governor());
    for mode in [Mode::OutflowsFrozen, Mode::ReadOnly] {
        store.set_mode(&ctx, mode, "a test").expect("the governor");
        assert_eq!(category(refused(&mut store, grants(), &payout(1, 500))), Category::StateError);
    }
    store.set_mode(&ctx, Mode::Full, "a test").expect("the governor");
    let deadline = Timestamp::from_nanos(START + HOUR);
    store.prepare_upgrade(&ctx, 1, deadline).expect("a drain");
    let found = refused(&mut store, grants(), &payout(1, 500));
    assert_eq!(found, Fault::Draining.into());
}

#[test]
fn what_a_drain_interrupts_goes_on_soon_after_it() {
    let (_, mut store) = world();
    let intent = submit(&mut store, 1, 500);
    let ctx = at(START, governor());
    store.prepare_upgrade(&ctx, 1, Timestamp::from_nanos(START + HOUR)).expect("a drain");
    let again = ctx.now.saturating_add(limits::LOOK_AFTER_DRAIN);
    let step = store.begin_step(&at(START, own()), intent).expect("an intent");
    assert!(matches!(step, Step::Wait(due) if due == again), "nothing is asked amid it: {step:?}");
    store.resume(&at(START + 4 * SECOND, governor()), 1, false).expect("its end");
    assert_eq!(ask(&mut store, again.as_nanos(), intent).ask, Ask::Assess);
}

#[test]
fn a_submitter_in_a_hurry_is_slowed_down() {
    let (_, mut store) = world();
    let ctx = at(START, grants());
    for n in 0..limits::SUBMISSIONS.units {
        store.submit_intent(&ctx, &payout(n, 500)).expect("within the quota");
    }
    let found = store.submit_intent(&ctx, &payout(5_000, 500)).expect_err("too many");
    assert!(matches!(found, ExecutionError::Kernel(Fault::RateLimited { .. })), "{found:?}");
    assert_eq!(store.submit_intent(&ctx, &payout(7, 500)).expect("a repetition").id, 8);
    let other = at(START, treasurer());
    assert!(store.submit_intent(&other, &manual("m", 500)).is_ok(), "others are not");
    let later = at(START + 4 * SECOND, grants());
    assert!(store.submit_intent(&later, &payout(5_000, 500)).is_ok());
}

#[test]
fn approvals_die_with_the_role_and_do_not_rise_with_it() {
    let (_, mut store) = world();
    let intent = submit(&mut store, 1, 500);
    let ticket = ask(&mut store, START, intent);
    let allowed = Outcome::Assessed(Ok(Assessment::Allowed(needs(2))));
    store.settle(&at(START, own()), &ticket, allowed).expect("running");
    let seen = digest(&store, intent);
    for n in 0..2 {
        store.approve_intent(&at(START + 1, approver(n)), intent, &seen).expect("an approver");
    }
    let twice = store.approve_intent(&at(START + 1, approver(0)), intent, &seen);
    assert_eq!(twice, Err(StateFault::Approved.into()));
    let wait = |store: &mut World, now| {
        matches!(store.begin_step(&at(now, own()), intent), Ok(Step::Wait(_)))
    };
    let ctx = at(START + 2, governor());
    store.set_role(&ctx, Role::Approver, approver(0), false).expect("the governor");
    store.set_role(&ctx, Role::Approver, approver(0), true).expect("the governor");
    assert!(wait(&mut store, START + 3), "one approval is left");
    store.approve_intent(&at(START + 3, approver(0)), intent, &seen).expect("anew");
    assert_eq!(ask(&mut store, START + 4, intent).ask, Ask::Reserve);
    assert_eq!(invariants::check_all(&store), []);
}

#[test]
fn approvers_approve_what_they_saw_and_submitters_never() {
    let (_, mut store) = world();
    let ctx = at(START, governor());
    store.set_role(&ctx, Role::Approver, treasurer(), true).expect("the governor");
    let own_wish = at(START, treasurer());
    let intent = store.submit_intent(&own_wish, &manual("m", 500)).expect("right").id;
    let seen = digest(&store, intent);
    let found = store.approve_intent(&own_wish, intent, &seen);
    assert_eq!(found, Err(AccessFault::SelfApproval.into()));
    let blind = store.approve_intent(&at(START, approver(0)), intent, &[0; 32]);
    assert_eq!(blind, Err(InputFault::Digest.into()));
    let nobody = store.approve_intent(&at(START, person(99)), intent, &seen);
    assert_eq!(category(nobody.expect_err("no role")), Category::Unauthorized);
    let missing = store.approve_intent(&at(START, approver(0)), 77, &seen);
    assert_eq!(missing, Err(Missing::Intent { id: 77 }.into()));
}

#[test]
fn e8_a_standing_authorisation_covers_its_window_and_dies_with_its_giver() {
    let (_, mut store) = rich();
    // `rich` used 910 of 5,000 in the day that began an hour after the start.
    let now = START + 2 * HOUR;
    let mut passed = vec![];
    for n in 10..16 {
        let intent = submit(&mut store, n, 990);
        let ticket = ask(&mut store, now, intent);
        let allowed = Outcome::Assessed(Ok(Assessment::Allowed(needs(1))));
        store.settle(&at(now, own()), &ticket, allowed).expect("running");
        let step = store.begin_step(&at(now, own()), intent & 0xffff_ffff).expect("running");
        if matches!(step, Step::Call(_)) {
            passed.push(n);
        }
    }
    assert_eq!(passed, [10, 11, 12, 13], "910 and four times 1,000 are within 5,000");
    assert_eq!(invariants::check_all(&store), []);
    let ctx = at(now, governor());
    store.set_role(&ctx, Role::Treasurer, treasurer(), false).expect("the governor");
    let (_, row) = store.authorisation(1).expect("it");
    assert!(!store.is_live(&row, Timestamp::from_nanos(now)));
    let covered = store.intent_of(&memo(&grants(), "payout-10")).expect("it").1;
    let step = store.begin_step(&at(now + HOUR, own()), 6).expect("running");
    assert!(matches!(step, Step::Wait(_)), "what it covered waits for people now");
    assert_eq!(covered.state, IntentState::Ready);
}

#[test]
fn e8_what_was_not_paid_comes_back() {
    let (_, mut store) = rich();
    let now = Timestamp::from_nanos(START + 2 * HOUR);
    let (_, row) = store.authorisation(1).expect("it");
    assert_eq!(store.used(&row, now), Some(910));
    let intent = submit(&mut store, 10, 990);
    let ticket = ask(&mut store, now.as_nanos(), intent);
    let allowed = Outcome::Assessed(Ok(Assessment::Allowed(needs(1))));
    store.settle(&at(now.as_nanos(), own()), &ticket, allowed).expect("running");
    store.begin_step(&at(now.as_nanos(), own()), 6).expect("running");
    let (_, row) = store.authorisation(1).expect("it");
    assert_eq!(store.used(&row, now), Some(1_910));
    store.cancel_intent(&at(now.as_nanos(), grants()), intent, "no").expect("its submitter");
    assert_eq!(store.used(&row, now), Some(910));
}

fn out(store: &World, key: &str, amount: u128) -> Outgoing {
    let _ = store;
    let to = Account { owner: person(200), subaccount: [0; 32] };
    Outgoing { memo: Some(memo(&grants(), key)), to: to.outside(), amount, fee: 10 }
}

/// Restores an image of now, and looks at one payment behind it.
fn restore_and_see(store: &mut World, payment: Outgoing) {
    let ctx = at(START + HOUR, governor());
    store.prepare_upgrade(&ctx, 1, Timestamp::from_nanos(START + 2 * HOUR)).expect("a drain");
    store.resume(&ctx, 1, true).expect("after a restore");
    let tip = store.asset(1).expect("adopted").1.tip;
    let block = Seen { index: tip, at: ctx.now, outgoing: Some(payment) };
    for later in [0, 700 * SECOND, 1_400 * SECOND] {
        let ctx = at(START + HOUR + later, own());
        if let LookStep::Call(ticket) = store.begin_look(&ctx, 1).expect("running") {
            let blocks = if ticket.from == tip { vec![block] } else { vec![] };
            let page = Page { length: tip + 1, blocks };
            store.settle_look(&ctx, &ticket, Ok(page)).expect("running");
        }
    }
}

#[test]
fn e7_a_forgotten_payment_holds_its_asset_until_its_intent_claims_it() {
    let (_, mut store) = world();
    let waiting = submit(&mut store, 1, 500);
    let payment = out(&store, "payout-9", 700);
    restore_and_see(&mut store, payment);
    let now = START + 3 * HOUR;
    assert_eq!(store.totals().orphans, 1);
    drive_to_ready(&mut store, now, waiting);
    let step = store.begin_step(&at(now, own()), 1).expect("running");
    assert!(matches!(step, Step::Wait(_)), "nothing is sent while it is unexplained");
    let claimed = store.submit_intent(&at(now, grants()), &payout(9, 700)).expect("again");
    let (_, row) = store.intent(claimed.id).expect("it");
    assert_eq!(row.state, IntentState::Settled, "it is not paid again");
    assert!(row.marks.has(Marks::FOUND));
    assert!(claimed.id > u64::from(u32::MAX), "its number is of a new generation");
    assert_eq!(store.orphan(1).expect("it").1.state, OrphanState::Claimed);
    assert_eq!(store.totals().orphans, 0);
    assert_eq!(ask(&mut store, now, waiting).ask, Ask::Reserve);
    assert_eq!(invariants::check_all(&store), []);
}

#[test]
fn e7_a_forgotten_payment_of_another_amount_is_for_people() {
    let (_, mut store) = world();
    let payment = out(&store, "payout-9", 700);
    restore_and_see(&mut store, payment);
    let now = START + 3 * HOUR;
    let receipt = store.submit_intent(&at(now, grants()), &payout(9, 701)).expect("again");
    assert_eq!(store.intent(receipt.id).expect("it").1.state, IntentState::Quarantined);
    assert_eq!(invariants::check_all(&store), []);
}

#[test]
fn a_governor_explains_what_nobody_claims() {
    let (_, mut store) = world();
    let payment = Outgoing { memo: None, ..out(&store, "x", 700) };
    restore_and_see(&mut store, payment);
    let ctx = at(START + 3 * HOUR, governor());
    let nobody = store.acknowledge_orphan(&at(START, operator()), 1);
    assert_eq!(category(nobody.expect_err("no governor")), Category::Unauthorized);
    store.acknowledge_orphan(&ctx, 1).expect("the governor");
    assert_eq!(store.totals().orphans, 0);
    let again = store.acknowledge_orphan(&ctx, 1);
    assert_eq!(again, Err(StateFault::Orphan { actual: OrphanState::Acknowledged }.into()));
    assert_eq!(store.acknowledge_orphan(&ctx, 9), Err(Missing::Orphan { id: 9 }.into()));
}

#[test]
fn e7_nothing_is_cancelled_while_a_restore_hides_what_was_paid() {
    let (_, mut store) = world();
    let intent = submit(&mut store, 1, 500);
    let ctx = at(START + HOUR, governor());
    let deadline = Timestamp::from_nanos(START + 2 * HOUR);
    store.prepare_upgrade(&ctx, 1, deadline).expect("a drain");
    let cancel =
        |store: &mut World, now| store.cancel_intent(&at(now, grants()), intent, "no").map(|_| ());
    assert_eq!(cancel(&mut store, START + HOUR), Err(StateFault::Looking.into()), "draining");
    let late = START + 3 * HOUR;
    assert_eq!(cancel(&mut store, late), Err(StateFault::Looking.into()), "the drain ran out");
    store.resume(&at(late, governor()), 1, false).expect("the epoch");
    assert_eq!(cancel(&mut store, late), Ok(()));
}

fn drive_to_ready(store: &mut World, now: u64, intent: u64) {
    drive(store, now, intent, IntentState::Ready);
}

#[test]
fn a_quarantine_is_resolved_by_a_governor_with_evidence() {
    let (_, mut store) = world();
    let intent = submit(&mut store, 1, 500);
    drive(&mut store, START, intent, IntentState::Submitting);
    let ticket = ask(&mut store, START, intent);
    store.settle(&at(START, own()), &ticket, Outcome::Sent(Sent::Uncountable)).expect("running");
    assert_eq!(store.intent(intent).expect("it").1.state, IntentState::Quarantined);
    let now = START + 30 * HOUR;
    let ctx = at(now, governor());
    for (who, evidence) in [(operator(), "seen"), (governor(), "")] {
        let found =
            store.resolve_quarantine(&at(now, who), intent, Finding::GiveUp, None, evidence);
        assert!(found.is_err(), "{who} {evidence}");
    }
    let early =
        store.resolve_quarantine(&at(START, governor()), intent, Finding::GiveUp, None, "x");
    assert!(matches!(early, Err(ExecutionError::State(StateFault::TooEarly { .. }))));
    let settled = Finding::Settled { block: 7 };
    let named = store.check_resolution(&ctx, intent, settled, "seen").expect("a block");
    assert_eq!(named.map(|block| block.block), Some(7));
    let blind = store.resolve_quarantine(&ctx, intent, settled, None, "seen");
    assert!(matches!(blind, Err(ExecutionError::State(StateFault::Evidence { .. }))));
    let payment = out(&store, "payout-1", 500);
    let seen = Seen { index: 7, at: ctx.now, outgoing: Some(payment) };
    store.resolve_quarantine(&ctx, intent, settled, Some(&seen), "seen").expect("the payment");
    let (_, row) = store.intent(intent).expect("it");
    assert_eq!((row.state, row.block), (IntentState::Settled, Some(7)));
    assert_eq!(invariants::check_all(&store), []);
}

#[test]
fn lists_meet_without_gap_and_their_cursors_are_checked() {
    let (_, mut store) = world();
    for n in 1..=7 {
        submit(&mut store, n, 500);
    }
    let now = Timestamp::from_nanos(START);
    for state in [None, Some(IntentState::Created)] {
        let mut seen = vec![];
        let mut after = None;
        loop {
            let page = store.list_intents(IntentFilter { state }, after, 3, now).expect("a page");
            seen.extend(page.items.iter().map(|view| view.wire));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, [1, 2, 3, 4, 5, 6, 7], "{state:?}");
    }
    let filter = IntentFilter { state: Some(IntentState::Created) };
    for wrong in [0, 8, u64::MAX, 1 << 32 | 1] {
        let found = store.list_intents(filter, Some(wrong), 3, now);
        assert_eq!(found.err(), Some(Fault::Cursor.into()), "{wrong}");
    }
    for limit in [0, limits::MAX_PAGE + 1] {
        assert!(store.list_intents(filter, None, limit, now).is_err());
    }
}

#[test]
fn people_wake_what_waits() {
    let (_, mut store) = world();
    let intent = submit(&mut store, 1, 500);
    drive_to_ready(&mut store, START, intent);
    let ticket = ask(&mut store, START, intent);
    let down = Failure::new(FailureKind::Temporary, "down");
    store.settle(&at(START, own()), &ticket, Outcome::Reserved(Err(down))).expect("running");
    let step = store.begin_step(&at(START + 1, own()), 1).expect("running");
    assert!(matches!(step, Step::Wait(_)), "put off");
    let nobody = store.execute_ready(&at(START + 1, person(99)), 5);
    assert_eq!(category(nobody.expect_err("no role")), Category::Unauthorized);
    store.execute_ready(&at(START + 1, operator()), 5).expect("an operator");
    assert_eq!(ask(&mut store, START + 1, intent).ask, Ask::Reserve);
    assert!(store.execute_ready(&at(START, operator()), limits::MAX_BATCH + 1).is_err());
    store.reconcile_intent(&at(START + 2, operator()), intent).expect("an operator");
    let missing = store.reconcile_intent(&at(START, operator()), 99);
    assert_eq!(missing, Err(Missing::Intent { id: 99 }.into()));
}
