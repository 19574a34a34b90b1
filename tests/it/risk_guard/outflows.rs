//! What execution asks before money leaves, and what it says afterwards.

use granary_api::{common::Receipt, risk_guard as r};
use granary_errors::Category;
use granary_tests::{
    clock::{HOUR, MINUTE},
    fixtures,
    people::{Who, person},
    reply::Expect,
    subject::RISK_GUARD,
};
use serde_bytes::ByteBuf;

use super::{denied, held, open_alerts, reservation, reserve, settle, status, tokens};
use crate::{access::risk_guard::outflow, world_of};

#[test]
fn an_outflow_from_the_question_to_the_books() {
    let world = world_of(&RISK_GUARD);
    let args = tokens(1, 600);
    let assessed: r::Assessment =
        world.caller(Who::Reader).query("assess_outflow", &args).value("an answer");
    let r::Assessment::Allowed(needs) = assessed else { panic!("{assessed:?}") };
    assert_eq!((needs.tier, needs.approvals, needs.delay_ns), (2, 2, MINUTE));
    assert_eq!(status(&world, 1).windows[0].used_units, 0, "asking takes nothing");
    let first = held(&world, &args);
    assert_eq!((first.requirements, first.state), (needs, r::ReservationState::Held));
    assert_eq!(held(&world, &args), first, "the same again");
    assert_eq!(status(&world, 1).windows[0].used_units, 60_000_000_000, "once");
    let receipt: Receipt = settle(&world, "commit_outflow", 1).value("it left");
    assert_eq!(settle(&world, "commit_outflow", 1).value("known"), receipt);
    assert_eq!(reservation(&world, 1).state, r::ReservationState::Committed);
    assert_eq!(
        settle(&world, "release_outflow", 1).code("it left"),
        "risk_guard.reservation.state"
    );
    let other = r::OutflowArgs { destination: fixtures::hash("elsewhere"), ..tokens(2, 1) };
    let seen: r::Destination = world
        .caller(Who::Reader)
        .query("get_destination", &r::DestinationArgs { destination: args.destination })
        .value("a destination");
    assert!(seen.first_used_at_ns.is_some());
    held(&world, &other);
    fixtures::assert_valid(&world);
}

#[test]
fn the_same_intent_with_other_arguments_is_a_conflict() {
    let world = world_of(&RISK_GUARD);
    held(&world, &tokens(1, 5));
    let execution = world.caller(Who::Execution);
    let others = [
        tokens(1, 6),
        r::OutflowArgs { asset: 2, ..tokens(1, 5) },
        r::OutflowArgs { destination: fixtures::hash("elsewhere"), ..tokens(1, 5) },
        r::OutflowArgs { initiator: person("another"), ..tokens(1, 5) },
        r::OutflowArgs { purpose: r::Purpose::Manual, ..tokens(1, 5) },
        r::OutflowArgs { announcement: Some(1), ..tokens(1, 5) },
        r::OutflowArgs { asset: u64::MAX, ..tokens(1, 5) },
    ];
    for args in others {
        let answer = execution.update::<r::Verdict>("reserve_outflow", &args);
        assert_eq!(answer.code("a conflict"), "risk_guard.reservation.conflict", "{args:?}");
    }
    settle(&world, "release_outflow", 1).value("held");
    assert_eq!(status(&world, 1).windows[0].used_units, 0, "the capacity came back");
    held(&world, &tokens(1, 6));
    fixtures::assert_valid(&world);
}

#[test]
fn windows_fill_and_empty_and_every_denial_says_how_much_is_left() {
    let world = world_of(&RISK_GUARD);
    for intent in 1..=2 {
        held(&world, &tokens(intent, 1_000));
    }
    let denial = denied(&world, &tokens(3, 1));
    assert_eq!((denial.rule.as_str(), denial.remaining_units), ("window", 0));
    let retry = denial.retry_at_ns.expect("the hour passes");
    assert!(retry > world.now_ns() && retry < world.now_ns() + 2 * HOUR);
    let much = denied(&world, &tokens(4, 1_001));
    assert_eq!((much.rule.as_str(), much.remaining_units), ("max_per_tx", 100_000_000_000));
    let nowhere = denied(&world, &r::OutflowArgs { asset: 9, ..tokens(5, 1) });
    assert_eq!((nowhere.rule.as_str(), nowhere.retry_at_ns), ("asset", None));
    world.advance(2 * HOUR);
    held(&world, &tokens(3, 1));
    let page = world.caller(Who::Stranger).get_events(0, 200).value("events");
    let denials = page.events.iter().filter(|event| event.kind == "OutflowDenied").count();
    assert_eq!(denials, 3, "each is in the journal");
    fixtures::assert_valid(&world);
}

