//! Who may ask for money, when, and how often.

use super::*;
use crate::rules::fixtures;

const NOBODY_SPECIAL: fn() -> View = || View { is_treasurer: false, next: PayoutId::new(1) };

fn ask(grant: &GrantView, ctx: &Ctx) -> Result<Change, GrantError> {
    request_payout(grant, NOBODY_SPECIAL(), None, ctx)
}

#[test]
fn g8_nothing_is_paid_while_paused_challenged_or_not_active() {
    let ctx = fixtures::ctx(fixtures::alice());
    let active = fixtures::grant(GrantState::Active, 500);
    assert!(ask(&active, &ctx).is_ok());
    let mut paused = active.clone();
    paused.program.head.state = ProgramState::Paused;
    assert!(matches!(ask(&paused, &ctx), Err(GrantError::State(StateFault::Program { .. }))));
    for state in [
        GrantState::Offered,
        GrantState::Suspended,
        GrantState::NoticeGiven,
        GrantState::Completed,
        GrantState::Lapsed,
    ] {
        let grant = fixtures::grant(state, 500);
        assert!(matches!(ask(&grant, &ctx), Err(GrantError::State(StateFault::Grant { .. }))));
    }
    let mut challenged = fixtures::grant(GrantState::Accepted, 500);
    challenged.head.active_at = fixtures::later(&ctx, 1).now;
    let refused = ask(&challenged, &ctx);
    assert!(matches!(refused, Err(GrantError::State(StateFault::ChallengeOpen { .. }))));
    assert!(ask(&challenged, &fixtures::later(&ctx, 1)).is_ok());
}

#[test]
fn a_claim_of_the_grantee_ends_the_risk_and_the_managers_does_not() {
    let risky = fixtures::grant(GrantState::AtRisk, 500);
    assert!(ask(&risky, &fixtures::ctx(fixtures::manager())).is_err());
    assert!(ask(&risky, &fixtures::ctx(fixtures::alice())).is_ok());
}

#[test]
fn g3_a_lump_sum_is_asked_for_once() {
    let mut grant = fixtures::grant(GrantState::Active, 500);
    let ctx = fixtures::ctx(fixtures::alice());
    let change = ask(&grant, &ctx).expect("the first time");
    assert_eq!(change.payout.expect("a row").1.amount.get(), 500);
    grant.head = change.grant.expect("a row").1;
    grant.program.head = change.program.expect("a row").1;
    assert_eq!(grant.head.queued.get(), 500);
    assert_eq!(ask(&grant, &ctx).err(), Some(StateFault::PayoutExists.into()));
}

#[test]
fn g3_a_milestone_is_asked_for_once() {
    let mut grant = fixtures::grant(GrantState::Active, 500);
    grant.head.mode = GrantMode::Milestones;
    let ctx = fixtures::ctx(fixtures::alice());
    let with = |state| Milestone {
        amount: Units::new(200),
        due_at: fixtures::start(),
        state,
        evidence: vec![],
    };
    let ask = |state| request_payout(&grant, NOBODY_SPECIAL(), Some((0, &with(state))), &ctx);
    let change = ask(MilestoneState::Accepted).expect("earned");
    assert_eq!(change.milestones[0].2.state, MilestoneState::PayoutQueued);
    assert_eq!(change.payout.expect("a row").1.amount.get(), 200);
    for state in [MilestoneState::Submitted, MilestoneState::PayoutQueued, MilestoneState::Paid] {
        assert!(ask(state).is_err(), "{state:?}");
    }
    assert!(request_payout(&grant, NOBODY_SPECIAL(), None, &ctx).is_err());
}

#[test]
fn above_the_threshold_only_the_treasurer_asks() {
    let mut grant = fixtures::grant(GrantState::Active, 2_501);
    let ctx = fixtures::ctx(fixtures::alice());
    let refused = ask(&grant, &ctx);
    assert!(matches!(refused, Err(GrantError::Access(AccessFault::Treasurer { .. }))));
    let treasurer = View { is_treasurer: true, ..NOBODY_SPECIAL() };
    assert!(request_payout(&grant, treasurer, None, &fixtures::ctx(fixtures::bob())).is_ok());
    grant = fixtures::grant(GrantState::Active, 2_500);
    assert!(ask(&grant, &ctx).is_ok());
    assert!(ask(&grant, &fixtures::ctx(fixtures::bob())).is_err());
}
