//! How often things fail, and how many there are.

use std::collections::BTreeMap;

use granary_units::{Bps, Duration, Rounding, Timestamp};

use crate::checker::Level;
use crate::ring::Ring;

/// Share of failures from which on something is degraded; exactly this share is.
pub const DEGRADED_FROM: Bps = match Bps::new(500) {
    Ok(share) => share,
    Err(_) => Bps::WHOLE,
};
/// Share of failures above which something is critical; exactly this share is not yet.
pub const CRITICAL_ABOVE: Bps = match Bps::new(1_000) {
    Ok(share) => share,
    Err(_) => Bps::WHOLE,
};
/// Samples below which nothing leaves [`Level::Healthy`].
pub const MIN_SAMPLES: u64 = 20;

/// Kinds of failures told apart; what comes after counts without its kind.
pub const MAX_KINDS: usize = 64;

/// What `failures` of `samples` mean. Compared without rounding.
pub fn level(failures: u64, samples: u64) -> Level {
    if samples < MIN_SAMPLES {
        return Level::Healthy;
    }
    let share = u128::from(failures).saturating_mul(u128::from(Bps::WHOLE.get()));
    let bound = |bps: Bps| u128::from(samples).saturating_mul(u128::from(bps.get()));
    if share > bound(CRITICAL_ABOVE) {
        Level::Critical
    } else if share >= bound(DEGRADED_FROM) {
        Level::Degraded
    } else {
        Level::Healthy
    }
}

/// Counts of successes and failures, in all and lately, and of the kinds of failures.
#[derive(Clone, Debug)]
pub struct ErrorRateTracker<K> {
    successes: u64,
    failures: u64,
    kinds: BTreeMap<K, u64>,
    last_failure: Option<Timestamp>,
    recent: Slots,
}

impl<K: Ord + Clone> ErrorRateTracker<K> {
    /// Counts whose recent part covers about `slots` spans of `width`.
    pub fn new(width: Duration, slots: usize) -> Self {
        let (kinds, recent) = (BTreeMap::new(), Slots::new(width, slots));
        Self { successes: 0, failures: 0, kinds, last_failure: None, recent }
    }

    /// Something succeeded at `now`.
    pub fn success(&mut self, now: Timestamp) {
        self.successes = self.successes.saturating_add(1);
        self.recent.add(now, false);
    }

    /// Something failed at `now` in the way of `kind`.
    pub fn failure(&mut self, kind: K, now: Timestamp) {
        self.failures = self.failures.saturating_add(1);
        self.last_failure = Some(now);
        self.recent.add(now, true);
        if self.kinds.len() < MAX_KINDS || self.kinds.contains_key(&kind) {
            let count = self.kinds.entry(kind).or_insert(0);
            *count = count.saturating_add(1);
        }
    }

    /// Successes and failures together.
    pub const fn total(&self) -> u64 {
        self.successes.saturating_add(self.failures)
    }

    /// Failures.
    pub const fn failures(&self) -> u64 {
        self.failures
    }

    /// The share that failed, rounded up; none before the first sample.
    pub fn rate(&self) -> Option<Bps> {
        Bps::of(u128::from(self.failures), u128::from(self.total()), Rounding::Up).ok()
    }

    /// The share that succeeded; with [`Self::rate`] exactly the whole.
    pub fn success_rate(&self) -> Option<Bps> {
        self.rate().map(Bps::complement)
    }

    /// Failures by kind, at most [`MAX_KINDS`].
    pub const fn kinds(&self) -> &BTreeMap<K, u64> {
        &self.kinds
    }

    /// The kind that failed most; of equals the first in order.
    pub fn most_common(&self) -> Option<(&K, u64)> {
        let most = self.kinds.values().max()?;
        self.kinds.iter().find(|(_, count)| *count == most).map(|(kind, count)| (kind, *count))
    }

    /// When something failed last.
    pub const fn last_failure(&self) -> Option<Timestamp> {
        self.last_failure
    }

