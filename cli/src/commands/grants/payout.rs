//! `granary grants payout`: money requested for delivered work.

use granary_api::micro_grants::RequestPayoutArgs;

use crate::{
    cli::Mutation, client::grants::REQUEST_PAYOUT, exit::Exit, failure::Failure,
    operations::change, session::Session,
};

/// Queues the payout. No money moves until a canister that holds it takes the payout over.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Number of the grant.
    grant: u64,
    /// Index of the accepted milestone; none for a lump sum.
    #[arg(long, value_name = "INDEX")]
    milestone: Option<u32>,
    #[command(flatten)]
    mutation: Mutation,
}

pub(crate) async fn exec(args: Args, session: &Session) -> Result<Exit, Failure> {
    let Args { grant, milestone, mutation } = args;
    let part = milestone.map_or("lump".to_owned(), |index| index.to_string());
    let idempotency_key = Some(format!("payout:{grant}:{part}"));
    let call = RequestPayoutArgs { grant, milestone, idempotency_key };
    let what = format!("request the payout of grant {grant}, part {part}");
    change::apply(session, mutation, "treasurer", &what, REQUEST_PAYOUT, &call).await
}
