//! Every user's row gets its new shape and its place in the list of its status.
//!
//! Meanwhile rows of both shapes are read, a row that is written gets the new shape at once, and
//! only the lists by status are refused.

use granary_stable::migrate::{Budget, MigrationFault, Piece, Step, StepKind};
use ic_stable_structures::Memory;

use crate::store::Store;

/// From schema 2 to schema 3.
pub(super) const fn step<M: Memory + 'static>() -> Step<Store<M>> {
    Step {
        from: 2,
        to: 3,
        name: "s0003_migrate_user_schema",
        kind: StepKind::Chunked,
        total: |store| store.users.len(),
        run,
    }
}

fn run<M: Memory + 'static>(
    store: &mut Store<M>,
    cursor: &[u8],
    budget: Budget<'_>,
) -> Result<Piece, MigrationFault> {
    let mut at = super::slot_of(cursor);
    let mut done: u64 = 0;
    let mut totals = store.totals();
    let is_complete = loop {
        if at >= store.users.len() {
            break true;
        }
        if !budget() {
            break false;
        }
        store.renew_user(at, &mut totals);
        at = at.saturating_add(1);
        done = done.saturating_add(1);
    };
    store.totals.set(0, &totals)?;
    if is_complete {
        return Ok(Piece::Complete { done });
    }
    Ok(Piece::More { cursor: at.to_be_bytes().to_vec(), done })
}
