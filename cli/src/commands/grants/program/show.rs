//! `granary grants program show`: a programme's terms.

use granary_api::micro_grants::ProgramArgs;

use crate::{
    client::grants::GET_PROGRAM, exit::Exit, failure::Failure, render::wire::Program,
    session::Session,
};

#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Number of the programme.
    program: u64,
}

pub(crate) async fn exec(args: Args, session: &Session) -> Result<Exit, Failure> {
    let grants = session.grants("manager").await?;
    let program = grants.query(GET_PROGRAM, &ProgramArgs { program: args.program }).await?;
    session.out.emit(&Program::from(&program))?;
    Ok(Exit::Ok)
}
