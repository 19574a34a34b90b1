//! The table of `risk_guard`.

use granary_api::{common as c, risk_guard as r};
use granary_tests::{
    clock::{DAY, HOUR, MINUTE},
    fixtures,
    hostile::Known,
    people::{
        Who::{self, Auditor, Execution, Governor, Guardian, Operator, Reader, Steward},
        person,
    },
    reply::Expect,
    subject::RISK_GUARD,
    world::{World, encode},
};

use super::row::{ASKING, NOBODY_ELSE, Row, Staged, common, nothing, public, row};
use crate::world_of;

/// Who reads what waits to leave.
const READERS: &[Who] = &[Execution, Reader, Steward, Auditor, Operator, Governor];
/// What a limit is at first.
pub(crate) const MAX_PER_TX: u128 = 100_000_000_000;

/// What is prepared for the rows.
pub(crate) struct Stage {
    now_ns: u64,
    /// Announcements: one to be cancelled.
    announcement: u64,
    /// Seals: one to be lifted.
    seal: u64,
    /// A seat that is taken back.
    spare_seat: u64,
    /// Changes that wait: one to be applied, then one to be taken back.
    due: u64,
    waiting: u64,
    /// Alerts that fire.
    alerts: [u64; 2],
}

impl Staged for Stage {
    fn now_ns(&self) -> u64 {
        self.now_ns
    }
}

impl Stage {
    /// Reservations, a seal, seats, changes that wait, alerts.
    pub(crate) fn build(world: &World) -> Self {
        let governor = world.caller(Governor);
        let execution = world.caller(Execution);
        for intent in 1..=3 {
            let verdict = execution.update("reserve_outflow", &outflow(intent, 1_000));
            assert!(matches!(verdict.value("an answer"), r::Verdict::Held(_)));
        }
        let announced = announcement(world.now_ns());
        let announcement = governor.receipt("announce_outflow", &announced).value("early").id;
        let seal = governor.receipt("seal", &sealing(r::Scope::Asset(200))).value("governs").id;
        governor.receipt("seal", &sealing(r::Scope::Asset(201))).value("governs");
        let arm = |who: Who, scope| {
            let args = r::ArmSeatArgs { scope, holder: who.principal(), heartbeat_ns: 30 * DAY };
            governor.receipt("arm_seat", &args).value("armed").id
        };
        arm(Guardian, r::Scope::Asset(202));
        let spare_seat = arm(Guardian, r::Scope::Asset(203));
        let propose = |more: u128| {
            let change = change(MAX_PER_TX + more);
            governor.receipt("propose_policy", &change).value("a change").id
        };
        let (due, waiting) = (propose(1), propose(2));
        world.advance(2 * MINUTE);
        Self {
            now_ns: world.now_ns(),
            announcement,
            seal,
            spare_seat,
            due,
            waiting,
            alerts: [1, 2],
        }
    }
}

/// A thousandth of a token of asset 1.
pub(crate) fn outflow(intent: u64, amount_units: u128) -> r::OutflowArgs {
    r::OutflowArgs {
        intent,
        asset: 1,
        amount_units,
        destination: fixtures::hash("wallet"),
        initiator: person("initiator"),
        purpose: r::Purpose::Grant,
        announcement: None,
    }
}

fn announcement(now_ns: u64) -> r::AnnounceOutflowArgs {
    r::AnnounceOutflowArgs {
        asset: 1,
        amount_units: 5_000_u64.into(),
        destination: fixtures::hash("wallet"),
        earliest_at_ns: now_ns + DAY,
        latest_at_ns: now_ns + 2 * DAY,
        idempotency_key: None,
    }
}

pub(crate) fn sealing(scope: r::Scope) -> r::SealOutflowsArgs {
    r::SealOutflowsArgs { scope, duration_ns: 2 * HOUR, reason: "a key may be lost".to_owned() }
}

/// Another bound of one outflow of asset 1; everything else as it was installed.
pub(crate) fn change(max_per_tx_units: u128) -> r::PolicyChange {
    let first = granary_tests::subject::risk_guard_args().policy.expect("a policy");
    let mut asset = first.assets[0].clone();
    asset.limits.as_mut().expect("limits").max_per_tx_units = max_per_tx_units.into();
    r::PolicyChange { assets: vec![asset], ..r::PolicyChange::default() }
}

