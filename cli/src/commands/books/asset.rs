//! `granary books asset`: what is counted.

use candid::{Nat, Principal};
use clap::Subcommand;
use granary_api::portfolio::{AssetKind, LedgerAccount, RegisterAssetArgs};

use super::all_assets;
use crate::{
    amount,
    cli::Mutation,
    client::portfolio::{CANISTER, REGISTER_ASSET},
    exit::Exit,
    failure::Failure,
    operations::change::apply_to,
    render::books::Assets,
    session::Session,
};

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// List the assets.
    List,
    /// Take up the token of a ledger.
    Add(Add),
}

#[derive(clap::Args, Debug)]
pub(crate) struct Add {
    /// Symbol, such as `ckUSDC`.
    symbol: String,
    /// Canister of the ledger.
    ledger: Principal,
    /// Owner of the ledger account that holds the treasury's part.
    #[arg(long, value_name = "PRINCIPAL")]
    treasury: Principal,
    /// Decimal places of the token.
    #[arg(long)]
    decimals: u8,
    /// Fee of one transfer.
    #[arg(long, default_value = "0")]
    fee: String,
    /// First block to look at; otherwise the ledger's first.
    #[arg(long, value_name = "INDEX")]
    first_block: Option<u64>,
    #[command(flatten)]
    mutation: Mutation,
}

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::List => {
            let books = session.remote(CANISTER, "auditor").await?;
            session.out.emit(&Assets::new(&all_assets(&books).await?))?;
            Ok(Exit::Ok)
        }
        Command::Add(args) => {
            let Add { symbol, ledger, treasury, decimals, fee, first_block, mutation } = args;
            let fee_units = amount::parse_units(&fee, decimals)
                .map_err(|error| Failure::new(Exit::Usage, "cli.amount", error.to_string()))?;
            let what = format!("take up {symbol}");
            let kind = AssetKind::Icrc { ledger, fee_units: Nat::from(fee_units) };
            let treasury = LedgerAccount::from(treasury);
            let call = RegisterAssetArgs { symbol, decimals, kind, treasury, first_block };
            apply_to(session, mutation, (CANISTER, "operator"), &what, REGISTER_ASSET, &call).await
        }
    }
}
