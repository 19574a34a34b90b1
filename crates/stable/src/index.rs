//! Numbers by fixed keys: a tree whose nodes are read and written whole.
//!
//! The layout is that of the B-tree of `ic-stable-structures`, byte for byte, so either opens what
//! the other wrote. The difference is the cost: that tree serves keys and values of any size and
//! reads a node field by field, some thirty reads for each level; here the sizes are known, so a
//! level is one read, and a node that changes is one write. An insertion at a million rows costs
//! about a fifth.
//!
//! What is rare is left to the library, over the same memory: removals, and walks ([`Index::map`]).
//!
//! ```text
//! 0    mark, version, page size    12 bytes
//! 12   root, number of rows        16 bytes
//! 52   allocator: mark, version, page size, pages in use, first free page, unused   48 bytes
//! 100  pages, each behind a head of 16 bytes: mark, version, in use, next free page
//! ```

mod node;
#[cfg(test)]
mod tests;

use core::fmt;

use ic_stable_structures::{Memory, StableBTreeMap};

use self::node::{Found, Node, Page};
use crate::StorageFault;
use crate::bytes::Writer;
use crate::keys::FixedKey;

/// The tree as the library knows it.
pub type Map<const N: usize, M> = StableBTreeMap<FixedKey<N>, u32, M>;

const MARK: [u8; 4] = *b"BTR\x02";
const ALLOCATOR_MARK: [u8; 4] = *b"BTA\x01";
const CHUNK_MARK: [u8; 4] = *b"CHK\x01";
/// Behind the page size: it is a size, not something to compute one from.
const PLAIN_SIZE: u32 = u32::MAX;
const ROOT_AT: u64 = 12;
const ALLOCATOR_AT: u64 = 52;
const IN_USE_AT: u64 = ALLOCATOR_AT + 16;
const HEAD_BYTES: usize = 100;
/// The head in front of every page.
const CHUNK_BYTES: u64 = 16;
const MEMORY_PAGE: u64 = 65_536;
/// No address.
const NULL: u64 = 0;

/// A tree from keys of `N` bytes to numbers.
pub struct Index<const N: usize, M> {
    memory: M,
    state: State,
}

/// What changes in the first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct State {
    page_bytes: usize,
    root: u64,
    len: u64,
    in_use: u64,
    free: u64,
}

impl<const N: usize, M: Memory + Clone> Index<N, M> {
    /// Opens the tree, or begins one in empty memory.
    ///
    /// # Errors
    /// When the memory holds something else.
    pub fn open(memory: M) -> Result<Self, StorageFault> {
        if memory.size() == 0 {
            drop(Map::<N, M>::new(memory.clone()));
        }
        let state = load(&memory)?;
        Ok(Self { memory, state })
    }

    /// Number of rows.
    pub const fn len(&self) -> u64 {
        self.state.len
    }

    /// True without rows.
    pub const fn is_empty(&self) -> bool {
        self.state.len == 0
    }

    /// The number under `key`.
    pub fn get(&self, key: &FixedKey<N>) -> Option<u32> {
        let mut address = self.state.root;
        let mut page = Page::empty(self.state.page_bytes);
        while address != NULL {
            page.load(&self.memory, address);
            match page.search::<N>(&key.0) {
                Found::At(index) => return Some(page.value::<N>(index)),
                // A leaf's children are nowhere.
                Found::Below(index) => address = page.child(index),
            }
        }
        None
    }

