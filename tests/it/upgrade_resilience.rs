//! Nothing a user ever saw is lost by an upgrade, however many there are.

use granary_api::micro_grants::{ApplicationState, RequestPayoutArgs};
use granary_tests::{
    chain,
    clock::{DAY, MINUTE},
    digest,
    fixtures::{self, DOLLAR},
    people::Who,
    reply::Expect,
    world::{World, next_wasm, wasm},
};

use crate::world;

/// A round in which something stands at every stage.
fn round(world: &World) -> (u64, u64) {
    let program = fixtures::open_program(world);
    fixtures::submit(world, program, fixtures::content(3 * DOLLAR));
    let rejected = fixtures::submit(world, program, fixtures::content(4 * DOLLAR));
    fixtures::reject(world, rejected);
    let steps = fixtures::content_in_steps(30 * DOLLAR, 3, world.now_ns());
    let grant = fixtures::active_grant(world, program, steps);
    fixtures::hand_in(world, grant, 0);
    let verdict = fixtures::verdict(grant, 0, true);
    world.by(Who::Reviewer).review_milestone(verdict).value("accept the milestone");
    let payout = RequestPayoutArgs { grant, milestone: Some(0), idempotency_key: None };
    world.by(Who::Applicant).request_payout(payout).value("queue the payout");
    (program, grant)
}

#[test]
fn applications_version_and_metrics_survive() {
    let world = world();
    let (program, grant) = round(&world);
    let reader = world.by(Who::Auditor);
    let look = || {
        let applications: Vec<_> =
            (1..=3).map(|id| reader.get_application(id).value("an application")).collect();
        (
            applications,
            reader.get_grant(grant).value("the grant"),
            reader.get_budget(program).value("the budget"),
            reader.get_canister_metrics().value("metrics"),
            reader.get_roles().value("roles"),
            digest::state(&world),
        )
    };
    let before = look();
    let installed = reader.get_version().value("version").installed_at_ns;
    world.upgrade();
    assert_eq!(look(), before);
    let version = reader.get_version().value("version");
    assert_eq!(version.installed_at_ns, installed, "installed once");
    assert_eq!(version.upgrade_count, 1);
    assert!(version.upgraded_at_ns > installed);
    fixtures::assert_valid(&world);
}

#[test]
fn the_history_of_upgrades_is_kept_and_chained() {
    let world = world();
    round(&world);
    for number in 0..5 {
        world.upgrade_to(next_wasm(number), None).unwrap();
        world.advance(MINUTE);
    }
    let reader = world.by(Who::Auditor);
    let history = reader.get_upgrade_history().value("history");
    assert_eq!(history.len(), 5);
    for (record, number) in history.iter().zip(1..) {
        assert_eq!(record.number, number, "numbered from 1, oldest first");
        assert_eq!(record.schema_from, record.schema_to);
        assert_eq!(record.from_version, wasm().version);
        assert_eq!(record.to_version, wasm().version);
        assert!(record.records > 0, "what was restored is counted");
    }
    assert!(history.windows(2).all(|pair| pair[0].at_ns < pair[1].at_ns));
    assert!(history.windows(2).all(|pair| pair[0].events < pair[1].events));
    // The head that each release found is the journal's own.
    let events = chain::checked(&reader);
    for record in &history {
        let last = usize::try_from(record.events).unwrap() - 1;
        assert_eq!(events[last].hash, record.log_head, "release {}", record.number);
    }
    assert_eq!(reader.get_version().value("version").upgrade_count, 5);
}

#[test]
fn a_grant_goes_on_across_upgrades_at_every_step() {
    let world = world();
    let program = fixtures::open_program(&world);
    world.upgrade();
    let steps = fixtures::content_in_steps(20 * DOLLAR, 2, world.now_ns());
    let application = fixtures::submit(&world, program, steps);
    world.upgrade();
    let grant = fixtures::approve(&world, application);
    world.upgrade();
    world.by(Who::Applicant).accept_grant(grant).value("accept");
    world.upgrade();
    world.advance(fixtures::CHALLENGE_WINDOW + 1);
    for index in 0..2 {
        fixtures::hand_in(&world, grant, index);
        world.upgrade();
        let verdict = fixtures::verdict(grant, index, true);
        world.by(Who::Reviewer).review_milestone(verdict).value("accept");
        world.upgrade();
        let payout = RequestPayoutArgs { grant, milestone: Some(index), idempotency_key: None };
        world.by(Who::Applicant).request_payout(payout).value("payout");
        world.upgrade();
    }
    let stored = world.by(Who::Auditor).get_grant(grant).value("the grant");
    assert_eq!(stored.queued_units, 20 * DOLLAR);
    let decided = world.by(Who::Auditor).get_application(application).value("the application");
    assert_eq!(decided.state, ApplicationState::Approved);
    chain::checked(&world.by(Who::Auditor));
    fixtures::assert_valid(&world);
}

#[test]
fn stop_and_start_change_nothing() {
    let world = world();
    round(&world);
    let before = digest::state(&world);
    for _ in 0..3 {
        world.stop();
        world.start();
    }
    assert_eq!(digest::state(&world), before);
    world.advance(DAY);
    fixtures::assert_valid(&world);
}
