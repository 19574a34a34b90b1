//! The bench: measured by the tests package, compared with the committed baselines here.

mod baseline;
mod localnet;

use std::collections::{BTreeMap, BTreeSet};

use self::baseline::{Baseline, Figures, missed_goals};
use crate::{
    process::{self, Show, cargo},
    project::Project,
    step::{self, Verdict},
};

/// Which canisters are measured at which sizes.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    /// Only these canisters; all when none is named.
    pub(crate) canisters: Vec<String>,
    /// Numbers of rows; the usual sizes when empty.
    pub(crate) rows: Vec<u64>,
}

impl Selection {
    /// The canisters of the project that are selected.
    fn names(&self, project: &Project) -> Result<Vec<String>, String> {
        let known = project.canisters();
        if let Some(name) = self.canisters.iter().find(|name| !known.contains(name)) {
            return Err(format!("`{name}` is none of {}", known.join(", ")));
        }
        Ok(if self.canisters.is_empty() { known } else { self.canisters.clone() })
    }
}

/// The committed figures of a canister.
fn baseline_of(canister: &str) -> String {
    format!("tests/bench/{canister}.json")
}

/// Measures and prints the figures; with `write` they become the baselines.
pub(crate) fn show(project: &Project, selection: &Selection, write: bool) -> Result<bool, String> {
    if write && !selection.rows.is_empty() {
        return Err("a baseline has all sizes: give --write without --rows".to_owned());
    }
    for canister in selection.names(project)? {
        let figures = measure(project, &canister, &selection.rows)?;
        step::say(&format!("{canister}\n{}", table(&figures)));
        for line in missed_goals(&canister, &figures) {
            step::say(&format!("MISSED  {line}"));
        }
        if write {
            let path = baseline_of(&canister);
            std::fs::write(project.root.join(&path), Baseline::new(figures).text())
                .map_err(|error| format!("cannot write {path}: {error}"))?;
            step::say(&format!("written: {path}"));
        }
    }
    Ok(true)
}

/// Times the network itself and prints the medians.
pub(crate) fn show_localnet(project: &Project) -> Result<bool, String> {
    let figures = measure(project, "localnet", &[])?;
    step::say(&localnet::table(&figures)?);
    Ok(true)
}

/// One line per call, one column per size; a figure's name is `call/size` or `call/size/which`.
fn table(figures: &Figures) -> String {
    let mut lines: BTreeMap<(&str, &str), BTreeMap<u64, u64>> = BTreeMap::new();
    let mut sizes = BTreeSet::new();
    for (name, &value) in figures {
        let mut parts = name.split('/');
        let (call, size) = (parts.next().unwrap_or(name), parts.next().unwrap_or_default());
        let size = size.parse().unwrap_or_default();
        sizes.insert(size);
        lines.entry((call, parts.next().unwrap_or_default())).or_default().insert(size, value);
    }
    let cells = |values: &mut dyn Iterator<Item = String>| {
        values.map(|cell| format!("{cell:>11}")).collect::<Vec<_>>().concat()
    };
    let head = cells(&mut sizes.iter().map(|size| format!("{size} rows")));
    let mut text = vec![format!("{:<44}{head}", "instructions")];
    for ((call, which), row) in &lines {
        let cell = |size| row.get(size).map_or_else(|| "-".to_owned(), u64::to_string);
        let cells = cells(&mut sizes.iter().map(cell));
        text.push(format!("{:<44}{cells}", format!("{call} {which}").trim_end()));
    }
    text.join("\n")
}

/// Measures and fails on any figure that is worse than its baseline or misses its goal.
pub(crate) fn check(project: &Project, selection: &Selection) -> Verdict {
    let (mut lines, mut count) = (Vec::new(), 0);
    for canister in selection.names(project)? {
        let baseline = Baseline::parse(&project.read(baseline_of(&canister))?)?;
        let figures = measure(project, &canister, &selection.rows)?;
        count += figures.len();
        let mut found = baseline.complaints(&figures, selection.rows.is_empty());
        found.extend(missed_goals(&canister, &figures));
        lines.extend(found.into_iter().map(|line| format!("{canister}: {line}")));
    }
    if lines.is_empty() {
        return Ok(format!("{count} figures within 2 % of their baselines"));
    }
    lines.push("meant so? `cargo xtask bench --write`, and say in the commit why".to_owned());
    Err(lines.join("\n"))
}

/// As [`check`] at the usual sizes.
pub(crate) fn check_all(project: &Project) -> Verdict {
    check(project, &Selection::default())
}

/// Runs the bench with the same build as the tests.
fn measure(project: &Project, canister: &str, rows: &[u64]) -> Result<Figures, String> {
    let mut command = cargo(project, &["test", "--release", "--workspace", "--locked", "--quiet"]);
    command.args(["--test", "bench", "--", canister]).args(rows.iter().map(u64::to_string));
    let ended = process::run(&mut command, Show::Nothing)?;
    if !ended.success {
        return Err(process::last_words(&ended));
    }
    serde_json::from_str(ended.stdout.trim())
        .map_err(|error| format!("{}\nthe bench printed no figures: {error}", ended.stdout))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_a_line_and_a_size_a_column() {
        let figures = [("get/1000/p50", 5), ("get/10/p50", 4), ("post_upgrade/0", 9)];
        let figures = figures.map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
        let table = table(&figures);
        let lines: Vec<Vec<&str>> =
            table.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(lines[0], ["instructions", "0", "rows", "10", "rows", "1000", "rows"]);
        assert_eq!(lines[1], ["get", "p50", "-", "4", "5"]);
        assert_eq!(lines[2], ["post_upgrade", "9", "-", "-"]);
    }
}
