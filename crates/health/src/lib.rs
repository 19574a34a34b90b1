//! From watched figures to one of three words, with the reason.
//!
//! A canister makes a [`Check`] for each part it watches; [`report`] turns the checks into what
//! goes on the wire. The whole is never better than its worst part.
//!
//! | helper | Healthy | Degraded | Critical |
//! |---|---|---|---|
//! | [`Check::capacity`] | below 80 % | from 80 % | full |
//! | [`Check::memory`] | below 80 % | from 80 % | above 90 % |
//! | [`Check::error_rate`] | below 5 %, or under 20 calls | 5 % to 10 %, both in | above 10 % |
//! | [`Check::heartbeat`] | up to 3 intervals old | older than 3 | older than 10 |
//! | [`Check::require`] | condition holds | as the caller says | as the caller says |

#![warn(missing_docs)]

use granary_api::common::{ComponentHealth, HealthStatus};

/// Share of a capacity from which it is Degraded, in basis points.
pub const CAPACITY_DEGRADED_BPS: u128 = 8_000;
/// Share of memory above which it is Critical, in basis points.
pub const MEMORY_CRITICAL_BPS: u128 = 9_000;
/// Share of failed calls from which they are Degraded, in basis points.
pub const ERRORS_DEGRADED_BPS: u128 = 500;
/// Share of failed calls above which they are Critical, in basis points.
pub const ERRORS_CRITICAL_BPS: u128 = 1_000;
/// Calls below which a share of failures says nothing.
pub const MIN_SAMPLES: u64 = 20;
/// Intervals after which a heartbeat counts as missed.
pub const MISSED_INTERVALS: u64 = 3;
/// Intervals after which nothing seems to run any more.
pub const SILENT_INTERVALS: u64 = 10;

const WHOLE_BPS: u128 = 10_000;

/// One watched part and how it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Name of the part, such as `memory`.
    pub name: &'static str,
    /// How it is.
    pub status: HealthStatus,
    /// Why it is not Healthy, in one sentence; empty when it is.
    pub reason: String,
}

impl Check {
    /// A part that is well.
    pub const fn healthy(name: &'static str) -> Self {
        Self { name, status: HealthStatus::Healthy, reason: String::new() }
    }

    /// A part that is `status` because of `reason`.
    pub fn not_healthy(
        name: &'static str,
        status: HealthStatus,
        reason: impl Into<String>,
    ) -> Self {
        Self { name, status, reason: reason.into() }
    }

    /// A condition that must hold; `otherwise` and `reason` tell what it means when it does not.
    pub fn require(name: &'static str, holds: bool, otherwise: HealthStatus, reason: &str) -> Self {
        if holds { Self::healthy(name) } else { Self::not_healthy(name, otherwise, reason) }
    }

    /// A bounded number of things.
    pub fn capacity(name: &'static str, used: u64, limit: u64) -> Self {
        let status = if used >= limit {
            HealthStatus::Critical
        } else if parts(used) >= share(limit, CAPACITY_DEGRADED_BPS) {
            HealthStatus::Degraded
        } else {
            return Self::healthy(name);
        };
        Self::not_healthy(name, status, format!("{used} of {limit} are used"))
    }

    /// Bytes of memory.
    pub fn memory(name: &'static str, used_bytes: u64, limit_bytes: u64) -> Self {
        let used = parts(used_bytes);
        let status = if used > share(limit_bytes, MEMORY_CRITICAL_BPS) {
            HealthStatus::Critical
        } else if used >= share(limit_bytes, CAPACITY_DEGRADED_BPS) {
            HealthStatus::Degraded
        } else {
            return Self::healthy(name);
        };
        // Bytes are for trusted callers; the share is for all.
        let percent = used.checked_div(u128::from(limit_bytes) * 100).unwrap_or(100);
        Self::not_healthy(name, status, format!("{percent} % of memory is used"))
    }

    /// Failed calls among all calls of a period.
    pub fn error_rate(name: &'static str, failed: u64, all: u64) -> Self {
        if all < MIN_SAMPLES {
            return Self::healthy(name);
        }
        let status = if parts(failed) > share(all, ERRORS_CRITICAL_BPS) {
            HealthStatus::Critical
        } else if parts(failed) >= share(all, ERRORS_DEGRADED_BPS) {
            HealthStatus::Degraded
        } else {
            return Self::healthy(name);
        };
        Self::not_healthy(name, status, format!("{failed} of {all} calls failed"))
    }

