//! `granary proposal list`, `show`, `render`, `rehearsal` and `snapshots`: what is proposed, and
//! what it does.

use granary_api::{
    common::PageArgs,
    governor::{ListProposalsArgs, ProposalArgs, ProposalFilter},
};

use crate::{
    cli::Rows,
    client::governor::{
        CANISTER, GET_REHEARSAL_REPORT, LIST_PROPOSALS, LIST_SNAPSHOTS, RENDER_PROPOSAL,
    },
    exit::Exit,
    failure::Failure,
    operations::govern::follow::View,
    render::{
        course::{Rehearsal, Snapshots},
        proposal::{Proposals, Shown, Words},
    },
    session::Session,
};

#[derive(clap::Args, Debug)]
pub(crate) struct List {
    /// Only those something still happens to.
    #[arg(long)]
    open: bool,
    #[command(flatten)]
    rows: Rows,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Which {
    /// Number of the proposal.
    proposal: u64,
}

pub(crate) async fn list(args: List, session: &Session) -> Result<Exit, Failure> {
    let governor = session.remote(CANISTER, "auditor").await?;
    let filter = if args.open { ProposalFilter::Open } else { ProposalFilter::All };
    let Rows { after, limit } = args.rows;
    let page = governor.query(LIST_PROPOSALS, &ListProposalsArgs { filter, after, limit }).await?;
    session.out.emit(&Proposals::from(&page))?;
    Ok(Exit::Ok)
}

pub(crate) async fn show(args: Which, session: &Session) -> Result<Exit, Failure> {
    let governor = session.remote(CANISTER, "auditor").await?;
    session.out.emit(&Shown::new(&View::of(&governor, args.proposal).await?))?;
    Ok(Exit::Ok)
}

pub(crate) async fn render(args: Which, session: &Session) -> Result<Exit, Failure> {
    let governor = session.remote(CANISTER, "auditor").await?;
    let which = ProposalArgs { proposal: args.proposal };
    session.out.emit(&Words::from(&governor.query(RENDER_PROPOSAL, &which).await?))?;
    Ok(Exit::Ok)
}

/// Ends with 1 when the rehearsal failed.
pub(crate) async fn rehearsal(args: Which, session: &Session) -> Result<Exit, Failure> {
    let governor = session.remote(CANISTER, "auditor").await?;
    let which = ProposalArgs { proposal: args.proposal };
    let report = governor.query(GET_REHEARSAL_REPORT, &which).await?;
    session.out.emit(&Rehearsal::from(&report))?;
    Ok(if report.is_success { Exit::Ok } else { Exit::Failed })
}

pub(crate) async fn snapshots(rows: Rows, session: &Session) -> Result<Exit, Failure> {
    let governor = session.remote(CANISTER, "auditor").await?;
    let Rows { after, limit } = rows;
    let page = governor.query(LIST_SNAPSHOTS, &PageArgs { after, limit }).await?;
    session.out.emit(&Snapshots::from(&page))?;
    Ok(Exit::Ok)
}
