//! What is stored, in its newest shape: a version byte and CBOR each.
//!
//! | family | room |
//! |---|---|
//! | configuration, roles | [`config`] |
//! | event | [`event`] |
//! | request with its operation, approvals and execution | [`request`] |
//! | running figures, what was seen of the governor | [`totals`] |
//!
//! Field numbers are never used again; a retired one stays as a comment.

pub mod config;
pub mod event;
pub mod request;
pub mod totals;

pub use config::{Committee, Config, Delays, Role};
pub use event::{Event, EventKind};
pub use granary_kernel::{Mode, Phase, Profile, RoleGrant};
pub use request::{Approval, Operation, Request, Run, State, Step};
pub use totals::{Outlook, Seen, Totals};
