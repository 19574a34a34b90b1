//! `granary guard change`: what was proposed for the policy, and its course.

use clap::Subcommand;
use granary_api::{common::PageArgs, risk_guard::PolicyChangeArgs};

use super::told;
use crate::{
    cli::{Mutation, Rows},
    client::risk_guard::{
        APPLY_POLICY, CANISTER, GET_POLICY_CHANGE, LIST_POLICY_CHANGES, WITHDRAW_POLICY,
    },
    exit::Exit,
    failure::Failure,
    operations::change::{apply_to, send},
    render::policy::{Change, Changes},
    session::Session,
};

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// List changes, with what they loosen and when they may be applied.
    List(Rows),
    /// Show a change.
    Show(Show),
    /// Make a change that waited long enough the policy.
    Apply(Which),
    /// Take a waiting change back.
    Withdraw(Which),
}

#[derive(clap::Args, Debug)]
pub(crate) struct Show {
    /// Number of the change.
    change: u64,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Which {
    /// Number of the change.
    change: u64,
    #[command(flatten)]
    mutation: Mutation,
}

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::List(Rows { after, limit }) => {
            let guard = session.remote(CANISTER, "auditor").await?;
            let page = guard.query(LIST_POLICY_CHANGES, &PageArgs { after, limit }).await?;
            session.out.emit(&Changes::from(&page))?;
            Ok(Exit::Ok)
        }
        Command::Show(Show { change }) => {
            let guard = session.remote(CANISTER, "auditor").await?;
            let found = guard.query(GET_POLICY_CHANGE, &PolicyChangeArgs { change }).await?;
            session.out.emit(&Change::from(&found))?;
            Ok(Exit::Ok)
        }
        Command::Apply(Which { change, mutation }) => {
            let what = format!("make change {change} the policy");
            let (to, call) = ((CANISTER, "operator"), PolicyChangeArgs { change });
            match send(session, mutation, to, &what, APPLY_POLICY, &call).await? {
                Some(_) => told(session, change).await,
                None => Ok(Exit::Ok),
            }
        }
        Command::Withdraw(Which { change, mutation }) => {
            let what = format!("take change {change} back");
            let (to, call) = ((CANISTER, "governor"), PolicyChangeArgs { change });
            apply_to(session, mutation, to, &what, WITHDRAW_POLICY, &call).await
        }
    }
}
