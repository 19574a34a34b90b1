//! A health job every 60 seconds, whatever happens to the canister in between.

use granary_api::common::HealthStatus;
use granary_tests::{
    clock::{DAY, HOUR, MINUTE, SECOND},
    fixtures,
    people::Who,
    reply::Expect,
    world::World,
};

use crate::world;

fn last_check(world: &World) -> u64 {
    world.by(Who::Operator).get_system_health().value("system health").last_check_ns
}

fn missed(world: &World) -> u64 {
    world.by(Who::Operator).get_system_health().value("system health").missed_beats
}

/// Fails unless the job runs within a minute and a bit from now.
#[track_caller]
fn assert_beats(world: &World, what: &str) {
    let asked = world.now_ns();
    world.advance(MINUTE + SECOND);
    let checked = last_check(world);
    assert!(checked > asked, "{what}: no beat since {asked}, the last was {checked}");
}

#[test]
fn it_beats_every_minute() {
    let world = world();
    let mut beats = Vec::new();
    for _ in 0..5 {
        world.advance(MINUTE);
        beats.push(last_check(&world));
    }
    let distinct = beats.windows(2).filter(|pair| pair[0] < pair[1]).count();
    assert_eq!(distinct, 4, "each minute has its beat: {beats:?}");
    for pair in beats.windows(2) {
        let gap = pair[1] - pair[0];
        assert!((50 * SECOND..=70 * SECOND).contains(&gap), "a beat after {gap} ns");
    }
    assert_eq!(missed(&world), 0);
}

#[test]
fn a_jump_of_an_hour_counts_as_missed_and_the_beat_goes_on() {
    let world = world();
    world.advance(MINUTE);
    assert_eq!(missed(&world), 0);
    world.advance(HOUR);
    let count = missed(&world);
    assert!((55..=60).contains(&count), "about an hour of beats is missing: {count}");
    assert_beats(&world, "after the jump");
    assert_eq!(missed(&world), count, "the count stands still when the beat is back");
}

#[test]
fn the_beat_survives_an_upgrade() {
    let world = world();
    for round in 0..3 {
        world.upgrade();
        assert_beats(&world, &format!("after upgrade {round}"));
    }
}

#[test]
fn the_beat_survives_stop_and_start() {
    let world = world();
    world.advance(MINUTE);
    world.stop();
    world.advance(10 * MINUTE);
    world.start();
    world.settle();
    assert_beats(&world, "after the start");
}

#[test]
fn the_beat_survives_a_snapshot_restore() {
    let world = world();
    world.advance(MINUTE);
    let snapshot = world.snapshot();
    world.advance(5 * MINUTE);
    world.restore(&snapshot);
    // A restored canister has no timer: anybody may wake it.
    world.by(Who::Stranger).resume_jobs().value("anybody may re-arm the timer");
    world.settle();
    assert_beats(&world, "after the restore");
    let jobs = world.by(Who::Operator).get_jobs_status().value("jobs");
    assert_eq!(jobs.dead_letter, 0);
    assert!(jobs.next_due_ns.is_some_and(|due| due <= world.now_ns() + MINUTE), "{jobs:?}");
}

#[test]
fn waking_a_waking_canister_changes_nothing() {
    let world = world();
    world.advance(MINUTE);
    let before = world.by(Who::Operator).get_jobs_status().value("jobs");
    for _ in 0..3 {
        // Repeats in a short time may be refused; they must not do harm either way.
        drop(world.by(Who::Stranger).resume_jobs());
    }
    world.settle();
    let after = world.by(Who::Operator).get_jobs_status().value("jobs");
    assert_eq!((after.pending, after.dead_letter), (before.pending, before.dead_letter));
    assert_beats(&world, "after the repeats");
    assert_eq!(missed(&world), 0);
}

#[test]
fn the_overall_value_is_the_worst_component() {
    let world = world();
    let check = |world: &World| {
        let health = world.by(Who::Operator).get_system_health().value("system health");
        let worst = health.components.iter().map(|component| component.status).max();
        assert_eq!(Some(health.overall), worst, "{:?}", health.components);
        for component in &health.components {
            let healthy = component.status == HealthStatus::Healthy;
            assert_eq!(component.reason.is_empty(), healthy, "{component:?}");
        }
        health
    };
    let fresh = check(&world);
    let names: Vec<&str> = fresh.components.iter().map(|one| one.name.as_str()).collect();
    for name in ["applications", "budget", "memory", "trustees", "jobs", "schema"] {
        assert!(names.contains(&name), "{name} is watched: {names:?}");
    }
    fixtures::open_program(&world);
    world.advance(MINUTE + SECOND);
    let funded = check(&world);
    assert_eq!(funded.overall, HealthStatus::Healthy, "{:?}", funded.components);
    world.advance(DAY);
    check(&world);
}
