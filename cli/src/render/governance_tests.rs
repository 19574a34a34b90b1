//! What the commands of the governor print, kept as snapshots.

use candid::Principal;
use granary_api::governor as wire;

use super::{
    Report,
    assembly::{Authority, Incident, Incidents, Members},
    course::{Audit, Rehearsal},
    proposal::{
        Created, Proposals, Shown, StagedModule, Voted, Words,
        fixtures::{AT, HOUR, details, head, someone, status},
    },
    to_json, to_text,
};
use crate::operations::govern::{
    follow::View,
    handover::{Handed, Handover},
    install::{Installed, Joined},
    placement, rules,
    vote::Seen,
};

fn snapshot<R: Report>(name: &str, report: &R) {
    insta::assert_snapshot!(format!("{name}_text"), to_text(report, false));
    insta::assert_snapshot!(format!("{name}_json"), to_json(report, true));
}

fn canister(number: u8) -> Principal {
    Principal::from_slice(&[number; 10])
}

fn rendering() -> wire::Rendering {
    let line = |label: &str, value: &str| wire::RenderedLine {
        label: label.to_owned(),
        value: value.to_owned(),
    };
    wire::Rendering {
        proposal: 3,
        digest: vec![7; 32].into(),
        summary: "replaces the members: 2 must approve from then on".to_owned(),
        lines: vec![line("joins", &someone(2).to_text()), line("note", "first\nsecond\u{1b}[31m")],
    }
}

fn step(state: wire::StepState, name: &str, error: &str) -> wire::Step {
    wire::Step {
        target: canister(9),
        step: name.to_owned(),
        state,
        begun_at_ns: Some(AT),
        ended_at_ns: (state == wire::StepState::Done).then_some(AT + 1),
        tries: 1,
        error: error.to_owned(),
        snapshot: None,
    }
}

fn run() -> wire::Execution {
    use wire::StepState::{Done, Failed, Waiting};
    wire::Execution {
        proposal: 3,
        kind: wire::RunKind::Execution,
        epoch: 5,
        direction: wire::Direction::Back,
        steps: vec![
            step(Done, "Drain", ""),
            step(Failed, "HealthCheck", "it calls itself critical"),
            step(Waiting, "LoadSnapshot", ""),
        ],
        at: 2,
        trigger: Some(wire::Trigger::HealthCheckFailed),
        reason: "registry calls itself critical".to_owned(),
        progress_done: 0,
        progress_total: 0,
        begun_at_ns: AT,
        ended_at_ns: None,
        observe_until_ns: None,
        next_at_ns: Some(AT + 2),
    }
}

#[test]
fn a_proposal_that_is_voted_on_and_one_that_goes_back() {
    let view = View { details: details(), status: status(), run: None };
    snapshot("proposal_voting", &Shown::new(&view));
    let mut back = View { details: details(), status: status(), run: Some(run()) };
    back.details.proposal.state = wire::ProposalState::RollingBack;
    back.details.proposal.kind = "UpgradeRelease".to_owned();
    back.details.proposal.rehearsal_failed = true;
    back.details.proposal.reason = "registry calls itself critical".to_owned();
    back.status.waits_for = String::new();
    snapshot("proposal_rolling_back", &Shown::new(&back));
    let over = wire::Proposal {
        id: 2,
        state: wire::ProposalState::Vetoed,
        eta_ns: Some(AT + HOUR),
        ..head()
    };
    let page = wire::ProposalPage { items: vec![head(), over], next: Some(2) };
    snapshot("proposals", &Proposals::from(&page));
}

#[test]
fn words_are_shown_and_approved() {
    snapshot("rendering", &Words::from(&rendering()));
    let seen = Seen { details: details(), rendering: rendering() };
    snapshot("vote", &Voted::new("approved", &seen, 12, AT));
    let staged = StagedModule {
        canister: "registry".to_owned(),
        module_hash: "07".repeat(32),
        pieces: 3,
        sent: 1,
    };
    snapshot(
        "proposal_created",
        &Created {
            event: 12,
            at: crate::date::iso(AT),
            staged: vec![staged],
            words: Words::from(&rendering()),
        },
    );
}

#[test]
fn an_audit_names_what_stops_it_first() {
    let check = |name: &str, verdict, detail: &str| wire::AuditCheck {
        name: name.to_owned(),
        verdict,
        detail: detail.to_owned(),
    };
    let audit = wire::Audit {
        proposal: 3,
        at_ns: AT,
        by: someone(1),
        checks: vec![
            check("registry.module_hash", wire::Verdict::Pass, "all 9 bytes are here"),
            check("description", wire::Verdict::Warn, "its description has 3 bytes only"),
            check("registry.schema", wire::Verdict::Fail, "the state has schema 2 and not 1"),
        ],
        can_proceed: false,
    };
    snapshot("audit", &Audit::from(&audit));
}

