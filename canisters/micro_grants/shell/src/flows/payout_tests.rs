//! The story of a payout against a fake `execution`, whose answers may be lost or never come.

#[path = "payout_fakes.rs"]
mod fakes;
#[path = "../../../core/tests/it/support/mod.rs"]
mod support;

use core::cell::Cell;

use fakes::{Hands, Room, SECOND};
use granary_errors::common;
use granary_kernel::Mode;
use micro_grants_core::store::CanisterStore as _;
use support::{DAY, START, applicant, approved, at, content, governor, manager, treasurer, world};

use super::*;

#[test]
fn g3_a_payout_is_handed_over_once_and_settled_once() {
    let room = Room::new();
    room.ask();
    assert_eq!(room.state(), PayoutState::Sent);
    {
        let intents = room.hands.intents.borrow();
        let destination = Destination::Icrc(applicant(0).into());
        let intent = &intents[0];
        assert_eq!(
            (intent.amount_units, intent.asset, &intent.destination),
            (500, 4, &destination)
        );
        assert_eq!(intent.origin, Origin::Grant { grant: 1, payout: 1 });
        assert_eq!(intent.idempotency_key, "grant-1-from-0");
    }
    for state in [IntentState::Assessed, IntentState::Submitting, IntentState::Unknown] {
        room.hands.set(state, None);
        room.pass(600);
        room.ask();
        assert_eq!(room.state(), PayoutState::Sent, "{state:?}");
    }
    room.whole();
    room.hands.set(IntentState::Settled, None);
    room.pass(600);
    room.ask();
    assert_eq!(room.state(), PayoutState::Settled);
    assert_eq!(room.begin(), Begun::Later(None));
    room.whole();
    let store = room.store.borrow();
    let ledger = store.program(1).expect("there").head.ledger;
    assert_eq!((ledger.committed.get(), ledger.paid.get(), ledger.queued_payouts), (0, 500, 0));
    assert_eq!(store.oldest_unsettled(&store.totals()), None);
    let (_, event) = store.event(store.journal_head().0 - 2).expect("the settlement");
    assert_eq!((event.kind.name(), event.number), ("PayoutSettled", Some(88)));
}

#[test]
fn g3_a_lost_answer_is_asked_for_again_with_the_same_key() {
    let room = Room::new();
    room.hands.lose.set(true);
    room.ask();
    assert_eq!(room.state(), PayoutState::Queued);
    assert_eq!(refusal(1).as_deref(), Some("outcome_unknown: no answer in time"));
    assert!(matches!(room.begin(), Begun::Later(Some(_))), "not at once");
    room.pass(600);
    room.ask();
    assert_eq!(room.state(), PayoutState::Sent);
    assert_eq!(*room.hands.keys.borrow(), ["grant-1-from-0", "grant-1-from-0"]);
    assert_eq!((room.intents(), refusal(1)), (1, None));
    // Neither does an answer about the intent count that did not come.
    room.hands.set(IntentState::Settled, None);
    room.hands.lose.set(true);
    room.pass(600);
    room.ask();
    assert_eq!(room.state(), PayoutState::Sent);
    room.pass(600);
    room.ask();
    assert_eq!(room.state(), PayoutState::Settled);
    room.whole();
}

#[test]
fn g3_a_run_that_is_lost_at_its_await_pays_nothing_twice() {
    let room = Room::new();
    room.ask_and_trap();
    assert_eq!((room.state(), room.intents()), (PayoutState::Queued, 1));
    let lease = room.now.get() + limits::PAYOUT_LEASE.as_nanos();
    assert_eq!(room.begin(), Begun::Later(Some(Timestamp::from_nanos(lease))), "it may be running");
    room.pass(limits::PAYOUT_LEASE.as_secs());
    room.ask();
    assert_eq!((room.state(), room.intents()), (PayoutState::Sent, 1));
    room.hands.set(IntentState::Settled, None);
    room.ask_and_trap();
    assert_eq!(room.state(), PayoutState::Sent);
    room.whole();
    room.pass(limits::PAYOUT_LEASE.as_secs());
    room.ask();
    assert_eq!((room.state(), room.intents()), (PayoutState::Settled, 1));
    room.whole();
}

