//! The books: assets, accounts, double-entry ledger entries, reconciliations, statements.

mod books;
mod install;

pub use books::*;
pub use install::*;
