//! The `micro_grants` canister: how the rules of `micro_grants-core` are reached, kept and
//! scheduled. Nothing is decided here.
//!
//! | room | holds |
//! |---|---|
//! | [`endpoints`] | every method, documented; the interface file is made from it |
//! | [`install`] | first install and upgrade |
//! | [`state`] | the one store of this instance |
//! | [`access`] | who calls, and in which frame a call runs |
//! | [`flows`] | stories over several messages |
//! | [`ports`] | the canisters this one calls |
//! | [`tasks`] | jobs and the alarm that wakes them |
//! | [`convert`] | wire types to the core's and back |
//! | [`observe`] | health, metrics, pages for people |

pub mod access;
pub mod convert;
pub mod endpoints;
pub mod flows;
pub mod install;
pub mod observe;
pub mod ports;
pub mod state;
pub mod tasks;
