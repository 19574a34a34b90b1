//! What a release did, on disk before the next step begins: a release that lost its process or its
//! connection goes on from here.
//!
//! A release is a folder: `plan.json`, the modules it installs, and `journal.jsonl` with one event
//! on each line. A torn last line was never acknowledged to anybody and is dropped.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File, OpenOptions},
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{plan::Plan, retention::Ended, trigger::Trigger};
use crate::{exit::Exit, failure::Failure};

const PLAN: &str = "plan.json";
const EVENTS: &str = "journal.jsonl";
const LOCK: &str = "lock";

/// One thing that happened, or is about to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Event {
    /// The canister is asked to take no new work.
    Draining { canister: String, at_ms: u64, epoch: u64 },
    /// It takes none and has finished what it had. The hash is over the state it has now.
    Drained { canister: String, state_sha256: Option<String>, events: u64 },
    /// The way back.
    Snapshot { canister: String, snapshot: String },
    /// It took work while nobody went on with the release: going back would lose it.
    Worked { canister: String },
    /// The new code is asked for: from now on going back means loading the snapshot.
    Installing { canister: String },
    /// The new code runs and proved itself, with a state of this hash.
    Proven {
        canister: String,
        #[serde(default)]
        state_sha256: Option<String>,
    },
    /// The release goes back.
    Triggered { canister: String, trigger: Trigger, message: String },
    /// The old code and state run.
    Restored { canister: String },
    /// The canister takes work again.
    Resumed { canister: String, at_ms: u64 },
    /// Nothing more will happen.
    Ended,
}

/// How far one canister is.
#[expect(clippy::struct_excessive_bools, reason = "each tells that one event is in the journal")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Track {
    /// When it stopped taking work, by the clock of this machine.
    pub(crate) draining_ms: Option<u64>,
    /// Over the state before anything was touched.
    pub(crate) state_sha256: Option<String>,
    /// Length of the canister's own journal then.
    pub(crate) events: u64,
    pub(crate) snapshot: Option<String>,
    /// A snapshot of an earlier attempt, which the next one replaces.
    pub(crate) void: Option<String>,
    pub(crate) installing: bool,
    pub(crate) worked: bool,
    pub(crate) proven: bool,
    /// Over the state that the new code proved itself with.
    pub(crate) proven_sha256: Option<String>,
    pub(crate) restored: bool,
    pub(crate) resumed_ms: Option<u64>,
}

/// While it lives, no release begins. The system lets go of it when the process ends.
#[derive(Debug)]
pub(crate) struct Hold {
    _lock: File,
}

/// A release's folder, held by this process.
#[derive(Debug)]
pub(crate) struct Journal {
    pub(crate) folder: PathBuf,
    pub(crate) plan: Plan,
    events: Vec<Event>,
    file: File,
    /// Let go by the system when the process ends, however it ends.
    _lock: File,
}

impl Journal {
    /// Refuses while a release has not ended: what runs now is between two states.
    pub(crate) fn must_rest(releases: &Path) -> Result<(), Failure> {
        let Some(open) = unfinished(releases)? else { return Ok(()) };
        let message = format!("the release in {} has not ended", open.display());
        Err(Failure::new(Exit::Refused, "cli.release_open", message)
            .next("granary upgrade --resume"))
    }

    /// Keeps every other process from a release below `releases`, and refuses while one has not
    /// ended: for work on the same canisters that is no release.
    pub(crate) fn hold(releases: &Path) -> Result<Hold, Failure> {
        let hold = Hold { _lock: lock(releases)? };
        Self::must_rest(releases)?;
        Ok(hold)
    }

    /// The releases below `releases` that ended, oldest first.
    pub(crate) fn ended(releases: &Path) -> Result<Vec<Ended>, Failure> {
        let mut all = Vec::new();
        for folder in folders(releases)? {
            let (plan, events) = read(&folder)?;
            if events.last() != Some(&Event::Ended) {
                continue;
            }
            let good = !events.iter().any(|event| matches!(event, Event::Triggered { .. }));
            let id = |name: &str| {
                let target = plan.targets.iter().find(|target| target.name == name);
                target.map(|target| target.canister.clone()).unwrap_or_default()
            };
            let taken = events.iter().filter_map(|event| match event {
                Event::Snapshot { canister, snapshot } => {
                    Some((canister.clone(), id(canister), snapshot.clone()))
                }
                _ => None,
            });
            all.push(Ended { good, snapshots: taken.collect() });
        }
        Ok(all)
    }

