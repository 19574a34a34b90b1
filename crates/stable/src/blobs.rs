//! Variable-size bytes that are written once and found again by their extent.
//!
//! The owner keeps the [`Extent`] in its own record. Nothing is ever moved or freed: a revision is
//! a new blob, and the old one is history.

use core::fmt;

use ic_stable_structures::Memory;

use crate::StorageFault;
use crate::bytes::{Reader, Writer};
use crate::region::{self, CONTENTS};

const MARK: [u8; 4] = *b"GBLB";
const LAYOUT: u8 = 1;
const END_AT: u64 = 8;

/// Where a blob is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Extent {
    /// Bytes from the beginning of the region's contents.
    pub offset: u64,
    /// Bytes of the blob.
    pub len: u32,
}

impl Extent {
    /// Bytes an extent takes in a fixed layout.
    pub const BYTES: u32 = 12;

    /// Writes the extent into a fixed layout.
    pub fn write(self, out: &mut Writer<'_>) {
        out.u64(self.offset).u32(self.len);
    }

    /// Reads what [`Self::write`] wrote.
    pub fn read(from: &mut Reader<'_>) -> Self {
        Self { offset: from.u64(), len: from.u32() }
    }
}

/// Blobs in one region.
pub struct Blobs<M> {
    memory: M,
    end: u64,
}

impl<M: Memory> Blobs<M> {
    /// Opens the region, or makes an empty one in a fresh region.
    pub fn open(memory: M) -> Result<Self, StorageFault> {
        region::open(&memory, MARK, LAYOUT)?;
        let end = region::read_u64(&memory, END_AT);
        Ok(Self { memory, end })
    }

    /// Bytes of all blobs together.
    pub const fn bytes(&self) -> u64 {
        self.end
    }

    /// Keeps `bytes` for ever.
    pub fn append(&mut self, bytes: &[u8]) -> Result<Extent, StorageFault> {
        let full = StorageFault::Full { limit: u32::MAX.into() };
        let len = u32::try_from(bytes.len()).map_err(|_| full)?;
        let extent = Extent { offset: self.end, len };
        let end = self.end.checked_add(len.into()).ok_or(StorageFault::OutOfMemory)?;
        region::reserve(&self.memory, end.saturating_add(CONTENTS))?;
        self.memory.write(extent.offset.saturating_add(CONTENTS), bytes);
        region::write_u64(&self.memory, END_AT, end);
        self.end = end;
        Ok(extent)
    }

    /// The blob at `extent`; refused beyond the end.
    pub fn read(&self, extent: Extent) -> Result<Vec<u8>, StorageFault> {
        let end = extent.offset.checked_add(extent.len.into());
        let (Some(_), Ok(len)) = (end.filter(|end| *end <= self.end), usize::try_from(extent.len))
        else {
            return Err(StorageFault::OutOfBounds { index: extent.offset, len: self.end });
        };
        let mut bytes = vec![0; len];
        self.memory.read(extent.offset.saturating_add(CONTENTS), &mut bytes);
        Ok(bytes)
    }
}

impl<M> fmt::Debug for Blobs<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blobs").field("bytes", &self.end).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use ic_stable_structures::VectorMemory;
    use proptest::collection::vec;
    use proptest::prelude::{any, prop_assert_eq, proptest};

    use super::*;

    proptest! {
        #[test]
        fn blobs_come_back_after_reopening(
            blobs in vec(vec(any::<u8>(), 0..300), 0..40)
        ) {
            let memory = VectorMemory::default();
            let mut store = Blobs::open(memory.clone()).expect("fresh");
            let extents: Vec<_> =
                blobs.iter().map(|blob| store.append(blob).expect("room")).collect();
            drop(store);
            let store = Blobs::open(memory).expect("the same region");
            for (extent, blob) in extents.iter().zip(&blobs) {
                prop_assert_eq!(&store.read(*extent).expect("written"), blob);
            }
            let total: usize = blobs.iter().map(Vec::len).sum();
            prop_assert_eq!(store.bytes(), total as u64);
            let beyond = Extent { offset: store.bytes(), len: 1 };
            prop_assert_eq!(store.read(beyond).is_err(), true);
        }
    }

    #[test]
    fn an_extent_that_wraps_is_refused() {
        let store = Blobs::open(VectorMemory::default()).expect("fresh");
        assert!(store.read(Extent { offset: u64::MAX, len: 2 }).is_err());
    }
}
