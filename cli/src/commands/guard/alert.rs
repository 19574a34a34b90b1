//! `granary guard alerts`, `acknowledge` and `resolve`: what somebody has to look at.

use granary_api::risk_guard::{AlertArgs, ListAlertsArgs};

use crate::{
    cli::{Mutation, Rows},
    client::risk_guard::{ACKNOWLEDGE_ALERT, CANISTER, LIST_ALERTS, RESOLVE_ALERT},
    exit::Exit,
    failure::Failure,
    operations::change::apply_to,
    render::guard::Alerts,
    session::Session,
};

#[derive(clap::Args, Debug)]
pub(crate) struct List {
    /// Only those that are not resolved.
    #[arg(long)]
    open: bool,
    #[command(flatten)]
    rows: Rows,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Which {
    /// Number of the alert.
    alert: u64,
    #[command(flatten)]
    mutation: Mutation,
}

pub(crate) async fn list(args: List, session: &Session) -> Result<Exit, Failure> {
    let guard = session.remote(CANISTER, "operator").await?;
    let which =
        ListAlertsArgs { only_open: args.open, after: args.rows.after, limit: args.rows.limit };
    session.out.emit(&Alerts::from(&guard.query(LIST_ALERTS, &which).await?))?;
    Ok(Exit::Ok)
}

pub(crate) async fn acknowledge(args: Which, session: &Session) -> Result<Exit, Failure> {
    let what = format!("look after alert {}", args.alert);
    let call = AlertArgs { alert: args.alert };
    let to = (CANISTER, "operator");
    apply_to(session, args.mutation, to, &what, ACKNOWLEDGE_ALERT, &call).await
}

pub(crate) async fn resolve(args: Which, session: &Session) -> Result<Exit, Failure> {
    let what = format!("say that alert {} is over", args.alert);
    let call = AlertArgs { alert: args.alert };
    let to = (CANISTER, "operator");
    apply_to(session, args.mutation, to, &what, RESOLVE_ALERT, &call).await
}
