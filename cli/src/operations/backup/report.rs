//! What there is to say about backups.

use std::{collections::BTreeMap, path::Path};

use granary_api::common::HealthStatus;
use serde::Serialize;

use super::{
    manifest::{Kept, Manifest},
    take::Order,
};
use crate::{
    commands::health::status_name,
    operations::errand::Tidied,
    render::{Page, Report, page::Tone},
};

/// A backup that would be taken.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CreationPlan {
    pub(crate) dry_run: bool,
    pub(crate) folder: String,
    pub(crate) network: String,
    pub(crate) drain: bool,
    pub(crate) canisters: Vec<String>,
}

impl CreationPlan {
    pub(crate) fn new(order: &Order) -> Self {
        Self {
            dry_run: true,
            folder: order.root.display().to_string(),
            network: order.network.clone(),
            drain: order.drain,
            canisters: order.places.iter().map(|(member, _)| member.name.to_owned()).collect(),
        }
    }
}

impl Report for CreationPlan {
    const SCHEMA: &'static str = "granary.backup_plan/1";

    fn text(&self, page: &mut Page) {
        let pause = if self.drain { "pause and save" } else { "save" };
        let (canisters, network) = (self.canisters.join(", "), &self.network);
        page.line(format!("would {pause} {canisters} of {network} below {}", self.folder));
    }
}

/// A backup that was taken.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Created {
    pub(crate) folder: String,
    pub(crate) network: String,
    pub(crate) taken_at: String,
    pub(crate) drained: bool,
    /// From the first canister that took no work until all took it again.
    pub(crate) writes_paused_ms: u64,
    pub(crate) bytes: u64,
    pub(crate) canisters: Vec<CreatedCanister>,
    /// What an earlier run had left behind.
    pub(crate) tidied: Vec<Tidied>,
}

/// One canister of it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CreatedCanister {
    pub(crate) name: String,
    pub(crate) canister: String,
    pub(crate) version: String,
    pub(crate) module_hash: String,
    pub(crate) events: u64,
    pub(crate) journal_head: String,
    pub(crate) state_sha256: String,
    pub(crate) bytes: u64,
}

impl From<&Kept> for CreatedCanister {
    fn from(kept: &Kept) -> Self {
        Self {
            name: kept.name.clone(),
            canister: kept.canister.clone(),
            version: kept.version.clone(),
            module_hash: kept.module_hash.clone(),
            events: kept.events,
            journal_head: kept.journal_head.clone(),
            state_sha256: kept.state_sha256.clone(),
            bytes: kept.bytes(),
        }
    }
}

impl Created {
    pub(super) fn new(
        folder: &Path,
        manifest: &Manifest,
        writes_paused_ms: u64,
        tidied: Vec<Tidied>,
    ) -> Self {
        Self {
            folder: folder.display().to_string(),
            network: manifest.network.clone(),
            taken_at: manifest.taken_at.clone(),
            drained: manifest.drained,
            writes_paused_ms,
            bytes: manifest.bytes(),
            canisters: manifest.canisters.iter().map(CreatedCanister::from).collect(),
            tidied,
        }
    }
}

impl Report for Created {
    const SCHEMA: &'static str = "granary.backup_created/1";

    fn text(&self, page: &mut Page) {
        tidied(page, &self.tidied);
        let word = page.paint(Tone::Good, "saved");
        let count = self.canisters.len();
        page.line(format!("{word} {count} canisters of {} in {}", self.network, self.folder));
        page.field("bytes", self.bytes.to_string());
        page.field("writes paused", format!("{} ms", self.writes_paused_ms));
        let row = |one: &CreatedCanister| {
            let hash = |hash: &str| hash.chars().take(16).collect::<String>();
            let (name, version) = (one.name.clone(), one.version.clone());
            let (events, bytes) = (one.events.to_string(), one.bytes.to_string());
            vec![name, version, hash(&one.module_hash), events, hash(&one.state_sha256), bytes]
        };
        let rows: Vec<Vec<String>> = self.canisters.iter().map(row).collect();
        let head = ["canister", "version", "module hash", "events", "state", "bytes"];
        page.table(&head, &[3, 5], &rows);
        page.line(format!("granary backup verify {} proves that it restores", self.folder));
    }
}

/// Says what an earlier run had left behind.
pub(crate) fn tidied(page: &mut Page, all: &[Tidied]) {
    for one in all {
        let word = page.paint(Tone::Warning, "tidied");
        let folder = one.folder.as_deref().map(|folder| format!(" into {folder}"));
        page.line(format!(
            "{word} a {}{} that had not ended: {} started, {} snapshots deleted",
            one.what,
            folder.unwrap_or_default(),
            if one.canisters.is_empty() { "nothing".to_owned() } else { one.canisters.join(", ") },
            one.snapshots
        ));
        for way_back in &one.ways_back {
            page.line(format!("what ran before is the snapshot {way_back}"));
        }
    }
}

/// Whether a backup restores.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Verified {
    pub(crate) folder: String,
    pub(crate) ok: bool,
    pub(crate) network: String,
    pub(crate) taken_at: String,
    pub(crate) files: usize,
    pub(crate) bytes: u64,
    /// Of files.
    pub(crate) problems: Vec<String>,
    /// Of the canisters that were booted.
    pub(crate) canisters: Vec<VerifiedCanister>,
}

/// What a booted canister is.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct VerifiedCanister {
    pub(crate) name: String,
    pub(crate) ok: bool,
    pub(crate) health: Option<String>,
    pub(crate) events: u64,
    pub(crate) state_sha256: String,
    pub(crate) problems: Vec<String>,
}

