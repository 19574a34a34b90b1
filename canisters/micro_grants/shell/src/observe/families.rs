//! The metric families that only this canister has.

use granary_metrics::{Exposition, Family, Unit};

use crate::state::Grants;

const SUBMITTED: Family = Family::counter(
    "grants_applications_submitted_total",
    Unit::Count,
    "Applications ever submitted; drafts do not count.",
);
const DECIDED: Family =
    Family::gauge("grants_applications_decided", Unit::Count, "Applications by decision.");
const REQUESTED: Family =
    Family::gauge("grants_requested_units", Unit::Units, "Sum of all submitted requests.");
const APPROVED: Family =
    Family::gauge("grants_approved_units", Unit::Units, "Sum of all approved requests.");
const PROCESSING: Family = Family::gauge(
    "grants_processing_average_seconds",
    Unit::Seconds,
    "Mean time from submission to decision.",
);
const AVAILABLE: Family = Family::gauge(
    "grants_budget_available_units",
    Unit::Units,
    "Budget not yet awarded, over all programmes.",
);
const REVIEWERS: Family =
    Family::gauge("grants_reviewers_active", Unit::Count, "Reviewer seats over all programmes.");
const ENTITIES: Family =
    Family::gauge("grants_entities_stored", Unit::Count, "Stored entities by kind.");
const STUCK: Family =
    Family::gauge("grants_payouts_stuck", Unit::Count, "Payouts that wait for a person, by state.");

/// Every family of this canister, in the order of the scrape.
pub const FAMILIES: &[Family] =
    &[SUBMITTED, DECIDED, REQUESTED, APPROVED, PROCESSING, AVAILABLE, REVIEWERS, ENTITIES, STUCK];

/// Writes the figures of this canister.
pub fn write(store: &Grants, text: &mut Exposition) {
    let totals = store.totals();
    text.value(&SUBMITTED, totals.submitted.into());
    text.labelled(
        &DECIDED,
        &[
            (&[("decision", "approved")], totals.approved.into()),
            (&[("decision", "rejected")], totals.rejected.into()),
        ],
    );
    text.value(&REQUESTED, totals.requested);
    text.value(&APPROVED, totals.approved_units);
    text.value(&PROCESSING, (totals.average_processing_ns() / 1_000_000_000).into());
    text.value(&AVAILABLE, totals.available);
    text.value(&REVIEWERS, totals.reviewers.into());
    let [programs, applications, grants, payouts] = store.counts();
    text.labelled(
        &ENTITIES,
        &[
            (&[("kind", "program")], programs.into()),
            (&[("kind", "application")], applications.into()),
            (&[("kind", "grant")], grants.into()),
            (&[("kind", "payout")], payouts.into()),
        ],
    );
    text.labelled(
        &STUCK,
        &[
            (&[("state", "failed")], totals.failed.into()),
            (&[("state", "quarantined")], totals.quarantined.into()),
        ],
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_families_are_well_named() {
        assert_eq!(granary_metrics::validate(FAMILIES), Ok(FAMILIES.len()));
    }

    #[test]
    fn generated_metrics_sections_are_current() {
        let common = granary_env::suite::families::markdown();
        granary_build::generated_section("docs/METRICS.md", "Every canister", &common);
        let own = granary_metrics::markdown(FAMILIES);
        granary_build::generated_section("docs/METRICS.md", "micro_grants", &own);
    }
}
