//! What the commands about payments and the guard print, kept as snapshots.

use candid::{Nat, Principal};
use granary_api::{execution::IntentState, portfolio::ExternalRef, risk_guard as wire};
use serde_bytes::ByteBuf;

use super::{
    Report,
    explain::Explanation,
    guard::{Breakers, Limits, LimitsList, Names, Status},
    payment::{Details, Payment, Payments, fixtures},
    policy::{Change, Shown},
    to_json, to_text,
};

const AT: u64 = 1_532_513_472_000_000_000;
const HOUR: u64 = 3_600_000_000_000;

fn snapshot<R: Report>(name: &str, report: &R) {
    insta::assert_snapshot!(format!("{name}_text"), to_text(report, false));
    insta::assert_snapshot!(format!("{name}_json"), to_json(report, true));
}

fn someone(number: u8) -> Principal {
    Principal::from_slice(&[number; 29])
}

#[test]
fn a_payment_that_waits_and_one_that_is_paid() {
    let assets = [fixtures::asset()];
    let mut details = fixtures::details();
    snapshot("payment_waits", &Details::new(&details, &assets));
    details.intent.state = IntentState::Settled;
    details.intent.external_ref =
        Some(ExternalRef::Icrc { ledger: Principal::from_slice(&[1; 10]), block: 7 });
    details.intent.booked = true;
    details.intent.attempts = 1;
    details.intent.settled_at_ns = Some(AT + HOUR);
    details.attempt.number = 1;
    details.attempt.sends = 1;
    (details.reservation, details.entry) = (Some(2), Some(9));
    details.errors.clear();
    snapshot("payment_paid", &Details::new(&details, &assets));
    let mut grant = fixtures::details().intent;
    grant.origin = granary_api::execution::Origin::Grant { grant: 3, payout: 5 };
    let rows = [&fixtures::details().intent, &details.intent, &grant];
    let items = rows.into_iter().map(|intent| Payment::new(intent, &assets)).collect();
    snapshot("payments", &Payments { items, next: Some(3) });
}

fn policy() -> wire::Policy {
    let window = |seconds, units: u64| wire::WindowLimit {
        seconds,
        max_amount_units: Nat::from(units),
        max_bps_of_treasury: None,
    };
    let limits = wire::AssetLimits {
        decimals: 6,
        max_per_tx_units: Nat::from(1_000_000_000_u64),
        windows: vec![window(86_400, 1_500_000_000)],
        max_tx_per_window: 9,
        min_retained_bps: 2_000,
        min_amount_to_limit_units: Nat::from(0_u8),
        reference_value: Nat::from(100_000_000_u64),
    };
    let tier = |bound: Option<u64>, approvals, delay_ns| wire::ApprovalTier {
        up_to_value: bound.map(Nat::from),
        approvals,
        delay_ns,
    };
    wire::Policy {
        version: 3,
        effective_at_ns: AT,
        rules: wire::Rules {
            allow_list_only: true,
            first_use_delay_ns: 24 * HOUR,
            approval_tiers: vec![tier(Some(10_000_000_000), 0, 0), tier(None, 2, HOUR)],
            max_price_age_ns: HOUR,
            max_price_deviation_bps: 200,
            concentration_bps: 10_000,
            drawdown_bps: 10_000,
            solvency_buffer_bps: 0,
            loosen_delay_ns: 48 * HOUR,
            announce_delay_ns: 72 * HOUR,
            steward: wire::StewardBound { max_change_bps: 1_000, min_delay_ns: 24 * HOUR },
            floor: Some(wire::Floor {
                above_value: Nat::from(100_000_000_000_u64),
                approvals: 1,
                delay_ns: HOUR,
            }),
        },
        assets: vec![wire::AssetChange { asset: 1, limits: Some(limits) }],
    }
}

fn limits() -> Limits {
    let window = |seconds, capacity_units: Option<u128>| wire::WindowStatus {
        seconds,
        used_units: 251_780_000,
        used_tx: 3,
        max_amount_units: capacity_units,
        max_bps_of_treasury: None,
        capacity_units,
        frees_at_ns: Some(AT + HOUR),
    };
    let status = wire::LimitsStatus {
        asset: 1,
        may_leave: true,
        windows: vec![window(3_600, None), window(86_400, Some(1_500_000_000))],
        held_units: 750_000,
        held_reservations: 1,
        free_units: None,
        balance_units: Some(1_748_220_000),
        balance_at_ns: Some(AT),
        price: None,
        price_is_fresh: false,
        inflow_units: 0,
    };
    let policy = policy();
    Limits::new(&status, &policy, &Names::new(&policy, &[]))
}

