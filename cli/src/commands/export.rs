//! `granary export`: a canister's state as pages in a folder.

use std::{path::PathBuf, time::SystemTime};

use crate::{
    exit::Exit, failure::Failure, operations::backup::logical, render::Progress, session::Session,
    suite,
};

/// Every record the canister keeps, page by page, with a manifest of hashes. `granary import FOLDER
/// --into CANISTER` brings it into a canister that was deployed with --importing.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Canister to read, such as `micro_grants`.
    name: String,
    /// Folder to write; new or empty.
    folder: PathBuf,
}

pub(crate) async fn exec(args: Args, session: &Session) -> Result<Exit, Failure> {
    let member = suite::member(&args.name)?;
    let remote = session.remote(member.name, "backup").await?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let now_ns = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
    let progress = Progress::new(session.out);
    let report = logical::export(&remote, member, &args.folder, now_ns, &progress).await?;
    progress.clear();
    session.out.emit(&report)?;
    Ok(Exit::Ok)
}
