//! A submission leaves its job to the clock: nothing is forgotten on the way.

use crate::support::{SECOND, START, World, at, grants, operator, payout, world};
use execution_core::invariants;
use execution_core::limits::TAKEN_AT_ONCE;
use execution_core::store::PAY;
use execution_core::types::{IntentState, Timestamp};
use granary_kernel::CanisterStore;
use granary_stable::jobs::JobRef;

/// Intents of one burst: more than one beat takes in.
const BURST: u64 = TAKEN_AT_ONCE as u64 + 7;

/// A store with so many new intents, a second apart.
fn burst() -> World {
    let (_, store) = world();
    fill(store)
}

fn fill(mut store: World) -> World {
    for n in 0..BURST {
        let ctx = at(START + n * SECOND, grants());
        store.submit_intent(&ctx, &payout(n, 500)).expect("new");
    }
    store
}

fn has_job(store: &World, intent: u64) -> bool {
    store.job(JobRef { kind: PAY, key: intent }).is_some()
}

/// One beat that may look at so many; the intents it hands out.
fn beat(store: &mut World, mut looks: u32) -> Vec<u64> {
    let mut budget = || {
        let go = looks > 0;
        looks = looks.saturating_sub(1);
        go
    };
    let now = at(START + BURST * SECOND, operator());
    let report = store.tick(&now, &mut budget).expect("running");
    let due = report.handed.iter().filter(|job| job.name.kind == PAY);
    due.map(|job| job.name.key).collect()
}

#[test]
fn c8_every_new_intent_gets_its_job_in_the_order_of_arrival() {
    let (memory, store) = world();
    let mut store = fill(store);
    assert!((1..=BURST).all(|intent| !has_job(&store, intent)));
    assert_eq!(store.next_due(), Some(Timestamp::from_nanos(START)), "the oldest of them");
    assert_eq!(invariants::check_all(&store), []);

    let first = beat(&mut store, 2 * TAKEN_AT_ONCE);
    assert_eq!(first, (1..=u64::from(TAKEN_AT_ONCE)).collect::<Vec<_>>());
    assert!(!has_job(&store, BURST), "no beat takes in more than its share");
    assert_eq!(invariants::check_all(&store), []);

    // An upgrade in between forgets nothing.
    drop(store);
    let mut store = World::open(memory).expect("its own memory");
    let second = beat(&mut store, 2 * TAKEN_AT_ONCE);
    assert_eq!(second, (u64::from(TAKEN_AT_ONCE) + 1..=BURST).collect::<Vec<_>>());
    assert_eq!(store.totals().untaken, 0);
}

#[test]
fn a_beat_without_room_leaves_the_rest_to_the_next() {
    let mut store = burst();
    let handed = beat(&mut store, 3);
    assert!(handed.is_empty(), "three were taken in, and no room was left: {handed:?}");
    assert_eq!((1..=BURST).filter(|intent| has_job(&store, *intent)).count(), 3);
    let third = Timestamp::from_nanos(START);
    assert_eq!(store.next_due(), Some(third), "what has a job is due since it came");
    assert_eq!(invariants::check_all(&store), []);
}

#[test]
fn what_was_cancelled_before_the_clock_saw_it_gets_no_job() {
    let mut store = burst();
    store.cancel_intent(&at(START + SECOND, grants()), 1, "not wanted").expect("its submitter");
    let handed = beat(&mut store, 2 * TAKEN_AT_ONCE);
    assert_eq!(handed.first(), Some(&2));
    assert!(!has_job(&store, 1));
    let (_, row) = store.intent(1).expect("it");
    assert_eq!(row.state, IntentState::Cancelled);
    assert_eq!(invariants::check_all(&store), []);
}

#[test]
fn an_intent_that_people_wake_early_is_not_handed_out_twice() {
    let mut store = burst();
    store.reconcile_intent(&at(START + SECOND, operator()), 2).expect("an operator");
    let handed = beat(&mut store, 2 * TAKEN_AT_ONCE);
    assert_eq!(handed.iter().filter(|intent| **intent == 2).count(), 1);
    assert_eq!(invariants::check_all(&store), []);
}
