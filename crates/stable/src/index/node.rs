//! A node: as it is read, and taken apart to be changed.
//!
//! ```text
//! 0   mark, version                4 bytes
//! 4   leaf 0 or inner 1, entries   3 bytes
//! 7   second page, or 0            8 bytes
//! 15  children of an inner node    8 bytes each, one more than entries
//! …   keys                         N bytes each
//! …   values                       4 bytes of length (4), 4 bytes
//! ```
//!
//! Numbers of the layout are least significant byte first, values most significant byte first. What
//! does not fit the first page is in a second one, behind a mark and eight bytes; a node of fixed
//! keys never needs a third.

use ic_stable_structures::Memory;

use super::NULL;

const MARK: [u8; 4] = *b"BTN\x02";
const OVERFLOW_MARK: [u8; 3] = *b"NOF";
const OVERFLOW_HEAD: u64 = 11;
const FIXED_BYTES: usize = 15;
const CHILD_BYTES: usize = 8;
const VALUE_BYTES: usize = 4;
/// A value with its length in front.
const SIZED_VALUE_BYTES: usize = 8;
/// Entries of a full node.
const CAPACITY: usize = 11;
/// Entries that stay in the left one of two halves, and the one between them.
const HALF: usize = 6;

/// Reads numbers, least significant byte first.
pub(super) struct Little<'a>(&'a [u8]);

impl<'a> Little<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        let Some((head, tail)) = self.0.split_first_chunk::<N>() else {
            panic!("BUG: a node of a tree is shorter than it says");
        };
        self.0 = tail;
        *head
    }

    pub(super) fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.array())
    }

    pub(super) fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.array())
    }
}

/// Where a key is in a node, or below which child it would be.
pub(super) enum Found {
    At(usize),
    Below(usize),
}

/// A node as it is read.
pub(super) struct Page {
    pub(super) address: u64,
    leaf: bool,
    entries: usize,
    overflow: u64,
    size: usize,
    bytes: Vec<u8>,
}

impl Page {
    /// Room for nodes of pages of `page_bytes`.
    pub(super) fn empty(page_bytes: usize) -> Self {
        let bytes = vec![0; page_bytes];
        Self { address: NULL, leaf: true, entries: 0, overflow: NULL, size: page_bytes, bytes }
    }

    /// Reads the node at `address`.
    pub(super) fn load<M: Memory>(&mut self, memory: &M, address: u64) {
        self.bytes.truncate(self.size);
        memory.read(address, &mut self.bytes);
        let Some((&[m, a, r, k, inner, low, high], rest)) = self.bytes.split_first_chunk::<7>()
        else {
            panic!("BUG: a page of a tree has {} bytes", self.size);
        };
        assert!([m, a, r, k] == MARK, "BUG: no node of a tree at {address}");
        self.address = address;
        self.leaf = inner == 0;
        self.entries = u16::from_le_bytes([low, high]).into();
        self.overflow = Little::new(rest).u64();
        if self.overflow != NULL {
            // The second page is as large as the first and has a head of its own.
            let first = self.bytes.len();
            let more = first.saturating_sub(usize::try_from(OVERFLOW_HEAD).unwrap_or(first));
            self.bytes.resize(first.saturating_add(more), 0);
            let at = self.overflow.saturating_add(OVERFLOW_HEAD);
            memory.read(at, self.bytes.get_mut(first..).unwrap_or_default());
        }
    }

    pub(super) const fn is_leaf(&self) -> bool {
        self.leaf
    }

    pub(super) const fn is_full(&self) -> bool {
        self.entries >= CAPACITY
    }

    fn from(&self, at: usize) -> &[u8] {
        self.bytes.get(at..).unwrap_or_default()
    }

    /// The child in front of entry `index`, or behind the last; none for a leaf.
    pub(super) fn child(&self, index: usize) -> u64 {
        if self.leaf {
            return NULL;
        }
        Little::new(self.from(index.saturating_mul(CHILD_BYTES).saturating_add(FIXED_BYTES))).u64()
    }

    const fn keys_at(&self) -> usize {
        let children = if self.leaf { 0 } else { self.entries.saturating_add(1) };
        children.saturating_mul(CHILD_BYTES).saturating_add(FIXED_BYTES)
    }

