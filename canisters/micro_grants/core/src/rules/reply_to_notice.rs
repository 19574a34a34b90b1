//! The grantee uses its right to reply, once per notice.

use crate::errors::{GrantError, StateFault};
use crate::records::{Event, EventKind};
use crate::rules::life::{Course, need_grantee};
use crate::rules::{Change, Ctx, GrantView, grant_in};
use crate::types::{GrantState, Hash};

/// Decides.
pub fn reply_to_notice(view: &GrantView, reply: Hash, ctx: &Ctx) -> Result<Change, GrantError> {
    need_grantee(view, ctx)?;
    grant_in(&view.head, &[GrantState::NoticeGiven])?;
    if view.head.notice_reply.is_some() {
        return Err(StateFault::ReplyGiven.into());
    }
    let mut course = Course::begin(view.id, view.head, ctx.now);
    course.head.notice_reply = Some(reply);
    course.sign_of_life(ctx.now);
    let event = Event::new(EventKind::NoticeReplied, view.id.wire()).digest(reply);
    Ok(course.end(event, &view.program.head.bounds))
}
