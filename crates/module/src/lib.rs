//! What a Wasm module says of itself, and what stands against it as new code.
//!
//! A module comes from whoever proposes it, so nothing of it is trusted: no input makes this panic,
//! and every step has a bound. The program for operators looks at a module with this before it
//! drains anything, and the canister that holds the releases looks at the same bytes with the same
//! code before anybody votes on them.
//!
//! | room | holds |
//! |---|---|
//! | [`module`] | [`Module`]: all that is to be known, read in one pass |
//! | [`stated`] | [`Stated`]: canister, version, commit, schemas, interface |
//! | [`checks`] | what stands against exports and imports |
//! | [`interface`] | whether a new Candid interface serves the callers of an old one |
//! | [`encoding`] | as it is or packed, unpacking within a bound, hashes |
//! | [`sections`] | metadata, exports and imports of Wasm |
//! | [`fault`] | [`ModuleFault`]: why bytes are no module |
//! | [`limits`] | every bound, with its origin |
//! | `cursor`, `text` | a place in the bytes; text made fit to be shown |
//!
//! Packed and unpacked, a module has two hashes, and both matter: the network tells the one of the
//! exact bytes that were installed, and whoever builds from the sources arrives at the other.

#![warn(missing_docs)]
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

pub mod checks;
mod cursor;
pub mod encoding;
pub mod fault;
pub mod interface;
pub mod limits;
pub mod module;
pub mod sections;
pub mod stated;
mod text;

pub use encoding::{Encoding, sha256};
pub use fault::ModuleFault;
pub use interface::Verdict;
pub use module::Module;
pub use stated::Stated;