#[test]
fn g3_e7_an_intent_that_execution_forgot_is_handed_over_again_under_its_key() {
    let room = Room::new();
    room.ask();
    room.hands.restore();
    room.pass(600);
    let before = room.order();
    room.finish(before);
    assert_eq!(room.state(), PayoutState::Queued);
    room.whole();
    // It may not leave meanwhile, whatever was on its way before.
    let mode = |mode| {
        room.write(|store, ctx| {
            let ctx = Ctx { actor: governor(), ..*ctx };
            store.set_mode(&ctx, mode, "a restore").expect("a governor");
        });
    };
    mode(Mode::OutflowsFrozen);
    assert!(matches!(room.begin(), Begun::Later(Some(_))));
    mode(Mode::Full);
    room.pass(limits::PAYOUT_HELD.as_secs());
    room.ask();
    assert_eq!(*room.hands.keys.borrow(), ["grant-1-from-0", "grant-1-from-0"]);
    let (_, head) = room.store.borrow().payout(1).expect("there");
    assert_eq!((head.state, head.intent, head.failures), (PayoutState::Sent, Some(101), 0));
    // A late answer about the forgotten one changes nothing.
    room.finish(before);
    assert_eq!(room.state(), PayoutState::Sent);
    room.hands.set(IntentState::Settled, None);
    room.pass(600);
    room.ask();
    assert_eq!(room.state(), PayoutState::Settled);
    room.whole();
}

#[test]
fn g3_of_two_runs_at_once_one_counts() {
    let room = Room::new();
    let first = room.order();
    room.pass(limits::PAYOUT_LEASE.as_secs());
    room.finish(room.order());
    assert_eq!(room.state(), PayoutState::Sent);
    let events = room.store.borrow().journal_head();
    room.finish(first);
    assert_eq!(room.store.borrow().journal_head(), events, "its answer comes too late");
    assert_eq!(room.intents(), 1);
    // The same for the end: an answer from before it failed settles nothing.
    let ask = room.order();
    room.hands.set(IntentState::Denied, Some("over the limit"));
    room.pass(limits::PAYOUT_LEASE.as_secs());
    room.ask();
    assert_eq!(room.state(), PayoutState::Failed);
    room.write(|store, _| store.retry_payout(&at(room.now.get(), manager()), 1)).expect("failed");
    room.finish(ask);
    assert_eq!(room.state(), PayoutState::Queued);
    // Nor does it end the attempt after it.
    room.ask();
    room.finish(ask);
    let (_, head) = room.store.borrow().payout(1).expect("there");
    assert_eq!((head.state, head.intent, head.failures), (PayoutState::Sent, Some(2), 1));
    room.whole();
}

#[test]
fn g3_what_failed_rests_until_a_person_asks_and_has_a_key_of_its_own() {
    for state in [IntentState::Denied, IntentState::Expired, IntentState::Cancelled] {
        let room = Room::new();
        room.ask();
        room.hands.set(state, Some("as it was decided"));
        room.pass(600);
        room.ask();
        assert_eq!(room.state(), PayoutState::Failed, "{state:?}");
        room.whole();
        room.pass(100_000);
        assert_eq!(room.begin(), Begun::Later(None), "nothing happens by itself");
        let retry = |who| room.write(|store, _| store.retry_payout(&at(room.now.get(), who), 1));
        {
            let store = room.store.borrow();
            let (_, head) = store.payout(1).expect("there");
            let why = store.payout_reason(&at(room.now.get(), manager()), &head);
            assert_eq!((why.as_deref(), store.totals().failed), (Some("as it was decided"), 1));
        }
        assert!(retry(applicant(0)).is_err(), "not the grantee");
        retry(treasurer()).expect("a treasurer");
        assert!(retry(manager()).is_err(), "it is queued already");
        room.ask();
        assert_eq!((room.state(), room.intents()), (PayoutState::Sent, 2));
        assert_eq!(*room.hands.keys.borrow(), ["grant-1-from-0", "grant-1-from-0-1"]);
        assert_eq!(room.store.borrow().totals().failed, 0);
        room.whole();
    }
}

#[test]
fn g3_the_resolution_of_a_quarantine_is_noticed() {
    let ends = [
        (IntentState::Settled, PayoutState::Settled),
        (IntentState::Cancelled, PayoutState::Failed),
    ];
    for (state, end) in ends {
        let room = Room::new();
        room.ask();
        room.hands.set(IntentState::Quarantined, Some("the ledger is gone"));
        for _ in 0..3 {
            room.pass(600);
            room.ask();
            assert_eq!(room.state(), PayoutState::Quarantined);
        }
        assert_eq!(room.store.borrow().totals().quarantined, 1);
        room.whole();
        room.hands.set(state, None);
        room.pass(600);
        room.ask();
        assert_eq!((room.state(), room.store.borrow().totals().quarantined), (end, 0));
        room.whole();
    }
}

