//! `granary payments`: money that leaves the treasury, and the people it waits for.

pub(crate) mod approval;
pub(crate) mod asset;
pub(crate) mod end;
pub(crate) mod orphan;
pub(crate) mod standing;
pub(crate) mod submit;
pub(crate) mod view;
pub(crate) mod wait;

use clap::Subcommand;
use granary_api::execution::AdoptedAsset;

use crate::{
    amount,
    client::{Client, execution::LIST_ADOPTED_ASSETS, remote::Remote},
    exit::Exit,
    failure::Failure,
    session::Session,
};

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// List payments, or those in one state.
    List(view::List),
    /// Show a payment: approvals, attempts, block, and what happens next.
    Show(view::Show),
    /// Wait until a payment is paid, or until it needs somebody.
    Wait(wait::Args),
    /// Have something paid out of the treasury.
    Submit(submit::Args),
    /// Approve a payment as it is shown.
    Approve(approval::Approve),
    /// Take one's own approval back.
    Revoke(approval::Revoke),
    /// Reject a payment for good, as an approver or a governor.
    Reject(end::Because),
    /// Take a payment back before it is sent.
    Cancel(end::Because),
    /// Say what was found out about a payment in quarantine.
    Resolve(end::Resolve),
    /// Have a payment looked at now: evidence is looked for, books and guard are told.
    Reconcile(end::Reconcile),
    /// Wake the payments that have been ready longest.
    Wake(end::Wake),
    /// Hand a grant's payout that failed over again, as a new payment.
    Retry(submit::Retry),
    /// Assets that can be paid.
    #[command(subcommand)]
    Asset(asset::Command),
    /// What certain accounts may be paid without asking people each time.
    #[command(subcommand)]
    Standing(standing::Command),
    /// Payments that no intent explains, found after a restore.
    #[command(subcommand)]
    Orphan(orphan::Command),
}

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::List(args) => view::list(args, session).await,
        Command::Show(args) => view::show(args, session).await,
        Command::Wait(args) => wait::exec(args, session).await,
        Command::Submit(args) => submit::exec(args, session).await,
        Command::Approve(args) => approval::approve(args, session).await,
        Command::Revoke(args) => approval::revoke(args, session).await,
        Command::Reject(args) => end::reject(args, session).await,
        Command::Cancel(args) => end::cancel(args, session).await,
        Command::Resolve(args) => end::resolve(args, session).await,
        Command::Reconcile(args) => end::reconcile(args, session).await,
        Command::Wake(args) => end::wake(args, session).await,
        Command::Retry(args) => submit::retry(args, session).await,
        Command::Asset(command) => asset::run(command, session).await,
        Command::Standing(command) => standing::run(command, session).await,
        Command::Orphan(command) => orphan::run(command, session).await,
    }
}

/// The asset with this number, as `execution` pays it.
async fn adopted<C: Client>(hands: &Remote<C>, id: u64) -> Result<AdoptedAsset, Failure> {
    let assets = hands.ask(LIST_ADOPTED_ASSETS).await?;
    assets.into_iter().find(|asset| asset.asset == id).ok_or_else(|| {
        let message = format!("execution pays no asset {id}");
        Failure::new(Exit::Usage, "cli.asset", message).next("granary payments asset list")
    })
}

/// An amount as people wrote it, in smallest units.
fn units(text: &str, asset: &AdoptedAsset) -> Result<u128, Failure> {
    amount::parse_units(text, asset.decimals)
        .map_err(|error| Failure::new(Exit::Usage, "cli.amount", error.to_string()))
}

/// The amount for people.
fn money(units: u128, asset: &AdoptedAsset) -> String {
    format!("{} {}", amount::grouped(units, asset.decimals), asset.symbol)
}
