//! So many per time, remembered as one number: the generic cell rate algorithm.
//!
//! The number is the time at which the bucket would be full again. It needs no job that refills,
//! has nothing to round, and fits eight bytes of anyone's record.

use core::fmt;

use granary_units::{Duration, Timestamp};
use minicbor::{Decode, Encode};

/// How fast tokens come and how many wait at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Time in which one token comes; at least a nanosecond.
    pub every: Duration,
    /// Most tokens that can be taken at once; at least one.
    pub burst: u32,
}

impl Rate {
    /// `tokens` per second, taken at most `burst` at once. Rounds towards fewer tokens.
    pub fn per_second(tokens: u32, burst: u32) -> Self {
        let every = 1_000_000_000_u64.div_ceil(u64::from(tokens.max(1)));
        Self { every: Duration::from_nanos(every), burst }
    }

    fn every(&self) -> u64 {
        self.every.as_nanos().max(1)
    }

    /// Time in which an empty bucket becomes full.
    fn capacity(&self) -> u64 {
        self.every().saturating_mul(u64::from(self.burst.max(1)))
    }
}

/// Why something was not allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limited {
    /// Too early.
    Until(Timestamp),
    /// More than can ever be allowed at once.
    Never {
        /// The most that can.
        most: u64,
    },
}

impl fmt::Display for Limited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Until(at) => write!(f, "too many requests; the next is taken at {at}"),
            Self::Never { most } => write!(f, "at most {most} are taken at once"),
        }
    }
}

impl std::error::Error for Limited {}

/// One caller's place in a [`Rate`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Limiter {
    /// When the bucket is full again.
    #[n(0)]
    full_at: Timestamp,
}

impl Limiter {
    /// A full bucket.
    pub const fn new() -> Self {
        Self { full_at: Timestamp::ZERO }
    }

    /// Takes `cost` tokens at `now`, or says when they will be there. Refused is unchanged.
    pub fn take(&mut self, rate: &Rate, cost: u32, now: Timestamp) -> Result<(), Limited> {
        if cost > rate.burst.max(1) {
            return Err(Limited::Never { most: u64::from(rate.burst.max(1)) });
        }
        let weight = rate.every().saturating_mul(u64::from(cost));
        let full_at = now
            .saturating_add(Duration::from_nanos(self.missing(rate, now).saturating_add(weight)));
        let latest = now.saturating_add(Duration::from_nanos(rate.capacity()));
        if full_at > latest {
            let wait = full_at.saturating_since(latest);
            return Err(Limited::Until(now.saturating_add(wait)));
        }
        self.full_at = full_at;
        Ok(())
    }

    /// Tokens that can be taken at `now`.
    pub fn tokens(self, rate: &Rate, now: Timestamp) -> u32 {
        let there = rate.capacity().saturating_sub(self.missing(rate, now));
        let tokens = there.checked_div(rate.every()).unwrap_or(0);
        u32::try_from(tokens).unwrap_or(u32::MAX)
    }

    /// Whether nothing was taken that has not come back: such a row need not be kept.
    pub fn is_full(self, now: Timestamp) -> bool {
        self.full_at <= now
    }

    /// Time that is missing for a full bucket. Never more than an empty bucket needs, so that a
    /// clock that was wrong once shuts nobody out.
    fn missing(self, rate: &Rate, now: Timestamp) -> u64 {
        self.full_at.saturating_since(now).as_nanos().min(rate.capacity())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { every: Duration::seconds(2), burst: 5 };

    fn at(seconds: u32) -> Timestamp {
        Timestamp::ZERO.saturating_add(Duration::seconds(seconds))
    }

    #[test]
    fn a_burst_and_then_one_per_period() {
        let mut limiter = Limiter::new();
        for _ in 0..5 {
            assert_eq!(limiter.take(&RATE, 1, at(100)), Ok(()));
        }
        assert_eq!(limiter.take(&RATE, 1, at(100)), Err(Limited::Until(at(102))));
        assert_eq!(limiter.take(&RATE, 1, at(101)), Err(Limited::Until(at(102))));
        assert_eq!(limiter.take(&RATE, 1, at(102)), Ok(()));
        assert_eq!(limiter.take(&RATE, 2, at(102)), Err(Limited::Until(at(106))));
    }

    #[test]
    fn tokens_come_back_and_stop_at_the_burst() {
        let mut limiter = Limiter::new();
        assert_eq!(limiter.take(&RATE, 5, at(100)), Ok(()));
        let counts: Vec<u32> =
            [100, 101, 102, 105, 110, 10_000].map(|s| limiter.tokens(&RATE, at(s))).to_vec();
        assert_eq!(counts, [0, 0, 1, 2, 5, 5]);
    }

    #[test]
    fn more_than_the_burst_is_never_allowed() {
        let mut limiter = Limiter::new();
        assert_eq!(limiter.take(&RATE, 6, at(100)), Err(Limited::Never { most: 5 }));
        assert_eq!(limiter.tokens(&RATE, at(100)), 5, "a refusal takes nothing");
    }

    #[test]
    fn equal_times_never_add_tokens() {
        let mut limiter = Limiter::new();
        let mut before = limiter.tokens(&RATE, at(100));
        while limiter.take(&RATE, 1, at(100)).is_ok() {
            let after = limiter.tokens(&RATE, at(100));
            assert_eq!(after, before - 1);
            before = after;
        }
        assert_eq!(before, 0);
    }

    #[test]
    fn a_clock_that_was_wrong_shuts_nobody_out() {
        let mut limiter = Limiter::new();
        assert_eq!(limiter.take(&RATE, 5, at(4_000_000)), Ok(()));
        assert_eq!(limiter.take(&RATE, 1, at(100)), Err(Limited::Until(at(102))));
    }

    #[test]
    fn per_second_rounds_towards_fewer() {
        assert_eq!(Rate::per_second(3, 1).every.as_nanos(), 333_333_334);
        assert_eq!(Rate::per_second(0, 1).every, Duration::seconds(1));
    }

    #[test]
    fn the_ends_of_the_numbers_are_no_trap() {
        let fast = Rate { every: Duration::ZERO, burst: 0 };
        let mut limiter = Limiter::new();
        assert_eq!(limiter.take(&fast, 1, Timestamp::MAX), Ok(()));
        assert_eq!(limiter.take(&fast, u32::MAX, at(1)), Err(Limited::Never { most: 1 }));
        let slow = Rate { every: Duration::from_nanos(u64::MAX), burst: u32::MAX };
        let mut limiter = Limiter::new();
        let _ = limiter.take(&slow, u32::MAX, Timestamp::MAX);
        assert!(limiter.tokens(&slow, at(1)) <= 1);
    }
}
