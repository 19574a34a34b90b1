//! A running suite, its exporter, and a real Prometheus and Alertmanager that look at both.

use std::{collections::BTreeSet, fs, process::Command};

use serde_json::Value;

use super::{
    Place, Verdict, failed, files, hidden,
    process::{Running, encoded, free_port, get, wait},
};
use crate::{
    process::{self as commands, Show, cargo},
    project::Project,
};

/// How long a figure may take to come.
const PATIENCE: u64 = 90;

/// Families that a young suite, read by nobody it trusts, does not show; with the reason.
const NOT_YET: [(&str, &str); 11] = [
    ("call_latency_max_seconds", "nobody was called yet"),
    ("call_latency_milliseconds", "nobody was called yet"),
    ("call_latency_seconds_total", "nobody was called yet"),
    ("call_outcomes_total", "nobody was called yet"),
    ("canister_cycles", "for trusted callers only"),
    ("canister_heap_memory_bytes", "for trusted callers only"),
    ("canister_stable_memory_bytes", "for trusted callers only"),
    ("dependency_health_up", "peers are asked every five minutes"),
    ("errors_total", "nothing was refused yet"),
    ("granary_canister_runway_days", "idling may cost nothing here"),
    ("granary_canister_snapshot_newest_timestamp_seconds", "there is no snapshot"),
];

/// The suite with everything that watches it; all of it ends when this is dropped.
struct Watched {
    port: u16,
    alerts: u16,
    canisters: Vec<String>,
    _running: [Running; 4],
}

/// Starts everything and reads the series back.
pub(super) fn check(project: &Project, place: &Place) -> Result<Vec<Verdict>, String> {
    let watched = Watched::start(project, place)?;
    let families = families(place)?;
    let steps: [(&str, Result<String, String>); 7] = [
        ("every canister is scraped", watched.each("canister_health_status")),
        ("the exporter reads every canister", watched.each("granary_exporter_up == 1")),
        ("exact cycles come back", watched.each("granary_canister_cycles > 0")),
        ("live series are those of METRICS.md", watched.series(&families)),
        ("every rule is evaluated without an error", watched.rules()),
        ("Alertmanager has the Watchdog", watched.delivered()),
        ("alerts hide what they explain", hidden::check(watched.alerts)),
    ];
    Ok(steps.map(|(step, verdict)| (step.to_owned(), verdict)).to_vec())
}

/// The names of `docs/METRICS.md`.
fn families(place: &Place) -> Result<BTreeSet<String>, String> {
    let path = place.root.join("docs/METRICS.md");
    let page = fs::read_to_string(&path).map_err(failed(&path))?;
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    Ok(rows.map(|(name, _)| name.to_owned()).collect())
}

impl Watched {
    fn start(project: &Project, place: &Place) -> Result<Self, String> {
        let build = ["build", "--release", "--locked", "--workspace", "--bin", "granary"];
        finished(&mut cargo(project, &build))?;
        let tool = place.target.join("release/granary");
        let granary = |words: &[&str]| {
            let mut command = Command::new(&tool);
            command.arg("--json").args(words).current_dir(&place.folder);
            for name in ["GRANARY_CANISTER", "GRANARY_AS", "GRANARY_SEED", "IDENTITY_PEM"] {
                command.env_remove(name);
            }
            command.env("LOCALNET_CACHE_DIR", place.target.join("tier/modules"));
            command
        };
        let log = |name: &str| place.folder.join(format!("{name}.log"));
        let mut node = Running::start(&mut granary(&["node", "--port", "0"]), &log("node"))?;
        let url = field(&node.first_document()?, "url")?;
        finished(&mut granary(&["--url", &url, "deploy", "--profile", "testing"]))?;
        let listen = ["--url", &url, "exporter", "--listen", "127.0.0.1:0"];
        let mut exporter = Running::start(&mut granary(&listen), &log("exporter"))?;
        let started = exporter.first_document()?;
        let canisters = started["canisters"].as_array().into_iter().flatten();
        let canisters = canisters.filter_map(Value::as_str).map(str::to_owned).collect();
        let at = field(&started, "metrics")?;
        let at = at.trim_start_matches("http://").trim_end_matches("/metrics");
        let (port, alerts) = (free_port()?, free_port()?);
        let keeper = alertmanager(place, alerts)?;
        let prometheus = prometheus(place, at, port, alerts)?;
        let running = [prometheus, keeper, exporter, node];
        Ok(Self { port, alerts, canisters, _running: running })
    }

    fn ask(&self, question: &str) -> Result<Vec<Value>, String> {
        let answer = get(self.port, &format!("/api/v1/query?query={}", encoded(question)))?;
        answer["data"]["result"].as_array().cloned().ok_or_else(|| answer.to_string())
    }

    /// One series for every canister of the suite.
    fn each(&self, question: &str) -> Result<String, String> {
        wait(PATIENCE, || {
            let series = self.ask(question)?;
            let seen: BTreeSet<&str> =
                series.iter().filter_map(|one| one["metric"]["canister"].as_str()).collect();
            match self.canisters.iter().find(|name| !seen.contains(name.as_str())) {
                Some(missing) => Err(format!("`{question}` has no {missing}: {series:?}")),
                None => Ok(format!("{} canisters", seen.len())),
            }
        })
    }

