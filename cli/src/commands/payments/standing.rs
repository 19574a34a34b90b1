//! `granary payments standing`: what may be paid without asking people each time.

use candid::{Nat, Principal};
use clap::Subcommand;
use granary_api::{
    common::PageArgs,
    execution::{AuthorisationArgs, GrantStandingAuthorisationArgs},
    portfolio::LedgerAccount,
};

use super::{adopted, money, units};
use crate::{
    account,
    cli::{Mutation, Rows},
    client::execution::{
        CANISTER, GRANT_STANDING_AUTHORISATION, LIST_ADOPTED_ASSETS, LIST_STANDING_AUTHORISATIONS,
        REVOKE_STANDING_AUTHORISATION,
    },
    duration,
    exit::Exit,
    failure::Failure,
    operations::change::apply_to,
    render::hands::Authorisations,
    session::Session,
};

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// List standing authorisations, with what is used of each now.
    List(Rows),
    /// Let a submitter pay certain accounts, up to an allowance in any window.
    Grant(Grant),
    /// Take a standing authorisation back.
    Revoke(Revoke),
}

#[derive(clap::Args, Debug)]
pub(crate) struct Grant {
    /// Whose payments need no person each time.
    initiator: Principal,
    /// Number of the asset.
    #[arg(long, value_name = "ID")]
    asset: u64,
    /// How much, fees included, in any window.
    #[arg(long, value_name = "AMOUNT")]
    allowance: String,
    /// Length of the window, 1h to 90d.
    #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = duration::parse)]
    window: u64,
    /// Account that may be paid: OWNER, or OWNER.SUBACCOUNT; up to 16 times.
    #[arg(long, value_name = "ACCOUNT", required = true, value_parser = account::parse)]
    to: Vec<LedgerAccount>,
    /// How long it holds, at most a year.
    #[arg(long, value_name = "DURATION", default_value = "90d", value_parser = duration::parse)]
    lasts: u64,
    #[command(flatten)]
    mutation: Mutation,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Revoke {
    /// Number of the standing authorisation.
    authorisation: u64,
    #[command(flatten)]
    mutation: Mutation,
}

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::List(Rows { after, limit }) => {
            let hands = session.remote(CANISTER, "auditor").await?;
            let assets = hands.ask(LIST_ADOPTED_ASSETS).await?;
            let which = PageArgs { after, limit };
            let page = hands.query(LIST_STANDING_AUTHORISATIONS, &which).await?;
            session.out.emit(&Authorisations::new(&page, &assets))?;
            Ok(Exit::Ok)
        }
        Command::Grant(args) => grant(args, session).await,
        Command::Revoke(Revoke { authorisation, mutation }) => {
            let what = format!("take standing authorisation {authorisation} back");
            let call = AuthorisationArgs { authorisation };
            let to = (CANISTER, "treasurer");
            apply_to(session, mutation, to, &what, REVOKE_STANDING_AUTHORISATION, &call).await
        }
    }
}

async fn grant(args: Grant, session: &Session) -> Result<Exit, Failure> {
    let Grant { initiator, asset, allowance, window, to, lasts, mutation } = args;
    let hands = session.remote(CANISTER, "treasurer").await?;
    let known = adopted(&hands, asset).await?;
    let units = units(&allowance, &known)?;
    let accounts: Vec<_> = to.iter().map(account::format).collect();
    let what = format!(
        "let {initiator} pay {} in any {} to {} without asking people",
        money(units, &known),
        duration::format(window),
        accounts.join(", ")
    );
    let call = GrantStandingAuthorisationArgs {
        initiator,
        asset,
        allowance_units: Nat::from(units),
        window_ns: window,
        destinations: to,
        expires_at_ns: duration::from_now(lasts),
    };
    let to = (CANISTER, "treasurer");
    apply_to(session, mutation, to, &what, GRANT_STANDING_AUTHORISATION, &call).await
}
