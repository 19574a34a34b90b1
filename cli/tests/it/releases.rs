//! New code for a suite that works: released, taken back, going back by itself, and taken up again
//! after the process was killed.

#![cfg(unix)]

use std::{fs, path::Path, thread, time::Duration};

use serde_json::Value;

use crate::desk::Desk;

const SUITE: [&str; 5] = ["portfolio", "registry", "execution", "risk_guard", "micro_grants"];

/// Runs that are killed, each somewhere else.
const KILLS: usize = 10;

#[test]
fn a_release_is_planned_made_and_taken_back() {
    let desk = deployed();
    let user = desk.ok("users register Ada")["id"].as_u64().unwrap();
    let before = hashes(&desk);
    release(&desk, "two", |_, module| module);

    let plan = desk.ok("upgrade --modules two --dry-run");
    assert_eq!(names(&plan["targets"]), SUITE);
    assert_eq!(plan["targets"][0]["from_hash"], before[0].as_str());
    assert_eq!(hashes(&desk), before, "a plan changes nothing");

    let released = desk.ok("upgrade --modules two");
    assert_eq!(released["outcome"], "released");
    for canister in released["canisters"].as_array().unwrap() {
        assert!(canister["writes_paused_ms"].as_u64().is_some(), "{canister}");
        assert!(canister["state_sha256"].is_string(), "{canister}");
    }
    let after = hashes(&desk);
    assert!(before.iter().zip(&after).all(|(old, new)| old != new));
    assert_eq!(desk.ok("upgrade --modules two")["targets"], Value::Array(vec![]));
    assert_eq!(desk.ok(&format!("users show {user}"))["name"], "Ada");
    assert_eq!(desk.ok("validate")["ok"], true);
    let late = desk.ok("users register Bea --as bea")["id"].as_u64().unwrap();

    let back = desk.ok("rollback");
    assert_eq!((&back["outcome"], &back["trigger"]), (&"rolled_back".into(), &"asked".into()));
    assert_eq!(hashes(&desk), before);
    assert_eq!(desk.ok(&format!("users show {user}"))["name"], "Ada");
    // What was done since is what going back costs.
    desk.code(1, &format!("users show {late}"));
    desk.ok("users register Cleo --as cleo");
    assert_eq!(desk.ok("validate")["ok"], true);
    let refused = desk.code(5, "rollback");
    assert_eq!(refused["code"], "cli.release_blocked", "what ran before runs already");
}

#[test]
fn a_release_that_does_not_prove_itself_goes_back_by_itself() {
    let desk = deployed();
    let user = desk.ok("users register Ada")["id"].as_u64().unwrap();
    let before = hashes(&desk);
    // The last of the suite each time, so that all others have been replaced already.
    let spoil = |method: &'static str| {
        move |name: &str, module: Vec<u8>| match name {
            "micro_grants" => without_method(&module, method),
            _ => module,
        }
    };
    release(&desk, "mute", spoil("canister_query health_check"));
    release(&desk, "blind", spoil("canister_query validate_state"));
    release(&desk, "alone", spoil("canister_update test_execution_connection"));
    // A module that asks for what no network has does not install.
    release(&desk, "foreign", spoil("ic0"));
    for (modules, trigger) in [
        ("mute", "health_check_failed"),
        ("blind", "data_inconsistent"),
        ("alone", "connection_failed"),
        ("foreign", "critical_function_failed"),
    ] {
        let report = desk.code(1, &format!("upgrade --modules {modules}"));
        assert_eq!(
            (&report["outcome"], &report["trigger"]),
            (&"rolled_back".into(), &trigger.into()),
            "{report}"
        );
        assert!(report["reason"].as_str().unwrap().starts_with("micro_grants: "), "{report}");
        assert_eq!(hashes(&desk), before, "{modules}");
        assert_eq!(desk.ok("validate")["ok"], true, "{modules}");
        assert_eq!(desk.ok(&format!("users show {user}"))["name"], "Ada");
        desk.ok(&format!("users register {modules} --as {modules}"));
    }
    // The snapshots of what failed are still there, and nothing else stands against a good release.
    release(&desk, "good", |_, module| module);
    assert_eq!(desk.ok("upgrade --modules good")["outcome"], "released");
}

#[test]
fn what_does_not_fit_is_refused_before_anything_changes() {
    let desk = deployed();
    let before = hashes(&desk);
    let with = |section: &'static str, text: &'static str| {
        move |name: &str, module: Vec<u8>| match name {
            "registry" => {
                let section = vec![(section, text.as_bytes().to_vec())];
                granary_build::with_public_sections(&module, &section).unwrap()
            }
            _ => module,
        }
    };
    release(&desk, "swapped", |name, module| match name {
        "registry" => granary_build::canister("portfolio").unwrap().bytes,
        _ => module,
    });
    release(&desk, "older", with("suite:schema", "0-0"));
    release(&desk, "newer", with("suite:schema", "8-9"));
    release(&desk, "fewer", with("candid:service", "service : {}"));
    for (modules, words) in [
        ("swapped", "the new module is portfolio and not registry"),
        ("older", "the new code reads 0 to 0"),
        ("newer", "the new code reads 8 to 9"),
        ("fewer", "is gone"),
    ] {
        let line = format!("upgrade --modules {modules}");
        let refused = desk.code(5, &line);
        assert_eq!(refused["code"], "cli.release_blocked", "{modules}");
        let said = refused["message"].as_str().unwrap();
        assert!(said.starts_with("registry: ") && said.contains(words), "{said}");
        let plan = desk.code(5, &format!("{line} --dry-run"));
        assert_eq!(plan["targets"][1]["problems"].as_array().unwrap().len(), 1, "{plan}");
    }
    let line = "--as applicant upgrade --modules fewer --dry-run";
    assert_eq!(desk.code(5, line)["code"], "cli.not_controller");
    let wasm = "deploy registry --wasm swapped/registry.wasm";
    assert_eq!(desk.code(2, wasm)["code"], "cli.wrong_module");
    assert_eq!(hashes(&desk), before);
    desk.ok("users register Ada");

    let accepted = "upgrade --modules fewer --accept-breaking registry";
    let plan = desk.ok(&format!("{accepted} --dry-run"));
    assert_eq!(plan["targets"][0]["interface"], "compatible");
    assert_eq!(plan["targets"][1]["interface"], "breaking");
    assert_eq!(plan["targets"][1]["accepted"], true);
    assert!(!plan["targets"][1]["breaks"].as_array().unwrap().is_empty(), "{plan}");
    assert_eq!(desk.ok(accepted)["outcome"], "released");
    assert_eq!(desk.code(2, "upgrade --accept-breaking strategy")["code"], "cli.canister_name");
}

