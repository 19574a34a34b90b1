//! What `risk_guard`'s answers mean.

use granary_resilience::failure::Failure;
use sha2::{Digest, Sha256};

use crate::records::{EventKind, Marks, Needs};
use crate::rules::Work;
use crate::rules::next::start_delay;
use crate::types::{IntentState, Timestamp};

/// Why an outflow may not happen, at least not now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// The rule that denies.
    pub rule: String,
    /// When asking again can help; none when waiting does not.
    pub retry_at: Option<Timestamp>,
    /// One sentence for people.
    pub reason: String,
}

/// The answer to "may this leave?".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assessment {
    /// Under these requirements.
    Allowed(Needs),
    /// Not now, or never.
    Denied(Denial),
}

/// The answer to "hold the capacity".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reserved {
    /// It is held.
    Held {
        /// The reservation.
        id: u64,
        /// Until when.
        until: Timestamp,
        /// What the intent needs by the policy of now.
        needs: Needs,
    },
    /// Not now, or never.
    Denied(Denial),
    /// Something else is held for the intent: what another image of this canister asked for.
    Conflict,
}

/// What an intent needs, or that it must wait, or that it never may.
pub fn assessed(work: &mut Work, answer: Result<Assessment, Failure>) {
    if !matches!(work.row.state, IntentState::Created | IntentState::Assessed) {
        return;
    }
    match answer {
        Err(failure) => work.failed("assess", &failure),
        Ok(Assessment::Denied(denial)) => denied(work, &denial),
        Ok(Assessment::Allowed(needs)) => {
            work.recovered();
            require(work, needs);
        }
    }
}

/// The intent stands under these requirements from now on.
fn require(work: &mut Work, needs: Needs) {
    if needs.delay > work.row.needs.delay {
        work.row.eta = None;
    }
    work.row.needs = needs;
    work.row.marks.clear(Marks::REPRICED);
    let approvals = u64::from(needs.approvals);
    work.say(|event| event.number(approvals), EventKind::IntentAssessed);
    if needs.approvals > 0 {
        work.enter(IntentState::AwaitingApproval);
    } else {
        start_delay(work);
    }
}

fn denied(work: &mut Work, denial: &Denial) {
    let Some(at) = denial.retry_at else {
        work.fail(IntentState::Denied);
        let reason = Sha256::digest(denial.reason.as_bytes()).into();
        work.say(|event| event.name(&denial.rule).digest(reason), EventKind::IntentDenied);
        keep_reason(work, denial);
        return;
    };
    work.enter(IntentState::Assessed);
    work.say(|event| event.name(&denial.rule), EventKind::IntentAssessed);
    keep_reason(work, denial);
    // The guard names the time; it is asked neither earlier nor in the same breath.
    let soonest = work.now.saturating_add(crate::limits::RETRY.first_delay);
    work.put_off(at.max(soonest));
}

/// What people read of the intent says why.
fn keep_reason(work: &mut Work, denial: &Denial) {
    use granary_resilience::recovery::{Attempt, MAX_ERRORS, MAX_REASON_BYTES};
    let text = format!("{}: {}", denial.rule, denial.reason);
    let end = text.floor_char_boundary(MAX_REASON_BYTES);
    let reason = text.get(..end).unwrap_or_default().to_owned();
    let kind = granary_resilience::failure::FailureKind::Permanent;
    let number = work.trouble.attempts;
    work.trouble.errors.push(Attempt { number, at: work.now, kind, reason });
    if work.trouble.errors.len() > MAX_ERRORS {
        work.trouble.errors.remove(0);
    }
    work.put_off(work.now);
}

