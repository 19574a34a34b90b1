//! A manager lets a stream stand still, or go on; its end moves by the length of the pause.

use crate::errors::{GrantError, StateFault};
use crate::records::{Event, EventKind, GrantMode, Stream};
use crate::rules::life::Course;
use crate::rules::{Change, Ctx, GrantView, grant_in};
use crate::types::GrantState;

/// Decides.
pub fn pause_stream(view: &GrantView, paused: bool, ctx: &Ctx) -> Result<Change, GrantError> {
    view.program.need_manager(ctx)?;
    let mut course = Course::begin(view.id, view.head, ctx.now);
    grant_in(
        &course.head,
        &[
            GrantState::Accepted,
            GrantState::Active,
            GrantState::Suspended,
            GrantState::AtRisk,
            GrantState::NoticeGiven,
        ],
    )?;
    let GrantMode::Stream(stream) = course.head.mode else {
        let actual = course.head.mode.name();
        return Err(StateFault::Mode { actual, allowed: &["Stream"] }.into());
    };
    let (next, kind) = match (stream.paused_at, paused) {
        (None, true) => (Stream { paused_at: Some(ctx.now), ..stream }, EventKind::StreamPaused),
        (Some(since), false) => {
            let pause = ctx.now.saturating_since(since);
            let next = Stream {
                start: stream.start.checked_add(pause)?,
                cliff: stream.cliff.checked_add(pause)?,
                end: stream.end.checked_add(pause)?,
                paused_at: None,
            };
            (next, EventKind::StreamResumed)
        }
        (Some(_), true) | (None, false) => {
            return Err(StateFault::StreamUnchanged { paused }.into());
        }
    };
    course.head.mode = GrantMode::Stream(next);
    Ok(course.end(Event::new(kind, view.id.wire()), &view.program.head.bounds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{fixtures, stream};

    #[test]
    fn g2_a_pause_loses_and_wins_nothing() {
        let mut view = fixtures::grant(GrantState::Active, 1_000);
        let ctx = fixtures::ctx(fixtures::manager());
        let day = |n| fixtures::later(&ctx, n);
        let (start, end) = (ctx.now, day(10).now);
        view.head.mode = GrantMode::Stream(Stream { start, cliff: start, end, paused_at: None });
        let vested = |view: &GrantView, n| match view.head.mode {
            GrantMode::Stream(terms) => stream::vested(&view.head, &terms, day(n).now).get(),
            _ => panic!("a stream"),
        };
        view.head = pause_stream(&view, true, &day(4)).expect("runs").grant.expect("row").1;
        assert_eq!((vested(&view, 4), vested(&view, 9)), (400, 400));
        assert!(pause_stream(&view, true, &day(5)).is_err());
        view.head = pause_stream(&view, false, &day(9)).expect("stands").grant.expect("row").1;
        assert_eq!((vested(&view, 9), vested(&view, 10), vested(&view, 15)), (400, 500, 1_000));
    }

    #[test]
    fn a_pause_moves_the_cliff() {
        let mut view = fixtures::grant(GrantState::Active, 1_000);
        let ctx = fixtures::ctx(fixtures::manager());
        let day = |n| fixtures::later(&ctx, n);
        let (start, cliff, end) = (ctx.now, day(4).now, day(10).now);
        view.head.mode = GrantMode::Stream(Stream { start, cliff, end, paused_at: None });
        view.head = pause_stream(&view, true, &day(1)).expect("runs").grant.expect("row").1;
        view.head = pause_stream(&view, false, &day(6)).expect("stands").grant.expect("row").1;
        let GrantMode::Stream(terms) = view.head.mode else { panic!("a stream") };
        assert_eq!((terms.cliff, terms.end), (day(9).now, day(15).now));
        assert_eq!(stream::vested(&view.head, &terms, day(8).now).get(), 0);
    }
}