fn outflows() -> Vec<Row<Stage>> {
    vec![
        row("assess_outflow", READERS, NOBODY_ELSE, |_: &Stage| encode(&outflow(77, 10))),
        row("reserve_outflow", &[Execution], NOBODY_ELSE, |_| encode(&outflow(78, 10))),
        row("commit_outflow", &[Execution], NOBODY_ELSE, |_| {
            encode(&r::ReservationArgs { intent: 1 })
        }),
        row("release_outflow", &[Execution], NOBODY_ELSE, |_| {
            encode(&r::ReservationArgs { intent: 2 })
        }),
        row("get_reservation", READERS, NOBODY_ELSE, |_| encode(&r::ReservationArgs { intent: 3 })),
        row("list_reservations", READERS, NOBODY_ELSE, |_| {
            encode(&r::ListReservationsArgs { limit: 10, ..r::ListReservationsArgs::default() })
        }),
        row("record_inflow", &[Execution, Operator], NOBODY_ELSE, |_| {
            encode(&r::RecordInflowArgs { asset: 1, amount_units: 5_u8.into() })
        }),
        row("record_outcome", &[Execution, Reader, Operator], NOBODY_ELSE, |_| {
            let service = r::Service::Ledger(1);
            encode(&r::RecordOutcomeArgs { service, answered: true, intent: None })
        }),
    ]
}

fn policy() -> Vec<Row<Stage>> {
    const GOVERNORS: &[Who] = &[Governor];
    let page = |_: &Stage| encode(&c::PageArgs { after: None, limit: 10 });
    vec![
        // Before anything is applied: that makes others void.
        row("withdraw_policy", GOVERNORS, NOBODY_ELSE, |stage: &Stage| {
            encode(&r::PolicyChangeArgs { change: stage.waiting })
        }),
        row("apply_policy", &[Operator, Governor], NOBODY_ELSE, |stage| {
            encode(&r::PolicyChangeArgs { change: stage.due })
        }),
        row("propose_policy", GOVERNORS, NOBODY_ELSE, |_| encode(&change(MAX_PER_TX + 3))),
        // The bound moved a moment ago.
        row("steward_adjust", &[Steward], NOBODY_ELSE, |_| {
            let (parameter, value_units) = (r::Parameter::MaxPerTx, MAX_PER_TX.into());
            encode(&r::StewardAdjustArgs { asset: 1, parameter, value_units })
        })
        .answers("risk_guard.steward.too_soon"),
        public("get_policy", nothing),
        public("get_policy_change", |stage| encode(&r::PolicyChangeArgs { change: stage.due })),
        public("list_policy_changes", page),
        public("explain_policy", |_| {
            let (destination, purpose, amount_units) = (None, None, 9_u8.into());
            encode(&r::ExplainPolicyArgs { asset: 1, amount_units, destination, purpose })
        }),
    ]
}

fn guards() -> Vec<Row<Stage>> {
    const GOVERNORS: &[Who] = &[Governor];
    let page = |_: &Stage| encode(&c::PageArgs { after: None, limit: 10 });
    vec![
        row("announce_outflow", &[Steward, Governor], NOBODY_ELSE, |stage: &Stage| {
            encode(&announcement(stage.now_ns))
        }),
        row("cancel_announcement", &[Operator, Steward, Governor], NOBODY_ELSE, |stage| {
            encode(&r::AnnouncementArgs { announcement: stage.announcement })
        }),
        public("list_announcements", page),
        row("seal", &[Guardian, Governor], "risk_guard.seal.no_seat", |_| {
            encode(&sealing(r::Scope::Asset(202)))
        }),
        row("lift_seal", GOVERNORS, NOBODY_ELSE, |stage| encode(&r::SealArgs { seal: stage.seal })),
        public("list_seals", page),
        row("arm_seat", GOVERNORS, NOBODY_ELSE, |_| {
            let (scope, heartbeat_ns) = (r::Scope::All, 30 * DAY);
            encode(&r::ArmSeatArgs { scope, holder: person("another guardian"), heartbeat_ns })
        }),
        row("guardian_heartbeat", &[Guardian], "risk_guard.seat.not_holder", |stage| {
            encode(&r::SeatArgs { seat: stage.spare_seat })
        }),
        row("disarm_seat", GOVERNORS, NOBODY_ELSE, |stage| {
            encode(&r::SeatArgs { seat: stage.spare_seat })
        }),
        public("list_seats", nothing),
    ]
}

