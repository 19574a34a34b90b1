//! The hands: transfer intents, approvals, standing authorisations, the quarantine.

mod intents;

pub use intents::*;
