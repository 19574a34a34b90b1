//! The constitution: members, proposals, votes, releases with their way back, incidents.

mod authority;
mod executions;
mod incidents;
mod install;
mod members;
mod proposals;
mod releases;

pub use authority::*;
pub use executions::*;
pub use incidents::*;
pub use install::*;
pub use members::*;
pub use proposals::*;
pub use releases::*;
