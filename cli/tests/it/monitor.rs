//! The suite at one glance, and notices to people who are not here.

#![cfg(unix)]

use std::{fs, process::Child, thread, time::Duration};

use serde_json::Value;

use crate::desk::Desk;

#[test]
fn one_look_shows_every_canister_and_notices_arrive() {
    let desk = Desk::new();
    desk.ok("deploy --profile testing");
    // Nobody has set up a programme yet, and micro_grants says so.
    let fleet = desk.code(3, "monitor --once");
    assert_eq!((&fleet["schema"], &fleet["level"]), (&"granary.fleet/1".into(), &"warning".into()));
    let canisters = fleet["canisters"].as_array().unwrap();
    assert_eq!(canisters.len(), 5);
    for canister in canisters {
        assert!(canister["answer"]["components"].as_array().is_some_and(|all| !all.is_empty()));
        assert!(canister["answer"]["stable_bytes"].as_u64().is_some(), "{canister}");
    }
    assert_eq!(desk.ok("monitor --once registry")["canisters"][0]["name"], "registry");
    let listed = desk.code(3, "alerts list");
    assert_eq!(listed["items"], fleet["findings"]);
    assert_eq!(listed["items"][0]["canister"], "micro_grants");

    // One that nobody has ever heard of does not answer.
    let nobody = desk.code(1, "--canister aaaaa-aa monitor --once");
    assert_eq!(nobody["findings"][0]["subject"], "reachable");

    let tested = desk.ok("alerts test --sink file:notices.jsonl");
    assert_eq!(tested["delivered"][0], "file notices.jsonl");
    assert_eq!(notices(&desk)[0]["turn"], "test");
    let failed = desk.code(1, "alerts test --sink webhook:http://127.0.0.1:1/secret");
    let why = failed["failed"][0].as_str().unwrap();
    assert!(why.starts_with("webhook at 127.0.0.1: ") && !why.contains("secret"), "{why}");
    assert_eq!(desk.run("alerts test --sink smoke").status.code(), Some(2));
    assert_eq!(desk.run("monitor --interval 10ms").status.code(), Some(2));
}

#[test]
fn who_watches_is_told_once_when_the_network_is_gone() {
    let mut desk = Desk::new();
    desk.ok("deploy --profile testing");
    let mut watch = desk.start("alerts watch --interval 1s --sink file:notices.jsonl");
    let mut stream = desk.start("monitor --interval 1s");
    // Nobody has set up a programme yet.
    let known = 2;
    wait_for(&desk, known, &mut watch);
    desk.end_network();
    // The canisters are asked one after the other, so that they turn at two looks at most.
    wait_for(&desk, known + 5, &mut watch);
    thread::sleep(Duration::from_secs(2));
    for child in [&mut watch, &mut stream] {
        assert!(child.try_wait().unwrap().is_none(), "it watches on");
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let told = notices(&desk);
    assert_eq!(told.len(), known + 5, "each once: {told:?}");
    for notice in &told[known..] {
        assert_eq!((&notice["turn"], &notice["subject"]), (&"raised".into(), &"reachable".into()));
    }
}

/// Waits until so many notices are written, and no longer than the watch lives.
fn wait_for(desk: &Desk, count: usize, watch: &mut Child) {
    while notices(desk).len() < count {
        assert!(watch.try_wait().unwrap().is_none(), "it watches on");
        thread::sleep(Duration::from_millis(50));
    }
}

/// What has been written to the file of notices.
fn notices(desk: &Desk) -> Vec<Value> {
    let text = fs::read_to_string(desk.path().join("notices.jsonl")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
