//! The metric families that only this canister has.

use granary_metrics::{Exposition, Family, Unit};

use crate::observe::rule_names;
use crate::state::Guard;

const RESERVATIONS: Family =
    Family::gauge("risk_reservations", Unit::Count, "Reservations by state.");
const DENIED: Family =
    Family::counter("risk_outflows_denied_total", Unit::Count, "Outflows denied, by rule.");
const FIRING: Family = Family::gauge("risk_alerts_firing", Unit::Count, "Alerts firing, by level.");
const SEALS: Family = Family::gauge("risk_seals_active", Unit::Count, "Seals that are active.");
const SEATS: Family = Family::gauge("risk_seats_armed", Unit::Count, "Guardians' seats armed.");
const BREAKERS: Family =
    Family::gauge("risk_breakers_open", Unit::Count, "Circuit breakers that are not closed.");
const VERSION: Family = Family::gauge("risk_policy_version", Unit::Count, "Version of the policy.");
const SOLVENT: Family =
    Family::gauge("risk_solvent", Unit::Count, "1 while the treasury has what it owes.");

/// Every family of this canister, in the order of the scrape.
pub const FAMILIES: &[Family] =
    &[RESERVATIONS, DENIED, FIRING, SEALS, SEATS, BREAKERS, VERSION, SOLVENT];

/// Writes the figures of this canister.
pub fn write(store: &Guard, text: &mut Exposition) {
    let totals = store.totals();
    let [held, committed, released, expired] = totals.reservations.map(u128::from);
    text.labelled(
        &RESERVATIONS,
        &[
            (&[("state", "held")], held),
            (&[("state", "committed")], committed),
            (&[("state", "released")], released),
            (&[("state", "expired")], expired),
        ],
    );
    let labels = rule_names().map(|rule| [("rule", rule)]);
    let rows: Vec<(&[(&str, &str)], u128)> = labels
        .iter()
        .zip(totals.denied)
        .map(|(label, count)| (label.as_slice(), u128::from(count)))
        .collect();
    text.labelled(&DENIED, &rows);
    let [info, warning, critical] = totals.firing.map(u128::from);
    text.labelled(
        &FIRING,
        &[
            (&[("level", "info")], info),
            (&[("level", "warning")], warning),
            (&[("level", "critical")], critical),
        ],
    );
    text.value(&SEALS, totals.seals.len().into());
    text.value(&SEATS, totals.armed.into());
    text.value(&BREAKERS, totals.open_breakers.into());
    text.value(&VERSION, store.rules().version.into());
    text.value(&SOLVENT, u128::from(!totals.is_insolvent));
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
        granary_build::generated_section("docs/METRICS.md", "risk_guard", &own);
    }
}
