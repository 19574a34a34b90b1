//! Renderings say in words what a payload causes.

use governor_core::records::{
    Base, Call, CanisterSettings, Denied, Escalation, Method, Phase, Placement, Profile, Rules,
    Shot, SnapshotState,
};
use governor_core::rules::constitution::seated;
use governor_core::types::{Duration, Hash};
use granary_api::execution::{Finding, ResolveQuarantineArgs};

use super::*;
use crate::convert::payload;

const NOW: Timestamp = Timestamp::from_nanos(1_735_689_600_000_000_000);
const DAY: u32 = 86_400;

fn person(n: u8) -> Principal {
    Principal::from_slice(&[n, 9])
}

fn target(n: u8) -> Principal {
    Principal::from_slice(&[n, 1])
}

fn seat(n: u8) -> MemberSpec {
    MemberSpec { principal: person(n), permissions: Permissions::ALL, weight: 1, expires_at: None }
}

fn rules() -> Rules {
    let days = |days: u32| Duration::seconds(days * DAY);
    Rules {
        threshold: 2,
        voting: VotingRule::OneMemberOneVote,
        min_delay: days(2),
        long_delay: days(7),
        approval_ttl: days(30),
        discussion: days(1),
        voting_period: days(7),
        execution_window: days(3),
        observation: Duration::seconds(3_600),
        rehearsal_ttl: days(30),
        late_quorum: days(1),
        late_extension: days(2),
        heartbeat: days(30),
        attestations: 2,
    }
}

fn config() -> Config {
    let list: Vec<_> = (1..=3).map(seat).collect();
    Config {
        base: Base::new(Profile::Production, Phase::Running),
        epoch: 1,
        members: seated(&list, &[], 1, NOW),
        rules: rules(),
        pending: None,
        recovery: None,
        methods: vec![],
        escalation: Escalation::default(),
        own: target(200),
    }
}

fn rendered(payload: Payload) -> Words {
    rendered_with(payload, None)
}

fn rendered_with(payload: Payload, snapshot: Option<&FleetSnapshot>) -> Words {
    let config = config();
    let placement = Placement {
        name: "risk_guard".to_owned(),
        phase: 1,
        order: 1,
        dependencies: vec!["portfolio".to_owned()],
    };
    let targets = [(target(12), Target::adopted(placement, NOW))];
    let scene = Scene { config: &config, targets: &targets, snapshot, now: NOW };
    let payload = PayloadV1 { title: "T".to_owned(), description: "D".to_owned(), payload };
    words(&payload, None, &scene)
}

fn value<'a>(words: &'a Words, label: &str) -> &'a str {
    let found = words.lines.iter().find(|(name, _)| name == label);
    found.map_or("(missing)", |(_, value)| value)
}

#[test]
fn x9_a_change_of_members_says_who_comes_and_who_goes() {
    let members = vec![seat(1), seat(2), MemberSpec { weight: 3, ..seat(8) }];
    let words = rendered(Payload::ChangeMembers { members, threshold: 3 });
    let all = "Propose, Approve, Execute, Veto";
    assert_eq!(value(&words, "Stays"), format!("{}: {all}", person(1)));
    assert_eq!(value(&words, "Joins"), format!("{}: {all}, weight 3", person(8)));
    assert_eq!(value(&words, "Leaves"), person(3).to_text());
    assert_eq!(value(&words, "Approvals needed"), "3 (now 2)");
    assert_eq!(value(&words, "Needs"), "2 approvals, of 3 members who may");
    assert_eq!(value(&words, "Waits"), "7 d once enough approve");
    assert_eq!(value(&words, "Can be stopped by"), "3 members");
}

#[test]
fn x9_changed_rules_stand_beside_those_in_force() {
    let rules = Rules { min_delay: Duration::seconds(3 * DAY), threshold: 3, ..rules() };
    let methods = vec![Method { target: "execution".to_owned(), method: "adopt".to_owned() }];
    let payload = Payload::ChangeConfig { rules, methods: Some(methods), escalation: None };
    let words = rendered(payload);
    assert_eq!(value(&words, "Timelock"), "3 d (now 2 d)");
    assert_eq!(value(&words, "Approvals needed"), "3 (now 2)");
    assert_eq!(value(&words, "Vote"), "(missing)", "what stays is not named");
    assert_eq!(value(&words, "May be called"), "adopt of execution");
}

