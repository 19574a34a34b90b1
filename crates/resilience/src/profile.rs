//! The figures, in one place, for production, development and tests.

use granary_units::{Bps, Duration};

use crate::batch::BatchRule;
use crate::breaker::BreakerRule;
use crate::checker::CheckRule;
use crate::limiter::Rate;
use crate::retry::RetryPolicy;

/// Which figures apply. It is a part of the health report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResilienceProfile {
    /// Patient and careful: what guards money.
    Production,
    /// Quick, so that a person at a terminal sees what happens.
    Development,
    /// Shortest waits and smallest thresholds, no jitter: tests see every transition.
    Testing,
}

/// The figures of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Trying again.
    pub retry: RetryPolicy,
    /// Not asking who does not answer.
    pub breaker: BreakerRule,
    /// Probing peers.
    pub check: CheckRule,
    /// Requests of one caller.
    pub rate: Rate,
    /// Work in groups.
    pub batch: BatchRule,
    /// How long a peer's health is taken as known.
    pub health_ttl: Duration,
}

impl ResilienceProfile {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Production, Self::Development, Self::Testing];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Development => "development",
            Self::Testing => "testing",
        }
    }

    /// The profile with this name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.name() == name)
    }

    /// Whether a canister may be installed with it where money is real.
    pub const fn is_for_mainnet(self) -> bool {
        matches!(self, Self::Production)
    }

    /// Its figures.
    pub const fn policy(self) -> Policy {
        match self {
            Self::Production => PRODUCTION,
            Self::Development => DEVELOPMENT,
            Self::Testing => TESTING,
        }
    }
}

const HALF: Bps = match Bps::new(5_000) {
    Ok(half) => half,
    Err(_) => Bps::ZERO,
};

const PRODUCTION: Policy = Policy {
    // 1, 2, 4 … 512, then 900 s: an operation that always fails is given up after about 47 minutes.
    retry: RetryPolicy {
        first_delay: Duration::seconds(1),
        factor: 2,
        max_delay: Duration::seconds(900),
        max_attempts: 13,
        jitter: HALF,
    },
    breaker: BreakerRule {
        failure_threshold: 5,
        success_threshold: 3,
        open_for: Duration::seconds(60),
        probe_budget: 1,
        probe_timeout: Duration::seconds(120),
    },
    check: CheckRule { degraded_after: 1, critical_after: 3, healthy_after: 2 },
    rate: Rate { every: Duration::seconds(1), burst: 10 },
    batch: BatchRule {
        size: 100,
        age: Duration::seconds(60),
        instructions: 2_000_000_000,
        capacity: 10_000,
    },
    health_ttl: Duration::seconds(30),
};

const DEVELOPMENT: Policy = Policy {
    retry: RetryPolicy { max_delay: Duration::seconds(30), max_attempts: 6, ..PRODUCTION.retry },
    breaker: BreakerRule {
        failure_threshold: 3,
        success_threshold: 2,
        open_for: Duration::seconds(10),
        ..PRODUCTION.breaker
    },
    rate: Rate { every: Duration::from_nanos(100_000_000), burst: 50 },
    batch: BatchRule { size: 10, age: Duration::seconds(5), ..PRODUCTION.batch },
    health_ttl: Duration::seconds(5),
    ..PRODUCTION
};

const TESTING: Policy = Policy {
    retry: RetryPolicy {
        max_delay: Duration::seconds(4),
        max_attempts: 4,
        jitter: Bps::ZERO,
        ..PRODUCTION.retry
    },
    breaker: BreakerRule {
        failure_threshold: 2,
        success_threshold: 1,
        open_for: Duration::seconds(2),
        probe_budget: 1,
        probe_timeout: Duration::seconds(4),
    },
    check: CheckRule { degraded_after: 1, critical_after: 2, healthy_after: 1 },
    rate: Rate { every: Duration::seconds(1), burst: 3 },
    batch: BatchRule {
        size: 3,
        age: Duration::seconds(1),
        instructions: 50_000_000,
        capacity: 100,
    },
    health_ttl: Duration::seconds(1),
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_production_guards_money() {
        let fit = ResilienceProfile::ALL.map(ResilienceProfile::is_for_mainnet);
        assert_eq!(fit, [true, false, false]);
    }

    #[test]
    fn names_find_their_profile() {
        for profile in ResilienceProfile::ALL {
            assert_eq!(ResilienceProfile::of_name(profile.name()), Some(profile));
        }
        assert_eq!(ResilienceProfile::of_name("staging"), None);
    }

    #[test]
    fn each_profile_is_more_patient_than_the_next() {
        let [production, development, testing] =
            ResilienceProfile::ALL.map(ResilienceProfile::policy);
        let pairs = [(production, development), (development, testing)];
        for (patient, quick) in pairs {
            assert!(patient.retry.longest() > quick.retry.longest());
            assert!(patient.breaker.open_for > quick.breaker.open_for);
            assert!(patient.health_ttl > quick.health_ttl);
        }
        assert_eq!(production.retry.longest().as_secs(), 1_023 + 2 * 900);
        assert_eq!(testing.retry.jitter, Bps::ZERO);
    }

    #[test]
    fn no_figure_is_out_of_place() {
        for profile in ResilienceProfile::ALL {
            let Policy { retry, breaker, check, rate, batch, .. } = profile.policy();
            assert!(retry.first_delay < retry.max_delay && retry.max_attempts > 1);
            assert!(breaker.probe_budget > 0 && breaker.probe_timeout > breaker.open_for);
            assert!(check.degraded_after < check.critical_after);
            assert!(rate.burst > 0 && batch.size < batch.capacity);
        }
    }
}
