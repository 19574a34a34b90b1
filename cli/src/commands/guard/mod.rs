//! `granary guard`: what stands before every payment, and the people who look after it.

pub(crate) mod alert;
pub(crate) mod announcement;
pub(crate) mod change;
pub(crate) mod limits;
pub(crate) mod rules;
pub(crate) mod seal;
pub(crate) mod seat;
pub(crate) mod view;

use clap::{Subcommand, ValueEnum};
use granary_api::{
    portfolio::Asset,
    risk_guard::{Policy, PolicyChange, PolicyChangeArgs, Purpose, Scope},
};
use serde_bytes::ByteBuf;

use crate::{
    cli::Mutation,
    client::{
        portfolio,
        risk_guard::{CANISTER, GET_POLICY_CHANGE, PROPOSE_POLICY},
    },
    commands::books::all_assets,
    exit::Exit,
    failure::Failure,
    operations::change::send,
    render::{guard::Names, policy::Change},
    session::Session,
};

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// How the guard is: seals, breakers, open alerts, and how much of the limits is used.
    Status,
    /// What may leave, asset by asset.
    #[command(subcommand)]
    Limits(limits::Command),
    /// What holds for all assets: approvals, delays, lists.
    #[command(subcommand)]
    Rules(rules::Command),
    /// Changes of the policy: what loosens waits, and is applied when its time has come.
    #[command(subcommand)]
    Change(change::Command),
    /// Large payments that are announced, and then pass the windows.
    #[command(subcommand)]
    Announcement(announcement::Command),
    /// Every way by which an amount could leave, who must act, and after how long.
    Explain(view::Explain),
    /// Stop payments at once, for an hour to fourteen days; the seal ends by itself.
    Seal(seal::Seal),
    /// End a seal before its time.
    Unseal(seal::Unseal),
    /// List seals.
    Seals(seal::List),
    /// Guardians' seats: who may seal what, once.
    #[command(subcommand)]
    Seat(seat::Command),
    /// A guardian's sign of life for a seat.
    Heartbeat(seat::Which),
    /// List alerts.
    Alerts(alert::List),
    /// Say that somebody looks after an alert.
    Acknowledge(alert::Which),
    /// Say that an alert is over.
    Resolve(alert::Which),
    /// The circuit breakers of ledgers and canisters.
    Breakers,
    /// Whether the treasury has what it owes.
    Solvency,
}

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::Status => view::status(session).await,
        Command::Limits(command) => limits::run(command, session).await,
        Command::Rules(command) => rules::run(command, session).await,
        Command::Change(command) => change::run(command, session).await,
        Command::Announcement(command) => announcement::run(command, session).await,
        Command::Explain(args) => view::explain(args, session).await,
        Command::Seal(args) => seal::seal(args, session).await,
        Command::Unseal(args) => seal::unseal(args, session).await,
        Command::Seals(args) => seal::list(args, session).await,
        Command::Seat(command) => seat::run(command, session).await,
        Command::Heartbeat(args) => seat::heartbeat(args, session).await,
        Command::Alerts(args) => alert::list(args, session).await,
        Command::Acknowledge(args) => alert::acknowledge(args, session).await,
        Command::Resolve(args) => alert::resolve(args, session).await,
        Command::Breakers => view::breakers(session).await,
        Command::Solvency => view::solvency(session).await,
    }
}

/// What a payment is for.
#[derive(ValueEnum, Clone, Copy, Debug)]
enum PurposeName {
    Grant,
    Plan,
    Manual,
    Cycles,
}

impl From<PurposeName> for Purpose {
    fn from(name: PurposeName) -> Self {
        match name {
            PurposeName::Grant => Self::Grant,
            PurposeName::Plan => Self::Plan,
            PurposeName::Manual => Self::Manual,
            PurposeName::Cycles => Self::Cycles,
        }
    }
}

/// A scope as people write it: `all`, `asset:1`, `purpose:grant`, `destination:HASH`.
fn parse_scope(text: &str) -> Result<Scope, String> {
    let wrong =
        || format!("`{text}` is no scope; write all, asset:1, purpose:grant or destination:HASH");
    let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
    match (kind, rest) {
        ("all", "") => Ok(Scope::All),
        ("asset", _) => rest.parse().map(Scope::Asset).map_err(|_| wrong()),
        ("purpose", _) => {
            let name = PurposeName::from_str(rest, false).map_err(|_| wrong())?;
            Ok(Scope::Purpose(name.into()))
        }
        ("destination", _) => parse_hash(rest).map(Scope::Destination).map_err(|_| wrong()),
        _ => Err(wrong()),
    }
}

/// The 32 bytes by which the guard knows a destination.
fn parse_hash(text: &str) -> Result<ByteBuf, String> {
    let bytes = hex::decode(text).ok().filter(|bytes| bytes.len() == 32);
    bytes.map(ByteBuf::from).ok_or_else(|| format!("`{text}` is not a hash of 64 hex digits"))
}

/// How assets are called and counted: by the policy, and by the books where they are known. The
/// guard is looked after also when nobody else answers, so the books' silence is no failure.
async fn names(session: &Session, policy: &Policy) -> Names {
    let books = book_assets(session).await.unwrap_or_default();
    Names::new(policy, &books)
}

async fn book_assets(session: &Session) -> Result<Vec<Asset>, Failure> {
    if session.global.canister.is_some() {
        return Ok(Vec::new());
    }
    all_assets(&session.remote(portfolio::CANISTER, "auditor").await?).await
}

/// Proposes a change and says whether it holds now or waits.
async fn propose(
    session: &Session,
    mutation: Mutation,
    what: &str,
    call: &PolicyChange,
) -> Result<Exit, Failure> {
    let to = (CANISTER, "governor");
    let Some(receipt) = send(session, mutation, to, what, PROPOSE_POLICY, call).await? else {
        return Ok(Exit::Ok);
    };
    told(session, receipt.id).await
}

/// Says where a change stands.
async fn told(session: &Session, change: u64) -> Result<Exit, Failure> {
    let guard = session.remote(CANISTER, "governor").await?;
    let found = guard.query(GET_POLICY_CHANGE, &PolicyChangeArgs { change }).await?;
    session.out.emit_change(&Change::from(&found))?;
    Ok(Exit::Ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_words_and_numbers() {
        assert_eq!(parse_scope("all"), Ok(Scope::All));
        assert_eq!(parse_scope("asset:7"), Ok(Scope::Asset(7)));
        assert_eq!(parse_scope("purpose:manual"), Ok(Scope::Purpose(Purpose::Manual)));
        let hash = ByteBuf::from(vec![7; 32]);
        let text = format!("destination:{}", "07".repeat(32));
        assert_eq!(parse_scope(&text), Ok(Scope::Destination(hash)));
        for wrong in ["", "all:1", "asset", "asset:-1", "purpose:rent", "destination:07", "ALL"] {
            assert!(parse_scope(wrong).is_err(), "{wrong}");
        }
    }
}
