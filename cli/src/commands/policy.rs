//! `granary policy explain`: who could change what, and after how long.

use clap::Subcommand;

use crate::{
    client::governor::{CANISTER, EXPLAIN_AUTHORITY, GET_CONFIG, LIST_TARGETS},
    exit::Exit,
    failure::Failure,
    operations::govern::authority,
    render::assembly::Authority,
    session::Session,
};

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Every way to change something: what, over which canister, who, after how long; weak ones
    /// first. Ends with 1 when one is weaker than what the rules promise.
    Explain,
}

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    let Command::Explain = command;
    let governor = session.remote(CANISTER, "auditor").await?;
    let mut authority = governor.query(EXPLAIN_AUTHORITY, &()).await?;
    let targets = governor.ask(LIST_TARGETS).await?;
    let recovery = governor.ask(GET_CONFIG).await?.recovery.map(|recovery| recovery.canister);
    authority::complete(&governor, &targets, recovery, &mut authority).await?;
    let shown = Authority::new(&authority, &targets);
    session.out.emit(&shown)?;
    Ok(if shown.is_weak() { Exit::Failed } else { Exit::Ok })
}
