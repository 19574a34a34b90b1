//! The grantee accepts the offer; the grant runs when the challenge window is over.

use crate::errors::{GrantError, StateFault};
use crate::limits;
use crate::records::{Event, EventKind};
use crate::rules::life::{Course, need_grantee};
use crate::rules::{Change, Ctx, GrantView, grant_in};
use crate::types::GrantState;

/// Decides.
pub fn accept_grant(view: &GrantView, ctx: &Ctx) -> Result<Change, GrantError> {
    need_grantee(view, ctx)?;
    grant_in(&view.head, &[GrantState::Offered])?;
    let until = view.head.offered_at.saturating_add(limits::OFFER_LIFETIME);
    if ctx.now > until {
        return Err(StateFault::OfferLapsed { until }.into());
    }
    let mut head = view.head;
    head.state = GrantState::Accepted;
    let mut course = Course::begin(view.id, head, ctx.now);
    course.sign_of_life(ctx.now);
    let event = Event::new(EventKind::GrantAccepted, view.id.wire());
    Ok(course.end(event, &view.program.head.bounds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures;

    #[test]
    fn an_offer_lapses_and_waits_for_the_challenge_window() {
        let mut view = fixtures::grant(GrantState::Offered, 500);
        let ctx = fixtures::ctx(fixtures::alice());
        let state = |view: &GrantView, ctx: &Ctx| {
            accept_grant(view, ctx).map(|change| change.grant.expect("a row").1.state)
        };
        assert_eq!(state(&view, &ctx), Ok(GrantState::Active));
        view.head.active_at = fixtures::later(&ctx, 1).now;
        assert_eq!(state(&view, &ctx), Ok(GrantState::Accepted));
        assert!(state(&view, &fixtures::later(&ctx, 30)).is_ok());
        let late = state(&view, &fixtures::later(&ctx, 31));
        assert!(matches!(late, Err(GrantError::State(StateFault::OfferLapsed { .. }))));
        assert!(state(&view, &fixtures::ctx(fixtures::bob())).is_err());
    }
}