#[test]
fn a_rehearsal_that_failed() {
    let one = wire::RehearsedCanister {
        target: canister(9),
        scratch: canister(8),
        module: vec![7; 32].into(),
        digest_before: Some(vec![1; 32].into()),
        digest_after: None,
        schema_before: 1,
        schema_after: 2,
        records: 1_000,
        violations: 2,
        slices: 3,
        cycles: 12_345_678_901,
        problem: "two records break an invariant".to_owned(),
    };
    let report = wire::RehearsalReport {
        proposal: 3,
        hash: vec![8; 32].into(),
        digest: vec![7; 32].into(),
        begun_at_ns: AT,
        ended_at_ns: Some(AT + HOUR),
        way: wire::CopyWay::Loaded,
        canisters: vec![one],
        is_success: false,
    };
    snapshot("governed_rehearsal", &Rehearsal::from(&report));
}

#[test]
fn members_who_are_there_and_who_are_not() {
    use wire::Permission::{Approve, Execute, Propose, Veto};
    let member = |number, is_live| wire::Member {
        principal: someone(number),
        permissions: vec![Propose, Approve, Execute, Veto],
        weight: 1,
        joined_epoch: 1,
        last_seen_ns: AT,
        expires_at_ns: None,
        is_member: number != 3,
        is_live,
    };
    let members = wire::Members {
        epoch: 2,
        threshold: 2,
        approvers_live: 1,
        members: vec![member(1, true), member(2, false), member(3, false)],
    };
    let shown = Members::from(&members);
    assert!(shown.is_short(), "one of two");
    snapshot("members", &shown);
}

fn target() -> wire::Target {
    wire::Target {
        canister: canister(9),
        placement: placement::of("registry").expect("placed"),
        module: None,
        schema: 1,
        other_controllers: vec![],
        seen_at_ns: None,
        drifted_since_ns: None,
        drift: None,
        adopted_at_ns: AT,
    }
}

#[test]
fn weak_ways_come_first() {
    let way = |power, target, who, shortest_ns, is_weak| wire::Way {
        power,
        target,
        who,
        shortest_ns,
        is_weak,
    };
    let members = || wire::Who::Members {
        needed: 3,
        of: (1..=5).map(someone).collect(),
        vetoers: vec![someone(1)],
    };
    let committee = wire::Who::Committee { needed: 2, of: (6..=8).map(someone).collect() };
    let alone = wire::Who::Alone { principal: someone(9) };
    let authority = wire::Authority {
        epoch: 2,
        ways: vec![
            way(wire::Power::Code, Some(canister(9)), members(), 48 * HOUR, false),
            way(wire::Power::Rules, None, members(), 168 * HOUR, false),
            way(wire::Power::Repair, None, committee, 72 * HOUR, false),
            way(wire::Power::Control, Some(canister(9)), alone, 0, true),
        ],
    };
    let shown = Authority::new(&authority, &[target()]);
    assert!(shown.is_weak(), "one controls a canister alone");
    snapshot("authority", &shown);
}

#[test]
fn an_incident_with_its_course() {
    let note = |phase, text: &str| wire::IncidentNote {
        phase,
        at_ns: AT,
        by: someone(1),
        text: text.to_owned(),
    };
    let incident = wire::Incident {
        id: 4,
        title: "a release did not come back".to_owned(),
        phase: wire::IncidentPhase::Assessment,
        opened_at_ns: AT,
        proposal: Some(3),
        notes: vec![
            note(wire::IncidentPhase::ImmediateActions, "payments are sealed"),
            note(wire::IncidentPhase::Assessment, "the snapshot is gone"),
        ],
    };
    snapshot("incident", &Incident::from(&incident));
    let page = wire::IncidentPage { items: vec![incident], next: None };
    snapshot("incidents", &Incidents::from(&page));
}

#[test]
fn a_governor_that_was_installed_and_a_suite_that_was_handed_over() {
    let joined = |name: &str, is_target| Joined {
        name: name.to_owned(),
        canister: canister(9).to_text(),
        controller: "added",
        role: "given",
        is_target,
    };
    let installed = Installed {
        dry_run: false,
        network: "local".to_owned(),
        governor: canister(5).to_text(),
        action: "created",
        module_hash: "07".repeat(32),
        members: vec![someone(1).to_text(), someone(2).to_text(), someone(3).to_text()],
        threshold: 0,
        min_delay: String::new(),
        long_delay: String::new(),
        observation: String::new(),
        targets: vec![joined("portfolio", true), joined("registry", false)],
        ids_file: Some(".granary/local.ids.json".to_owned()),
    }
    .with_rules(&rules::testing(3));
    snapshot("governor_deploy", &installed);
    let handed = Handed {
        name: "registry".to_owned(),
        canister: canister(9).to_text(),
        roles_revoked: vec![someone(1).to_text()],
        controllers_removed: vec![],
    };
    let handover = Handover {
        dry_run: true,
        governor: canister(5).to_text(),
        canisters: vec![handed],
        governor_controllers: vec![someone(2).to_text()],
    };
    snapshot("handover", &handover);
}