    /// What comes is documented, and what is documented comes.
    fn series(&self, families: &BTreeSet<String>) -> Result<String, String> {
        wait(PATIENCE, || {
            let all = self.ask("count by (__name__) ({job=~\"granary_.*\"})")?;
            let names = all.iter().filter_map(|one| one["metric"]["__name__"].as_str());
            let seen: BTreeSet<&str> = names.filter(|name| !is_of_prometheus(name)).collect();
            let foreign: Vec<_> = seen.iter().filter(|name| !families.contains(**name)).collect();
            let excused = |name: &str| NOT_YET.iter().any(|(family, _)| *family == name);
            let missing: Vec<_> = families
                .iter()
                .filter(|name| !seen.contains(name.as_str()) && !excused(name))
                .collect();
            if foreign.is_empty() && missing.is_empty() {
                let late = families.len().saturating_sub(seen.len());
                return Ok(format!("{} families, {late} not yet", seen.len()));
            }
            Err(format!("not in METRICS.md: {foreign:?}; did not come: {missing:?}"))
        })
    }

    fn rules(&self) -> Result<String, String> {
        wait(PATIENCE, || {
            let answer = get(self.port, "/api/v1/rules")?;
            let groups = answer["data"]["groups"].as_array().into_iter().flatten();
            let rules: Vec<&Value> =
                groups.flat_map(|group| group["rules"].as_array().into_iter().flatten()).collect();
            let bad = rules.iter().find(|rule| rule["health"] != "ok");
            match bad {
                Some(rule) => Err(format!("{}: {}", rule["name"], rule["lastError"])),
                None if rules.is_empty() => Err("no rules".to_owned()),
                None => Ok(format!("{} rules", rules.len())),
            }
        })
    }

    /// The way from a rule through Prometheus to Alertmanager.
    fn delivered(&self) -> Result<String, String> {
        wait(PATIENCE, || {
            let alerts = get(self.alerts, "/api/v2/alerts")?;
            let alerts = alerts.as_array().cloned().unwrap_or_default();
            let watchdog = alerts.iter().find(|one| one["labels"]["alertname"] == "Watchdog");
            let watchdog =
                watchdog.ok_or_else(|| format!("{} alerts, none of them", alerts.len()))?;
            match watchdog["receivers"][0]["name"].as_str() {
                Some("watchdog") => Ok(format!("for its receiver; {} alerts in all", alerts.len())),
                other => Err(format!("for {other:?}")),
            }
        })
    }
}

/// Series Prometheus makes itself.
fn is_of_prometheus(name: &str) -> bool {
    name == "up" || ["scrape_", "ALERTS"].iter().any(|start| name.starts_with(start))
}

/// Prometheus with the committed configuration: other addresses, and quicker.
fn prometheus(place: &Place, exporter: &str, port: u16, alerts: u16) -> Result<Running, String> {
    let ops = place.root.join("ops/prometheus");
    let text = fs::read_to_string(ops.join("prometheus.yml")).map_err(failed(&ops))?;
    let own = [
        ("127.0.0.1:9464", exporter.to_owned()),
        ("127.0.0.1:9093", format!("127.0.0.1:{alerts}")),
        ("scrape_interval: 30s", "scrape_interval: 2s".to_owned()),
        ("scrape_timeout: 25s", "scrape_timeout: 2s".to_owned()),
        ("evaluation_interval: 30s", "evaluation_interval: 2s".to_owned()),
        ("refresh_interval: 1m", "refresh_interval: 2s".to_owned()),
    ];
    let mut filled = text;
    for (from, to) in own {
        if !filled.contains(from) {
            return Err(format!("prometheus.yml does not say `{from}`"));
        }
        filled = filled.replace(from, &to);
    }
    let folder = place.folder.join("prometheus");
    fs::create_dir_all(folder.join("rules")).map_err(failed(&folder))?;
    for path in files::listed(&ops.join("rules"), "yml")? {
        let name = path.file_name().unwrap_or_default();
        fs::copy(&path, folder.join("rules").join(name)).map_err(failed(&path))?;
    }
    let config = folder.join("prometheus.yml");
    fs::write(&config, filled).map_err(failed(&config))?;
    let mut command = Command::new("prometheus");
    command.arg("--config.file").arg(config).arg("--storage.tsdb.path").arg(folder.join("data"));
    command.arg(format!("--web.listen-address=127.0.0.1:{port}"));
    // What fired before Alertmanager was there is told again soon.
    command.arg("--rules.alert.resend-delay=5s");
    Running::start(&mut command, &place.folder.join("prometheus.log"))
}

fn alertmanager(place: &Place, port: u16) -> Result<Running, String> {
    let mut command = Command::new("prometheus-alertmanager");
    command.arg("--config.file").arg(place.root.join("ops/alertmanager/alertmanager.yml"));
    command.arg("--storage.path").arg(place.folder.join("alertmanager"));
    command.arg(format!("--web.listen-address=127.0.0.1:{port}"));
    // Alone, it needs no port for others of its kind.
    command.arg("--cluster.listen-address=");
    Running::start(&mut command, &place.folder.join("alertmanager.log"))
}

fn finished(command: &mut Command) -> Result<(), String> {
    let ended = commands::run(command, Show::Nothing)?;
    if ended.success { Ok(()) } else { Err(commands::last_words(&ended)) }
}

fn field(document: &Value, name: &str) -> Result<String, String> {
    let found = document[name].as_str().map(str::to_owned);
    found.ok_or_else(|| format!("no `{name}` in {document}"))
}
