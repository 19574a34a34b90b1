//! Backups of a suite that works: taken, proved by booting them, spoilt byte by byte, loaded again,
//! and taken up by the next run after the process was killed.

#![cfg(unix)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::Duration,
};

use serde_json::Value;

use crate::{desk::Desk, releases};

const SUITE: [&str; 5] = ["portfolio", "registry", "execution", "risk_guard", "micro_grants"];

#[test]
fn a_backup_is_proved_and_loaded_into_the_canisters_it_was_taken_of() {
    let desk = releases::deployed();
    let ada = desk.ok("users register Ada")["id"].as_u64().unwrap();
    let plan = desk.ok("backup create --dry-run");
    assert_eq!(plan["canisters"], serde_json::json!(SUITE));
    assert_eq!(desk.ok("backup list")["backups"], Value::Array(vec![]), "a plan saves nothing");

    let created = desk.ok("backup create");
    let folder = created["folder"].as_str().unwrap().to_owned();
    let names: Vec<_> = created["canisters"].as_array().unwrap().iter().collect();
    assert_eq!(names.iter().map(|one| one["name"].as_str().unwrap()).collect::<Vec<_>>(), SUITE);
    assert_eq!(snapshots(&desk), [0; 5], "what was only a step is gone");
    let bea = desk.ok("users register Bea --as bea")["id"].as_u64().unwrap();
    assert_eq!(state(&desk), ["unverified"]);
    let verified = desk.ok(&format!("backup verify {folder}"));
    assert_eq!((&verified["ok"], &verified["problems"]), (&true.into(), &Value::Array(vec![])));
    assert_eq!(verified["canisters"].as_array().unwrap().len(), SUITE.len());
    assert_eq!(state(&desk), ["good"]);
    // The pages among it are what any version imports.
    let pages = format!("import {folder}/registry/pages --into registry --dry-run");
    assert_eq!(desk.ok(&pages)["action"], "checked");

    let refused = desk.code(5, &format!("restore {folder}"));
    assert_eq!(refused["code"], "cli.restore_loss");
    let said = refused["message"].as_str().unwrap();
    assert!(said.contains("registry: did work since it was saved (UserRegistered 1"), "{said}");
    assert_eq!(desk.ok(&format!("users show {bea}"))["name"], "Bea", "nothing was touched");
    // Two canisters that nothing was asked of lose nothing.
    let idle = desk.ok(&format!("restore {folder} --only execution --only risk_guard"));
    assert_eq!((&idle["ok"], idle["canisters"].as_array().unwrap().len()), (&true.into(), 2));
    let restored = desk.ok(&format!("restore {folder} --accept-loss"));
    assert_eq!(restored["ok"], true, "{restored}");
    for canister in restored["canisters"].as_array().unwrap() {
        assert!(canister["way_back"].as_str().unwrap().len() > 16, "{canister}");
    }
    assert_eq!(desk.ok(&format!("users show {ada}"))["name"], "Ada");
    desk.code(1, &format!("users show {bea}"));
    desk.ok("users register Cleo --as cleo");
    assert_eq!(desk.ok("validate")["ok"], true);
    // What ran before is a snapshot each; the uploaded ones are gone.
    assert_eq!(snapshots(&desk), [1, 1, 2, 2, 1]);
    refuses_other_places(&desk, &folder);
}

/// The same backup is not for other canisters, nor for another network.
fn refuses_other_places(desk: &Desk, folder: &str) {
    let manifest = desk.path().join(folder).join("manifest.json");
    let text = fs::read_to_string(&manifest).unwrap();
    rewrite(&manifest, &text.replace("\"network\": \"local\"", "\"network\": \"ic\""));
    let refused = desk.code(5, &format!("restore {folder} --accept-loss"));
    assert_eq!(refused["code"], "cli.restore_network");
    assert_eq!(refused["next"], "the same with --from ic");
    desk.ok(&format!("restore {folder} --accept-loss --from ic --dry-run"));
    rewrite(&manifest, &text);
    desk.ok("deploy registry --new");
    let refused = desk.code(5, &format!("restore {folder} --only registry --accept-loss"));
    assert_eq!(refused["code"], "cli.restore_blocked");
}

