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
            (&"rolled_back".into(), &trigger.into())
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

fn deployed() -> Desk {
    let desk = Desk::new();
    desk.ok("deploy --profile testing");
    desk
}

/// A folder of modules: the suite's own, marked with the folder's name and changed by `change`.
fn release(desk: &Desk, folder: &str, change: impl Fn(&str, Vec<u8>) -> Vec<u8>) {
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
fn without_method(module: &[u8], method: &str) -> Vec<u8> {
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
    let path = desk.path().join("none");
    fs::create_dir_all(&path).unwrap();
    for name in SUITE {
        fs::write(path.join(format!("{name}.wasm")), b"another one").unwrap();
    }
    // No modules at all, so the plan has that against it, and tells what runs.
    let plan = desk.code(5, "upgrade --modules none --dry-run");
    let targets = plan["targets"].as_array().unwrap().iter();
    targets.map(|target| target["from_hash"].as_str().unwrap().to_owned()).collect()
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
        if child.try_wait().unwrap().is_some() {
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
