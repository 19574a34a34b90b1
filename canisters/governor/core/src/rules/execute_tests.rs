//! V2, V4, V6, V7, V10, V11 and Y4, looked at once more at the last moment.

use super::*;
use crate::errors::AccessFault;
use crate::records::{AuditCheck, Ballot, MemberSpec, PayloadV1, Recovery, Target, Verdict};
use crate::rules::fixtures::{
    DAY, HOUR, at, config, later, payload, person, placement, plain, release, rules, seat, target,
    targets, world,
};
use crate::types::ProposalId;

struct Case {
    config: Config,
    looked: Looked,
    payload: PayloadV1,
    votes: Vec<(Principal, Vote)>,
    targets: Vec<(Principal, Target)>,
    audit: Option<Audit>,
    running: u64,
}

fn case(payload: PayloadV1) -> Case {
    let digest = payload.digest(1);
    let vote = Vote {
        ballot: Ballot::Approve,
        at: later(0),
        epoch: 1,
        digest,
        rehearsal: Some([3; 32]),
        expires_at: later(20 * DAY),
    };
    let proposal = Proposal {
        proposer: person(1),
        created_at: later(0),
        digest,
        epoch: 1,
        state: ProposalState::Ready,
        since: later(3 * DAY),
        until: Some(later(6 * DAY)),
        voting_ends: Some(later(6 * DAY)),
        eta: Some(later(3 * DAY)),
        rehearsal: Some([3; 32]),
        rehearsed_at: Some(later(0)),
        rehearsal_failed: false,
        votes: 3,
        approved_at: Some(later(DAY)),
        started_at: None,
        ended_at: None,
        reason: String::new(),
        kind: payload.payload.kind(),
        title: payload.title.clone(),
    };
    Case {
        config: config(),
        looked: Looked { id: ProposalId::new(1).expect("1"), proposal },
        payload,
        votes: (1..=3).map(|n| (person(n), vote.clone())).collect(),
        targets: targets(),
        audit: Some(audit(Verdict::Pass)),
        running: 0,
    }
}

fn audit(verdict: Verdict) -> Audit {
    let check = AuditCheck { name: "module_hash".to_owned(), verdict, detail: String::new() };
    Audit { at: later(3 * DAY), by: person(1), checks: vec![check] }
}

impl Case {
    fn execute(&self, n: u8) -> Result<Begun, GovernorError> {
        let view = View {
            looked: &self.looked,
            payload: &self.payload.payload,
            config: &self.config,
            votes: &self.votes,
            world: world(&self.targets),
            audit: self.audit.as_ref(),
            running: self.running,
            upgraded_at: later(0),
        };
        execute(&view, &at(3 * DAY + HOUR, person(n)))
    }

    fn refused(&self) -> GovernorError {
        self.execute(1).expect_err("refused")
    }
}

#[test]
fn what_is_ready_begins() {
    let begun = case(plain()).execute(1).expect("ready");
    assert!(begun.runs);
    let (_, after) = begun.change.proposal.expect("moves");
    assert_eq!(
        (after.state, after.started_at),
        (ProposalState::Executing, Some(later(3 * DAY + HOUR)))
    );
}

#[test]
fn only_who_may_execute_executes() {
    let mut case = case(plain());
    let refused = AccessFault::NotMember { needs: "Execute" };
    assert_eq!(case.execute(9).err(), Some(refused.clone().into()));
    case.config.members[0].permissions = Permissions::APPROVE;
    assert_eq!(case.execute(1).err(), Some(refused.into()));
}

#[test]
fn v4_nothing_runs_before_its_eta() {
    let mut case = case(plain());
    case.looked.proposal.state = ProposalState::Timelocked;
    assert_eq!(case.refused(), StateFault::TooEarly { until: later(3 * DAY) }.into());
}

#[test]
fn v7_one_execution_at_a_time() {
    let case = Case { running: 7, ..case(plain()) };
    assert_eq!(case.refused(), StateFault::Running { proposal: 7 }.into());
}

