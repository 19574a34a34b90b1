//! The committee that can repair the governor, and nothing else: requests, their approvals, their
//! execution.

mod install;
mod requests;

pub use install::*;
pub use requests::*;
