//! Delays, outages, ends, and who counts.

use granary_api::recovery as r;
use granary_tests::{
    clock::{HOUR, MINUTE},
    people::{Who, person},
    reply::Expect,
};

use super::{MEMBERS, Repair, delays};

fn execute(repair: &Repair, request: u64) -> String {
    let member = repair.recovery.caller(MEMBERS[2]);
    member.receipt("execute_request", &r::RequestArgs { request }).code("refused")
}

#[test]
fn nothing_is_done_before_its_time_and_a_member_may_begin_it_then() {
    let repair = Repair::new();
    let request = repair.ready(&r::Operation::Snapshot);
    repair.recovery.advance(delays().delay_ns - MINUTE);
    assert_eq!(execute(&repair, request), "recovery.request.too_early");
    assert!(matches!(repair.request(request).state, r::RequestState::Ready { .. }));
    assert!(repair.snapshots().is_empty());
    repair.recovery.set_time(repair.recovery.now_ns() + MINUTE);
    let member = repair.recovery.caller(MEMBERS[2]);
    member.receipt("execute_request", &r::RequestArgs { request }).value("its time has come");
    let state = repair.ended(request);
    assert!(matches!(state, r::RequestState::Completed { .. }), "{state:?}");
    assert_eq!(repair.snapshots().len(), 1);
}

#[test]
fn the_delay_falls_away_when_the_governor_is_out_for_long() {
    let repair = Repair::new();
    repair.governor.stop();
    let request = repair.ready(&r::Operation::Start);
    let mut waited = 0;
    while !repair.status().is_outage {
        repair.recovery.advance(10 * MINUTE);
        waited += 10 * MINUTE;
        assert!(waited < 3 * HOUR, "{:?}", repair.status());
    }
    assert!(waited >= delays().outage_ns, "{waited}");
    let state = repair.ended(request);
    assert!(matches!(state, r::RequestState::Completed { .. }), "{state:?}");
    repair.assert_governor_runs();
    repair.recovery.advance(11 * MINUTE);
    let status = repair.status();
    assert_eq!((status.failing_since_ns, status.is_outage), (None, false));
    let health = repair.recovery.caller(Who::Stranger).health_check().value("health");
    assert_eq!(health.reasons, Vec::<String>::new());
}

#[test]
fn y2_a_removed_member_counts_no_more() {
    let repair = Repair::new();
    let request = repair.ready(&r::Operation::Snapshot);
    let principals = |all: &[Who]| all.iter().map(|who| who.principal()).collect::<Vec<_>>();
    let mut others = principals(&[MEMBERS[0], MEMBERS[2]]);
    others.push(person("somebody else"));
    repair.names(others, 2);
    assert_eq!(repair.request(request).state, r::RequestState::Open);
    let request_args = r::RequestArgs { request };
    let removed = repair.recovery.caller(MEMBERS[1]).receipt("withdraw_approval", &request_args);
    assert_eq!(removed.code("no member any more"), "recovery.member.needed");
    repair.recovery.advance(delays().delay_ns + MINUTE);
    assert_eq!(execute(&repair, request), "recovery.request.state");
    let digest = repair.request(request).digest;
    let approve = r::ApproveRequestArgs { request, digest };
    repair.recovery.caller(MEMBERS[2]).receipt("approve_request", &approve).value("a member");
    assert_eq!(execute(&repair, request), "recovery.request.too_early");
    let few = r::Committee { members: principals(&MEMBERS[..2]), quorum: 2 };
    let code = repair.recovery.caller(Who::Governor).receipt("set_committee", &few).code("two");
    assert_eq!(code, "recovery.committee.invalid");
}

#[test]
fn a_request_without_a_quorum_expires() {
    let repair = Repair::new();
    let request = repair.submit(MEMBERS[0], &r::Operation::Snapshot);
    repair.recovery.advance(delays().request_ttl_ns);
    repair.recovery.advance(MINUTE);
    assert!(matches!(repair.request(request).state, r::RequestState::Expired { .. }));
    assert_eq!(execute(&repair, request), "recovery.request.state");
    assert_ne!(repair.submit(MEMBERS[1], &r::Operation::Snapshot), request);
}

#[test]
fn k7_a_governor_that_never_answers_keeps_recovery_from_nothing() {
    let repair = Repair::new();
    repair.governor.stop();
    repair.recovery.advance(11 * MINUTE);
    let status = repair.status();
    assert_eq!(status.last_seen, Some(granary_api::common::HealthStatus::Critical));
    assert!(status.failing_since_ns.is_some() && !status.is_outage);
    let health = repair.recovery.caller(Who::Stranger).health_check().value("health");
    assert_eq!(health.status, granary_api::common::HealthStatus::Degraded, "not critical itself");
    repair.recovery.stop();
    repair.recovery.start();
}
