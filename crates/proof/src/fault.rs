//! Why a proof is none.

use core::fmt;

/// Why a proof is none. Whoever sees one trusts nothing of what was to be proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofFault {
    /// The leaf's number is not in a tree of that size.
    Outside {
        /// The number.
        index: u64,
        /// Leaves of the tree.
        size: u64,
    },
    /// The path has not the length that the tree's size asks for.
    PathLength {
        /// Hashes it must have.
        expected: usize,
        /// Hashes it has.
        found: usize,
    },
    /// The path leads to another root.
    Root,
    /// The smaller tree is not the beginning of the larger one.
    Inconsistent,
    /// A tree cannot be the beginning of a smaller one.
    Shrunk {
        /// Leaves of the tree that is said to be the beginning.
        from: u64,
        /// Leaves of the tree that is said to contain it.
        to: u64,
    },
    /// The witness is no hash tree.
    WitnessMalformed,
    /// The witness has another root than the certified data.
    WitnessRoot,
    /// The witness does not show what was asked for.
    WitnessSilent,
    /// The commitment is not the one the witness shows.
    Commitment,
    /// The leaf speaks of something else than was asked for.
    Subject,
}

impl fmt::Display for ProofFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outside { index, size } => {
                write!(f, "leaf {index} is not in a tree of {size} leaves")
            }
            Self::PathLength { expected, found } => {
                write!(f, "the path has {found} hashes where {expected} are needed")
            }
            Self::Root => f.write_str("the path leads to another root"),
            Self::Inconsistent => f.write_str("the earlier tree is not the beginning of the later"),
            Self::Shrunk { from, to } => {
                write!(f, "a tree of {from} leaves cannot be the beginning of one of {to}")
            }
            Self::WitnessMalformed => f.write_str("the witness is no hash tree"),
            Self::WitnessRoot => f.write_str("the witness is not of the certified data"),
            Self::WitnessSilent => f.write_str("the witness does not show what it must"),
            Self::Commitment => f.write_str("the commitment is not the certified one"),
            Self::Subject => f.write_str("the leaf speaks of another subject"),
        }
    }
}

impl std::error::Error for ProofFault {}
