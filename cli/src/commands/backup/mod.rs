//! `granary backup`: backups of the whole suite, and the proof that they restore.

pub(crate) mod create;
mod drill;
mod list;
mod prune;
pub(crate) mod verify;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::SystemTime,
};

use clap::Subcommand;

use crate::{
    client::{Client, network::RootKey},
    commands::upgrade,
    exit::Exit,
    failure::Failure,
    ids,
    operations::{
        errand::{self, Errand, Tidied},
        release::{
            crew::Crew,
            journal::{Hold, Journal},
        },
    },
    session::Session,
};

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Save the canisters: drained, snapshots of one moment, downloaded with their pages.
    Create(create::Args),
    /// The backups there are, and which of them were proved.
    List(list::Args),
    /// Compare every file of a backup, boot it in this process, and ask the copy what it is.
    Verify(verify::Args),
    /// Take a backup and prove it, in one go.
    Drill(drill::Args),
    /// Remove backups that are no longer needed, and what an interrupted run left behind.
    Prune(prune::Args),
}

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::Create(args) => Box::pin(create::exec(args, session)).await,
        Command::List(args) => list::exec(&args, session),
        Command::Verify(args) => Box::pin(verify::exec(args, session)).await,
        Command::Drill(args) => Box::pin(drill::exec(args, session)).await,
        Command::Prune(args) => Box::pin(prune::exec(args, session)).await,
    }
}

/// Where the backups of the network are kept, unless the flags say where.
pub(super) fn root(session: &Session, dir: Option<&Path>) -> Result<PathBuf, Failure> {
    let network = session.network()?.name;
    let usual = || Path::new(".granary").join("backups").join(ids::file_name(&network));
    Ok(dir.map_or_else(usual, Path::to_path_buf))
}

/// Where work on the network that has not ended is written down.
pub(super) fn errands(session: &Session) -> Result<PathBuf, Failure> {
    let network = session.network()?.name;
    Ok(Path::new(".granary").join("errands").join(ids::file_name(&network)))
}

/// The root key that a backup names; none when the endpoint is believed.
pub(super) fn root_key(session: &Session) -> Result<Option<String>, Failure> {
    let network = session.network()?;
    if network.root_key == RootKey::Fetched {
        return Ok(None);
    }
    network.trusted_key().map(|key| Some(hex::encode(key)))
}

/// Keeps releases away, and tidies what an earlier run left behind.
pub(super) async fn begin<C: Client>(
    session: &Session,
    crew: &Crew<C>,
) -> Result<(Hold, Vec<Tidied>), Failure> {
    let releases = upgrade::releases(session)?;
    let hold = Journal::hold(&releases)?;
    let kept: BTreeSet<String> = Journal::snapshots(&releases)?;
    let tidied = errand::tidy_all(crew, &errands(session)?, &kept).await?;
    Ok((hold, tidied))
}

/// Refuses while a backup or a restore has not ended: canisters may stand still because of it.
pub(super) fn must_rest(session: &Session) -> Result<(), Failure> {
    if Errand::open(&errands(session)?)?.is_empty() {
        return Ok(());
    }
    let message = "a backup or a restore has not ended, and canisters may stand still";
    Err(Failure::new(Exit::Refused, "cli.errand_open", message).next("granary backup prune"))
}

/// Nanoseconds of this machine's clock.
pub(super) fn now_ns() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_nanos()).unwrap_or(u64::MAX)
}
