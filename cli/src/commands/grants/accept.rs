//! `granary grants accept`: the grantee takes an offered grant.

use granary_api::micro_grants::GrantArgs;

use crate::{
    cli::Mutation, client::grants::ACCEPT_GRANT, exit::Exit, failure::Failure, operations::change,
    session::Session,
};

#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Number of the grant.
    grant: u64,
    #[command(flatten)]
    mutation: Mutation,
}

pub(crate) async fn exec(args: Args, session: &Session) -> Result<Exit, Failure> {
    let what = format!("accept grant {}", args.grant);
    let call = GrantArgs { grant: args.grant };
    change::apply(session, args.mutation, "applicant", &what, ACCEPT_GRANT, &call).await
}
