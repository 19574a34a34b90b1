//! The bench: measured by the tests package, compared with the committed baseline here.

mod baseline;

use self::baseline::{Baseline, Figures, missed_goals};
use crate::{
    process::{self, Show, cargo},
    project::Project,
    step::{self, Verdict},
};

/// The committed figures.
const BASELINE: &str = "tests/bench/micro_grants.json";

/// Measures at `rows` (the usual sizes when empty) and prints the figures; with `write` they become
/// the baseline.
pub(crate) fn show(project: &Project, rows: &[u64], write: bool) -> Result<bool, String> {
    let figures = measure(project, rows)?;
    for (name, value) in &figures {
        step::say(&format!("{value:>12}  {name}"));
    }
    for line in missed_goals(&figures) {
        step::say(&format!("MISSED  {line}"));
    }
    if write {
        if !rows.is_empty() {
            return Err("a baseline has all sizes: give --write without --rows".to_owned());
        }
        std::fs::write(project.root.join(BASELINE), Baseline::new(figures).text())
            .map_err(|error| format!("cannot write {BASELINE}: {error}"))?;
        step::say(&format!("written: {BASELINE}"));
    }
    Ok(true)
}

/// Measures and fails on any figure that is worse than the baseline or misses its goal.
pub(crate) fn check(project: &Project, rows: &[u64]) -> Verdict {
    let baseline = Baseline::parse(&project.read(BASELINE)?)?;
    let figures = measure(project, rows)?;
    let mut lines = baseline.complaints(&figures, rows.is_empty());
    lines.extend(missed_goals(&figures));
    if lines.is_empty() {
        return Ok(format!("{} figures within 2 % of the baseline", figures.len()));
    }
    lines.push("meant so? `cargo xtask bench --write`, and say in the commit why".to_owned());
    Err(lines.join("\n"))
}

/// As [`check`] at the usual sizes.
pub(crate) fn check_all(project: &Project) -> Verdict {
    check(project, &[])
}

/// Runs the bench with the same build as the tests.
fn measure(project: &Project, rows: &[u64]) -> Result<Figures, String> {
    let mut command = cargo(project, &["test", "--release", "--workspace", "--locked", "--quiet"]);
    command.args(["--test", "bench", "--"]).args(rows.iter().map(u64::to_string));
    let ended = process::run(&mut command, Show::Nothing)?;
    if !ended.success {
        return Err(process::last_words(&ended));
    }
    serde_json::from_str(ended.stdout.trim())
        .map_err(|error| format!("{}\nthe bench printed no figures: {error}", ended.stdout))
}
