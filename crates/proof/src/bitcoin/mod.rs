//! What Bitcoin proves by itself: work behind headers, and a transaction's place in a block.
//!
//! | room | holds |
//! |---|---|
//! | [`number`] | 256-bit targets and work |
//! | [`header`] | 80 bytes, their hash, their target |
//! | [`chain`] | linkage, difficulty, the chain with most work |
//! | [`inclusion`] | the branch from a transaction to its block |

pub mod chain;
pub mod header;
pub mod inclusion;
pub mod number;

use sha2::{Digest, Sha256};

use crate::Hash;

/// SHA-256 of SHA-256, which Bitcoin hashes everything with.
pub fn double_sha256(bytes: &[u8]) -> Hash {
    Sha256::digest(Sha256::digest(bytes)).into()
}
