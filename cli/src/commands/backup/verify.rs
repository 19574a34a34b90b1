//! `granary backup verify`.

use std::path::PathBuf;

use crate::{
    commands::backup::now_ns, exit::Exit, failure::Failure, operations::backup::verify,
    render::Progress, session::Session,
};

/// Needs no network and no key: the canisters are created under their ids on a network inside this
/// process, where those who took the backup may act again. What was found is noted in the folder.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The backup.
    folder: PathBuf,
    #[command(flatten)]
    cache: Cache,
}

/// Where compiled modules are kept.
#[derive(clap::Args, Debug)]
pub(crate) struct Cache {
    /// Folder for compiled modules, so that the next time is quicker.
    #[arg(long, env = "LOCALNET_CACHE_DIR", value_name = "DIR")]
    pub(crate) cache: Option<PathBuf>,
}

pub(crate) async fn exec(args: Args, session: &Session) -> Result<Exit, Failure> {
    let progress = Progress::new(session.out);
    let found = verify::verify(&args.folder, args.cache.cache, now_ns(), &progress).await?;
    progress.clear();
    session.out.emit(&found)?;
    Ok(if found.ok { Exit::Ok } else { Exit::Failed })
}
