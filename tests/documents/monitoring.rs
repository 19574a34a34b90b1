//! Rules, dashboards and runbooks of `ops/` against each other and against what is exported: a
//! figure nobody exports fails, and so does one nobody looks at.
//!
//! The files are YAML of one plain shape, which [`alerts`] reads line by line; that it read all of
//! them is held by counting. Whether Prometheus reads them the same way, `cargo xtask tier
//! monitoring` asks Prometheus.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::promql::names;

/// Figures Prometheus makes itself.
const OWN: [&str; 3] = ["ALERTS", "scrape_duration_seconds", "up"];
/// The alert that always fires, which no test can keep quiet.
const ALWAYS: &str = "Watchdog";
const RUNBOOKS: &str = "docs/runbooks";

/// One alert, as its rule file states it.
#[derive(Debug, Default)]
struct Alert {
    name: String,
    expr: String,
    lasts: String,
    severity: String,
    runbook: String,
}

/// Texts of the files of a folder that end in `.extension`, by name.
fn texts(folder: &str, extension: &str) -> BTreeMap<String, String> {
    let folder = granary_build::workspace_root().expect("a checkout").join(folder);
    let files = std::fs::read_dir(&folder).expect("a folder");
    let paths = files.map(|file| file.expect("readable").path());
    paths
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .map(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).expect("text"))
        })
        .collect()
}

fn text(path: &str) -> String {
    let path = granary_build::workspace_root().expect("a checkout").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The alerts of a rule file. An expression is a line, or a block of lines further to the right.
fn alerts(rules: &str) -> Vec<Alert> {
    let mut found: Vec<Alert> = vec![];
    let mut block = None;
    for line in rules.lines().filter(|line| !line.trim_start().starts_with('#')) {
        let indent = line.len() - line.trim_start().len();
        if let Some(name) = line.trim_start().strip_prefix("- alert: ") {
            found.push(Alert { name: name.to_owned(), ..Alert::default() });
            block = None;
        }
        let Some(alert) = found.last_mut() else { continue };
        if block.is_some_and(|edge| indent > edge) {
            alert.expr.push_str(line.trim());
            alert.expr.push('\n');
            continue;
        }
        block = None;
        let Some((key, value)) = line.trim().split_once(": ") else { continue };
        match key {
            "expr" if matches!(value, "|" | ">-") => block = Some(indent),
            "expr" => value.trim_matches('\'').clone_into(&mut alert.expr),
            "for" => value.clone_into(&mut alert.lasts),
            "severity" => value.clone_into(&mut alert.severity),
            "runbook" => value.clone_into(&mut alert.runbook),
            _ => {}
        }
    }
    found
}

fn all_alerts() -> Vec<Alert> {
    texts("ops/prometheus/rules", "yml").values().flat_map(|rules| alerts(rules)).collect()
}

/// Alerts that a file of unit tests makes fire, and those it keeps quiet.
fn tried(tests: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut fires, mut quiet, mut alert) = (BTreeSet::new(), BTreeSet::new(), None);
    for line in tests.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix("alertname: ") {
            alert = Some(name.to_owned());
        } else if line.starts_with("exp_alerts:") {
            let seen = if line.ends_with("[]") { &mut quiet } else { &mut fires };
            seen.extend(alert.take());
        }
    }
    (fires, quiet)
}

/// The expressions of a dashboard, and the questions behind its drop-down lists.
fn expressions(dashboard: &str) -> Vec<String> {
    let page: serde_json::Value = serde_json::from_str(dashboard).expect("a dashboard is JSON");
    let list = |value: &serde_json::Value| value.as_array().cloned().unwrap_or_default();
    let mut found = vec![];
    for panel in list(&page["panels"]) {
        let targets = list(&panel["targets"]);
        assert!(panel["type"] == "row" || !targets.is_empty(), "an empty panel: {panel}");
        found.extend(targets.iter().map(|one| one["expr"].as_str().expect("a text").to_owned()));
    }
    for variable in list(&page["templating"]["list"]) {
        let question = variable["query"].as_str().unwrap_or_default();
        let inside = question.strip_prefix("label_values(").and_then(|rest| rest.rsplit_once(','));
        found.extend(inside.map(|(series, _)| series.to_owned()));
    }
    found
}

