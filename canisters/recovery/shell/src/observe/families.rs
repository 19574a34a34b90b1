//! The metric families that only this canister has.

use granary_metrics::{Exposition, Family, Unit};
use recovery_core::types::StateKind;

use crate::state::Healer;

const REQUESTS: Family =
    Family::gauge("recovery_requests_stored", Unit::Count, "Requests by state.");
const MEMBERS: Family =
    Family::gauge("recovery_committee_members", Unit::Count, "Members of the committee.");
const QUORUM: Family = Family::gauge(
    "recovery_committee_quorum",
    Unit::Count,
    "Members that must approve the same request.",
);
const FAILING: Family = Family::gauge(
    "recovery_governors_failing",
    Unit::Count,
    "1 while the governor's health check fails.",
);

/// Every family of this canister, in the order of the scrape.
pub const FAMILIES: &[Family] = &[REQUESTS, MEMBERS, QUORUM, FAILING];

/// Writes the figures of this canister.
pub fn write(store: &Healer, text: &mut Exposition) {
    let (totals, committee) = (store.totals(), &store.config().committee);
    let labels = StateKind::ALL.map(|state| [("state", state.name())]);
    let states: Vec<(granary_metrics::Labels<'_>, u128)> = labels
        .iter()
        .zip(StateKind::ALL)
        .map(|(label, state)| (label.as_slice(), totals.in_state(state).into()))
        .collect();
    text.labelled(&REQUESTS, &states);
    text.value(&MEMBERS, u128::try_from(committee.members.len()).unwrap_or_default());
    text.value(&QUORUM, committee.quorum.into());
    text.value(&FAILING, u128::from(store.outlook().failing_since.is_some()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_families_are_well_named() {
        assert_eq!(granary_metrics::validate(FAMILIES), Ok(FAMILIES.len()));
    }

    #[test]
    fn generated_metrics_section_is_current() {
        let own = granary_metrics::markdown(FAMILIES);
        granary_build::generated_section("docs/METRICS.md", "recovery", &own);
    }
}
