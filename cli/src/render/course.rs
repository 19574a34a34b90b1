//! The course of a release: its audit, its rehearsal, its steps.

use granary_api::governor::{self as wire, RunKind, StepState, Verdict};
use serde::Serialize;

use super::{
    Page, Report, more, name,
    page::{Tone, cut},
    snake,
};
use crate::{amount, date};

/// Columns of what went wrong.
const WHY: usize = 300;

/// Steps on canisters.
#[derive(Debug, Serialize)]
pub(crate) struct Run {
    /// `execution` or `rehearsal`.
    kind: String,
    epoch: u64,
    /// `forward` or `back`.
    direction: String,
    trigger: Option<String>,
    reason: Option<String>,
    done: usize,
    steps: Vec<Step>,
    begun_at: String,
    ended_at: Option<String>,
    observe_until: Option<String>,
}

#[derive(Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "the name is what people type or read")]
struct Step {
    canister: String,
    step: String,
    state: String,
    tries: u32,
    error: Option<String>,
    /// The fleet snapshot it is about.
    snapshot: Option<u64>,
    ended_at: Option<String>,
}

fn filled(text: &str) -> Option<String> {
    Some(cut(text, WHY)).filter(|text| !text.is_empty())
}

impl From<&wire::Execution> for Run {
    fn from(run: &wire::Execution) -> Self {
        let over = |step: &&wire::Step| matches!(step.state, StepState::Done | StepState::Skipped);
        let step = |step: &wire::Step| Step {
            canister: step.target.to_text(),
            step: snake(&step.step),
            state: name(&step.state),
            tries: step.tries,
            error: filled(&step.error),
            snapshot: step.snapshot,
            ended_at: step.ended_at_ns.map(date::iso),
        };
        Self {
            kind: match run.kind {
                RunKind::Execution => "execution",
                RunKind::Rehearsal => "rehearsal",
            }
            .to_owned(),
            epoch: run.epoch,
            direction: name(&run.direction),
            trigger: run.trigger.as_ref().map(name),
            reason: filled(&run.reason),
            done: run.steps.iter().filter(over).count(),
            steps: run.steps.iter().map(step).collect(),
            begun_at: date::iso(run.begun_at_ns),
            ended_at: run.ended_at_ns.map(date::iso),
            observe_until: run.observe_until_ns.map(date::iso),
        }
    }
}

impl Run {
    pub(super) fn text(&self, page: &mut Page) {
        let Self { kind, done, steps, direction, .. } = self;
        let back = if direction == "back" { ", going back" } else { "" };
        page.title(&format!("{kind}: {done} of {} steps{back}", steps.len()));
        if let Some(trigger) = &self.trigger {
            page.field("trigger", trigger);
        }
        if let Some(reason) = &self.reason {
            page.field("because", reason);
        }
        if let Some(until) = &self.observe_until {
            page.field("observed until", until);
        }
        let row = |step: &Step| {
            let Step { canister, step, state, error, .. } = step;
            vec![step.clone(), canister.clone(), state.clone(), error.clone().unwrap_or_default()]
        };
        let rows: Vec<_> = steps.iter().map(row).collect();
        page.table(&["step", "canister", "state", "why"], &[], &rows);
    }
}

/// What an audit found.
#[derive(Debug, Serialize)]
pub(crate) struct Audit {
    proposal: u64,
    can_proceed: bool,
    at: String,
    by: String,
    checks: Vec<Check>,
}

#[derive(Debug, Serialize)]
struct Check {
    name: String,
    /// `pass`, `warn` or `fail`.
    verdict: String,
    detail: String,
    #[serde(skip)]
    tone: Tone,
}

impl From<&wire::Audit> for Audit {
    fn from(audit: &wire::Audit) -> Self {
        let check = |check: &wire::AuditCheck| Check {
            name: check.name.clone(),
            verdict: name(&check.verdict),
            detail: cut(&check.detail, WHY),
            tone: match check.verdict {
                Verdict::Pass => Tone::Good,
                Verdict::Warn => Tone::Warning,
                Verdict::Fail => Tone::Bad,
            },
        };
        // What stops the release first.
        let mut checks: Vec<_> = audit.checks.iter().collect();
        checks.sort_by_key(|check| std::cmp::Reverse(check.verdict));
        Self {
            proposal: audit.proposal,
            can_proceed: audit.can_proceed,
            at: date::iso(audit.at_ns),
            by: audit.by.to_text(),
            checks: checks.into_iter().map(check).collect(),
        }
    }
}

impl Report for Audit {
    const SCHEMA: &'static str = "granary.audit/1";

