//! The canister's running figures: what health and metrics read without a scan.

use granary_stable::list::Anchor;
use granary_stable::slots::Slot;

use granary_kernel::row::{RowReader, RowWriter};

use crate::types::Timestamp;

/// Counters, and where lists begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Reservations that are held.
    pub held: Anchor,
    /// Seals that are active.
    pub seals: Anchor,
    /// Reservations by state, in the order of the states.
    pub reservations: [u64; 4],
    /// Denials by rule, in the order of the rules.
    pub denied: [u64; 12],
    /// Alerts that fire, by level.
    pub firing: [u64; 3],
    /// Alerts that are acknowledged and not resolved, by level.
    pub acknowledged: [u64; 3],
    /// Announcements that wait.
    pub announced: u64,
    /// Assets with limits.
    pub assets: u64,
    /// Seats that are armed.
    pub armed: u64,
    /// The treasury owes more than it has (R12).
    pub is_insolvent: bool,
    /// When the treasury was asked last with success.
    pub refreshed_at: Timestamp,
    /// Breakers that are not closed, as far as outcomes said.
    pub open_breakers: u64,
}

impl Slot for Totals {
    const SIZE: u32 = 512;

    fn write(&self, out: &mut [u8]) {
        let mut anchors = [0; 32];
        let (held, seals) = anchors.split_at_mut(16);
        self.held.write(held);
        self.seals.write(seals);
        let mut row = RowWriter::new(out, 1);
        row.array(&anchors);
        for count in self.reservations.iter().chain(&self.denied) {
            row.u64(*count);
        }
        for count in self.firing.iter().chain(&self.acknowledged) {
            row.u64(*count);
        }
        row.u64(self.announced).u64(self.assets).u64(self.armed);
        row.u8(self.is_insolvent.into()).time(self.refreshed_at).u64(self.open_breakers);
    }

    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 1, "the totals");
        Self {
            held: Anchor::read(row.raw().take(16)),
            seals: Anchor::read(row.raw().take(16)),
            reservations: core::array::from_fn(|_| row.u64()),
            denied: core::array::from_fn(|_| row.u64()),
            firing: core::array::from_fn(|_| row.u64()),
            acknowledged: core::array::from_fn(|_| row.u64()),
            announced: row.u64(),
            assets: row.u64(),
            armed: row.u64(),
            is_insolvent: row.u8() != 0,
            refreshed_at: row.time(),
            open_breakers: row.u64(),
        }
    }
}
