//! A grantee falls silent: at risk, notice with a right to reply, termination, money back.

use granary_api::micro_grants::{GrantState, MilestoneState, RequestPayoutArgs};
use granary_errors::Category;
use granary_tests::{
    clock::{DAY, SECOND},
    fixtures::{self, BUDGET, DOLLAR, INACTIVITY, NOTICE_PERIOD},
    people::Who,
    reply::Expect,
    world::World,
};

use crate::world;

fn silent_grant(world: &World) -> (u64, u64) {
    let program = fixtures::open_program(world);
    let plan = fixtures::content_in_steps(300 * DOLLAR, 3, world.now_ns());
    let grant = fixtures::active_grant(world, program, plan);
    fixtures::hand_in(world, grant, 0);
    let verdict = fixtures::verdict(grant, 0, true);
    world.by(Who::Reviewer).review_milestone(verdict).value("accept");
    let payout = RequestPayoutArgs { grant, milestone: Some(0), idempotency_key: None };
    world.by(Who::Applicant).request_payout(payout).value("payout");
    (program, grant)
}

fn state(world: &World, grant: u64) -> GrantState {
    world.by(Who::Auditor).get_grant(grant).value("the grant").state
}

#[test]
fn silence_notice_and_termination() {
    let world = world();
    let (program, grant) = silent_grant(&world);
    let manager = world.by(Who::Manager);
    let code = manager.terminate_grant(fixtures::reason(grant)).code("without notice");
    assert_eq!(code, "micro_grants.grant.state");
    world.advance(INACTIVITY + SECOND);
    assert_eq!(state(&world, grant), GrantState::AtRisk);

    manager.give_notice(fixtures::reason(grant)).value("notice");
    assert_eq!(state(&world, grant), GrantState::NoticeGiven);
    let code = manager.terminate_grant(fixtures::reason(grant)).code("too early");
    assert_eq!(code, "micro_grants.notice.running");
    world.advance(NOTICE_PERIOD - DAY);
    let code = manager.terminate_grant(fixtures::reason(grant)).code("a day too early");
    assert_eq!(code, "micro_grants.notice.running");
    world.advance(DAY + SECOND);
    manager.terminate_grant(fixtures::reason(grant)).value("terminate");

    let stored = world.by(Who::Auditor).get_grant(grant).value("the grant");
    assert_eq!(stored.state, GrantState::Terminated);
    let states: Vec<MilestoneState> = stored.milestones.iter().map(|one| one.state).collect();
    assert_eq!(
        states,
        [MilestoneState::PayoutQueued, MilestoneState::Cancelled, MilestoneState::Cancelled]
    );
    let budget = manager.get_budget(program).value("budget");
    assert_eq!(budget.committed_units, 100 * DOLLAR, "what was earned stays promised");
    assert_eq!(budget.available_units, BUDGET - 100 * DOLLAR, "the rest is free again");
    manager.terminate_grant(fixtures::reason(grant)).refused(Category::StateError, "twice");
    fixtures::assert_valid(&world);
}

#[test]
fn a_sign_of_life_resets_the_clock() {
    let world = world();
    let (_, grant) = silent_grant(&world);
    world.advance(INACTIVITY - DAY);
    fixtures::hand_in(&world, grant, 1);
    world.advance(2 * DAY);
    assert_eq!(state(&world, grant), GrantState::Active, "the hand-in was a sign of life");
    world.advance(INACTIVITY);
    assert_eq!(state(&world, grant), GrantState::AtRisk);
}

#[test]
fn a_reply_is_heard_and_the_manager_may_reinstate() {
    let world = world();
    let (_, grant) = silent_grant(&world);
    world.advance(INACTIVITY + SECOND);
    let manager = world.by(Who::Manager);
    manager.give_notice(fixtures::reason(grant)).value("notice");
    let code = world.by(Who::Stranger).reply_to_notice(fixtures::reason(grant)).code("not theirs");
    assert_eq!(code, "micro_grants.grant.not_grantee");
    world.by(Who::Applicant).reply_to_notice(fixtures::reason(grant)).value("reply");
    let stored = world.by(Who::Auditor).get_grant(grant).value("the grant");
    assert_eq!(stored.notice_reply_hash, Some(fixtures::hash("reason")));
    let again = world.by(Who::Applicant).reply_to_notice(fixtures::reason(grant));
    again.refused(Category::StateError, "one reply");
    manager.reinstate_grant(grant).value("reinstate");
    assert_eq!(state(&world, grant), GrantState::Active);
    fixtures::assert_valid(&world);
}

#[test]
fn a_suspended_grant_is_paid_nothing_until_it_is_reinstated() {
    let world = world();
    let (_, grant) = silent_grant(&world);
    let manager = world.by(Who::Manager);
    fixtures::hand_in(&world, grant, 1);
    world.by(Who::Reviewer).review_milestone(fixtures::verdict(grant, 1, true)).value("accept");
    manager.suspend_grant(fixtures::reason(grant)).value("suspend");
    assert_eq!(state(&world, grant), GrantState::Suspended);
    let payout = RequestPayoutArgs { grant, milestone: Some(1), idempotency_key: None };
    let code = world.by(Who::Applicant).request_payout(payout.clone()).code("suspended");
    assert_eq!(code, "micro_grants.grant.state");
    manager.reinstate_grant(grant).value("reinstate");
    world.by(Who::Applicant).request_payout(payout).value("paid again");
    fixtures::assert_valid(&world);
}
