//! Many callers in the same round: nothing is lost, doubled or overspent.

use std::collections::BTreeSet;

use candid::{Decode, Nat, Principal};
use granary_api::{
    common::Receipt,
    micro_grants::{ApplicationArgs, Conflict, ListApplicationsArgs, Recommendation},
};
use granary_errors::{Category, Error};
use granary_tests::{
    chain,
    fixtures::{self, DOLLAR},
    people::{Who, applicant, reviewer},
    reply::Expect,
    world::{World, encode},
};

use crate::world;

/// Sends every call before any of them runs, and waits for all answers.
fn at_once(world: &World, calls: Vec<(Principal, &str, Vec<u8>)>) -> Vec<Result<Receipt, Error>> {
    let sent: Vec<_> = calls
        .into_iter()
        .map(|(sender, method, bytes)| {
            world.network().submit_call(world.canister, sender, method, bytes).unwrap()
        })
        .collect();
    sent.into_iter()
        .map(|id| world.network().await_call(id).expect("no call is rejected"))
        .map(|bytes| Decode!(&bytes, Result<Receipt, Error>).unwrap())
        .collect()
}

#[test]
fn forty_applicants_at_once_get_forty_numbers() {
    let world = world();
    let program = fixtures::open_program(&world);
    let before = chain::checked(&world.by(Who::Auditor)).len();
    let calls = (0..40)
        .map(|number| {
            let args = fixtures::submission(program, fixtures::content(DOLLAR));
            (applicant(number), "submit_application", encode(&args))
        })
        .collect();
    let answers = at_once(&world, calls);
    let receipts: Vec<Receipt> = answers.into_iter().map(Result::unwrap).collect();
    let ids: BTreeSet<u64> = receipts.iter().map(|receipt| receipt.id).collect();
    assert_eq!(ids.len(), 40, "no number is given twice");
    let events: BTreeSet<u64> = receipts.iter().map(|receipt| receipt.event).collect();
    assert_eq!(events.len(), 40, "every submission has an event of its own");
    assert!(chain::checked(&world.by(Who::Auditor)).len() >= before + 40);
    for receipt in receipts {
        let stored = world.by(Who::Auditor).get_application(receipt.id).value("acknowledged");
        assert_eq!(stored.submitted_at_ns, Some(receipt.at_ns));
    }
    let args = ListApplicationsArgs { program: Some(program), limit: 100, ..Default::default() };
    assert_eq!(world.by(Who::Auditor).list_applications(args).value("list").items.len(), 40);
    fixtures::assert_valid(&world);
}

#[test]
fn the_last_money_is_awarded_once() {
    let world = world();
    let mut terms = fixtures::terms();
    terms.budget_units = Nat::from(150 * DOLLAR);
    terms.max_grant_units = Nat::from(100 * DOLLAR);
    terms.per_applicant_cap_units = Nat::from(100 * DOLLAR);
    terms.treasurer_above_units = Nat::from(100 * DOLLAR);
    let program = fixtures::open_program_with(&world, terms);
    let ids: Vec<u64> = (0..3)
        .map(|number| {
            let args = fixtures::submission(program, fixtures::content(100 * DOLLAR));
            let author = world.by_principal(applicant(number));
            author.submit_application(args).value("submit").id
        })
        .collect();
    for &id in &ids {
        fixtures::panel(&world, id, &[0, 1], Recommendation::Approve);
    }
    let calls = ids
        .iter()
        .map(|&application| {
            let bytes = encode(&ApplicationArgs { application });
            (Who::Manager.principal(), "finalize_application", bytes)
        })
        .collect();
    let answers = at_once(&world, calls);
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
    for error in answers.into_iter().filter_map(Result::err) {
        assert_eq!(error.category(), Category::InsufficientFunds, "{error}");
        let Error::InsufficientFunds { required, available, .. } = error else { unreachable!() };
        assert_eq!((required, available), (100 * DOLLAR, 50 * DOLLAR));
    }
    let budget = world.by(Who::Auditor).get_budget(program).value("budget");
    assert_eq!(budget.committed_units, 100 * DOLLAR);
    assert_eq!(budget.available_units, 50 * DOLLAR);
    fixtures::assert_valid(&world);
}

#[test]
fn the_same_key_at_the_same_time_applies_once() {
    let world = world();
    let program = fixtures::open_program(&world);
    let mut args = fixtures::submission(program, fixtures::content(DOLLAR));
    args.idempotency_key = Some("form 17".to_owned());
    let call = (applicant(1), "submit_application", encode(&args));
    let answers = at_once(&world, vec![call; 8]);
    let receipts: Vec<Receipt> = answers.into_iter().map(Result::unwrap).collect();
    assert!(receipts.iter().all(|receipt| *receipt == receipts[0]), "{receipts:?}");
    let metrics = world.by(Who::Auditor).get_canister_metrics().value("metrics");
    assert_eq!(metrics.total_applications, 1);

    // The same key of another caller is another key.
    let other = world.by_principal(applicant(2)).submit_application(args.clone());
    assert_ne!(other.value("another caller").id, receipts[0].id);
    // The same key with other arguments is refused.
    args.content = fixtures::content(2 * DOLLAR);
    let code = world.by_principal(applicant(1)).submit_application(args).code("other arguments");
    assert_eq!(code, "common.idempotency.conflict");
}

#[test]
fn reviewers_voting_together_are_all_counted_and_decide_once() {
    let world = world();
    let program = fixtures::open_program(&world);
    let id = fixtures::submit(&world, program, fixtures::content(10 * DOLLAR));
    for number in 0..fixtures::PANEL {
        let trustee = world.by_principal(reviewer(number));
        trustee.declare_conflict(fixtures::declaration(id, Conflict::None)).value("declare");
    }
    let review = encode(&fixtures::review(id, Recommendation::Approve, 8));
    // Everybody votes, the first one twice in the same round.
    let mut calls: Vec<_> = (0..fixtures::PANEL)
        .map(|number| (reviewer(number), "submit_review", review.clone()))
        .collect();
    calls.push((reviewer(0), "submit_review", review));
    let answers = at_once(&world, calls);
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), fixtures::PANEL);
    let file = world.by(Who::Auditor).get_reviews(id).value("the reviews");
    assert_eq!(file.reviews.len(), fixtures::PANEL, "one review each");

    let finalize = encode(&ApplicationArgs { application: id });
    let calls = vec![(Who::Manager.principal(), "finalize_application", finalize); 4];
    let answers = at_once(&world, calls);
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "decided once");
    let budget = world.by(Who::Auditor).get_budget(program).value("budget");
    assert_eq!(budget.committed_units, 10 * DOLLAR, "committed once");
    fixtures::assert_valid(&world);
}