    fn text(&self, page: &mut Page) {
        let (tone, word) =
            if self.can_proceed { (Tone::Good, "may go on") } else { (Tone::Bad, "is stopped") };
        let word = page.paint(tone, word);
        page.line(format!("proposal {} {word}, as of {}", self.proposal, self.at));
        for check in &self.checks {
            let verdict = page.paint(check.tone, &check.verdict);
            page.line(format!("  {verdict}  {}: {}", check.name, check.detail));
        }
        let id = self.proposal;
        if self.can_proceed {
            page.field("next", format!("granary proposal rehearse {id}"));
        }
    }
}

/// What a rehearsal came to.
#[derive(Debug, Serialize)]
pub(crate) struct Rehearsal {
    proposal: u64,
    is_success: bool,
    hash: String,
    digest: String,
    /// `loaded` or `carried`.
    copies: String,
    begun_at: String,
    ended_at: Option<String>,
    canisters: Vec<Rehearsed>,
}

#[derive(Debug, Serialize)]
struct Rehearsed {
    canister: String,
    module_hash: String,
    schema_before: u32,
    schema_after: u32,
    records: u64,
    violations: u64,
    /// None when the canister worked meanwhile.
    state_before: Option<String>,
    state_after: Option<String>,
    cycles: String,
    problem: Option<String>,
    #[serde(skip)]
    spent: u128,
}

impl From<&wire::RehearsalReport> for Rehearsal {
    fn from(report: &wire::RehearsalReport) -> Self {
        let canister = |one: &wire::RehearsedCanister| Rehearsed {
            canister: one.target.to_text(),
            module_hash: hex::encode(&one.module),
            schema_before: one.schema_before,
            schema_after: one.schema_after,
            records: one.records,
            violations: one.violations,
            state_before: one.digest_before.as_ref().map(hex::encode),
            state_after: one.digest_after.as_ref().map(hex::encode),
            cycles: one.cycles.to_string(),
            problem: filled(&one.problem),
            spent: one.cycles,
        };
        Self {
            proposal: report.proposal,
            is_success: report.is_success,
            hash: hex::encode(&report.hash),
            digest: hex::encode(&report.digest),
            copies: name(&report.way),
            begun_at: date::iso(report.begun_at_ns),
            ended_at: report.ended_at_ns.map(date::iso),
            canisters: report.canisters.iter().map(canister).collect(),
        }
    }
}

impl Report for Rehearsal {
    const SCHEMA: &'static str = "granary.governed_rehearsal/1";

    fn text(&self, page: &mut Page) {
        let (tone, word) =
            if self.is_success { (Tone::Good, "succeeded") } else { (Tone::Bad, "failed") };
        let word = page.paint(tone, word);
        page.line(format!(
            "rehearsal of proposal {} {word}, copies {}",
            self.proposal, self.copies
        ));
        page.field("hash", &self.hash);
        for one in &self.canisters {
            page.title(&one.canister);
            let Rehearsed { schema_before, schema_after, records, violations, .. } = one;
            page.field("schema", format!("{schema_before} to {schema_after}"));
            page.field("records", format!("{records}, {violations} violations"));
            page.field("cycles", amount::grouped(one.spent, 0));
            if let Some(problem) = &one.problem {
                page.field("problem", problem);
            }
        }
    }
}

/// A page of fleet snapshots.
#[derive(Debug, Serialize)]
pub(crate) struct Snapshots {
    items: Vec<Snapshot>,
    next: Option<u64>,
}

#[derive(Debug, Serialize)]
struct Snapshot {
    id: u64,
    /// `partial`, `complete`, `good` or `pruned`.
    state: String,
    proposal: u64,
    at: String,
    pinned: bool,
    canisters: Vec<String>,
    bytes: u64,
}

impl From<&wire::SnapshotPage> for Snapshots {
    fn from(page: &wire::SnapshotPage) -> Self {
        let item = |one: &wire::FleetSnapshot| Snapshot {
            id: one.id,
            state: name(&one.state),
            proposal: one.proposal,
            at: date::iso(one.at_ns),
            pinned: one.pinned,
            canisters: one.canisters.iter().map(|it| it.target.to_text()).collect(),
            bytes: one.canisters.iter().fold(0_u64, |sum, it| sum.saturating_add(it.bytes)),
        };
        Self { items: page.items.iter().map(item).collect(), next: page.next }
    }
}

impl Report for Snapshots {
    const SCHEMA: &'static str = "granary.fleet_snapshots/1";

    fn text(&self, page: &mut Page) {
        let row = |one: &Snapshot| {
            let pinned = if one.pinned { "pinned" } else { "" };
            vec![
                one.id.to_string(),
                one.state.clone(),
                one.proposal.to_string(),
                one.canisters.len().to_string(),
                one.bytes.to_string(),
                one.at.clone(),
                pinned.to_owned(),
            ]
        };
        let rows: Vec<_> = self.items.iter().map(row).collect();
        let head = ["id", "state", "proposal", "canisters", "bytes", "at", ""];
        page.table(&head, &[0, 2, 3, 4], &rows);
        more(page, self.next);
    }
}
