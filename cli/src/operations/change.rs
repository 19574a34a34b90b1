//! One change by one person: asked for on the main network, sent, or only described.

use candid::CandidType;
use granary_api::common::Receipt;
use serde::Serialize;

use crate::{
    cli::Mutation,
    client::{
        Client,
        remote::{Remote, Update, encode},
    },
    date,
    exit::Exit,
    failure::Failure,
    render::{Page, Report, page::Tone},
    session::{CANISTER, Session},
};

/// A change that took effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Done {
    pub(crate) method: &'static str,
    /// What was changed, in words.
    pub(crate) what: String,
    pub(crate) id: u64,
    pub(crate) event: u64,
    pub(crate) at: String,
}

/// A change that would be asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Plan {
    pub(crate) dry_run: bool,
    pub(crate) method: &'static str,
    pub(crate) what: String,
    pub(crate) canister: String,
    pub(crate) acting_as: String,
    /// The argument in Candid, hexadecimal.
    pub(crate) argument: String,
}

impl Done {
    pub(crate) fn new(method: &'static str, what: &str, receipt: Receipt) -> Self {
        let Receipt { id, event, at_ns } = receipt;
        Self { method, what: what.to_owned(), id, event, at: date::iso(at_ns) }
    }
}

/// A change of `micro_grants`; see [`apply_to`].
pub(crate) async fn apply<A: CandidType>(
    session: &Session,
    mutation: Mutation,
    usual: &str,
    what: &str,
    method: Update<A>,
    args: &A,
) -> Result<Exit, Failure> {
    apply_to(session, mutation, (CANISTER, usual), what, method, args).await
}

/// Asks, sends and prints; with `--dry-run` only prints what would be sent. `to` is the canister
/// and the identity that usually does this.
pub(crate) async fn apply_to<A: CandidType>(
    session: &Session,
    mutation: Mutation,
    to: (&str, &str),
    what: &str,
    method: Update<A>,
    args: &A,
) -> Result<Exit, Failure> {
    let name = method.name();
    if let Some(receipt) = send(session, mutation, to, what, method, args).await? {
        session.out.emit_change(&Done::new(name, what, receipt))?;
    }
    Ok(Exit::Ok)
}

/// Asks and sends, for commands with more to say than the receipt; none when only the plan was
/// printed.
pub(crate) async fn send<A: CandidType>(
    session: &Session,
    mutation: Mutation,
    to: (&str, &str),
    what: &str,
    method: Update<A>,
    args: &A,
) -> Result<Option<Receipt>, Failure> {
    let remote = session.remote(to.0, to.1).await?;
    if mutation.dry_run {
        session.out.emit(&plan(&remote, what, &method, args)?)?;
        return Ok(None);
    }
    session.confirm(mutation, what)?;
    remote.update(method, args).await.map(Some)
}

fn plan<C: Client, A: CandidType>(
    remote: &Remote<C>,
    what: &str,
    method: &Update<A>,
    args: &A,
) -> Result<Plan, Failure> {
    Ok(Plan {
        dry_run: true,
        method: method.name(),
        what: what.to_owned(),
        canister: remote.canister.to_text(),
        acting_as: remote.client.principal().to_text(),
        argument: hex::encode(encode(args)?),
    })
}

impl Report for Done {
    const SCHEMA: &'static str = "granary.receipt/1";

    fn text(&self, page: &mut Page) {
        let done = page.paint(Tone::Good, "done");
        page.line(format!(
            "{done}: {} (id {}, event {}, {})",
            self.what, self.id, self.event, self.at
        ));
    }
}

impl Report for Plan {
    const SCHEMA: &'static str = "granary.plan/1";

    fn text(&self, page: &mut Page) {
        let would = page.paint(Tone::Warning, "would");
        page.line(format!("{would} {}", self.what));
        page.field("method", self.method);
        page.field("canister", &self.canister);
        page.field("acting as", &self.acting_as);
    }
}
