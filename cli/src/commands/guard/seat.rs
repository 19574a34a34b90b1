//! `granary guard seat` and `heartbeat`: guardians, and their signs of life.

use candid::Principal;
use clap::Subcommand;
use granary_api::risk_guard::{ArmSeatArgs, Scope, SeatArgs};

use super::parse_scope;
use crate::{
    cli::Mutation,
    client::risk_guard::{ARM_SEAT, CANISTER, DISARM_SEAT, GUARDIAN_HEARTBEAT, LIST_SEATS},
    duration,
    exit::Exit,
    failure::Failure,
    operations::change::apply_to,
    render::guard::{Seats, scope_name},
    session::Session,
};

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// List the seats.
    List,
    /// Let somebody seal a scope once, as long as signs of life come.
    Arm(Arm),
    /// Take a seat back.
    Disarm(Which),
}

#[derive(clap::Args, Debug)]
pub(crate) struct Arm {
    /// The guardian.
    holder: Principal,
    /// What the seat can seal: all, asset:1, purpose:grant or destination:HASH.
    #[arg(long, value_parser = parse_scope)]
    scope: Scope,
    /// How often the guardian must show signs of life, 1h to 90d.
    #[arg(long, value_name = "DURATION", default_value = "30d", value_parser = duration::parse)]
    heartbeat: u64,
    #[command(flatten)]
    mutation: Mutation,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Which {
    /// Number of the seat.
    seat: u64,
    #[command(flatten)]
    mutation: Mutation,
}

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::List => {
            let guard = session.remote(CANISTER, "auditor").await?;
            session.out.emit(&Seats::from(guard.ask(LIST_SEATS).await?.as_slice()))?;
            Ok(Exit::Ok)
        }
        Command::Arm(Arm { holder, scope, heartbeat, mutation }) => {
            let what = format!("let {holder} seal {} once", scope_name(&scope));
            let call = ArmSeatArgs { scope, holder, heartbeat_ns: heartbeat };
            apply_to(session, mutation, (CANISTER, "governor"), &what, ARM_SEAT, &call).await
        }
        Command::Disarm(Which { seat, mutation }) => {
            let what = format!("take seat {seat} back");
            let to = (CANISTER, "governor");
            apply_to(session, mutation, to, &what, DISARM_SEAT, &SeatArgs { seat }).await
        }
    }
}

pub(crate) async fn heartbeat(args: Which, session: &Session) -> Result<Exit, Failure> {
    let what = format!("sign of life for seat {}", args.seat);
    let call = SeatArgs { seat: args.seat };
    let to = (CANISTER, "guardian");
    apply_to(session, args.mutation, to, &what, GUARDIAN_HEARTBEAT, &call).await
}
