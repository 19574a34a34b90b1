//! How much of a stream has vested: linear, nothing before the cliff, rounded down (G2).

use granary_units::Rounding;

use crate::records::{GrantHead, GrantMode, Stream};
use crate::types::{GrantState, Timestamp, Units};

/// What has vested at `now`: the whole award at the end, and for a terminated grant what had
/// vested when it ended, which is all that is left of its award.
pub(crate) fn vested(head: &GrantHead, stream: &Stream, now: Timestamp) -> Units {
    if head.state == GrantState::Terminated {
        return head.award;
    }
    let Stream { start, cliff, end, paused_at } = *stream;
    let at = paused_at.map_or(now, |paused| paused.min(now)).min(end);
    if at < cliff || at < start {
        return Units::ZERO;
    }
    let (Ok(elapsed), Ok(length)) = (at.since(start), end.since(start)) else {
        return Units::ZERO;
    };
    head.award
        .mul_div(elapsed.as_nanos().into(), length.as_nanos().into(), Rounding::Down)
        .unwrap_or(Units::ZERO)
}

/// What the grantee has earned and not been paid, beside milestones: what is queued, and what a
/// stream has released.
pub(crate) fn earned(head: &GrantHead, now: Timestamp) -> Units {
    match &head.mode {
        GrantMode::LumpSum | GrantMode::Milestones => head.queued,
        GrantMode::Stream(stream) => {
            vested(head, stream, now).checked_sub(head.paid).unwrap_or(Units::ZERO)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::{self, DAY};
    use crate::types::Duration;

    fn at(days: u64) -> Timestamp {
        fixtures::start().saturating_add(Duration::from_nanos(DAY.as_nanos() * days))
    }

    #[test]
    fn g2_a_stream_never_releases_more_than_the_award() {
        let head = fixtures::grant(GrantState::Active, 1_000).head;
        let mut stream = Stream { start: at(0), cliff: at(2), end: at(10), paused_at: None };
        let vested_on = |stream: &Stream, day| vested(&head, stream, at(day)).get();
        assert_eq!(vested_on(&stream, 1), 0);
        assert_eq!(vested_on(&stream, 2), 200);
        assert_eq!(vested_on(&stream, 10), 1_000);
        assert_eq!(vested_on(&stream, 1_000), 1_000);
        stream.paused_at = Some(at(3));
        assert_eq!(vested_on(&stream, 9), 300);
    }

    #[test]
    fn vesting_rounds_down() {
        let mut head = fixtures::grant(GrantState::Active, 1_000).head;
        head.award = Units::new(10);
        let stream = Stream { start: at(0), cliff: at(0), end: at(3), paused_at: None };
        assert_eq!(vested(&head, &stream, at(1)).get(), 3);
        assert_eq!(vested(&head, &stream, at(2)).get(), 6);
    }
}
