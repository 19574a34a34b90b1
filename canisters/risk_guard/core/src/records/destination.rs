//! What is known of a destination.

use std::borrow::Cow;

use granary_kernel::row::{RowReader, RowWriter, number};
use granary_stable::slots::Slot;
use ic_stable_structures::Storable;
use ic_stable_structures::storable::Bound;

use crate::types::{Standing, Timestamp};

/// The stored value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DestinationRow {
    /// Where it stands in the book.
    pub standing: Standing,
    /// When money went there first.
    pub first_used_at: Option<Timestamp>,
}

impl DestinationRow {
    const BYTES: u32 = 16;
}

impl Slot for DestinationRow {
    const SIZE: u32 = Self::BYTES;

    fn write(&self, out: &mut [u8]) {
        RowWriter::new(out, 1)
            .u8(number(&Standing::ALL, &self.standing))
            .opt_time(self.first_used_at);
    }

    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 1, "a destination");
        Self { standing: row.case(&Standing::ALL), first_used_at: row.opt_time() }
    }
}

impl Storable for DestinationRow {
    fn to_bytes(&self) -> Cow<'_, [u8]> {
        let mut bytes = vec![0; 16];
        self.write(&mut bytes);
        Cow::Owned(bytes)
    }

    fn into_bytes(self) -> Vec<u8> {
        self.to_bytes().into_owned()
    }

    fn from_bytes(bytes: Cow<[u8]>) -> Self {
        Self::read(&bytes)
    }

    const BOUND: Bound = Bound::Bounded { max_size: Self::BYTES, is_fixed_size: true };
}
