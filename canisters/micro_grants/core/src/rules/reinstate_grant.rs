//! A manager lets a suspended grant, or one under notice, go on.

use crate::errors::GrantError;
use crate::records::{Event, EventKind};
use crate::rules::life::Course;
use crate::rules::{Change, Ctx, GrantView, grant_in};
use crate::types::{GrantState, Hash};

/// Decides. Inside the challenge window the grant goes back to waiting for its end.
pub fn reinstate_grant(view: &GrantView, reason: Hash, ctx: &Ctx) -> Result<Change, GrantError> {
    view.program.need_manager(ctx)?;
    grant_in(&view.head, &[GrantState::Suspended, GrantState::NoticeGiven])?;
    let mut head = view.head;
    head.state = GrantState::Accepted;
    head.notice_until = None;
    head.notice_reply = None;
    // The time it stood still does not count as inactivity.
    head.last_activity = ctx.now;
    let event = Event::new(EventKind::GrantReinstated, view.id.wire()).digest(reason);
    Ok(Course::begin(view.id, head, ctx.now).end(event, &view.program.head.bounds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures;

    #[test]
    fn reinstating_clears_the_notice() {
        let mut view = fixtures::grant(GrantState::NoticeGiven, 500);
        view.head.notice_until = Some(fixtures::start());
        let ctx = fixtures::ctx(fixtures::manager());
        let change = reinstate_grant(&view, [1; 32], &ctx).expect("a manager");
        let (_, head) = change.grant.expect("a row");
        assert_eq!((head.state, head.notice_until), (GrantState::Active, None));
        view.head.active_at = fixtures::later(&ctx, 1).now;
        let change = reinstate_grant(&view, [1; 32], &ctx).expect("a manager");
        assert_eq!(change.grant.expect("a row").1.state, GrantState::Accepted);
    }
}
