//! Why a structure could not be opened or written.

use core::fmt;

/// Why a structure could not be opened or written. What was stored before is unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StorageFault {
    /// Stable memory did not grow: the platform's limit or the canister's reserve is reached.
    OutOfMemory,
    /// The region begins with another structure's mark.
    Foreign {
        /// The mark of the structure that was to be opened.
        expected: [u8; 4],
        /// The mark that is there.
        found: [u8; 4],
    },
    /// The region was made with another shape.
    Shape {
        /// Which figure differs.
        what: &'static str,
        /// The figure of the code.
        expected: u64,
        /// The figure in the region.
        found: u64,
    },
    /// There is no item with this number.
    OutOfBounds {
        /// The number asked for.
        index: u64,
        /// How many items there are.
        len: u64,
    },
    /// The structure holds as many items as it may.
    Full {
        /// How many that is.
        limit: u64,
    },
}

impl fmt::Display for StorageFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfMemory => f.write_str("stable memory did not grow"),
            Self::Foreign { expected, found } => write!(
                f,
                "the region holds {:?} where {:?} was expected",
                String::from_utf8_lossy(found),
                String::from_utf8_lossy(expected)
            ),
            Self::Shape { what, expected, found } => {
                write!(f, "the region has {what} {found} where the code has {expected}")
            }
            Self::OutOfBounds { index, len } => {
                write!(f, "there is no item {index} among {len}")
            }
            Self::Full { limit } => write!(f, "the structure holds its limit of {limit} items"),
        }
    }
}

impl std::error::Error for StorageFault {}
