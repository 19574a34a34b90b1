//! What people and machines see of the canister's condition, besides what they see of every
//! canister of the suite. Everything here is O(1).

pub mod families;

use granary_api::common::HealthStatus;
use granary_api::micro_grants as m;
use granary_env::suite::Host;
use granary_health::Check;

use crate::install::VERSION;
use crate::state::{Grants, Here};

/// The parts of the canister that only it has, and how they are.
pub fn checks(store: &Grants) -> Vec<Check> {
    let (totals, config) = (store.totals(), store.config());
    vec![
        Check::capacity("applications", totals.submitted, config.max_applications),
        Check::require(
            "budget",
            totals.available > 0,
            HealthStatus::Degraded,
            "no programme has budget left to award",
        ),
        Check::require(
            "trustees",
            totals.reviewers > 0,
            HealthStatus::Degraded,
            "no programme has reviewers",
        ),
    ]
}

/// The eight figures.
pub fn metrics() -> m::CanisterMetrics {
    let totals = Here::read(Grants::totals);
    m::CanisterMetrics {
        total_applications: totals.submitted,
        approved_applications: totals.approved,
        rejected_applications: totals.rejected,
        total_requested_units: totals.requested,
        total_approved_units: totals.approved_units,
        average_processing_ns: totals.average_processing_ns(),
        last_updated_ns: totals.last_updated.as_nanos(),
        version: VERSION.to_owned(),
    }
}

/// The rows of the page for people.
pub fn figures(store: &Grants) -> Vec<(&'static str, String)> {
    let (totals, symbol) = (store.totals(), &store.config().asset.symbol);
    let [programs, _, grants, payouts] = store.counts();
    vec![
        ("Programmes", programs.to_string()),
        ("Applications", totals.submitted.to_string()),
        ("Approved", totals.approved.to_string()),
        ("Rejected", totals.rejected.to_string()),
        ("Grants", grants.to_string()),
        ("Payouts", payouts.to_string()),
        ("Budget available", format!("{} smallest units of {symbol}", totals.available)),
    ]
}
