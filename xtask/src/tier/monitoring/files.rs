//! The files of `ops/`, read by the programs they are for.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{Place, Verdict, failed};
use crate::process::{self, Ended, Show};

/// Every check that needs no network.
pub(super) fn check(place: &Place) -> Result<Vec<Verdict>, String> {
    let rules = listed(&place.root.join("ops/prometheus/rules"), "yml")?;
    let tests = listed(&place.root.join("ops/prometheus/rules/tests"), "yml")?;
    let mut verdicts = vec![
        ("promtool check config".to_owned(), config(place)),
        ("promtool check rules".to_owned(), read_alike(&rules)),
        ("promtool test rules".to_owned(), unit_tests(&tests)),
        ("dashboards as rules".to_owned(), dashboards(place)),
        ("amtool check-config".to_owned(), alertmanager(place)),
    ];
    let table = place.root.join("ops/alertmanager/routes.tsv");
    let table = fs::read_to_string(&table).map_err(failed(&table))?;
    for row in table.lines().filter(|line| !line.starts_with('#')) {
        let verdict = match row.split_once('\t') {
            Some((labels, receiver)) => route(place, labels, receiver),
            None => Err("a row is labels, a tab, a receiver".to_owned()),
        };
        verdicts.push((format!("route {row}").replace('\t', " to "), verdict));
    }
    Ok(verdicts)
}

/// Files of a folder that end in `.extension`, by name.
pub(super) fn listed(folder: &Path, extension: &str) -> Result<Vec<PathBuf>, String> {
    let wrong = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut paths = vec![];
    for entry in fs::read_dir(folder).map_err(wrong)? {
        let path = entry.map_err(wrong)?.path();
        if path.extension().is_some_and(|found| found == extension) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn run(command: &mut Command) -> Result<Ended, String> {
    let ended = process::run(command, Show::Nothing)?;
    if ended.success { Ok(ended) } else { Err(process::last_words(&ended)) }
}

fn promtool(words: &[&str], files: &[PathBuf]) -> Result<Ended, String> {
    run(Command::new("promtool").args(words).args(files))
}

fn config(place: &Place) -> Result<String, String> {
    let path = place.root.join("ops/prometheus/prometheus.yml");
    promtool(&["check", "config"], &[path]).map(|_| "valid".to_owned())
}

/// Promtool finds as many rules as stand in the files: none is hidden by a slip of indentation.
fn read_alike(rules: &[PathBuf]) -> Result<String, String> {
    let mut all = 0;
    for path in rules {
        let said = promtool(&["check", "rules"], std::slice::from_ref(path))?.stdout;
        let words: Vec<&str> = said.split_whitespace().collect();
        let found = words.windows(2).find(|pair| pair[1] == "rules").map(|pair| pair[0]);
        let found: usize = found.and_then(|count| count.parse().ok()).unwrap_or(0);
        let text = fs::read_to_string(path).map_err(failed(path))?;
        let stand = text.lines().filter(|line| line.trim().starts_with("- alert: ")).count();
        if found != stand {
            return Err(format!("{}: {stand} alerts, {found} read", path.display()));
        }
        all += found;
    }
    Ok(format!("{all} alerts in {} files", rules.len()))
}

fn unit_tests(tests: &[PathBuf]) -> Result<String, String> {
    promtool(&["test", "rules"], tests)?;
    let mut cases = 0;
    for path in tests {
        let text = fs::read_to_string(path).map_err(failed(path))?;
        cases += text.matches("alertname:").count();
    }
    Ok(format!("{cases} cases in {} files", tests.len()))
}

/// Each expression of a dashboard, given to promtool as a recording rule.
fn dashboards(place: &Place) -> Result<String, String> {
    let mut rules = String::from("groups:\n  - name: dashboards\n    rules:\n");
    let mut count = 0;
    for path in listed(&place.root.join("ops/grafana"), "json")? {
        let text = fs::read_to_string(&path).map_err(failed(&path))?;
        let page: serde_json::Value = serde_json::from_str(&text).map_err(failed(&path))?;
        for target in page["panels"].as_array().into_iter().flatten() {
            for one in target["targets"].as_array().into_iter().flatten() {
                let expr = one["expr"].as_str().unwrap_or_default();
                // JSON's text is one of YAML's.
                let expr = serde_json::Value::from(expr);
                let rule = ["      - record: a:panel:", &count.to_string(), "\n        expr: "];
                rules.extend(rule);
                rules.extend([expr.to_string().as_str(), "\n"]);
                count += 1;
            }
        }
    }
    let path = place.folder.join("dashboards.yml");
    fs::write(&path, rules).map_err(failed(&path))?;
    promtool(&["check", "rules"], &[path]).map(|_| format!("{count} expressions parse"))
}

fn alertmanager(place: &Place) -> Result<String, String> {
    let path = place.root.join("ops/alertmanager/alertmanager.yml");
    run(Command::new("amtool").arg("check-config").arg(path)).map(|_| "valid".to_owned())
}

fn route(place: &Place, labels: &str, receiver: &str) -> Result<String, String> {
    let path = place.root.join("ops/alertmanager/alertmanager.yml");
    let mut command = Command::new("amtool");
    command.args(["config", "routes", "test"]).arg("--config.file").arg(path);
    command.arg(format!("--verify.receivers={receiver}")).args(labels.split_whitespace());
    run(&mut command).map(|ended| ended.stdout.trim().to_owned())
}