    /// Failures and samples of the recent part as of `now`.
    pub fn recent(&self, now: Timestamp) -> (u64, u64) {
        self.recent.sum(now, u64::MAX)
    }

    /// What the recent part means.
    pub fn level(&self, now: Timestamp) -> Level {
        let (failures, samples) = self.recent(now);
        level(failures, samples)
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        (self.successes, self.failures, self.last_failure) = (0, 0, None);
        self.kinds.clear();
        self.recent.newest.clear();
    }
}

/// How many operations there are per time.
#[derive(Clone, Debug)]
pub struct ThroughputTracker {
    total: u64,
    started_at: Timestamp,
    recent: Slots,
}

impl ThroughputTracker {
    /// Counts from `now` on and remembers each of the last `seconds` seconds.
    pub fn new(now: Timestamp, seconds: usize) -> Self {
        Self { total: 0, started_at: now, recent: Slots::new(Duration::seconds(1), seconds) }
    }

    /// One operation ended at `now`.
    pub fn record(&mut self, now: Timestamp) {
        self.total = self.total.saturating_add(1);
        self.recent.add(now, false);
    }

    /// Operations since the start.
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// Operations per thousand seconds since the start; none in the first second.
    pub fn overall(&self, now: Timestamp) -> Option<u64> {
        per_thousand_seconds(self.total, now.saturating_since(self.started_at).as_secs())
    }

    /// Operations per thousand seconds in the last `seconds` seconds, at most as many as are
    /// remembered.
    pub fn window(&self, now: Timestamp, seconds: u64) -> Option<u64> {
        let seconds = seconds.min(u64::try_from(self.recent.most).unwrap_or(u64::MAX));
        per_thousand_seconds(self.recent.sum(now, seconds).1, seconds)
    }

    /// Starts again at `now`.
    pub fn reset(&mut self, now: Timestamp) {
        (self.total, self.started_at) = (0, now);
        self.recent.newest.clear();
    }
}

fn per_thousand_seconds(count: u64, seconds: u64) -> Option<u64> {
    count.saturating_mul(1_000).checked_div(seconds)
}

/// Failures and samples per span of time, the newest spans only.
#[derive(Clone, Debug)]
struct Slots {
    width: u64,
    most: usize,
    newest: Ring<Slot>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slot {
    number: u64,
    failures: u64,
    samples: u64,
}

impl Slots {
    fn new(width: Duration, most: usize) -> Self {
        let most = most.max(1);
        Self { width: width.as_nanos().max(1), most, newest: Ring::new(most) }
    }

    fn number(&self, now: Timestamp) -> u64 {
        now.as_nanos().checked_div(self.width).unwrap_or(0)
    }

    /// A time before the newest slot counts there: order is that of the calls.
    fn add(&mut self, now: Timestamp, failed: bool) {
        let number = self.number(now);
        if self.newest.last().is_none_or(|slot| slot.number < number) {
            self.newest.push(Slot { number, failures: 0, samples: 0 });
        }
        if let Some(slot) = self.newest.last_mut() {
            slot.samples = slot.samples.saturating_add(1);
            slot.failures = slot.failures.saturating_add(u64::from(failed));
        }
    }

