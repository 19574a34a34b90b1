//! An upgrade that fails leaves the old code and the old state, to the byte.

use granary_api::{common::Mode, micro_grants::UpgradeArgs};
use granary_tests::{
    chain,
    clock::{MINUTE, SECOND},
    digest::{self, StateDigest},
    engine::Engine,
    fixtures::{self, DOLLAR},
    modules,
    people::Who,
    reply::Expect,
    surgery,
    untouched::Untouched,
    world::{World, next_wasm, wasm},
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
fn an_upgrade_that_expects_another_schema_is_refused() {
    let (world, program) = prepared();
    let message = assert_failed_without_trace(&world, program, || {
        world.upgrade_to(
            next_wasm(1),
            Some(UpgradeArgs { expected_schema: Some(99), ..UpgradeArgs::default() }),
        )
    });
    assert!(message.contains("99"), "it says what was expected: {message}");
    let schema = world.by(Who::Auditor).get_version().value("version").schema;
    world
        .upgrade_with(UpgradeArgs { expected_schema: Some(schema), ..UpgradeArgs::default() })
        .expect("with the right schema it goes through");
}

#[test]
fn a_release_that_traps_after_writing_is_undone() {
    let (world, program) = prepared();
    let message = assert_failed_without_trace(&world, program, || {
        world.upgrade_to(modules::trapping_after_write(), None)
    });
    assert!(message.contains("release that fails"), "the reason is told: {message}");
}

#[test]
fn what_is_no_module_is_not_installed() {
    let (world, program) = prepared();
    assert_failed_without_trace(&world, program, || {
        world.upgrade_to(modules::not_a_module(), None)
    });
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

#[test]
fn code_that_is_older_than_the_state_refuses_to_run() {
    let (world, program) = prepared();
    let schema = world.by(Who::Auditor).get_version().value("version").schema;
    let newer = schema + 1;
    surgery::change_header(&world, |header| header.schema = newer);
    let untouched = Untouched::now(&world, Engine::shared(localnet()));
    let reject = world.upgrade_to(next_wasm(1), None).expect_err("a downgrade");
    untouched.assert(&world);
    for part in [newer.to_string(), schema.to_string()] {
        assert!(reject.reject_message.contains(&part), "{part} is named: {reject}");
    }
    // The state itself was never in danger: with its own schema it opens again.
    surgery::change_header(&world, |header| header.schema = schema);
    world.upgrade();
    fixtures::submit(&world, program, fixtures::content(DOLLAR));
    fixtures::assert_valid(&world);
}

#[test]
fn the_state_of_another_canister_is_not_taken_over() {
    let (world, _) = prepared();
    surgery::change_header(&world, |header| "registry".clone_into(&mut header.kind));
    let untouched = Untouched::now(&world, Engine::shared(localnet()));
    let reject = world.upgrade_to(wasm().bytes, None).expect_err("another canister's state");
    untouched.assert(&world);
    assert!(reject.reject_message.contains("registry"), "{reject}");
}

#[test]
fn memory_without_a_state_is_not_taken_for_one() {
    let world = World::empty(localnet());
    let controller = Some(Who::Controller.principal());
    world.network().install_canister(world.canister, modules::empty(), Vec::new(), controller);
    let garbage = vec![0x5a_u8; 128 * 1_024];
    world.network().set_stable_memory(
        world.canister,
        garbage.clone(),
        pocket_ic::common::rest::BlobCompression::NoCompression,
    );
    let reject = world.upgrade_to(wasm().bytes, None).expect_err("nothing to upgrade");
    assert!(reject.reject_message.contains("no state"), "{reject}");
    let after = world.network().get_stable_memory(world.canister);
    assert!(after == garbage, "what was there stays there");
}
