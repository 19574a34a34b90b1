//! Running networks: `live` is a network with its certification authority and its real-time mode,
//! `worker` the thread it lives on, `home` the directory its state is kept in.

mod home;
mod live;
mod worker;

pub use live::{Instance, InstanceSpec};
pub use worker::{InstanceGone, InstanceHandle};

/// What the network calls itself. The part before `+` is the protocol version that clients check.
pub const VERSION: &str = concat!("16.1.0+localnet.", env!("CARGO_PKG_VERSION"));
