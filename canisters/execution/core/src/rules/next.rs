//! The next step of an intent: a decision over what is stored now, and nothing else. Whatever a
//! crash, an upgrade or a restore left behind is a stored state, and each has a next step.

use crate::limits;
use crate::records::{EventKind, Marks};
use crate::rules::Work;
use crate::types::{Duration, IntentState, Timestamp};

/// What is true around the intent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "four facts that hold or not")]
pub struct Around {
    /// True when mode and drain let money leave.
    pub may_send: bool,
    /// True when nothing may have been forgotten: the blocks since a restore were looked at, and
    /// no drain hides that there was one. Before that no intent is paid, and none fails (E7).
    pub is_known: bool,
    /// True when, besides, every payment in those blocks is explained.
    pub is_cleared: bool,
    /// True when enough people approve it now, or a standing authorisation covers it (E8).
    pub is_approved: bool,
}

/// Whom to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// `risk_guard`: what does it need?
    Assess,
    /// `risk_guard`: hold the capacity.
    Reserve,
    /// The ledger: balance, fee, length.
    Funds,
    /// The ledger: pay. A probe repeats what may have been paid.
    Transfer {
        /// True when an earlier send of the same transfer has an unknown outcome.
        probe: bool,
    },
    /// The ledger: blocks.
    Scan,
    /// The books: post the entry.
    Book,
    /// The books: which entry has the block?
    Find,
    /// The books: correct Suspense.
    Adjust,
    /// `risk_guard`: the money left.
    Commit,
    /// `risk_guard`: it did not and will not.
    Release,
}

impl Ask {
    /// The name of the step, for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Assess => "assess",
            Self::Reserve => "reserve",
            Self::Funds => "funds",
            Self::Transfer { probe: false } => "transfer",
            Self::Transfer { probe: true } => "probe",
            Self::Scan => "scan",
            Self::Book => "book",
            Self::Find => "find",
            Self::Adjust => "adjust",
            Self::Commit => "commit",
            Self::Release => "release",
        }
    }

    /// Who is asked.
    pub const fn peer(self) -> Peer {
        match self {
            Self::Assess | Self::Reserve | Self::Commit | Self::Release => Peer::Guard,
            Self::Funds | Self::Transfer { .. } | Self::Scan => Peer::Ledger,
            Self::Book | Self::Find | Self::Adjust => Peer::Books,
        }
    }
}

/// Who is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// `risk_guard`.
    Guard,
    /// `portfolio`.
    Books,
    /// The asset's ledger.
    Ledger,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing: it is done, or people must act.
    Over,
    /// Look again then.
    Wait(Timestamp),
    /// Ask, and settle the answer.
    Ask(Ask),
}

/// Decides, changing what changes by time alone.
pub fn next(work: &mut Work, around: Around) -> Next {
    if let Some(until) = work.row.busy_until {
        let latest = work.now.saturating_add(limits::CALL_LEASE);
        if work.now < until.min(latest) {
            return Next::Wait(until.min(latest));
        }
    }
    // Each turn of the loop moves the intent at least one state on.
    for _ in 0..IntentState::ALL.len() {
        if let Some(decided) = decide(work, around) {
            return decided;
        }
    }
    Next::Wait(work.now.saturating_add(limits::LOOK_AGAIN))
}

/// One decision; none when the state changed and the next one decides.
fn decide(work: &mut Work, around: Around) -> Option<Next> {
    let state = work.row.state;
    let is_over = state == IntentState::Settled || state.is_failed();
    if !around.is_known && !is_over && state != IntentState::Quarantined {
        return Some(later(work));
    }
    let unsent = state.is_open()
        || (state == IntentState::Submitting && !work.row.marks.has(Marks::UNCERTAIN));
    if unsent && work.now > work.row.expires_at {
        work.fail(IntentState::Expired);
        work.note(EventKind::IntentExpired);
        return None;
    }
    match state {
        IntentState::Created | IntentState::Assessed => Some(created(work)),
        IntentState::AwaitingApproval => awaiting(work, around),
        IntentState::Timelocked => timelocked(work, around),
        IntentState::Ready => ready(work, around),
        IntentState::Submitting => submitting(work, around),
        IntentState::Unknown => {
            work.move_to(IntentState::Reconciling);
            None
        }
        IntentState::Reconciling => Some(reconciling(work, around)),
        IntentState::Settled => Some(settled(work)),
        IntentState::Cancelled | IntentState::Expired | IntentState::Denied => {
            Some(failed(work, around))
        }
        IntentState::Quarantined => Some(Next::Over),
    }
}

