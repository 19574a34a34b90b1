//! `granary grants list`: applications or grants, page by page or as a stream.

use candid::Principal;
use clap::ValueEnum;
use granary_api::micro_grants::{
    ApplicationState, ListApplicationsArgs, ListGrantsArgs, ProgramArgs,
};

use crate::{
    client::{
        Client,
        grants::{GET_PROGRAM, LIST_APPLICATIONS, LIST_GRANTS},
        remote::Remote,
    },
    exit::Exit,
    failure::Failure,
    render::{grant, wire},
    session::Session,
};

#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// List grants instead of applications.
    #[arg(long, conflicts_with_all = ["state", "applicant"])]
    grants: bool,
    /// Only those of this programme.
    #[arg(long, value_name = "ID")]
    program: Option<u64>,
    /// Only applications in this state; needs --program.
    #[arg(long, requires = "program")]
    state: Option<State>,
    /// Only applications of this principal.
    #[arg(long, conflicts_with = "program")]
    applicant: Option<Principal>,
    /// Start behind this id.
    #[arg(long, value_name = "ID")]
    after: Option<u64>,
    /// Rows of one page.
    #[arg(long, default_value_t = 50)]
    limit: u32,
    /// All pages, one row after the other; with --json one document per line.
    #[arg(long)]
    stream: bool,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
#[value(rename_all = "snake_case")]
enum State {
    Draft,
    Submitted,
    UnderReview,
    Approved,
    Rejected,
    ChangesRequested,
    Appealed,
    Withdrawn,
    Expired,
}

impl From<State> for ApplicationState {
    fn from(state: State) -> Self {
        match state {
            State::Draft => Self::Draft,
            State::Submitted => Self::Submitted,
            State::UnderReview => Self::UnderReview,
            State::Approved => Self::Approved,
            State::Rejected => Self::Rejected,
            State::ChangesRequested => Self::ChangesRequested,
            State::Appealed => Self::Appealed,
            State::Withdrawn => Self::Withdrawn,
            State::Expired => Self::Expired,
        }
    }
}

pub(crate) async fn exec(mut args: Args, session: &Session) -> Result<Exit, Failure> {
    let grants = session.grants("manager").await?;
    loop {
        let next = if args.grants {
            grant_page(&args, &grants, session).await?
        } else {
            application_page(&args, &grants, session).await?
        };
        if !args.stream || next.is_none() {
            return Ok(Exit::Ok);
        }
        args.after = next;
    }
}

/// What the canister's programmes spend; one asset for all of them.
async fn asset<C: Client>(grants: &Remote<C>, program: u64) -> Result<wire::Asset, Failure> {
    let program = grants.query(GET_PROGRAM, &ProgramArgs { program }).await?;
    Ok(wire::Asset::from(&program.asset))
}

/// An empty page; a stream of nothing has no lines.
fn nothing(args: &Args, session: &Session) -> Result<Option<u64>, Failure> {
    match (args.stream, args.grants) {
        (true, _) => {}
        (false, true) => session.out.emit(&grant::Grants { items: Vec::new(), next: None })?,
        (false, false) => {
            session.out.emit(&wire::Applications { items: Vec::new(), next: None })?;
        }
    }
    Ok(None)
}

async fn application_page<C: Client>(
    args: &Args,
    grants: &Remote<C>,
    session: &Session,
) -> Result<Option<u64>, Failure> {
    let which = ListApplicationsArgs {
        program: args.program,
        state: args.state.map(ApplicationState::from),
        applicant: args.applicant,
        after: args.after,
        limit: args.limit,
    };
    let page = grants.query(LIST_APPLICATIONS, &which).await?;
    let Some(first) = page.items.first() else { return nothing(args, session) };
    let asset = asset(grants, first.program).await?;
    let items: Vec<_> =
        page.items.iter().map(|row| wire::ApplicationRow::new(row, &asset)).collect();
    if args.stream {
        items.iter().try_for_each(|item| session.out.emit_line(item))?;
    } else {
        session.out.emit(&wire::Applications { items, next: page.next })?;
    }
    Ok(page.next)
}

async fn grant_page<C: Client>(
    args: &Args,
    grants: &Remote<C>,
    session: &Session,
) -> Result<Option<u64>, Failure> {
    let which = ListGrantsArgs { program: args.program, after: args.after, limit: args.limit };
    let page = grants.query(LIST_GRANTS, &which).await?;
    let Some(first) = page.items.first() else { return nothing(args, session) };
    let asset = asset(grants, first.program).await?;
    let items: Vec<_> = page.items.iter().map(|row| grant::GrantRow::new(row, &asset)).collect();
    if args.stream {
        items.iter().try_for_each(|item| session.out.emit_line(item))?;
    } else {
        session.out.emit(&grant::Grants { items, next: page.next })?;
    }
    Ok(page.next)
}
