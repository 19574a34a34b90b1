//! Everything that needs a running canister.
//!
//! Eight categories, one module each: [`basic_communication`], [`application_submission_workflow`],
//! [`error_handling`], [`concurrent_operations`], [`system_metrics_collection`],
//! [`heartbeat_monitoring`], [`upgrade_resilience`], [`error_propagation`]. Beside them: [`access`]
//! (every method for every role), [`upgrade`] (what an upgrade may and may not do), [`hostile`]
//! (malformed input), [`standard`] (what is true for every canister of the suite), [`registry`]
//! (people), [`execution`] (payments), [`governor`] (proposals, votes, releases), [`recovery`]
//! (repairs of the governor), [`risk_guard`] (limits, seals, alerts), [`between`] (what binds two
//! canisters),
//! [`payouts`] (on their way to be paid),
//! [`ledger`] (the ledger and the price feed that tests use), [`stories`] (whole grant rounds),
//! [`scale`] (long lists), [`simulation`] (seeded schedules against an independent model of the
//! money).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod access;
mod application_submission_workflow;
mod basic_communication;
mod between;
mod concurrent_operations;
mod dependencies;
mod error_handling;
mod error_propagation;
mod execution;
mod governor;
mod heartbeat_monitoring;
mod hostile;
mod inter_canister;
mod ledger;
mod payouts;
mod portfolio;
mod recovery;
mod registry;
mod risk_guard;
mod scale;
mod simulation;
mod standard;
mod stories;
mod sweep;
mod system_metrics_collection;
mod upgrade;
mod upgrade_resilience;

use std::path::Path;

use granary_api::micro_grants::InitArgs;
use granary_tests::{subject::Subject, world::World};

/// The server program of this build.
pub(crate) fn localnet() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_granary-test-server"))
}

/// A fresh network with the canister installed.
pub(crate) fn world() -> World {
    World::new(localnet())
}

/// A fresh network with the canister installed with these arguments.
pub(crate) fn world_with(args: InitArgs) -> World {
    World::with(localnet(), args)
}

/// A fresh network with this canister of the suite installed.
pub(crate) fn world_of(subject: &'static Subject) -> World {
    World::of(localnet(), subject)
}
