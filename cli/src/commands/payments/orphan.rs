//! `granary payments orphan`: payments that no intent explains.

use clap::Subcommand;
use granary_api::{common::PageArgs, execution::OrphanArgs};

use crate::{
    cli::{Mutation, Rows},
    client::execution::{ACKNOWLEDGE_ORPHAN, CANISTER, LIST_ADOPTED_ASSETS, LIST_ORPHANS},
    exit::Exit,
    failure::Failure,
    operations::change::apply_to,
    render::hands::Orphans,
    session::Session,
};

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// List them, oldest first.
    List(Rows),
    /// Say that one was looked at, so that its asset is paid again.
    Acknowledge(Acknowledge),
}

#[derive(clap::Args, Debug)]
pub(crate) struct Acknowledge {
    /// Number of the payment without an intent.
    orphan: u64,
    #[command(flatten)]
    mutation: Mutation,
}

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::List(Rows { after, limit }) => {
            let hands = session.remote(CANISTER, "auditor").await?;
            let assets = hands.ask(LIST_ADOPTED_ASSETS).await?;
            let page = hands.query(LIST_ORPHANS, &PageArgs { after, limit }).await?;
            session.out.emit(&Orphans::new(&page, &assets))?;
            Ok(Exit::Ok)
        }
        Command::Acknowledge(Acknowledge { orphan, mutation }) => {
            let what = format!("say that the payment without an intent {orphan} was looked at");
            let to = (CANISTER, "governor");
            let call = OrphanArgs { orphan };
            apply_to(session, mutation, to, &what, ACKNOWLEDGE_ORPHAN, &call).await
        }
    }
}