    /// Every snapshot that a release below `releases` took.
    pub(crate) fn snapshots(releases: &Path) -> Result<BTreeSet<String>, Failure> {
        let taken = Self::ended(releases)?.into_iter().flat_map(|release| release.snapshots);
        Ok(taken.map(|(_, _, snapshot)| snapshot).collect())
    }

    /// Begins a release below `releases`.
    pub(crate) fn begin(
        releases: &Path,
        plan: Plan,
        modules: &BTreeMap<String, Vec<u8>>,
    ) -> Result<Self, Failure> {
        let lock = lock(releases)?;
        Self::must_rest(releases)?;
        let folder = releases.join(&plan.release);
        fs::create_dir_all(&folder).map_err(Failure::file("create", &folder))?;
        for (name, module) in modules {
            write(&module_path(&folder, name), module)?;
        }
        let text = serde_json::to_vec_pretty(&plan).expect("texts and numbers are JSON");
        // Written last but for the events: a folder without a plan is no release.
        let file = append(&folder.join(EVENTS))?;
        write(&folder.join(PLAN), &text)?;
        Ok(Self { folder, plan, events: Vec::new(), file, _lock: lock })
    }

    /// Takes up the release that has not ended.
    pub(crate) fn resume(releases: &Path) -> Result<Self, Failure> {
        let lock = lock(releases)?;
        let Some(folder) = unfinished(releases)? else {
            let message = "every release has ended, so there is nothing to go on with";
            return Err(Failure::new(Exit::Usage, "cli.no_release", message)
                .next("granary upgrade --dry-run"));
        };
        let (plan, events) = read(&folder)?;
        let path = folder.join(EVENTS);
        // What is torn would spoil the line behind it.
        let text: String = events.iter().map(line).collect();
        write(&path, text.as_bytes())?;
        let file = append(&path)?;
        Ok(Self { folder, plan, events, file, _lock: lock })
    }

    /// The newest release that ended with its code running.
    pub(crate) fn newest(releases: &Path) -> Result<(Plan, BTreeMap<String, Track>), Failure> {
        for folder in folders(releases)?.into_iter().rev() {
            let (plan, events) = read(&folder)?;
            let went_back = events.iter().any(|event| matches!(event, Event::Triggered { .. }));
            if events.last() == Some(&Event::Ended) && !went_back {
                return Ok((plan, tracks(&events)));
            }
        }
        let message = format!("{} holds no release to go back from", releases.display());
        Err(Failure::new(Exit::Usage, "cli.no_release", message).next("granary upgrade --dry-run"))
    }

    /// Writes an event down, and comes back when it would survive a power cut.
    pub(crate) fn note(&mut self, event: Event) -> Result<(), Failure> {
        let path = self.folder.join(EVENTS);
        let written = self.file.write_all(line(&event).as_bytes());
        written.and_then(|()| self.file.sync_data()).map_err(Failure::file("write", &path))?;
        self.events.push(event);
        Ok(())
    }

    /// How far the canister `name` is. Where an earlier release is taken back, the plan knows every
    /// way back from the beginning, so that a process that ends never leaves some without one.
    pub(crate) fn track(&self, name: &str) -> Track {
        let mut track = tracks(&self.events).remove(name).unwrap_or_default();
        if self.plan.back {
            let target = self.plan.targets.iter().find(|target| target.name == name);
            track.snapshot = target.and_then(|target| target.way_back.clone());
            track.installing = true;
        }
        track
    }

    /// Why the release goes back, when it does: the canister, the trigger, and the words.
    pub(crate) fn triggered(&self) -> Option<(&str, Trigger, &str)> {
        self.events.iter().find_map(|event| match event {
            Event::Triggered { canister, trigger, message } => {
                Some((canister.as_str(), *trigger, message.as_str()))
            }
            _ => None,
        })
    }

