//! The suite under its governor: members decide, wait, execute, stop; releases are installed by
//! proposals, and taken back when they do not prove themselves.

#![cfg(unix)]

use std::{fs, thread, time::Duration};

use serde_json::Value;

use crate::{
    desk::Desk,
    releases::{deployed, release, without_method},
};

/// Delays of a test; everything else as `--testing` has it.
const QUICK: &str = "governor deploy --testing --min-delay 1s --long-delay 2s --observation 2s";

/// Words of a proposal: they have no spaces, because a desk splits at them.
const WORDS: &str = "--title Title --description What-and-why-in-forty-bytes-and-a-few-more-of-it";

/// A suite under a governor with members who do not wait for days.
fn governed() -> Desk {
    let desk = deployed();
    let installed = desk.ok(QUICK);
    assert_eq!((&installed["action"], &installed["threshold"]), (&"created".into(), &3.into()));
    assert_eq!(installed["members"].as_array().unwrap().len(), 5);
    for joined in installed["targets"].as_array().unwrap() {
        assert_eq!((&joined["controller"], &joined["role"]), (&"added".into(), &"given".into()));
        assert_eq!(joined["is_target"], true, "{joined}");
    }
    desk
}

fn number(document: &Value) -> u64 {
    document["proposal"].as_u64().unwrap()
}

/// Three of five approve.
fn approved(desk: &Desk, id: u64) {
    for member in ["member-1", "member-2", "member-3"] {
        desk.ok(&format!("--as {member} proposal approve {id}"));
    }
}

/// Waits until the proposal is in a state.
fn until(desk: &Desk, id: u64, state: &str) -> Value {
    for _ in 0..600 {
        let shown = desk.ok(&format!("proposal show {id}"));
        if shown["state"] == state {
            return shown;
        }
        thread::sleep(Duration::from_millis(100));
    }
    panic!("proposal {id} is not {state}: {}", desk.ok(&format!("proposal show {id}")));
}

#[test]
fn members_decide_and_what_they_decided_happens_after_its_delay() {
    let desk = governed();
    // Again: nothing is left to do.
    let again = desk.ok(QUICK);
    assert_eq!(again["action"], "unchanged");
    for joined in again["targets"].as_array().unwrap() {
        assert_eq!(joined["controller"], "unchanged");
        assert_eq!(joined["role"], "unchanged");
    }
    assert_eq!(desk.ok("governor deploy --dry-run")["dry_run"], true);
    assert_eq!(desk.ok("health governor")["canisters"][0]["name"], "governor");

    let sixth = desk.ok("identity --as member-6")["principal"].as_str().unwrap().to_owned();
    let members = desk.ok("members list");
    assert_eq!((&members["epoch"], &members["threshold"]), (&1.into(), &3.into()));
    let mut list: Vec<String> = members["members"]
        .as_array()
        .unwrap()
        .iter()
        .map(|member| member["principal"].as_str().unwrap().to_owned())
        .collect();
    list.push(sixth.clone());
    let list: Vec<String> = list.iter().map(|member| format!("--member {member}")).collect();
    let line = format!("proposal create members {} --threshold 4 {WORDS}", list.join(" "));
    let plan = desk.ok(&format!("{line} --dry-run"));
    assert_eq!(plan["method"], "create_proposal");
    let created = desk.ok(&line);
    let id = number(&created);
    let digest = desk.ok(&format!("proposal render {id}"))["digest"].as_str().unwrap().to_owned();
    assert_eq!(created["digest"], digest.as_str());

    // What was not seen is not approved.
    let other = "07".repeat(32);
    let refused = desk.code(2, &format!("proposal approve {id} --digest {other}"));
    assert_eq!(refused["code"], "cli.digest");
    desk.ok(&format!("proposal approve {id} --digest {digest}"));
    desk.ok(&format!("--as member-2 proposal approve {id}"));
    desk.ok(&format!("--as member-2 proposal revoke {id}"));
    let stranger = desk.code(5, &format!("--as applicant proposal approve {id}"));
    assert_eq!(stranger["code"], "governor.member.needed");
    desk.ok(&format!("--as member-2 proposal approve {id}"));
    assert_eq!(desk.code(1, &format!("proposal execute {id}"))["code"], "governor.proposal.state");
    desk.ok(&format!("--as member-3 proposal approve {id}"));
    until(&desk, id, "ready");
    desk.ok(&format!("proposal execute {id}"));
    assert_eq!(desk.ok(&format!("proposal watch {id}"))["state"], "completed");
    let members = desk.ok("members list");
    assert_eq!((&members["epoch"], &members["threshold"]), (&2.into(), &4.into()));
    assert!(members["members"].to_string().contains(&sixth));
    desk.ok("--as member-6 members heartbeat");
    assert_eq!(desk.ok("proposal list")["items"].as_array().unwrap().len(), 1);
    assert_eq!(desk.ok("proposal list --open")["items"], Value::Array(vec![]));
}