/// The capacity is held, or not. After settlement it is only for the account of it (E5).
pub fn reserved(work: &mut Work, answer: Result<Reserved, Failure>) {
    let settled = work.row.state == IntentState::Settled;
    if !settled && work.row.state != IntentState::Ready {
        // Whatever it is by now, the capacity may be held for it.
        work.row.marks.put(Marks::RESERVED, true);
        return;
    }
    match answer {
        Err(failure) => {
            // It may be held although nobody said so, or be committed already.
            work.row.marks.set(Marks::RESERVED);
            work.row.marks.clear(Marks::UNRESERVED);
            work.row.reserved_until = None;
            work.failed("reserve", &failure);
        }
        Ok(Reserved::Held { id, until, needs }) => {
            work.recovered();
            work.row.marks.set(Marks::RESERVED);
            work.row.marks.clear(Marks::UNRESERVED);
            work.row.reservation = Some(id);
            work.row.reserved_until = Some(until);
            work.row.reserved_look = work.asset.looks;
            work.due = Some(work.now);
            work.say(|event| event.number(id), EventKind::IntentReserved);
            let now = work.row.needs;
            let stricter = needs.approvals > now.approvals || needs.delay > now.delay;
            if stricter && !settled {
                require(work, needs);
            }
        }
        // What is held is committed as it is; what is not paid is given back and asked for anew.
        Ok(Reserved::Conflict) if settled => {
            work.recovered();
            work.row.marks.clear(Marks::UNRESERVED);
            let kind = granary_resilience::failure::FailureKind::Temporary;
            work.failed("reserve", &Failure::new(kind, "another amount is held"));
        }
        Ok(Reserved::Conflict) => {
            work.recovered();
            work.enter(IntentState::Created);
            work.row.marks.set(Marks::REPRICED);
            work.row.reserved_until = None;
            work.say(|event| event.name("conflict"), EventKind::IntentRepriced);
        }
        // The money left before the restore, under a number this guard may know or not.
        Ok(Reserved::Denied(denial)) if settled => {
            work.recovered();
            work.row.marks.set(Marks::COMMITTED);
            work.row.marks.set(Marks::ELSEWHERE);
            work.due = Some(work.now);
            work.say(|event| event.name(&denial.rule), EventKind::IntentCommitted);
        }
        Ok(Reserved::Denied(denial)) => denied(work, &denial),
    }
}

/// The guard knows that the money left; false when it has no reservation of the intent.
pub fn committed(work: &mut Work, answer: Result<bool, Failure>) {
    if work.row.state != IntentState::Settled {
        return;
    }
    match answer {
        Err(failure) => work.failed("commit", &failure),
        Ok(true) => {
            work.recovered();
            work.row.marks.set(Marks::COMMITTED);
            work.due = Some(work.now);
            work.note(EventKind::IntentCommitted);
        }
        Ok(false) => {
            work.recovered();
            work.row.marks.set(Marks::UNRESERVED);
            work.due = Some(work.now);
            work.say(|event| event.name("commit").number(0), EventKind::IntentDelayed);
        }
    }
}

