//! `granary grants`: the daily work of a grant round.

pub(crate) mod accept;
pub(crate) mod budget;
pub(crate) mod export;
pub(crate) mod finalize;
pub(crate) mod list;
pub(crate) mod metrics;
pub(crate) mod milestone;
pub(crate) mod payout;
pub(crate) mod program;
pub(crate) mod review;
pub(crate) mod show;
pub(crate) mod submit;

use std::path::Path;

use clap::Subcommand;
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};

use crate::{exit::Exit, failure::Failure, session::Session};

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Spending programmes.
    #[command(subcommand)]
    Program(program::Command),
    /// List applications or grants.
    List(list::Args),
    /// Show an application with its reviews, or a grant with its milestones.
    Show(show::Args),
    /// Apply for a grant.
    Submit(submit::Args),
    /// Declare that there is no conflict of interest, and review an application.
    Review(review::Args),
    /// Decide an application when its reviews are in.
    Finalize(finalize::Args),
    /// Accept an offered grant.
    Accept(accept::Args),
    /// Milestones of a grant.
    #[command(subcommand)]
    Milestone(milestone::Command),
    /// Request the payout of an accepted milestone, or of a lump sum.
    Payout(payout::Args),
    /// A programme's money.
    Budget(budget::Args),
    /// The canister's figures over all applications.
    Metrics(metrics::Args),
    /// A programme's public report as DAOIP-5 or CSV.
    Export(export::Args),
}

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::Program(command) => program::run(command, session).await,
        Command::List(args) => list::exec(args, session).await,
        Command::Show(args) => show::exec(args, session).await,
        Command::Submit(args) => submit::exec(args, session).await,
        Command::Review(args) => review::exec(args, session).await,
        Command::Finalize(args) => finalize::exec(args, session).await,
        Command::Accept(args) => accept::exec(args, session).await,
        Command::Milestone(command) => milestone::run(command, session).await,
        Command::Payout(args) => payout::exec(args, session).await,
        Command::Budget(args) => budget::exec(args, session).await,
        Command::Metrics(args) => metrics::exec(args, session).await,
        Command::Export(args) => export::exec(args, session).await,
    }
}

/// The hash under which a document is known to the canister.
fn file_hash(path: &Path) -> Result<ByteBuf, Failure> {
    let bytes = std::fs::read(path).map_err(Failure::file("read", path))?;
    Ok(ByteBuf::from(Sha256::digest(bytes).to_vec()))
}
