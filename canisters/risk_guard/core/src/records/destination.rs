//! What is known of a destination.

use granary_kernel::row::{RowReader, RowWriter, number};
use granary_stable::slots::Slot;

use crate::types::{Hash, Standing, Timestamp};

/// What rules know of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DestinationRow {
    /// Where it stands in the book.
    pub standing: Standing,
    /// When money went there first.
    pub first_used_at: Option<Timestamp>,
}

/// The stored row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DestinationEntry {
    /// Which.
    pub key: Hash,
    /// What is known of it.
    pub row: DestinationRow,
}

impl Slot for DestinationEntry {
    const SIZE: u32 = 48;

    fn write(&self, out: &mut [u8]) {
        RowWriter::new(out, 1)
            .array(&self.key)
            .u8(number(&Standing::ALL, &self.row.standing))
            .opt_time(self.row.first_used_at);
    }

    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 1, "a destination");
        let key = row.hash();
        let (standing, first_used_at) = (row.case(&Standing::ALL), row.opt_time());
        Self { key, row: DestinationRow { standing, first_used_at } }
    }
}