#[test]
fn v2_votes_are_counted_again() {
    let mut case = case(plain());
    case.votes[2].1.ballot = Ballot::Revoked;
    assert_eq!(case.refused(), StateFault::TooFew { have: 2, need: 3 }.into());
}

#[test]
fn v10_the_audit_is_made_again() {
    let mut case = case(payload(Payload::UpgradeRelease(release())));
    assert!(case.execute(1).is_ok());
    case.audit = Some(audit(Verdict::Warn));
    assert!(case.execute(1).is_ok(), "a warning does not stop");
    case.audit = Some(audit(Verdict::Fail));
    let failed = StateFault::AuditFailed { check: "module_hash".to_owned() };
    assert_eq!(case.refused(), failed.into());
    case.audit = None;
    assert_eq!(case.refused(), StateFault::NotAudited.into());
}

#[test]
fn v11_an_old_rehearsal_does_not_count() {
    let mut case = case(payload(Payload::UpgradeRelease(release())));
    case.looked.proposal.rehearsed_at =
        Some(Timestamp::from_nanos(later(3 * DAY + HOUR).as_nanos() - 20 * DAY));
    assert_eq!(case.refused(), StateFault::RehearsalOld.into());
    case.looked.proposal.rehearsed_at = None;
    assert_eq!(case.refused(), StateFault::NotRehearsed.into());
}

#[test]
fn v6_what_runs_is_looked_at_again() {
    let mut case = case(payload(Payload::UpgradeRelease(release())));
    case.targets[0].1.module = Some([111; 32]);
    assert!(case.execute(1).is_ok(), "what the release was made for");
    case.targets[0].1.module = Some([1; 32]);
    assert_eq!(case.refused(), StateFault::FromModule { canister: target(11) }.into());
}

#[test]
fn y4_recovery_is_left_alone_after_the_governor_was_replaced() {
    let mut release = release();
    release.items[0].target = target(13);
    let mut case = case(payload(Payload::UpgradeRelease(release)));
    case.targets.push((target(13), Target::adopted(placement("recovery"), later(0))));
    let committee = vec![person(21), person(22), person(23)];
    case.config.recovery = Some(Recovery { canister: target(13), committee, quorum: 2 });
    let view = |upgraded_at| View {
        looked: &case.looked,
        payload: &case.payload.payload,
        config: &case.config,
        votes: &case.votes,
        world: world(&case.targets),
        audit: case.audit.as_ref(),
        running: 0,
        upgraded_at,
    };
    let ctx = at(3 * DAY + HOUR, person(1));
    assert!(execute(&view(later(2 * DAY + HOUR)), &ctx).is_ok(), "a day later");
    let refused = execute(&view(later(2 * DAY + HOUR + 1)), &ctx).expect_err("too soon");
    assert_eq!(refused, StateFault::Apart { until: later(3 * DAY + HOUR + 1) }.into());
}

#[test]
fn members_and_rules_change_at_once() {
    let members: Vec<MemberSpec> = [1, 2, 3].map(seat).to_vec();
    let begun = case(payload(Payload::ChangeMembers { members, threshold: 2 })).execute(1);
    let Begun { change, runs } = begun.expect("ready");
    assert!(!runs);
    let config = change.config.expect("changed");
    assert_eq!((config.epoch, config.members.len(), config.rules.threshold), (2, 3, 2));
    let (_, after) = change.proposal.expect("done");
    assert_eq!((after.state, after.reason.as_str()), (ProposalState::Completed, ""));

    let changed = crate::records::Rules { threshold: 4, ..rules() };
    let change = Payload::ChangeConfig { rules: changed, methods: None, escalation: None };
    let begun = case(payload(change)).execute(1).expect("ready");
    assert_eq!(begun.change.config.map(|config| config.rules), Some(changed));

    let hashes = vec![Denied { module: [9; 32] }];
    let begun = case(payload(Payload::DenyModules { hashes })).execute(1).expect("ready");
    assert_eq!(begun.change.denied, [[9; 32]]);
}
