//! `granary payments list` and `show`: what is to be paid, and what became of it.

use clap::ValueEnum;
use granary_api::execution::{IntentArgs, IntentState, ListIntentsArgs};

use crate::{
    cli::Rows,
    client::execution::{CANISTER, GET_INTENT_DETAILS, LIST_ADOPTED_ASSETS, LIST_INTENTS},
    exit::Exit,
    failure::Failure,
    render::payment::{Details, Payment, Payments},
    session::Session,
};

#[derive(clap::Args, Debug)]
pub(crate) struct List {
    /// Only payments in this state, in the order they came into it.
    #[arg(long)]
    state: Option<State>,
    #[command(flatten)]
    rows: Rows,
    /// All pages, one row after the other; with --json one document per line.
    #[arg(long)]
    stream: bool,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
#[value(rename_all = "snake_case")]
enum State {
    Created,
    Assessed,
    AwaitingApproval,
    Timelocked,
    Ready,
    Submitting,
    Unknown,
    Reconciling,
    Settled,
    Cancelled,
    Expired,
    Denied,
    Quarantined,
}

impl From<State> for IntentState {
    fn from(state: State) -> Self {
        match state {
            State::Created => Self::Created,
            State::Assessed => Self::Assessed,
            State::AwaitingApproval => Self::AwaitingApproval,
            State::Timelocked => Self::Timelocked,
            State::Ready => Self::Ready,
            State::Submitting => Self::Submitting,
            State::Unknown => Self::Unknown,
            State::Reconciling => Self::Reconciling,
            State::Settled => Self::Settled,
            State::Cancelled => Self::Cancelled,
            State::Expired => Self::Expired,
            State::Denied => Self::Denied,
            State::Quarantined => Self::Quarantined,
        }
    }
}

#[derive(clap::Args, Debug)]
pub(crate) struct Show {
    /// Number of the payment.
    intent: u64,
}

pub(crate) async fn list(mut args: List, session: &Session) -> Result<Exit, Failure> {
    let hands = session.remote(CANISTER, "auditor").await?;
    let assets = hands.ask(LIST_ADOPTED_ASSETS).await?;
    loop {
        let state = args.state.map(IntentState::from);
        let which = ListIntentsArgs { state, after: args.rows.after, limit: args.rows.limit };
        let page = hands.query(LIST_INTENTS, &which).await?;
        let items: Vec<_> = page.items.iter().map(|row| Payment::new(row, &assets)).collect();
        if args.stream {
            items.iter().try_for_each(|item| session.out.emit_line(item))?;
        } else {
            session.out.emit(&Payments { items, next: page.next })?;
        }
        if !args.stream || page.next.is_none() {
            return Ok(Exit::Ok);
        }
        args.rows.after = page.next;
    }
}

pub(crate) async fn show(args: Show, session: &Session) -> Result<Exit, Failure> {
    let hands = session.remote(CANISTER, "auditor").await?;
    let details = hands.query(GET_INTENT_DETAILS, &IntentArgs { intent: args.intent }).await?;
    let assets = hands.ask(LIST_ADOPTED_ASSETS).await?;
    session.out.emit(&Details::new(&details, &assets))?;
    Ok(Exit::Ok)
}
