//! `granary guard announcement`: large payments that are said beforehand.

use candid::{Nat, Principal};
use clap::Subcommand;
use granary_api::{
    common::PageArgs,
    portfolio::{AssetKind, LedgerAccount},
    risk_guard::{AnnounceOutflowArgs, AnnouncementArgs},
};

use super::{book_assets, names};
use crate::{
    account, amount,
    cli::{Mutation, Rows},
    client::risk_guard::{
        ANNOUNCE_OUTFLOW, CANCEL_ANNOUNCEMENT, CANISTER, GET_POLICY, LIST_ANNOUNCEMENTS,
    },
    duration,
    exit::Exit,
    failure::Failure,
    operations::change::apply_to,
    render::announcement::Announcements,
    session::Session,
};

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// List announcements.
    List(Rows),
    /// Announce a payment: once its time has come, no window of its asset stops it.
    Add(Add),
    /// Take an announcement back.
    Cancel(Cancel),
}

#[derive(clap::Args, Debug)]
pub(crate) struct Add {
    /// The most the payment may be, the ledger's fee included.
    amount: String,
    /// Number of the asset.
    #[arg(long, value_name = "ID")]
    asset: u64,
    /// Account of the asset's ledger: OWNER, or OWNER.SUBACCOUNT.
    #[arg(long, value_name = "ACCOUNT", value_parser = account::parse)]
    to: LedgerAccount,
    /// How long from now until it may be paid.
    #[arg(long = "in", value_name = "DURATION", default_value = "73h",
        value_parser = duration::parse)]
    wait: u64,
    /// For how long it may be paid then.
    #[arg(long = "for", value_name = "DURATION", default_value = "7d",
        value_parser = duration::parse)]
    lasts: u64,
    /// Repeating the command with the same key changes nothing.
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    #[command(flatten)]
    mutation: Mutation,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Cancel {
    /// Number of the announcement.
    announcement: u64,
    #[command(flatten)]
    mutation: Mutation,
}

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::List(Rows { after, limit }) => {
            let guard = session.remote(CANISTER, "auditor").await?;
            let policy = guard.ask(GET_POLICY).await?;
            let names = names(session, &policy).await;
            let page = guard.query(LIST_ANNOUNCEMENTS, &PageArgs { after, limit }).await?;
            session.out.emit(&Announcements::new(&page, &names))?;
            Ok(Exit::Ok)
        }
        Command::Add(args) => add(args, session).await,
        Command::Cancel(Cancel { announcement, mutation }) => {
            let what = format!("take announcement {announcement} back");
            let to = (CANISTER, "steward");
            let call = AnnouncementArgs { announcement };
            apply_to(session, mutation, to, &what, CANCEL_ANNOUNCEMENT, &call).await
        }
    }
}

async fn add(args: Add, session: &Session) -> Result<Exit, Failure> {
    let Add { amount, asset, to, wait, lasts, key, mutation } = args;
    let (ledger, decimals, symbol) = ledger(session, asset).await?;
    let units = amount::parse_units(&amount, decimals)
        .map_err(|error| Failure::new(Exit::Usage, "cli.amount", error.to_string()))?;
    let what = format!(
        "announce {} {symbol} to {}",
        amount::grouped(units, decimals),
        account::format(&to)
    );
    let earliest_at_ns = duration::from_now(wait);
    let call = AnnounceOutflowArgs {
        asset,
        amount_units: Nat::from(units),
        destination: account::destination(ledger, &to),
        earliest_at_ns,
        latest_at_ns: earliest_at_ns.saturating_add(lasts),
        idempotency_key: key,
    };
    apply_to(session, mutation, (CANISTER, "steward"), &what, ANNOUNCE_OUTFLOW, &call).await
}

/// The ledger of an asset as the books know it: a destination is an account of a ledger.
async fn ledger(session: &Session, id: u64) -> Result<(Principal, u8, String), Failure> {
    let found = book_assets(session).await?.into_iter().find(|asset| asset.id == id);
    let known = found.and_then(|asset| match asset.kind {
        AssetKind::Icrc { ledger, .. } => Some((ledger, asset.decimals, asset.symbol)),
        AssetKind::Btc { .. } => None,
    });
    known.ok_or_else(|| {
        let message = format!("the books know no ledger of asset {id}");
        Failure::new(Exit::Usage, "cli.asset", message).next("granary books asset list")
    })
}