#[test]
fn what_nobody_speaks_of_expires_after_a_ledgers_window_and_late_money_alarms() {
    let world = world_of(&RISK_GUARD);
    held(&world, &tokens(1, 900));
    held(&world, &tokens(2, 100));
    world.advance(25 * HOUR);
    world.advance(MINUTE);
    assert_eq!(reservation(&world, 1).state, r::ReservationState::Held);
    for _ in 0..3 {
        world.advance(HOUR);
    }
    assert_eq!(reservation(&world, 1).state, r::ReservationState::Expired);
    settle(&world, "commit_outflow", 1).value("it left all the same");
    settle(&world, "release_outflow", 2).value("it did not");
    settle(&world, "commit_outflow", 2).value("it did");
    let alerts = open_alerts(&world);
    let told = |kind: &str| alerts.iter().find(|alert| alert.kind == kind).map(|it| it.level);
    assert_eq!(told("LateCommit"), Some(r::AlertLevel::Warning));
    assert_eq!(told("CommitAfterRelease"), Some(r::AlertLevel::Critical));
    assert_eq!(status(&world, 1).windows[0].used_units, 100_000_000_000, "both count");
    fixtures::assert_valid(&world);
}

#[test]
fn nonsense_is_refused_by_name_and_changes_nothing() {
    let world = world_of(&RISK_GUARD);
    let head = world.caller(Who::Auditor).get_certified_head().value("a head");
    let execution = world.caller(Who::Execution);
    let refused = |args: &r::OutflowArgs| execution.update::<r::Verdict>("reserve_outflow", args);
    assert_eq!(refused(&outflow(1, 0)).code("nothing"), "risk_guard.amount.zero");
    for bytes in [0, 31, 33] {
        let args = r::OutflowArgs { destination: ByteBuf::from(vec![1; bytes]), ..outflow(1, 1) };
        assert_eq!(refused(&args).code("no digest"), "common.hash.size");
    }
    let nobody = candid::Principal::anonymous();
    let args = r::OutflowArgs { initiator: nobody, ..outflow(1, 1) };
    assert_eq!(refused(&args).code("nobody"), "common.person.invalid");
    let unknown = settle(&world, "commit_outflow", u64::MAX);
    unknown.refused(Category::NotFound, "never reserved");
    let stranger = world.caller(Who::Stranger);
    let answer = stranger.update::<r::Verdict>("reserve_outflow", &outflow(1, 1));
    answer.refused(Category::Unauthorized, "no role");
    // Whoever may not reserve is refused before the arguments are read.
    let reply = stranger.raw_update("reserve_outflow", b"nonsense".to_vec());
    assert!(reply.is_ok(), "a typed refusal: {reply:?}");
    let after = world.caller(Who::Auditor).get_certified_head().value("a head");
    assert_eq!((head.length, head.head), (after.length, after.head));
}

#[test]
fn amounts_at_the_edges_are_denied_and_trap_nothing() {
    let world = world_of(&RISK_GUARD);
    for (intent, amount) in [(1, u128::MAX), (2, u128::from(u64::MAX)), (3, 100_000_000_001)] {
        assert_eq!(denied(&world, &outflow(intent, amount)).rule, "max_per_tx", "{amount}");
    }
    assert!(matches!(reserve(&world, &outflow(u64::MAX, 1)), r::Verdict::Held(_)));
    assert!(matches!(reserve(&world, &outflow(0, 100_000_000_000)), r::Verdict::Held(_)));
    fixtures::assert_valid(&world);
}

#[test]
fn failures_open_the_breaker_of_a_ledger_and_a_probe_closes_it() {
    let world = world_of(&RISK_GUARD);
    let execution = world.caller(Who::Execution);
    let tell = |answered| {
        let service = r::Service::Ledger(1);
        let args = r::RecordOutcomeArgs { service, answered, intent: None };
        execution.receipt("record_outcome", &args).value("told");
    };
    let breaker = || -> r::CircuitBreaker {
        let all: Vec<r::CircuitBreaker> =
            world.caller(Who::Stranger).plain("get_circuit_breakers").value("breakers");
        all[0]
    };
    while denied_by_breaker(&world).is_none() {
        tell(false);
        assert!(breaker().failures < 100, "it opens");
    }
    assert_eq!(breaker().state, r::CircuitState::Open);
    let until = denied_by_breaker(&world).expect("open").retry_at_ns.expect("for a while");
    world.advance(until - world.now_ns() + 1);
    held(&world, &tokens(50, 1));
    settle(&world, "commit_outflow", 50).value("the ledger answered");
    assert_eq!(breaker().state, r::CircuitState::Closed);
    assert!(open_alerts(&world).iter().all(|alert| alert.kind != "CircuitOpen"));
    fixtures::assert_valid(&world);
}

fn denied_by_breaker(world: &granary_tests::world::World) -> Option<r::Denial> {
    let assessed: r::Assessment =
        world.caller(Who::Reader).query("assess_outflow", &tokens(60, 1)).value("an answer");
    match assessed {
        r::Assessment::Denied(denial) if denial.rule == "breaker" => Some(denial),
        r::Assessment::Denied(_) | r::Assessment::Allowed(_) => None,
    }
}
