//! The standard risk profiles take the place of the class that users of schema 1 had. Three rows,
//! whatever the number of users: a user's row names its class's profile when it is read.

use granary_stable::migrate::{Budget, MigrationFault, Piece, Step, StepKind};
use ic_stable_structures::Memory;

use crate::store::Store;

/// From schema 1 to schema 2.
pub(super) const fn step<M: Memory + 'static>() -> Step<Store<M>> {
    Step { from: 1, to: 2, name: "s0002_risk_profiles", kind: StepKind::Eager, total: |_| 3, run }
}

fn run<M: Memory + 'static>(
    store: &mut Store<M>,
    _: &[u8],
    _: Budget<'_>,
) -> Result<Piece, MigrationFault> {
    // They exist since the state exists, as far as anybody who was given one can tell.
    let since = store.header().installed_at;
    store.put_standard_profiles(since)?;
    Ok(Piece::Complete { done: 3 })
}
