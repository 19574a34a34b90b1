//! `granary backup list`.

use std::path::PathBuf;

use super::root;
use crate::{
    exit::Exit,
    failure::Failure,
    operations::backup::{
        folder::{self, Entry},
        manifest::Manifest,
        report::{Listed, Shelved},
        verify,
    },
    session::Session,
};

#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Folder the backups are kept in; otherwise `.granary/backups/NETWORK`.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub(crate) fn exec(args: &Args, session: &Session) -> Result<Exit, Failure> {
    let root = root(session, args.dir.as_deref())?;
    let backups = folder::list(&root)?.iter().map(shelved).collect();
    session.out.emit(&Listed { folder: root.display().to_string(), backups })?;
    Ok(Exit::Ok)
}

fn shelved(entry: &Entry) -> Shelved {
    let folder = entry.path.display().to_string();
    let mark = verify::mark(&entry.path);
    let manifest = if entry.complete { Manifest::read(&entry.path).ok() } else { None };
    let state = match (entry.complete, &manifest, &mark) {
        (false, ..) => "incomplete",
        (true, None, _) => "spoilt",
        (true, Some(_), None) => "unverified",
        (true, Some(_), Some(mark)) if mark.ok => "good",
        (true, Some(_), Some(_)) => "bad",
    };
    let manifest = manifest.unwrap_or_default();
    Shelved {
        folder,
        state,
        bytes: manifest.bytes(),
        canisters: manifest.canisters.iter().map(|kept| kept.name.clone()).collect(),
        network: manifest.network,
        taken_at: manifest.taken_at,
        verified_at: mark.map(|mark| mark.verified_at),
    }
}
