//! Each check fails for its own reason, and only then.

use super::*;
use crate::records::{Chunk, Packing, Payload, Stated};
use crate::rules::fixtures::{at, config, later, own, payload, person, release, targets};

struct Case {
    config: Config,
    payload: PayloadV1,
    known: Known,
    fact: Fact,
}

const OLD: &str = "service : { a : () -> (nat) query; b : () -> () }";

fn stated(interface: &str) -> Stated {
    Stated {
        canister: "registry".to_owned(),
        version: "1.1.0".to_owned(),
        commit: "0123abcd".to_owned(),
        schema_oldest: 1,
        schema_newest: 1,
        interface: interface.to_owned(),
        problems: vec![],
    }
}

fn module(interface: &str) -> Module {
    Module {
        uploader: person(1),
        begun_at: later(0),
        finished_at: Some(later(1)),
        bytes: 9,
        chunks: vec![Chunk { hash: [1; 32], bytes: 9 }],
        packing: Packing::Raw,
        plain: [11; 32],
        stated: stated(interface),
        attestations: 0,
    }
}

fn case() -> Case {
    let release = release();
    let item = &release.items[0];
    let status = Status {
        is_running: true,
        module: Some(item.from_module),
        controllers: vec![own()],
        cycles_free: 1_000_000_000_000,
        snapshots: 3,
    };
    let fact = Fact { target: item.target, status: Some(status), schema: Some(1) };
    let known = Known { module: Some(module(OLD)), runs: Some(module(OLD)), ..Known::default() };
    Case { config: config(), payload: payload(Payload::UpgradeRelease(release)), known, fact }
}

impl Case {
    fn audit(&self) -> Audit {
        let Payload::UpgradeRelease(release) = &self.payload.payload else { panic!("a release") };
        let view = View {
            config: &self.config,
            payload: &self.payload,
            release,
            targets: &targets(),
            facts: core::slice::from_ref(&self.fact),
            known: core::slice::from_ref(&self.known),
        };
        audit(&view, &at(0, person(1)))
    }

    fn failed(&self) -> Vec<String> {
        failures(&self.audit()).into_iter().map(str::to_owned).collect()
    }

    fn release(&mut self) -> &mut Release {
        match &mut self.payload.payload {
            Payload::UpgradeRelease(release) => release,
            other => panic!("{other:?}"),
        }
    }

    fn status(&mut self) -> &mut Status {
        self.fact.status.as_mut().expect("it answered")
    }
}

#[test]
fn a_sound_release_may_proceed() {
    let audit = case().audit();
    assert!(audit.can_proceed(), "{audit:?}");
    assert_eq!(audit.checks.len(), 13);
    assert!(audit.checks.iter().all(|check| check.verdict == Verdict::Pass), "{audit:?}");
}

#[test]
fn each_check_fails_for_its_own_reason() {
    type Spoil = fn(&mut Case);
    let cases: [(&str, Spoil); 14] = [
        ("registry.module_hash", |case| {
            case.known.module.as_mut().expect("here").finished_at = None;
        }),
        ("registry.deny_list", |case| case.known.is_denied = true),
        ("registry.attestations", |case| case.config.rules.attestations = 1),
        ("registry.module", |case| {
            let stated = &mut case.known.module.as_mut().expect("here").stated;
            stated.problems.push("the new module exports canister_pre_upgrade".to_owned());
        }),
        ("registry.module", |case| {
            case.known.module.as_mut().expect("here").stated.canister = "portfolio".to_owned();
        }),
        ("registry.schema", |case| case.release().items[0].schema_to = 2),
        ("registry.schema", |case| case.fact.schema = Some(2)),
        ("registry.schema", |case| case.fact.schema = None),
        ("registry.interface", |case| {
            case.known.module = Some(module("service : { a : () -> (nat) query }"));
        }),
        ("registry.from_module", |case| case.status().module = Some([9; 32])),
        ("registry.controllers", |case| case.status().controllers = vec![person(9)]),
        ("registry.running", |case| case.status().is_running = false),
        ("registry.cycles", |case| case.status().cycles_free = 499_999_999_999),
        ("registry.snapshot_slot", |case| case.status().snapshots = 10),
    ];
    for (name, spoil) in cases {
        let mut case = case();
        spoil(&mut case);
        assert_eq!(case.failed(), [name.to_owned()]);
        assert!(!case.audit().can_proceed());
    }
}

#[test]
fn a_silent_network_is_no_good_sign() {
    let mut case = case();
    case.fact.status = None;
    assert_eq!(case.failed(), ["registry.status"]);
}

#[test]
fn what_people_should_know_does_not_stop_it() {
    let mut case = case();
    case.release().items[0].may_break_callers = true;
    case.known.module = Some(module("service : { a : () -> (nat) query }"));
    case.known.runs = Some(module(OLD));
    case.status().controllers.push(person(1));
    case.payload.description = "short".to_owned();
    let audit = case.audit();
    assert!(audit.can_proceed());
    let warned = audit.checks.iter().filter(|check| check.verdict == Verdict::Warn);
    let warned: Vec<_> = warned.map(|check| check.name.as_str()).collect();
    assert_eq!(warned, ["description", "registry.interface", "registry.controllers"]);
    case.known.runs = None;
    assert!(case.audit().can_proceed(), "an unknown interface is told, and no more");
}

#[test]
fn k_members_build_the_same_and_nobody_anything_else() {
    let mut case = case();
    case.config.rules.attestations = 2;
    let row = |result: u8, commit: &str| Attestation {
        commit: commit.to_owned(),
        builder: "rust".to_owned(),
        result: [result; 32],
        audit: None,
        at: later(0),
    };
    let same = |n| (person(n), row(11, "0123abcd"));
    case.known.attestations = vec![same(1)];
    assert_eq!(case.failed(), ["registry.attestations"], "one of two");
    case.known.attestations = vec![same(1), (person(2), row(11, "another"))];
    assert_eq!(case.failed(), ["registry.attestations"], "of another commit");
    case.known.attestations = vec![same(1), same(9)];
    assert_eq!(case.failed(), ["registry.attestations"], "of a stranger");
    case.known.attestations = vec![same(1), same(2)];
    assert!(case.failed().is_empty());
    case.known.attestations.push((person(3), row(12, "0123abcd")));
    assert_eq!(case.failed(), ["registry.attestations"], "somebody got other bytes");
}

#[test]
fn an_audit_is_of_its_moment() {
    let audit = case().audit();
    let five_minutes = 300_000_000_000;
    assert!(!is_old(&audit, later(five_minutes)));
    assert!(is_old(&audit, later(five_minutes + 1)));
}
