//! Spending programmes: people apply, reviewers decide, milestones and streams release money.
//!
//! Amounts (`_units`) are in the smallest unit of the canister's asset. In arguments they are
//! [`candid::Nat`], so that a number of any size gets a typed refusal; in replies they fit 128
//! bits.

mod applications;
mod grants;
mod install;
mod programs;
mod reviews;

pub use applications::*;
pub use grants::*;
pub use install::*;
pub use programs::*;
pub use reviews::*;
