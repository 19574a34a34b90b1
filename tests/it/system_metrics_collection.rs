//! The eight figures equal a recomputation from the applications, and are exported.

use std::collections::BTreeMap;

use granary_api::micro_grants::{
    Application, ApplicationState, CanisterMetrics, ListApplicationsArgs, Recommendation,
};
use granary_tests::{
    clock::HOUR,
    fixtures::{self, DOLLAR},
    people::{Who, applicant},
    reply::Expect,
    world::{World, wasm},
};

use crate::world;

/// Every application that ever was submitted, read one by one.
fn applications(world: &World, program: u64) -> Vec<Application> {
    let reader = world.by(Who::Auditor);
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let args =
            ListApplicationsArgs { program: Some(program), after, limit: 3, ..Default::default() };
        let page = reader.list_applications(args).value("a page");
        all.extend(
            page.items.iter().map(|row| reader.get_application(row.id).value("an application")),
        );
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}

fn units(amount: &candid::Nat) -> u128 {
    amount.0.clone().try_into().unwrap()
}

fn recomputed(applications: &[Application]) -> CanisterMetrics {
    let submitted: Vec<_> =
        applications.iter().filter(|one| one.submitted_at_ns.is_some()).collect();
    let in_state = |state| submitted.iter().filter(move |one| one.state == state);
    let decided: Vec<u64> = submitted
        .iter()
        .filter(|one| matches!(one.state, ApplicationState::Approved | ApplicationState::Rejected))
        .map(|one| one.decided_at_ns.unwrap() - one.submitted_at_ns.unwrap())
        .collect();
    let count = |n: usize| u64::try_from(n).unwrap();
    CanisterMetrics {
        total_applications: count(submitted.len()),
        approved_applications: count(in_state(ApplicationState::Approved).count()),
        rejected_applications: count(in_state(ApplicationState::Rejected).count()),
        total_requested_units: submitted
            .iter()
            .map(|one| units(&one.content.requested_units))
            .sum(),
        total_approved_units: in_state(ApplicationState::Approved)
            .map(|one| units(&one.content.requested_units))
            .sum(),
        average_processing_ns: decided
            .iter()
            .sum::<u64>()
            .checked_div(count(decided.len()))
            .unwrap_or(0),
        last_updated_ns: 0,
        version: wasm().version,
    }
}

/// A round with every outcome; its programme.
fn mixed_round(world: &World) -> u64 {
    let program = fixtures::open_program(world);
    let submit = |number: usize, amount: u128| {
        let args = fixtures::submission(program, fixtures::content(amount));
        world.by_principal(applicant(number)).submit_application(args).value("submit").id
    };
    let ids: Vec<u64> =
        (0..6_u16).map(|number| submit(number.into(), (u128::from(number) + 1) * DOLLAR)).collect();
    world.advance(HOUR);
    fixtures::approve(world, ids[0]);
    fixtures::reject(world, ids[1]);
    world.advance(2 * HOUR);
    fixtures::approve(world, ids[2]);
    fixtures::panel(world, ids[3], &[0, 1], Recommendation::Changes);
    world.by(Who::Manager).finalize_application(ids[3]).value("finalize");
    world.by_principal(applicant(4)).withdraw_application(ids[4]).value("withdraw");
    program
}

#[test]
fn the_eight_figures_are_recomputable() {
    let world = world();
    let started = world.now_ns();
    let program = mixed_round(&world);
    let mut metrics = world.by(Who::Anonymous).get_canister_metrics().value("metrics");
    assert!(metrics.last_updated_ns >= started + 3 * HOUR, "the last change is the latest");
    assert!(metrics.last_updated_ns <= world.now_ns());
    metrics.last_updated_ns = 0;
    let expected = recomputed(&applications(&world, program));
    assert_eq!(expected.approved_applications, 2, "the round has approvals");
    assert_eq!(expected.rejected_applications, 1, "the round has a rejection");
    assert!(expected.average_processing_ns >= HOUR);
    assert_eq!(metrics, expected);
    fixtures::assert_valid(&world);
}

/// The sum of all samples of each family.
fn families(text: &str) -> BTreeMap<String, f64> {
    let mut sums = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        let name = line.split(['{', ' ']).next().unwrap().to_owned();
        // A sample is `name{labels} value timestamp`; label values hold no blanks here.
        let value: f64 = line[line.rfind('}').map_or(name.len(), |at| at + 1)..]
            .split_whitespace()
            .next()
            .unwrap()
            .parse()
            .unwrap_or_else(|_| panic!("not a sample: {line}"));
        *sums.entry(name).or_insert(0.0) += value;
    }
    sums
}

#[test]
fn prometheus_text_is_well_formed_and_agrees() {
    let world = world();
    mixed_round(&world);
    let response = world.by(Who::Operator).http_get("/metrics").value("metrics over HTTP");
    let kind = response
        .headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-type"))
        .map(|(_, value)| value.clone());
    assert!(kind.is_some_and(|kind| kind.starts_with("text/plain; version=0.0.4")));
    let text = String::from_utf8(response.body.into_vec()).unwrap();
    let typed = text.lines().filter(|line| line.starts_with("# TYPE ")).count();
    let helped = text.lines().filter(|line| line.starts_with("# HELP ")).count();
    assert_eq!(typed, helped, "every family is explained");
    let families = families(&text);
    assert!(families.len() >= typed, "every family has samples");
    assert!(
        families.iter().any(|(name, value)| name.contains("application") && *value >= 6.0),
        "the applications are counted: {families:?}"
    );
    for name in families.keys() {
        let words =
            name.chars().all(|one| one.is_ascii_lowercase() || one == '_' || one.is_ascii_digit());
        assert!(words, "{name} is a metric name");
    }
}

#[test]
fn metrics_survive_an_upgrade() {
    let world = world();
    mixed_round(&world);
    let before = world.by(Who::Anonymous).get_canister_metrics().value("before");
    world.upgrade();
    let after = world.by(Who::Anonymous).get_canister_metrics().value("after");
    assert_eq!(after, before);
}
