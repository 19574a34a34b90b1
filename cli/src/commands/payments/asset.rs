//! `granary payments asset`: what can be paid.

use clap::Subcommand;
use granary_api::execution::AssetArgs;

use super::adopted;
use crate::{
    cli::Mutation,
    client::execution::{ADOPT_ASSET, CANISTER, LIST_ADOPTED_ASSETS, TEST_LEDGER_CONNECTION},
    exit::Exit,
    failure::Failure,
    operations::change::apply_to,
    render::hands::{Assets, LedgerAnswer},
    session::Session,
};

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// List the assets, with what was paid and what is on its way.
    List,
    /// Let an asset of the books be paid, or refresh its fee.
    Adopt(Which),
    /// Ask an asset's ledger for its fee, its length and the treasury's balance.
    Check(Check),
}

#[derive(clap::Args, Debug)]
pub(crate) struct Which {
    /// Number of the asset in the books.
    asset: u64,
    #[command(flatten)]
    mutation: Mutation,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Check {
    /// Number of the asset.
    asset: u64,
}

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::List => {
            let hands = session.remote(CANISTER, "auditor").await?;
            session.out.emit(&Assets::new(&hands.ask(LIST_ADOPTED_ASSETS).await?))?;
            Ok(Exit::Ok)
        }
        Command::Adopt(Which { asset, mutation }) => {
            let what = format!("let asset {asset} be paid");
            let to = (CANISTER, "operator");
            apply_to(session, mutation, to, &what, ADOPT_ASSET, &AssetArgs { asset }).await
        }
        Command::Check(Check { asset }) => {
            let hands = session.remote(CANISTER, "operator").await?;
            let known = adopted(&hands, asset).await?;
            let answer = hands.act(TEST_LEDGER_CONNECTION, &AssetArgs { asset }).await?;
            session.out.emit(&LedgerAnswer::new(&answer, &known))?;
            Ok(Exit::Ok)
        }
    }
}
