//! How long things take.
//!
//! Samples are plain numbers: nanoseconds for what waits, instructions for what computes.

use granary_units::Bps;
use minicbor::{Decode, Encode};

use crate::cache::CacheStats;
use crate::ring::Ring;

/// The newest samples, with exact percentiles over them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LatencyTracker {
    samples: Ring<u64>,
}

impl LatencyTracker {
    /// Remembers the newest `history` samples; at least one.
    pub fn new(history: usize) -> Self {
        Self { samples: Ring::new(history) }
    }

    /// Adds a sample.
    pub fn record(&mut self, sample: u64) {
        self.samples.push(sample);
    }

    /// Samples remembered.
    pub fn len(&self) -> usize {
        self.samples.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.samples.len() == 0
    }

    /// The smallest sample that is at least as large as the share `rank` of all samples (nearest
    /// rank: always a sample that was seen). Rank zero is the smallest; none without samples.
    pub fn percentile(&self, rank: Bps) -> Option<u64> {
        let mut sorted: Vec<u64> = self.samples.iter().copied().collect();
        sorted.sort_unstable();
        let len = u64::try_from(sorted.len()).ok()?;
        let place = len.checked_mul(u64::from(rank.get()))?.div_ceil(u64::from(Bps::WHOLE.get()));
        sorted.get(usize::try_from(place.max(1)).ok()?.checked_sub(1)?).copied()
    }

    /// The mean, rounded down; none without samples.
    pub fn average(&self) -> Option<u64> {
        let sum = self
            .samples
            .iter()
            .try_fold(0_u128, |sum, sample| sum.checked_add(u128::from(*sample)))?;
        let len = u128::try_from(self.samples.len()).ok()?;
        u64::try_from(sum.checked_div(len)?).ok()
    }

    /// The smallest sample.
    pub fn min(&self) -> Option<u64> {
        self.samples.iter().min().copied()
    }

    /// The largest sample.
    pub fn max(&self) -> Option<u64> {
        self.samples.iter().max().copied()
    }

    /// Forgets all samples.
    pub fn reset(&mut self) {
        self.samples.clear();
    }
}

/// Counts of samples up to each bound: what a scrape shows, and cheap to store.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Buckets {
    /// Upper bounds, ascending, each with its count; what is above all of them is in `above`.
    #[n(0)]
    rows: Vec<(u64, u64)>,
    #[n(1)]
    above: u64,
    #[cbor(n(2), with = "granary_units::cbor::u128")]
    sum: u128,
}

impl Buckets {
    /// Buckets with these upper bounds, in any order.
    pub fn new(bounds: &[u64]) -> Self {
        let mut bounds = bounds.to_vec();
        bounds.sort_unstable();
        bounds.dedup();
        Self { rows: bounds.into_iter().map(|bound| (bound, 0)).collect(), above: 0, sum: 0 }
    }

    /// Adds a sample.
    pub fn record(&mut self, sample: u64) {
        let row = self.rows.iter_mut().find(|(bound, _)| sample <= *bound);
        let count = row.map_or(&mut self.above, |(_, count)| count);
        *count = count.saturating_add(1);
        self.sum = self.sum.saturating_add(u128::from(sample));
    }

    /// How many samples were at most each bound, by ascending bound.
    pub fn cumulative(&self) -> Vec<(u64, u64)> {
        let mut sum = 0_u64;
        let add = |&(bound, count): &(u64, u64)| {
            sum = sum.saturating_add(count);
            (bound, sum)
        };
        self.rows.iter().map(add).collect()
    }

    /// All samples.
    pub fn count(&self) -> u64 {
        self.rows.iter().fold(self.above, |sum, (_, count)| sum.saturating_add(*count))
    }

    /// Their sum.
    pub const fn sum(&self) -> u128 {
        self.sum
    }
}

/// Totals over the life of something, without its samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct PerformanceStats {
    /// Operations.
    #[n(0)]
    pub count: u64,
    /// Sum of their samples.
    #[cbor(n(1), with = "granary_units::cbor::u128")]
    pub total: u128,
    /// The smallest sample; none before the first.
    #[n(2)]
    pub min: Option<u64>,
    /// The largest sample; none before the first.
    #[n(3)]
    pub max: Option<u64>,
    /// Questions a cache could answer.
    #[n(4)]
    pub cache_hits: u64,
    /// Questions it could not.
    #[n(5)]
    pub cache_misses: u64,
}

