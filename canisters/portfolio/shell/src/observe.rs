//! What operators see of the books: health, metrics, figures.

pub mod families;

use granary_api::common::HealthStatus;
use granary_health::Check;
use granary_units::Timestamp;
use portfolio_core::limits;
use portfolio_core::rules::price::PriceStatus;
use portfolio_core::store::PriceView;

use crate::state::Books;

/// Runs that failed in a row after which an asset counts as not reconciled.
const MANY_FAILURES: u32 = 3;

/// Why no deposit is confirmed.
const REORG: &str = "Bitcoin changed its past deeper than is taken without a person";

/// The components of health that only the books have. Their work grows with the number of assets,
/// which is bounded.
pub fn checks(store: &Books, now: Timestamp) -> Vec<Check> {
    let (mut old, mut failing, mut open, mut unpriced) = (vec![], vec![], vec![], vec![]);
    let late = |since: Option<Timestamp>| {
        since.is_some_and(|since| now.saturating_since(since) >= limits::SUSPENSE_ALARM)
    };
    for (id, row) in store.all_assets() {
        let reconciliation = store.reconciliation(id);
        if late(row.suspense_since) {
            old.push(row.symbol.as_str().to_owned());
        }
        if late(reconciliation.since) {
            open.push(row.symbol.as_str().to_owned());
        }
        if reconciliation.failures >= MANY_FAILURES {
            failing.push(row.symbol.as_str().to_owned());
        }
        let stale = |price: PriceView| {
            price.row.source.is_some() && price.status != Some(PriceStatus::Fresh)
        };
        if store.price(id.wire(), now).is_ok_and(stale) {
            unpriced.push(row.symbol.as_str().to_owned());
        }
    }
    let entries = Check::capacity("entries", store.entry_count(), limits::MAX_ENTRIES);
    let accounts = Check::capacity("accounts", store.account_count(), limits::MAX_ACCOUNTS);
    vec![
        named("suspense", HealthStatus::Critical, &old, "value in suspense for more than a day"),
        named("differences", HealthStatus::Degraded, &open, "a difference open for over a day"),
        named("reconciliation", HealthStatus::Degraded, &failing, "a ledger that gives no answer"),
        named("prices", HealthStatus::Degraded, &unpriced, "a price that raises no limit"),
        Check::require("deposits", !store.deposits_frozen(), HealthStatus::Critical, REORG),
        entries,
        accounts,
    ]
}

fn named(name: &'static str, status: HealthStatus, assets: &[String], what: &str) -> Check {
    let reason = format!("{what}: {}", assets.join(", "));
    Check::require(name, assets.is_empty(), status, &reason)
}

/// What the page for people shows.
pub fn figures(store: &Books) -> Vec<(&'static str, String)> {
    let totals = store.totals();
    vec![
        ("Assets", store.asset_count().to_string()),
        ("Accounts", store.account_count().to_string()),
        ("Portfolios", totals.portfolios.to_string()),
        ("Entries", store.entry_count().to_string()),
        ("Assets with suspense", totals.in_suspense.to_string()),
        ("Outputs", store.utxo_count().to_string()),
        ("Commitments", store.epochs().to_string()),
    ]
}
