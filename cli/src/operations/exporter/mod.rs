//! The controller's view of the suite, kept for Prometheus.
//!
//! | room | holds |
//! |---|---|
//! | `reading` | what the management canister tells a controller about one canister |
//! | `board` | the newest reading of each canister |
//! | `families` | the readings as metric families |
//! | `targets` | where Prometheus finds the canisters' own metrics |

pub(crate) mod board;
pub(crate) mod families;
pub(crate) mod reading;
pub(crate) mod targets;