#[test]
fn g8_what_may_not_leave_is_not_handed_over_and_what_left_is_settled() {
    type Stop = fn(&mut Grants, &Ctx, bool);
    let stops: [Stop; 4] = [
        |store, ctx, on| {
            let (ctx, why) = (Ctx { actor: manager(), ..*ctx }, [5; 32]);
            let done = if on {
                store.suspend_grant(&ctx, 1, why)
            } else {
                store.reinstate_grant(&ctx, 1, why)
            };
            done.expect("a manager");
        },
        |store, ctx, on| {
            let ctx = Ctx { actor: manager(), ..*ctx };
            let done = if on { store.pause_program(&ctx, 1) } else { store.open_program(&ctx, 1) };
            done.expect("a manager");
        },
        |store, ctx, on| {
            let mode = if on { Mode::OutflowsFrozen } else { Mode::Full };
            store
                .set_mode(&Ctx { actor: governor(), ..*ctx }, mode, "a thief")
                .expect("a governor");
        },
        |store, ctx, on| {
            let mode = if on { Mode::Restricted(vec![manager()]) } else { Mode::Full };
            store
                .set_mode(&Ctx { actor: governor(), ..*ctx }, mode, "repairs")
                .expect("a governor");
        },
    ];
    for (index, stop) in stops.into_iter().enumerate() {
        let room = Room::new();
        room.write(|store, ctx| stop(store, ctx, true));
        let later = Begun::Later(Some(Timestamp::from_nanos(
            room.now.get() + limits::PAYOUT_HELD.as_nanos(),
        )));
        assert_eq!(room.begin(), later, "{index}");
        let reason = room.write(|store, ctx| {
            let (_, head) = store.payout(1).expect("there");
            store.payout_reason(ctx, &head)
        });
        assert!(reason.is_some_and(|why| !why.is_empty()), "{index}");
        assert!(room.hands.keys.borrow().is_empty());
        room.write(|store, ctx| stop(store, ctx, false));
        room.pass(limits::PAYOUT_HELD.as_secs());
        // It is stopped again while it is on its way: what was taken counts, and is settled.
        let order = room.order();
        room.write(|store, ctx| stop(store, ctx, true));
        room.finish(order);
        assert_eq!(room.state(), PayoutState::Sent, "{index}");
        room.hands.set(IntentState::Settled, None);
        room.pass(600);
        room.ask();
        assert_eq!(room.state(), PayoutState::Settled, "{index}");
        room.whole();
    }
}

#[test]
fn c10_a_drain_lets_nothing_begin() {
    let room = Room::new();
    let end = Timestamp::from_nanos(room.now.get() + 1_000 * SECOND);
    room.write(|store, ctx| store.prepare_upgrade(&Ctx { actor: governor(), ..*ctx }, 1, end))
        .expect("a governor");
    assert!(matches!(room.begin(), Begun::Later(Some(_))));
    room.pass(1_001);
    room.ask();
    room.write(|store, ctx| {
        let end = ctx.now.saturating_add(Duration::seconds(9_000));
        store.prepare_upgrade(&Ctx { actor: governor(), ..*ctx }, 2, end).expect("a governor");
    });
    room.pass(600);
    assert!(matches!(room.begin(), Begun::Later(Some(_))), "no call keeps it from being drained");
}

#[test]
fn a_refusal_leaves_it_queued_and_is_there_to_read() {
    let room = Room::new();
    let refusal_of = Error::unauthorized(common::NOT_ALLOWED, "Initiator", "you may not");
    *room.hands.refuse.borrow_mut() = Some(refusal_of);
    room.ask();
    assert_eq!(room.state(), PayoutState::Queued);
    assert_eq!(refusal(1).as_deref(), Some("permanent: common.not_allowed: you may not"));
    let Begun::Later(Some(next)) = room.begin() else { panic!("it waits") };
    assert_eq!(next.as_nanos() - room.now.get(), ASK.max_delay.as_nanos(), "asked seldom");
    room.pass(600);
    room.ask();
    assert_eq!((room.state(), refusal(1)), (PayoutState::Sent, None));
}

#[test]
fn g3_the_intent_of_somebody_else_settles_nothing() {
    type Forge = fn(&mut Intent);
    let forged: [Forge; 5] = [
        |intent| intent.id = 9,
        |intent| intent.idempotency_key = "grant-1-from-9".to_owned(),
        |intent| intent.amount_units = 499,
        |intent| intent.origin = Origin::Manual,
        |intent| intent.external_ref = None,
    ];
    for (index, forge) in forged.into_iter().enumerate() {
        let room = Room::new();
        room.ask();
        room.hands.set(IntentState::Settled, None);
        let mut wrong = room.hands.intents.borrow()[0].clone();
        forge(&mut wrong);
        room.pass(600);
        let order = room.order();
        let said =
            became(Answer::Done(Ok(wrong)), &order, 1, Timestamp::from_nanos(room.now.get()));
        assert!(matches!(said, Said::Nothing(_)), "{index}: {said:?}");
        room.write(|store, ctx| settle(store, ctx, &order, said)).expect("current");
        assert_eq!(room.state(), PayoutState::Sent, "{index}");
    }
}