/// What the code exports, by the generated page.
fn exported() -> BTreeSet<String> {
    let page = text("docs/METRICS.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    rows.map(|(name, _)| name.to_owned()).collect()
}

/// How a page is linked to at a heading.
fn anchor(heading: &str) -> String {
    heading.to_lowercase().replace(' ', "-")
}

#[test]
fn every_figure_is_exported_and_every_exported_figure_is_looked_at() {
    let exported = exported();
    assert!(exported.len() >= 60, "only {} families", exported.len());
    let mut shown = BTreeMap::new();
    for alert in all_alerts() {
        shown.extend(names(&alert.expr).into_iter().map(|name| (name, alert.name.clone())));
    }
    let dashboards = texts("ops/grafana", "json");
    assert_eq!(dashboards.len(), 4);
    for (file, dashboard) in &dashboards {
        let found = expressions(dashboard);
        assert!(found.len() >= 10, "{file}: only {} expressions", found.len());
        shown.extend(found.iter().flat_map(|e| names(e)).map(|name| (name, file.clone())));
    }
    let unknown = shown.iter().filter(|(name, _)| !OWN.contains(&name.as_str()));
    let unknown: Vec<_> = unknown.filter(|(name, _)| !exported.contains(*name)).collect();
    assert!(unknown.is_empty(), "nobody exports, and who asks for it: {unknown:?}");
    let unseen: Vec<_> = exported.iter().filter(|name| !shown.contains_key(*name)).collect();
    assert!(unseen.is_empty(), "exported, and in no rule and no dashboard: {unseen:?}");
}

#[test]
fn every_alert_is_whole_and_is_tried() {
    let rules = texts("ops/prometheus/rules", "yml");
    let tests = texts("ops/prometheus/rules/tests", "yml");
    assert_eq!(rules.keys().collect::<Vec<_>>(), tests.keys().collect::<Vec<_>>());
    let mut seen = BTreeSet::new();
    for (file, rules) in &rules {
        let alerts = alerts(rules);
        assert_eq!(alerts.len(), rules.matches("alert:").count(), "{file}: not all were read");
        let (fires, quiet) = tried(&tests[file]);
        for alert in alerts {
            let Alert { name, expr, lasts, severity, .. } = &alert;
            assert!(!expr.is_empty() && !lasts.is_empty(), "{alert:?}");
            assert!(["page", "ticket", "watchdog"].contains(&severity.as_str()), "{alert:?}");
            assert!(fires.contains(name), "{file}: no test makes {name} fire");
            assert!(quiet.contains(name) || name == ALWAYS, "{file}: no test keeps {name} quiet");
            assert!(seen.insert(name.clone()), "{name} stands twice");
        }
    }
    assert!(seen.len() >= 25, "only {} alerts", seen.len());
}

#[test]
fn every_alert_leads_to_its_place_in_a_runbook_and_back() {
    let pages = texts(RUNBOOKS, "md");
    let (list, alerts) = (&pages["README.md"], all_alerts());
    let mut reached = BTreeSet::new();
    for Alert { name, runbook, .. } in &alerts {
        let (path, place) = runbook.split_once('#').unwrap_or_default();
        assert_eq!(Path::new(path).parent(), Some(Path::new(RUNBOOKS)), "{name}: {runbook}");
        let file = path.rsplit('/').next().unwrap_or_default();
        let page = pages.get(file).unwrap_or_else(|| panic!("{name}: there is no {path}"));
        let heading = format!("\n### {name}\n");
        assert!(page.contains(&heading) && place == anchor(name), "{runbook}: no such heading");
        let row = list.lines().find(|row| row.contains(&format!("({file})")));
        let row = row.unwrap_or_else(|| panic!("README.md of the runbooks lacks {file}"));
        let told = row.split([' ', ',', '|']).any(|word| word == name);
        assert!(told, "README.md of the runbooks: {file} lacks {name}");
        reached.insert(file.to_owned());
    }
    let names: BTreeSet<&str> = alerts.iter().map(|alert| alert.name.as_str()).collect();
    for (file, page) in pages.iter().filter(|(file, _)| *file != "README.md") {
        assert!(reached.contains(file), "no alert leads to {file}");
        let headings: Vec<&str> =
            page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        let wanted = ["What it means", "Check", "Act", "When to call somebody", "Afterwards"];
        assert_eq!(headings, wanted, "{file}");
        for name in page.lines().filter_map(|line| line.strip_prefix("### ")) {
            assert!(names.contains(name), "{file}: there is no alert {name}");
        }
    }
}

#[test]
fn what_alertmanager_hides_exists() {
    let config = text("ops/alertmanager/alertmanager.yml");
    let alerts = all_alerts();
    let mut patterns = 0;
    for line in config.lines().filter(|line| line.contains("alertname =")) {
        let quoted = line.split('"').nth(1).unwrap_or_default();
        for pattern in quoted.split('|') {
            let known = |alert: &Alert| match pattern.strip_suffix(".*") {
                Some(start) => alert.name.starts_with(start),
                None => alert.name == pattern,
            };
            assert!(alerts.iter().any(known), "there is no alert `{pattern}`");
            patterns += 1;
        }
    }
    assert!(patterns > 10, "only {patterns}");
}

#[test]
fn rules_are_read_as_they_stand() {
    let text = "groups:\n  - name: a\n    rules:\n      # - alert: No\n      - alert: One\n        \
                expr: |\n          a_b > 1\n          and c_d\n        for: 1m\n        \
                labels:\n          severity: page\n      - alert: Two\n        \
                expr: 'e_f == 0'\n        for: 0m\n";
    let found = alerts(text);
    assert_eq!(
        found.iter().map(|one| one.expr.as_str()).collect::<Vec<_>>(),
        ["a_b > 1\nand c_d\n", "e_f == 0"]
    );
    assert_eq!((found[0].lasts.as_str(), found[0].severity.as_str()), ("1m", "page"));
    let (fires, quiet) = tried("alertname: A\nexp_alerts:\n  - x\nalertname: B\nexp_alerts: []\n");
    assert!(fires.contains("A") && fires.len() == 1, "{fires:?}");
    assert!(quiet.contains("B") && quiet.len() == 1, "{quiet:?}");
}
