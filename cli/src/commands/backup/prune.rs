//! `granary backup prune`.

use std::path::{Path, PathBuf};

use super::{begin, errands, root};
use crate::{
    cli::Mutation,
    commands::upgrade,
    exit::Exit,
    failure::Failure,
    operations::{
        backup::{
            prune,
            report::{Pruned, SnapshotsPruned},
        },
        errand::Errand,
        release::{journal::Journal, retention},
    },
    session::Session,
};

/// Keeps the newest backups, and always the newest one that was proved good with all that are
/// younger; as long as none was proved, only folders that never were backups go.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Folder the backups are kept in; otherwise `.granary/backups/NETWORK`.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Backups that stay.
    #[arg(long, value_name = "N", default_value_t = 3)]
    keep: usize,
    /// Delete snapshots of old releases instead, which `granary upgrade` does as well: those of the
    /// newest releases that proved themselves stay.
    #[arg(long, conflicts_with = "dir")]
    snapshots: bool,
    #[command(flatten)]
    mutation: Mutation,
}

pub(crate) async fn exec(args: Args, session: &Session) -> Result<Exit, Failure> {
    if args.snapshots {
        return snapshots(&args, session).await;
    }
    let root = root(session, args.dir.as_deref())?;
    let dry_run = args.mutation.dry_run;
    // Nobody writes a backup meanwhile: what is incomplete stays so.
    let (_hold, tidied) = if !dry_run && !Errand::open(&errands(session)?)?.is_empty() {
        session.confirm(args.mutation, "start what an interrupted run left stopped")?;
        begin(session, &upgrade::crew(session).await?).await?
    } else {
        (Journal::hold(&upgrade::releases(session)?)?, Vec::new())
    };
    let plan = prune::plan(&root, args.keep)?;
    if !dry_run {
        prune::carry_out(&plan)?;
    }
    let shown = |paths: &[PathBuf]| paths.iter().map(|path| text(path)).collect();
    let report = Pruned {
        dry_run,
        removed: shown(&plan.removed),
        incomplete: shown(&plan.incomplete),
        kept: shown(&plan.kept),
        tidied,
    };
    session.out.emit(&report)?;
    Ok(Exit::Ok)
}

async fn snapshots(args: &Args, session: &Session) -> Result<Exit, Failure> {
    let dry_run = args.mutation.dry_run;
    if !dry_run {
        session.confirm(args.mutation, "delete snapshots of old releases")?;
    }
    let releases = upgrade::releases(session)?;
    let _hold = Journal::hold(&releases)?;
    let crew = upgrade::crew(session).await?;
    let canisters = retention::retain(&crew, &releases, args.keep, dry_run).await?;
    session.out.emit(&SnapshotsPruned { dry_run, canisters })?;
    Ok(Exit::Ok)
}

fn text(path: &Path) -> String {
    path.display().to_string()
}
