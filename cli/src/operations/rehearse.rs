//! A release tried on a copy: a backup is booted on a network inside this process, the same steps
//! install the new code there, and what came of it is written down. A release that names the report
//! goes ahead only where the code and the state are those that were tried.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    backup::{
        copy::Copy,
        folder,
        manifest::Manifest,
        since::{Since, since},
    },
    release::{
        crew::{Crew, Stop, now_ms},
        journal::Journal,
        plan::{self, Plan, Target},
        report::{Outcome, ReleaseReport},
        run,
    },
};
use crate::{
    client::{Client, remote::Remote},
    date,
    exit::Exit,
    failure::Failure,
    render::{Page, Progress, Report, page::Tone},
};

/// Name and version of the report's shape.
const SHAPE: &str = "granary.rehearsal/1";

/// What a rehearsal found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rehearsal {
    pub(crate) shape: String,
    /// Over this document with nothing here: a change by accident is found.
    pub(crate) sha256: String,
    /// The new code was installed on the copy and proved itself.
    pub(crate) ok: bool,
    pub(crate) network: String,
    pub(crate) backup: String,
    /// SHA-256 of the backup's manifest.
    pub(crate) backup_sha256: String,
    pub(crate) taken_at: String,
    pub(crate) rehearsed_at: String,
    pub(crate) problems: Vec<String>,
    pub(crate) canisters: Vec<Rehearsed>,
}

/// One canister of a rehearsal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rehearsed {
    pub(crate) name: String,
    pub(crate) canister: String,
    pub(crate) from_hash: String,
    pub(crate) to_hash: String,
    pub(crate) from_version: String,
    pub(crate) to_version: String,
    /// Of the canister's journal when it was saved.
    pub(crate) events: u64,
    pub(crate) journal_head: String,
    /// The state's digest when it was saved; on the copy before the new code; and with it. A drain
    /// is part of the state, so that only the last two can be the same.
    pub(crate) state_saved: String,
    pub(crate) state_before: Option<String>,
    pub(crate) state_after: Option<String>,
    pub(crate) post_upgrade_instructions: Option<u64>,
    pub(crate) writes_paused_ms: Option<u64>,
    /// Whether the old code and state were brought back on the copy.
    pub(crate) restored: bool,
}

/// A rehearsal, and the file it was written to.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RehearsalReport {
    pub(crate) file: String,
    #[serde(flatten)]
    pub(crate) rehearsal: Rehearsal,
}

impl Report for RehearsalReport {
    const SCHEMA: &'static str = SHAPE;

    fn text(&self, page: &mut Page) {
        let found = &self.rehearsal;
        let (tone, word) =
            if found.ok { (Tone::Good, "rehearsed") } else { (Tone::Bad, "failed on the copy") };
        let word = page.paint(tone, word);
        page.line(format!("{word}: new code for {} on {}", found.network, found.backup));
        let rows: Vec<Vec<String>> = found
            .canisters
            .iter()
            .map(|one| {
                let hash = |hash: &str| hash.chars().take(12).collect::<String>();
                let state = |state: &Option<String>| hash(state.as_deref().unwrap_or("unknown"));
                let count = one.post_upgrade_instructions;
                vec![
                    one.name.clone(),
                    format!("{} → {}", hash(&one.from_hash), hash(&one.to_hash)),
                    format!("{} → {}", state(&one.state_before), state(&one.state_after)),
                    count.map(|count| count.to_string()).unwrap_or_default(),
                ]
            })
            .collect();
        page.table(&["canister", "module hash", "state", "post_upgrade instructions"], &[3], &rows);
        for problem in &found.problems {
            let bad = page.paint(Tone::Bad, "problem");
            page.line(format!("{bad}: {problem}"));
        }
        page.line(format!("written to {}", self.file));
    }
}

/// What to try.
#[derive(Debug)]
pub(crate) struct Trial {
    /// The backup.
    pub(crate) folder: PathBuf,
    pub(crate) modules: BTreeMap<String, Vec<u8>>,
    /// Canisters whose callers may lose something.
    pub(crate) accepted: Vec<String>,
    /// Where the steps are written down while they are taken.
    pub(crate) scratch: PathBuf,
    /// Where compiled modules are kept.
    pub(crate) cache: Option<PathBuf>,
    pub(crate) now_ns: u64,
}

