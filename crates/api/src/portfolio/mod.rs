//! The books: assets, accounts, double-entry ledger entries, reconciliations, statements, outputs,
//! prices, commitments.

mod books;
mod install;
mod proofs;

pub use books::*;
pub use install::*;
pub use proofs::*;
