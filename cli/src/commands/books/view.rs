//! `granary books balances` and `entries`: what is there, and how it came about.

use granary_api::portfolio::{AccountOwner, GetBalancesArgs, ListEntriesArgs};

use super::{all_assets, parse_owner};
use crate::{
    cli::Rows,
    client::portfolio::{CANISTER, GET_BALANCES, LIST_ENTRIES},
    exit::Exit,
    failure::Failure,
    render::books,
    session::Session,
};

#[derive(clap::Args, Debug)]
pub(crate) struct Balances {
    /// Whose: treasury, fees, suspense, user:7, grant:3, external:HASH.
    #[arg(default_value = "treasury", value_parser = parse_owner)]
    owner: AccountOwner,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Entries {
    /// Only entries that change this account.
    #[arg(long, value_name = "ID")]
    account: Option<u64>,
    #[command(flatten)]
    rows: Rows,
    /// All pages, one row after the other; with --json one document per line.
    #[arg(long)]
    stream: bool,
}

pub(crate) async fn balances(args: Balances, session: &Session) -> Result<Exit, Failure> {
    let remote = session.remote(CANISTER, "auditor").await?;
    let assets = all_assets(&remote).await?;
    let which = GetBalancesArgs { owner: args.owner.clone(), assets: None };
    let found = remote.query(GET_BALANCES, &which).await?;
    session.out.emit(&books::Balances::new(&args.owner, &found, &assets))?;
    Ok(Exit::Ok)
}

pub(crate) async fn entries(mut args: Entries, session: &Session) -> Result<Exit, Failure> {
    let remote = session.remote(CANISTER, "auditor").await?;
    let assets = all_assets(&remote).await?;
    loop {
        let Entries { account, rows: Rows { after, limit }, .. } = args;
        let which = ListEntriesArgs { account, block: None, after, limit };
        let page = remote.query(LIST_ENTRIES, &which).await?;
        let items: Vec<_> =
            page.items.iter().map(|entry| books::Entry::new(entry, &assets)).collect();
        if args.stream {
            items.iter().try_for_each(|item| session.out.emit_line(item))?;
        } else {
            session.out.emit(&books::Entries { items, next: page.next })?;
        }
        if !args.stream || page.next.is_none() {
            return Ok(Exit::Ok);
        }
        args.rows.after = page.next;
    }
}
