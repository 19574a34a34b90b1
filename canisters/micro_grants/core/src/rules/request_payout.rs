//! An accepted milestone, or a lump sum, is asked for (G3, G8).

use crate::errors::{AccessFault, GrantError, StateFault};
use crate::records::{Event, EventKind, GrantMode, Ledger, Milestone, PayoutHead, ProgramHead};
use crate::rules::life::Course;
use crate::rules::{Change, Ctx, GrantView, grant_in, program_in};
use crate::types::{
    GrantState, MilestoneState, PayoutId, PayoutState, ProgramState, Timestamp, Units,
};
use granary_kernel::Fault;

/// What asking for money reads besides the grant.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// True when the actor holds the treasurer's role.
    pub is_treasurer: bool,
    /// The number the payout gets; none when the canister holds no more.
    pub next: Option<PayoutId>,
}

/// Decides. `milestone` is the one asked for; none for a lump sum.
pub fn request_payout(
    grant: &GrantView,
    view: View,
    milestone: Option<(u16, &Milestone)>,
    ctx: &Ctx,
) -> Result<Change, GrantError> {
    let mut course = begin(grant, ctx)?;
    let (amount, index, paid_step) = match (grant.head.mode, milestone) {
        (GrantMode::Milestones, Some((index, step))) => {
            let allowed = &[MilestoneState::Accepted];
            if !allowed.contains(&step.state) {
                return Err(StateFault::Milestone { actual: step.state, allowed }.into());
            }
            let queued = Milestone { state: MilestoneState::PayoutQueued, ..step.clone() };
            (step.amount, Some(index), Some((grant.id, index, queued)))
        }
        (GrantMode::LumpSum, None) => {
            // A terminated lump sum nothing was paid of has nothing left to ask for.
            let spent = !grant.head.queued.is_zero() || !grant.head.paid.is_zero();
            if spent || grant.head.award.is_zero() {
                return Err(StateFault::PayoutExists.into());
            }
            (grant.head.award, None, None)
        }
        (GrantMode::Milestones, None) => {
            return Err(mode(grant, &["LumpSum"]));
        }
        (GrantMode::LumpSum | GrantMode::Stream(_), _) => {
            return Err(mode(grant, &["Milestones"]));
        }
    };
    allow(grant, view, amount, ctx)?;
    let mut change = queue(grant, view, &mut course, amount, index, ctx)?;
    change.milestones.extend(paid_step);
    Ok(change)
}

fn mode(grant: &GrantView, allowed: &'static [&'static str]) -> GrantError {
    StateFault::Mode { actual: grant.head.mode.name(), allowed }.into()
}

/// G8: the programme is not paused, the challenge window is over, the grant runs. What had vested
/// when a grant was terminated is still its grantee's to ask for.
pub(crate) fn begin(grant: &GrantView, ctx: &Ctx) -> Result<Course, GrantError> {
    program_in(&grant.program.head, &[ProgramState::Open, ProgramState::Closing])?;
    let until: Timestamp = grant.head.active_at;
    if grant.head.state == GrantState::Accepted && ctx.now < until {
        return Err(StateFault::ChallengeOpen { until }.into());
    }
    let mut course = Course::begin(grant.id, grant.head, ctx.now);
    if ctx.actor == grant.head.grantee {
        course.sign_of_life(ctx.now);
    }
    grant_in(&course.head, &[GrantState::Active, GrantState::Terminated])?;
    if ctx.now < until {
        return Err(StateFault::ChallengeOpen { until }.into());
    }
    Ok(course)
}

/// Refuses whoever may not release `amount`.
pub(crate) fn allow(
    grant: &GrantView,
    view: View,
    amount: Units,
    ctx: &Ctx,
) -> Result<(), GrantError> {
    if view.is_treasurer {
        return Ok(());
    }
    let manager = grant.program.body.is_manager(&ctx.actor);
    if ctx.actor != grant.head.grantee && !manager {
        return Err(AccessFault::Grantee.into());
    }
    let above = grant.program.head.bounds.treasurer_above;
    if amount > above {
        return Err(AccessFault::Treasurer { amount, above }.into());
    }
    Ok(())
}

/// Queues `amount` of the grant.
pub(crate) fn queue(
    grant: &GrantView,
    view: View,
    course: &mut Course,
    amount: Units,
    milestone: Option<u16>,
    ctx: &Ctx,
) -> Result<Change, GrantError> {
    let max = u64::from(u32::MAX);
    let full = Fault::Full { what: "the canister's table of payouts", max };
    let id = view.next.ok_or(full)?;
    let from = course.head.paid.checked_add(course.head.queued)?;
    // G2: never more than the award, whatever led here.
    course.head.award.checked_sub(from)?.checked_sub(amount)?;
    course.head.queued = course.head.queued.checked_add(amount)?;
    let ledger = grant.program.head.ledger;
    let ledger = Ledger {
        queued: ledger.queued.checked_add(amount)?,
        queued_payouts: ledger.queued_payouts.saturating_add(1),
        ..ledger
    };
    let payout = PayoutHead {
        grant: grant.id,
        milestone,
        amount,
        from,
        state: PayoutState::Queued,
        queued_at: ctx.now,
        intent: None,
        failures: 0,
        tries: 0,
        next_at: Timestamp::ZERO,
        told: None,
    };
    let event =
        Event::new(EventKind::PayoutQueued, id.wire()).units(amount).number(grant.id.wire());
    Ok(Change {
        program: Some((grant.program.id, ProgramHead { ledger, ..grant.program.head })),
        payout: Some((id, payout)),
        ..course.clone().end(event, &grant.program.head.bounds)
    })
}

#[cfg(test)]
#[path = "request_payout_tests.rs"]
mod tests;
