//! An exchange-rate canister for tests: the interface, errors and charges of the real one, with
//! rates that a test sets.
//!
//! | file | holds |
//! |---|---|
//! | [`endpoints`] | every method; the interface file is made from it |
//! | [`install`] | first install and upgrade; both refuse mainnet |
//! | [`state`] | the one feed of this instance, and where it is stored |
//! | [`feed`] | which answer a request gets, and what it costs |
//! | [`control`] | what a test may set |
//! | [`delivery`] | answers that come late or never |
//!
//! Every answer depends on the calls and the time alone.

pub mod control;
pub mod delivery;
pub mod endpoints;
pub mod feed;
pub mod install;
pub mod state;
