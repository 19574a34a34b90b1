//! How a request stands: its quorum, and when it may be executed.

use crate::errors::{RecoveryError, StateFault};
use crate::records::{Committee, Delays, EventKind, Outlook, Request, State};
use crate::rules::Change;
use crate::types::{Principal, RequestId, StateKind, Timestamp};

/// Approvals of people who are members now.
pub fn counted(request: &Request, committee: &Committee) -> u32 {
    let is_member = |who: &Principal| committee.members.contains(who);
    let count = request.approvals.iter().filter(|given| is_member(&given.member)).count();
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Refuses a request that is in none of the states.
pub fn need(
    id: RequestId,
    request: &Request,
    allowed: &'static [StateKind],
) -> Result<(), RecoveryError> {
    let actual = request.state.kind();
    if allowed.contains(&actual) {
        return Ok(());
    }
    Err(StateFault::Request { id: id.wire(), actual, allowed }.into())
}

/// After approvals or the committee changed: ready with a quorum, open without one. Whoever reaches
/// it again waits for the whole delay again.
pub fn restand(change: &mut Change, committee: &Committee, delays: &Delays, now: Timestamp) {
    let has_quorum = counted(&change.request, committee) >= committee.quorum;
    let event = match (&change.request.state, has_quorum) {
        (State::Open, true) => {
            change.request.state = State::Ready { since: now };
            let eta = now.saturating_add(delays.delay).as_nanos();
            change.event(EventKind::RequestReady).number(eta)
        }
        (State::Ready { .. }, false) => {
            change.request.state = State::Open;
            change.event(EventKind::RequestReopened)
        }
        _ => return,
    };
    change.events.push(event);
}

/// True when the governor has failed for so long that nobody waits.
pub fn is_outage(outlook: &Outlook, delays: &Delays, now: Timestamp) -> bool {
    outlook.failing_since.is_some_and(|since| now.saturating_since(since) > delays.outage)
}

/// From when on a request may be executed that has had its quorum since `since`.
pub fn eta(since: Timestamp, outlook: &Outlook, delays: &Delays, now: Timestamp) -> Timestamp {
    let regular = since.saturating_add(delays.delay);
    if is_outage(outlook, delays, now) { regular.min(now) } else { regular }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::Operation;
    use crate::rules::fixtures::{at, committee, number, person, request};

    #[test]
    fn y2_only_members_of_now_count() {
        let mut committee = committee();
        let given = request(Operation::Start, &[1, 2, 9], State::Open);
        assert_eq!(counted(&given, &committee), 2);
        committee.members = vec![person(1), person(4), person(5)];
        assert_eq!(counted(&given, &committee), 1);
    }

    #[test]
    fn y2_a_lost_quorum_begins_anew() {
        let (committee, delays) = (committee(), Delays::DEFAULT);
        let mut change = Change::new(number(1), request(Operation::Start, &[1, 2], State::Open));
        restand(&mut change, &committee, &delays, at(5));
        assert_eq!(change.request.state, State::Ready { since: at(5) });
        restand(&mut change, &committee, &delays, at(6));
        assert_eq!(
            (change.request.state.clone(), change.events.len()),
            (State::Ready { since: at(5) }, 1)
        );
        change.request.approvals.pop();
        restand(&mut change, &committee, &delays, at(7));
        assert_eq!(change.request.state, State::Open);
    }

    #[test]
    fn the_delay_falls_away_while_the_governor_is_out_for_long() {
        let delays = Delays::DEFAULT;
        let hour = 3_600_000_000_000;
        let mut outlook = Outlook::default();
        assert_eq!(eta(at(5), &outlook, &delays, at(5 + hour)), at(5 + 24 * hour));
        outlook.failing_since = Some(at(0));
        assert_eq!(eta(at(5), &outlook, &delays, at(6 * hour)), at(5 + 24 * hour));
        let now = at(6 * hour + 1);
        assert_eq!(eta(at(5), &outlook, &delays, now), now);
    }
}
