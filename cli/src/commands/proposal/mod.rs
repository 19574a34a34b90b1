//! `granary proposal`: what members decide, and what becomes of it.

pub(crate) mod attest;
pub(crate) mod create;
pub(crate) mod governed;
pub(crate) mod run;
pub(crate) mod upgrade;
pub(crate) mod view;
pub(crate) mod vote;

use clap::Subcommand;

use crate::{cli::Rows, exit::Exit, failure::Failure, session::Session};

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Propose something.
    #[command(subcommand)]
    Create(create::Command),
    /// List proposals, newest first.
    List(view::List),
    /// Show a proposal: where it stands, what it waits for, who said what.
    Show(view::Which),
    /// Show what a proposal would do, in the governor's own words, with the digest to approve.
    Render(view::Which),
    /// Say what one's own build of a release came to.
    Attest(attest::Args),
    /// Check a release against what is there just now.
    Audit(run::Step),
    /// Try a release on copies of its canisters.
    Rehearse(run::Step),
    /// Show what a rehearsal came to.
    Rehearsal(view::Which),
    /// Approve a proposal as it is shown.
    Approve(vote::Word),
    /// Say no to a proposal as it is shown.
    Reject(vote::Word),
    /// Take one's own word back.
    Revoke(vote::Revoke),
    /// Stop a proposal that waits for its timelock.
    Veto(vote::Because),
    /// Take back what one proposed.
    Cancel(vote::Because),
    /// Begin what is approved and has waited long enough.
    Execute(run::Step),
    /// Ask for a release to be taken back while it is observed.
    Rollback(vote::Word),
    /// List the fleet snapshots that `create rollback` and `create prune` name.
    Snapshots(Rows),
    /// Follow a proposal until it is over.
    Watch(run::Watch),
}

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::Create(command) => Box::pin(create::run(command, session)).await,
        Command::List(args) => view::list(args, session).await,
        Command::Show(args) => view::show(args, session).await,
        Command::Render(args) => view::render(args, session).await,
        Command::Attest(args) => attest::exec(args, session).await,
        Command::Audit(args) => run::audit(args, session).await,
        Command::Rehearse(args) => run::rehearse(args, session).await,
        Command::Rehearsal(args) => view::rehearsal(args, session).await,
        Command::Approve(args) => vote::approve(args, session).await,
        Command::Reject(args) => vote::reject(args, session).await,
        Command::Revoke(args) => vote::revoke(args, session).await,
        Command::Veto(args) => vote::veto(args, session).await,
        Command::Cancel(args) => vote::cancel(args, session).await,
        Command::Execute(args) => run::execute(args, session).await,
        Command::Rollback(args) => vote::rollback(args, session).await,
        Command::Snapshots(rows) => view::snapshots(rows, session).await,
        Command::Watch(args) => run::watch(args, session).await,
    }
}
