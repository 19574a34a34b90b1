//! New code while clients keep working: nothing they were told had happened is lost, whether the
//! release is good or goes back.

#![cfg(unix)]

use std::{path::Path, process::Command};

use serde_json::Value;

const TOOL: &str = env!("CARGO_BIN_EXE_granary");
const SUITE: [&str; 5] = ["portfolio", "registry", "execution", "risk_guard", "micro_grants"];

#[test]
fn what_was_acknowledged_outlives_good_and_bad_releases() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/upgrade-resilience.sh");
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(script)
        .arg("--json")
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
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    eprintln!("{}: {} {}", report["engine"], report["acknowledged"], report["refused"]);

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
    for release in releases {
        let canisters = release["canisters"].as_array().unwrap();
        let names: Vec<_> = canisters.iter().map(|one| one["name"].as_str().unwrap()).collect();
        assert_eq!(names, SUITE);
        for canister in canisters {
            assert!(canister["writes_paused_ms"].as_u64().is_some_and(|ms| ms > 0), "{canister}");
        }
    }
    // Nothing of it stays in the folder it was called from.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
