//! What people and machines see of the canister's condition, besides what they see of every
//! canister of the suite. Everything here is O(1).

pub mod families;

use granary_api::common::HealthStatus;
use granary_health::Check;
use registry_core::types::UserStatus;

use crate::state::People;

/// The parts of the canister that only it has, and how they are.
pub fn checks(store: &People) -> Vec<Check> {
    let (totals, policies) = (store.totals(), store.policies());
    vec![
        Check::capacity("users", totals.all_users(), policies.max_users),
        Check::capacity(
            "registrations",
            totals.in_status(UserStatus::Pending),
            policies.max_pending,
        ),
        Check::require(
            "consistency",
            store.consistency().holds(),
            HealthStatus::Critical,
            "a count differs from its index; see validate_user_consistency",
        ),
    ]
}

/// The rows of the page for people.
pub fn figures(store: &People) -> Vec<(&'static str, String)> {
    let totals = store.totals();
    let [_, _, profiles, grants] = store.counts();
    let [unverified, verified, revoked] = totals.wallets;
    let mut rows: Vec<(&'static str, String)> = UserStatus::ALL
        .into_iter()
        .zip(["Users waiting", "Users active", "Users suspended", "Users closed"])
        .map(|(status, name)| (name, totals.in_status(status).to_string()))
        .collect();
    rows.extend([
        ("Wallets verified", verified.to_string()),
        ("Wallets unverified", unverified.to_string()),
        ("Wallets revoked", revoked.to_string()),
        ("Risk profiles", profiles.to_string()),
        ("Roles held", totals.live_grants.to_string()),
        ("Roles ever given", grants.to_string()),
    ]);
    rows
}
