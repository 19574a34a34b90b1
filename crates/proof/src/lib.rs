//! Proofs that need nobody's word: trees over the books, what the subnet certifies of them, and
//! Bitcoin's headers and branches.
//!
//! Everything here is a function of its arguments. The canister builds with it, a client verifies
//! with it, and neither has to trust the other.
//!
//! | room | holds |
//! |---|---|
//! | [`hash`] | leaves and nodes, kept apart by their first byte |
//! | [`tree`] | one tree shape: appending, changing, roots, paths |
//! | [`path`] | what a verifier does with a path |
//! | [`leaves`] | what the leaves of the books say, byte for byte |
//! | [`commitment`] | the roots of one epoch, chained |
//! | [`certified`] | the labelled tree whose root the subnet signs |
//! | [`statement`] | from certified data down to one balance |
//! | `certificate` | the subnet's signature itself; a feature, for clients |
//! | [`bitcoin`] | headers, work, the best chain, inclusion of a transaction |

#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::float_arithmetic,
        clippy::indexing_slicing,
        clippy::integer_division,
        clippy::string_slice,
        clippy::unwrap_used
    )
)]

pub mod bitcoin;
#[cfg(feature = "certificate")]
pub mod certificate;
pub mod certified;
pub mod commitment;
mod fault;
pub mod hash;
pub mod leaves;
pub mod path;
pub mod statement;
pub mod tree;

pub use fault::ProofFault;
pub use hash::Hash;
