//! The commands: arguments in, an operation started, a report out.

pub(crate) mod alerts;
pub(crate) mod backup;
pub(crate) mod books;
pub(crate) mod completions;
pub(crate) mod demo;
pub(crate) mod deploy;
pub(crate) mod doctor;
pub(crate) mod drill;
pub(crate) mod export;
pub(crate) mod exporter;
pub(crate) mod governor;
pub(crate) mod grants;
pub(crate) mod guard;
pub(crate) mod hash;
pub(crate) mod health;
pub(crate) mod identity;
pub(crate) mod import;
pub(crate) mod incident;
pub(crate) mod members;
pub(crate) mod monitor;
pub(crate) mod node;
pub(crate) mod payments;
pub(crate) mod policy;
pub(crate) mod proposal;
pub(crate) mod rehearse;
pub(crate) mod restore;
pub(crate) mod rollback;
pub(crate) mod upgrade;
pub(crate) mod users;
pub(crate) mod validate;
pub(crate) mod verify;

use crate::{cli::Command, exit::Exit, failure::Failure, session::Session};

/// Runs a command.
pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        // The longest commands keep their state on the heap.
        Command::Demo(args) => Box::pin(demo::exec(args, session)).await,
        Command::Drill(args) => Box::pin(drill::exec(args, session)).await,
        Command::Doctor(args) => Box::pin(doctor::exec(args, session)).await,
        Command::Node(args) => Box::pin(node::exec(args, session)).await,
        Command::Deploy(args) => Box::pin(deploy::exec(args, session)).await,
        Command::Upgrade(args) => Box::pin(upgrade::exec(args, session)).await,
        Command::Rollback(args) => Box::pin(rollback::exec(args, session)).await,
        Command::Backup(command) => Box::pin(backup::run(command, session)).await,
        Command::Rehearse(args) => Box::pin(rehearse::exec(args, session)).await,
        Command::Restore(args) => Box::pin(restore::exec(args, session)).await,
        Command::Export(args) => export::exec(args, session).await,
        Command::Exporter(args) => Box::pin(exporter::exec(args, session)).await,
        Command::Import(args) => Box::pin(import::exec(args, session)).await,
        Command::Grants(command) => Box::pin(grants::run(command, session)).await,
        Command::Users(command) => Box::pin(users::run(command, session)).await,
        Command::Books(command) => Box::pin(books::run(command, session)).await,
        Command::Payments(command) => Box::pin(payments::run(command, session)).await,
        Command::Guard(command) => Box::pin(guard::run(command, session)).await,
        Command::Governor(command) => Box::pin(governor::run(command, session)).await,
        Command::Proposal(command) => Box::pin(proposal::run(command, session)).await,
        Command::Members(command) => members::run(command, session).await,
        Command::Policy(command) => policy::run(command, session).await,
        Command::Incident(command) => incident::run(command, session).await,
        Command::Identity(args) => identity::exec(&args, session),
        Command::Hash(command) => hash::run(command, session).await,
        Command::Health(args) => health::exec(args, session).await,
        Command::Monitor(args) => Box::pin(monitor::exec(args, session)).await,
        Command::Alerts(command) => Box::pin(alerts::run(command, session)).await,
        Command::Validate(args) => validate::exec(args, session).await,
        Command::Verify(args) => Box::pin(verify::exec(args, session)).await,
        Command::Completions(args) => completions::exec(&args, session),
    }
}
