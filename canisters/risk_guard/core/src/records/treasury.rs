//! What is known of the whole treasury, and where the question about it stands.

use granary_resilience::checker::HealthChecker;
use granary_resilience::limiter::Limiter;
use granary_resilience::recovery::RecoveryContext;
use granary_stable::slots::Slot;
use minicbor::{Decode, Encode};

use granary_kernel::row::{RowReader, RowWriter};

use crate::limits;
use crate::types::Timestamp;

/// Nanoseconds of a day.
const DAY_NS: u64 = 86_400_000_000_000;

/// The treasury's value and what became of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TreasuryRow {
    /// Value of everything with fresh prices, eight decimal places.
    pub total: u128,
    /// True when every part of it has a price that may raise a limit.
    pub is_valued: bool,
    /// When that was asked for.
    pub valued_at: Timestamp,
    /// The two assets of largest value: number and value.
    pub largest: [(u32, u128); 2],
    /// Number of the newest day with a value.
    pub(crate) day: u64,
    /// The highest value of each day.
    pub(crate) peaks: [u128; limits::PEAK_DAYS],
    /// Of the asset that is short of most: its number, what it has and what it owes.
    pub worst: Option<(u32, u128, u128)>,
    /// When solvency was judged last.
    pub judged_at: Timestamp,
}

impl TreasuryRow {
    fn place(day: u64) -> usize {
        let days = u64::try_from(limits::PEAK_DAYS).unwrap_or(1);
        day.checked_rem(days).and_then(|at| usize::try_from(at).ok()).unwrap_or(0)
    }

    /// With one value more.
    pub fn peaked(mut self, total: u128, now: Timestamp) -> Self {
        let day = now.as_nanos().checked_div(DAY_NS).unwrap_or(0);
        let days = u64::try_from(limits::PEAK_DAYS).unwrap_or(u64::MAX);
        for step in 0..day.saturating_sub(self.day).min(days) {
            if let Some(peak) = self.peaks.get_mut(Self::place(day.saturating_sub(step))) {
                *peak = 0;
            }
        }
        self.day = self.day.max(day);
        let place = Self::place(self.day);
        if let Some(peak) = self.peaks.get_mut(place) {
            *peak = total.max(*peak);
        }
        self
    }

    /// The highest value of the last thirty days with one.
    pub fn peak(&self) -> u128 {
        self.peaks.iter().copied().max().unwrap_or(0)
    }

    /// The largest value of an asset other than `asset`.
    pub fn largest_beside(&self, asset: u32) -> Option<(u32, u128)> {
        self.largest.into_iter().find(|(other, value)| *other != asset && *value > 0)
    }
}

impl Slot for TreasuryRow {
    const SIZE: u32 = 704;

    fn write(&self, out: &mut [u8]) {
        let mut row = RowWriter::new(out, 1);
        row.u128(self.total).u8(self.is_valued.into()).time(self.valued_at);
        for (asset, value) in self.largest {
            row.u32(asset).u128(value);
        }
        row.u64(self.day);
        for peak in self.peaks {
            row.u128(peak);
        }
        let (asset, has, owes) = self.worst.unwrap_or((0, 0, 0));
        row.u32(asset).u128(has).u128(owes).time(self.judged_at);
    }

    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 1, "the treasury");
        Self {
            total: row.u128(),
            is_valued: row.u8() != 0,
            valued_at: row.time(),
            largest: core::array::from_fn(|_| (row.u32(), row.u128())),
            day: row.u64(),
            peaks: core::array::from_fn(|_| row.u128()),
            worst: Some((row.u32(), row.u128(), row.u128())).filter(|(asset, ..)| *asset > 0),
            judged_at: row.time(),
        }
    }
}

/// Where the question about the treasury stands. It survives upgrades, so that none in the middle
/// of a refusal makes the books be asked at once again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct RefreshV1 {
    /// Number of the newest question.
    #[n(0)]
    pub run: u64,
    /// When it was asked.
    #[n(1)]
    pub asked_at: Timestamp,
    /// It is open until then; none when it was answered.
    #[n(2)]
    pub open_until: Option<Timestamp>,
    /// What failed lately, and when to ask again.
    #[n(3)]
    pub recovery: RecoveryContext,
    /// How the books are as a peer.
    #[n(4)]
    pub checker: HealthChecker,
    /// Questions that outflows cause.
    #[n(5)]
    pub pace: Limiter,
}

/// The place in its newest shape.
pub type Refresh = RefreshV1;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Duration;

    fn day(n: u32) -> Timestamp {
        Timestamp::ZERO.saturating_add(Duration::seconds((1_000 + n) * 86_400))
    }

    #[test]
    fn the_peak_is_the_highest_of_thirty_days() {
        let row = TreasuryRow::default().peaked(100, day(0)).peaked(80, day(0)).peaked(90, day(5));
        assert_eq!(row.peak(), 100);
        assert_eq!(row.peaked(1, day(29)).peak(), 100);
        assert_eq!(row.peaked(1, day(30)).peak(), 90, "a month later it is forgotten");
        assert_eq!(row.peaked(1, day(3_000)).peak(), 1);
        assert_eq!(row.peaked(95, day(1)).peak(), 100, "a clock that goes back loses nothing");
    }

    #[test]
    fn a_row_comes_back() {
        let row = TreasuryRow {
            total: u128::MAX,
            is_valued: true,
            valued_at: day(1),
            largest: [(1, 7), (2, 5)],
            worst: Some((3, 1, 2)),
            judged_at: day(2),
            ..TreasuryRow::default().peaked(9, day(1))
        };
        let mut bytes = [0; 704];
        row.write(&mut bytes);
        assert_eq!(TreasuryRow::read(&bytes), row);
        assert_eq!(row.largest_beside(1), Some((2, 5)));
        assert_eq!(row.largest_beside(2), Some((1, 7)));
    }
}