/// Waits as long as it is put off, then asks.
fn ask(work: &Work, ask: Ask) -> Next {
    work.put_off_until().map_or(Next::Ask(ask), Next::Wait)
}

fn later(work: &Work) -> Next {
    Next::Wait(work.now.saturating_add(limits::LOOK_AGAIN))
}

fn created(work: &Work) -> Next {
    let marks = work.row.marks;
    // Another amount is another outflow: what was held for the old one is given back first.
    if marks.has(Marks::REPRICED) && marks.has(Marks::RESERVED) {
        return ask(work, Ask::Release);
    }
    ask(work, Ask::Assess)
}

fn awaiting(work: &mut Work, around: Around) -> Option<Next> {
    if !around.is_approved {
        return Some(Next::Wait(work.row.expires_at.saturating_add(Duration::from_nanos(1))));
    }
    start_delay(work);
    None
}

/// The delay begins when the last approval is there, and is not begun anew by a new assessment
/// that asks for no longer one.
pub(crate) fn start_delay(work: &mut Work) {
    let delay = work.row.needs.delay;
    if delay == Duration::ZERO {
        work.make_ready();
        return;
    }
    let eta = work.row.eta.unwrap_or_else(|| work.now.saturating_add(delay));
    work.row.eta = Some(eta);
    work.enter(IntentState::Timelocked);
    work.say(|event| event.number(eta.as_nanos()), EventKind::IntentTimelocked);
}

fn timelocked(work: &mut Work, around: Around) -> Option<Next> {
    if !around.is_approved {
        work.row.eta = None;
        work.move_to(IntentState::AwaitingApproval);
        return None;
    }
    // A clock that was wrong once locks nobody out: never longer than the whole delay from now.
    let latest = work.now.saturating_add(work.row.needs.delay);
    let eta = work.row.eta.unwrap_or(work.now).min(latest);
    if work.now < eta {
        return Some(Next::Wait(eta));
    }
    work.make_ready();
    None
}

/// True when the reservation can be relied on for as long as a step may take.
fn is_reserved(work: &Work) -> bool {
    let end = work.now.saturating_add(limits::CALL_LEASE);
    work.row.marks.has(Marks::RESERVED)
        && work.row.reserved_look == work.asset.looks
        && work.row.reserved_until.is_some_and(|until| until > end)
}

fn ready(work: &mut Work, around: Around) -> Option<Next> {
    if !around.is_approved {
        work.move_to(IntentState::AwaitingApproval);
        return None;
    }
    if !around.may_send || !around.is_cleared {
        return Some(later(work));
    }
    Some(ask(work, if is_reserved(work) { Ask::Funds } else { Ask::Reserve }))
}

fn submitting(work: &mut Work, around: Around) -> Option<Next> {
    if work.row.marks.has(Marks::UNCERTAIN) {
        // The answer never came: the lease is over.
        work.enter(IntentState::Unknown);
        work.note(EventKind::IntentUnknown);
        return None;
    }
    if !around.is_approved {
        work.move_to(IntentState::AwaitingApproval);
        return None;
    }
    if !around.may_send || !around.is_cleared {
        return Some(later(work));
    }
    let stale = work.now > work.row.attempt.created_at.saturating_add(limits::RENEW_AFTER);
    if stale || !is_reserved(work) {
        work.move_to(IntentState::Ready);
        return None;
    }
    Some(ask(work, Ask::Transfer { probe: false }))
}

