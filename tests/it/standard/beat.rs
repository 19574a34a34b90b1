//! The health job, every minute, whatever happens to the canister in between.

use granary_tests::{
    clock::{HOUR, MINUTE, SECOND},
    people::Who,
    reply::Expect,
    world::World,
};

fn last_check(world: &World) -> u64 {
    world.caller(Who::Operator).get_system_health().value("system health").last_check_ns
}

fn missed(world: &World) -> u64 {
    world.caller(Who::Operator).get_system_health().value("system health").missed_beats
}

/// Fails unless the job runs within a minute and a bit from now.
#[track_caller]
pub(super) fn assert_beats(world: &World, what: &str) {
    let asked = world.now_ns();
    world.advance(MINUTE + SECOND);
    let checked = last_check(world);
    assert!(checked > asked, "{what}: no beat since {asked}, the last was {checked}");
}

/// Fails unless the beat goes on through everything.
#[track_caller]
pub(super) fn assert_beats_always(world: &World) {
    let mut beats = Vec::new();
    for _ in 0..4 {
        world.advance(MINUTE);
        beats.push(last_check(world));
    }
    for pair in beats.windows(2) {
        let gap = pair[1] - pair[0];
        assert!((50 * SECOND..=70 * SECOND).contains(&gap), "a beat after {gap} ns");
    }
    assert_eq!(missed(world), 0);

    world.upgrade();
    assert_beats(world, "after an upgrade");
    world.stop();
    world.advance(MINUTE / 2);
    world.start();
    world.settle();
    assert_beats(world, "after a stop");

    let before = missed(world);
    world.advance(HOUR);
    let count = missed(world) - before;
    assert!((55..=60).contains(&count), "about an hour of beats is missing: {count}");
    assert_beats(world, "after a jump");

    let snapshot = world.snapshot();
    world.advance(5 * MINUTE);
    world.restore(&snapshot);
    // A restored canister has no timer: anybody may wake it.
    world.caller(Who::Stranger).resume_jobs().value("anybody may re-arm the timer");
    world.settle();
    assert_beats(world, "after a restore");
    let jobs = world.caller(Who::Operator).get_jobs_status().value("jobs");
    assert_eq!(jobs.dead_letter, 0, "{jobs:?}");
    assert!(jobs.next_due_ns.is_some_and(|due| due <= world.now_ns() + MINUTE), "{jobs:?}");

    // Waking a waking canister does no harm; repeats in a short time may be refused.
    for _ in 0..3 {
        drop(world.caller(Who::Stranger).resume_jobs());
    }
    assert_beats(world, "after waking it often");
}
