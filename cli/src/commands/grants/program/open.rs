//! `granary grants program open`: a programme opened to applications.

use granary_api::micro_grants::ProgramArgs;

use crate::{
    cli::Mutation, client::grants::OPEN_PROGRAM, exit::Exit, failure::Failure, operations::change,
    session::Session,
};

#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Number of the programme.
    program: u64,
    #[command(flatten)]
    mutation: Mutation,
}

pub(crate) async fn exec(args: Args, session: &Session) -> Result<Exit, Failure> {
    let what = format!("open programme {}", args.program);
    let call = ProgramArgs { program: args.program };
    change::apply(session, args.mutation, "manager", &what, OPEN_PROGRAM, &call).await
}
