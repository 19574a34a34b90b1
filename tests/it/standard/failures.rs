//! An upgrade that fails leaves the old code and the old state, to the byte.

use granary_api::common::Mode;
use granary_tests::{
    digest::{self, StateDigest},
    engine::Engine,
    modules,
    people::Who,
    reply::Expect,
    subject::CommonUpgrade,
    surgery::Opened,
    untouched::Untouched,
    world::World,
};
use pocket_ic::RejectResponse;

use super::beat::assert_beats;
use crate::localnet;

/// Everything an upgrade could have touched.
#[derive(Debug, PartialEq)]
struct Look {
    digest: StateDigest,
    events: u64,
    upgrades: u64,
}

fn look(world: &World) -> Look {
    let reader = world.caller(Who::Auditor);
    Look {
        digest: digest::state(world),
        events: reader.get_certified_head().value("head").length,
        upgrades: reader.get_version().value("version").upgrade_count,
    }
}

#[track_caller]
fn refused(world: &World, attempt: impl FnOnce() -> Result<(), RejectResponse>) -> String {
    let before = look(world);
    let untouched = Untouched::now(world, Engine::shared(localnet()));
    let reject = attempt().expect_err("this upgrade must fail");
    untouched.assert(world);
    assert_eq!(look(world), before, "it answers as it did");
    reject.reject_message
}

/// Fails unless every upgrade that must fail does, and without a trace.
#[track_caller]
pub(super) fn assert_failures_leave_no_trace(world: &World) {
    let next = || world.subject().next(1);
    let expecting = |expected_schema| {
        let args = CommonUpgrade { expected_schema, ..CommonUpgrade::default() };
        world.upgrade_common(next(), args)
    };
    let message = refused(world, || expecting(Some(99)));
    assert!(message.contains("99"), "it says what was expected: {message}");
    let message = refused(world, || world.upgrade_to(modules::trapping_after_write(), None));
    assert!(message.contains("release that fails"), "the reason is told: {message}");
    refused(world, || world.upgrade_to(modules::not_a_module(), None));
    let nobody = vec![Who::Anonymous.principal()];
    let args = CommonUpgrade { mode: Some(Mode::Restricted(nobody)), ..CommonUpgrade::default() };
    refused(world, || world.upgrade_common(next(), args));
    refused(world, || world.upgrade_encoded(next(), b"no arguments at all".to_vec()));
    assert_beats(world, "the old timer");

    let state = Opened::new(world);
    older_code_refuses_to_run(world, &state);
    another_state_is_not_taken_over(world, &state);
    memory_without_a_state_is_not_taken_for_one(world, &state);
    // The state itself was never in danger: with its own header it opens again.
    state.close();

    let schema = world.caller(Who::Auditor).get_version().value("version").schema;
    expecting(Some(schema)).expect("with the right schema it goes through");
    assert_beats(world, "the new timer");
}

/// Stable memory before, and the reject's message; the memory is the same after it.
#[track_caller]
fn refused_by_the_header(world: &World) -> String {
    let untouched = Untouched::now(world, Engine::shared(localnet()));
    let reject = world.upgrade_to(world.subject().next(1), None).expect_err("it must fail");
    untouched.assert(world);
    reject.reject_message
}

fn older_code_refuses_to_run(world: &World, state: &Opened<'_>) {
    let schema = world.caller(Who::Auditor).get_version().value("version").schema;
    state.put_with_header(|header| header.schema = schema + 1);
    let message = refused_by_the_header(world);
    for part in [(schema + 1).to_string(), schema.to_string()] {
        assert!(message.contains(&part), "{part} is named: {message}");
    }
}

fn another_state_is_not_taken_over(world: &World, state: &Opened<'_>) {
    state.put_with_header(|header| "bakery".clone_into(&mut header.kind));
    let message = refused_by_the_header(world);
    assert!(message.contains("bakery"), "{message}");
}

fn memory_without_a_state_is_not_taken_for_one(world: &World, state: &Opened<'_>) {
    state.put(vec![0x5a; 128 * 1_024]);
    let message = refused_by_the_header(world);
    assert!(message.contains("no state"), "{message}");
}
