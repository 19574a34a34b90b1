//! What is true for every canister of the suite, tested for each in the same words.
//!
//! A canister joins with a file of its own here: its subject, and a state with something of
//! everything in it.

mod backup;
mod beat;
mod endpoints;
mod execution;
mod failures;
mod governor;
mod lifecycle;
mod micro_grants;
mod portfolio;
mod recovery;
mod registry;
pub(crate) mod rehearsal;
mod risk_guard;
