//! Work on live canisters that is no release: backups and restores. What has to be tidied when the
//! process ends in the middle of it is on disk before it is done, and the next run tidies it: no
//! canister stays stopped or drained, and no snapshot stays that was only a step.
//!
//! An errand is a file with one event on each line. A file that is there is an errand that has not
//! ended; a torn last line was never acted upon.

use std::{
    collections::BTreeSet,
    fs::{self, File, OpenOptions},
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

use candid::Principal;
use serde::{Deserialize, Serialize};

use super::release::{crew::Crew, plan::Target};
use crate::{
    client::{Client, management, snapshots},
    exit::Exit,
    failure::Failure,
};

/// One thing that is about to happen, or has happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Event {
    /// What it is for, and the folder it writes.
    Began { what: String, folder: Option<PathBuf> },
    /// The canister is about to be drained or stopped.
    Touching { name: String, canister: String },
    /// A snapshot is about to be made that is only a step, beside these.
    Taking { name: String, known: Vec<String> },
    /// It has this id.
    Temporary { name: String, snapshot: String },
    /// It is gone.
    Deleted { snapshot: String },
    /// What ran is kept as this snapshot, and the canister is about to get another state.
    Loading { name: String, way_back: String },
    /// The canister runs and takes work again.
    Resumed { name: String },
}

/// How far one canister is.
#[derive(Clone, Debug, Default)]
struct Track {
    target: Target,
    /// Snapshots that were there before one was made whose id nobody wrote down.
    known: Option<Vec<String>>,
    temporary: BTreeSet<String>,
    restored: bool,
    resumed: bool,
}

/// An errand, and the file it is written down in.
#[derive(Debug)]
pub(crate) struct Errand {
    path: PathBuf,
    file: File,
    events: Vec<Event>,
}

/// What was left behind and is no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Tidied {
    /// What had not ended: `backup` or `restore`.
    pub(crate) what: String,
    /// The folder it was writing, which is no backup.
    pub(crate) folder: Option<String>,
    /// Canisters that were started and take work again.
    pub(crate) canisters: Vec<String>,
    /// Snapshots that were deleted.
    pub(crate) snapshots: usize,
    /// Snapshots that stay: what ran before another state was loaded.
    pub(crate) ways_back: Vec<String>,
}

impl Errand {
    /// Begins an errand below `errands`.
    pub(crate) fn begin(
        errands: &Path,
        now_ms: u64,
        what: &str,
        folder: Option<&Path>,
    ) -> Result<Self, Failure> {
        fs::create_dir_all(errands).map_err(Failure::file("create", errands))?;
        let path = errands.join(format!("{now_ms}.jsonl"));
        let file = append(&path)?;
        let mut errand = Self { path, file, events: Vec::new() };
        let folder = folder.map(Path::to_path_buf);
        errand.note(Event::Began { what: what.to_owned(), folder })?;
        Ok(errand)
    }

