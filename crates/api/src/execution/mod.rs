//! The hands: transfer intents, approvals, standing authorisations, the quarantine.

mod assets;
mod install;
mod intents;
mod people;

pub use assets::*;
pub use install::*;
pub use intents::*;
pub use people::*;
