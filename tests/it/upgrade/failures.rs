//! Arguments of an upgrade of `micro_grants`: within bounds they take effect, beyond them it leaves
//! no trace. What makes every canister's upgrade fail is in `standard`.

use granary_api::{common::Mode, micro_grants::UpgradeArgs};
use granary_tests::{
    chain,
    clock::{MINUTE, SECOND},
    digest::{self, StateDigest},
    engine::Engine,
    fixtures::{self, DOLLAR},
    people::Who,
    reply::Expect,
    untouched::Untouched,
    world::World,
};
use pocket_ic::RejectResponse;

use crate::{localnet, world};

/// Everything an upgrade could have touched.
#[derive(Debug, PartialEq)]
struct Look {
    digest: StateDigest,
    events: u64,
    upgrades: u64,
}

fn look(world: &World) -> Look {
    let reader = world.by(Who::Auditor);
    Look {
        digest: digest::state(world),
        events: reader.get_certified_head().value("head").length,
        upgrades: reader.get_version().value("version").upgrade_count,
    }
}

/// A canister with some state, and its programme.
fn prepared() -> (World, u64) {
    let world = world();
    let program = fixtures::open_program(&world);
    fixtures::active_grant(&world, program, fixtures::content(5 * DOLLAR));
    fixtures::submit(&world, program, fixtures::content(3 * DOLLAR));
    (world, program)
}

#[track_caller]
fn assert_failed_without_trace(
    world: &World,
    program: u64,
    attempt: impl FnOnce() -> Result<(), RejectResponse>,
) -> String {
    let before = look(world);
    let untouched = Untouched::now(world, Engine::shared(localnet()));
    let reject = attempt().expect_err("this upgrade must fail");
    untouched.assert(world);
    assert_eq!(look(world), before, "it answers as it did");
    fixtures::submit(world, program, fixtures::content(DOLLAR));
    let asked = world.now_ns();
    world.advance(MINUTE + SECOND);
    let health = world.by(Who::Operator).get_system_health().value("system health");
    assert!(health.last_check_ns > asked, "the old timer still beats");
    fixtures::assert_valid(world);
    reject.reject_message
}

#[test]
fn arguments_out_of_bounds_fail_the_upgrade() {
    let (world, program) = prepared();
    for args in [
        UpgradeArgs { max_applications: Some(0), ..UpgradeArgs::default() },
        UpgradeArgs { max_applications: Some(u64::MAX), ..UpgradeArgs::default() },
        UpgradeArgs {
            mode: Some(Mode::Restricted(vec![Who::Anonymous.principal()])),
            ..UpgradeArgs::default()
        },
    ] {
        assert_failed_without_trace(&world, program, || world.upgrade_with(args));
    }
}

#[test]
fn arguments_within_bounds_take_effect_with_the_upgrade() {
    let (world, program) = prepared();
    let args = UpgradeArgs {
        max_applications: Some(3),
        mode: Some(Mode::OutflowsFrozen),
        ..UpgradeArgs::default()
    };
    world.upgrade_with(args).expect("the upgrade");
    let health = world.by(Who::Operator).get_system_health().value("system health");
    assert_eq!(health.mode, Mode::OutflowsFrozen);
    fixtures::submit(&world, program, fixtures::content(DOLLAR));
    let more = fixtures::submission(program, fixtures::content(DOLLAR));
    let code = world.by(Who::Applicant).submit_application(more).code("three of three");
    assert_eq!(code, "common.capacity.full");
    chain::checked(&world.by(Who::Auditor));
}
