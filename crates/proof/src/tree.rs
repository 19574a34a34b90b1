//! One tree shape for logs and for maps: the leaves of numbers `0..size` under RFC 6962's split.
//!
//! Only whole subtrees (of 1, 2, 4, … leaves) are kept, in-order, so that a store needs nothing but
//! numbered slots: leaf `i` at place `2i`, and the node over `2^k` leaves between its halves. An
//! append writes one leaf and, on average, one node. The ragged right edge is folded when a root
//! or a path is asked for, from at most 64 nodes.
//!
//! ```text
//! place  0 1 2 3 4 5 6 7 8      node 1 covers leaves 0,1; node 3 covers 0..4
//! level  0 1 0 2 0 1 0 3 0
//! ```

use std::collections::BTreeSet;

use crate::hash::{self, Hash};

/// Where the nodes are kept, by place.
pub trait Nodes {
    /// Why a node cannot be kept.
    type Fault;

    /// The node at `place`, if it was put.
    fn get(&self, place: u64) -> Option<Hash>;

    /// Keeps a node; a place beyond the end is filled up to with zeros.
    fn put(&mut self, place: u64, node: &Hash) -> Result<(), Self::Fault>;
}

impl Nodes for Vec<Hash> {
    type Fault = core::convert::Infallible;

    fn get(&self, place: u64) -> Option<Hash> {
        self.as_slice().get(usize::try_from(place).ok()?).copied()
    }

    fn put(&mut self, place: u64, node: &Hash) -> Result<(), Self::Fault> {
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        if place >= self.len() {
            self.resize(place.saturating_add(1), [0; 32]);
        }
        if let Some(slot) = self.get_mut(place) {
            *slot = *node;
        }
        Ok(())
    }
}

/// Largest tree: places are 64-bit numbers.
pub const MAX_LEAVES: u64 = 1 << 62;

/// Place of the node that covers the leaves `index << level .. (index + 1) << level`.
const fn place(level: u32, index: u64) -> u64 {
    let odd = index.saturating_mul(2).saturating_add(1);
    match odd.checked_shl(level) {
        Some(end) => end.saturating_sub(1),
        None => u64::MAX,
    }
}

/// Adds leaf number `size` to a tree of `size` leaves.
///
/// # Errors
/// What the store refuses. The tree of `size` leaves is whole all the same.
pub fn append<N: Nodes>(nodes: &mut N, size: u64, leaf: &Hash) -> Result<(), N::Fault> {
    nodes.put(place(0, size), leaf)?;
    raise(nodes, size, leaf, size.saturating_add(1))
}

/// Writes every whole ancestor of leaf `index` in a tree of `size` leaves.
fn raise<N: Nodes>(nodes: &mut N, index: u64, leaf: &Hash, size: u64) -> Result<(), N::Fault> {
    let (mut level, mut index, mut digest) = (0_u32, index, *leaf);
    // The last leaf's node is whole exactly when it is a right child all the way up.
    while index & 1 == 1 {
        let left = nodes.get(place(level, index.saturating_sub(1))).unwrap_or_default();
        digest = hash::node(&left, &digest);
        level = level.saturating_add(1);
        index >>= 1;
        debug_assert!(covers(level, index) <= size, "only whole subtrees are kept");
        nodes.put(place(level, index), &digest)?;
    }
    Ok(())
}

/// Number of leaves up to and including the last one under a node.
fn covers(level: u32, index: u64) -> u64 {
    index.saturating_add(1).checked_shl(level).unwrap_or(u64::MAX)
}

/// Replaces leaves of a tree of `size` leaves and everything above them, each node once.
/// Numbers outside the tree are left out.
///
/// # Errors
/// What the store refuses; the caller then takes the whole change back.
pub fn replace<N: Nodes>(nodes: &mut N, size: u64, leaves: &[(u64, Hash)]) -> Result<(), N::Fault> {
    let mut touched = BTreeSet::new();
    for (index, leaf) in leaves.iter().filter(|(index, _)| *index < size) {
        nodes.put(place(0, *index), leaf)?;
        touched.insert(*index);
    }
    let mut level = 0_u32;
    while !touched.is_empty() {
        let parents: BTreeSet<u64> = touched.iter().map(|index| index >> 1).collect();
        let above = level.saturating_add(1);
        touched = parents.into_iter().filter(|index| covers(above, *index) <= size).collect();
        for index in &touched {
            let left = index.saturating_mul(2);
            let right = left.saturating_add(1);
            let left = nodes.get(place(level, left)).unwrap_or_default();
            let right = nodes.get(place(level, right)).unwrap_or_default();
            nodes.put(place(above, *index), &hash::node(&left, &right))?;
        }
        level = above;
    }
    Ok(())
}

