//! Stable memory: copy-on-write pages, the journal that undoes a message, and the count of pages
//! a message dirtied.

use std::collections::BTreeMap;

use super::{
    limits::{MAX_STABLE_PAGES, OS_PAGE_BYTES, WASM_PAGE_BYTES},
    pages::{PAGE, Pages, UNIT},
};

/// A canister's stable memory. Clones share pages until one of them is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StableMemory {
    pages: Pages,
}

/// An access beyond the end of a stable memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfBounds;

impl StableMemory {
    /// An empty stable memory.
    pub fn new() -> Self {
        Self::default()
    }

    /// A stable memory that starts with `bytes` and is padded with zeros to whole 64 KiB pages.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self { pages: Pages::from_bytes(bytes) }
    }

    /// The whole content.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut out = vec![0; self.pages.len()];
        self.pages.read(0, &mut out);
        out
    }

    /// The content page by page, each 64 KiB.
    pub fn iter_pages(&self) -> impl Iterator<Item = &[u8]> {
        self.pages.iter()
    }

    /// Size in 64 KiB pages.
    pub fn size_pages(&self) -> u64 {
        self.pages.count() as u64
    }

    /// Size in bytes.
    pub fn size_bytes(&self) -> u64 {
        self.pages.len() as u64
    }

    /// Adds zero pages and answers the previous size; None, and no change, beyond the platform's
    /// maximum of 500 GiB.
    pub fn grow(&mut self, pages: u64) -> Option<u64> {
        let old = self.size_pages();
        let new = old.checked_add(pages).filter(|new| *new <= MAX_STABLE_PAGES)?;
        self.pages.resize(usize::try_from(new).ok()?);
        Some(old)
    }

    /// Copies out `out.len()` bytes from `offset`.
    pub fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), OutOfBounds> {
        let start = self.locate(offset, out.len())?;
        self.pages.read(start, out);
        Ok(())
    }

    /// Replaces the bytes at `offset`, outside of any message.
    pub fn write(&mut self, offset: u64, bytes: &[u8]) -> Result<(), OutOfBounds> {
        let start = self.locate(offset, bytes.len())?;
        self.pages.write(start, bytes);
        Ok(())
    }

    fn locate(&self, offset: u64, length: usize) -> Result<usize, OutOfBounds> {
        let end = offset.checked_add(length as u64).ok_or(OutOfBounds)?;
        if end > self.size_bytes() {
            return Err(OutOfBounds);
        }
        usize::try_from(offset).map_err(|_| OutOfBounds)
    }
}

const UNITS_PER_PAGE: u64 = WASM_PAGE_BYTES / OS_PAGE_BYTES;

/// What one message did to a stable memory, kept so that it can be undone.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    /// Size before the message, in pages.
    pages: usize,
    /// By 64 KiB page, which of its sixteen 4 KiB units were written.
    dirty: BTreeMap<u64, u16>,
    dirty_units: u64,
    /// What the written units that existed before the message held.
    before: Vec<(usize, Box<[u8; UNIT]>)>,
}

impl Journal {
    /// A journal for a message that starts now.
    pub(crate) fn begin(memory: &StableMemory) -> Self {
        Self { pages: memory.pages.count(), ..Self::default() }
    }

    /// 4 KiB pages written so far.
    pub(crate) fn dirty_units(&self) -> u64 {
        self.dirty_units
    }

    /// How many 4 KiB pages a write would be the first of the message to touch. The range must
    /// lie inside the memory.
    pub(crate) fn new_units(&self, offset: u64, length: u64) -> u64 {
        units(offset, length)
            .map(|(page, mask)| {
                let seen = self.dirty.get(&page).copied().unwrap_or(0);
                u64::from((mask & !seen).count_ones())
            })
            .sum()
    }

    /// Writes and remembers what was there.
    pub(crate) fn write(
        &mut self,
        memory: &mut StableMemory,
        offset: u64,
        bytes: &[u8],
    ) -> Result<(), OutOfBounds> {
        let start = memory.locate(offset, bytes.len())?;
        for (page, mask) in units(offset, bytes.len() as u64) {
            let seen = self.dirty.entry(page).or_insert(0);
            let mut fresh = mask & !*seen;
            *seen |= mask;
            self.dirty_units += u64::from(fresh.count_ones());
            let page = usize::try_from(page).map_err(|_| OutOfBounds)?;
            if page >= self.pages {
                continue;
            }
            while fresh != 0 {
                let unit = page * PAGE + fresh.trailing_zeros() as usize * UNIT;
                let mut content = Box::new([0; UNIT]);
                memory.pages.read(unit, content.as_mut_slice());
                self.before.push((unit, content));
                fresh &= fresh - 1;
            }
        }
        memory.pages.write(start, bytes);
        Ok(())
    }

    /// Makes the memory what it was when the message began.
    pub(crate) fn undo(self, memory: &mut StableMemory) {
        memory.pages.resize(self.pages);
        for (offset, content) in self.before {
            memory.pages.write(offset, content.as_slice());
        }
    }
}

/// The 64 KiB pages of a range, each with the mask of its 4 KiB units that the range touches.
fn units(offset: u64, length: u64) -> impl Iterator<Item = (u64, u16)> {
    let first = offset / OS_PAGE_BYTES;
    let last = if length == 0 { first } else { (offset + length - 1) / OS_PAGE_BYTES + 1 };
    let pages =
        if length == 0 { 0..0 } else { first / UNITS_PER_PAGE..last.div_ceil(UNITS_PER_PAGE) };
    pages.map(move |page| {
        let low = first.saturating_sub(page * UNITS_PER_PAGE).min(UNITS_PER_PAGE);
        let high = last.saturating_sub(page * UNITS_PER_PAGE).min(UNITS_PER_PAGE);
        let below = |bit: u64| u16::try_from((1u32 << bit) - 1).unwrap_or(u16::MAX);
        (page, below(high) & !below(low))
    })
}
