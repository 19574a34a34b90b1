//! A manager announces that a grant may be terminated; the grantee has time to reply.

use crate::errors::GrantError;
use crate::limits;
use crate::records::{Event, EventKind};
use crate::rules::life::Course;
use crate::rules::{Change, Ctx, GrantView, grant_in};
use crate::types::{GrantState, Hash};

/// Decides.
pub fn give_notice(view: &GrantView, reason: Hash, ctx: &Ctx) -> Result<Change, GrantError> {
    view.program.need_manager(ctx)?;
    let mut course = Course::begin(view.id, view.head, ctx.now);
    grant_in(&course.head, &[GrantState::Active, GrantState::AtRisk, GrantState::Suspended])?;
    course.head.state = GrantState::NoticeGiven;
    course.head.notice_until = Some(ctx.now.saturating_add(limits::NOTICE_PERIOD));
    course.head.notice_reply = None;
    let event = Event::new(EventKind::NoticeGiven, view.id.wire()).digest(reason);
    Ok(course.end(event, &view.program.head.bounds))
}