/// Root of the tree's first `size` leaves; all of them must have been put.
pub fn root<N: Nodes>(nodes: &N, size: u64) -> Hash {
    if size == 0 { hash::empty() } else { range(nodes, 0, size) }
}

/// Root of the leaves `start..start + len`, where `start` is a multiple of the least power of two
/// that is not below `len`.
fn range<N: Nodes>(nodes: &N, start: u64, len: u64) -> Hash {
    // Whole subtrees from the left, largest first, folded from the right.
    let mut peaks = vec![];
    let (mut at, mut left) = (start, len);
    while let Some(level) = left.checked_ilog2() {
        let size = 1_u64 << level;
        peaks.push(nodes.get(place(level, at >> level)).unwrap_or_default());
        at = at.saturating_add(size);
        left = left.saturating_sub(size);
    }
    let mut peaks = peaks.into_iter().rev();
    let last = peaks.next().unwrap_or_else(hash::empty);
    peaks.fold(last, |right, left| hash::node(&left, &right))
}

/// The largest power of two below `len`, which is where RFC 6962 splits; `len` is at least 2.
fn split(len: u64) -> u64 {
    1 << len.saturating_sub(1).checked_ilog2().unwrap_or(0)
}

/// The siblings from leaf `index` up to the root of `size` leaves; none when there is no such
/// leaf.
pub fn inclusion<N: Nodes>(nodes: &N, index: u64, size: u64) -> Option<Vec<Hash>> {
    if index >= size {
        return None;
    }
    let (mut path, mut start, mut len) = (vec![], 0_u64, size);
    while len > 1 {
        let half = split(len);
        let middle = start.saturating_add(half);
        let rest = len.saturating_sub(half);
        if index < middle {
            path.push(range(nodes, middle, rest));
            len = half;
        } else {
            path.push(range(nodes, start, half));
            (start, len) = (middle, rest);
        }
    }
    path.reverse();
    Some(path)
}

/// What shows that the tree of `from` leaves is the beginning of the tree of `to`; none when it
/// cannot be.
pub fn consistency<N: Nodes>(nodes: &N, from: u64, to: u64) -> Option<Vec<Hash>> {
    if from > to {
        return None;
    }
    if from == 0 || from == to {
        return Some(vec![]);
    }
    let (mut path, mut start, mut len, mut whole) = (vec![], 0_u64, to, true);
    let mut part = from;
    while part < len {
        let half = split(len);
        let middle = start.saturating_add(half);
        let rest = len.saturating_sub(half);
        if part <= half {
            path.push(range(nodes, middle, rest));
            len = half;
        } else {
            path.push(range(nodes, start, half));
            part = part.saturating_sub(half);
            (start, len, whole) = (middle, rest, false);
        }
    }
    if !whole {
        path.push(range(nodes, start, len));
    }
    path.reverse();
    Some(path)
}

/// The peaks of a log, when nobody needs its paths: all that an append reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// Roots of the whole subtrees, largest first; one for each bit of `size`.
    peaks: Vec<Hash>,
}

impl Frontier {
    /// The frontier of `size` leaves, read from a tree.
    pub fn of<N: Nodes>(nodes: &N, size: u64) -> Self {
        let mut peaks = vec![];
        let (mut at, mut left) = (0_u64, size);
        while let Some(level) = left.checked_ilog2() {
            peaks.push(nodes.get(place(level, at >> level)).unwrap_or_default());
            at = at.saturating_add(1 << level);
            left = left.saturating_sub(1 << level);
        }
        Self { size, peaks }
    }

    /// A frontier as it was kept; none when there is not one peak for each bit of `size`.
    pub fn from_parts(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        let bits = usize::try_from(size.count_ones()).ok()?;
        (peaks.len() == bits).then_some(Self { size, peaks })
    }

    /// Number of leaves.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The peaks, largest first.
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Adds a leaf: one node hash on average, 64 at most.
    pub fn append(&mut self, leaf: &Hash) {
        let mut digest = *leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                digest = hash::node(&left, &digest);
            }
        }
        self.peaks.push(digest);
        self.size = self.size.saturating_add(1);
    }

    /// The root.
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev().copied();
        let last = peaks.next().unwrap_or_else(hash::empty);
        peaks.fold(last, |right, left| hash::node(&left, &right))
    }
}
