//! Healthy, degraded or critical, from what was seen.

use core::fmt;

use granary_units::Timestamp;
use minicbor::{Decode, Encode};

/// How something is. Elsewhere `Unhealthy` is said for [`Level::Critical`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum Level {
    /// As it should be.
    #[default]
    #[n(0)]
    Healthy,
    /// It works, and someone should look.
    #[n(1)]
    Degraded,
    /// It does not work.
    #[n(2)]
    Critical,
}

impl Level {
    /// Its name in labels.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Critical => "critical",
        }
    }

    /// The level that `name` says, old names included.
    pub fn of_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "healthy" => Some(Self::Healthy),
            "degraded" => Some(Self::Degraded),
            "critical" | "unhealthy" => Some(Self::Critical),
            _ => None,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Consecutive failures at which the level falls. A zero means one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckRule {
    /// So many make it degraded.
    pub degraded_after: u32,
    /// So many make it critical.
    pub critical_after: u32,
    /// So many successes make a level that fell healthy again.
    pub healthy_after: u32,
}

/// How one thing that is probed from time to time is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct HealthChecker {
    #[n(0)]
    level: Level,
    #[n(1)]
    failures: u32,
    #[n(2)]
    successes: u32,
    #[n(3)]
    last_check: Option<Timestamp>,
    #[n(4)]
    last_failure: Option<Timestamp>,
}

impl HealthChecker {
    /// Healthy until something else is seen.
    pub const fn new() -> Self {
        let (last_check, last_failure) = (None, None);
        Self { level: Level::Healthy, failures: 0, successes: 0, last_check, last_failure }
    }

    /// A probe ended at `now`; answers the level since then.
    pub fn record(&mut self, rule: &CheckRule, healthy: bool, now: Timestamp) -> Level {
        self.last_check = Some(now);
        if healthy {
            self.failures = 0;
            self.successes = self.successes.saturating_add(1);
            if self.successes >= rule.healthy_after.max(1) {
                self.level = Level::Healthy;
            }
            return self.level;
        }
        self.last_failure = Some(now);
        self.successes = 0;
        self.failures = self.failures.saturating_add(1);
        if self.failures >= rule.critical_after.max(1) {
            self.level = Level::Critical;
        } else if self.failures >= rule.degraded_after.max(1) {
            self.level = self.level.max(Level::Degraded);
        }
        self.level
    }

    /// How it is.
    pub const fn level(&self) -> Level {
        self.level
    }

    /// Failures since the last success.
    pub const fn failures(&self) -> u32 {
        self.failures
    }

    /// When it was probed last.
    pub const fn last_check(&self) -> Option<Timestamp> {
        self.last_check
    }

    /// When a probe failed last.
    pub const fn last_failure(&self) -> Option<Timestamp> {
        self.last_failure
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: CheckRule = CheckRule { degraded_after: 1, critical_after: 3, healthy_after: 2 };

    fn levels(probes: &[bool]) -> Vec<&'static str> {
        let mut checker = HealthChecker::new();
        let now = |n: usize| Timestamp::from_nanos(u64::try_from(n).expect("small"));
        let seen = probes.iter().enumerate();
        seen.map(|(n, healthy)| checker.record(&RULE, *healthy, now(n)).name()).collect()
    }

    #[test]
    fn failures_in_a_row_lower_the_level() {
        assert_eq!(
            levels(&[true, false, false, false]),
            ["healthy", "degraded", "degraded", "critical"]
        );
        assert_eq!(levels(&[false, true, false, true]), ["degraded"; 4]);
    }

    #[test]
    fn it_takes_successes_to_recover() {
        assert_eq!(
            levels(&[false, false, false, true, true]),
            ["degraded", "degraded", "critical", "critical", "healthy"]
        );
        assert_eq!(levels(&[false, false, false, true, false]).last(), Some(&"critical"));
    }

    #[test]
    fn it_remembers_when() {
        let mut checker = HealthChecker::new();
        assert_eq!(checker.last_check(), None);
        checker.record(&RULE, false, Timestamp::from_nanos(5));
        checker.record(&RULE, true, Timestamp::from_nanos(9));
        assert_eq!(checker.last_failure(), Some(Timestamp::from_nanos(5)));
        assert_eq!(checker.last_check(), Some(Timestamp::from_nanos(9)));
        assert_eq!((checker.failures(), checker.level()), (0, Level::Degraded));
        let bytes = minicbor::to_vec(&checker).expect("writing to a vector");
        assert_eq!(minicbor::decode::<HealthChecker>(&bytes).expect("own bytes"), checker);
    }

    #[test]
    fn the_worst_is_the_greatest_and_old_names_are_known() {
        assert_eq!(
            [Level::Degraded, Level::Critical, Level::Healthy].iter().max(),
            Some(&Level::Critical)
        );
        assert_eq!(Level::of_name("Unhealthy"), Some(Level::Critical));
        assert_eq!(Level::of_name("healthy"), Some(Level::Healthy));
        assert_eq!(Level::of_name("well"), None);
    }
}
