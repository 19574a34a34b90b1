//! The rules: limits, reservations, announcements, seals, breakers, alerts.

mod explain;
mod guards;
mod install;
mod outflows;
mod policy;
mod watch;

pub use explain::*;
pub use guards::*;
pub use install::*;
pub use outflows::*;
pub use policy::*;
pub use watch::*;
