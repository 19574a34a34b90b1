//! What the rows of this canister hold beyond the kernel's: signed amounts and short texts.

pub(crate) use granary_kernel::row::{RowReader, RowWriter, damaged, number};

use crate::types::Signed;

/// More fields for a row being written.
pub(crate) trait WriteMore {
    /// A sign and 128 bits.
    fn signed(&mut self, value: Signed) -> &mut Self;
    /// At most `capacity` bytes with their length.
    fn short(&mut self, value: &[u8], capacity: u8) -> &mut Self;
}

impl WriteMore for RowWriter<'_> {
    fn signed(&mut self, value: Signed) -> &mut Self {
        value.write(self.raw());
        self
    }

    fn short(&mut self, value: &[u8], capacity: u8) -> &mut Self {
        self.raw().short(value, capacity);
        self
    }
}

/// More fields of a row being read.
pub(crate) trait ReadMore<'a> {
    /// A sign and 128 bits.
    fn signed(&mut self) -> Signed;
    /// A signed amount as schema 1 kept it: two's complement of 128 bits.
    fn old_signed(&mut self) -> Signed;
    /// What [`WriteMore::short`] wrote.
    fn short(&mut self, capacity: u8) -> &'a [u8];
    /// So many bytes.
    fn array<const N: usize>(&mut self) -> [u8; N];
}

impl<'a> ReadMore<'a> for RowReader<'a> {
    fn signed(&mut self) -> Signed {
        Signed::read(self.raw())
    }

    fn old_signed(&mut self) -> Signed {
        let value = i128::from_be_bytes(self.raw().array());
        Signed::new(value.is_negative(), value.unsigned_abs())
    }

    fn short(&mut self, capacity: u8) -> &'a [u8] {
        self.raw().short(capacity)
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        self.raw().array()
    }
}

/// The version byte of a row.
pub(crate) fn version(bytes: &[u8]) -> u8 {
    bytes.first().copied().unwrap_or_default()
}
