//! The commands: arguments in, an operation started, a report out.

pub(crate) mod books;
pub(crate) mod completions;
pub(crate) mod demo;
pub(crate) mod deploy;
pub(crate) mod export;
pub(crate) mod exporter;
pub(crate) mod grants;
pub(crate) mod guard;
pub(crate) mod health;
pub(crate) mod identity;
pub(crate) mod import;
pub(crate) mod node;
pub(crate) mod payments;
pub(crate) mod rollback;
pub(crate) mod upgrade;
pub(crate) mod users;
pub(crate) mod validate;

use crate::{cli::Command, exit::Exit, failure::Failure, session::Session};

/// Runs a command.
pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        // The longest commands keep their state on the heap.
        Command::Demo(args) => Box::pin(demo::exec(args, session)).await,
        Command::Node(args) => Box::pin(node::exec(args, session)).await,
        Command::Deploy(args) => Box::pin(deploy::exec(args, session)).await,
        Command::Upgrade(args) => Box::pin(upgrade::exec(args, session)).await,
        Command::Rollback(args) => Box::pin(rollback::exec(args, session)).await,
        Command::Export(args) => export::exec(args, session).await,
        Command::Exporter(args) => Box::pin(exporter::exec(args, session)).await,
        Command::Import(args) => Box::pin(import::exec(args, session)).await,
        Command::Grants(command) => Box::pin(grants::run(command, session)).await,
        Command::Users(command) => Box::pin(users::run(command, session)).await,
        Command::Books(command) => Box::pin(books::run(command, session)).await,
        Command::Payments(command) => Box::pin(payments::run(command, session)).await,
        Command::Guard(command) => Box::pin(guard::run(command, session)).await,
        Command::Identity(args) => identity::exec(&args, session),
        Command::Health(args) => health::exec(args, session).await,
        Command::Validate(args) => validate::exec(args, session).await,
        Command::Completions(args) => completions::exec(&args, session),
    }
}
