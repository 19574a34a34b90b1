//! `granary books open`: accounts for those who have none yet.

use granary_api::portfolio::{AccountOwner, AccountRef, OpenAccountsArgs};

use super::parse_owner;
use crate::{
    cli::Mutation,
    client::portfolio::{CANISTER, OPEN_ACCOUNTS},
    exit::Exit,
    failure::Failure,
    operations::change::apply_to,
    session::Session,
};

#[derive(clap::Args, Debug)]
pub(crate) struct Open {
    /// Whose, up to 100: user:7, grant:3 and the like. Those that are open stay as they are.
    #[arg(required = true, value_parser = parse_owner)]
    owners: Vec<AccountOwner>,
    /// Number of the asset.
    #[arg(long, value_name = "ID")]
    asset: u64,
    #[command(flatten)]
    mutation: Mutation,
}

pub(crate) async fn open(args: Open, session: &Session) -> Result<Exit, Failure> {
    let Open { owners, asset, mutation } = args;
    let what = format!("open {} accounts of asset {asset}", owners.len());
    let accounts = owners.into_iter().map(|owner| AccountRef { owner, asset }).collect();
    let call = OpenAccountsArgs { accounts };
    apply_to(session, mutation, (CANISTER, "operator"), &what, OPEN_ACCOUNTS, &call).await
}
