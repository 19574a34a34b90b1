//! `granary grants finalize`: an application decided by its reviews.

use granary_api::micro_grants::ApplicationArgs;

use crate::{
    cli::Mutation, client::grants::FINALIZE_APPLICATION, exit::Exit, failure::Failure,
    operations::change, session::Session,
};

#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Number of the application.
    application: u64,
    #[command(flatten)]
    mutation: Mutation,
}

pub(crate) async fn exec(args: Args, session: &Session) -> Result<Exit, Failure> {
    let what = format!("decide application {}", args.application);
    let call = ApplicationArgs { application: args.application };
    change::apply(session, args.mutation, "manager", &what, FINALIZE_APPLICATION, &call).await
}