/// Changes the manifest and the hash beside it, as no accident does.
fn rewrite(manifest: &Path, text: &str) {
    use sha2::{Digest, Sha256};
    fs::write(manifest, text).unwrap();
    let line = format!("{}  manifest.json\n", hex::encode(Sha256::digest(text)));
    fs::write(manifest.with_file_name("manifest.sha256"), line).unwrap();
}

#[test]
fn one_changed_byte_is_found_and_its_file_named() {
    let desk = releases::deployed();
    desk.ok("users register Ada");
    let drill = desk.ok("backup drill --only registry --dir kept");
    assert_eq!((&drill["ok"], &drill["verified"]["ok"]), (&true.into(), &true.into()));
    let folder = PathBuf::from(drill["created"]["folder"].as_str().unwrap());
    desk.ok("backup create --only portfolio --dir kept");
    let listed = desk.ok("backup list --dir kept");
    let states = listed["backups"].as_array().unwrap().iter().map(|one| &one["state"]);
    assert_eq!(states.collect::<Vec<_>>(), ["good", "unverified"]);
    let files = files(&desk.path().join(&folder));
    assert!(files.len() > 10, "{files:?}");
    for file in files {
        let name = file.strip_prefix(desk.path()).unwrap().display().to_string();
        let whole = fs::read(&file).unwrap();
        if whole.is_empty() || name.ends_with("verified.json") {
            continue;
        }
        let mut spoilt = whole.clone();
        // In a hash's file the hash counts, not the name behind it.
        let at = if name.ends_with(".sha256") { 20 } else { whole.len() / 2 };
        spoilt[at] ^= 1;
        fs::write(&file, spoilt).unwrap();
        let found = desk.code(1, &format!("backup verify {}", folder.display()));
        let said = found["problems"][0].as_str().unwrap();
        assert!(said.contains(&name), "{name}: {said}");
        let refused = desk.code(2, &format!("restore {} --accept-loss", folder.display()));
        assert_eq!(refused["code"], "cli.backup", "{name}");
        fs::write(&file, whole).unwrap();
    }
    desk.ok(&format!("backup verify {}", folder.display()));

    // Files that fit their hashes and are another state: only the booted copy shows it.
    let manifest = desk.path().join(&folder).join("manifest.json");
    let mut edited: Value = serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
    edited["canisters"][0]["state_sha256"] = "00".repeat(32).into();
    rewrite(&manifest, &serde_json::to_string_pretty(&edited).unwrap());
    let found = desk.code(1, &format!("backup verify {}", folder.display()));
    let said = found["canisters"][0]["problems"][0].as_str().unwrap();
    assert!(said.starts_with("its state is "), "{said}");
}

#[test]
fn the_newest_good_backup_and_all_younger_ones_stay() {
    let desk = releases::deployed();
    let create = || {
        let created = desk.ok("backup create --only portfolio --only registry");
        created["folder"].as_str().unwrap().to_owned()
    };
    let all: Vec<String> = (0..4).map(|_| create()).collect();
    let pruned = desk.ok("backup prune --keep 1");
    assert_eq!(pruned["removed"], Value::Array(vec![]), "none was proved");
    desk.ok(&format!("backup verify {}", all[2]));
    let planned = desk.ok("backup prune --keep 1 --dry-run");
    assert_eq!(planned["removed"], serde_json::json!(all[..2]));
    assert_eq!(state(&desk), ["unverified", "unverified", "good", "unverified"]);
    assert_eq!(desk.ok("backup prune --keep 1")["removed"], serde_json::json!(all[..2]));
    assert_eq!(state(&desk), ["good", "unverified"]);
    // A bad one is no reason to let the good one go.
    let heap = desk.path().join(&all[3]).join("registry/heap.bin");
    fs::write(&heap, b"torn").unwrap();
    desk.code(1, &format!("backup verify {}", all[3]));
    assert_eq!(desk.ok("backup prune --keep 1")["removed"], Value::Array(vec![]));
    assert_eq!(state(&desk), ["good", "bad"]);
}

