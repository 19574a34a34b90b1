//! `granary guard status`, `explain`, `breakers` and `solvency`: what the guard sees.

use candid::Nat;
use granary_api::risk_guard::{AssetArgs, ExplainPolicyArgs, ListAlertsArgs, Purpose, SealState};
use serde_bytes::ByteBuf;

use super::{PurposeName, names, parse_hash, seal::all_seals};
use crate::{
    amount,
    client::{
        common::GET_SYSTEM_HEALTH,
        risk_guard::{
            CANISTER, EXPLAIN_POLICY, GET_CIRCUIT_BREAKERS, GET_LIMITS_STATUS, GET_POLICY,
            GET_SOLVENCY, LIST_ALERTS, LIST_SEATS,
        },
    },
    commands::health,
    exit::Exit,
    failure::Failure,
    render::{
        explain::Explanation,
        guard::{Breakers, Limits, Solvency, Status, mode_name},
    },
    session::Session,
};

/// Alerts one page has at most.
const ALERTS: u32 = 50;

#[derive(clap::Args, Debug)]
pub(crate) struct Explain {
    /// Number of the asset.
    asset: u64,
    /// Amount, in the asset's own decimals.
    amount: String,
    /// Only for this purpose; otherwise for every purpose.
    #[arg(long)]
    purpose: Option<PurposeName>,
    /// Only to this destination, by its hash; otherwise to every kind of destination.
    #[arg(long, value_name = "HASH", value_parser = parse_hash)]
    destination: Option<ByteBuf>,
}

/// Ends as `granary health` does: 3 when the guard is degraded, 1 when it is critical.
pub(crate) async fn status(session: &Session) -> Result<Exit, Failure> {
    let guard = session.remote(CANISTER, "auditor").await?;
    let policy = guard.ask(GET_POLICY).await?;
    let names = names(session, &policy).await;
    let health = guard.ask(GET_SYSTEM_HEALTH).await?;
    let mut seals = all_seals(&guard).await?;
    seals.retain(|seal| seal.state == SealState::Active);
    let alerts = ListAlertsArgs { only_open: true, after: None, limit: ALERTS };
    let alerts = guard.query(LIST_ALERTS, &alerts).await?;
    let mut limits = Vec::new();
    for asset in &policy.assets {
        let found = guard.query(GET_LIMITS_STATUS, &AssetArgs { asset: asset.asset }).await?;
        limits.push(Limits::new(&found, &policy, &names));
    }
    let solvency = guard.query(GET_SOLVENCY, &()).await?;
    let status = Status {
        health: health::status_name(health.overall),
        mode: mode_name(&health.mode),
        reasons: health.components.iter().filter_map(Status::reason).collect(),
        policy_version: policy.version,
        seals: seals.iter().map(Into::into).collect(),
        breakers: Breakers::from(guard.ask(GET_CIRCUIT_BREAKERS).await?.as_slice()).items,
        solvent: solvency.solvent,
        alerts: alerts.items.iter().map(Into::into).collect(),
        has_more_alerts: alerts.next.is_some(),
        seats: guard.ask(LIST_SEATS).await?.iter().map(Into::into).collect(),
        limits,
    };
    session.out.emit(&status)?;
    Ok(health::exit(health.overall))
}

pub(crate) async fn explain(args: Explain, session: &Session) -> Result<Exit, Failure> {
    let guard = session.remote(CANISTER, "auditor").await?;
    let policy = guard.ask(GET_POLICY).await?;
    let names = names(session, &policy).await;
    let decimals = names.decimals(args.asset)?;
    let units = amount::parse_units(&args.amount, decimals)
        .map_err(|error| Failure::new(Exit::Usage, "cli.amount", error.to_string()))?;
    let which = ExplainPolicyArgs {
        asset: args.asset,
        amount_units: Nat::from(units),
        destination: args.destination,
        purpose: args.purpose.map(Purpose::from),
    };
    let paths = guard.query(EXPLAIN_POLICY, &which).await?;
    session.out.emit(&Explanation::new(args.asset, units, &paths, &names))?;
    Ok(Exit::Ok)
}

/// Ends with 3 while a breaker is not closed.
pub(crate) async fn breakers(session: &Session) -> Result<Exit, Failure> {
    let guard = session.remote(CANISTER, "auditor").await?;
    let found = Breakers::from(guard.ask(GET_CIRCUIT_BREAKERS).await?.as_slice());
    session.out.emit(&found)?;
    Ok(if found.are_closed() { Exit::Ok } else { Exit::Degraded })
}

/// Ends with 3 when the treasury owes more than it has.
pub(crate) async fn solvency(session: &Session) -> Result<Exit, Failure> {
    let guard = session.remote(CANISTER, "auditor").await?;
    let policy = guard.ask(GET_POLICY).await?;
    let names = names(session, &policy).await;
    let found = guard.query(GET_SOLVENCY, &()).await?;
    session.out.emit(&Solvency::new(&found, &names))?;
    Ok(if found.solvent { Exit::Ok } else { Exit::Degraded })
}
