//! `granary payments orphan`: payments that no intent explains.

use clap::Subcommand;
use granary_api::{common::PageArgs, execution::OrphanArgs};

use crate::{
    cli::Mutation,
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
    List(List),
    /// Say that one was looked at, so that its asset is paid again.
    Acknowledge(Acknowledge),
}

#[derive(clap::Args, Debug)]
pub(crate) struct List {
    /// Start behind this number.
    #[arg(long, value_name = "ID")]
    after: Option<u64>,
    /// Rows of one page.
    #[arg(long, default_value_t = 50)]
    limit: u32,
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
        Command::List(List { after, limit }) => {
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
