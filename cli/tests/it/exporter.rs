//! The exporter, beside a network that is there and one that is not.

#![cfg(unix)]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
};

use crate::desk::Desk;
use serde_json::Value;

/// A running exporter.
struct Exporter {
    process: Child,
    started: Value,
}

impl Exporter {
    fn start(folder: &Path, url: &str, line: &str) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_granary"))
            .args(["--json", "--url", url])
            .args(line.split_whitespace())
            .current_dir(folder)
            .env_remove("GRANARY_CANISTER")
            .env_remove("GRANARY_AS")
            .env_remove("GRANARY_SEED")
            .env_remove("IDENTITY_PEM")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut first).unwrap();
        Self { process, started: serde_json::from_str(&first).unwrap() }
    }

    /// Head and body of what it answers.
    fn get(&self, name: &str) -> (String, String) {
        let url = self.started[name].as_str().unwrap();
        let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
        let mut stream = TcpStream::connect(host).unwrap();
        let request = format!("GET /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.to_ascii_lowercase(), body.to_owned())
    }

    /// Ends it as an operator would; exit code and standard error.
    fn end(mut self) -> (Option<i32>, String) {
        let stop = Command::new("kill").arg(self.process.id().to_string()).status().unwrap();
        assert!(stop.success());
        let mut said = String::new();
        self.process.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        (self.process.wait().unwrap().code(), said)
    }
}

fn figure(text: &str, family: &str, canister: &str) -> Option<f64> {
    let start = format!("{family}{{canister=\"{canister}\",");
    let line = text.lines().find(|line| line.starts_with(&start))?;
    line.rsplit(' ').next()?.parse().ok()
}

#[test]
fn exact_figures_come_from_the_controllers_view() {
    let desk = Desk::new();
    let deployed = desk.ok("deploy registry --profile testing");
    let exporter = Exporter::start(desk.path(), &desk.url, "exporter --listen 127.0.0.1:0");
    assert_eq!(exporter.started["schema"], "granary.exporter/1");
    let (head, text) = exporter.get("metrics");
    assert!(head.starts_with("http/1.1 200 ok"), "{head}");
    assert!(head.contains("content-type: text/plain; version=0.0.4"), "{head}");
    let value = |family: &str| figure(&text, family, "registry");
    assert_eq!(value("granary_exporter_up"), Some(1.0), "{text}");
    assert_eq!(value("granary_canister_run_state"), Some(0.0));
    assert_eq!(value("granary_canister_controllers_foreign"), Some(0.0));
    assert_eq!(value("granary_canister_snapshots"), Some(0.0));
    assert!(value("granary_canister_cycles").is_some_and(|cycles| cycles > 1e12), "{text}");
    assert!(value("granary_canister_memory_bytes").is_some_and(|bytes| bytes > 1e5), "{text}");
    let hash = deployed["canisters"][0]["module_hash"].as_str().unwrap_or_default();
    assert!(text.contains(&format!("module_hash=\"{hash}")), "{hash}\n{text}");
    let (head, found) = exporter.get("targets");
    assert!(head.contains("content-type: application/json"), "{head}");
    let found: Value = serde_json::from_str(&found).unwrap();
    assert_eq!(format!("http://{}", found[0]["targets"][0].as_str().unwrap()), desk.url);
    assert_eq!(found[0]["labels"]["canister"], "registry");
    let (code, said) = exporter.end();
    assert_eq!((code, said.as_str()), (Some(0), ""));
    // Whoever is no controller learns nothing, and says so.
    let line = "--as applicant exporter registry --listen 127.0.0.1:0";
    let stranger = Exporter::start(desk.path(), &desk.url, line);
    let (_, text) = stranger.get("metrics");
    assert_eq!(figure(&text, "granary_exporter_up", "registry"), Some(0.0), "{text}");
    assert!(!text.contains("granary_canister_cycles"), "{text}");
    assert!(stranger.end().1.contains("registry: "));
}

#[test]
fn a_network_that_is_not_there_is_told_as_a_figure() {
    let folder = tempfile::tempdir().unwrap();
    let line = "--canister rwlgt-iiaaa-aaaaa-aaaaa-cai exporter --listen 127.0.0.1:0 --interval 2m";
    let exporter = Exporter::start(folder.path(), "http://127.0.0.1:1", line);
    let (_, text) = exporter.get("metrics");
    assert_eq!(figure(&text, "granary_exporter_up", "canister"), Some(0.0), "{text}");
    let (code, said) = exporter.end();
    assert_eq!(code, Some(0));
    assert!(said.contains("cannot reach http://127.0.0.1:1"), "{said}");
}
