//! New code while clients keep working: nothing they were told had happened is lost, whether the
//! release is good or goes back.

#![cfg(unix)]

use std::{path::Path, process::Command};

use serde_json::Value;

const TOOL: &str = env!("CARGO_BIN_EXE_granary");
const SUITE: [&str; 5] = ["portfolio", "registry", "execution", "risk_guard", "micro_grants"];

/// Runs the script in an empty folder, which stays empty, and reads what it prints.
fn drilled(arguments: &[&str]) -> Value {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/upgrade-resilience.sh");
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(script)
        .arg("--json")
        .args(arguments)
        .current_dir(folder.path())
        .env("GRANARY", TOOL)
        // What the desks compiled need not be compiled again.
        .env("LOCALNET_CACHE_DIR", Path::new(TOOL).with_file_name("compiled-modules"))
        .env_remove("GRANARY_SEED")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}\n{error}");
    // Nothing of it stays in the folder it was called from.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    eprintln!("{}: {} {}", report["engine"], report["acknowledged"], report["refused"]);
    report
}

#[test]
fn what_was_acknowledged_outlives_good_and_bad_releases() {
    let report = drilled(&[]);
    assert_eq!(report["governed"], false);
    nothing_is_lost(&report);
    for release in report["releases"].as_array().unwrap() {
        assert_eq!(names(release), SUITE);
        writes_were_paused(release);
    }
}

#[test]
fn what_was_acknowledged_outlives_what_members_decide() {
    let report = drilled(&["--governed"]);
    assert_eq!(report["governed"], true);
    nothing_is_lost(&report);
    for (at, release) in report["releases"].as_array().unwrap().iter().enumerate() {
        // A bad one changes the canister at fault, and one that has to come back with it.
        let changed = match at {
            0 => &SUITE[..],
            4 => &["registry", "risk_guard"],
            _ => &["registry", "micro_grants"],
        };
        assert_eq!(names(release), changed);
        writes_were_paused(release);
    }
}

fn names(release: &Value) -> Vec<&str> {
    let canisters = release["canisters"].as_array().unwrap();
    canisters.iter().map(|one| one["name"].as_str().unwrap()).collect()
}

fn writes_were_paused(release: &Value) {
    for canister in release["canisters"].as_array().unwrap() {
        assert!(canister["writes_paused_ms"].as_u64().is_some_and(|ms| ms > 0), "{canister}");
    }
}

/// Whoever was told that something had happened is right, and every release ended as it should.
fn nothing_is_lost(report: &Value) {
    let count = |name: &str| report["acknowledged"][name].as_u64().unwrap();
    for what in ["people", "applications", "payments"] {
        assert!(count(what) >= 5, "{}", report["acknowledged"]);
        let of = |when: &str| report[when][what].as_u64().unwrap();
        assert_eq!(of("before") + count(what), of("after"), "{what}");
    }
    assert_eq!(report["lost"], Value::Array(vec![]));
    // Two million, less ten dollars and a cent for each payment.
    let cents = 200_000_000 - 1_001 * count("payments");
    let left = report["after"]["ledger_usd"].as_str().unwrap();
    let (whole, part) = left.split_once('.').unwrap_or((left, ""));
    assert_eq!(format!("{whole}{part:0<2}"), cents.to_string());
    assert_eq!(report["after"]["booked_usd"], left);

    let releases = report["releases"].as_array().unwrap();
    let ended: Vec<_> = releases
        .iter()
        .map(|release| (release["outcome"].as_str(), release["trigger"].as_str()))
        .collect();
    let back = |trigger| (Some("rolled_back"), Some(trigger));
    assert_eq!(
        ended,
        [
            (Some("released"), None),
            back("health_check_failed"),
            back("connection_failed"),
            back("critical_function_failed"),
            back("data_inconsistent"),
        ]
    );
}