    /// The module the release installs on `name`.
    pub(crate) fn module(&self, name: &str) -> Result<Vec<u8>, Failure> {
        let path = module_path(&self.folder, name);
        fs::read(&path).map_err(Failure::file("read", &path))
    }
}

fn tracks(events: &[Event]) -> BTreeMap<String, Track> {
    let mut tracks = BTreeMap::<String, Track>::new();
    for event in events.iter().cloned() {
        match event {
            Event::Draining { canister, at_ms, .. } => {
                of(&mut tracks, canister).draining_ms.get_or_insert(at_ms);
            }
            Event::Drained { canister, state_sha256, events } => {
                let track = of(&mut tracks, canister);
                track.state_sha256 = state_sha256;
                track.events = events;
                // Before the new code is asked for, the canister may have worked since an earlier
                // attempt: what that one saved is not the state of now.
                if !track.installing {
                    track.void = track.snapshot.take();
                }
            }
            Event::Snapshot { canister, snapshot } => {
                of(&mut tracks, canister).snapshot = Some(snapshot);
            }
            Event::Worked { canister } => of(&mut tracks, canister).worked = true,
            Event::Installing { canister } => of(&mut tracks, canister).installing = true,
            Event::Proven { canister, state_sha256 } => {
                let track = of(&mut tracks, canister);
                track.proven = true;
                track.proven_sha256 = state_sha256;
            }
            Event::Restored { canister } => of(&mut tracks, canister).restored = true,
            Event::Resumed { canister, at_ms } => {
                of(&mut tracks, canister).resumed_ms = Some(at_ms);
            }
            Event::Triggered { .. } | Event::Ended => {}
        }
    }
    tracks
}

fn of(tracks: &mut BTreeMap<String, Track>, canister: String) -> &mut Track {
    tracks.entry(canister).or_default()
}

fn line(event: &Event) -> String {
    let mut text = serde_json::to_string(event).expect("texts and numbers are JSON");
    text.push('\n');
    text
}

fn module_path(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.wasm"))
}

/// One release of a network at a time.
fn lock(releases: &Path) -> Result<File, Failure> {
    fs::create_dir_all(releases).map_err(Failure::file("create", releases))?;
    let path = releases.join(LOCK);
    let file = append(&path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => {
            let message = "another process is at work on a release of this network";
            Err(Failure::new(Exit::Refused, "cli.release_locked", message)
                .next("the same when it has ended"))
        }
        Err(fs::TryLockError::Error(error)) => Err(Failure::file("lock", &path)(error)),
    }
}

