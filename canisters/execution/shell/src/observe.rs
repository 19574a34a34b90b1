//! What operators see of the hands: health, metrics, figures.

pub mod families;

use execution_core::limits;
use execution_core::records::Totals;
use execution_core::types::{IntentState, Timestamp};
use granary_api::common::HealthStatus;
use granary_health::Check;
use granary_resilience::breaker::BreakerState;

use crate::state::Hands;

/// The components of health that only the hands have; O(1).
pub fn checks(store: &Hands, now: Timestamp) -> Vec<Check> {
    let totals = store.totals();
    let (bad, worst) = (HealthStatus::Degraded, HealthStatus::Critical);
    let count = |name, status, count: u64, what: &str| {
        if count == 0 {
            return Check::healthy(name);
        }
        Check::not_healthy(name, status, format!("{count} {what}"))
    };
    let is_open = |state| matches!(state, BreakerState::Open { .. });
    let broken = is_open(totals.guard.state()) || is_open(totals.books.state());
    vec![
        unknown(store, &totals, now),
        count(
            "quarantine",
            worst,
            totals.count(IntentState::Quarantined),
            "intents wait for a governor's finding",
        ),
        count("forgotten", worst, totals.orphans, "payments that no intent explains"),
        count("suspense", bad, totals.for_people, "payments that people must correct in the books"),
        count("funds", bad, totals.short, "intents wait for money"),
        count("struggling", bad, totals.struggling, "intents whose steps fail again and again"),
        Check::require("peers", !broken, bad, "risk_guard or portfolio is not asked for a while"),
        Check::capacity("intents", store.intent_count(), limits::MAX_INTENTS),
        Check::capacity("open_intents", totals.open(), limits::MAX_OPEN),
    ]
}

/// An outcome nobody knows for too long. The one that came first is the one that waits longest.
fn unknown(store: &Hands, totals: &Totals, now: Timestamp) -> Check {
    let states = [IntentState::Unknown, IntentState::Reconciling];
    if states.iter().all(|state| totals.count(*state) == 0) {
        return Check::healthy("unknown");
    }
    let oldest = states.into_iter().filter_map(|state| store.oldest(totals, state)).min();
    let late = oldest.is_some_and(|since| now.saturating_since(since) > limits::UNKNOWN_ALARM);
    if !late {
        return Check::healthy("unknown");
    }
    let count: u64 = states.iter().fold(0, |sum, state| sum.saturating_add(totals.count(*state)));
    let text = format!("{count} transfers of which nobody knows whether they moved money");
    Check::not_healthy("unknown", HealthStatus::Critical, text)
}

/// What the page for people shows.
pub fn figures(store: &Hands) -> Vec<(&'static str, String)> {
    let totals = store.totals();
    let count = |state| totals.count(state).to_string();
    let unknown =
        totals.count(IntentState::Unknown).saturating_add(totals.count(IntentState::Reconciling));
    vec![
        ("Intents", store.intent_count().to_string()),
        ("On their way", totals.open().to_string()),
        ("Await approval", count(IntentState::AwaitingApproval)),
        ("Settled", count(IntentState::Settled)),
        ("Unknown", unknown.to_string()),
        ("In quarantine", count(IntentState::Quarantined)),
        ("Wait for money", totals.short.to_string()),
        ("Forgotten payments", totals.orphans.to_string()),
    ]
}
