//! A manager ends a grant whose notice is over: what had vested stays, the rest goes back (G9).

use crate::errors::{GrantError, StateFault};
use crate::records::{Event, EventKind, GrantMode, Milestone};
use crate::rules::life::{Course, give_back};
use crate::rules::{Change, Ctx, GrantView, content, grant_in, stream};
use crate::types::{GrantState, MilestoneState, Units};

/// Decides. `milestones` are all of the grant's.
///
/// The vested remainder stays committed and can still be requested: the award becomes what was
/// paid and what had vested.
pub fn terminate_grant(
    view: &GrantView,
    milestones: &[(u16, Milestone)],
    ctx: &Ctx,
) -> Result<Change, GrantError> {
    view.program.need_manager(ctx)?;
    grant_in(&view.head, &[GrantState::NoticeGiven])?;
    if let Some(until) = view.head.notice_until.filter(|until| ctx.now < *until) {
        return Err(StateFault::NoticeRunning { until }.into());
    }
    let vested = match view.head.mode {
        GrantMode::Milestones => Units::checked_sum(
            milestones.iter().filter(|(_, step)| is_vested(step)).map(|(_, step)| step.amount),
        )?,
        GrantMode::LumpSum | GrantMode::Stream(_) => stream::earned(&view.head, ctx.now),
    };
    let kept = view.head.paid.checked_add(vested)?;
    let returned = view.head.award.checked_sub(kept)?;
    let mut course = Course::begin(view.id, view.head, ctx.now);
    course.head.state = GrantState::Terminated;
    course.head.award = kept;
    let event = Event::new(EventKind::GrantTerminated, view.id.wire()).units(returned);
    let bounds = &view.program.head.bounds;
    Ok(Change {
        program: Some((view.program.id, give_back(&view.program.head, returned, true)?)),
        account: Some((
            view.head.grantee,
            view.program.id,
            content::uncount(&view.account, returned)?,
        )),
        milestones: milestones
            .iter()
            .filter(|(_, step)| !is_vested(step) && step.state != MilestoneState::Paid)
            .map(|(index, step)| {
                let state = MilestoneState::Cancelled;
                (view.id, *index, Milestone { state, ..step.clone() })
            })
            .collect(),
        ..course.end(event, bounds)
    })
}

/// Earned and not paid.
fn is_vested(step: &Milestone) -> bool {
    matches!(step.state, MilestoneState::Accepted | MilestoneState::PayoutQueued)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::{GrantHead, Stream};
    use crate::rules::fixtures;

    fn noticed(mode: GrantMode, paid: u128, queued: u128) -> GrantView {
        let mut view = fixtures::grant(GrantState::NoticeGiven, 1_000);
        view.head = GrantHead {
            mode,
            paid: Units::new(paid),
            queued: Units::new(queued),
            notice_until: Some(fixtures::start()),
            ..view.head
        };
        let ledger = &mut view.program.head.ledger;
        ledger.paid = Units::new(paid);
        ledger.committed = ledger.committed.checked_sub(Units::new(paid)).expect("part");
        ledger.queued = Units::new(queued);
        view
    }

    fn step(amount: u128, state: MilestoneState) -> Milestone {
        let amount = Units::new(amount);
        Milestone { amount, due_at: fixtures::start(), state, evidence: vec![] }
    }

    #[test]
    fn g9_termination_returns_exactly_what_had_not_vested() {
        let view = noticed(GrantMode::Milestones, 100, 200);
        let milestones = [
            (0, step(100, MilestoneState::Paid)),
            (1, step(200, MilestoneState::PayoutQueued)),
            (2, step(300, MilestoneState::Accepted)),
            (3, step(150, MilestoneState::Submitted)),
            (4, step(250, MilestoneState::Planned)),
        ];
        let ctx = fixtures::ctx(fixtures::manager());
        let change = terminate_grant(&view, &milestones, &ctx).expect("after the notice");
        let (_, head) = change.grant.expect("a row");
        assert_eq!((head.state, head.award.get()), (GrantState::Terminated, 600));
        let before = view.program.head.ledger;
        let after = change.program.expect("a row").1.ledger;
        assert_eq!(after.available.get(), before.available.get() + 400);
        assert_eq!(after.committed.get(), before.committed.get() - 400);
        assert_eq!(change.account.expect("an account").2.counted.get(), 600);
        let cancelled: Vec<u16> = change.milestones.iter().map(|(_, index, _)| *index).collect();
        assert_eq!(cancelled, [3, 4]);
    }

    #[test]
    fn g9_a_stream_keeps_what_has_vested() {
        let ctx = fixtures::later(&fixtures::ctx(fixtures::manager()), 4);
        let end = fixtures::later(&fixtures::ctx(fixtures::manager()), 10).now;
        let start = fixtures::start();
        let stream = Stream { start, cliff: start, end, paused_at: None };
        let view = noticed(GrantMode::Stream(stream), 100, 50);
        let change = terminate_grant(&view, &[], &ctx).expect("after the notice");
        let (_, head) = change.grant.expect("a row");
        assert_eq!(head.award.get(), 400);
        assert_eq!(stream::earned(&head, ctx.now).get(), 300);
    }

    #[test]
    fn the_notice_must_end_first() {
        let mut view = noticed(GrantMode::LumpSum, 0, 0);
        let ctx = fixtures::ctx(fixtures::manager());
        view.head.notice_until = Some(fixtures::later(&ctx, 7).now);
        let early = terminate_grant(&view, &[], &fixtures::later(&ctx, 6));
        assert!(matches!(early, Err(GrantError::State(StateFault::NoticeRunning { .. }))));
        assert!(terminate_grant(&view, &[], &fixtures::later(&ctx, 7)).is_ok());
    }
}
