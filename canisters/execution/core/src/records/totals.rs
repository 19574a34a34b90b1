//! The canister's running figures: what health and metrics read without a scan, and where the list
//! of each state begins.

use granary_resilience::breaker::Breaker;
use granary_stable::list::Anchor;
use granary_stable::slots::Slot;

use crate::records::row::{ReadMore as _, RowReader, RowWriter, WriteMore as _};
use crate::types::{IntentState, Timestamp};

/// A few counters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// The list of each state, in the order of the states.
    pub lists: [Anchor; 13],
    /// Settled intents that are not booked or not committed yet (E5).
    pub unbooked: u64,
    /// Failed intents whose reservation is not given back yet.
    pub unreleased: u64,
    /// Intents whose newest step failed and is to be tried again.
    pub struggling: u64,
    /// Intents that wait for money.
    pub short: u64,
    /// Payments without an intent that nobody explained.
    pub orphans: u64,
    /// Intents whose block stands in Suspense until a person corrects it.
    pub for_people: u64,
    /// The generation of the numbers given out now.
    pub generation: u32,
    /// Restores the generation takes account of.
    pub restores: u64,
    /// Transfers that were sent, repetitions included.
    pub sends: u64,
    /// Of these, repetitions that were to find out.
    pub probes: u64,
    /// Intents that were settled.
    pub settled: u64,
    /// Time from submission to settlement, summed, seconds.
    pub settle_seconds: u64,
    /// The breaker of `risk_guard`.
    pub guard: Breaker,
    /// The breaker of `portfolio`.
    pub books: Breaker,
    /// The newest intents whose job is not in the table yet: the clock puts it there.
    pub untaken: u64,
    /// None of these was submitted earlier; without any, it means nothing.
    pub untaken_since: Timestamp,
}

impl Totals {
    /// Intents in the state.
    pub fn count(&self, state: IntentState) -> u64 {
        self.lists.get(state.at()).map_or(0, Anchor::len)
    }

    /// Intents that have a job, or get one in the next beat: neither done nor left to people.
    pub fn open(&self) -> u64 {
        // Those before the first that is at rest.
        let lists = self.lists.iter().take(IntentState::Settled.at());
        let moving = lists.fold(0_u64, |sum, list| sum.saturating_add(list.len()));
        moving.saturating_add(self.unbooked).saturating_add(self.unreleased)
    }
}

impl Slot for Totals {
    const SIZE: u32 = 640;

    fn write(&self, out: &mut [u8]) {
        let mut row = RowWriter::new(out, 1);
        for anchor in &self.lists {
            let mut bytes = [0; 16];
            anchor.write(&mut bytes);
            row.array(&bytes);
        }
        row.u64(self.unbooked)
            .u64(self.unreleased)
            .u64(self.struggling)
            .u64(self.short)
            .u64(self.orphans)
            .u64(self.for_people)
            .u32(self.generation)
            .u64(self.restores)
            .u64(self.sends)
            .u64(self.probes)
            .u64(self.settled)
            .u64(self.settle_seconds)
            .breaker(&self.guard)
            .breaker(&self.books)
            .u64(self.untaken)
            .time(self.untaken_since);
    }

    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 1, "the totals");
        let mut lists = [Anchor::default(); 13];
        for anchor in &mut lists {
            let bytes: [u8; 16] = row.raw().array();
            *anchor = Anchor::read(&bytes);
        }
        Self {
            lists,
            unbooked: row.u64(),
            unreleased: row.u64(),
            struggling: row.u64(),
            short: row.u64(),
            orphans: row.u64(),
            for_people: row.u64(),
            generation: row.u32(),
            restores: row.u64(),
            sends: row.u64(),
            probes: row.u64(),
            settled: row.u64(),
            settle_seconds: row.u64(),
            guard: row.breaker(),
            books: row.breaker(),
            // Behind everything that was ever written: nothing but zeros in an older row.
            untaken: row.u64(),
            untaken_since: row.time(),
        }
    }
}
