//! `granary incident`: what went wrong, and what people do about it.

use clap::{Subcommand, ValueEnum};
use granary_api::{
    common::PageArgs,
    governor::{IncidentArgs, IncidentPhase, OpenIncidentArgs, UpdateIncidentArgs},
};

use crate::{
    cli::{Mutation, Rows},
    client::governor::{CANISTER, GET_INCIDENT, LIST_INCIDENTS, OPEN_INCIDENT, UPDATE_INCIDENT},
    exit::Exit,
    failure::Failure,
    operations::change::apply_to,
    render::assembly::{Incident, Incidents},
    session::Session,
};

/// The governor, and who usually leads incidents on a local network.
const TO: (&str, &str) = (CANISTER, "operator");

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// List incidents, newest first.
    List(Rows),
    /// Show an incident with its notes.
    Show(Which),
    /// Open an incident.
    Open(Open),
    /// Note what was done, in the present phase or in a later one.
    Phase(Phase),
}

#[derive(clap::Args, Debug)]
pub(crate) struct Which {
    /// Number of the incident.
    incident: u64,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Open {
    /// What it is called, 1 to 120 bytes.
    title: String,
    /// What is known, 1 to 4096 bytes.
    #[arg(long)]
    text: String,
    /// The proposal it came from.
    #[arg(long, value_name = "N")]
    proposal: Option<u64>,
    #[command(flatten)]
    mutation: Mutation,
}

#[derive(clap::Args, Debug)]
#[expect(clippy::struct_field_names, reason = "the name is what people type or read")]
pub(crate) struct Phase {
    /// Number of the incident.
    incident: u64,
    /// The present phase, or a later one.
    phase: Name,
    /// What was done, 1 to 4096 bytes.
    #[arg(long)]
    text: String,
    #[command(flatten)]
    mutation: Mutation,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
#[value(rename_all = "snake_case")]
enum Name {
    ImmediateActions,
    Assessment,
    Recovery,
    PostIncident,
    Closed,
}

impl From<Name> for IncidentPhase {
    fn from(name: Name) -> Self {
        match name {
            Name::ImmediateActions => Self::ImmediateActions,
            Name::Assessment => Self::Assessment,
            Name::Recovery => Self::Recovery,
            Name::PostIncident => Self::PostIncident,
            Name::Closed => Self::Closed,
        }
    }
}

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::List(Rows { after, limit }) => {
            let governor = session.remote(CANISTER, "auditor").await?;
            let page = governor.query(LIST_INCIDENTS, &PageArgs { after, limit }).await?;
            session.out.emit(&Incidents::from(&page))?;
            Ok(Exit::Ok)
        }
        Command::Show(Which { incident }) => {
            let governor = session.remote(CANISTER, "auditor").await?;
            let found = governor.query(GET_INCIDENT, &IncidentArgs { incident }).await?;
            session.out.emit(&Incident::from(&found))?;
            Ok(Exit::Ok)
        }
        Command::Open(Open { title, text, proposal, mutation }) => {
            let what = format!("open the incident `{title}`");
            let call = OpenIncidentArgs { title, text, proposal };
            apply_to(session, mutation, TO, &what, OPEN_INCIDENT, &call).await
        }
        Command::Phase(Phase { incident, phase, text, mutation }) => {
            let what = format!("bring incident {incident} to {phase:?}");
            let call = UpdateIncidentArgs { incident, phase: phase.into(), text };
            apply_to(session, mutation, TO, &what, UPDATE_INCIDENT, &call).await
        }
    }
}
