//! How payments are stopped, looked after and brought to an end by people.

use clap::ValueEnum;
use granary_api::execution::{
    EndIntentArgs, ExecuteReadyArgs, Finding, IntentArgs, ResolveQuarantineArgs,
};

use crate::{
    cli::Mutation,
    client::execution::{
        CANCEL_INTENT, CANISTER, EXECUTE_READY, RECONCILE_INTENT, REJECT_INTENT, RESOLVE_QUARANTINE,
    },
    exit::Exit,
    failure::Failure,
    operations::change::apply_to,
    session::Session,
};

#[derive(clap::Args, Debug)]
pub(crate) struct Because {
    /// Number of the payment.
    intent: u64,
    /// Why, 1 to 200 bytes.
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    mutation: Mutation,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Resolve {
    /// Number of the payment.
    intent: u64,
    /// What was found out.
    finding: Found,
    /// Block in which the money moved.
    #[arg(long, value_name = "INDEX", required_if_eq("finding", "paid"))]
    block: Option<u64>,
    /// What people looked at, 1 to 200 bytes; its digest is kept in the journal.
    #[arg(long, value_name = "TEXT")]
    evidence: String,
    #[command(flatten)]
    mutation: Mutation,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum Found {
    /// The money moved, in the block of --block.
    Paid,
    /// It did not, and is to be paid.
    PayAgain,
    /// It did not, and is not to be paid any more.
    GiveUp,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Reconcile {
    /// Number of the payment.
    intent: u64,
    #[command(flatten)]
    mutation: Mutation,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Wake {
    /// How many, 1 to 20.
    #[arg(long, default_value_t = 20)]
    limit: u32,
    #[command(flatten)]
    mutation: Mutation,
}

pub(crate) async fn reject(args: Because, session: &Session) -> Result<Exit, Failure> {
    let Because { intent, reason, mutation } = args;
    let what = format!("reject payment {intent} for ever");
    let call = EndIntentArgs { intent, reason };
    apply_to(session, mutation, (CANISTER, "approver-1"), &what, REJECT_INTENT, &call).await
}

pub(crate) async fn cancel(args: Because, session: &Session) -> Result<Exit, Failure> {
    let Because { intent, reason, mutation } = args;
    let what = format!("cancel payment {intent} for ever");
    let call = EndIntentArgs { intent, reason };
    apply_to(session, mutation, (CANISTER, "treasurer"), &what, CANCEL_INTENT, &call).await
}

pub(crate) async fn resolve(args: Resolve, session: &Session) -> Result<Exit, Failure> {
    let Resolve { intent, finding, block, evidence, mutation } = args;
    let (finding, words) = match (finding, block) {
        (Found::Paid, Some(block)) => {
            (Finding::Settled { block }, format!("was paid in block {block}"))
        }
        (Found::PayAgain, None) => (Finding::PayAgain, "was not paid and is to be paid".to_owned()),
        (Found::GiveUp, None) => (Finding::GiveUp, "was not paid and is not to be paid".to_owned()),
        (Found::Paid, None) | (Found::PayAgain | Found::GiveUp, Some(_)) => {
            let message = "--block goes with `paid`, and only with it";
            return Err(Failure::new(Exit::Usage, "cli.block", message)
                .next(format!("granary payments resolve {intent} paid --block INDEX")));
        }
    };
    let what = format!("say that payment {intent} {words}");
    let call = ResolveQuarantineArgs { intent, finding, evidence };
    apply_to(session, mutation, (CANISTER, "governor"), &what, RESOLVE_QUARANTINE, &call).await
}

pub(crate) async fn reconcile(args: Reconcile, session: &Session) -> Result<Exit, Failure> {
    let what = format!("look at payment {} now", args.intent);
    let call = IntentArgs { intent: args.intent };
    let to = (CANISTER, "operator");
    apply_to(session, args.mutation, to, &what, RECONCILE_INTENT, &call).await
}

pub(crate) async fn wake(args: Wake, session: &Session) -> Result<Exit, Failure> {
    let what = format!("wake up to {} payments that are ready", args.limit);
    let call = ExecuteReadyArgs { limit: args.limit };
    let to = (CANISTER, "operator");
    apply_to(session, args.mutation, to, &what, EXECUTE_READY, &call).await
}