    /// Puts `value` under `key` and answers what was there.
    ///
    /// # Errors
    /// When memory does not grow; the tree is then half changed and the message must trap.
    pub fn insert(&mut self, key: &FixedKey<N>, value: u32) -> Result<Option<u32>, StorageFault> {
        if self.state.root == NULL {
            let mut root = Node::<N>::new(self.allocate()?, true);
            self.state.root = root.address;
            root.insert(0, key.0, value);
            return self.added(&mut root);
        }
        let mut page = self.page(self.state.root);
        if let Found::At(index) = page.search::<N>(&key.0) {
            return Ok(Some(self.replace(&page, index, value)));
        }
        if page.is_full() {
            let mut root = Node::<N>::new(self.allocate()?, false);
            root.children.push(self.state.root);
            self.state.root = root.address;
            // Not only a new row changes the root: the key may be found further down.
            self.save_head();
            self.split(&mut root, 0, &page)?;
            page = self.page(root.address);
        }
        // Here `page` is never full, and the key is not in it unless it is found now.
        loop {
            let index = match page.search::<N>(&key.0) {
                Found::At(index) => return Ok(Some(self.replace(&page, index, value))),
                Found::Below(index) => index,
            };
            if page.is_leaf() {
                let mut leaf = Node::<N>::of(&page);
                leaf.insert(index, key.0, value);
                return self.added(&mut leaf);
            }
            let child = self.page(page.child(index));
            if !child.is_full() {
                page = child;
                continue;
            }
            if let Found::At(index) = child.search::<N>(&key.0) {
                return Ok(Some(self.replace(&child, index, value)));
            }
            self.split(&mut Node::<N>::of(&page), index, &child)?;
            page = self.page(page.address);
        }
    }

    /// Takes `key` out and answers what was there.
    pub fn remove(&mut self, key: &FixedKey<N>) -> Option<u32> {
        let before = self.map().remove(key);
        self.state = load(&self.memory).unwrap_or_else(|fault| panic!("BUG: {fault}"));
        before
    }

    /// The tree for whoever walks over it.
    pub fn map(&self) -> Map<N, M> {
        Map::load(self.memory.clone())
    }

    fn page(&self, address: u64) -> Page {
        let mut page = Page::empty(self.state.page_bytes);
        page.load(&self.memory, address);
        page
    }

    fn replace(&self, page: &Page, index: usize, value: u32) -> u32 {
        let before = page.value::<N>(index);
        let mut node = Node::<N>::of(page);
        node.replace(index, value);
        self.write(&node);
        before
    }

    /// One row more, in `node`.
    fn added(&mut self, node: &mut Node<N>) -> Result<Option<u32>, StorageFault> {
        self.save(node)?;
        self.state.len = self.state.len.saturating_add(1);
        self.save_head();
        Ok(None)
    }

    fn save_head(&self) {
        let mut head = [0; 16];
        let State { root, len, .. } = self.state;
        Writer::new(&mut head).put(&root.to_le_bytes()).put(&len.to_le_bytes());
        self.memory.write(ROOT_AT, &head);
    }

    /// Makes two of the full child `child` of `parent`, which has room for one more.
    fn split(
        &mut self,
        parent: &mut Node<N>,
        index: usize,
        child: &Page,
    ) -> Result<(), StorageFault> {
        let mut left = Node::<N>::of(child);
        let mut right = Node::<N>::new(self.allocate()?, child.is_leaf());
        let (key, value) = left.split(&mut right);
        parent.adopt(index, key, value, right.address);
        // The order decides which free page each of them gets.
        self.save(&mut right)?;
        self.save(&mut left)?;
        self.save(parent)
    }

    /// Writes a node of any size; it has a second page exactly when it needs one.
    fn save(&mut self, node: &mut Node<N>) -> Result<(), StorageFault> {
        let needs = node.bytes() > self.state.page_bytes;
        if needs && node.overflow == NULL {
            node.overflow = self.allocate()?;
        } else if !needs && node.overflow != NULL {
            self.free(node.overflow);
            node.overflow = NULL;
        }
        self.write(node);
        Ok(())
    }

    fn write(&self, node: &Node<N>) {
        let bytes = node.encode();
        let first = bytes.len().min(self.state.page_bytes);
        let (first, rest) = bytes.split_at(first);
        self.memory.write(node.address, first);
        if !rest.is_empty() {
            self.memory.write(node.overflow, &node::overflow_page(rest));
        }
    }

