//! The metric families of the books.

use granary_metrics::{Exposition, Family, Unit};

use crate::state::Books;

const ENTITIES: Family =
    Family::gauge("books_entities_stored", Unit::Count, "Stored entities by kind.");
const PORTFOLIOS: Family =
    Family::gauge("books_portfolios", Unit::Count, "Users with at least one account.");
const SUSPENSE: Family =
    Family::gauge("books_assets_in_suspense", Unit::Count, "Assets whose Suspense is not at zero.");
const FAILING: Family = Family::gauge(
    "books_reconciliations_failing",
    Unit::Count,
    "Assets whose newest reconciliation got no answer it could use.",
);

/// Every family only this canister exports, in the order of the scrape.
pub const FAMILIES: &[Family] = &[ENTITIES, PORTFOLIOS, SUSPENSE, FAILING];

/// Writes them.
pub fn own(store: &Books, text: &mut Exposition) {
    text.labelled(
        &ENTITIES,
        &[
            (&[("kind", "asset")], store.asset_count().into()),
            (&[("kind", "account")], store.account_count().into()),
            (&[("kind", "entry")], store.entry_count().into()),
            (&[("kind", "posting")], store.posting_count().into()),
        ],
    );
    let totals = store.totals();
    text.value(&PORTFOLIOS, totals.portfolios.into());
    text.value(&SUSPENSE, totals.in_suspense.into());
    let failing =
        store.all_assets().filter(|(id, _)| store.reconciliation(*id).failures > 0).count();
    text.value(&FAILING, u128::try_from(failing).unwrap_or(u128::MAX));
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
        granary_build::generated_section("docs/METRICS.md", "portfolio", &own);
    }
}
