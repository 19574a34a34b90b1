//! A token ledger for tests: it keeps to ICRC-1, ICRC-2, ICRC-3 and ICRC-10 and fails on demand.
//!
//! | file | holds |
//! |---|---|
//! | [`endpoints`] | every method; the interface file is made from it |
//! | [`install`] | first install and upgrade; both refuse mainnet |
//! | [`state`] | the one ledger of this instance |
//! | [`ledger`] | what is stored, and how a transaction becomes a block |
//! | [`layout`] | which stable memory holds what |
//! | [`transfer`] | moving, minting and burning |
//! | [`approve`] | allowances |
//! | [`timing`] | the window in which a repetition is recognised |
//! | [`refusal`] | why nothing happened, in the words of each standard |
//! | [`account`] | accounts as keys and as parts of blocks |
//! | [`block`] | what a block says, as stored and as shown |
//! | [`hashing`] | the hash of a value |
//! | [`tip`] | the certified end of the log |
//! | [`log`] | reading the log by pages |
//! | [`control`] | what a test may set |
//! | [`delivery`] | answers that come late or never |
//!
//! Every figure depends on the calls alone, so the same calls give the same blocks.

pub mod account;
pub mod approve;
pub mod block;
pub mod control;
pub mod delivery;
pub mod endpoints;
pub mod hashing;
pub mod install;
pub mod layout;
pub mod ledger;
pub mod log;
pub mod refusal;
pub mod state;
pub mod timing;
pub mod tip;
pub mod transfer;
