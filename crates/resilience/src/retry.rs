//! When to try again.

use granary_units::{Bps, Duration, Timestamp};

use crate::failure::{Failure, Remedy};

/// How often, and after which waits, something is tried again.
///
/// The wait after attempt `n` is `first_delay * factor^(n - 1)`, at most `max_delay`, less a share
/// of up to `jitter` that follows from the trace id: the same operation waits the same, and two
/// operations that failed together do not come back together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Wait after the first attempt.
    pub first_delay: Duration,
    /// By how much each wait is longer than the one before; 1 keeps it.
    pub factor: u32,
    /// Longest wait.
    pub max_delay: Duration,
    /// Attempts in all, the first included; at least one is made.
    pub max_attempts: u32,
    /// Largest share of a wait that jitter takes away.
    pub jitter: Bps,
}

/// What happens after a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Try again at this time.
    Retry {
        /// When.
        at: Timestamp,
    },
    /// Do not try again: it would not help.
    GiveUp,
    /// Do not try again: it was tried often enough.
    Exhausted,
    /// Find out whether it happened.
    Reconcile,
}

impl RetryPolicy {
    /// The wait after `attempts` attempts, before jitter. No attempt, no wait.
    pub fn base_delay(&self, attempts: u32) -> Duration {
        let Some(doublings) = attempts.checked_sub(1) else { return Duration::ZERO };
        let grown = u64::from(self.factor)
            .checked_pow(doublings)
            .and_then(|times| self.first_delay.as_nanos().checked_mul(times))
            .unwrap_or(if self.first_delay == Duration::ZERO { 0 } else { u64::MAX });
        Duration::from_nanos(grown.min(self.max_delay.as_nanos()))
    }

    /// The wait after `attempts` attempts of the operation with this trace id.
    pub fn delay(&self, attempts: u32, trace_id: u64) -> Duration {
        let base = self.base_delay(attempts).as_nanos();
        let share = spread(trace_id, attempts);
        // base * jitter / 10_000 * share / 2^32, in 128 bits: below base, so the rest is positive.
        let cut = u128::from(base)
            .saturating_mul(u128::from(self.jitter.get()))
            .checked_div(u128::from(Bps::WHOLE.get()))
            .unwrap_or(0)
            .saturating_mul(u128::from(share))
            >> 32;
        Duration::from_nanos(base.saturating_sub(u64::try_from(cut).unwrap_or(base)))
    }

    /// What happens after attempt number `attempts` failed at `now`.
    ///
    /// A time that the failure names is respected also when the wait would be shorter, but never
    /// beyond twice the longest wait: a peer cannot put us off for ever.
    pub fn next(&self, attempts: u32, trace_id: u64, failure: &Failure, now: Timestamp) -> Next {
        match failure.kind.remedy() {
            Remedy::GiveUp => Next::GiveUp,
            Remedy::Reconcile => Next::Reconcile,
            Remedy::TryAgain if attempts >= self.max_attempts => Next::Exhausted,
            Remedy::TryAgain => {
                let ours = now.saturating_add(self.delay(attempts, trace_id));
                let latest = now.saturating_add(self.max_delay).saturating_add(self.max_delay);
                let theirs = failure.not_before.unwrap_or(now).min(latest);
                Next::Retry { at: ours.max(theirs) }
            }
        }
    }

    /// The sum of all waits before the policy is exhausted, before jitter: how long an operation
    /// that always fails at once stays open.
    pub fn longest(&self) -> Duration {
        (1..self.max_attempts).fold(Duration::ZERO, |sum, attempt| {
            Duration::from_nanos(sum.as_nanos().saturating_add(self.base_delay(attempt).as_nanos()))
        })
    }
}

