//! Memory kept as copy-on-write pages of 64 KiB: cloning shares the pages, writing copies one.

use std::sync::{Arc, LazyLock};

/// Bytes of one page.
pub(crate) const PAGE: usize = 65_536;
/// Bytes of the unit in which two memories are compared and copied.
pub(crate) const UNIT: usize = 4_096;

type Page = [u8; PAGE];

/// The page every fresh page starts as; writing to it copies it.
static ZERO: LazyLock<Arc<Page>> = LazyLock::new(|| Arc::new([0; PAGE]));

/// A memory of whole 64 KiB pages.
#[derive(Clone, Default)]
pub(crate) struct Pages {
    pages: Vec<Arc<Page>>,
}

impl Pages {
    pub(crate) fn zeroed(count: usize) -> Self {
        Self { pages: vec![ZERO.clone(); count] }
    }

    /// Whole pages holding `bytes`, the last one padded with zeros.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        let mut pages = Self::zeroed(bytes.len().div_ceil(PAGE));
        pages.write(0, bytes);
        pages
    }

    pub(crate) fn count(&self) -> usize {
        self.pages.len()
    }

    pub(crate) fn len(&self) -> usize {
        self.pages.len() * PAGE
    }

    /// Changes the size; new pages are zero.
    pub(crate) fn resize(&mut self, count: usize) {
        self.pages.resize(count, ZERO.clone());
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.pages.iter().map(|page| page.as_slice())
    }

    /// Copies out `out.len()` bytes from `offset`. The range must lie inside.
    pub(crate) fn read(&self, mut offset: usize, mut out: &mut [u8]) {
        while !out.is_empty() {
            let (page, start) = (offset / PAGE, offset % PAGE);
            let length = out.len().min(PAGE - start);
            let (head, rest) = out.split_at_mut(length);
            head.copy_from_slice(&self.pages[page][start..start + length]);
            offset += length;
            out = rest;
        }
    }

    /// Replaces the bytes at `offset`. The range must lie inside. Zeros written over a page that
    /// was never written stay shared.
    pub(crate) fn write(&mut self, mut offset: usize, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let (page, start) = (offset / PAGE, offset % PAGE);
            let length = bytes.len().min(PAGE - start);
            let (head, rest) = bytes.split_at(length);
            let page = &mut self.pages[page];
            if !(is_zero_page(page) && head == &ZERO[..length]) {
                Arc::make_mut(page)[start..start + length].copy_from_slice(head);
            }
            offset += length;
            bytes = rest;
        }
    }

    /// Makes this memory equal to `live`, copying only the units that differ, and says how many
    /// differed.
    pub(crate) fn pull(&mut self, live: &[u8]) -> usize {
        debug_assert_eq!(live.len() % PAGE, 0, "a heap is whole pages");
        self.resize(live.len() / PAGE);
        let mut changed = 0;
        for (page, bytes) in self.pages.iter_mut().zip(live.chunks_exact(PAGE)) {
            for start in (0..PAGE).step_by(UNIT) {
                let unit = start..start + UNIT;
                if page[unit.clone()] != bytes[unit.clone()] {
                    Arc::make_mut(page)[unit.clone()].copy_from_slice(&bytes[unit]);
                    changed += 1;
                }
            }
        }
        changed
    }

    /// Makes `fresh`, which has the same size and is zero from `initialised` on, equal to this
    /// memory. Fresh memory costs a page fault wherever it is touched, even to look at it, so
    /// pages that must be zero and already are stay untouched, and nothing is compared.
    pub(crate) fn fill(&self, fresh: &mut [u8], initialised: u64) {
        debug_assert_eq!(fresh.len(), self.len(), "the memory was grown before");
        let initialised = usize::try_from(initialised).unwrap_or(usize::MAX);
        for (index, (page, bytes)) in
            self.pages.iter().zip(fresh.chunks_exact_mut(PAGE)).enumerate()
        {
            if index * PAGE < initialised || !is_zero_page(page) {
                bytes.copy_from_slice(page.as_slice());
            }
        }
    }

    /// Makes `live`, which has the same size, equal to this memory, copying only the units that
    /// differ.
    pub(crate) fn push(&self, live: &mut [u8]) {
        debug_assert_eq!(live.len(), self.len(), "the sizes were compared before");
        for (page, bytes) in self.pages.iter().zip(live.chunks_exact_mut(PAGE)) {
            for start in (0..PAGE).step_by(UNIT) {
                let unit = start..start + UNIT;
                if page[unit.clone()] != bytes[unit.clone()] {
                    bytes[unit.clone()].copy_from_slice(&page[unit]);
                }
            }
        }
    }
}

fn is_zero_page(page: &Arc<Page>) -> bool {
    Arc::ptr_eq(page, &ZERO)
}

impl PartialEq for Pages {
    fn eq(&self, other: &Self) -> bool {
        self.pages.len() == other.pages.len()
            && self.pages.iter().zip(&other.pages).all(|(a, b)| Arc::ptr_eq(a, b) || a == b)
    }
}

impl Eq for Pages {}

impl std::fmt::Debug for Pages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pages({} of 64 KiB)", self.pages.len())
    }
}
