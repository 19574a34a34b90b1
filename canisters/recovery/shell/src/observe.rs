//! What people and machines see of the canister's condition, besides what they see of every
//! canister of the suite. Everything here is O(1).

pub mod families;

use granary_api::common::HealthStatus;
use granary_health::Check;
use granary_units::Timestamp;
use recovery_core::limits;
use recovery_core::types::StateKind;

use crate::state::Healer;

/// The parts of the canister that only it has, and how they are. A governor that fails is no
/// reason to call this canister critical: it is there for that.
pub fn checks(store: &Healer, now: Timestamp) -> Vec<Check> {
    let (totals, bad) = (store.totals(), HealthStatus::Degraded);
    let all = totals.counts.iter().fold(0_u64, |sum, count| sum.saturating_add(*count));
    let fails = store.outlook().failing_since.is_some();
    let ends = |since: Timestamp| {
        since.saturating_add(store.config().delays.lease).saturating_add(limits::CALL_LEASE)
    };
    let stuck = totals.running.is_some_and(|(_, since)| now > ends(since));
    let asked = store.outlook().last.map_or(store.header().installed_at, |(at, _)| at);
    let asks = now.saturating_since(asked).as_nanos() <= 3 * limits::WATCH_EVERY.as_nanos();
    vec![
        Check::require("governor", !fails, bad, "the governor's health check fails"),
        Check::require("watch", asks, bad, "the governor was not asked how it is for 30 minutes"),
        Check::require("execution", !stuck, bad, "an execution takes longer than its lease"),
        Check::capacity("requests", all, limits::MAX_REQUESTS),
    ]
}

/// The rows of the page for people.
pub fn figures(store: &Healer) -> Vec<(&'static str, String)> {
    let totals = store.totals();
    let committee = &store.config().committee;
    let mut rows: Vec<(&'static str, String)> = StateKind::ALL
        .into_iter()
        .map(|state| (state.name(), totals.in_state(state).to_string()))
        .collect();
    let seen = store.outlook().last.map_or("not asked yet", |(_, seen)| seen.name());
    rows.extend([
        ("Governor", seen.to_owned()),
        ("Members", committee.members.len().to_string()),
        ("Quorum", committee.quorum.to_string()),
    ]);
    rows
}
