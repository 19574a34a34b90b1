//! The metric families of the hands.

use execution_core::types::IntentState;
use granary_metrics::{Exposition, Family, Unit};
use granary_resilience::breaker::{Breaker, BreakerState};

use crate::state::{self, Hands};

const INTENTS: Family =
    Family::gauge("execution_intents_stored", Unit::Count, "Stored intents by state.");
const UNBOOKED: Family = Family::gauge(
    "execution_intents_unbooked",
    Unit::Count,
    "Settled intents that the books or the guard do not know yet.",
);
const STRUGGLING: Family = Family::gauge(
    "execution_intents_struggling",
    Unit::Count,
    "Intents whose newest steps failed several times in a row.",
);
const SHORT: Family =
    Family::gauge("execution_intents_short", Unit::Count, "Intents that wait for money.");
const ORPHANS: Family = Family::gauge(
    "execution_orphans_open",
    Unit::Count,
    "Payments without an intent that nobody explained.",
);
const SENDS: Family = Family::counter(
    "execution_transfers_sent_total",
    Unit::Count,
    "Transfers that were sent, by whether they repeat one without an answer.",
);
const SETTLED: Family = Family::counter(
    "execution_intents_settled_total",
    Unit::Count,
    "Intents of which it was learnt that the money moved.",
);
const LATENCY: Family = Family::counter(
    "execution_settle_seconds_total",
    Unit::Seconds,
    "Time from submission to settlement, summed over all settled intents.",
);
const OPEN: Family = Family::gauge(
    "execution_breaker_open",
    Unit::Count,
    "Whether a peer is left alone: 1 open, 0 closed or being tried.",
);
const FEES: Family = Family::counter(
    "execution_fee_questions_total",
    Unit::Count,
    "Questions for a ledger's fee, by whether it was remembered.",
);

/// Every family only this canister exports, in the order of the scrape.
pub const FAMILIES: &[Family] =
    &[INTENTS, UNBOOKED, STRUGGLING, SHORT, ORPHANS, SENDS, SETTLED, LATENCY, OPEN, FEES];

/// Writes them.
pub fn own(store: &Hands, text: &mut Exposition) {
    let totals = store.totals();
    let labels = IntentState::ALL.map(|state| [("state", state.name())]);
    let states: Vec<(granary_metrics::Labels<'_>, u128)> = labels
        .iter()
        .zip(IntentState::ALL)
        .map(|(label, state)| (label.as_slice(), totals.count(state).into()))
        .collect();
    text.labelled(&INTENTS, &states);
    text.value(&UNBOOKED, totals.unbooked.into());
    text.value(&STRUGGLING, totals.struggling.into());
    text.value(&SHORT, totals.short.into());
    text.value(&ORPHANS, totals.orphans.into());
    let first = totals.sends.saturating_sub(totals.probes);
    text.labelled(
        &SENDS,
        &[(&[("kind", "first")], first.into()), (&[("kind", "probe")], totals.probes.into())],
    );
    text.value(&SETTLED, totals.settled.into());
    text.value(&LATENCY, totals.settle_seconds.into());
    let open = |breaker: &Breaker| u128::from(matches!(breaker.state(), BreakerState::Open { .. }));
    text.labelled(
        &OPEN,
        &[
            (&[("peer", "risk_guard")], open(&totals.guard)),
            (&[("peer", "portfolio")], open(&totals.books)),
        ],
    );
    let (hits, misses) = state::fee_cache();
    text.labelled(
        &FEES,
        &[(&[("answer", "remembered")], hits.into()), (&[("answer", "asked")], misses.into())],
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
    fn generated_metrics_section_is_current() {
        let own = granary_metrics::markdown(FAMILIES);
        granary_build::generated_section("docs/METRICS.md", "execution", &own);
    }
}
