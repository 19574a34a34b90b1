//! The metric families that only this canister has.

use granary_metrics::{Exposition, Family, Unit};
use registry_core::types::{UserStatus, WalletStatus};

use crate::state::People;

const USERS: Family = Family::gauge("registry_users", Unit::Count, "Users by status.");
const IDENTITIES: Family =
    Family::gauge("registry_identities_linked", Unit::Count, "Identities of users not closed.");
const WALLETS: Family = Family::gauge("registry_wallets", Unit::Count, "Wallets by status.");
const PROFILES: Family =
    Family::gauge("registry_risk_profiles", Unit::Count, "Risk profiles defined.");
const GRANTS: Family =
    Family::counter("registry_role_grants_total", Unit::Count, "Roles ever given, ended ones too.");
const LIVE: Family =
    Family::gauge("registry_role_grants_live", Unit::Count, "Roles that have not ended.");

/// Every family of this canister, in the order of the scrape.
pub const FAMILIES: &[Family] = &[USERS, IDENTITIES, WALLETS, PROFILES, GRANTS, LIVE];

/// Writes the figures of this canister.
pub fn write(store: &People, text: &mut Exposition) {
    let totals = store.totals();
    let [pending, active, suspended, closed] =
        UserStatus::ALL.map(|status| u128::from(totals.in_status(status)));
    text.labelled(
        &USERS,
        &[
            (&[("status", "pending")], pending),
            (&[("status", "active")], active),
            (&[("status", "suspended")], suspended),
            (&[("status", "closed")], closed),
        ],
    );
    text.value(&IDENTITIES, totals.identities.into());
    let [unverified, verified, revoked] = totals.wallets.map(u128::from);
    const { assert!(WalletStatus::NAMES.len() == 3) };
    text.labelled(
        &WALLETS,
        &[
            (&[("status", "unverified")], unverified),
            (&[("status", "verified")], verified),
            (&[("status", "revoked")], revoked),
        ],
    );
    let [_, _, profiles, grants] = store.counts();
    text.value(&PROFILES, profiles.into());
    text.value(&GRANTS, grants.into());
    text.value(&LIVE, totals.live_grants.into());
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
        granary_build::generated_section("docs/METRICS.md", "registry", &own);
    }
}
