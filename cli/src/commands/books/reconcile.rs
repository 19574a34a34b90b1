//! `granary books reconcile`: an asset against its ledger.

use granary_api::portfolio::{ReconcileArgs, ReconciliationState};

use super::asset;
use crate::{
    cli::Mutation,
    client::portfolio::{CANISTER, GET_RECONCILIATION, RECONCILE},
    exit::Exit,
    failure::Failure,
    render::books,
    session::Session,
};

/// Ends with 3 when the ledger holds something else than the books say.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Number of the asset.
    asset: u64,
    /// Only show what the newest run found.
    #[arg(long)]
    show: bool,
    #[command(flatten)]
    mutation: Mutation,
}

pub(crate) async fn exec(args: Args, session: &Session) -> Result<Exit, Failure> {
    let remote = session.remote(CANISTER, "operator").await?;
    let known = asset(&remote, args.asset).await?;
    let found = if args.show || args.mutation.dry_run {
        remote.query(GET_RECONCILIATION, &ReconcileArgs { asset: args.asset }).await?
    } else {
        session.confirm(args.mutation, &format!("reconcile {}", known.symbol))?;
        remote.act(RECONCILE, &ReconcileArgs { asset: args.asset }).await?
    };
    session.out.emit(&books::Reconciliation::new(&found, &known))?;
    Ok(match found.state {
        ReconciliationState::Matched | ReconciliationState::Explained => Exit::Ok,
        ReconciliationState::Never
        | ReconciliationState::Difference
        | ReconciliationState::Suspense => Exit::Degraded,
    })
}