#[test]
fn a_killed_release_is_taken_up_and_ends_well() {
    // A network keeps ten snapshots of a canister, so half of them meet a new one.
    for half in [0..KILLS / 2, KILLS / 2..KILLS] {
        let desk = deployed();
        desk.ok("users register Ada");
        half.for_each(|round| kill_and_resume(&desk, round));
        assert_eq!(desk.code(2, "upgrade --resume")["code"], "cli.no_release");
    }
}

fn kill_and_resume(desk: &Desk, round: usize) {
    release(desk, &format!("r{round}"), |_, module| module);
    let old = hashes(desk);
    // Every second one is a way back, from a release that was not disturbed.
    let line = if round.is_multiple_of(2) {
        format!("upgrade --modules r{round}")
    } else {
        desk.ok(&format!("upgrade --modules r{round}"));
        "rollback".to_owned()
    };
    // Somewhere in the journal, another place each time.
    let lines = 1 + round * 7 % 23;
    let killed = killed_after(desk, &line, lines);
    eprintln!("{line}: killed at line {lines}: {killed}");
    if killed {
        let open = desk.code(5, &format!("upgrade --modules r{round}"));
        assert_eq!(open["code"], "cli.release_open");
        desk.ok("upgrade --resume");
    }
    let now = hashes(desk);
    let same = now.iter().zip(&old).filter(|(now, old)| now == old).count();
    // All of them or none: half a release is no good state.
    assert_eq!(same, if round.is_multiple_of(2) { 0 } else { old.len() }, "round {round}");
    assert_eq!(desk.ok("validate")["ok"], true, "round {round}");
    desk.ok(&format!("users register P{round} --as p{round}"));
}

pub(crate) fn deployed() -> Desk {
    let desk = Desk::new();
    desk.ok("deploy --profile testing");
    desk
}

/// A folder of modules: the suite's own, marked with the folder's name and changed by `change`.
pub(crate) fn release(desk: &Desk, folder: &str, change: impl Fn(&str, Vec<u8>) -> Vec<u8>) {
    let path = desk.path().join(folder);
    fs::create_dir(&path).unwrap();
    for name in SUITE {
        let built = granary_build::canister(name).unwrap().bytes;
        let mark = vec![("release", folder.as_bytes().to_vec())];
        let marked = granary_build::with_public_sections(&built, &mark).unwrap();
        fs::write(path.join(format!("{name}.wasm")), change(name, marked)).unwrap();
    }
}

/// The module with an exported method under another name of the same length.
pub(crate) fn without_method(module: &[u8], method: &str) -> Vec<u8> {
    let mut module = module.to_vec();
    let found: Vec<usize> = module
        .windows(method.len())
        .enumerate()
        .filter(|(_, window)| *window == method.as_bytes())
        .map(|(at, _)| at)
        .collect();
    assert!(!found.is_empty(), "the module exports {method}");
    for at in found {
        module[at + method.len() - 1] = b'?';
    }
    module
}

/// SHA-256 of the code of each canister, as the network tells it.
fn hashes(desk: &Desk) -> Vec<String> {
    let plan = everything_foreign(desk);
    let targets = plan["targets"].as_array().unwrap().iter();
    targets.map(|target| target["from_hash"].as_str().unwrap().to_owned()).collect()
}

/// The plan of a release without any module, which has that against it, and tells what runs.
pub(crate) fn everything_foreign(desk: &Desk) -> Value {
    let path = desk.path().join("none");
    fs::create_dir_all(&path).unwrap();
    for name in SUITE {
        fs::write(path.join(format!("{name}.wasm")), b"another one").unwrap();
    }
    desk.code(5, "upgrade --modules none --dry-run")
}

fn names(targets: &Value) -> Vec<&str> {
    targets.as_array().unwrap().iter().map(|target| target["name"].as_str().unwrap()).collect()
}

/// Runs a command and kills it when the newest journal has so many lines; false when it ended
/// before.
fn killed_after(desk: &Desk, line: &str, lines: usize) -> bool {
    let releases = desk.path().join(".granary/releases/local");
    let known = journals(&releases).len();
    let mut child = desk.start(line);
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{line}: {status}");
            return false;
        }
        let all = journals(&releases);
        if all.len() > known && all.last().is_some_and(|text| text.lines().count() >= lines) {
            // SIGKILL: nothing of it runs any more.
            child.kill().unwrap();
            child.wait().unwrap();
            return true;
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// The journals there are, oldest first.
fn journals(releases: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(releases) else { return Vec::new() };
    let mut folders: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders.iter().filter_map(|path| fs::read_to_string(path.join("journal.jsonl")).ok()).collect()
}