    /// Failures and samples of the last `wanted` spans, the one of `now` included.
    fn sum(&self, now: Timestamp, wanted: u64) -> (u64, u64) {
        let wanted = wanted.min(u64::try_from(self.most).unwrap_or(u64::MAX));
        let after = self.number(now).checked_sub(wanted);
        let recent = |slot: &&Slot| after.is_none_or(|after| slot.number > after);
        self.newest.iter().filter(recent).fold((0, 0), |(failures, samples), slot| {
            (failures.saturating_add(slot.failures), samples.saturating_add(slot.samples))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u32) -> Timestamp {
        Timestamp::ZERO.saturating_add(Duration::seconds(seconds))
    }

    fn tracker() -> ErrorRateTracker<&'static str> {
        ErrorRateTracker::new(Duration::seconds(60), 5)
    }

    #[test]
    fn five_and_ten_percent_are_degraded() {
        let levels = [(4, 100), (49, 1_000), (5, 100), (10, 100), (101, 1_000), (11, 100)]
            .map(|(failures, samples)| level(failures, samples).name());
        assert_eq!(levels, ["healthy", "healthy", "degraded", "degraded", "critical", "critical"]);
        assert_eq!(level(1, 20), Level::Degraded);
        assert_eq!(level(u64::MAX, u64::MAX), Level::Critical);
    }

    #[test]
    fn nineteen_samples_are_too_few_to_judge() {
        assert_eq!(level(19, 19), Level::Healthy);
        assert_eq!(level(20, 20), Level::Critical);
        assert_eq!(level(0, 0), Level::Healthy);
    }

    #[test]
    fn rates_and_totals() {
        let mut tracker = tracker();
        assert_eq!((tracker.rate(), tracker.success_rate()), (None, None));
        (0..2).for_each(|_| tracker.success(at(1)));
        tracker.failure("timeout", at(2));
        assert_eq!((tracker.total(), tracker.failures()), (3, 1));
        assert_eq!(tracker.rate(), Bps::new(3_334).ok());
        assert_eq!(tracker.success_rate(), Bps::new(6_666).ok());
    }

    #[test]
    fn failures_are_told_apart() {
        let mut tracker = tracker();
        for kind in ["timeout", "limited", "busy", "limited", "timeout"] {
            tracker.failure(kind, at(7));
        }
        assert_eq!(tracker.kinds().get("limited"), Some(&2));
        assert_eq!(tracker.most_common(), Some((&"limited", 2)));
        assert_eq!(tracker.last_failure(), Some(at(7)));
    }

    #[test]
    fn kinds_are_bounded() {
        let mut tracker = ErrorRateTracker::new(Duration::seconds(60), 5);
        (0..100).for_each(|kind| tracker.failure(kind, at(1)));
        tracker.failure(0, at(1));
        assert_eq!((tracker.kinds().len(), tracker.failures()), (MAX_KINDS, 101));
        assert_eq!(tracker.most_common(), Some((&0, 2)));
    }

    #[test]
    fn old_failures_pass() {
        let mut tracker = tracker();
        (0..20).for_each(|_| tracker.failure("down", at(60)));
        assert_eq!(tracker.level(at(61)), Level::Critical);
        assert_eq!(tracker.level(at(359)), Level::Critical);
        assert_eq!(tracker.recent(at(360)), (0, 0));
        assert_eq!(tracker.level(at(360)), Level::Healthy);
        assert_eq!(tracker.failures(), 20, "totals stay");
    }

    #[test]
    fn a_reset_forgets() {
        let mut tracker = tracker();
        tracker.failure("down", at(1));
        tracker.reset();
        assert_eq!(
            (tracker.total(), tracker.last_failure(), tracker.most_common()),
            (0, None, None)
        );
        assert_eq!(tracker.recent(at(1)), (0, 0));
    }

    #[test]
    fn throughput_overall_and_lately() {
        let mut tracker = ThroughputTracker::new(at(100), 60);
        assert_eq!(tracker.overall(at(100)), None);
        (0..10).for_each(|n| (0..3).for_each(|_| tracker.record(at(100 + n))));
        assert_eq!(tracker.total(), 30);
        assert_eq!(tracker.overall(at(120)), Some(1_500));
        assert_eq!(tracker.window(at(109), 5), Some(3_000));
        assert_eq!(tracker.window(at(112), 5), Some(1_200), "two of the last five seconds");
        assert_eq!(tracker.window(at(109), 0), None);
        tracker.reset(at(200));
        assert_eq!((tracker.total(), tracker.window(at(200), 5)), (0, Some(0)));
    }

    #[test]
    fn a_clock_that_goes_back_loses_nothing() {
        let mut tracker = tracker();
        tracker.success(at(600));
        tracker.failure("late", at(10));
        assert_eq!(tracker.recent(at(600)), (1, 2));
    }
}
