//! A manager lets a lump sum vest with time instead.

use crate::errors::{GrantError, InputFault, StateFault};
use crate::limits;
use crate::records::{Event, EventKind, GrantMode, Stream};
use crate::rules::life::Course;
use crate::rules::{Change, Ctx, GrantView, grant_in};
use crate::types::{GrantState, Timestamp};

/// Times of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Input {
    /// Vesting is counted from here.
    pub start: Timestamp,
    /// Nothing can be claimed before.
    pub cliff: Timestamp,
    /// Everything has vested.
    pub end: Timestamp,
}

/// Decides.
pub fn start_stream(view: &GrantView, input: Input, ctx: &Ctx) -> Result<Change, GrantError> {
    view.program.need_manager(ctx)?;
    let mut course = Course::begin(view.id, view.head, ctx.now);
    grant_in(&course.head, &[GrantState::Accepted, GrantState::Active])?;
    if course.head.mode != GrantMode::LumpSum {
        let actual = course.head.mode.name();
        return Err(StateFault::Mode { actual, allowed: &["LumpSum"] }.into());
    }
    if !course.head.queued.is_zero() || !course.head.paid.is_zero() {
        return Err(StateFault::PayoutExists.into());
    }
    check(view, input, ctx)?;
    let Input { start, cliff, end } = input;
    course.head.mode = GrantMode::Stream(Stream { start, cliff, end, paused_at: None });
    let event = Event::new(EventKind::StreamStarted, view.id.wire());
    Ok(course.end(event, &view.program.head.bounds))
}

fn check(view: &GrantView, input: Input, ctx: &Ctx) -> Result<(), GrantError> {
    let Input { start, cliff, end } = input;
    let refuse = |problem| Err(GrantError::from(InputFault::StreamTerms { problem }));
    if start >= end {
        return refuse("the stream ends before it starts");
    }
    if cliff < start || cliff > end {
        return refuse("the cliff lies outside the stream");
    }
    if start < view.head.offered_at {
        return refuse("the stream starts before the grant was offered");
    }
    if end <= ctx.now {
        return refuse("the stream has ended already");
    }
    if end > ctx.now.saturating_add(limits::MAX_STREAM) {
        return refuse("the stream ends more than ten years from now");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures;
    use crate::types::Units;

    #[test]
    fn only_an_untouched_lump_sum_becomes_a_stream() {
        let mut view = fixtures::grant(GrantState::Active, 500);
        let ctx = fixtures::ctx(fixtures::manager());
        let (start, end) = (ctx.now, fixtures::later(&ctx, 10).now);
        let input = Input { start, cliff: start, end };
        let change = start_stream(&view, input, &ctx).expect("a lump sum");
        assert!(matches!(change.grant.expect("a row").1.mode, GrantMode::Stream(_)));
        assert!(start_stream(&view, Input { end: start, ..input }, &ctx).is_err());
        let cliff = fixtures::later(&ctx, 11).now;
        assert!(start_stream(&view, Input { cliff, ..input }, &ctx).is_err());
        view.head.queued = Units::new(1);
        let refused = start_stream(&view, input, &ctx).err();
        assert_eq!(refused, Some(StateFault::PayoutExists.into()));
    }
}