    /// The errands below `errands` that have not ended, oldest first.
    pub(crate) fn open(errands: &Path) -> Result<Vec<Self>, Failure> {
        let entries = match fs::read_dir(errands) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Failure::file("read", errands)(error)),
        };
        let mut paths = Vec::new();
        for entry in entries {
            let path = entry.map_err(Failure::file("read", errands))?.path();
            if path.extension().is_some_and(|kind| kind == "jsonl") {
                paths.push(path);
            }
        }
        paths.sort();
        paths.into_iter().map(Self::read).collect()
    }

    fn read(path: PathBuf) -> Result<Self, Failure> {
        let text = fs::read_to_string(&path).map_err(Failure::file("read", &path))?;
        let (mut events, mut whole) = (Vec::new(), 0);
        for line in text.split_inclusive('\n') {
            match serde_json::from_str(line) {
                Ok(event) => {
                    events.push(event);
                    whole += line.len();
                }
                // Only a line that was being written when the process ended has no end.
                Err(_) if !line.ends_with('\n') => break,
                Err(error) => {
                    let message =
                        format!("{} is not what this tool wrote ({error})", path.display());
                    return Err(Failure::new(Exit::Degraded, "cli.errand", message));
                }
            }
        }
        let file = append(&path)?;
        // What is torn would spoil the line behind it.
        file.set_len(u64::try_from(whole).unwrap_or(u64::MAX))
            .map_err(Failure::file("shorten", &path))?;
        Ok(Self { path, file, events })
    }

    /// Writes an event down, and comes back when it would survive a power cut.
    pub(crate) fn note(&mut self, event: Event) -> Result<(), Failure> {
        let mut line = serde_json::to_string(&event).expect("texts and numbers are JSON");
        line.push('\n');
        let written = self.file.write_all(line.as_bytes());
        let synced = written.and_then(|()| self.file.sync_data());
        synced.map_err(Failure::file("write", &self.path))?;
        self.events.push(event);
        Ok(())
    }

    /// Nothing is left to tidy.
    pub(crate) fn end(self) -> Result<(), Failure> {
        fs::remove_file(&self.path).map_err(Failure::file("remove", &self.path))
    }

    /// Starts every canister that was touched, lets it take work again, and deletes what was only a
    /// step. `kept` are snapshots that belong to somebody else.
    pub(crate) async fn tidy<C: Client>(
        &mut self,
        crew: &Crew<C>,
        kept: &BTreeSet<String>,
    ) -> Result<Tidied, Failure> {
        let (what, folder) = self.purpose();
        let ways_back = self.events.iter().filter_map(|event| match event {
            Event::Loading { name, way_back } => Some(format!("{name} {way_back}")),
            _ => None,
        });
        let mut tidied = Tidied {
            what,
            folder,
            canisters: Vec::new(),
            snapshots: 0,
            ways_back: ways_back.collect(),
        };
        let mut first = None;
        // One that fails keeps no other one stopped.
        for track in self.tracks() {
            let name = track.target.name.clone();
            if let Err(failure) = self.tidy_one(crew, &track, kept, &mut tidied).await {
                let message = format!("{name}: {}", failure.message);
                first.get_or_insert(Failure { message, ..failure });
            }
        }
        first.map_or(Ok(tidied), Err)
    }

    async fn tidy_one<C: Client>(
        &mut self,
        crew: &Crew<C>,
        track: &Track,
        kept: &BTreeSet<String>,
        tidied: &mut Tidied,
    ) -> Result<(), Failure> {
        let Track { target, .. } = track;
        let name = || target.name.clone();
        if !track.resumed {
            crew.start(target).await?;
            crew.resume(target, track.restored).await?;
            tidied.canisters.push(name());
            self.note(Event::Resumed { name: name() })?;
        }
        let canister = target.id()?;
        if track.known.is_none() && track.temporary.is_empty() {
            return Ok(());
        }
        let there = crew.snapshot_ids(canister).await?;
        let mut ours = track.temporary.clone();
        if let Some(known) = &track.known {
            let is_new = |id: &&String| !known.contains(id) && !kept.contains(*id);
            let new: Vec<&String> = there.iter().filter(is_new).collect();
            // With more than one, some are somebody else's and nobody can tell which.
            if let [one] = new.as_slice() {
                ours.insert((*one).clone());
            }
        }
        for id in there.iter().filter(|id| ours.contains(*id)) {
            let bytes = hex::decode(id).unwrap_or_default();
            snapshots::delete(&crew.controller, canister, &bytes).await?;
            tidied.snapshots += 1;
            self.note(Event::Deleted { snapshot: id.clone() })?;
        }
        Ok(())
    }

    fn purpose(&self) -> (String, Option<String>) {
        let began = self.events.iter().find_map(|event| match event {
            Event::Began { what, folder } => {
                let folder = folder.as_ref().map(|folder| folder.display().to_string());
                Some((what.clone(), folder))
            }
            _ => None,
        });
        began.unwrap_or_default()
    }

    /// The canisters in the order in which they were touched, last one first: callers were drained
    /// first, so that those they call take work before they do.
    fn tracks(&self) -> Vec<Track> {
        let mut tracks = Vec::<Track>::new();
        for event in &self.events {
            match event {
                Event::Touching { name, canister } => {
                    let known = tracks.iter_mut().find(|track| track.target.name == *name);
                    if let Some(track) = known {
                        track.resumed = false;
                        continue;
                    }
                    let (name, canister) = (name.clone(), canister.clone());
                    let target = Target { name, canister, ..Target::default() };
                    tracks.push(Track { target, ..Track::default() });
                }
                Event::Deleted { snapshot } => {
                    for track in &mut tracks {
                        track.temporary.remove(snapshot);
                    }
                }
                Event::Taking { name, known } => {
                    of(&mut tracks, name, |track| track.known = Some(known.clone()));
                }
                Event::Temporary { name, snapshot } => of(&mut tracks, name, |track| {
                    track.known = None;
                    track.temporary.insert(snapshot.clone());
                }),
                Event::Loading { name, .. } => of(&mut tracks, name, |track| track.restored = true),
                Event::Resumed { name } => of(&mut tracks, name, |track| track.resumed = true),
                Event::Began { .. } => {}
            }
        }
        tracks.reverse();
        tracks
    }
}

fn of(tracks: &mut [Track], name: &str, change: impl FnOnce(&mut Track)) {
    if let Some(track) = tracks.iter_mut().find(|track| track.target.name == name) {
        change(track);
    }
}

