//! `granary validate`: invariants, hash chain, certificate.

use crate::{
    exit::Exit, failure::Failure, operations::validate, render::Progress, session::Session,
};

#[derive(clap::Args, Debug)]
pub(crate) struct Args {}

pub(crate) async fn exec(_args: Args, session: &Session) -> Result<Exit, Failure> {
    let grants = session.grants("auditor").await?;
    let progress = Progress::new(session.out);
    let found = validate::validate(&grants, &progress).await?;
    progress.clear();
    session.out.emit(&found)?;
    Ok(if found.ok { Exit::Ok } else { Exit::Failed })
}