#[test]
fn the_guard_while_a_seal_is_active() {
    let seal = wire::Seal {
        id: 1,
        scope: wire::Scope::Purpose(wire::Purpose::Manual),
        sealed_by: someone(3),
        seat: Some(1),
        sealed_at_ns: AT,
        expires_at_ns: AT + 2 * HOUR,
        state: wire::SealState::Active,
        reason: "somebody has the treasurer's key\u{1b}[31m".to_owned(),
    };
    let alert = wire::Alert {
        id: 4,
        level: wire::AlertLevel::Warning,
        kind: "SealActive".to_owned(),
        component: "seal:1".to_owned(),
        value: 7_200,
        threshold: 0,
        first_at_ns: AT,
        last_at_ns: AT,
        count: 1,
        state: wire::AlertState::Firing,
        handled_by: None,
        contact: None,
    };
    let chair = wire::Seat {
        id: 1,
        scope: wire::Scope::Destination(ByteBuf::from([7; 32])),
        holder: someone(3),
        state: wire::SeatState::Used,
        heartbeat_ns: 24 * HOUR,
        alive_until_ns: AT + 24 * HOUR,
        armed_at_ns: AT,
        times_armed: 1,
        times_used: 1,
    };
    let breaker = wire::CircuitBreaker {
        service: wire::Service::Ledger(1),
        state: wire::CircuitState::Open,
        since_ns: AT,
        until_ns: Some(AT + HOUR),
        times_opened: 1,
        failures: 8,
        samples: 9,
    };
    let breakers = Breakers::from([breaker].as_slice());
    snapshot("breakers", &breakers);
    let status = Status {
        health: "degraded",
        mode: "full",
        reasons: vec!["seals: 1 is active".to_owned()],
        policy_version: 3,
        seals: vec![(&seal).into()],
        breakers: breakers.items,
        solvent: true,
        alerts: vec![(&alert).into()],
        has_more_alerts: false,
        seats: vec![(&chair).into()],
        limits: vec![limits()],
    };
    snapshot("guard_status", &status);
    snapshot("limits", &LimitsList { policy_version: 3, items: vec![limits()] });
}

#[test]
fn the_policy_a_change_and_the_ways_out() {
    let policy = policy();
    snapshot("rules", &Shown::from(&policy));
    let change = wire::PolicyChangeView {
        id: 7,
        change: wire::PolicyChange { assets: policy.assets.clone(), ..Default::default() },
        state: wire::PolicyChangeState::Proposed,
        proposed_by: someone(1),
        proposed_at_ns: AT,
        eta_ns: AT + 48 * HOUR,
        loosens: vec!["assets[1].max_per_tx".to_owned()],
        ended_at_ns: None,
    };
    snapshot("policy_change", &Change::from(&change));
    let needs = wire::Requirements { policy_version: 3, tier: 1, approvals: 2, delay_ns: HOUR };
    let path = |way: &str, purpose, who: &[&str], wait_ns| wire::OutflowPath {
        way: way.to_owned(),
        purpose,
        destination: "known".to_owned(),
        who: who.iter().map(ToString::to_string).collect(),
        parts: None,
        wait_ns,
        requirements: Some(needs),
        denial: None,
    };
    let denial = wire::Denial {
        rule: "max_per_tx".to_owned(),
        remaining_units: 1_000_000_000,
        retry_at_ns: None,
        reason: "it is more than one outflow of this asset may have".to_owned(),
    };
    let closed = wire::OutflowPath {
        requirements: None,
        denial: Some(denial),
        ..path("direct", wire::Purpose::Manual, &[], 0)
    };
    let parts =
        wire::OutflowPath { parts: Some(2), ..path("in_parts", wire::Purpose::Manual, &[], 0) };
    let after = |purpose| path("after_policy_change", purpose, &["Governor"], 48 * HOUR);
    let paths = [closed, parts, after(wire::Purpose::Grant), after(wire::Purpose::Manual)];
    let names = Names::new(&policy, &[]);
    snapshot("explanation", &Explanation::new(1, 1_000_010_000, &paths, &names));
}
