//! `granary grants program`: spending programmes.

pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod open;
pub(crate) mod show;

use clap::Subcommand;

use crate::{exit::Exit, failure::Failure, session::Session};

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Create a programme; it takes applications once it is open.
    Create(Box<create::Args>),
    /// Open a programme to applications.
    Open(open::Args),
    /// List programmes.
    List(list::Args),
    /// Show a programme's terms.
    Show(show::Args),
}

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::Create(args) => create::exec(*args, session).await,
        Command::Open(args) => open::exec(args, session).await,
        Command::List(args) => list::exec(args, session).await,
        Command::Show(args) => show::exec(args, session).await,
    }
}
