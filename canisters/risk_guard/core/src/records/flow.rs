//! What left of one asset within one span, in parts: the sum of a rolling window without a scan.
//!
//! A window of a span is the part that has begun and the twenty-four before it. An outflow leaves
//! the sum when its whole part is older than the span, so it counts for at least the span and at
//! most a twenty-fourth longer: a limit is never exceeded by where the parts happen to begin.

use granary_stable::slots::Slot;

use granary_kernel::row::{RowReader, RowWriter};

use crate::limits;
use crate::types::{Span, Timestamp};

/// What was counted in one part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Smallest units.
    pub amount: u128,
    /// Outflows.
    pub count: u32,
}

/// The stored row: a ring of parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlowRow {
    newest: u64,
    ring: [Part; limits::RING],
}

/// The number of the part a time is in.
fn number(span: Span, at: Timestamp) -> u64 {
    at.as_nanos().checked_div(span.part_ns()).unwrap_or(0)
}

fn place(number: u64) -> usize {
    let ring = u64::try_from(limits::RING).unwrap_or(1);
    number.checked_rem(ring).and_then(|at| usize::try_from(at).ok()).unwrap_or(0)
}

impl FlowRow {
    /// As of `now`: parts that left the window are empty. A clock that went back changes nothing.
    pub fn advanced(mut self, span: Span, now: Timestamp) -> Self {
        let newest = number(span, now);
        let ring = u64::try_from(limits::RING).unwrap_or(u64::MAX);
        let steps = newest.saturating_sub(self.newest).min(ring);
        for step in 0..steps {
            if let Some(part) = self.ring.get_mut(place(newest.saturating_sub(step))) {
                *part = Part::default();
            }
        }
        self.newest = self.newest.max(newest);
        self
    }

    /// What the window holds: smallest units and outflows.
    pub fn total(&self) -> (u128, u32) {
        self.ring.iter().fold((0, 0), |(amount, count), part| {
            (amount.saturating_add(part.amount), count.saturating_add(part.count))
        })
    }

    /// Counts an outflow in the part that has begun; the row was advanced to the same time.
    pub fn add(&mut self, amount: u128) {
        let newest = self.newest;
        if let Some(part) = self.ring.get_mut(place(newest)) {
            part.amount = part.amount.saturating_add(amount);
            part.count = part.count.saturating_add(1);
        }
    }

    /// Takes an outflow back that was counted at `at`; nothing when its part has left the window.
    pub fn take_back(&mut self, span: Span, at: Timestamp, amount: u128) {
        let number = number(span, at);
        if number > self.newest || !self.holds(number) {
            return;
        }
        if let Some(part) = self.ring.get_mut(place(number)) {
            part.amount = part.amount.saturating_sub(amount);
            part.count = part.count.saturating_sub(1);
        }
    }

    /// True when an outflow counted at `at` is still in the window.
    pub fn counts(&self, span: Span, at: Timestamp) -> bool {
        let number = number(span, at);
        number <= self.newest && self.holds(number)
    }

    /// True when it was never advanced to `at`: nothing of that time was counted in it.
    pub fn is_behind(&self, span: Span, at: Timestamp) -> bool {
        number(span, at) > self.newest
    }

    fn holds(&self, number: u64) -> bool {
        self.newest.saturating_sub(number) <= limits::WINDOW_PARTS
    }

    /// When so much and so many will have left the window; none when they never were in it.
    pub fn frees_at(&self, span: Span, amount: u128, count: u32) -> Option<Timestamp> {
        let (mut left, mut gone) = (0_u128, 0_u32);
        let oldest = self.newest.saturating_sub(limits::WINDOW_PARTS);
        for number in oldest..=self.newest {
            let part = self.ring.get(place(number)).copied().unwrap_or_default();
            left = left.saturating_add(part.amount);
            gone = gone.saturating_add(part.count);
            if left >= amount && gone >= count {
                let end = number.saturating_add(limits::WINDOW_PARTS).saturating_add(1);
                return Some(Timestamp::from_nanos(end.saturating_mul(span.part_ns())));
            }
        }
        None
    }
}

