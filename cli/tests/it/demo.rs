//! The demo, run as people run it, against the figures of the round computed here from the file.

#![cfg(unix)]

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Fact, document, original};

/// Bounds of the demo's programme, in millionths of a dollar.
const MIN: u128 = 100_000_000;
const MAX: u128 = 250_000_000_000;

/// A demo that goes on serving, in a folder of its own.
struct Demo {
    process: Child,
    folder: TempDir,
    report: Value,
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn tool(folder: &Path, arguments: &[&str]) -> Command {
    let program = env!("CARGO_BIN_EXE_granary");
    let mut tool = Command::new(program);
    tool.args(arguments).current_dir(folder);
    // What the demo compiled need not be compiled again to boot its backup.
    tool.env("LOCALNET_CACHE_DIR", Path::new(program).with_file_name("compiled-modules"));
    for variable in ["GRANARY_SEED", "GRANARY_AS", "GRANARY_CANISTER", "IDENTITY_PEM"] {
        tool.env_remove(variable);
    }
    tool
}

impl Demo {
    fn play() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut process = tool(folder.path(), &["demo", "--serve", "--json"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the tool starts");
        let mut text = String::new();
        let lines = BufReader::new(process.stdout.take().expect("piped")).lines();
        for line in lines.map(|line| line.expect("text")) {
            text += &line;
            // The document's own bracket; those inside are indented.
            if line == "}" {
                break;
            }
        }
        let report = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        Self { process, folder, report }
    }

    /// Runs a command on its network, where its canisters are known.
    fn ok(&self, line: &str) -> Value {
        let url = self.report["url"].as_str().expect("it says where it is");
        let arguments: Vec<&str> =
            ["--json", "--url", url].into_iter().chain(line.split(' ')).collect();
        let output = tool(self.folder.path(), &arguments).output().expect("the tool starts");
        let said = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
        assert_eq!(output.status.code(), Some(0), "{line}: {}", said.concat());
        serde_json::from_slice(&output.stdout).expect("a document")
    }

    /// Ends it as a person does.
    fn end(mut self) -> Option<i32> {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().expect("kill runs").success());
        self.process.wait().expect("it ends").code()
    }
}

#[test]
fn the_demo_ends_with_the_figures_of_the_file() {
    let played = Demo::play();
    let demo = &played.report;
    check(demo, &document());
    if let Some(original) = original() {
        check(demo, &original);
    }
    let [upgrade, bad] = [&demo["upgrade"], &demo["bad_upgrade"]];
    assert_eq!(demo["schema"], "granary.demo/1");
    assert_eq!(demo["ok"], true);
    assert_eq!(demo["health"], "healthy");
    assert_eq!(demo["violations"], 0);
    let books = &demo["treasury"];
    assert_eq!(demo["books_balanced"], true);
    assert_eq!(
        (&books["reconciliation"], &books["suspense_units"]),
        (&"matched".into(), &"0".into())
    );
    assert!(books["proof_epoch"].as_u64().is_some_and(|epoch| epoch > 0));
    assert!(demo["engine"].as_str().is_some_and(|engine| engine.contains("localnet")));
    assert_ne!(upgrade["from_hash"], upgrade["to_hash"]);
    assert_eq!(upgrade["state_digest_before"], upgrade["state_digest_after"]);
    assert!(upgrade["instructions"].as_u64().is_some_and(|cost| cost > 0));
    assert_eq!(bad["refused"], true);
    assert_eq!(bad["hash_before"], bad["hash_after"]);
    assert_ne!(bad["attempted_hash"], bad["hash_after"]);
    assert_eq!(bad["state_digest_before"], bad["state_digest_after"]);
    assert_eq!(upgrade["state_digest_after"], bad["state_digest_after"]);

    // What it left behind is a suite like any other.
    let created = played.ok("backup create");
    assert_eq!(created["canisters"].as_array().map(Vec::len), Some(4));
    let folder = created["folder"].as_str().expect("a folder");
    assert_eq!(played.ok(&format!("backup verify {folder}"))["ok"], true);
    assert_eq!(played.end(), Some(0), "whoever ends it ends it well");
}

fn check(demo: &Value, facts: &[Fact]) {
    let inside = |fact: &&Fact| fact.micros.is_some_and(|micros| (MIN..=MAX).contains(&micros));
    let sum = |facts: &[&Fact]| facts.iter().filter_map(|fact| fact.micros).sum::<u128>();
    let cents = |micros: u128| u64::try_from(micros / 10_000).expect("fits");
    let asked: Vec<&Fact> = facts.iter().filter(|fact| fact.micros.is_some()).collect();
    let submitted: Vec<&Fact> = facts.iter().filter(inside).collect();
    let approved: Vec<&Fact> = submitted.iter().copied().filter(|fact| fact.approved()).collect();
    let accepted: u32 = approved.iter().filter_map(|fact| fact.completed).sum();
    assert_eq!(demo["rows"], facts.len());
    assert_eq!(demo["drafts"], facts.len() - asked.len());
    assert_eq!(demo["applications"], submitted.len());
    assert_eq!(demo["refused"], asked.len() - submitted.len());
    assert_eq!(demo["requested_usd_cents"], cents(sum(&asked)));
    assert_eq!(demo["submitted_usd_cents"], cents(sum(&submitted)));
    assert_eq!(demo["approved"], approved.len());
    assert_eq!(demo["committed_usd_cents"], cents(sum(&approved)));
    assert_eq!(demo["milestones_accepted"], accepted);
    assert_eq!(demo["payouts_queued"], accepted);
    money(demo, &approved, accepted);
    let refusals = demo["refusals"].as_array().expect("a list");
    for fact in asked.iter().filter(|fact| !inside(fact)) {
        let refusal = refusals.iter().find(|refusal| refusal["line"] == fact.line);
        let units = fact.micros.map(|micros| micros.to_string());
        assert_eq!(refusal.and_then(|r| r["requested_units"].as_str()), units.as_deref());
    }
}

/// What was paid, what was not, and what is left on the ledger and in the books.
fn money(demo: &Value, approved: &[&Fact], accepted: u32) {
    let paid: u128 = approved.iter().map(|fact| accepted_micros(fact)).sum();
    let cents = |micros: u128| u64::try_from(micros / 10_000).expect("fits");
    assert_eq!(demo["paid_usd_cents"], cents(paid));
    let blocks = demo["payout_blocks"].as_array().expect("a list");
    let distinct: BTreeSet<u64> = blocks.iter().filter_map(Value::as_u64).collect();
    let accepted = usize::try_from(accepted).expect("fits");
    assert_eq!((blocks.len(), distinct.len()), (accepted, accepted), "no milestone is paid twice");
    let rules: Vec<_> = demo["limit_denials"].as_array().expect("a list").iter().collect();
    let rules: Vec<_> = rules.iter().map(|denial| denial["rule"].as_str()).collect();
    assert_eq!(rules, [Some("max_per_tx"), Some("seal"), Some("window")]);
    let announced = &demo["announced"];
    let block = announced["block"].as_u64().expect("it was paid");
    assert!(!distinct.contains(&block), "a block of its own");
    // Two million and the fees of a cent for each transfer, the announced one included.
    let fees = 10_000 * (u128::try_from(accepted).expect("fits") + 1);
    let left = cents(2_000_000_000_000 - paid - 200_000_000_000 - fees);
    assert_eq!(demo["treasury"]["ledger_usd_cents"], left);
    assert_eq!(demo["treasury"]["booked_usd_cents"], left);
}

/// The milestones of a proposal are equal parts, the last one with what does not divide.
fn accepted_micros(fact: &Fact) -> u128 {
    let (total, accepted) = (fact.total.unwrap_or(1).max(1), fact.completed.unwrap_or(0));
    let asked = fact.micros.unwrap_or(0);
    if accepted >= total { asked } else { asked / u128::from(total) * u128::from(accepted) }
}
