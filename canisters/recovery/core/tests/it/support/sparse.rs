//! Memory that holds only the pages somebody wrote to, so that ten thousand stores are cheap.

use std::cell::RefCell;
use std::rc::Rc;

use ic_stable_structures::Memory;

const BLOCK: usize = 4_096;
const PAGE: usize = 65_536;

#[derive(Default, Debug)]
struct Pages {
    size: u64,
    blocks: Vec<Option<Box<[u8; BLOCK]>>>,
}

/// A shared handle; cloning it, dropping the store and opening again is an upgrade.
#[derive(Clone, Default, Debug)]
pub(crate) struct SparseMemory(Rc<RefCell<Pages>>);

impl SparseMemory {
    /// An image of what is in it now, which nothing that happens later changes.
    pub(crate) fn snapshot(&self) -> Self {
        let inner = self.0.borrow();
        let pages = Pages { size: inner.size, blocks: inner.blocks.clone() };
        Self(Rc::new(RefCell::new(pages)))
    }

    /// The blocks that are not zero, each with its offset.
    pub(crate) fn blocks(&self) -> Vec<(u64, Vec<u8>)> {
        let pages = self.0.borrow();
        let full = pages.blocks.iter().enumerate().filter_map(|(at, block)| {
            let block = block.as_ref()?;
            let offset = u64::try_from(at * BLOCK).expect("small");
            block.iter().any(|byte| *byte != 0).then(|| (offset, block.to_vec()))
        });
        full.collect()
    }
}

impl Memory for SparseMemory {
    fn size(&self) -> u64 {
        self.0.borrow().size
    }

    fn grow(&self, pages: u64) -> i64 {
        let mut inner = self.0.borrow_mut();
        let old = inner.size;
        inner.size += pages;
        let blocks = usize::try_from(inner.size).expect("small") * (PAGE / BLOCK);
        inner.blocks.resize_with(blocks, || None);
        i64::try_from(old).expect("small")
    }

    fn read(&self, offset: u64, dst: &mut [u8]) {
        let inner = self.0.borrow();
        let mut at = usize::try_from(offset).expect("small");
        let mut rest = dst;
        while !rest.is_empty() {
            let (block, inside) = (at / BLOCK, at % BLOCK);
            let count = rest.len().min(BLOCK - inside);
            let (now, later) = rest.split_at_mut(count);
            match &inner.blocks[block] {
                Some(bytes) => now.copy_from_slice(&bytes[inside..inside + count]),
                None => now.fill(0),
            }
            rest = later;
            at += count;
        }
    }

    fn write(&self, offset: u64, src: &[u8]) {
        let mut inner = self.0.borrow_mut();
        let mut at = usize::try_from(offset).expect("small");
        let mut rest = src;
        while !rest.is_empty() {
            let (block, inside) = (at / BLOCK, at % BLOCK);
            let count = rest.len().min(BLOCK - inside);
            let (now, later) = rest.split_at(count);
            let bytes = inner.blocks[block].get_or_insert_with(|| Box::new([0; BLOCK]));
            bytes[inside..inside + count].copy_from_slice(now);
            rest = later;
            at += count;
        }
    }
}
