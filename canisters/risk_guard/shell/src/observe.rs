//! What operators see of the guard: health, metrics, figures. Everything here is O(1).

pub mod families;

use granary_api::common::HealthStatus;
use granary_health::Check;
use granary_units::Timestamp;
use risk_guard_core::limits;
use risk_guard_core::types::{Level, ReservationState, Rule};

use crate::state::Guard;

/// The components of health that only the guard has.
pub fn checks(store: &Guard, now: Timestamp) -> Vec<Check> {
    let totals = store.totals();
    let [_, warning, critical] = totals.firing;
    let mut checks = Vec::with_capacity(10);
    checks.push(if critical > 0 {
        let reason = format!("{critical} critical alerts fire");
        Check::not_healthy("alerts", HealthStatus::Critical, reason)
    } else if warning > 0 {
        Check::not_healthy("alerts", HealthStatus::Degraded, format!("{warning} alerts fire"))
    } else {
        Check::healthy("alerts")
    });
    checks.push(Check::require(
        "solvency",
        !totals.is_insolvent,
        HealthStatus::Critical,
        "the treasury owes more than it has: grants and plans are stopped",
    ));
    let has_books = totals.assets > 0 && store.base().peer("portfolio").is_some();
    let since = totals.refreshed_at.max(store.header().upgraded_at);
    checks.push(if has_books {
        let age = now.saturating_since(since).as_nanos();
        Check::heartbeat("treasury", age, limits::REFRESH_EVERY.as_nanos())
    } else {
        Check::healthy("treasury")
    });
    let used = store.reservation_count();
    checks.push(Check::capacity("reservations", used, limits::MAX_RESERVATIONS));
    checks
}

/// What the page for people shows.
pub fn figures(store: &Guard) -> Vec<(&'static str, String)> {
    let totals = store.totals();
    let [held, committed, released, expired] = totals.reservations;
    const { assert!(ReservationState::ALL.len() == 4) };
    let denied = totals.denied.iter().fold(0_u64, |sum, count| sum.saturating_add(*count));
    let [.., critical] = totals.firing;
    const { assert!(Level::ALL.len() == 3) };
    vec![
        ("Policy version", store.rules().version.to_string()),
        ("Assets that may leave", totals.assets.to_string()),
        ("Reservations held", held.to_string()),
        ("Committed", committed.to_string()),
        ("Released", released.to_string()),
        ("Expired", expired.to_string()),
        ("Denied", denied.to_string()),
        ("Active seals", totals.seals.len().to_string()),
        ("Armed seats", totals.armed.to_string()),
        ("Critical alerts", critical.to_string()),
        ("Open alerts", store.open_alert_count().to_string()),
    ]
}

/// Names of the rules, as labels.
pub fn rule_names() -> [&'static str; 12] {
    Rule::ALL.map(Rule::name)
}
