//! One record in one region, kept decoded while the canister runs.

use core::fmt;

use ic_stable_structures::Memory;

use crate::StorageFault;
use crate::record::{self, Record, RecordFault};
use crate::region::{self, CONTENTS};

const MARK: [u8; 4] = *b"GCEL";
const LAYOUT: u8 = 1;
const LEN_AT: u64 = 8;

/// Why a cell could not be opened.
#[derive(Debug)]
pub enum CellFault {
    /// The region.
    Storage(StorageFault),
    /// The record in it.
    Record(RecordFault),
}

impl From<StorageFault> for CellFault {
    fn from(fault: StorageFault) -> Self {
        Self::Storage(fault)
    }
}

impl From<RecordFault> for CellFault {
    fn from(fault: RecordFault) -> Self {
        Self::Record(fault)
    }
}

impl fmt::Display for CellFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Storage(fault) => fault.fmt(f),
            Self::Record(fault) => fault.fmt(f),
        }
    }
}

impl std::error::Error for CellFault {}

/// A region that holds at most one record.
pub struct RecordCell<R, M> {
    memory: M,
    value: Option<R>,
}

impl<R: Record, M: Memory> RecordCell<R, M> {
    /// Opens the region; a fresh one holds nothing.
    pub fn open(memory: M) -> Result<Self, CellFault> {
        region::open(&memory, MARK, LAYOUT)?;
        let len = region::read_u32(&memory, LEN_AT);
        let mut bytes = vec![0; usize::try_from(len).unwrap_or(usize::MAX)];
        memory.read(CONTENTS, &mut bytes);
        let value = if bytes.is_empty() { None } else { Some(record::decode(&bytes)?) };
        Ok(Self { memory, value })
    }

    /// The record, if there is one.
    pub const fn get(&self) -> Option<&R> {
        self.value.as_ref()
    }

    /// Writes `value`, or empties the cell.
    pub fn set(&mut self, value: Option<R>) -> Result<(), StorageFault> {
        let bytes = value.as_ref().map(record::encode).unwrap_or_default();
        let too_long = StorageFault::Full { limit: u32::MAX.into() };
        let len = u32::try_from(bytes.len()).map_err(|_| too_long)?;
        region::reserve(&self.memory, CONTENTS.saturating_add(len.into()))?;
        self.memory.write(CONTENTS, &bytes);
        region::write_u32(&self.memory, LEN_AT, len);
        self.value = value;
        Ok(())
    }
}

impl<R: fmt::Debug, M> fmt::Debug for RecordCell<R, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordCell").field("value", &self.value).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use ic_stable_structures::VectorMemory;
    use minicbor::{Decode, Encode};

    use super::*;

    #[derive(Encode, Decode, Clone, Debug, PartialEq)]
    struct Note {
        #[n(0)]
        text: String,
    }
    impl Record for Note {
        const NAME: &'static str = "note";
        const VERSION: u8 = 3;
    }

    #[test]
    fn a_cell_survives_reopening_and_can_be_emptied() {
        let memory = VectorMemory::default();
        let mut cell = RecordCell::<Note, _>::open(memory.clone()).expect("fresh");
        assert_eq!(cell.get(), None);
        for text in ["a", "a longer text than the one before", "b"] {
            let note = Note { text: text.into() };
            cell.set(Some(note.clone())).expect("room");
            let reopened = RecordCell::<Note, _>::open(memory.clone()).expect("the same region");
            assert_eq!(reopened.get(), Some(&note));
        }
        cell.set(None).expect("room");
        let reopened = RecordCell::<Note, _>::open(memory).expect("the same region");
        assert_eq!(reopened.get(), None);
    }

    #[test]
    fn another_structure_is_not_overwritten() {
        let memory = VectorMemory::default();
        crate::blobs::Blobs::open(memory.clone()).expect("fresh").append(b"x").expect("room");
        let opened = RecordCell::<Note, _>::open(memory);
        assert!(matches!(opened, Err(CellFault::Storage(StorageFault::Foreign { .. }))));
    }
}