impl PerformanceStats {
    /// Adds an operation.
    pub fn record(&mut self, sample: u64) {
        self.count = self.count.saturating_add(1);
        self.total = self.total.saturating_add(u128::from(sample));
        self.min = Some(self.min.map_or(sample, |min| min.min(sample)));
        self.max = Some(self.max.map_or(sample, |max| max.max(sample)));
    }

    /// Adds what a cache did.
    pub const fn record_cache(&mut self, hit: bool) {
        let count = if hit { &mut self.cache_hits } else { &mut self.cache_misses };
        *count = count.saturating_add(1);
    }

    /// The mean, rounded down; none before the first.
    pub fn average(&self) -> Option<u64> {
        u64::try_from(self.total.checked_div(u128::from(self.count))?).ok()
    }

    /// The share of cache questions that were answered; none before the first.
    pub fn hit_ratio(&self) -> Option<Bps> {
        let stats = CacheStats {
            hits: self.cache_hits,
            misses: self.cache_misses,
            ..CacheStats::default()
        };
        stats.hit_rate()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bps(value: u16) -> Bps {
        Bps::new(value).expect("a share")
    }

    fn tracker(samples: impl IntoIterator<Item = u64>) -> LatencyTracker {
        let mut tracker = LatencyTracker::new(1_000);
        samples.into_iter().for_each(|sample| tracker.record(sample));
        tracker
    }

    #[test]
    fn percentiles_are_samples_of_the_nearest_rank() {
        let five = tracker([50, 15, 40, 35, 20]);
        let of = |rank| five.percentile(bps(rank));
        assert_eq!(of(500), Some(15));
        assert_eq!(of(3_000), Some(20));
        assert_eq!(of(4_000), Some(20));
        assert_eq!(of(5_000), Some(35));
        assert_eq!(of(10_000), Some(50));
        assert_eq!(of(0), Some(15));
    }

    #[test]
    fn the_95th_and_the_99th_of_a_hundred() {
        let hundred = tracker((1..=100).rev());
        assert_eq!(hundred.percentile(bps(9_500)), Some(95));
        assert_eq!(hundred.percentile(bps(9_900)), Some(99));
        assert_eq!(hundred.percentile(bps(9_901)), Some(100));
    }

    #[test]
    fn average_and_extremes() {
        let three = tracker([10, 20, 31]);
        assert_eq!((three.average(), three.min(), three.max()), (Some(20), Some(10), Some(31)));
        assert_eq!(tracker([u64::MAX, u64::MAX]).average(), Some(u64::MAX));
    }

    #[test]
    fn the_history_is_bounded() {
        let mut tracker = LatencyTracker::new(3);
        (1..=5).for_each(|sample| tracker.record(sample));
        assert_eq!((tracker.len(), tracker.min()), (3, Some(3)));
        tracker.reset();
        assert!(tracker.is_empty());
    }

    #[test]
    fn without_samples_there_are_no_figures() {
        let none = tracker([]);
        assert_eq!((none.percentile(bps(5_000)), none.average()), (None, None));
        assert_eq!((none.min(), none.max()), (None, None));
    }

    #[test]
    fn buckets_count_up_to_their_bound() {
        let mut buckets = Buckets::new(&[100, 10]);
        for sample in [1, 10, 11, 100, 101] {
            buckets.record(sample);
        }
        assert_eq!(buckets.cumulative(), [(10, 2), (100, 4)]);
        assert_eq!((buckets.count(), buckets.sum()), (5, 223));
        let bytes = minicbor::to_vec(&buckets).expect("writing to a vector");
        assert_eq!(minicbor::decode::<Buckets>(&bytes).expect("own bytes"), buckets);
    }

    #[test]
    fn totals_survive_without_samples() {
        let mut stats = PerformanceStats::default();
        assert_eq!((stats.average(), stats.hit_ratio()), (None, None));
        for sample in [4, 2, 9] {
            stats.record(sample);
        }
        assert_eq!((stats.count, stats.min, stats.max), (3, Some(2), Some(9)));
        assert_eq!(stats.average(), Some(5));
    }

    #[test]
    fn totals_count_what_the_cache_did() {
        let mut stats = PerformanceStats::default();
        for hit in [true, true, false, true] {
            stats.record_cache(hit);
        }
        assert_eq!(stats.hit_ratio(), Some(bps(7_500)));
        let bytes = minicbor::to_vec(stats).expect("writing to a vector");
        assert_eq!(minicbor::decode::<PerformanceStats>(&bytes).expect("own bytes"), stats);
    }
}