/// The capacity came back, or was never held.
pub fn released(work: &mut Work, answer: Result<bool, Failure>) {
    let repriced = work.row.marks.has(Marks::REPRICED);
    let is_wanted = work.row.state.is_failed() || (repriced && work.row.state.is_open());
    if !is_wanted {
        return;
    }
    if let Err(failure) = answer {
        return work.failed("release", &failure);
    }
    work.recovered();
    work.row.reserved_until = None;
    if work.row.state.is_failed() {
        work.row.marks.set(Marks::RELEASED);
    } else {
        work.row.marks.clear(Marks::RESERVED);
        work.row.marks.clear(Marks::REPRICED);
    }
    work.due = Some(work.now);
    work.note(EventKind::IntentReleased);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::{NOW, around, at, work};
    use crate::rules::next::{Ask, Next, next};
    use crate::types::Duration;
    use granary_resilience::failure::FailureKind;

    fn needs(approvals: u32, delay: u64) -> Needs {
        Needs { policy: 1, tier: 0, approvals, delay: Duration::from_nanos(delay) }
    }

    fn denial(retry_at: Option<Timestamp>) -> Denial {
        Denial { rule: "window".to_owned(), retry_at, reason: "too much today".to_owned() }
    }

    #[test]
    fn an_assessment_leads_to_people_to_a_delay_or_on() {
        let cases = [
            (needs(2, 0), IntentState::AwaitingApproval),
            (needs(0, 5), IntentState::Timelocked),
            (needs(0, 0), IntentState::Ready),
        ];
        for (needs, state) in cases {
            let mut work = work(IntentState::Created);
            assessed(&mut work, Ok(Assessment::Allowed(needs)));
            assert_eq!((work.row.state, work.row.needs), (state, needs));
        }
    }

    #[test]
    fn a_denial_waits_for_its_time_or_is_for_good() {
        let mut wait = work(IntentState::Created);
        assessed(&mut wait, Ok(Assessment::Denied(denial(Some(at(NOW + 60_000_000_000))))));
        assert_eq!(wait.row.state, IntentState::Assessed);
        assert_eq!(wait.put_off_until(), Some(at(NOW + 60_000_000_000)));
        let mut over = work(IntentState::Created);
        assessed(&mut over, Ok(Assessment::Denied(denial(None))));
        assert_eq!(over.row.state, IntentState::Denied);
        let reason = over.trouble.last_error().map(|error| error.reason.clone());
        assert_eq!(reason.as_deref(), Some("window: too much today"));
    }

    #[test]
    fn e4_a_stricter_policy_at_the_reservation_asks_people_again() {
        let mut work = work(IntentState::Ready);
        let until = at(NOW + 1);
        reserved(&mut work, Ok(Reserved::Held { id: 8, until, needs: needs(1, 0) }));
        assert_eq!(work.row.state, IntentState::AwaitingApproval);
        assert_eq!(work.row.reservation, Some(8));
    }

    #[test]
    fn e5_a_reservation_the_guard_forgot_is_made_and_committed_anew() {
        let mut work = work(IntentState::Settled);
        committed(&mut work, Ok(false));
        assert!(work.row.marks.has(Marks::UNRESERVED));
        let held = Reserved::Held { id: 8, until: at(NOW), needs: needs(3, 0) };
        reserved(&mut work, Ok(held));
        assert_eq!(work.row.state, IntentState::Settled, "what is paid is paid");
        committed(&mut work, Ok(true));
        assert!(work.row.marks.has(Marks::COMMITTED));
    }

    #[test]
    fn e7_what_another_image_had_held_is_given_back_first() {
        let mut ready = work(IntentState::Ready);
        reserved(&mut ready, Ok(Reserved::Conflict));
        assert_eq!(ready.row.state, IntentState::Created);
        assert_eq!(next(&mut ready, around()), Next::Ask(Ask::Release));
        released(&mut ready, Ok(true));
        assert_eq!(next(&mut ready, around()), Next::Ask(Ask::Assess));
        let mut settled = work(IntentState::Settled);
        settled.row.marks.set(Marks::UNRESERVED);
        reserved(&mut settled, Ok(Reserved::Conflict));
        assert!(!settled.row.marks.has(Marks::UNRESERVED));
        assert_eq!(settled.row.state, IntentState::Settled);
    }

    #[test]
    fn silence_of_the_guard_changes_nothing_but_the_wait() {
        let lost = || Failure::new(FailureKind::OutcomeUnknown, "no answer");
        let mut ready = work(IntentState::Ready);
        ready.row.marks = Marks::default();
        reserved(&mut ready, Err(lost()));
        assert_eq!(ready.row.state, IntentState::Ready);
        assert!(ready.row.marks.has(Marks::RESERVED), "it may be held: to be given back later");
        assert!(ready.put_off_until().is_some());
        let mut settled = work(IntentState::Settled);
        committed(&mut settled, Err(lost()));
        assert!(!settled.row.marks.has(Marks::COMMITTED));
    }
}
