//! Seals, seats, alerts and whom they reach.

use granary_api::{common::PageArgs, risk_guard as r};
use granary_tests::{
    clock::{DAY, HOUR, MINUTE},
    fixtures,
    people::Who,
    reply::Expect,
    subject::RISK_GUARD,
    world::World,
};

use super::{denied, held, open_alerts, settle, tokens};
use crate::{
    access::risk_guard::{escalation, sealing},
    world_of,
};

fn arm(world: &World, scope: r::Scope, heartbeat_ns: u64) -> u64 {
    let args = r::ArmSeatArgs { scope, holder: Who::Guardian.principal(), heartbeat_ns };
    world.caller(Who::Governor).receipt("arm_seat", &args).value("armed").id
}

fn seats(world: &World) -> Vec<r::Seat> {
    world.caller(Who::Stranger).plain("list_seats").value("seats")
}

fn seals(world: &World) -> Vec<r::Seal> {
    let args = PageArgs { after: None, limit: 100 };
    let page: r::SealPage = world.caller(Who::Stranger).query("list_seals", &args).value("seals");
    page.items
}

#[test]
fn a_guardian_stops_outflows_once_and_only_outflows() {
    let world = world_of(&RISK_GUARD);
    held(&world, &tokens(1, 1));
    let guardian = world.caller(Who::Guardian);
    let seal = |scope| guardian.receipt("seal", &sealing(scope));
    assert_eq!(seal(r::Scope::All).code("no seat"), "risk_guard.seal.no_seat");
    arm(&world, r::Scope::Asset(1), 7 * DAY);
    assert_eq!(seal(r::Scope::All).code("too wide"), "risk_guard.seal.no_seat");
    seal(r::Scope::Asset(1)).value("armed");
    assert_eq!(seats(&world)[0].state, r::SeatState::Used);
    assert_eq!(seal(r::Scope::Asset(1)).code("used"), "risk_guard.seal.no_seat");
    let denial = denied(&world, &tokens(2, 1));
    assert_eq!(
        (denial.rule.as_str(), denial.retry_at_ns),
        ("seal", Some(seals(&world)[0].expires_at_ns))
    );
    held(&world, &r::OutflowArgs { asset: 2, ..tokens(3, 1) });
    settle(&world, "commit_outflow", 1).value("what is in flight is settled");
    assert!(open_alerts(&world).iter().any(|alert| alert.kind == "SealActive"));
    world.advance(2 * HOUR);
    held(&world, &tokens(2, 1));
    world.advance(5 * MINUTE);
    assert_eq!(seals(&world)[0].state, r::SealState::Expired, "it ended by itself");
    assert!(open_alerts(&world).iter().all(|alert| alert.kind != "SealActive"));
    fixtures::assert_valid(&world);
}

#[test]
fn a_governor_extends_and_lifts() {
    let world = world_of(&RISK_GUARD);
    let governor = world.caller(Who::Governor);
    let id = governor.receipt("seal", &sealing(r::Scope::All)).value("governs").id;
    world.advance(HOUR);
    assert_eq!(governor.receipt("seal", &sealing(r::Scope::All)).value("extends").id, id);
    assert_eq!(seals(&world).len(), 1);
    world.advance(HOUR + MINUTE);
    assert_eq!(denied(&world, &tokens(1, 1)).rule, "seal");
    governor.receipt("lift_seal", &r::SealArgs { seal: id }).value("active");
    held(&world, &tokens(1, 1));
    let again = governor.receipt("lift_seal", &r::SealArgs { seal: id });
    assert_eq!(again.code("lifted"), "risk_guard.seal.state");
    let short = r::SealOutflowsArgs { duration_ns: HOUR - 1, ..sealing(r::Scope::All) };
    assert_eq!(governor.receipt("seal", &short).code("too short"), "risk_guard.delay.range");
    fixtures::assert_valid(&world);
}

#[test]
fn silence_disarms_and_warns_and_signs_of_life_keep_a_seat() {
    let world = world_of(&RISK_GUARD);
    let (kept, lost) =
        (arm(&world, r::Scope::All, 2 * HOUR), arm(&world, r::Scope::Asset(2), 2 * HOUR));
    world.advance(HOUR);
    let guardian = world.caller(Who::Guardian);
    let beat = |seat| guardian.receipt("guardian_heartbeat", &r::SeatArgs { seat });
    beat(kept).value("in time");
    world.advance(HOUR + MINUTE);
    world.advance(MINUTE);
    assert_eq!(beat(lost).code("too late"), "risk_guard.seat.state");
    let states: Vec<_> = seats(&world).iter().map(|seat| seat.state).collect();
    assert_eq!(states, [r::SeatState::Armed, r::SeatState::Lapsed]);
    let alert = open_alerts(&world).into_iter().find(|alert| alert.kind == "GuardianLapsed");
    let alert = alert.expect("R10: a warning");
    assert_eq!((alert.level, alert.component.as_str()), (r::AlertLevel::Warning, "seat:2"));
    arm(&world, r::Scope::Asset(2), 2 * HOUR);
    assert!(open_alerts(&world).iter().all(|alert| alert.kind != "GuardianLapsed"));
    fixtures::assert_valid(&world);
}

#[test]
fn alerts_reach_one_after_the_other_until_somebody_looks_after_them() {
    let world = world_of(&RISK_GUARD);
    let governor = world.caller(Who::Governor);
    governor.receipt("set_escalation_policy", &escalation()).value("governs");
    let known: Option<r::EscalationPolicy> =
        world.caller(Who::Stranger).plain("get_escalation_policy").value("a policy");
    assert_eq!(known, Some(escalation()));
    governor.receipt("seal", &sealing(r::Scope::Asset(2))).value("governs");
    let contact = || open_alerts(&world)[0].contact.clone();
    assert_eq!(contact().as_deref(), Some("ann"));
    world.advance(11 * MINUTE);
    assert_eq!(contact().as_deref(), Some("ben"));
    world.advance(20 * MINUTE);
    assert_eq!(contact().as_deref(), Some("cat"));
    let alert = open_alerts(&world)[0].id;
    let operator = world.caller(Who::Operator);
    operator.receipt("acknowledge_alert", &r::AlertArgs { alert }).value("firing");
    assert_eq!(contact(), None);
    assert_eq!(open_alerts(&world)[0].handled_by, Some(Who::Operator.principal()));
    operator.receipt("resolve_alert", &r::AlertArgs { alert }).value("open");
    assert!(open_alerts(&world).is_empty());
    let again = operator.receipt("resolve_alert", &r::AlertArgs { alert });
    assert_eq!(again.code("over"), "risk_guard.alert.state");
}
