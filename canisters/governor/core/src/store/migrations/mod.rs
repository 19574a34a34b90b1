//! The steps from schema to schema, in order; each stays for ever. Schema 1 is the first.

use granary_stable::migrate::Step;
use ic_stable_structures::Memory;

use crate::store::Store;

/// The steps this code knows.
pub(super) const fn steps<M: Memory + 'static>() -> &'static [Step<Store<M>>] {
    &[]
}
