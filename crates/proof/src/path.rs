//! What a verifier does with a path: walk it by the numbers alone.
//!
//! The tree's size is part of what is committed to, so the length of a path is known before it is
//! read, and no leaf can be shown at two places.

use crate::ProofFault;
use crate::hash::{self, Hash};

/// Hashes in the path of leaf `index` in a tree of `size` leaves.
///
/// # Errors
/// When there is no such leaf.
pub fn inclusion_len(index: u64, size: u64) -> Result<usize, ProofFault> {
    if index >= size {
        return Err(ProofFault::Outside { index, size });
    }
    // Below the level where the leaf's way joins the right edge every step has a sibling; above
    // it only the left turns have one.
    let last = size.saturating_sub(1);
    let inner = (index ^ last).checked_ilog2().map_or(0, |top| top.saturating_add(1));
    let border = index.checked_shr(inner).unwrap_or(0).count_ones();
    Ok(usize::try_from(inner.saturating_add(border)).unwrap_or(usize::MAX))
}

/// The root that leaf `index` of `size` leaves has by this path.
///
/// # Errors
/// When there is no such leaf, or the path has another length than it must.
pub fn root_of(leaf: &Hash, index: u64, size: u64, path: &[Hash]) -> Result<Hash, ProofFault> {
    let expected = inclusion_len(index, size)?;
    if path.len() != expected {
        return Err(ProofFault::PathLength { expected, found: path.len() });
    }
    let (mut index, mut last, mut digest) = (index, size.saturating_sub(1), *leaf);
    for sibling in path {
        // A lone node at the right edge rises until it is a right child.
        while index & 1 == 0 && index == last && last > 0 {
            index >>= 1;
            last >>= 1;
        }
        digest = if index & 1 == 1 {
            hash::node(sibling, &digest)
        } else {
            hash::node(&digest, sibling)
        };
        index >>= 1;
        last >>= 1;
    }
    Ok(digest)
}

/// Checks that leaf `index` of a tree with `size` leaves and this root is `leaf`.
///
/// # Errors
/// See [`ProofFault`].
pub fn verify_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    path: &[Hash],
    root: &Hash,
) -> Result<(), ProofFault> {
    if root_of(leaf, index, size, path)? == *root { Ok(()) } else { Err(ProofFault::Root) }
}

/// A tree as its commitment names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rooted {
    /// Number of leaves.
    pub size: u64,
    /// Root over them.
    pub root: Hash,
}

impl Rooted {
    /// A tree without leaves.
    pub fn empty() -> Self {
        Self { size: 0, root: hash::empty() }
    }
}

/// Checks that the log `from` is the beginning of the log `to`: nothing was changed or taken out.
///
/// # Errors
/// See [`ProofFault`].
pub fn verify_consistency(from: &Rooted, to: &Rooted, path: &[Hash]) -> Result<(), ProofFault> {
    if from.size > to.size {
        return Err(ProofFault::Shrunk { from: from.size, to: to.size });
    }
    let no_path = |same: bool| match (path.is_empty(), same) {
        (true, true) => Ok(()),
        (true, false) => Err(ProofFault::Inconsistent),
        (false, _) => Err(ProofFault::PathLength { expected: 0, found: path.len() }),
    };
    if from.size == to.size {
        return no_path(from.root == to.root);
    }
    if from.size == 0 {
        return no_path(from.root == hash::empty());
    }
    let mut rest = path.iter();
    // A whole earlier tree is a node of the later one, and its root need not be sent.
    let first = if from.size.is_power_of_two() { Some(&from.root) } else { rest.next() };
    let first = *first.ok_or(ProofFault::Inconsistent)?;
    let (mut index, mut last) = (from.size.saturating_sub(1), to.size.saturating_sub(1));
    while index & 1 == 1 {
        index >>= 1;
        last >>= 1;
    }
    let (mut old, mut new) = (first, first);
    for node in rest {
        if last == 0 {
            return Err(ProofFault::Inconsistent);
        }
        if index & 1 == 1 || index == last {
            old = hash::node(node, &old);
            new = hash::node(node, &new);
            while index & 1 == 0 && index != 0 {
                index >>= 1;
                last >>= 1;
            }
        } else {
            new = hash::node(&new, node);
        }
        index >>= 1;
        last >>= 1;
    }
    if last == 0 && old == from.root && new == to.root {
        Ok(())
    } else {
        Err(ProofFault::Inconsistent)
    }
}
