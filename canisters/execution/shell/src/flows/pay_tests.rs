//! A payment whose future is dropped at each of its awaits: what a trap in a callback, an upgrade
//! or a stopped canister does. Whatever is dropped, the money moves once, and is booked once.

use candid::Principal;
use execution_core::invariants;
use execution_core::limits::CALL_LEASE;
use execution_core::records::{Profile, Role};
use execution_core::rules::assets::Facts;
use execution_core::rules::submit_intent::{Destination, Submission};
use execution_core::store::{BOOKS, GUARD, Step};
use execution_core::types::{Account, IntentState, Origin, Timestamp};
use granary_api::risk_guard::{RecordOutcomeArgs, ReservationState, Service};
use granary_kernel::{Ctx, Install, Peer};
use ic_stable_structures::DefaultMemoryImpl;

use super::ask;
use crate::flows::fakes::{Fakes, drive};
use crate::state::Hands;

const START: u64 = 1_700_000_000_000_000_000;
/// More polls than any step has awaits.
const TO_THE_END: u32 = 10;

fn person(n: u8) -> Principal {
    Principal::from_slice(&[n, 3])
}

fn at(now: u64, actor: Principal) -> Ctx {
    Ctx { now: Timestamp::from_nanos(now), actor, trace_id: 1 }
}

/// A store with one asset and one intent.
fn hands() -> Hands {
    let base = Install {
        governor: person(1),
        roles: vec![(Role::MicroGrants, person(2)), (Role::Operator, person(3))],
        profile: Profile::Testing,
        importing: false,
        peers: vec![
            Peer { name: BOOKS.to_owned(), canister: person(50) },
            Peer { name: GUARD.to_owned(), canister: person(51) },
        ],
        code_version: "0.1.0".to_owned(),
    };
    let memory = DefaultMemoryImpl::default();
    let mut store = Hands::install(memory, base, &at(START, person(3))).expect("empty");
    let facts = Facts {
        ledger: person(100),
        treasury: Account { owner: person(60), subaccount: [0; 32] },
        decimals: 8,
        symbol: [0; 12],
        fee: 10,
        length: 5,
    };
    store.adopt_asset(&at(START, person(3)), 1, &facts, &person(60)).expect("new");
    let submission = Submission {
        key: "one".to_owned(),
        origin: Origin::Grant { grant: 1, payout: 1 },
        asset: 1,
        destination: Destination::Icrc { owner: person(9), subaccount: None },
        amount: 500,
        announcement: None,
        expires_at: None,
    };
    store.submit_intent(&at(START, person(2)), &submission).expect("right");
    store
}

/// Plays the payment; step number `stage` is dropped after `polls` polls. How many steps it took.
fn play(stage: u32, polls: u32) -> u32 {
    let mut store = hands();
    let mut fakes = Fakes::new(Timestamp::from_nanos(START));
    let mut now = START;
    for step in 0..40 {
        now += 1_000_000_000;
        fakes.now = Timestamp::from_nanos(now);
        let ctx = at(now, person(60));
        let ticket = match store.begin_step(&ctx, 1).expect("running") {
            Step::Over => {
                check(&store, &fakes, stage, polls);
                return step;
            }
            Step::Wait(until) => {
                now = until.as_nanos();
                continue;
            }
            Step::Call(ticket) => ticket,
        };
        let polls = if step == stage { polls } else { TO_THE_END };
        if let Some(outcome) = drive(ask(&fakes, &ticket), polls) {
            store.settle(&ctx, &ticket, outcome).expect("running");
        } else {
            // Nothing was settled: only the end of the lease moves it on.
            let busy = store.begin_step(&ctx, 1).expect("running");
            assert!(matches!(busy, Step::Wait(_)), "stage {stage} polls {polls}");
            now += CALL_LEASE.as_nanos();
        }
    }
    panic!("stage {stage} polls {polls}: it does not end");
}

fn check(store: &Hands, fakes: &Fakes, stage: u32, polls: u32) {
    let (_, row) = store.intent(1).expect("it");
    let world = fakes.world.borrow();
    assert_eq!(row.state, IntentState::Settled, "stage {stage} polls {polls}");
    assert_eq!(world.executed.len(), 1, "E1: stage {stage} polls {polls}");
    assert_eq!(world.booked.len(), 1, "E5: stage {stage} polls {polls}");
    assert_eq!(world.reserved.get(&1), Some(&ReservationState::Committed));
    let (transfer, block) = &world.executed[0];
    assert_eq!(row.block, Some(*block));
    assert_eq!(transfer.memo.as_deref().map(Vec::as_slice), Some(&row.memo[..]));
    assert_eq!(store.totals().open(), 0);
    assert_eq!(invariants::check_all(store), []);
}

#[test]
fn e1_whatever_await_is_dropped_the_money_moves_once() {
    let stages = play(u32::MAX, TO_THE_END);
    assert_eq!(stages, 6, "assess, reserve, funds, transfer, book, commit");
    for stage in 0..stages {
        for polls in 1..=TO_THE_END {
            play(stage, polls);
        }
    }
}

#[test]
fn r6_a_silent_ledger_is_told_to_the_guard_with_the_intent_it_was_silent_about() {
    let mut store = hands();
    let fakes = Fakes::new(Timestamp::from_nanos(START));
    fakes.world.borrow_mut().mute = true;
    let ctx = at(START + 1, person(60));
    while let Step::Call(ticket) = store.begin_step(&ctx, 1).expect("running") {
        let outcome = drive(ask(&fakes, &ticket), TO_THE_END).expect("it ends");
        store.settle(&ctx, &ticket, outcome).expect("running");
    }
    let silence =
        RecordOutcomeArgs { service: Service::Ledger(1), answered: false, intent: Some(1) };
    assert_eq!(fakes.world.borrow().silences, [silence]);
}

#[test]
fn e5_the_entry_moves_what_left_and_sums_to_nothing() {
    let mut store = hands();
    let fakes = Fakes::new(Timestamp::from_nanos(START));
    let ctx = at(START + 1, person(60));
    while let Step::Call(ticket) = store.begin_step(&ctx, 1).expect("running") {
        let outcome = drive(ask(&fakes, &ticket), TO_THE_END).expect("it ends");
        store.settle(&ctx, &ticket, outcome).expect("running");
    }
    let world = fakes.world.borrow();
    let (_, entry) = world.booked.first_key_value().expect("booked");
    let deltas: Vec<i64> = entry
        .postings
        .iter()
        .map(|leg| i64::try_from(&leg.delta_units.0).expect("small"))
        .collect();
    assert_eq!(deltas, [-510, 500, 10]);
    assert_eq!(entry.idempotency_key.as_ref().map(String::len), Some(64));
}
