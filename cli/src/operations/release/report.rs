//! What there is to say about a release.

use serde::Serialize;

use super::{
    plan::{MAX_SNAPSHOTS, Plan, Target},
    trigger::Trigger,
};
use crate::render::{Page, Report, page::Tone};

/// How a release ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// The new code runs.
    Released,
    /// The old code and state run again.
    RolledBack,
    /// It ended before any code was replaced.
    NothingChanged,
}

impl Outcome {
    /// In words.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Released => "released",
            Self::RolledBack => "rolled back",
            Self::NothingChanged => "nothing changed",
        }
    }
}

/// A release that ended.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ReleaseReport {
    pub(crate) release: String,
    pub(crate) network: String,
    pub(crate) outcome: Outcome,
    pub(crate) trigger: Option<Trigger>,
    pub(crate) reason: Option<String>,
    /// Going back was what was asked for.
    pub(crate) asked: bool,
    pub(crate) canisters: Vec<Released>,
    /// Snapshots of older releases that were deleted after this one had proved itself.
    pub(crate) snapshots_deleted: usize,
}

/// What a release did to one canister.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Released {
    pub(crate) name: String,
    pub(crate) canister: String,
    pub(crate) from_hash: String,
    pub(crate) to_hash: String,
    /// The way back.
    pub(crate) snapshot: Option<String>,
    /// Over the state before anything was touched.
    pub(crate) state_sha256: Option<String>,
    /// Over the state the new code proved itself with.
    pub(crate) proven_sha256: Option<String>,
    pub(crate) restored: bool,
    /// How long it took no new work.
    pub(crate) writes_paused_ms: Option<u64>,
}

impl ReleaseReport {
    /// Whether it ended as it was meant to.
    pub(crate) fn succeeded(&self) -> bool {
        match self.outcome {
            Outcome::Released => true,
            Outcome::RolledBack => self.asked,
            Outcome::NothingChanged => false,
        }
    }
}

impl Report for ReleaseReport {
    const SCHEMA: &'static str = "granary.release/1";

    fn text(&self, page: &mut Page) {
        let tone = match self.outcome {
            Outcome::Released => Tone::Good,
            Outcome::RolledBack if self.asked => Tone::Good,
            Outcome::RolledBack => Tone::Bad,
            Outcome::NothingChanged => Tone::Warning,
        };
        let word = page.paint(tone, self.outcome.words());
        page.line(format!("{word}: release {} on {}", self.release, self.network));
        if let (Some(trigger), Some(reason)) = (self.trigger, &self.reason) {
            page.field("because", format!("{} ({reason})", trigger.words()));
        }
        let rows: Vec<Vec<String>> = self
            .canisters
            .iter()
            .map(|canister| {
                let old = canister.restored && !self.asked;
                let runs = if old { &canister.from_hash } else { &canister.to_hash };
                let paused = canister.writes_paused_ms.map(|ms| format!("{:.1}", seconds(ms)));
                vec![
                    canister.name.clone(),
                    if canister.restored { "restored" } else { "new" }.to_owned(),
                    runs.chars().take(16).collect(),
                    paused.unwrap_or_default(),
                ]
            })
            .collect();
        page.table(&["canister", "code", "module hash", "writes paused (s)"], &[3], &rows);
        if self.snapshots_deleted > 0 {
            page.line(format!("{} snapshots of older releases deleted", self.snapshots_deleted));
        }
    }
}

/// Precise enough for people.
fn seconds(ms: u64) -> f64 {
    std::time::Duration::from_millis(ms).as_secs_f64()
}

/// The schema of the state, and the one the new code brings it to.
fn schema_path(target: &Target) -> String {
    match target.reads {
        Some((_, current)) if current != target.schema => {
            format!("{} → {current}", target.schema)
        }
        _ => target.schema.to_string(),
    }
}

/// A release that would be made.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PlanReport {
    pub(crate) dry_run: bool,
    #[serde(flatten)]
    pub(crate) plan: Plan,
}

impl Report for PlanReport {
    const SCHEMA: &'static str = "granary.release_plan/1";

    fn text(&self, page: &mut Page) {
        let Plan { release, network, targets, back, .. } = &self.plan;
        if targets.is_empty() {
            page.line(format!("every canister on {network} runs this code already"));
            return;
        }
        let what = if *back { "bring back what ran before" } else { "install new code" };
        page.line(format!("release {release} on {network} would {what}, in this order:"));
        let rows: Vec<Vec<String>> = targets
            .iter()
            .map(|target| {
                let hash = |hash: &str| hash.chars().take(12).collect::<String>();
                vec![
                    target.name.clone(),
                    format!("{} → {}", target.from_version, target.to_version),
                    format!("{} → {}", hash(&target.from_hash), hash(&target.to_hash)),
                    schema_path(target),
                    target.interface.word().to_owned(),
                    target.health.clone(),
                ]
            })
            .collect();
        let head = ["canister", "version", "module hash", "schema", "interface", "health"];
        page.table(&head, &[], &rows);
        let rows: Vec<Vec<String>> = targets
            .iter()
            .map(|target| {
                vec![
                    target.name.clone(),
                    target.cycles.clone(),
                    target.memory_bytes.to_string(),
                    format!("{} of {MAX_SNAPSHOTS}", target.snapshots),
                    target.controllers.join(" "),
                ]
            })
            .collect();
        page.table(&["canister", "cycles", "memory", "snapshots", "controllers"], &[1, 2], &rows);
        for target in targets {
            let said = if target.accepted { "accepted" } else { "breaks" };
            for broken in &target.breaks {
                let said = page.paint(Tone::Warning, said);
                page.line(format!("{said}: {}: {broken}", target.name));
            }
            for problem in &target.problems {
                let bad = page.paint(Tone::Bad, "problem");
                page.line(format!("{bad}: {}: {problem}", target.name));
            }
        }
    }
}