fn reconciling(work: &Work, around: Around) -> Next {
    // After a restore the next attempt may be in the blocks: repeating this one could pay twice.
    if !around.is_cleared {
        return later(work);
    }
    let (marks, attempt, now) = (work.row.marks, work.row.attempt, work.now);
    let in_window = now <= attempt.repeatable_until();
    let last_word = marks.has(Marks::SCANNED) && !marks.has(Marks::TOO_OLD);
    let repeats = around.may_send && !marks.has(Marks::LOOK) && (in_window || last_word);
    ask(work, if repeats { Ask::Transfer { probe: true } } else { Ask::Scan })
}

fn settled(work: &Work) -> Next {
    let marks = work.row.marks;
    let wanted = if !marks.has(Marks::POSTED) {
        if marks.has(Marks::SUSPENSE) {
            Ask::Adjust
        } else if marks.has(Marks::TAKEN) {
            Ask::Find
        } else {
            Ask::Book
        }
    } else if !marks.has(Marks::COMMITTED) {
        if marks.has(Marks::UNRESERVED) { Ask::Reserve } else { Ask::Commit }
    } else {
        return Next::Over;
    };
    ask(work, wanted)
}

fn failed(work: &Work, around: Around) -> Next {
    let marks = work.row.marks;
    if !marks.has(Marks::RESERVED) || marks.has(Marks::RELEASED) {
        return Next::Over;
    }
    // What an older image calls failed may have been paid since in another one.
    if around.is_known { ask(work, Ask::Release) } else { later(work) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::{NOW, around, at, work};

    #[test]
    fn e3_no_path_leads_from_unknown_to_a_first_send_without_evidence() {
        for state in [IntentState::Submitting, IntentState::Unknown, IntentState::Reconciling] {
            let mut work = work(state);
            work.row.marks.set(Marks::UNCERTAIN);
            work.row.expires_at = at(NOW - 1);
            let found = next(&mut work, around());
            assert_eq!(found, Next::Ask(Ask::Transfer { probe: true }), "{state:?}");
            assert_eq!(work.row.state, IntentState::Reconciling, "expired or not: {state:?}");
        }
    }

    #[test]
    fn e3_behind_the_window_the_blocks_come_first() {
        let mut work = work(IntentState::Reconciling);
        work.row.marks.set(Marks::UNCERTAIN);
        let end = work.row.attempt.repeatable_until();
        work.now = end;
        assert_eq!(next(&mut work, around()), Next::Ask(Ask::Transfer { probe: true }));
        work.now = end.saturating_add(Duration::from_nanos(1));
        assert_eq!(next(&mut work, around()), Next::Ask(Ask::Scan));
        work.row.marks.set(Marks::SCANNED);
        assert_eq!(next(&mut work, around()), Next::Ask(Ask::Transfer { probe: true }));
        work.row.marks.set(Marks::TOO_OLD);
        assert_eq!(next(&mut work, around()), Next::Ask(Ask::Scan));
    }

    #[test]
    fn e4_nothing_is_sent_without_a_reservation_that_holds() {
        let mut open = work(IntentState::Submitting);
        assert_eq!(next(&mut open, around()), Next::Ask(Ask::Transfer { probe: false }));
        for until in [None, Some(at(NOW)), Some(at(NOW + limits::CALL_LEASE.as_nanos()))] {
            let mut work = work(IntentState::Submitting);
            work.row.reserved_until = until;
            assert_eq!(next(&mut work, around()), Next::Ask(Ask::Reserve), "{until:?}");
            assert_eq!(work.row.state, IntentState::Ready);
        }
        let mut unreserved = work(IntentState::Ready);
        unreserved.row.marks.clear(Marks::RESERVED);
        assert_eq!(next(&mut unreserved, around()), Next::Ask(Ask::Reserve));
        let mut restored = work(IntentState::Submitting);
        restored.asset.looks = 1;
        assert_eq!(next(&mut restored, around()), Next::Ask(Ask::Reserve), "an older word");
    }

    #[test]
    fn e7_nothing_is_sent_or_repeated_before_the_blocks_are_looked_at() {
        let blind = Around { is_cleared: false, ..around() };
        for state in [IntentState::Ready, IntentState::Submitting, IntentState::Unknown] {
            let mut work = work(state);
            if state == IntentState::Unknown {
                work.row.marks.set(Marks::UNCERTAIN);
            }
            assert!(matches!(next(&mut work, blind), Next::Wait(_)), "{state:?}");
        }
    }

    #[test]
    fn e7_what_may_have_been_paid_and_forgotten_neither_fails_nor_moves() {
        let blind = Around { is_known: false, is_cleared: false, ..around() };
        for state in IntentState::ALL {
            let mut work = work(state);
            work.row.expires_at = at(NOW - 1);
            let found = next(&mut work, blind);
            let is_over = state == IntentState::Settled || state.is_failed();
            if !is_over && state != IntentState::Quarantined {
                assert!(matches!(found, Next::Wait(_)), "{state:?}");
            }
            assert_eq!(work.row.state, state, "{state:?}");
        }
    }

    #[test]
    fn k37_a_freeze_stops_sends_and_nothing_else() {
        let frozen = Around { may_send: false, ..around() };
        for state in [IntentState::Ready, IntentState::Submitting] {
            assert!(matches!(next(&mut work(state), frozen), Next::Wait(_)), "{state:?}");
        }
        let mut lost = work(IntentState::Reconciling);
        lost.row.marks.set(Marks::UNCERTAIN);
        assert_eq!(next(&mut lost, frozen), Next::Ask(Ask::Scan), "a look is no send");
        assert_eq!(next(&mut work(IntentState::Settled), frozen), Next::Ask(Ask::Book));
        let mut booked = work(IntentState::Settled);
        booked.row.marks.set(Marks::POSTED);
        assert_eq!(next(&mut booked, frozen), Next::Ask(Ask::Commit));
        assert_eq!(next(&mut work(IntentState::Denied), frozen), Next::Ask(Ask::Release));
    }

    #[test]
    fn an_approval_that_dies_takes_the_intent_back() {
        let lonely = Around { is_approved: false, ..around() };
        for state in [IntentState::Timelocked, IntentState::Ready, IntentState::Submitting] {
            let mut work = work(state);
            assert!(matches!(next(&mut work, lonely), Next::Wait(_)));
            assert_eq!(work.row.state, IntentState::AwaitingApproval, "{state:?}");
            assert_eq!(work.asset.set_aside, 0, "{state:?}");
        }
    }

    #[test]
    fn a_delay_is_waited_for_and_a_wrong_clock_locks_nobody_out() {
        let mut slow = work(IntentState::AwaitingApproval);
        slow.row.needs.delay = Duration::from_nanos(100);
        assert_eq!(next(&mut slow, around()), Next::Wait(at(NOW + 100)));
        slow.now = at(NOW + 99);
        assert_eq!(next(&mut slow, around()), Next::Wait(at(NOW + 100)));
        slow.now = at(NOW + 100);
        assert_eq!(next(&mut slow, around()), Next::Ask(Ask::Funds));
        let mut early = work(IntentState::Timelocked);
        early.row.needs.delay = Duration::from_nanos(100);
        early.row.eta = Some(at(NOW * 2));
        assert_eq!(next(&mut early, around()), Next::Wait(at(NOW + 100)));
    }

    #[test]
    fn what_is_too_late_ends_and_what_may_be_paid_does_not() {
        for state in IntentState::OPEN.iter().copied().chain([IntentState::Submitting]) {
            let mut work = work(state);
            work.row.expires_at = at(NOW - 1);
            assert_eq!(next(&mut work, around()), Next::Ask(Ask::Release), "{state:?}");
            assert_eq!(work.row.state, IntentState::Expired);
        }
    }

    #[test]
    fn a_step_under_way_is_not_begun_twice_and_a_lost_one_is() {
        let mut busy = work(IntentState::Ready);
        busy.row.busy_until = Some(at(NOW + 7));
        assert_eq!(next(&mut busy, around()), Next::Wait(at(NOW + 7)));
        busy.now = at(NOW + 7);
        assert_eq!(next(&mut busy, around()), Next::Ask(Ask::Funds));
        busy.now = at(NOW);
        busy.row.busy_until = Some(at(u64::MAX));
        let lease = at(NOW + limits::CALL_LEASE.as_nanos());
        assert_eq!(next(&mut busy, around()), Next::Wait(lease), "cut to the lease");
    }
}
