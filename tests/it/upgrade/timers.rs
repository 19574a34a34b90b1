//! Timers are wake-ups; what must happen is in stable memory and happens after any interruption.

use granary_api::micro_grants::GrantState;
use granary_tests::{
    clock::{DAY, MINUTE, SECOND},
    fixtures::{self, DOLLAR, INACTIVITY},
    people::Who,
    reply::Expect,
    world::next_wasm,
};

use crate::world;

#[test]
fn what_was_due_is_done_after_an_upgrade() {
    let world = world();
    let program = fixtures::open_program(&world);
    let application = fixtures::submit(&world, program, fixtures::content(5 * DOLLAR));
    let grant = fixtures::approve(&world, application);
    world.by(Who::Applicant).accept_grant(grant).value("accept");
    let state = || world.by(Who::Auditor).get_grant(grant).value("the grant").state;
    // The window ends while another release is installed, at the very same time.
    world.set_time(world.now_ns() + fixtures::CHALLENGE_WINDOW - SECOND);
    world.upgrade_to(next_wasm(1), None).expect("the upgrade");
    assert_eq!(state(), GrantState::Accepted, "a second is missing");
    world.advance(2 * SECOND + MINUTE);
    assert_eq!(state(), GrantState::Active, "the job outlived the upgrade");
    world.upgrade();
    world.advance(INACTIVITY + SECOND);
    assert_eq!(state(), GrantState::AtRisk, "and so did the inactivity clock");
}

#[test]
fn what_was_due_while_stopped_is_done_after_the_start() {
    let world = world();
    let program = fixtures::open_program(&world);
    let application = fixtures::submit(&world, program, fixtures::content(5 * DOLLAR));
    let grant = fixtures::approve(&world, application);
    world.stop();
    world.advance(31 * DAY);
    world.start();
    world.settle();
    world.advance(MINUTE);
    let state = world.by(Who::Auditor).get_grant(grant).value("the grant").state;
    assert_eq!(state, GrantState::Lapsed, "the offer lapsed as soon as it could");
    let budget = world.by(Who::Auditor).get_budget(program).value("budget");
    assert_eq!(budget.committed_units, 0);
    fixtures::assert_valid(&world);
}

#[test]
fn what_was_due_after_a_snapshot_is_done_after_its_restore() {
    let world = world();
    let program = fixtures::open_program(&world);
    let application = fixtures::submit(&world, program, fixtures::content(5 * DOLLAR));
    let grant = fixtures::approve(&world, application);
    let snapshot = world.snapshot();
    world.by(Who::Applicant).accept_grant(grant).value("accept");
    world.advance(31 * DAY);
    let state = || world.by(Who::Auditor).get_grant(grant).value("the grant").state;
    assert_eq!(state(), GrantState::AtRisk);
    world.restore(&snapshot);
    assert_eq!(state(), GrantState::Offered, "back at the snapshot");
    world.by(Who::Governor).resume(1, true).value("resume after a restore");
    world.by(Who::Stranger).resume_jobs().value("wake the timer");
    world.settle();
    assert_eq!(state(), GrantState::Lapsed, "in the restored world nobody accepted it");
    fixtures::assert_valid(&world);
}

#[test]
fn upgrades_in_quick_succession_keep_one_timer() {
    let world = world();
    for number in 0..5 {
        world.upgrade_to(next_wasm(number), None).expect("the upgrade");
    }
    let before = world.by(Who::Operator).get_certified_head().value("head").length;
    world.advance(MINUTE);
    world.advance(MINUTE);
    let after = world.by(Who::Operator).get_certified_head().value("head").length;
    assert_eq!(after, before, "a healthy beat is no event, however many timers there were");
    let jobs = world.by(Who::Operator).get_jobs_status().value("jobs");
    assert_eq!((jobs.running, jobs.dead_letter), (0, 0), "{jobs:?}");
    assert_eq!(world.by(Who::Operator).get_system_health().value("health").missed_beats, 0);
}
