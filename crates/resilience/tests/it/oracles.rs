//! Waits and limits against independent implementations: a library, and a bucket of water.

use std::time::Duration as StdDuration;

use backon::{BackoffBuilder, ExponentialBuilder};
use granary_resilience::limiter::{Limited, Limiter, Rate};
use granary_resilience::retry::RetryPolicy;
use granary_units::{Bps, Duration, Timestamp};
use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

/// Nanoseconds of a 512th of a second times a power of two: `backon` multiplies in floating point,
/// and these are exact there.
fn exact(exponent: u32) -> u64 {
    1_953_125 << exponent
}

proptest! {
    /// Ours after attempt `n` is the `n`-th wait of `backon`, to the nanosecond.
    #[test]
    fn waits_are_those_of_backon(first in 0_u32..12, cap in 0_u32..20, attempts in 1_u32..40) {
        let (first, cap) = (exact(first), exact(cap.max(first)));
        let policy = RetryPolicy {
            first_delay: Duration::from_nanos(first),
            factor: 2,
            max_delay: Duration::from_nanos(cap),
            max_attempts: attempts,
            jitter: Bps::ZERO,
        };
        let theirs = ExponentialBuilder::new()
            .with_factor(2.0)
            .with_min_delay(StdDuration::from_nanos(first))
            .with_max_delay(StdDuration::from_nanos(cap))
            .with_max_times(usize::try_from(attempts - 1).expect("small"))
            .build();
        let mut waits = 0;
        for (n, theirs) in theirs.enumerate() {
            let n = u32::try_from(n).expect("small") + 1;
            let theirs = u64::try_from(theirs.as_nanos()).expect("hours");
            let ours = policy.base_delay(n).as_nanos();
            prop_assert_eq!(ours, theirs, "wait {}", n);
            prop_assert_eq!(policy.delay(n, u64::MAX).as_nanos(), ours);
            waits += 1;
        }
        prop_assert_eq!(waits, attempts - 1, "as many waits as there are further attempts");
    }

    /// Jitter takes away at most its share and never adds, so the cap holds for every operation.
    #[test]
    fn jitter_stays_in_its_share(
        first in 1_u64..1 << 40, factor in 1_u32..10, cap in 1_u64..1 << 50,
        attempt in 1_u32..100, jitter in 0_u16..=10_000, trace_id in any::<u64>()
    ) {
        let policy = RetryPolicy {
            first_delay: Duration::from_nanos(first),
            factor,
            max_delay: Duration::from_nanos(cap),
            max_attempts: 100,
            jitter: Bps::new(jitter).expect("a share"),
        };
        let base = policy.base_delay(attempt).as_nanos();
        let wait = policy.delay(attempt, trace_id).as_nanos();
        let least = u128::from(base) * u128::from(10_000 - jitter) / 10_000;
        prop_assert!(wait <= base && u128::from(wait) >= least, "{least} <= {wait} <= {base}");
        prop_assert!(wait <= cap);
    }

    /// Ours allows exactly what a bucket allows that is filled nanosecond by nanosecond.
    #[test]
    fn limits_are_those_of_a_bucket(
        every in 1_u64..5_000_000_000, burst in 1_u32..50,
        steps in proptest::collection::vec((0_u64..20_000_000_000, 1_u32..60), 1..200)
    ) {
        let rate = Rate { every: Duration::from_nanos(every), burst };
        let mut ours = Limiter::new();
        let mut theirs = Bucket::full(every, burst);
        let mut now = Timestamp::from_nanos(1_700_000_000_000_000_000);
        for (wait, cost) in steps {
            // Half of the steps stay within a few periods, where the interesting cases are.
            let wait = if wait % 2 == 0 { wait % (every * 3) } else { wait };
            now = now.saturating_add(Duration::from_nanos(wait));
            theirs.fill(wait);
            prop_assert_eq!(ours.tokens(&rate, now), theirs.tokens());
            let expected = match theirs.take(cost) {
                Ok(()) => Ok(()),
                Err(None) => Err(Limited::Never { most: u64::from(burst) }),
                Err(Some(wait)) => {
                    Err(Limited::Until(now.saturating_add(Duration::from_nanos(wait))))
                }
            };
            prop_assert_eq!(ours.take(&rate, cost, now), expected);
        }
    }
}

/// A bucket of water: a token is as many drops as it takes nanoseconds to come.
struct Bucket {
    drops: u64,
    token: u64,
    size: u64,
}

impl Bucket {
    fn full(token: u64, burst: u32) -> Self {
        let size = token * u64::from(burst);
        Self { drops: size, token, size }
    }

    fn fill(&mut self, nanos: u64) {
        self.drops = (self.drops + nanos).min(self.size);
    }

    fn tokens(&self) -> u32 {
        u32::try_from(self.drops / self.token).expect("at most the burst")
    }

    /// Takes the tokens, or says how long to wait for them; none when it never holds so many.
    fn take(&mut self, tokens: u32) -> Result<(), Option<u64>> {
        let wanted = self.token * u64::from(tokens);
        if wanted > self.size {
            return Err(None);
        }
        match self.drops.checked_sub(wanted) {
            Some(rest) => {
                self.drops = rest;
                Ok(())
            }
            None => Err(Some(wanted - self.drops)),
        }
    }
}
