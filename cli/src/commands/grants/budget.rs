//! `granary grants budget`: a programme's money.

use granary_api::micro_grants::ProgramArgs;

use crate::{
    client::grants::GET_BUDGET, exit::Exit, failure::Failure, render::grant::Budget,
    session::Session,
};

#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Number of the programme.
    program: u64,
}

pub(crate) async fn exec(args: Args, session: &Session) -> Result<Exit, Failure> {
    let grants = session.grants("manager").await?;
    let budget = grants.query(GET_BUDGET, &ProgramArgs { program: args.program }).await?;
    session.out.emit(&Budget::from(&budget))?;
    Ok(Exit::Ok)
}
