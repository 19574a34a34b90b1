//! The `recovery` canister: how the rules of `recovery-core` are reached, kept and scheduled.
//! Nothing is decided here.
//!
//! | room | holds |
//! |---|---|
//! | [`endpoints`] | every method, documented; the interface file is made from it |
//! | [`install`] | first install and upgrade |
//! | [`state`] | the one store of this instance |
//! | [`access`] | who may read what |
//! | [`flows`] | stories over several messages |
//! | [`ports`] | the governor, and the network that keeps it |
//! | [`tasks`] | jobs |
//! | [`convert`] | wire types to the core's and back |
//! | [`observe`] | health, metrics, figures for people |

pub mod access;
pub mod convert;
pub mod endpoints;
pub mod flows;
pub mod install;
pub mod observe;
pub mod ports;
pub mod state;
pub mod tasks;
