//! The steps from schema to schema, in order. Schema 1 is the first, so there is none yet; the
//! next one comes as `s0002_<what>.rs` with its row here, and stays for ever.

use granary_stable::migrate::Step;
use ic_stable_structures::Memory;

use crate::store::Store;

#[cfg(feature = "rehearsal")]
mod s0002_rehearsal;

/// The steps this code knows.
#[cfg(not(feature = "rehearsal"))]
pub(super) const fn steps<M: Memory + 'static>() -> &'static [Step<Store<M>>] {
    &[]
}

/// The steps of the drill.
#[cfg(feature = "rehearsal")]
pub(super) const fn steps<M: Memory + 'static>() -> &'static [Step<Store<M>>] {
    const { &[s0002_rehearsal::step()] }
}
