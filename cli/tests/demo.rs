//! The demo, run as people run it, against the figures of the round computed here from the file.

mod support;

use std::process::Command;

use serde_json::Value;
use support::{Fact, document, original};

/// Bounds of the demo's programme, in millionths of a dollar.
const MIN: u128 = 100_000_000;
const MAX: u128 = 250_000_000_000;

fn demo() -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_granary"))
        .args(["demo", "--json"])
        .env_remove("GRANARY_SEED")
        .env_remove("IDENTITY_PEM")
        .env_remove("GRANARY_AS")
        .output()
        .expect("the tool starts");
    let error = String::from_utf8_lossy(&output.stderr);
    let demo: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{error}"));
    assert_eq!(output.status.code(), Some(0), "{error}\n{:#}", demo["checks"]);
    demo
}

#[test]
fn the_demo_ends_with_the_figures_of_the_file() {
    let demo = demo();
    check(&demo, &document());
    if let Some(original) = original() {
        check(&demo, &original);
    }
    let [upgrade, bad] = [&demo["upgrade"], &demo["bad_upgrade"]];
    assert_eq!(demo["schema"], "granary.demo/1");
    assert_eq!(demo["ok"], true);
    assert_eq!(demo["health"], "healthy");
    assert_eq!(demo["violations"], 0);
    let (books, budget) = (&demo["treasury"], 200_000_000);
    assert_eq!(demo["books_balanced"], true);
    assert_eq!(
        (&books["reconciliation"], &books["suspense_units"]),
        (&"matched".into(), &"0".into())
    );
    assert_eq!(books["ledger_usd_cents"], budget);
    assert_eq!(books["booked_usd_cents"], budget);
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
    let refusals = demo["refusals"].as_array().expect("a list");
    for fact in asked.iter().filter(|fact| !inside(fact)) {
        let refusal = refusals.iter().find(|refusal| refusal["line"] == fact.line);
        let units = fact.micros.map(|micros| micros.to_string());
        assert_eq!(refusal.and_then(|r| r["requested_units"].as_str()), units.as_deref());
    }
}