    /// A task that should run every `interval_ns` and last ran `age_ns` ago.
    pub fn heartbeat(name: &'static str, age_ns: u64, interval_ns: u64) -> Self {
        let status = if age_ns > interval_ns.saturating_mul(SILENT_INTERVALS) {
            HealthStatus::Critical
        } else if age_ns > interval_ns.saturating_mul(MISSED_INTERVALS) {
            HealthStatus::Degraded
        } else {
            return Self::healthy(name);
        };
        let (age, interval) = (age_ns / 1_000_000_000, interval_ns / 1_000_000_000);
        Self::not_healthy(
            name,
            status,
            format!("last ran {age} s ago, every {interval} s is expected"),
        )
    }
}

/// The whole and its parts, as they go on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The worst of the parts; Healthy when there are none.
    pub overall: HealthStatus,
    /// The parts, in the order of the checks.
    pub components: Vec<ComponentHealth>,
}

/// One sentence for each part that is not Healthy.
pub fn reasons(checks: &[Check]) -> Vec<String> {
    checks
        .iter()
        .filter(|check| check.status != HealthStatus::Healthy)
        .map(|check| format!("{}: {}", check.name, check.reason))
        .collect()
}

/// The worst status of `checks`.
pub fn overall(checks: &[Check]) -> HealthStatus {
    checks.iter().map(|check| check.status).max().unwrap_or(HealthStatus::Healthy)
}

/// Puts `checks` together.
pub fn report(checks: Vec<Check>) -> Report {
    let overall = overall(&checks);
    let components = checks
        .into_iter()
        .map(|Check { name, status, reason }| ComponentHealth {
            name: name.to_owned(),
            status,
            reason,
        })
        .collect();
    Report { overall, components }
}

/// What is compared with a [`share`]. Products instead of quotients: a border is exactly where it
/// is said to be, and a division of this width costs more than all the rest of a check.
fn parts(used: u64) -> u128 {
    u128::from(used) * WHOLE_BPS
}

/// So many basis points of the whole, in ten-thousandths.
fn share(whole: u64, bps: u128) -> u128 {
    u128::from(whole) * bps
}

#[cfg(test)]
mod tests {
    use HealthStatus::{Critical, Degraded, Healthy};

    use super::*;

    #[test]
    fn the_whole_is_as_bad_as_its_worst_part() {
        assert_eq!(report(vec![]).overall, Healthy);
        let parts = vec![
            Check::healthy("a"),
            Check::not_healthy("b", Critical, "gone"),
            Check::not_healthy("c", Degraded, "slow"),
        ];
        assert_eq!(reasons(&parts), ["b: gone", "c: slow"]);
        let report = report(parts);
        assert_eq!(report.overall, Critical);
        assert_eq!(report.components.len(), 3);
    }

    #[test]
    fn the_borders_of_an_error_rate() {
        let at = |failed, all| Check::error_rate("calls", failed, all).status;
        assert_eq!(at(49, 1_000), Healthy);
        assert_eq!(at(50, 1_000), Degraded, "exactly 5 %");
        assert_eq!(at(100, 1_000), Degraded, "exactly 10 %");
        assert_eq!(at(101, 1_000), Critical);
        assert_eq!(at(19, 19), Healthy, "too few to tell");
        assert_eq!(at(20, 20), Critical);
        assert_eq!(at(u64::MAX, u64::MAX), Critical);
    }

    #[test]
    fn the_borders_of_memory_and_capacity() {
        let memory = |used| Check::memory("memory", used, 1_000).status;
        assert_eq!((memory(799), memory(800)), (Healthy, Degraded));
        assert_eq!((memory(900), memory(901)), (Degraded, Critical));
        let capacity = |used| Check::capacity("rows", used, 10).status;
        assert_eq!((capacity(7), capacity(8)), (Healthy, Degraded));
        assert_eq!((capacity(9), capacity(10)), (Degraded, Critical));
        assert_eq!(Check::capacity("rows", 0, 0).status, Critical);
    }

    #[test]
    fn a_missed_heartbeat_takes_more_than_three_intervals() {
        let at = |age| Check::heartbeat("jobs", age, 60).status;
        assert_eq!((at(180), at(181)), (Healthy, Degraded));
        assert_eq!((at(600), at(601)), (Degraded, Critical));
    }

    #[test]
    fn memory_reasons_show_no_bytes() {
        let check = Check::memory("memory", 850, 1_000);
        assert_eq!(check.reason, "85 % of memory is used");
    }
}