impl Slot for FlowRow {
    const SIZE: u32 = 512;

    fn write(&self, out: &mut [u8]) {
        let mut row = RowWriter::new(out, 1);
        row.u64(self.newest);
        for part in &self.ring {
            row.u128(part.amount).u32(part.count);
        }
    }

    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 1, "a row of flows");
        let newest = row.u64();
        let ring = core::array::from_fn(|_| Part { amount: row.u128(), count: row.u32() });
        Self { newest, ring }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Duration;

    const SPAN: Span = Span::Day;

    fn at(hours: u32) -> Timestamp {
        Timestamp::ZERO.saturating_add(Duration::seconds(1_000_000 * 3_600 + hours * 3_600))
    }

    fn row(outflows: &[(u32, u128)]) -> FlowRow {
        let count = |row: FlowRow, (hour, amount): &(u32, u128)| {
            let mut row = row.advanced(SPAN, at(*hour));
            row.add(*amount);
            row
        };
        outflows.iter().fold(FlowRow::default(), count)
    }

    #[test]
    fn r1_an_outflow_counts_for_its_span_and_at_most_one_part_longer() {
        let row = row(&[(0, 7)]);
        let total = |hour| row.advanced(SPAN, at(hour)).total();
        assert_eq!([total(0), total(23), total(24)], [(7, 1); 3]);
        assert_eq!(total(25), (0, 0));
        let end = |now: Timestamp| row.advanced(SPAN, now).total();
        let last = Timestamp::from_nanos(at(25).as_nanos() - 1);
        assert_eq!(end(last), (7, 1));
    }

    #[test]
    fn r1_a_clock_that_goes_back_or_leaps_frees_nothing_early() {
        let row = row(&[(100, 7)]);
        assert_eq!(row.advanced(SPAN, at(50)), row, "back");
        assert_eq!(row.advanced(SPAN, at(9_999)).total(), (0, 0), "leapt");
        let mut later = row.advanced(SPAN, at(50));
        later.add(5);
        assert_eq!(later.advanced(SPAN, at(124)).total(), (12, 2), "order is that of the calls");
    }

    #[test]
    fn r2_what_is_taken_back_is_free_once() {
        let mut row = row(&[(0, 7), (1, 9)]);
        row.take_back(SPAN, at(0), 7);
        assert_eq!(row.total(), (9, 1));
        let mut old = row.advanced(SPAN, at(30));
        old.take_back(SPAN, at(1), 9);
        assert_eq!(old.total(), (0, 0), "its part has left: nothing else loses");
        let mut later = old.advanced(SPAN, at(26 + 25));
        later.add(3);
        later.take_back(SPAN, at(26), 3);
        assert_eq!(later.total(), (3, 1), "the same place of the ring, another part");
        later.take_back(SPAN, at(99), 3);
        assert_eq!(later.total(), (3, 1), "the future holds nothing");
    }

    #[test]
    fn the_time_at_which_enough_is_free() {
        let row = row(&[(0, 7), (5, 9)]);
        assert_eq!(row.frees_at(SPAN, 1, 0), Some(at(25)));
        assert_eq!(row.frees_at(SPAN, 8, 0), Some(at(30)));
        assert_eq!(row.frees_at(SPAN, 1, 2), Some(at(30)));
        assert_eq!(row.frees_at(SPAN, 17, 0), None);
        assert_eq!(row.advanced(SPAN, at(25)).total().0, 9, "as it was said");
    }

    #[test]
    fn the_edges_of_counting_do_not_wrap() {
        let mut row = row(&[(0, u128::MAX), (1, u128::MAX)]);
        assert_eq!(row.total().0, u128::MAX);
        row.take_back(SPAN, at(1), u128::MAX);
        assert_eq!(row.total().0, u128::MAX);
        let mut bytes = [0; 512];
        row.write(&mut bytes);
        assert_eq!(FlowRow::read(&bytes), row);
        let far = FlowRow::default().advanced(SPAN, Timestamp::from_nanos(u64::MAX));
        assert!(far.frees_at(SPAN, 0, 0).is_some());
    }
}
