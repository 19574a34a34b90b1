//! Before an upgrade the canister finishes its work and takes no new work; after it, it resumes.

use granary_api::{
    common::DrainState,
    micro_grants::{CreateProgramArgs, RequestPayoutArgs, SaveDraftArgs},
};
use granary_errors::common;
use granary_tests::{
    clock::{DAY, HOUR, SECOND},
    fixtures::{self, DOLLAR},
    people::Who,
    reply::Expect,
};

use crate::world;

#[test]
fn a_drain_refuses_new_work_and_lets_old_work_end() {
    let world = world();
    let program = fixtures::open_program(&world);
    let running = fixtures::submit(&world, program, fixtures::content(5 * DOLLAR));
    let governor = world.by(Who::Governor);
    let deadline = world.now_ns() + HOUR;
    governor.prepare_upgrade(1, deadline).value("drain");
    let status = governor.get_drain_status().value("status");
    assert_eq!(status.state, DrainState::Drained, "nothing is running: {status:?}");
    assert_eq!((status.epoch, status.deadline_ns), (1, deadline));
    assert_eq!((status.jobs_running, status.calls_outstanding), (0, 0));

    let draining = common::LIFECYCLE_DRAINING.as_str();
    let applicant = world.by(Who::Applicant);
    let submit = fixtures::submission(program, fixtures::content(DOLLAR));
    assert_eq!(applicant.submit_application(submit.clone()).code("new"), draining);
    let draft = SaveDraftArgs {
        program,
        draft: None,
        content: fixtures::content(0),
        applicant: None,
        idempotency_key: None,
    };
    assert_eq!(applicant.save_draft(draft).code("new"), draining);
    let create =
        CreateProgramArgs { terms: fixtures::terms(), managers: Vec::new(), idempotency_key: None };
    assert_eq!(world.by(Who::Manager).create_program(create).code("new"), draining);
    // What exists may finish.
    let grant = fixtures::approve(&world, running);
    applicant.accept_grant(grant).value("an offer is accepted");

    world.upgrade();
    let status = governor.get_drain_status().value("status");
    assert_eq!((status.state, status.epoch), (DrainState::Drained, 1), "the drain survives");
    assert_eq!(applicant.submit_application(submit.clone()).code("new"), draining);
    let code = governor.resume(2, false).code("another epoch");
    assert_eq!(code, common::EPOCH_STALE.as_str());
    governor.resume(1, false).value("resume");
    assert_eq!(governor.get_drain_status().value("status").state, DrainState::Running);
    applicant.submit_application(submit).value("work goes on");
    let code = governor.resume(1, false).code("twice");
    assert_eq!(code, common::LIFECYCLE_NOT_DRAINING.as_str());
    let code = governor.prepare_upgrade(1, world.now_ns() + HOUR).code("an old epoch");
    assert_eq!(code, common::EPOCH_STALE.as_str());
    fixtures::assert_valid(&world);
}

#[test]
fn a_forgotten_drain_ends_at_its_deadline() {
    let world = world();
    let program = fixtures::open_program(&world);
    let governor = world.by(Who::Governor);
    let now = world.now_ns();
    for deadline in [now - SECOND, now + 2 * DAY] {
        let code = governor.prepare_upgrade(1, deadline).code("a deadline out of bounds");
        assert_eq!(code, "common.drain.deadline");
    }
    governor.prepare_upgrade(1, now + HOUR).value("drain");
    world.advance(HOUR + SECOND);
    let submit = fixtures::submission(program, fixtures::content(DOLLAR));
    world.by(Who::Applicant).submit_application(submit).value("the canister resumed by itself");
    assert_eq!(governor.get_drain_status().value("status").state, DrainState::Running);
}

#[test]
fn outflows_wait_for_the_end_of_the_drain() {
    let world = world();
    let program = fixtures::open_program(&world);
    let grant = fixtures::active_grant(&world, program, fixtures::content(5 * DOLLAR));
    world.by(Who::Governor).prepare_upgrade(7, world.now_ns() + HOUR).value("drain");
    let payout = RequestPayoutArgs { grant, milestone: None, idempotency_key: None };
    let code = world.by(Who::Applicant).request_payout(payout.clone()).code("draining");
    assert_eq!(code, common::LIFECYCLE_DRAINING.as_str());
    world.by(Who::Governor).resume(7, false).value("resume");
    world.by(Who::Applicant).request_payout(payout).value("queued");
    fixtures::assert_valid(&world);
}

#[test]
fn a_restored_canister_resumes_with_what_it_had() {
    let world = world();
    let program = fixtures::open_program(&world);
    let governor = world.by(Who::Governor);
    governor.prepare_upgrade(3, world.now_ns() + HOUR).value("drain");
    let snapshot = world.snapshot();
    let head = governor.get_certified_head().value("head").head;
    governor.resume(3, false).value("resume");
    let lost = fixtures::submit(&world, program, fixtures::content(DOLLAR));
    world.restore(&snapshot);
    let after = governor.get_certified_head().value("head").head;
    assert_eq!(after, head, "the journal is where it was");
    world.by(Who::Auditor).get_application(lost).code("what came after the snapshot is gone");
    governor.resume(3, true).value("resume after a restore");
    world.by(Who::Stranger).resume_jobs().value("wake the timer");
    let again = fixtures::submit(&world, program, fixtures::content(DOLLAR));
    assert_eq!(again, lost, "numbers go on from the snapshot");
    fixtures::assert_valid(&world);
}