/// Installs the modules on a copy of the backup, as a release would.
pub(crate) async fn rehearse(trial: &Trial, progress: &Progress) -> Result<Rehearsal, Failure> {
    let manifest = Manifest::checked(&trial.folder)?;
    let cache = trial.cache.clone();
    let copy = Copy::boot(&trial.folder, &manifest, cache, progress).await?;
    let mut rehearsal = Rehearsal {
        shape: SHAPE.to_owned(),
        network: manifest.network.clone(),
        backup: trial.folder.display().to_string(),
        backup_sha256: Manifest::digest(&trial.folder)?,
        taken_at: manifest.taken_at.clone(),
        rehearsed_at: date::iso(trial.now_ns),
        ..Rehearsal::default()
    };
    let tried = try_out(trial, &manifest, &copy, &mut rehearsal, progress).await;
    copy.end().await?;
    if let Err(failure) = tried {
        rehearsal.problems.push(failure.message);
    }
    rehearsal.ok = rehearsal.problems.is_empty();
    rehearsal.sha256 = rehearsal.digest();
    Ok(rehearsal)
}

async fn try_out(
    trial: &Trial,
    manifest: &Manifest,
    copy: &Copy,
    rehearsal: &mut Rehearsal,
    progress: &Progress,
) -> Result<(), Failure> {
    let crew = &copy.crew;
    copy.network.go_live().await?;
    let mut places = BTreeMap::new();
    for kept in &manifest.canisters {
        // Time went on since it was saved; its own look at itself comes first.
        match crew.healthy(&kept.target(), progress).await {
            Ok(()) => {}
            Err(Stop::Pause(failure)) => return Err(failure),
            Err(Stop::Back(_, why)) => rehearsal.problems.push(why),
        }
        places.insert(kept.member()?.name, kept.id()?);
    }
    let targets = plan::plan(crew, &places, &trial.modules, &trial.accepted, progress).await?;
    for target in &targets {
        let kept = manifest.kept(&target.name)?;
        rehearsal.canisters.push(Rehearsed {
            name: target.name.clone(),
            canister: target.canister.clone(),
            from_hash: target.from_hash.clone(),
            to_hash: target.to_hash.clone(),
            from_version: target.from_version.clone(),
            to_version: target.to_version.clone(),
            events: kept.events,
            journal_head: kept.journal_head.clone(),
            state_saved: kept.state_sha256.clone(),
            ..Rehearsed::default()
        });
    }
    let release = now_ms().to_string();
    let network = manifest.network.clone();
    let plan = Plan { release, network, compare: true, back: false, targets };
    plan.must_stand()?;
    let mut journal = Journal::begin(&trial.scratch, plan, &trial.modules)?;
    let report = run::run(crew, &mut journal, false, progress).await;
    drop(journal);
    fs::remove_dir_all(&trial.scratch).map_err(Failure::file("remove", &trial.scratch))?;
    record(copy, &report?, rehearsal).await
}

/// Writes down what the release did to the copy.
async fn record(
    copy: &Copy,
    report: &ReleaseReport,
    rehearsal: &mut Rehearsal,
) -> Result<(), Failure> {
    if report.outcome != Outcome::Released {
        let why = report.reason.clone().unwrap_or_default();
        let trigger = report.trigger.map_or("it did not succeed", |trigger| trigger.words());
        rehearsal.problems.push(format!("{trigger} ({why})"));
    }
    for (done, one) in report.canisters.iter().zip(&mut rehearsal.canisters) {
        let canister = Target { canister: done.canister.clone(), ..Target::default() }.id()?;
        one.state_before.clone_from(&done.state_sha256);
        one.state_after.clone_from(&done.proven_sha256);
        one.post_upgrade_instructions = copy.network.upgrade_instructions(canister).await;
        one.writes_paused_ms = done.writes_paused_ms;
        one.restored = done.restored;
    }
    Ok(())
}

impl Rehearsal {
    fn digest(&self) -> String {
        let bare = Self { sha256: String::new(), ..self.clone() };
        let text = serde_json::to_vec(&bare).expect("texts and numbers are JSON");
        hex::encode(Sha256::digest(text))
    }