/// A number below 2^32 that follows from the trace id and the attempt and looks random.
///
/// Two rounds of a multiply-and-shift mix: neighbouring ids and attempts give unrelated numbers.
fn spread(trace_id: u64, attempts: u32) -> u32 {
    let step = u64::from(attempts).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut mixed = trace_id ^ step;
    for _ in 0..2 {
        mixed = (mixed ^ (mixed >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    }
    u32::try_from(mixed >> 32).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::FailureKind;

    fn policy() -> RetryPolicy {
        RetryPolicy {
            first_delay: Duration::seconds(1),
            factor: 2,
            max_delay: Duration::seconds(60),
            max_attempts: 5,
            jitter: Bps::new(5_000).expect("half"),
        }
    }

    const NOW: Timestamp = Timestamp::from_nanos(1_000_000_000_000);

    #[test]
    fn waits_double_up_to_the_cap() {
        let seconds: Vec<u64> =
            (0..10).map(|attempt| policy().base_delay(attempt).as_secs()).collect();
        assert_eq!(seconds, [0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }

    #[test]
    fn the_cap_holds_at_every_attempt() {
        let steep = RetryPolicy { factor: u32::MAX, ..policy() };
        for attempts in [2, 3, 63, 64, 65, 1_000, u32::MAX] {
            assert_eq!(policy().base_delay(attempts.max(8)), Duration::seconds(60));
            assert_eq!(steep.base_delay(attempts), Duration::seconds(60));
        }
        let none = RetryPolicy { first_delay: Duration::ZERO, ..steep };
        assert_eq!(none.base_delay(u32::MAX), Duration::ZERO, "no wait stays no wait");
    }

    #[test]
    fn a_factor_of_one_keeps_the_wait() {
        let even = RetryPolicy { factor: 1, ..policy() };
        assert_eq!(even.base_delay(1), even.base_delay(1_000));
    }

    #[test]
    fn jitter_is_the_same_for_the_same_operation_only() {
        let policy = policy();
        assert_eq!(policy.delay(4, 7), policy.delay(4, 7));
        let mut waits: Vec<u64> = (0..100).map(|id| policy.delay(4, id).as_nanos()).collect();
        waits.sort_unstable();
        waits.dedup();
        assert_eq!(waits.len(), 100, "a hundred operations, a hundred waits");
        assert!(waits.iter().all(|wait| (4_000_000_000..=8_000_000_000).contains(wait)));
        // They fill the range: the largest gap of a hundred even draws of 4 s is far below 1 s.
        let gap = waits.windows(2).map(|pair| pair[1] - pair[0]).max();
        assert!(gap < Some(500_000_000), "{gap:?}");
    }

    #[test]
    fn without_jitter_the_wait_is_the_base() {
        let exact = RetryPolicy { jitter: Bps::ZERO, ..policy() };
        assert_eq!(exact.delay(3, 99), exact.base_delay(3));
        let whole = RetryPolicy { jitter: Bps::WHOLE, ..policy() };
        assert!((0..1_000).all(|id| whole.delay(3, id) <= whole.base_delay(3)));
    }

    #[test]
    fn attempts_end() {
        let failure = Failure::new(FailureKind::Temporary, "busy");
        let exact = RetryPolicy { jitter: Bps::ZERO, ..policy() };
        let at = NOW.saturating_add(Duration::seconds(8));
        assert_eq!(exact.next(4, 0, &failure, NOW), Next::Retry { at });
        assert_eq!(exact.next(5, 0, &failure, NOW), Next::Exhausted);
        assert_eq!(exact.longest().as_secs(), 1 + 2 + 4 + 8);
    }

    #[test]
    fn what_must_not_be_repeated_is_not() {
        let next = |kind| policy().next(1, 0, &Failure::new(kind, ""), NOW);
        assert_eq!(next(FailureKind::Permanent), Next::GiveUp);
        assert_eq!(next(FailureKind::OutcomeUnknown), Next::Reconcile);
        assert!(matches!(next(FailureKind::RateLimited), Next::Retry { .. }));
    }

    #[test]
    fn a_named_time_is_respected_within_reason() {
        let named = |seconds| {
            let at = NOW.saturating_add(Duration::seconds(seconds));
            let failure = Failure::new(FailureKind::RateLimited, "").not_before(at);
            match policy().next(1, 0, &failure, NOW) {
                Next::Retry { at } => at.saturating_since(NOW).as_secs(),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(named(30), 30);
        assert_eq!(named(100_000), 120, "twice the longest wait");
        assert_eq!(named(0), 0, "our own wait, which is below a second after jitter");
    }
}
