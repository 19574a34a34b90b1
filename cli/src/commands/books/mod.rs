//! `granary books`: what the treasury holds and owes, and whether its ledgers agree.

pub(crate) mod account;
pub(crate) mod asset;
pub(crate) mod entry;
pub(crate) mod reconcile;
pub(crate) mod statement;
pub(crate) mod view;

use clap::Subcommand;
use granary_api::{
    common::PageArgs,
    portfolio::{AccountOwner, Asset},
};
use serde_bytes::ByteBuf;

use crate::{
    client::{Client, portfolio::LIST_ASSETS, remote::Remote},
    exit::Exit,
    failure::Failure,
    session::Session,
};

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Assets the books know, with their running sums.
    #[command(subcommand)]
    Asset(asset::Command),
    /// What an owner has, asset by asset.
    Balances(view::Balances),
    /// Open accounts before anything is posted to them, so that everybody has books.
    Open(account::Open),
    /// List entries, of all accounts or of one, newest first.
    Entries(view::Entries),
    /// Post an entry between two owners.
    Post(entry::Post),
    /// Compare an asset with its ledger now, and show what came of it.
    Reconcile(reconcile::Args),
    /// An account's history, and proofs of its balance.
    #[command(subcommand)]
    Statement(statement::Command),
}

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::Asset(command) => asset::run(command, session).await,
        Command::Balances(args) => view::balances(args, session).await,
        Command::Open(args) => account::open(args, session).await,
        Command::Entries(args) => view::entries(args, session).await,
        Command::Post(args) => entry::post(args, session).await,
        Command::Reconcile(args) => reconcile::exec(args, session).await,
        Command::Statement(command) => statement::run(command, session).await,
    }
}

/// An owner as people write it: `treasury`, `fees`, `suspense`, `user:7`, `grant:3`,
/// `external:HASH`.
fn parse_owner(text: &str) -> Result<AccountOwner, String> {
    let wrong = || {
        format!(
            "`{text}` is no owner; write treasury, fees, suspense, user:7, grant:3 or external:HASH"
        )
    };
    let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
    let number = || rest.parse::<u64>().map_err(|_| wrong());
    match (kind, rest) {
        ("treasury", "") => Ok(AccountOwner::Treasury),
        ("fees", "") => Ok(AccountOwner::Fees),
        ("suspense", "") => Ok(AccountOwner::Suspense),
        ("user", _) => number().map(AccountOwner::User),
        ("grant", _) => number().map(AccountOwner::GrantCommitment),
        ("external", _) => {
            let hash = hex::decode(rest).ok().filter(|hash| hash.len() == 32).ok_or_else(wrong)?;
            Ok(AccountOwner::External(ByteBuf::from(hash)))
        }
        _ => Err(wrong()),
    }
}

/// Every asset of the books.
pub(crate) async fn all_assets<C: Client>(books: &Remote<C>) -> Result<Vec<Asset>, Failure> {
    let mut assets = Vec::new();
    let mut after = None;
    loop {
        let page = books.query(LIST_ASSETS, &PageArgs { after, limit: 100 }).await?;
        assets.extend(page.items);
        after = page.next;
        if after.is_none() {
            return Ok(assets);
        }
    }
}

/// The asset with this number.
async fn asset<C: Client>(books: &Remote<C>, id: u64) -> Result<Asset, Failure> {
    all_assets(books).await?.into_iter().find(|asset| asset.id == id).ok_or_else(|| {
        let message = format!("the books know no asset {id}");
        Failure::new(Exit::Usage, "cli.asset", message).next("granary books asset list")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_are_words_and_numbers() {
        assert_eq!(parse_owner("treasury"), Ok(AccountOwner::Treasury));
        assert_eq!(parse_owner("user:7"), Ok(AccountOwner::User(7)));
        assert_eq!(parse_owner("grant:3"), Ok(AccountOwner::GrantCommitment(3)));
        let hash = "07".repeat(32);
        let external = AccountOwner::External(ByteBuf::from(vec![7; 32]));
        assert_eq!(parse_owner(&format!("external:{hash}")), Ok(external));
        for wrong in ["", "user", "user:x", "treasury:1", "external:07", "bank"] {
            assert!(parse_owner(wrong).is_err(), "{wrong}");
        }
    }
}