    /// Writes the report to `path`.
    pub(crate) fn write(&self, path: &Path) -> Result<(), Failure> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(Failure::file("create", parent))?;
        }
        let mut text = serde_json::to_string_pretty(self).expect("texts and numbers are JSON");
        text.push('\n');
        folder::write(path, text.as_bytes())
    }

    /// Reads a report; one that was changed is refused.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let text = fs::read(path).map_err(Failure::file("read", path))?;
        let wrong = |why: String| {
            let message = format!("{} is not what a rehearsal wrote ({why})", path.display());
            Failure::new(Exit::Usage, "cli.rehearsal", message)
                .next("granary rehearse --modules DIR")
        };
        let read: Self = serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))?;
        if read.shape != SHAPE {
            return Err(wrong(format!("its shape is {}", read.shape)));
        }
        if read.digest() != read.sha256 {
            return Err(wrong("it does not have the hash it names".to_owned()));
        }
        Ok(read)
    }

    /// Refuses a release whose code or whose state is not what was tried, and writes into its plan
    /// what the state has to be once the canisters are drained.
    pub(crate) async fn must_cover<C: Client>(
        &self,
        crew: &Crew<C>,
        plan: &mut Plan,
        progress: &Progress,
    ) -> Result<(), Failure> {
        let refuse = |message: String| {
            Err(Failure::new(Exit::Refused, "cli.not_rehearsed", message)
                .next("granary rehearse --modules DIR"))
        };
        if !self.ok {
            return refuse(format!("the rehearsal failed: {}", self.problems.join("; ")));
        }
        if self.network != plan.network {
            let (tried, here) = (&self.network, &plan.network);
            return refuse(format!("the rehearsal was of the network {tried}, and this is {here}"));
        }
        for target in &mut plan.targets {
            let name = &target.name;
            let Some(tried) = self.canisters.iter().find(|one| one.name == *name) else {
                return refuse(format!("{name} was not rehearsed"));
            };
            if tried.canister != target.canister || tried.from_hash != target.from_hash {
                return refuse(format!("{name} is not the canister and code it was rehearsed on"));
            }
            if tried.to_hash != target.to_hash {
                return refuse(format!(
                    "the new code for {name} is not the one that was rehearsed"
                ));
            }
            let remote = Remote { client: crew.auditor.clone(), canister: target.id()? };
            let since = since(&remote, tried.events, &tried.journal_head, progress).await?;
            if since != Since::Nothing {
                let why = since.loss().unwrap_or_default();
                return refuse(format!("the state of {name} is not the one rehearsed: it {why}"));
            }
            target.rehearsed = Some((tried.events, tried.journal_head.clone()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::fake::Answers;

    fn tried() -> Rehearsal {
        let one = Rehearsed {
            name: "registry".to_owned(),
            canister: "aaaaa-aa".to_owned(),
            from_hash: "01".to_owned(),
            to_hash: "02".to_owned(),
            ..Rehearsed::default()
        };
        let shape = SHAPE.to_owned();
        let mut report =
            Rehearsal { shape, ok: true, canisters: vec![one], ..Rehearsal::default() };
        report.sha256 = report.digest();
        report
    }

    #[test]
    fn a_report_reads_back_unless_it_was_changed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("rehearsal.json");
        tried().write(&path).expect("writes");
        assert_eq!(Rehearsal::read(&path), Ok(tried()));
        let text = fs::read_to_string(&path).expect("reads");
        fs::write(&path, text.replace("\"02\"", "\"03\"")).expect("writes");
        let failure = Rehearsal::read(&path).expect_err("changed");
        assert_eq!((failure.exit, failure.code.as_str()), (Exit::Usage, "cli.rehearsal"));
    }

    #[tokio::test]
    async fn only_what_was_tried_is_covered() {
        let client = Answers::default().grants().client;
        let crew = Crew {
            controller: client.clone(),
            governor: client.clone(),
            auditor: client.clone(),
            backup: client,
        };
        let target = |name: &str, from: &str, to: &str| Target {
            name: name.to_owned(),
            canister: "aaaaa-aa".to_owned(),
            from_hash: from.to_owned(),
            to_hash: to.to_owned(),
            ..Target::default()
        };
        let cases = [
            (target("portfolio", "01", "02"), "was not rehearsed"),
            (target("registry", "07", "02"), "rehearsed on"),
            (target("registry", "01", "07"), "new code for registry"),
        ];
        for (target, why) in cases {
            let mut plan = Plan { targets: vec![target], ..Plan::default() };
            let covered = tried().must_cover(&crew, &mut plan, &Progress::hidden()).await;
            let failure = covered.expect_err("refused");
            assert_eq!((failure.exit, failure.code.as_str()), (Exit::Refused, "cli.not_rehearsed"));
            assert!(failure.message.contains(why), "{failure}");
        }
        let failed = Rehearsal { ok: false, ..tried() };
        let covered = failed.must_cover(&crew, &mut Plan::default(), &Progress::hidden()).await;
        assert_eq!(covered.expect_err("refused").exit, Exit::Refused);
    }
}
