//! The canister's running figures: what health and metrics read without a scan.

use granary_stable::slots::Slot;

use crate::records::row::{RowReader, RowWriter};

/// A few counters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Users with at least one account (P6).
    pub portfolios: u64,
    /// Assets whose Suspense is not at zero (P8).
    pub in_suspense: u64,
}

impl Slot for Totals {
    const SIZE: u32 = 128;

    fn write(&self, out: &mut [u8]) {
        RowWriter::new(out, 1).u64(self.portfolios).u64(self.in_suspense);
    }

    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 1, "the totals");
        Self { portfolios: row.u64(), in_suspense: row.u64() }
    }
}