    fn key<const N: usize>(&self, index: usize) -> [u8; N] {
        Little::new(self.from(index.saturating_mul(N).saturating_add(self.keys_at()))).array()
    }

    pub(super) fn value<const N: usize>(&self, index: usize) -> u32 {
        let values = self.entries.saturating_mul(N).saturating_add(self.keys_at());
        let at = index.saturating_mul(SIZED_VALUE_BYTES).saturating_add(VALUE_BYTES);
        u32::from_be_bytes(Little::new(self.from(values.saturating_add(at))).array())
    }

    pub(super) fn search<const N: usize>(&self, key: &[u8; N]) -> Found {
        let keys = self.bytes.get(self.keys_at()..).unwrap_or_default();
        let (keys, _) = keys.as_chunks::<N>();
        let keys = keys.get(..self.entries).unwrap_or_default();
        match keys.binary_search(key) {
            Ok(index) => Found::At(index),
            Err(index) => Found::Below(index),
        }
    }
}

/// A node taken apart.
pub(super) struct Node<const N: usize> {
    pub(super) address: u64,
    pub(super) overflow: u64,
    pub(super) children: Vec<u64>,
    leaf: bool,
    entries: Vec<([u8; N], u32)>,
}

impl<const N: usize> Node<N> {
    pub(super) const fn new(address: u64, leaf: bool) -> Self {
        Self { address, overflow: NULL, children: vec![], leaf, entries: vec![] }
    }

    pub(super) fn of(page: &Page) -> Self {
        let entry = |index| (page.key(index), page.value::<N>(index));
        let mut entries = Vec::with_capacity(CAPACITY);
        entries.extend((0..page.entries).map(entry));
        let Page { address, leaf, overflow, .. } = *page;
        let children = if leaf { 0..0 } else { 0..page.entries.saturating_add(1) };
        let children = children.map(|index| page.child(index)).collect();
        Self { address, overflow, children, leaf, entries }
    }

    /// Puts an entry in front of entry `index`.
    pub(super) fn insert(&mut self, index: usize, key: [u8; N], value: u32) {
        self.entries.insert(index, (key, value));
    }

    pub(super) fn replace(&mut self, index: usize, value: u32) {
        if let Some(entry) = self.entries.get_mut(index) {
            entry.1 = value;
        }
    }

    /// Takes in what parts child `index` from its new neighbour.
    pub(super) fn adopt(&mut self, index: usize, key: [u8; N], value: u32, neighbour: u64) {
        self.insert(index, key, value);
        self.children.insert(index.saturating_add(1), neighbour);
    }

    /// Moves the upper half to `right` and answers what is between the two.
    pub(super) fn split(&mut self, right: &mut Self) -> ([u8; N], u32) {
        right.entries = self.entries.split_off(HALF);
        if !self.leaf {
            right.children = self.children.split_off(HALF);
        }
        match self.entries.pop() {
            Some(between) => between,
            None => panic!("BUG: a full node of a tree has no middle"),
        }
    }

    /// Bytes of the node.
    pub(super) fn bytes(&self) -> usize {
        let entry = N.saturating_add(SIZED_VALUE_BYTES);
        let children = self.children.len().saturating_mul(CHILD_BYTES);
        let entries = self.entries.len().saturating_mul(entry);
        FIXED_BYTES.saturating_add(children).saturating_add(entries)
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.bytes());
        let count = u16::try_from(self.entries.len()).unwrap_or(u16::MAX);
        out.extend_from_slice(&MARK);
        out.push(u8::from(!self.leaf));
        out.extend_from_slice(&count.to_le_bytes());
        out.extend_from_slice(&self.overflow.to_le_bytes());
        for child in &self.children {
            out.extend_from_slice(&child.to_le_bytes());
        }
        for (key, _) in &self.entries {
            out.extend_from_slice(key);
        }
        for (_, value) in &self.entries {
            // The length of a value is always four.
            out.extend_from_slice(&[4, 0, 0, 0]);
            out.extend_from_slice(&value.to_be_bytes());
        }
        out
    }
}

/// The second page of a node whose bytes end with `rest`.
pub(super) fn overflow_page(rest: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(rest.len().saturating_add(OVERFLOW_MARK.len() + CHILD_BYTES));
    out.extend_from_slice(&OVERFLOW_MARK);
    out.extend_from_slice(&NULL.to_le_bytes());
    out.extend_from_slice(rest);
    out
}
