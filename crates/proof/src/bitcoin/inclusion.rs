//! The branch from a transaction to its block, with the two classic attacks refused: an inner node
//! shown as a transaction of 64 bytes, and a last transaction counted twice.

use core::fmt;

use super::double_sha256;
use crate::Hash;

/// Most transactions a block can have: its 4,000,000 weight units over the 240 of the smallest
/// transaction.
pub const MAX_TRANSACTIONS: u32 = 16_666;
/// Longest branch that many transactions have.
pub const MAX_BRANCH: usize = 15;
/// Bytes of an inner node: a transaction of this size could be one in disguise.
const NODE_BYTES: usize = 64;
/// Largest transaction that is looked at: what a block may hold without its witnesses.
pub const MAX_TRANSACTION_BYTES: usize = 1_000_000;

/// A transaction's place in a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inclusion {
    /// The transaction without its witnesses, byte for byte.
    pub transaction: Vec<u8>,
    /// Its place in the block; the first is 0.
    pub index: u32,
    /// Number of transactions in the block.
    pub count: u32,
    /// Siblings from the transaction up to the root.
    pub branch: Vec<Hash>,
}

/// Why a branch proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InclusionFault {
    /// The transaction is as long as an inner node, or longer than any block.
    TransactionSize {
        /// Its bytes.
        bytes: usize,
    },
    /// No block has so many transactions, or none at all.
    Count {
        /// The number claimed.
        count: u32,
    },
    /// The place is not in the block.
    Index {
        /// The place claimed.
        index: u32,
        /// Transactions of the block.
        count: u32,
    },
    /// The branch is not as long as the number of transactions asks for.
    BranchLength {
        /// Hashes it must have.
        expected: usize,
        /// Hashes it has.
        found: usize,
    },
    /// A node is its own sibling where the block has a real one, or has another where none exists.
    Doubled {
        /// Counted from the transaction.
        level: usize,
    },
    /// The branch leads to another root.
    Root,
}

impl fmt::Display for InclusionFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TransactionSize { bytes } => {
                write!(f, "a transaction of {bytes} bytes proves nothing")
            }
            Self::Count { count } => {
                write!(f, "no block has {count} transactions (1 to {MAX_TRANSACTIONS})")
            }
            Self::Index { index, count } => {
                write!(f, "place {index} is not in a block of {count} transactions")
            }
            Self::BranchLength { expected, found } => {
                write!(f, "the branch has {found} hashes where {expected} are needed")
            }
            Self::Doubled { level } => {
                write!(f, "the branch counts a transaction twice at level {level}")
            }
            Self::Root => f.write_str("the branch leads to another block"),
        }
    }
}

impl std::error::Error for InclusionFault {}

/// Hashes in the branch of a block with `count` transactions.
pub fn branch_len(count: u32) -> usize {
    let last = count.saturating_sub(1);
    usize::try_from(last.checked_ilog2().map_or(0, |top| top.saturating_add(1))).unwrap_or(0)
}

/// Checks that the transaction is in the block with this root, and answers its id.
///
/// # Errors
/// See [`InclusionFault`].
pub fn verify(inclusion: &Inclusion, merkle_root: &Hash) -> Result<Hash, InclusionFault> {
    let Inclusion { transaction, index, count, branch } = inclusion;
    let bytes = transaction.len();
    if bytes == NODE_BYTES || bytes > MAX_TRANSACTION_BYTES {
        return Err(InclusionFault::TransactionSize { bytes });
    }
    if *count == 0 || *count > MAX_TRANSACTIONS {
        return Err(InclusionFault::Count { count: *count });
    }
    if index >= count {
        return Err(InclusionFault::Index { index: *index, count: *count });
    }
    let (expected, found) = (branch_len(*count), branch.len());
    if found != expected {
        return Err(InclusionFault::BranchLength { expected, found });
    }
    let txid = double_sha256(transaction);
    if climb(txid, *index, *count, branch)? == *merkle_root {
        Ok(txid)
    } else {
        Err(InclusionFault::Root)
    }
}

fn climb(txid: Hash, mut index: u32, count: u32, branch: &[Hash]) -> Result<Hash, InclusionFault> {
    let (mut last, mut digest) = (count.saturating_sub(1), txid);
    for (level, sibling) in branch.iter().enumerate() {
        // Only the lone node at the right edge is its own sibling.
        let lone = index & 1 == 0 && index == last;
        if lone != (*sibling == digest) {
            return Err(InclusionFault::Doubled { level });
        }
        digest = if index & 1 == 1 { node(sibling, &digest) } else { node(&digest, sibling) };
        index >>= 1;
        last >>= 1;
    }
    Ok(digest)
}

fn node(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [0; NODE_BYTES];
    let (first, second) = bytes.split_at_mut(32);
    first.copy_from_slice(left);
    second.copy_from_slice(right);
    double_sha256(&bytes)
}

/// The branch of transaction `index` and the block's root, from the ids of all its transactions;
/// none when the block has no such transaction.
pub fn branch_of(txids: &[Hash], index: usize) -> Option<(Vec<Hash>, Hash)> {
    txids.get(index)?;
    let (mut level, mut at, mut branch) = (txids.to_vec(), index, vec![]);
    while level.len() > 1 {
        let last = *level.last()?;
        branch.push(*level.get(at ^ 1).unwrap_or(&last));
        let pair = |pair: &[Hash]| match pair {
            [left, right] => node(left, right),
            _ => node(&last, &last),
        };
        level = level.chunks(2).map(pair).collect();
        at >>= 1;
    }
    Some((branch, *level.first()?))
}
