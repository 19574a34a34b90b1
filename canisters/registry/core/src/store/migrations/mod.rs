//! The steps from schema to schema, in order; each stays for ever.

use granary_stable::migrate::Step;
use ic_stable_structures::Memory;

use crate::store::Store;

mod s0002_risk_profiles;
mod s0003_migrate_user_schema;
mod s0004_update_wallet_format;
mod s0005_validate_user_consistency;

/// The steps this code knows.
pub(super) const fn steps<M: Memory + 'static>() -> &'static [Step<Store<M>>] {
    const {
        &[
            s0002_risk_profiles::step(),
            s0003_migrate_user_schema::step(),
            s0004_update_wallet_format::step(),
            s0005_validate_user_consistency::step(),
        ]
    }
}

/// The slot a cursor names; the first without one.
fn slot_of(cursor: &[u8]) -> u64 {
    cursor.try_into().map_or(0, u64::from_be_bytes)
}
