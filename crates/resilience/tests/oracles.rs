//! Waits and limits against independent implementations.

use std::num::NonZeroU32;
use std::time::Duration as StdDuration;

use backon::{BackoffBuilder, ExponentialBuilder};
use governor::clock::FakeRelativeClock;
use governor::{Quota, RateLimiter};
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

    /// Ours allows exactly what `governor` allows, request by request.
    #[test]
    fn limits_are_those_of_governor(
        every in 1_u64..5_000_000_000, burst in 1_u32..50,
        steps in proptest::collection::vec((0_u64..20_000_000_000, 1_u32..60), 1..200)
    ) {
        let clock = FakeRelativeClock::default();
        let quota = Quota::with_period(StdDuration::from_nanos(every))
            .expect("not zero")
            .allow_burst(NonZeroU32::new(burst).expect("not zero"));
        let theirs = RateLimiter::direct_with_clock(quota, clock.clone());
        let rate = Rate { every: Duration::from_nanos(every), burst };
        let mut ours = Limiter::new();
        // Any beginning will do; theirs counts from the moment it was made.
        let mut now = Timestamp::from_nanos(1_700_000_000_000_000_000);
        for (wait, cost) in steps {
            // Half of the steps stay within a few periods, where the interesting cases are.
            let wait = if wait % 2 == 0 { wait % (every * 3) } else { wait };
            clock.advance(StdDuration::from_nanos(wait));
            now = now.saturating_add(Duration::from_nanos(wait));
            let cost_of_theirs = NonZeroU32::new(cost).expect("not zero");
            match (ours.take(&rate, cost, now), theirs.check_n(cost_of_theirs)) {
                (Ok(()), Ok(Ok(())))
                | (Err(Limited::Until(_)), Ok(Err(_)))
                | (Err(Limited::Never { .. }), Err(_)) => {}
                (ours, theirs) => prop_assert!(false, "{cost} at {now}: {ours:?}, {theirs:?}"),
            }
        }
    }
}