#[test]
fn waits_grow_to_their_cap_and_differ_between_payouts() {
    let failure = Failure::new(FailureKind::Timeout, "");
    let now = Timestamp::from_nanos(START);
    let wait = |policy: &RetryPolicy, tries, payout| match policy.next(tries, payout, &failure, now)
    {
        Next::Retry { at } => at.saturating_since(now).as_nanos(),
        other => panic!("{other:?}"),
    };
    for (policy, first) in [(&ASK, 5), (&HAND_OVER, 10), (&PERSON, 60)] {
        assert!((first * 4 / 5 * SECOND..=first * SECOND).contains(&wait(policy, 1, 7)));
        assert!((480 * SECOND..=600 * SECOND).contains(&wait(policy, u32::MAX - 1, 7)), "for ever");
        assert_eq!(wait(policy, 3, 7), wait(policy, 3, 7), "no chance in it");
        assert_ne!(wait(policy, 3, 7), wait(policy, 3, 8));
    }
}

/// Everything that is due, as a beat would do it, without the calls.
fn beat(room: &Room) -> Vec<u64> {
    room.write(|store, ctx| {
        let report = store.tick(ctx, &mut || true).expect("running");
        let mut payouts = vec![];
        for job in report.handed {
            let next = match job.name.kind {
                micro_grants_core::store::PAYOUT => {
                    payouts.push(job.name.key);
                    Some(ctx.now.saturating_add(limits::PAYOUT_LEASE))
                }
                _ => crate::tasks::run(store, ctx, &job).expect("a walk"),
            };
            store.finish_job(ctx, &job, next).expect("taken");
        }
        payouts
    })
}

#[test]
fn what_was_queued_before_execution_was_known_is_picked_up() {
    let (_, mut store) = world();
    let mut now = START;
    for n in 0..6_u8 {
        let (_, grant) = approved(&mut store, applicant(n), content(600, 0), now);
        store.accept_grant(&at(now, applicant(n)), grant).expect("offered");
    }
    now += 4 * DAY;
    for n in 0..6_u8 {
        let grant = u64::from(n) + 1;
        store.request_payout(&at(now, applicant(n)), grant, None, None).expect("active");
    }
    // The first two were paid by hand before.
    for payout in 1..=2 {
        store.send_payout(&at(now, manager()), payout, 70 + payout).expect("queued");
        store.settle_payout(&at(now, manager()), payout, 80 + payout).expect("sent");
    }
    assert_eq!(store.totals().settled_below, 2);
    let room = Room { store: RefCell::new(store), now: Cell::new(now), hands: Hands::default() };
    assert_eq!(beat(&room), Vec::<u64>::new(), "nobody to hand them to");
    let reason = |room: &Room| {
        room.write(|store, ctx| {
            let (_, head) = store.payout(3).expect("there");
            store.payout_reason(ctx, &head).unwrap_or_default()
        })
    };
    assert!(reason(&room).contains("execution"), "{}", reason(&room));
    let ctx = at(now, governor());
    room.write(|store, _| store.set_peer(&ctx, "execution", Some(support::person(99))))
        .expect("a governor");
    assert!(reason(&room).contains("asset"), "{}", reason(&room));
    room.write(|store, _| store.set_portfolio_asset(&ctx, Some(4))).expect("a governor");
    assert_eq!(reason(&room), "");
    let mut found = vec![];
    for _ in 0..3 {
        room.pass(1);
        found.extend(beat(&room));
    }
    found.sort_unstable();
    assert_eq!(found, [3, 4, 5, 6]);
    // An upgrade looks again, a minute later, and finds those that still wait.
    room.write(crate::tasks::ensure);
    room.pass(61);
    beat(&room);
    room.pass(limits::PAYOUT_LEASE.as_secs());
    assert_eq!(beat(&room).len(), 4);
    // A new one has its job at once.
    let (_, grant) =
        room.write(|store, ctx| approved(store, applicant(7), content(100, 0), ctx.now.as_nanos()));
    room.write(|store, ctx| store.accept_grant(&Ctx { actor: applicant(7), ..*ctx }, grant))
        .expect("offered");
    room.pass(4 * DAY / SECOND);
    room.write(|store, ctx| {
        store.request_payout(&Ctx { actor: applicant(7), ..*ctx }, grant, None, None)
    })
    .expect("active");
    assert!(beat(&room).contains(&7));
}
