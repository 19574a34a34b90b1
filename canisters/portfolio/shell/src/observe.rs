//! What operators see of the books: health, metrics, figures.

pub mod families;

use granary_api::common::HealthStatus;
use granary_health::Check;
use granary_units::Timestamp;
use portfolio_core::limits;
use portfolio_core::store::Alarms;
use portfolio_core::types::AssetId;

use crate::state::Books;

/// Why no deposit is confirmed.
const REORG: &str = "Bitcoin changed its past deeper than is taken without a person";

/// The components of health that only the books have.
pub fn checks(store: &Books, now: Timestamp) -> Vec<Check> {
    let Alarms { suspense, differences, failing, unpriced } = store.alarms(now);
    let named = |name, status, assets: Vec<AssetId>, what: &str| {
        if assets.is_empty() {
            return Check::healthy(name);
        }
        let symbol = |id: AssetId| Some(store.asset(id.wire()).ok()?.1.symbol.as_str().to_owned());
        let symbols: Vec<String> = assets.into_iter().filter_map(symbol).collect();
        Check::not_healthy(name, status, format!("{what}: {}", symbols.join(", ")))
    };
    let entries = Check::capacity("entries", store.entry_count(), limits::MAX_ENTRIES);
    let accounts = Check::capacity("accounts", store.account_count(), limits::MAX_ACCOUNTS);
    let (bad, worst) = (HealthStatus::Degraded, HealthStatus::Critical);
    vec![
        named("suspense", worst, suspense, "value in suspense for more than a day"),
        named("differences", bad, differences, "a difference open for over a day"),
        named("reconciliation", bad, failing, "a ledger that gives no answer"),
        named("prices", bad, unpriced, "a price that raises no limit"),
        Check::require("deposits", !store.deposits_frozen(), worst, REORG),
        entries,
        accounts,
    ]
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