fn watch() -> Vec<Row<Stage>> {
    const KEEPERS: &[Who] = &[Operator, Governor];
    vec![
        row("get_limits_status", READERS, NOBODY_ELSE, |_: &Stage| {
            encode(&r::AssetArgs { asset: 1 })
        }),
        row("get_destination", READERS, NOBODY_ELSE, |_| {
            encode(&r::DestinationArgs { destination: fixtures::hash("wallet") })
        }),
        public("get_circuit_breakers", nothing),
        public("list_alerts", |_| {
            encode(&r::ListAlertsArgs { limit: 10, ..r::ListAlertsArgs::default() })
        }),
        row("acknowledge_alert", KEEPERS, NOBODY_ELSE, |stage| {
            encode(&r::AlertArgs { alert: stage.alerts[1] })
        }),
        row("resolve_alert", KEEPERS, NOBODY_ELSE, |stage| {
            encode(&r::AlertArgs { alert: stage.alerts[1] })
        }),
        row("set_escalation_policy", &[Governor], NOBODY_ELSE, |_| encode(&escalation())),
        public("get_escalation_policy", nothing),
        row("get_solvency", READERS, NOBODY_ELSE, nothing),
        // Nobody has told where the books are.
        row("refresh_treasury", &[Operator, Auditor, Governor], NOBODY_ELSE, nothing)
            .answers("common.peer.unset"),
        row("set_role", &[Governor], NOBODY_ELSE, |_| {
            let (role, holder) = (r::Role::Backup, person("keeper"));
            encode(&r::SetRoleArgs { role, holder, granted: true })
        }),
        public("list_roles", nothing),
        row("test_portfolio_connection", ASKING, NOBODY_ELSE, nothing).answers("common.peer.unset"),
        row("test_price_oracle_connection", ASKING, NOBODY_ELSE, nothing)
            .answers("common.peer.unset"),
    ]
}

/// Whom alerts reach in the tests.
pub(crate) fn escalation() -> r::EscalationPolicy {
    r::EscalationPolicy {
        primary: "ann".to_owned(),
        backup: "ben".to_owned(),
        channel: "#treasury".to_owned(),
        escalation_path: vec!["cat".to_owned()],
        acknowledge_within_ns: 10 * MINUTE,
    }
}

/// Who may call what.
pub(crate) fn rows() -> Vec<Row<Stage>> {
    let mut rows = outflows();
    rows.extend(policy());
    rows.extend(guards());
    rows.extend(watch());
    rows.extend(common());
    rows
}

/// A guard with something of everything, and what an attacker knows of it.
pub(crate) fn target() -> (World, Known) {
    let world = world_of(&RISK_GUARD);
    Stage::build(&world);
    let principals = Who::ALL.iter().map(|who| who.principal());
    let principals = principals.chain([person("initiator"), world.canister]).collect();
    (world, Known { ids: vec![1, 2, 3, 77, 200, 202], principals })
}

#[test]
fn a_rehearsal_of_risk_guard_refuses_every_update() {
    let world = world_of(&RISK_GUARD);
    let stage = Stage::build(&world);
    super::assert_idle_in_a_rehearsal(&world, &rows(), &stage);
}

#[test]
fn every_method_of_risk_guard_has_a_row() {
    super::assert_complete(&RISK_GUARD, &rows());
}

#[test]
fn everybody_gets_what_the_table_of_risk_guard_says() {
    let world = world_of(&RISK_GUARD);
    let stage = Stage::build(&world);
    super::assert_kept(&world, &rows(), &stage);
}