#[test]
fn a_killed_backup_leaves_no_canister_stopped_and_no_snapshot() {
    let desk = releases::deployed();
    desk.ok("users register Ada");
    let mut kills = 0;
    for (round, lines) in [2, 9, 12, 17, 23].into_iter().enumerate() {
        let killed = killed_after(&desk, "backup create", lines);
        kills += usize::from(killed);
        eprintln!("backup create: killed at line {lines}: {killed}");
        let left = state(&desk).iter().filter(|one| *one == "incomplete").count();
        assert_eq!(left, usize::from(killed), "round {round}");
        if killed {
            let refused = desk.code(5, "upgrade --dry-run --modules none");
            assert_eq!(refused["code"], "cli.errand_open");
        }
        let created = desk.ok("backup create --only registry");
        let tidied = created["tidied"].as_array().unwrap();
        assert_eq!(tidied.len(), usize::from(killed), "{tidied:?}");
        if killed {
            assert_eq!(tidied[0]["what"], "backup");
            let folder = tidied[0]["folder"].as_str().unwrap();
            let pruned = desk.ok("backup prune --keep 9");
            assert_eq!(pruned["incomplete"], serde_json::json!([folder]));
        }
        assert_eq!(snapshots(&desk), [0; 5], "round {round}");
        desk.ok(&format!("users register P{round} --as p{round}"));
    }
    assert!(kills >= 3, "only {kills} were killed before they ended");
    desk.ok("validate");
}

#[test]
fn a_killed_restore_is_tidied_and_made_again() {
    let desk = releases::deployed();
    let ada = desk.ok("users register Ada")["id"].as_u64().unwrap();
    let created = desk.ok("backup create");
    let folder = created["folder"].as_str().unwrap().to_owned();
    let mut kills = 0;
    for lines in [5, 21, 26] {
        let killed = killed_after(&desk, &format!("restore {folder} --accept-loss"), lines);
        kills += usize::from(killed);
        eprintln!("restore: killed at line {lines}: {killed}");
        // Whoever comes next tidies, whatever it wants.
        let pruned = desk.ok("backup prune");
        assert_eq!(pruned["tidied"].as_array().unwrap().len(), usize::from(killed));
        desk.ok(&format!("users register L{lines} --as l{lines}"));
        let back = desk.ok(&format!("restore {folder} --accept-loss"));
        assert_eq!(back["ok"], true, "{back}");
        assert_eq!(desk.ok("users list")["items"].as_array().unwrap().len(), 1);
        assert_eq!(desk.ok(&format!("users show {ada}"))["name"], "Ada");
        assert_eq!(desk.ok("validate")["ok"], true);
    }
    assert!(kills >= 2, "only {kills} were killed before they ended");
}

#[test]
fn a_release_goes_ahead_as_it_was_rehearsed_and_not_otherwise() {
    let desk = releases::deployed();
    desk.ok("users register Ada");
    releases::release(&desk, "two", |_, module| module);
    let tried = desk.ok("rehearse --modules two --out two.json");
    assert_eq!(tried["problems"], Value::Array(vec![]));
    for one in tried["canisters"].as_array().unwrap() {
        assert_eq!(one["state_before"], one["state_after"], "{one}");
        assert!(one["post_upgrade_instructions"].as_u64().unwrap() > 1_000, "{one}");
    }
    // Other code than was tried.
    releases::release(&desk, "three", |_, module| module);
    let refused = desk.code(5, "upgrade --modules three --rehearsed two.json");
    assert_eq!(refused["code"], "cli.not_rehearsed");
    // A report somebody changed.
    let path = desk.path().join("two.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("\"ok\": true", "\"ok\": false")).unwrap();
    desk.code(2, "upgrade --modules two --rehearsed two.json");
    fs::write(&path, text).unwrap();
    // Another state than it was tried on.
    desk.ok("users register Bea --as bea");
    let refused = desk.code(5, "upgrade --modules two --rehearsed two.json");
    assert_eq!(refused["code"], "cli.not_rehearsed");
    assert!(refused["message"].as_str().unwrap().contains("UserRegistered"), "{refused}");
    desk.ok("rehearse --modules two --out two.json");
    let released = desk.ok("upgrade --modules two --rehearsed two.json");
    assert_eq!(released["outcome"], "released");

    // New code that does not prove itself fails on the copy, and the canisters never see it.
    releases::release(&desk, "mute", |name, module| match name {
        "micro_grants" => releases::without_method(&module, "canister_query health_check"),
        _ => module,
    });
    let backup = desk.ok("backup create")["folder"].as_str().unwrap().to_owned();
    let failed =
        desk.code(1, &format!("rehearse --modules mute --backup {backup} --out mute.json"));
    let said = failed["problems"][0].as_str().unwrap();
    assert!(said.contains("the health check failed (micro_grants: "), "{said}");
    let refused = desk.code(5, "upgrade --modules mute --rehearsed mute.json");
    assert_eq!(refused["code"], "cli.not_rehearsed");
    assert_eq!(desk.ok("validate")["ok"], true);
}