/// The release folders, oldest first: their names begin with their epoch.
fn folders(releases: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = match fs::read_dir(releases) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Failure::file("read", releases)(error)),
    };
    let mut folders = Vec::new();
    for entry in entries {
        let path = entry.map_err(Failure::file("read", releases))?.path();
        if path.join(PLAN).exists() {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

fn unfinished(releases: &Path) -> Result<Option<PathBuf>, Failure> {
    for folder in folders(releases)? {
        if read(&folder)?.1.last() != Some(&Event::Ended) {
            return Ok(Some(folder));
        }
    }
    Ok(None)
}

fn read(folder: &Path) -> Result<(Plan, Vec<Event>), Failure> {
    let path = folder.join(PLAN);
    let text = fs::read(&path).map_err(Failure::file("read", &path))?;
    let plan = serde_json::from_slice(&text).map_err(|error| spoilt(&path, &error))?;
    let path = folder.join(EVENTS);
    let text = fs::read_to_string(&path).map_err(Failure::file("read", &path))?;
    let mut events = Vec::new();
    for line in text.split_inclusive('\n') {
        match serde_json::from_str(line) {
            Ok(event) => events.push(event),
            // Only a line that was being written when the process ended has no end.
            Err(_) if !line.ends_with('\n') => break,
            Err(error) => return Err(spoilt(&path, &error)),
        }
    }
    Ok((plan, events))
}

fn spoilt(path: &Path, error: &serde_json::Error) -> Failure {
    let message = format!("{} is not what a release wrote ({error})", path.display());
    Failure::new(Exit::Degraded, "cli.release_spoilt", message)
}

fn append(path: &Path) -> Result<File, Failure> {
    OpenOptions::new().create(true).append(true).open(path).map_err(Failure::file("open", path))
}

/// Replaces a file whole: under its name there is the old content or the new one.
fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let temporary = path.with_extension("tmp");
    let written = File::create(&temporary).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.and_then(|()| fs::rename(&temporary, path)).map_err(Failure::file("write", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(release: &str) -> Plan {
        Plan { release: release.to_owned(), ..Plan::default() }
    }

    fn proven(name: &str) -> Event {
        Event::Proven { canister: name.to_owned(), state_sha256: None }
    }

    fn begin(folder: &Path, release: &str) -> Result<Journal, Failure> {
        let modules = BTreeMap::from([("a".to_owned(), b"module".to_vec())]);
        Journal::begin(folder, plan(release), &modules)
    }

    #[test]
    fn a_release_that_lost_its_process_is_taken_up_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut journal = begin(folder.path(), "1").expect("begins");
        journal.note(proven("a")).expect("written");
        let path = journal.folder.join(EVENTS);
        drop(journal);
        let mut torn = append(&path).expect("opens");
        torn.write_all(b"{\"event\":\"pro").expect("writes");
        drop(torn);

        assert_eq!(begin(folder.path(), "2").expect_err("one is open").code, "cli.release_open");
        let mut journal = Journal::resume(folder.path()).expect("goes on");
        assert!(journal.track("a").proven, "what was written counts");
        assert_eq!(journal.module("a").expect("kept"), b"module");
        journal.note(Event::Ended).expect("written");
        drop(journal);
        assert_eq!(Journal::resume(folder.path()).expect_err("ended").code, "cli.no_release");
        let (plan, tracks) = Journal::newest(folder.path()).expect("ended well");
        assert_eq!((plan.release.as_str(), tracks["a"].proven), ("1", true));
    }

    #[test]
    fn two_processes_do_not_work_on_one_network() {
        let folder = tempfile::tempdir().expect("a folder");
        let _held = begin(folder.path(), "1").expect("begins");
        let failure = Journal::resume(folder.path()).expect_err("held");
        assert_eq!(failure.code, "cli.release_locked");
    }

    #[test]
    fn a_line_somebody_changed_is_not_passed_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let journal = begin(folder.path(), "1").expect("begins");
        fs::write(journal.folder.join(EVENTS), "{}\n").expect("writes");
        drop(journal);
        let failure = Journal::resume(folder.path()).expect_err("spoilt");
        assert_eq!((failure.exit, failure.code.as_str()), (Exit::Degraded, "cli.release_spoilt"));
    }

    #[test]
    fn what_went_back_is_nothing_to_go_back_from() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut journal = begin(folder.path(), "1").expect("begins");
        let (canister, message) = ("a".to_owned(), String::new());
        let trigger = Trigger::DataInconsistent;
        journal.note(Event::Triggered { canister, trigger, message }).expect("written");
        assert_eq!(journal.triggered().map(|(_, why, _)| why), Some(trigger));
        journal.note(Event::Ended).expect("written");
        drop(journal);
        assert_eq!(Journal::newest(folder.path()).expect_err("none").code, "cli.no_release");
    }

    #[test]
    fn a_way_back_is_of_the_newest_drain_until_new_code_is_asked_for() {
        let name = || "a".to_owned();
        let drained = |events| Event::Drained { canister: name(), state_sha256: None, events };
        let saved = || Event::Snapshot { canister: name(), snapshot: "01".to_owned() };
        let mut events = vec![drained(7), saved(), drained(9)];
        let track = &tracks(&events)["a"];
        assert_eq!(track.snapshot, None, "it may have worked since");
        assert_eq!(track.void.as_deref(), Some("01"), "the next one takes its place");
        events.extend([saved(), Event::Installing { canister: name() }, drained(12)]);
        assert_eq!(tracks(&events)["a"].snapshot.as_deref(), Some("01"));
    }
}
