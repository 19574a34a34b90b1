//! A person wants a payout that failed to be handed over again (G3, G8).

use crate::errors::{AccessFault, GrantError, StateFault};
use crate::records::{Event, EventKind, PayoutHead};
use crate::rules::hand_over::may_leave;
use crate::rules::payout_progress::View;
use crate::rules::{Change, Ctx};
use crate::types::PayoutState;

/// Decides. The grantee asked for the money once; whether what failed is tried again is for those
/// who answer for it.
pub fn retry_payout(view: &View, is_treasurer: bool, ctx: &Ctx) -> Result<Change, GrantError> {
    let (head, program) = (&view.head, &view.grant.program);
    if !is_treasurer {
        program.need_manager(ctx)?;
        let above = program.head.bounds.treasurer_above;
        if head.amount > above {
            return Err(AccessFault::Treasurer { amount: head.amount, above }.into());
        }
    }
    let allowed = &[PayoutState::Failed];
    if !allowed.contains(&head.state) {
        return Err(StateFault::Payout { actual: head.state, allowed }.into());
    }
    may_leave(&program.head, &view.grant.head, ctx.now)?;
    let next = PayoutHead { intent: None, ..head.moved(PayoutState::Queued) };
    let event = Event::new(EventKind::PayoutRetried, view.id.wire()).number(head.failures.into());
    Ok(Change { payout: Some((view.id, next)), ..Change::with(event) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures;
    use crate::types::{GrantState, PayoutId, Timestamp, Units};

    fn failed(amount: u128) -> View {
        let grant = fixtures::grant(GrantState::Active, amount);
        let head = PayoutHead {
            grant: grant.id,
            milestone: None,
            amount: Units::new(amount),
            from: Units::ZERO,
            state: PayoutState::Failed,
            queued_at: fixtures::start(),
            intent: Some(4),
            failures: 1,
            tries: 3,
            next_at: fixtures::start(),
            told: Some(9),
        };
        View { id: PayoutId::new(1).expect("not zero"), head, grant, milestone: None, event: 70 }
    }

    #[test]
    fn g3_only_what_failed_is_queued_again_and_keeps_its_count() {
        let manager = fixtures::ctx(fixtures::manager());
        let mut view = failed(200);
        let change = retry_payout(&view, false, &manager).expect("failed");
        let (_, head) = change.payout.expect("a row");
        assert_eq!((head.state, head.failures), (PayoutState::Queued, 1));
        assert_eq!((head.intent, head.tries, head.next_at), (None, 0, Timestamp::ZERO));
        for state in PayoutState::ALL {
            view.head.state = state;
            let taken = retry_payout(&view, true, &manager).is_ok();
            assert_eq!(taken, state == PayoutState::Failed, "{state:?}");
        }
    }

    #[test]
    fn people_who_answer_for_the_money_decide() {
        let ctx = |who| fixtures::ctx(who);
        let of = |view: &View, treasurer, who| retry_payout(view, treasurer, &ctx(who)).is_ok();
        let (small, large) = (failed(200), failed(2_600));
        assert!(!of(&small, false, small.grant.head.grantee), "not the grantee");
        assert!(of(&small, false, fixtures::manager()));
        assert!(!of(&large, false, fixtures::manager()), "above the threshold");
        assert!(of(&large, true, fixtures::alice()));
    }

    #[test]
    fn g8_not_while_the_grant_is_suspended() {
        let mut view = failed(200);
        view.grant.head.state = GrantState::Suspended;
        assert!(retry_payout(&view, true, &fixtures::ctx(fixtures::manager())).is_err());
    }
}