    /// Takes a free page; behind the last one a new one is made.
    fn allocate(&mut self) -> Result<u64, StorageFault> {
        let chunk = self.state.free;
        let mut head = [0; 16];
        self.memory.read(chunk, &mut head);
        let next = chunk_next(&head);
        self.memory.write(chunk, &chunk_head(true, next));
        self.state.free = if next == NULL {
            let page = u64::try_from(self.state.page_bytes).unwrap_or(u64::MAX);
            let behind = chunk.saturating_add(CHUNK_BYTES).saturating_add(page);
            grow(&self.memory, behind.saturating_add(CHUNK_BYTES))?;
            self.memory.write(behind, &chunk_head(false, NULL));
            behind
        } else {
            next
        };
        self.state.in_use = self.state.in_use.saturating_add(1);
        self.save_allocator();
        Ok(chunk.saturating_add(CHUNK_BYTES))
    }

    /// Gives a page back.
    fn free(&mut self, page: u64) {
        let chunk = page.saturating_sub(CHUNK_BYTES);
        self.memory.write(chunk, &chunk_head(false, self.state.free));
        self.state.free = chunk;
        self.state.in_use = self.state.in_use.saturating_sub(1);
        self.save_allocator();
    }

    fn save_allocator(&self) {
        let mut bytes = [0; 16];
        let State { in_use, free, .. } = self.state;
        Writer::new(&mut bytes).put(&in_use.to_le_bytes()).put(&free.to_le_bytes());
        self.memory.write(IN_USE_AT, &bytes);
    }
}

impl<const N: usize, M> fmt::Debug for Index<N, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Index").field("len", &self.state.len).finish_non_exhaustive()
    }
}

fn load<M: Memory>(memory: &M) -> Result<State, StorageFault> {
    let mut bytes = [0; HEAD_BYTES];
    memory.read(0, &mut bytes);
    let (mark, rest) = bytes.split_at(4);
    need_mark(MARK, mark)?;
    let mut little = node::Little::new(rest);
    let (page_bytes, kind) = (little.u32(), little.u32());
    if kind != PLAIN_SIZE {
        let (expected, found) = (PLAIN_SIZE.into(), kind.into());
        return Err(StorageFault::Shape { what: "kind of page size", expected, found });
    }
    let (root, len) = (little.u64(), little.u64());
    let mut little = node::Little::new(bytes.get(52..).unwrap_or_default());
    need_mark(ALLOCATOR_MARK, &little.u32().to_le_bytes())?;
    little.u32();
    little.u64();
    let (in_use, free) = (little.u64(), little.u64());
    let page_bytes = usize::try_from(page_bytes).unwrap_or(usize::MAX);
    Ok(State { page_bytes, root, len, in_use, free })
}

fn need_mark(expected: [u8; 4], found: &[u8]) -> Result<(), StorageFault> {
    if expected == found {
        return Ok(());
    }
    let found = found.first_chunk().copied().unwrap_or_default();
    Err(StorageFault::Foreign { expected, found })
}

fn chunk_head(in_use: bool, next: u64) -> [u8; 16] {
    let mut head = [0; 16];
    Writer::new(&mut head).put(&CHUNK_MARK).bool(in_use).put(&[0; 3]).put(&next.to_le_bytes());
    head
}

fn chunk_next(head: &[u8; 16]) -> u64 {
    node::Little::new(head.get(8..).unwrap_or_default()).u64()
}

/// Grows as the library does: by no more than is needed.
fn grow<M: Memory>(memory: &M, end: u64) -> Result<(), StorageFault> {
    let missing = end.div_ceil(MEMORY_PAGE).saturating_sub(memory.size());
    if missing > 0 && memory.grow(missing) < 0 {
        return Err(StorageFault::OutOfMemory);
    }
    Ok(())
}