#[test]
fn x9_a_release_shows_both_hashes_and_the_argument_of_each_canister() {
    let item = Item {
        target: target(12),
        module: [0xab; 32],
        from_module: [0xcd; 32],
        arg: vec![1, 2, 3],
        memory: MemoryPersistence::Replace,
        schema_from: 1,
        schema_to: 2,
        may_break_callers: true,
    };
    let release = Release {
        version: "1.1.0".to_owned(),
        items: vec![item],
        repository: "https://example.org/r".to_owned(),
        commit: "0123abcd".to_owned(),
        sbom: None,
        window: "Sunday".to_owned(),
        rollback_plan: "by itself".to_owned(),
        communication: "all".to_owned(),
    };
    let words = rendered(Payload::UpgradeRelease(release));
    assert!(words.summary.contains("in 1 canisters, all or none"), "{}", words.summary);
    assert!(words.summary.contains("watched for 1 h"), "{}", words.summary);
    assert_eq!(value(&words, "Canister"), format!("risk_guard ({})", target(12)));
    assert_eq!(value(&words, "Module (SHA-256)"), "ab".repeat(32));
    assert_eq!(value(&words, "Instead of"), "cd".repeat(32));
    assert!(value(&words, "Argument").starts_with("3 bytes, digest "));
    let state = "schema 1 becomes 2; main memory is replaced; its callers may break";
    assert_eq!(value(&words, "State"), state);
    assert_eq!(value(&words, "Source"), "https://example.org/r at 0123abcd");
    assert_eq!(value(&words, "Waits"), "2 d once enough approve");
}

#[test]
fn x9_a_typed_call_is_read_out_of_the_bytes_that_would_be_sent() {
    let args = ResolveQuarantineArgs {
        intent: 7,
        finding: Finding::Settled { block: 99 },
        evidence: "the ledger's block".to_owned(),
    };
    let at = |name: &str| (name == "execution").then(|| target(11));
    let given = granary_api::governor::Payload::ResolveQuarantine(args);
    let payload = payload::payload(given, &at).expect("execution is known");
    let words = rendered(payload);
    assert_eq!(value(&words, "Finding"), "it was paid in block 99 of the ledger");
    assert_eq!(value(&words, "Intent"), "7");
    assert_eq!(value(&words, "Method"), "resolve_quarantine");
    let call =
        Call { target: target(12), method: "arm_seat".to_owned(), arg: b"nonsense".to_vec() };
    let words = rendered(Payload::Call { kind: CallKind::ArmGuardianSeat, call });
    assert_eq!(value(&words, "Holder"), "(missing)", "what cannot be read is not made up");
    assert!(value(&words, "Argument").starts_with("8 bytes, digest "));
}

#[test]
fn x9_going_back_shows_what_would_run_again() {
    let shot = Shot {
        target: target(12),
        snapshot: vec![1],
        module: [0xab; 32],
        bytes: 9,
        at: NOW,
        schema: 3,
    };
    let snapshot = FleetSnapshot {
        proposal: 4,
        at: NOW,
        shots: vec![shot],
        pinned: false,
        state: SnapshotState::Good,
    };
    for payload in [Payload::Rollback { epoch: 5 }, Payload::PruneSnapshot { epoch: 5 }] {
        let words = rendered_with(payload.clone(), Some(&snapshot));
        assert_eq!(value(&words, "Fleet snapshot"), "5");
        assert_eq!(value(&words, "Taken"), "2025-01-01 00:00:00 UTC");
        assert_eq!(value(&words, "For proposal"), "4");
        let held = "all of it is there, and the release after it held";
        assert_eq!(value(&words, "What is known of it"), held);
        assert_eq!(value(&words, "Canister"), format!("risk_guard ({})", target(12)));
        assert_eq!(value(&words, "Its code then (SHA-256)"), "ab".repeat(32));
        assert_eq!(value(&words, "Its schema then"), "3");
        let unknown = rendered(payload);
        assert_eq!(value(&unknown, "Taken"), "never: there is none of this number");
    }
}

#[test]
fn x9_every_kind_has_words() {
    let hash: Hash = [9; 32];
    let call = |kind| Payload::Call {
        kind,
        call: Call { target: target(12), method: "m".to_owned(), arg: vec![] },
    };
    let freeze = CanisterSettings { freezing_threshold_s: Some(9), ..CanisterSettings::default() };
    let placement = Placement { name: "n".to_owned(), phase: 2, order: 3, dependencies: vec![] };
    let cases = [
        (Payload::Rollback { epoch: 5 }, "Fleet snapshot", "5"),
        (Payload::TakeFleetSnapshot { targets: vec![], pinned: true }, "Canisters", "all"),
        (Payload::PruneSnapshot { epoch: 6 }, "Fleet snapshot", "6"),
        (
            Payload::ChangeCanisterSettings { target: target(12), settings: freeze },
            "Freezing threshold",
            "9 s",
        ),
        (Payload::AssetRelease { target: target(12), batch: 4, evidence: hash }, "Batch", "4"),
        (call(CallKind::CallRegisteredMethod), "Method", "m"),
        (
            Payload::AdoptCanister { target: target(13), placement },
            "In releases",
            "phase 2, place 3",
        ),
        (Payload::ReleaseControl { target: target(12), to: person(7) }, "Title", "T"),
        (
            Payload::ChangeRecoveryCommittee { members: vec![person(4)], quorum: 2 },
            "Acting together",
            "2",
        ),
        (
            Payload::DenyModules { hashes: vec![Denied { module: hash }] },
            "Module (SHA-256)",
            "0909090909090909090909090909090909090909090909090909090909090909",
        ),
    ];
    for (payload, label, text) in cases {
        let words = rendered(payload);
        assert_eq!(value(&words, label), text, "{}", words.summary);
        assert!(words.summary.len() > 20, "{}", words.summary);
        assert_eq!(value(&words, "Description"), "D");
    }
}
