//! What the health job has seen: one slot that outlives upgrades and restores.

use granary_units::{Cycles, Duration, OutOfRange, Timestamp};
use ic_stable_structures::Memory;

use crate::StorageFault;
use crate::bytes::{Reader, Writer};
use crate::slots::{Slot, Slots};

/// Figures of the health job. Kept at [`crate::layout::WATCH`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Watch {
    /// When the job last ran.
    pub last_check: Timestamp,
    /// Runs that did not happen when they were due.
    pub missed_beats: u64,
    /// Runs that happened.
    pub beats: u64,
    /// Jobs that failed, all kinds.
    pub failures: u64,
    /// Violations that sweeps of the state found.
    pub violations: u64,
    /// When the balance below was read.
    pub cycles_at: Timestamp,
    /// The balance then.
    pub cycles: Cycles,
    /// Cycles burnt per day between the last two readings; zero before there are two.
    pub burn_per_day: Cycles,
}

const DAY: Duration = Duration::seconds(86_400);

impl Watch {
    /// Counts a run at `now` that was due at `due_at` and is expected every `interval`.
    pub fn beat(&mut self, now: Timestamp, due_at: Timestamp, interval: Duration) {
        let late = now.saturating_since(due_at).as_nanos();
        let missed = late.checked_div(interval.as_nanos()).unwrap_or_default();
        self.missed_beats = self.missed_beats.saturating_add(missed);
        self.beats = self.beats.saturating_add(1);
        self.last_check = now;
    }

    /// Reads the balance, and once a day turns two readings into a burn rate.
    ///
    /// A balance that grew was topped up: the old rate stays until the next day.
    pub fn read_cycles(&mut self, now: Timestamp, balance: Cycles) {
        if self.cycles_at == Timestamp::ZERO {
            (self.cycles_at, self.cycles) = (now, balance);
            return;
        }
        let age = now.saturating_since(self.cycles_at);
        if age < DAY {
            return;
        }
        if let Ok(rate) = burn_per_day(self.cycles, balance, age) {
            self.burn_per_day = rate;
        }
        (self.cycles_at, self.cycles) = (now, balance);
    }

    /// Whole days until `balance` is burnt; none while no rate is known.
    pub fn runway_days(&self, balance: Cycles) -> Option<u32> {
        let days = balance.get().checked_div(self.burn_per_day.get())?;
        Some(u32::try_from(days).unwrap_or(u32::MAX))
    }
}

fn burn_per_day(before: Cycles, after: Cycles, age: Duration) -> Result<Cycles, OutOfRange> {
    let burnt = before.checked_sub(after)?;
    let (day, age) = (u128::from(DAY.as_nanos()), u128::from(age.as_nanos()));
    granary_units::mul_div(burnt.get(), day, age, granary_units::Rounding::Up).map(Cycles::new)
}

impl Slot for Watch {
    const SIZE: u32 = 128;

    fn write(&self, out: &mut [u8]) {
        Writer::new(out)
            .u64(self.last_check.as_nanos())
            .u64(self.missed_beats)
            .u64(self.beats)
            .u64(self.failures)
            .u64(self.violations)
            .u64(self.cycles_at.as_nanos())
            .u128(self.cycles.get())
            .u128(self.burn_per_day.get());
    }

    fn read(bytes: &[u8]) -> Self {
        let mut reader = Reader::new(bytes);
        Self {
            last_check: Timestamp::from_nanos(reader.u64()),
            missed_beats: reader.u64(),
            beats: reader.u64(),
            failures: reader.u64(),
            violations: reader.u64(),
            cycles_at: Timestamp::from_nanos(reader.u64()),
            cycles: Cycles::new(reader.u128()),
            burn_per_day: Cycles::new(reader.u128()),
        }
    }
}

/// Opens the region, making its one slot when it is fresh.
pub fn open<M: Memory>(memory: M) -> Result<Slots<Watch, M>, StorageFault> {
    let mut slots = Slots::open(memory)?;
    slots.extend_to(1, &Watch::default())?;
    Ok(slots)
}

#[cfg(test)]
mod tests {
    use ic_stable_structures::VectorMemory;

    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_secs(seconds).expect("small")
    }

    #[test]
    fn lateness_is_counted_in_whole_intervals() {
        let mut watch = Watch::default();
        let minute = Duration::seconds(60);
        watch.beat(at(100), at(100), minute);
        watch.beat(at(219), at(160), minute);
        assert_eq!((watch.missed_beats, watch.beats), (0, 2));
        watch.beat(at(3_600), at(279), minute);
        assert_eq!((watch.missed_beats, watch.last_check), (55, at(3_600)));
    }

    #[test]
    fn the_burn_of_a_day_gives_the_runway() {
        let mut watch = Watch::default();
        assert_eq!(watch.runway_days(Cycles::new(5)), None);
        watch.read_cycles(at(1), Cycles::new(1_000));
        watch.read_cycles(at(43_201), Cycles::new(1));
        assert_eq!(watch.burn_per_day, Cycles::ZERO, "half a day says nothing");
        watch.read_cycles(at(1 + 2 * 86_400), Cycles::new(800));
        assert_eq!(watch.burn_per_day, Cycles::new(100));
        assert_eq!(watch.runway_days(Cycles::new(850)), Some(8));
        watch.read_cycles(at(1 + 3 * 86_400), Cycles::new(9_000));
        assert_eq!(watch.burn_per_day, Cycles::new(100), "a top-up is no burn");
    }

    #[test]
    fn figures_survive_reopening() {
        let memory = VectorMemory::default();
        let watch = Watch {
            last_check: at(1),
            missed_beats: 2,
            beats: 3,
            failures: 4,
            violations: 5,
            cycles_at: at(6),
            cycles: Cycles::new(7),
            burn_per_day: Cycles::new(8),
        };
        open(memory.clone()).expect("fresh").set(0, &watch).expect("one slot");
        assert_eq!(open(memory).expect("the same region").get(0), Some(watch));
    }
}
