//! Whether a queued payout may leave now (G8), and what is said about it to `execution`.

use crate::errors::{GrantError, StateFault};
use crate::records::{GrantHead, PayoutHead, ProgramHead};
use crate::rules::{grant_in, program_in};
use crate::types::{GrantState, PayoutState, Principal, ProgramState, Timestamp, Units};

/// One attempt to pay: what `execution` is told, and by which its answer is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// The payout.
    pub payout: u64,
    /// Its grant.
    pub grant: u64,
    /// The milestone it pays; none for a lump sum or a stream.
    pub milestone: Option<u16>,
    /// Where the interval of the award begins that it pays.
    pub from: Units,
    /// Who gets it.
    pub grantee: Principal,
    /// How much.
    pub amount: Units,
    /// Number of the asset in the books.
    pub asset: u64,
    /// How often it failed before.
    pub attempt: u32,
    /// The transfer intent that carries it, once there is one.
    pub intent: Option<u64>,
}

impl Order {
    /// The key of the attempt. The same attempt has the same key for ever, so asking again after a
    /// lost reply is asking once; an attempt after a failure has a key of its own. It says what is
    /// paid and not under which number: a restored snapshot forgets numbers and gives them to
    /// something else, and what was paid is known by its key alone.
    pub fn key(&self) -> String {
        let paid = match self.milestone {
            Some(index) => format!("grant-{}-milestone-{index}", self.grant),
            None => format!("grant-{}-from-{}", self.grant, self.from.get()),
        };
        match self.attempt {
            0 => paid,
            attempt => format!("{paid}-{attempt}"),
        }
    }

    /// True while the payout still stands where this order was made: an answer that comes later
    /// is about something else.
    pub fn is_current(&self, head: &PayoutHead) -> bool {
        let waits = match self.intent {
            None => head.state == PayoutState::Queued,
            Some(_) => matches!(head.state, PayoutState::Sent | PayoutState::Quarantined),
        };
        waits && head.failures == self.attempt && head.intent == self.intent
    }
}

/// What is to be done about a payout now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing by itself: it is settled, or a person must ask for it.
    Rest,
    /// Look again then.
    Wait(Timestamp),
    /// Hand it over.
    HandOver(Order),
    /// Ask what became of its intent.
    Ask(Order),
}

/// G8: no payout leaves while its programme is paused, its grant does not run, or its challenge
/// window is open. What had vested when a grant was terminated is still its grantee's.
pub fn may_leave(
    program: &ProgramHead,
    grant: &GrantHead,
    now: Timestamp,
) -> Result<(), GrantError> {
    program_in(program, &[ProgramState::Open, ProgramState::Closing])?;
    if now < grant.active_at {
        return Err(StateFault::ChallengeOpen { until: grant.active_at }.into());
    }
    // Accepted turns Active when its window is over; the clock only writes it down.
    grant_in(grant, &[GrantState::Accepted, GrantState::Active, GrantState::Terminated])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures;

    #[test]
    fn g8_nothing_leaves_while_paused_suspended_or_open_to_challenge() {
        let view = fixtures::grant(GrantState::Active, 500);
        let (program, grant) = (view.program.head, view.head);
        let now = grant.active_at;
        let leaves = |program, grant, now| may_leave(&program, &grant, now).is_ok();
        assert!(leaves(program, grant, now));
        let early = Timestamp::from_nanos(now.as_nanos() - 1);
        assert!(!leaves(program, grant, early), "the window is open");
        for state in ProgramState::ALL {
            let runs = matches!(state, ProgramState::Open | ProgramState::Closing);
            assert_eq!(leaves(ProgramHead { state, ..program }, grant, now), runs, "{state:?}");
        }
        for state in GrantState::ALL {
            use GrantState::{Accepted, Active, Terminated};
            let runs = matches!(state, Accepted | Active | Terminated);
            assert_eq!(leaves(program, GrantHead { state, ..grant }, now), runs, "{state:?}");
        }
    }

    #[test]
    fn g3_an_answer_counts_for_the_attempt_it_answers() {
        use PayoutState::{Failed, Quarantined, Queued, Sent, Settled};
        let order = |attempt, intent| Order {
            payout: 7,
            grant: 3,
            milestone: Some(2),
            from: Units::new(40),
            grantee: fixtures::alice(),
            amount: Units::new(5),
            asset: 1,
            attempt,
            intent,
        };
        assert_eq!(order(0, None).key(), "grant-3-milestone-2");
        assert_eq!(order(0, Some(4)).key(), order(0, None).key(), "handing over changes no key");
        assert_eq!(order(2, None).key(), "grant-3-milestone-2-2");
        let elsewhere = Order { payout: 8, from: Units::ZERO, ..order(2, None) };
        assert_eq!(elsewhere.key(), order(2, None).key(), "nor does another number");
        let stream = Order { milestone: None, ..order(0, None) };
        assert_eq!(stream.key(), "grant-3-from-40");
        let (grant, from) = (u32::MAX.into(), Units::new(crate::limits::MAX_BUDGET_UNITS));
        let longest = Order { grant, from, attempt: u32::MAX, ..stream };
        assert!(longest.key().len() <= 64, "execution takes it: {}", longest.key());
        let head = |state, failures, intent| PayoutHead {
            grant: crate::types::GrantId::new(3).expect("not zero"),
            milestone: None,
            amount: Units::new(5),
            from: Units::ZERO,
            state,
            queued_at: fixtures::start(),
            intent,
            failures,
            tries: 0,
            next_at: Timestamp::ZERO,
            told: None,
        };
        assert!(order(1, None).is_current(&head(Queued, 1, None)));
        assert!(!order(0, None).is_current(&head(Queued, 1, None)), "an older attempt");
        assert!(!order(1, None).is_current(&head(Sent, 1, Some(4))), "handed over meanwhile");
        assert!(order(1, Some(4)).is_current(&head(Sent, 1, Some(4))));
        assert!(order(1, Some(4)).is_current(&head(Quarantined, 1, Some(4))));
        assert!(!order(1, Some(4)).is_current(&head(Sent, 1, Some(5))), "another intent");
        for state in [Queued, Settled, Failed] {
            assert!(!order(1, Some(4)).is_current(&head(state, 1, Some(4))), "{state:?}");
        }
    }
}