impl VerifiedCanister {
    pub(super) fn new(kept: &Kept, health: Option<HealthStatus>, problems: Vec<String>) -> Self {
        Self {
            name: kept.name.clone(),
            ok: problems.is_empty(),
            health: health.map(|health| status_name(health).to_owned()),
            events: kept.events,
            state_sha256: kept.state_sha256.clone(),
            problems,
        }
    }
}

impl Verified {
    pub(super) fn new(
        folder: &Path,
        manifest: &Manifest,
        problems: Vec<String>,
        canisters: Vec<VerifiedCanister>,
    ) -> Self {
        let proven = canisters.len() == manifest.canisters.len();
        Self {
            folder: folder.display().to_string(),
            ok: problems.is_empty() && proven && canisters.iter().all(|canister| canister.ok),
            network: manifest.network.clone(),
            taken_at: manifest.taken_at.clone(),
            files: manifest.canisters.iter().map(|kept| kept.parts.len()).sum(),
            bytes: manifest.bytes(),
            problems,
            canisters,
        }
    }

    /// A backup whose manifest cannot be believed.
    pub(super) fn spoilt(folder: &Path, problem: String) -> Self {
        Self::new(folder, &Manifest::default(), vec![problem], Vec::new())
    }
}

impl Report for Verified {
    const SCHEMA: &'static str = "granary.backup_verified/1";

    fn text(&self, page: &mut Page) {
        let (tone, word) =
            if self.ok { (Tone::Good, "restores") } else { (Tone::Bad, "does not restore") };
        let word = page.paint(tone, word);
        page.line(format!("{word}: {}, of {} at {}", self.folder, self.network, self.taken_at));
        page.field("files", format!("{} with {} bytes", self.files, self.bytes));
        for problem in &self.problems {
            problem_line(page, problem);
        }
        for canister in &self.canisters {
            let health = canister.health.as_deref().unwrap_or("no answer");
            let state: String = canister.state_sha256.chars().take(16).collect();
            let events = canister.events;
            page.field(&canister.name, format!("{health}, {events} events, state {state}"));
            for problem in &canister.problems {
                problem_line(page, &format!("{}: {problem}", canister.name));
            }
        }
    }
}

pub(super) fn problem_line(page: &mut Page, problem: &str) {
    let bad = page.paint(Tone::Bad, "problem");
    page.line(format!("{bad}: {problem}"));
}

/// A backup that was taken and verified at once.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Drilled {
    pub(crate) ok: bool,
    pub(crate) took_ms: u64,
    pub(crate) created: Created,
    pub(crate) verified: Verified,
}

impl Report for Drilled {
    const SCHEMA: &'static str = "granary.backup_drill/1";

    fn text(&self, page: &mut Page) {
        self.created.text(page);
        self.verified.text(page);
        page.field("drill took", format!("{} ms", self.took_ms));
    }
}

/// The backups there are.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Listed {
    pub(crate) folder: String,
    pub(crate) backups: Vec<Shelved>,
}

/// One of them.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Shelved {
    pub(crate) folder: String,
    /// `good`, `bad`, `unverified`, `spoilt` or `incomplete`.
    pub(crate) state: &'static str,
    pub(crate) network: String,
    pub(crate) taken_at: String,
    pub(crate) canisters: Vec<String>,
    pub(crate) bytes: u64,
    pub(crate) verified_at: Option<String>,
}

impl Report for Listed {
    const SCHEMA: &'static str = "granary.backups/1";

    fn text(&self, page: &mut Page) {
        if self.backups.is_empty() {
            page.line(format!("no backups in {}; granary backup create makes one", self.folder));
            return;
        }
        let rows: Vec<Vec<String>> = self
            .backups
            .iter()
            .map(|one| {
                let count = one.canisters.len().to_string();
                let (folder, state) = (one.folder.clone(), one.state.to_owned());
                vec![folder, state, one.network.clone(), count, one.bytes.to_string()]
            })
            .collect();
        page.table(&["backup", "state", "network", "canisters", "bytes"], &[3, 4], &rows);
    }
}

/// What a retention removed, or would.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Pruned {
    pub(crate) dry_run: bool,
    pub(crate) removed: Vec<String>,
    /// Folders that were never complete, removed as well.
    pub(crate) incomplete: Vec<String>,
    pub(crate) kept: Vec<String>,
    pub(crate) tidied: Vec<Tidied>,
}

impl Report for Pruned {
    const SCHEMA: &'static str = "granary.backups_pruned/1";

    fn text(&self, page: &mut Page) {
        tidied(page, &self.tidied);
        let word = if self.dry_run { "would remove" } else { "removed" };
        for (list, why) in [(&self.removed, ""), (&self.incomplete, " (never complete)")] {
            for folder in list {
                page.line(format!("{word} {folder}{why}"));
            }
        }
        page.line(format!("{} backups stay", self.kept.len()));
    }
}

/// Snapshots of old releases that were deleted, or would be.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SnapshotsPruned {
    pub(crate) dry_run: bool,
    /// Their ids, by canister.
    pub(crate) canisters: BTreeMap<String, Vec<String>>,
}

impl Report for SnapshotsPruned {
    const SCHEMA: &'static str = "granary.snapshots_pruned/1";

    fn text(&self, page: &mut Page) {
        let word = if self.dry_run { "would delete" } else { "deleted" };
        for (name, ids) in &self.canisters {
            page.line(format!("{word} of {name}: {}", ids.join(", ")));
        }
        if self.canisters.is_empty() {
            page.line("no snapshot of an old release is there");
        }
    }
}
