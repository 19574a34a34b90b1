//! A manager stops a grant. In the challenge window this is what a challenge comes to.

use crate::errors::GrantError;
use crate::records::{Event, EventKind};
use crate::rules::life::Course;
use crate::rules::{Change, Ctx, GrantView, grant_in};
use crate::types::{GrantState, Hash};

/// Decides.
pub fn suspend_grant(view: &GrantView, reason: Hash, ctx: &Ctx) -> Result<Change, GrantError> {
    view.program.need_manager(ctx)?;
    let mut course = Course::begin(view.id, view.head, ctx.now);
    grant_in(&course.head, &[GrantState::Accepted, GrantState::Active, GrantState::AtRisk])?;
    course.head.state = GrantState::Suspended;
    let event = Event::new(EventKind::GrantSuspended, view.id.wire()).digest(reason);
    Ok(course.end(event, &view.program.head.bounds))
}
