//! `granary members`: who governs, and whether they are there.

use clap::Subcommand;

use crate::{
    cli::Mutation,
    client::governor::{CANISTER, GET_MEMBERS, MEMBER_HEARTBEAT},
    exit::Exit,
    failure::Failure,
    operations::{change::apply_to, govern::PROPOSER},
    render::assembly::Members,
    session::Session,
};

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// List members: what they may do, and when they showed a sign. Ends with 3 when too few are
    /// live to decide anything.
    List,
    /// Show a sign of life.
    Heartbeat(Heartbeat),
}

#[derive(clap::Args, Debug)]
pub(crate) struct Heartbeat {
    #[command(flatten)]
    mutation: Mutation,
}

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::List => {
            let governor = session.remote(CANISTER, "auditor").await?;
            let members = Members::from(&governor.ask(GET_MEMBERS).await?);
            session.out.emit(&members)?;
            Ok(if members.is_short() { Exit::Degraded } else { Exit::Ok })
        }
        Command::Heartbeat(Heartbeat { mutation }) => {
            let to = (CANISTER, PROPOSER);
            apply_to(session, mutation, to, "show a sign of life", MEMBER_HEARTBEAT, &()).await
        }
    }
}