fn append(path: &Path) -> Result<File, Failure> {
    OpenOptions::new().create(true).append(true).open(path).map_err(Failure::file("open", path))
}

/// Tidies every errand that has not ended.
pub(crate) async fn tidy_all<C: Client>(
    crew: &Crew<C>,
    errands: &Path,
    kept: &BTreeSet<String>,
) -> Result<Vec<Tidied>, Failure> {
    let mut all = Vec::new();
    for mut errand in Errand::open(errands)? {
        all.push(errand.tidy(crew, kept).await?);
        errand.end()?;
    }
    Ok(all)
}

/// A snapshot that is only a step: made, and its id written down.
pub(crate) async fn temporary<C: Client>(
    errand: &mut Errand,
    crew: &Crew<C>,
    target: &Target,
) -> Result<Vec<u8>, Failure> {
    let canister: Principal = target.id()?;
    let known = crew.snapshot_ids(canister).await?;
    errand.note(Event::Taking { name: target.name.clone(), known })?;
    let taken = management::take_snapshot(&crew.controller, canister, None).await?;
    let snapshot = hex::encode(&taken.id);
    errand.note(Event::Temporary { name: target.name.clone(), snapshot })?;
    Ok(taken.id)
}

#[cfg(test)]
mod tests {
    use granary_api::{
        Error,
        common::{DrainState, DrainStatus, Receipt},
    };
    use ic_management_canister_types::Snapshot;

    use super::*;
    use crate::client::fake::Answers;

    fn touching(name: &str) -> Event {
        Event::Touching {
            name: name.to_owned(),
            canister: Principal::from_slice(&[0, 0, 0, 0, 0, 0, 0, 9, 1, 1]).to_text(),
        }
    }

    fn snapshot(id: u8) -> Snapshot {
        Snapshot { id: vec![id], taken_at_timestamp: 0, total_size: 0 }
    }

    #[tokio::test]
    async fn what_was_left_is_tidied_by_the_next_run_and_only_that() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut errand = Errand::begin(folder.path(), 7, "backup", None).expect("begins");
        errand.note(touching("a")).expect("written");
        let known = vec!["01".to_owned()];
        errand.note(Event::Taking { name: "a".to_owned(), known }).expect("written");
        errand.note(touching("b")).expect("written");
        errand.note(Event::Resumed { name: "b".to_owned() }).expect("written");
        // As a process leaves it that is killed in the middle of a line.
        errand.file.write_all(b"{\"event\":\"res").expect("written");
        drop(errand);

        let receipt: Result<Receipt, Error> = Ok(Receipt { id: 0, event: 0, at_ns: 0 });
        let status = DrainStatus {
            state: DrainState::Drained,
            epoch: 3,
            deadline_ns: 9,
            jobs_running: 0,
            calls_outstanding: 0,
        };
        // 02 was made by a release, 03 by the errand.
        let there = vec![snapshot(1), snapshot(2), snapshot(3)];
        let remote = Answers::default()
            .plain("start_canister", &())
            .plain("get_drain_status", &status)
            .result("resume", &receipt)
            .result("resume_jobs", &receipt)
            .plain("list_canister_snapshots", &there)
            .raw("delete_canister_snapshot", |arg| {
                let args: ic_management_canister_types::DeleteCanisterSnapshotArgs =
                    candid::decode_one(arg).expect("arguments");
                assert_eq!(args.snapshot_id, [3]);
                Ok(candid::encode_one(()).expect("encodes"))
            })
            .grants();
        let client = remote.client.clone();
        let crew = Crew {
            controller: client.clone(),
            governor: client.clone(),
            auditor: client.clone(),
            backup: client.clone(),
        };
        let kept = BTreeSet::from(["02".to_owned()]);
        let tidied = tidy_all(&crew, folder.path(), &kept).await.expect("tidies");
        let expected = Tidied {
            what: "backup".to_owned(),
            folder: None,
            canisters: vec!["a".to_owned()],
            snapshots: 1,
            ways_back: Vec::new(),
        };
        assert_eq!(tidied, [expected]);
        assert!(Errand::open(folder.path()).expect("reads").is_empty(), "it has ended");
        let started = client.sent().iter().filter(|(name, _)| *name == "start_canister").count();
        assert_eq!(started, 1, "the other one had been seen to");
    }

    #[test]
    fn a_line_somebody_changed_is_not_passed_over() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("1.jsonl"), "{}\n").expect("writes");
        let failure = Errand::open(folder.path()).expect_err("spoilt");
        assert_eq!((failure.exit, failure.code.as_str()), (Exit::Degraded, "cli.errand"));
    }
}
