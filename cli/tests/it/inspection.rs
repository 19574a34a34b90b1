//! What runs compared with what should, and what stands in the way of the work.

#![cfg(unix)]

use std::{fs, process::Command};

use serde_json::Value;

use crate::desk::Desk;

const SUITE: [&str; 5] = ["registry", "portfolio", "risk_guard", "execution", "micro_grants"];

#[test]
fn drift_is_named_and_the_same_code_is_none() {
    let desk = Desk::new();
    desk.ok("deploy --profile testing");
    let found = desk.ok("verify");
    assert_eq!(found["ok"], true);
    let canisters = found["canisters"].as_array().unwrap();
    let names: Vec<_> = canisters.iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, SUITE);
    for canister in canisters {
        assert_eq!(canister["drift"], Value::Array(vec![]), "{canister}");
        assert!(canister["version"].is_string(), "{canister}");
    }
    let tried = desk.ok("validate --connections");
    assert_eq!(tried["connections"].as_array().unwrap().len(), 4, "{tried}");
    let manager = desk.ok("--as manager identity")["principal"].as_str().unwrap().to_owned();
    desk.ok(&format!("--as applicant verify --controller {manager}"));
    let found = desk.code(1, "--as applicant verify registry");
    let drift = found["canisters"][0]["drift"].as_array().unwrap();
    assert_eq!(drift.len(), 2, "{drift:?}");
    assert!(drift[0].as_str().unwrap().starts_with(&manager), "{drift:?}");

    let folder = desk.path().join("next");
    fs::create_dir(&folder).unwrap();
    for name in SUITE {
        let mut module = granary_build::canister(name).unwrap().bytes;
        if name == "execution" {
            let section = vec![("release", b"next".to_vec())];
            module = granary_build::with_public_sections(&module, &section).unwrap();
        }
        fs::write(folder.join(format!("{name}.wasm")), module).unwrap();
    }
    let found = desk.code(1, "verify --modules next");
    for canister in found["canisters"].as_array().unwrap() {
        let drift = canister["drift"].as_array().unwrap();
        assert_eq!(drift.len(), usize::from(canister["name"] == "execution"), "{canister}");
    }
    desk.ok("upgrade --modules next");
    let found = desk.ok("verify --modules next");
    assert_eq!(found["canisters"][3]["upgrades"][0]["number"], 1, "{found}");

    let file = desk.ok("hash calculate next/execution.wasm");
    assert_eq!((&file["canister"], &file["version"]), (&"execution".into(), &file_version(&desk)));
    assert_eq!(file["unpacked_sha256"], Value::Null);
    assert_eq!(desk.ok("hash onchain execution")["sha256"], file["sha256"]);
    let packed = granary_build::canister("registry").unwrap().gzip().unwrap();
    fs::write(folder.join("registry.wasm.gz"), packed).unwrap();
    let file = desk.ok("hash calculate next/registry.wasm.gz");
    assert_eq!(desk.ok("hash onchain registry")["sha256"], file["unpacked_sha256"]);
    fs::write(folder.join("text.wasm"), "no module").unwrap();
    assert_eq!(desk.code(2, "drill --modules nowhere")["code"], "cli.file");
    assert_eq!(desk.code(2, "hash calculate next/text.wasm")["code"], "cli.no_module");
}

/// The version the canisters call themselves.
fn file_version(desk: &Desk) -> Value {
    desk.ok("health execution")["canisters"][0]["version"].clone()
}

/// What a doctor found wrong, but for the room on this machine.
fn wrong(diagnosis: &Value) -> Vec<(String, String)> {
    let text = |look: &Value, field: &str| look[field].as_str().unwrap().to_owned();
    let looks = diagnosis["looks"].as_array().unwrap().iter();
    looks
        .filter(|look| look["fix"].is_string() && look["area"] != "disk")
        .map(|look| (text(look, "area"), text(look, "fix")))
        .collect()
}

fn doctor(desk: &Desk, line: &str) -> Vec<(String, String)> {
    let output = desk.run(line);
    let diagnosis: Value = serde_json::from_slice(&output.stdout).unwrap();
    let code = i32::from(diagnosis["ok"] != true);
    assert_eq!(output.status.code(), Some(code), "{diagnosis}");
    wrong(&diagnosis)
}

#[test]
fn a_doctor_names_what_is_wrong_and_what_mends_it() {
    let desk = Desk::new();
    let deploy = "granary deploy registry portfolio risk_guard execution micro_grants";
    assert_eq!(doctor(&desk, "doctor"), [("ids".to_owned(), deploy.to_owned())]);
    desk.ok("deploy --profile testing");
    assert_eq!(doctor(&desk, "doctor"), []);
    let stranger = doctor(&desk, "--as applicant doctor");
    assert_eq!(stranger.len(), SUITE.len());
    assert!(stranger.iter().all(|(area, _)| area == "controllers"), "{stranger:?}");

    // The other tool knows another canister under that name.
    let ids = fs::read_to_string(desk.path().join(".granary/local.ids.json")).unwrap();
    let ids: Value = serde_json::from_str(&ids).unwrap();
    let file = ".dfx/local/canister_ids.json";
    fs::create_dir_all(desk.path().join(".dfx/local")).unwrap();
    let theirs = serde_json::json!({ "registry": { "local": ids["portfolio"] } });
    fs::write(desk.path().join(file), theirs.to_string()).unwrap();
    let fix = format!("doctor --adopt {file}");
    assert_eq!(doctor(&desk, "doctor"), [("ids".to_owned(), format!("granary {fix}"))]);
    assert_eq!(doctor(&desk, &fix), []);
    assert_eq!(doctor(&desk, "doctor --adopt .dfx/local/canister_ids.json"), []);

    let nobody = Command::new(env!("CARGO_BIN_EXE_granary"))
        .args(["--json", "--url", "http://127.0.0.1:1", "doctor"])
        .current_dir(desk.path())
        .output()
        .unwrap();
    let found = wrong(&serde_json::from_slice(&nobody.stdout).unwrap());
    assert_eq!(found, [("endpoint".to_owned(), "granary node".to_owned())]);
}
