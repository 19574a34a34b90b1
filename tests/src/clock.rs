//! Durations in the unit of the wire, and a clock the tests move by hand.

use std::time::Duration;

use pocket_ic::Time;

use crate::{engine::Engine, faults::Faults, world::World};

/// One second in nanoseconds.
pub const SECOND: u64 = 1_000_000_000;
/// One minute in nanoseconds.
pub const MINUTE: u64 = 60 * SECOND;
/// One hour in nanoseconds.
pub const HOUR: u64 = 60 * MINUTE;
/// One day in nanoseconds.
pub const DAY: u64 = 24 * HOUR;

/// Rounds given to what became due after a jump: a timer needs one to fire, its call to itself
/// another, the answer a third.
const SETTLING_ROUNDS: u64 = 6;

impl World {
    /// The time of the network, nanoseconds since 1970.
    pub fn now_ns(&self) -> u64 {
        self.network().get_time().as_nanos_since_unix_epoch()
    }

    /// Lets `nanoseconds` pass, and what became due run.
    pub fn advance(&self, nanoseconds: u64) {
        if Engine::runs_localnet() {
            Faults::on(self.network()).advance(nanoseconds, SETTLING_ROUNDS);
        } else {
            self.network().advance_time(Duration::from_nanos(nanoseconds));
            self.settle();
        }
    }

    /// Sets the clock to this time without running anything; it must not go backwards.
    pub fn set_time(&self, at_ns: u64) {
        self.network().set_time(Time::from_nanos_since_unix_epoch(at_ns));
    }

    /// Runs what is due.
    pub fn settle(&self) {
        if Engine::runs_localnet() {
            return Faults::on(self.network()).advance(0, SETTLING_ROUNDS);
        }
        for _ in 0..SETTLING_ROUNDS {
            self.network().tick();
        }
    }
}
