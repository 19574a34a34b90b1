//! The `governor` canister: how the rules of `governor-core` are reached, kept and scheduled.
//! Nothing is decided here.
//!
//! | room | holds |
//! |---|---|
//! | [`endpoints`] | every method, documented; the interface file is made from it |
//! | [`install`] | first install and upgrade |
//! | [`state`] | the one store of this instance, and what it shows to the suite's host |
//! | [`access`] | which roles may read what |
//! | [`flows`] | stories over several messages: a step of an execution, an audit, a look around |
//! | [`ports`] | the canisters this one calls |
//! | [`tasks`] | the shell's own jobs |
//! | [`convert`] | wire types to the core's and back, and proposals in plain words |
//! | [`observe`] | health and metrics of the constitution |

pub mod access;
pub mod convert;
pub mod endpoints;
pub mod flows;
pub mod install;
pub mod observe;
pub mod ports;
pub mod state;
pub mod tasks;
