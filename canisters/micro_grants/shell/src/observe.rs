//! What people and machines see of the canister's condition, besides what they see of every
//! canister of the suite. Everything here is O(1).

pub mod families;

use granary_api::common::HealthStatus;
use granary_api::micro_grants as m;
use granary_env::origin;
use granary_env::suite::Host;
use granary_health::Check;
use granary_kernel::{Ctx, Principal};
use granary_units::Timestamp;
use micro_grants_core::limits;
use micro_grants_core::records::Totals;

use crate::flows::payout::refusal;
use crate::state::{Grants, Here};

/// The parts of the canister that only it has, and how they are.
pub fn checks(store: &Grants, now: Timestamp) -> Vec<Check> {
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
        payouts(store, &totals, now),
    ]
}

/// Payouts that need a person, or that wait for too long; the oldest one is named.
fn payouts(store: &Grants, totals: &Totals, now: Timestamp) -> Check {
    const NAME: &str = "payouts";
    let Some((id, head)) = store.oldest_unsettled(totals) else { return Check::healthy(NAME) };
    let Totals { failed, quarantined, .. } = *totals;
    let age = now.saturating_since(head.queued_at);
    if failed == 0 && quarantined == 0 && age < limits::PAYOUT_LATE {
        return Check::healthy(NAME);
    }
    let ctx = Ctx { now, actor: Principal::management_canister(), trace_id: 0 };
    let why = store.payout_reason(&ctx, &head).or_else(|| refusal(id.wire()));
    let mut reason = format!(
        "{failed} failed, {quarantined} need a person; the oldest that is not settled is {}, {} \
         for {} h",
        id.wire(),
        head.state.name(),
        age.as_secs() / 3_600,
    );
    if let Some(why) = why {
        reason.push_str(": ");
        reason.push_str(&why);
    }
    Check::not_healthy(NAME, HealthStatus::Degraded, reason)
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
        version: origin::version().to_owned(),
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