#[test]
fn rules_change_a_veto_stops_and_incidents_are_led() {
    let desk = governed();
    let id = number(&desk.ok(&format!("proposal create config --min-delay 3s {WORDS}")));
    assert_eq!(desk.code(2, &format!("proposal create config {WORDS}"))["code"], "cli.no_rule");
    approved(&desk, id);
    until(&desk, id, "ready");
    desk.ok(&format!("proposal execute {id}"));
    assert_eq!(desk.ok("members list")["epoch"], 2);

    let hash = "09".repeat(32);
    let id = number(&desk.ok(&format!("proposal create deny --module {hash} {WORDS}")));
    let shown = desk.ok(&format!("proposal show {id}"));
    assert_eq!(shown["payload"]["DenyModules"]["modules"][0], format!("hex:{hash}"));
    fs::write(desk.path().join("deny.json"), shown["payload"].to_string()).unwrap();
    let copy = number(&desk.ok(&format!("proposal create payload deny.json {WORDS}")));
    desk.ok(&format!("proposal reject {copy}"));
    desk.ok(&format!("proposal cancel {copy} --reason twice"));
    assert_eq!(desk.code(1, &format!("proposal watch {copy}"))["state"], "cancelled");
    approved(&desk, id);
    desk.ok(&format!("--as member-4 proposal veto {id} --reason unclear"));
    assert_eq!(desk.code(5, &format!("proposal watch {id}"))["state"], "vetoed");

    let opened = desk.ok("incident open Stuck --text Nothing-moves")["id"].as_u64().unwrap();
    desk.ok(&format!("incident phase {opened} assessment --text Looked"));
    assert_eq!(desk.ok(&format!("incident show {opened}"))["phase"], "assessment");
    let early = desk.code(2, &format!("incident phase {opened} closed --text Moved"));
    assert_eq!(early["code"], "governor.incident.invalid", "people learn before they close");
    for (phase, text) in [("recovery", "Mended"), ("post_incident", "Learnt"), ("closed", "Over")] {
        desk.ok(&format!("incident phase {opened} {phase} --text {text}"));
    }
    assert_eq!(desk.ok("incident list")["items"][0]["phase"], "closed");
    assert_eq!(desk.code(1, "incident show 99")["code"], "governor.incident.not_found");
}

#[test]
fn the_last_person_lets_go_and_only_members_release_code() {
    let desk = governed();
    // One person controls each of the five canisters, and the governor.
    assert_eq!(desk.code(1, "policy explain")["weak"], 6);
    let plan = desk.ok("governor handover --dry-run");
    assert_eq!(plan["canisters"].as_array().unwrap().len(), 5);
    for canister in plan["canisters"].as_array().unwrap() {
        assert_eq!(canister["roles_revoked"].as_array().unwrap().len(), 1, "{canister}");
        assert_eq!(canister["controllers_removed"].as_array().unwrap().len(), 1, "{canister}");
    }
    release(&desk, "two", |_, module| module);
    desk.ok("governor handover");
    let refused = desk.code(5, "upgrade --modules two");
    assert_eq!(refused["code"], "cli.governed");
    assert!(refused["next"].as_str().unwrap().starts_with("granary proposal create upgrade"));
    let rest = desk.code(1, "policy explain");
    assert_eq!((&rest["weak"], &rest["ways"][0]["power"]), (&1.into(), &"repair".into()));
    let again = desk.ok("governor handover");
    assert_eq!(again["canisters"][0]["controllers_removed"], Value::Array(vec![]));
}

#[test]
fn a_release_goes_through_the_governor_and_a_bad_one_comes_back() {
    let desk = governed();
    let user = desk.ok("users register Ada")["id"].as_u64().unwrap();
    release(&desk, "two", |_, module| module);
    let released = desk.ok("upgrade --modules two --governed registry portfolio");
    assert_eq!(
        (&released["state"], &released["rehearsal_failed"]),
        (&"completed".into(), &false.into())
    );
    assert_eq!(desk.ok(&format!("users show {user}"))["name"], "Ada");
    assert_eq!(desk.ok("validate")["ok"], true);
    assert_eq!(desk.ok("proposal list")["items"].as_array().unwrap().len(), 1);
    let id = released["id"].as_u64().unwrap();
    assert_eq!(desk.ok(&format!("proposal rehearsal {id}"))["is_success"], true);

    // A module that cannot answer for its health is refused by its audit.
    release(&desk, "mute", |name, module| match name {
        "registry" => without_method(&module, "canister_query health_check"),
        _ => module,
    });
    let bad = desk.code(5, "upgrade --modules mute --governed registry");
    assert_eq!(bad["code"], "cli.audit");
    assert!(bad["message"].as_str().unwrap().contains("health_check"), "{bad}");
    assert_eq!(desk.ok("validate")["ok"], true);
    assert_eq!(desk.ok(&format!("users show {user}"))["name"], "Ada");

    // What is staged is not sent again, and a release is described by hand.
    release(&desk, "three", |_, module| module);
    let line = format!(
        "proposal create upgrade --module registry=three/registry.wasm --commit abc --release 9.9 \
         --window now --rollback-plan none --communication chat {WORDS}"
    );
    desk.ok(&line);
    let created = desk.ok(&format!("{line} --key second"));
    assert_eq!(created["staged"][0]["sent"], 0, "{created}");
    let id = number(&created);
    assert_eq!(desk.ok(&format!("proposal audit {id}"))["can_proceed"], true);
    desk.ok(&format!("proposal attest {id} --modules three"));
    desk.ok(&format!("proposal rehearse {id}"));
    until(&desk, id, "voting");
    desk.ok(&format!("proposal cancel {id} --reason enough"));
}

#[test]
fn a_fleet_snapshot_is_taken_by_members() {
    let desk = governed();
    let id = number(&desk.ok(&format!("proposal create snapshot registry --pinned {WORDS}")));
    approved(&desk, id);
    until(&desk, id, "ready");
    desk.ok(&format!("proposal execute {id}"));
    assert_eq!(desk.ok(&format!("proposal watch {id} --for 2m"))["state"], "completed");
    let snapshots = desk.ok("proposal snapshots");
    assert_eq!(snapshots["items"][0]["pinned"], true, "{snapshots}");
    assert_eq!(snapshots["items"][0]["canisters"].as_array().unwrap().len(), 1);
    let refused = desk.code(1, &format!("proposal create rollback 99 {WORDS}"));
    assert_eq!(refused["code"], "governor.snapshot.not_found");
    desk.ok("users register Ada");
}
