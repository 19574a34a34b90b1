//! `granary grants milestone`: work delivered and judged.

pub(crate) mod review;
pub(crate) mod submit;

use clap::Subcommand;

use crate::{exit::Exit, failure::Failure, session::Session};

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Hand in the evidence of a milestone.
    Submit(submit::Args),
    /// Accept a milestone, or return it.
    Review(review::Args),
}

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::Submit(args) => submit::exec(args, session).await,
        Command::Review(args) => review::exec(args, session).await,
    }
}