#[test]
fn snapshots_of_old_releases_go_and_the_newest_stay() {
    let desk = releases::deployed();
    for round in 0..5 {
        let folder = format!("r{round}");
        releases::release(&desk, &folder, |_, module| module);
        let released = desk.ok(&format!("upgrade registry --modules {folder}"));
        assert_eq!(released["snapshots_deleted"], u64::from(round >= 3), "round {round}");
    }
    assert_eq!(snapshots(&desk)[1], 3);
    let planned = desk.ok("backup prune --snapshots --keep 1 --dry-run");
    assert_eq!(planned["canisters"]["registry"].as_array().unwrap().len(), 2);
    assert_eq!(snapshots(&desk)[1], 3);
    desk.ok("backup prune --snapshots --keep 1");
    assert_eq!(snapshots(&desk)[1], 1);
    // The way back of the newest release is still there.
    assert_eq!(desk.ok("rollback")["outcome"], "rolled_back");
}

#[test]
fn a_full_disk_leaves_nothing_behind() {
    let desk = releases::deployed();
    // No file may be longer than some kilobytes, and whoever tries is told instead of killed.
    let line = "trap '' XFSZ; ulimit -f 100; exec \"$0\" --json --url \"$1\" backup create";
    let output = Command::new("sh")
        .args(["-c", line, env!("CARGO_BIN_EXE_granary"), &desk.url])
        .current_dir(desk.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let failure: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(failure["code"], "cli.disk_full", "{said}");
    assert_eq!(state(&desk), [""; 0], "a torn folder is no backup");
    assert_eq!(snapshots(&desk), [0; 5]);
    desk.ok("users register Ada");
    assert_eq!(desk.ok("backup create")["tidied"], Value::Array(vec![]), "it tidied itself");
}

#[test]
fn whoever_may_not_save_is_refused_before_anybody_is_paused() {
    let desk = releases::deployed();
    let refused = desk.code(1, "--as applicant backup create");
    let said = refused["message"].as_str().unwrap();
    assert!(said.starts_with("portfolio: "), "{said}");
    assert_eq!(state(&desk), [""; 0]);
    assert!(!desk.path().join(".granary/errands").exists(), "nothing was begun");
}

/// The states of the backups, oldest first.
fn state(desk: &Desk) -> Vec<String> {
    let listed = desk.ok("backup list");
    let backups = listed["backups"].as_array().unwrap().iter();
    backups.map(|one| one["state"].as_str().unwrap().to_owned()).collect()
}

/// How many snapshots each canister of the suite has.
fn snapshots(desk: &Desk) -> Vec<u64> {
    let plan = releases::everything_foreign(desk);
    let targets = plan["targets"].as_array().unwrap().iter();
    targets.map(|target| target["snapshots"].as_u64().unwrap()).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Runs a command and kills it when its errand has so many lines; false when it ended before.
fn killed_after(desk: &Desk, line: &str, lines: usize) -> bool {
    let errands = desk.path().join(".granary/errands/local");
    let mut child = desk.start(line);
    loop {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        let open = fs::read_dir(&errands).into_iter().flatten();
        let texts = open.filter_map(|entry| fs::read_to_string(entry.unwrap().path()).ok());
        if texts.into_iter().any(|text| text.lines().count() >= lines) {
            // SIGKILL: nothing of it runs any more.
            child.kill().unwrap();
            child.wait().unwrap();
            return true;
        }
        thread::sleep(Duration::from_millis(1));
    }
}
