//! `granary proposal audit`, `rehearse`, `execute` and `watch`: a proposal on its way.

use std::time::Duration;

use granary_api::governor::ProposalArgs;

use crate::{
    cli::Mutation,
    client::governor::{AUDIT_PROPOSAL, CANISTER, EXECUTE, GET_AUDIT, REHEARSE_RELEASE},
    duration,
    exit::Exit,
    failure::Failure,
    operations::{
        change::{apply_to, send},
        govern::{PROPOSER, follow::follow},
    },
    render::{Progress, course::Audit, proposal::Shown},
    session::Session,
};

/// The governor, and who usually speaks to it on a local network.
const TO: (&str, &str) = (CANISTER, PROPOSER);

#[derive(clap::Args, Debug)]
pub(crate) struct Step {
    /// Number of the proposal.
    proposal: u64,
    #[command(flatten)]
    mutation: Mutation,
}

/// Ends with 0 when it completed, 1 when it was taken back, cancelled or came too late, 5 when
/// members stopped it, 3 when its way back failed or the time is over.
#[derive(clap::Args, Debug)]
pub(crate) struct Watch {
    /// Number of the proposal.
    proposal: u64,
    /// How long to follow it.
    #[arg(long = "for", value_name = "DURATION", default_value = "1h",
        value_parser = duration::parse)]
    patience: u64,
    /// Every change as it happens; with --json one document per line.
    #[arg(long)]
    stream: bool,
}

/// Ends with 5 when the audit stops the release.
pub(crate) async fn audit(args: Step, session: &Session) -> Result<Exit, Failure> {
    let which = ProposalArgs { proposal: args.proposal };
    let what = format!("audit proposal {}", args.proposal);
    let sent = send(session, args.mutation, TO, &what, AUDIT_PROPOSAL, &which).await?;
    if sent.is_none() {
        return Ok(Exit::Ok);
    }
    let audit = session.remote(TO.0, TO.1).await?.query(GET_AUDIT, &which).await?;
    session.out.emit(&Audit::from(&audit))?;
    Ok(if audit.can_proceed { Exit::Ok } else { Exit::Refused })
}

pub(crate) async fn rehearse(args: Step, session: &Session) -> Result<Exit, Failure> {
    let what = format!("rehearse proposal {}", args.proposal);
    let which = ProposalArgs { proposal: args.proposal };
    apply_to(session, args.mutation, TO, &what, REHEARSE_RELEASE, &which).await
}

pub(crate) async fn execute(args: Step, session: &Session) -> Result<Exit, Failure> {
    let what = format!("execute proposal {}", args.proposal);
    let which = ProposalArgs { proposal: args.proposal };
    apply_to(session, args.mutation, TO, &what, EXECUTE, &which).await
}

pub(crate) async fn watch(args: Watch, session: &Session) -> Result<Exit, Failure> {
    let governor = session.remote(CANISTER, "auditor").await?;
    let progress = Progress::new(session.out);
    let patience = Duration::from_nanos(args.patience);
    let (view, exit) = follow(&governor, args.proposal, patience, |view| {
        progress.say(view.headline());
        if args.stream { session.out.emit_line(&Shown::new(view)) } else { Ok(()) }
    })
    .await?;
    progress.clear();
    if !args.stream {
        session.out.emit(&Shown::new(&view))?;
    }
    Ok(exit)
}
