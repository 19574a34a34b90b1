//! Optional tiers: what needs something that CI and closed networks may not have.
//!
//! A tier that cannot get what it needs says so and fails: it never passes without having run.

mod icp;

use clap::Subcommand;

use crate::project::Project;

/// The tiers there are.
#[derive(Debug, Subcommand)]
pub(crate) enum Tier {
    /// The official `icp` command, from npm, against localnet: every command with what it must
    /// say and how it must end.
    Icp,
}

/// Runs a tier; `Ok(false)` means that it ran and found something, already printed.
pub(crate) fn run(project: &Project, tier: &Tier) -> Result<bool, String> {
    match tier {
        Tier::Icp => icp::run(project),
    }
}
