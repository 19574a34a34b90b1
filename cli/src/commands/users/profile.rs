//! `granary users profile`: how much risk somebody's plans may take.

use clap::Subcommand;
use granary_api::{common::PageArgs, registry::SetRiskProfileArgs};

use crate::{
    cli::{Mutation, Rows},
    client::registry::{CANISTER, LIST_RISK_PROFILES, SET_RISK_PROFILE},
    exit::Exit,
    failure::Failure,
    operations::change::apply_to,
    render::user::Profiles,
    session::Session,
};

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// List the risk profiles.
    List(Rows),
    /// Give a user another profile; plans keep the one they were approved under.
    Set(Set),
}

#[derive(clap::Args, Debug)]
pub(crate) struct Set {
    /// Number of the user.
    user: u64,
    /// Number of the profile.
    profile: u64,
    #[command(flatten)]
    mutation: Mutation,
}

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::List(Rows { after, limit }) => {
            let registry = session.remote(CANISTER, "compliance").await?;
            let page = registry.query(LIST_RISK_PROFILES, &PageArgs { after, limit }).await?;
            session.out.emit(&Profiles::from(&page))?;
            Ok(Exit::Ok)
        }
        Command::Set(Set { user, profile, mutation }) => {
            let what = format!("give user {user} the risk profile {profile}");
            let call = SetRiskProfileArgs { user, profile };
            let to = (CANISTER, "compliance");
            apply_to(session, mutation, to, &what, SET_RISK_PROFILE, &call).await
        }
    }
}
