//! One operation's attempts: stored with its intent or job, read by people when it is stuck.

use granary_units::Timestamp;
use minicbor::{Decode, Encode};

use crate::failure::{Failure, FailureKind};
use crate::retry::{Next, RetryPolicy};

/// Errors kept per operation.
pub const MAX_ERRORS: usize = 10;
/// Longest reason kept, in bytes.
pub const MAX_REASON_BYTES: usize = 200;

/// One failed attempt.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Attempt {
    /// Its number, from one.
    #[n(0)]
    pub number: u32,
    /// When it failed.
    #[n(1)]
    pub at: Timestamp,
    /// What kind of failure it was.
    #[n(2)]
    pub kind: FailureKind,
    /// Why, cut to [`MAX_REASON_BYTES`].
    #[n(3)]
    pub reason: String,
}

/// The attempts of one operation; the part of its record that recovery needs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct RecoveryContext {
    /// Follows the operation through every log, and decides its jitter.
    #[n(0)]
    pub trace_id: u64,
    /// Attempts that failed since it last succeeded.
    #[n(1)]
    pub attempts: u32,
    /// When the first of them failed.
    #[n(2)]
    pub failing_since: Option<Timestamp>,
    /// Not to be tried before this time.
    #[n(3)]
    pub next_at: Option<Timestamp>,
    /// The last failures, oldest first, at most [`MAX_ERRORS`].
    #[n(4)]
    pub errors: Vec<Attempt>,
}

impl RecoveryContext {
    /// Nothing was tried yet.
    pub const fn new(trace_id: u64) -> Self {
        Self { trace_id, attempts: 0, failing_since: None, next_at: None, errors: Vec::new() }
    }

    /// Whether the operation may be tried at `now`.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.next_at.is_none_or(|at| now >= at)
    }

    /// An attempt failed at `now`: counts it, keeps why, and says what happens next.
    pub fn failed(&mut self, policy: &RetryPolicy, failure: &Failure, now: Timestamp) -> Next {
        self.attempts = self.attempts.saturating_add(1);
        self.failing_since.get_or_insert(now);
        let end = failure.reason.floor_char_boundary(MAX_REASON_BYTES);
        let reason = failure.reason.get(..end).unwrap_or_default().to_owned();
        self.errors.push(Attempt { number: self.attempts, at: now, kind: failure.kind, reason });
        if self.errors.len() > MAX_ERRORS {
            self.errors.remove(0);
        }
        let next = policy.next(self.attempts, self.trace_id, failure, now);
        self.next_at = match next {
            Next::Retry { at } => Some(at),
            Next::GiveUp | Next::Exhausted | Next::Reconcile => None,
        };
        next
    }

    /// The operation succeeded: the count begins anew, the errors stay for whoever asks.
    pub const fn succeeded(&mut self) {
        self.attempts = 0;
        self.failing_since = None;
        self.next_at = None;
    }

    /// The newest failure.
    pub fn last_error(&self) -> Option<&Attempt> {
        self.errors.last()
    }
}

#[cfg(test)]
mod tests {
    use granary_units::{Bps, Duration};

    use super::*;

    const POLICY: RetryPolicy = RetryPolicy {
        first_delay: Duration::seconds(1),
        factor: 2,
        max_delay: Duration::seconds(60),
        max_attempts: 12,
        jitter: Bps::ZERO,
    };

    fn at(seconds: u32) -> Timestamp {
        Timestamp::ZERO.saturating_add(Duration::seconds(seconds))
    }

    fn busy(n: u32) -> Failure {
        Failure::new(FailureKind::Temporary, format!("busy {n}"))
    }

    #[test]
    fn the_last_ten_errors_are_kept() {
        let mut context = RecoveryContext::new(1);
        for n in 1..=11 {
            let next = context.failed(&POLICY, &busy(n), at(n * 100));
            assert!(matches!(next, Next::Retry { .. }), "{n}: {next:?}");
        }
        assert_eq!(context.failed(&POLICY, &busy(12), at(1_200)), Next::Exhausted);
        let numbers: Vec<u32> = context.errors.iter().map(|error| error.number).collect();
        assert_eq!(numbers, [3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        assert_eq!(context.last_error().map(|error| error.reason.as_str()), Some("busy 12"));
        assert_eq!(context.failing_since, Some(at(100)));
    }

    #[test]
    fn it_is_due_when_the_wait_is_over() {
        let mut context = RecoveryContext::new(1);
        assert!(context.is_due(at(0)));
        context.failed(&POLICY, &busy(1), at(10));
        assert!(!context.is_due(at(10)));
        assert!(context.is_due(at(11)));
    }

    #[test]
    fn success_begins_anew() {
        let mut context = RecoveryContext::new(1);
        context.failed(&POLICY, &busy(1), at(10));
        context.failed(&POLICY, &busy(2), at(20));
        context.succeeded();
        assert_eq!((context.attempts, context.failing_since, context.next_at), (0, None, None));
        let next = context.failed(&POLICY, &busy(3), at(30));
        assert_eq!(next, Next::Retry { at: at(31) }, "the first wait again");
        assert_eq!(context.errors.len(), 3, "what happened stays readable");
    }

    #[test]
    fn an_unknown_outcome_is_never_due_by_itself() {
        let mut context = RecoveryContext::new(1);
        let lost = Failure::new(FailureKind::OutcomeUnknown, "no answer");
        assert_eq!(context.failed(&POLICY, &lost, at(10)), Next::Reconcile);
        assert_eq!(context.next_at, None);
    }

    #[test]
    fn reasons_are_cut_at_a_character() {
        let mut context = RecoveryContext::new(1);
        let long = Failure::new(FailureKind::Permanent, "ü".repeat(150));
        context.failed(&POLICY, &long, at(1));
        assert_eq!(context.last_error().map(|error| error.reason.len()), Some(200));
        let odd = Failure::new(FailureKind::Permanent, format!("x{}", "ü".repeat(150)));
        context.failed(&POLICY, &odd, at(2));
        assert_eq!(context.last_error().map(|error| error.reason.len()), Some(199));
    }

    #[test]
    fn it_comes_back_from_storage() {
        let mut context = RecoveryContext::new(u64::MAX);
        context.failed(&POLICY, &busy(1), at(10));
        let bytes = minicbor::to_vec(&context).expect("writing to a vector");
        assert_eq!(minicbor::decode::<RecoveryContext>(&bytes).expect("own bytes"), context);
    }
}
