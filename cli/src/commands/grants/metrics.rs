//! `granary grants metrics`: the canister's figures over all applications.

use crate::{
    client::grants::GET_CANISTER_METRICS, exit::Exit, failure::Failure, render::grant::Metrics,
    session::Session,
};

#[derive(clap::Args, Debug)]
pub(crate) struct Args {}

pub(crate) async fn exec(_args: Args, session: &Session) -> Result<Exit, Failure> {
    let grants = session.grants("manager").await?;
    session.out.emit(&Metrics::from(&grants.ask(GET_CANISTER_METRICS).await?))?;
    Ok(Exit::Ok)
}
