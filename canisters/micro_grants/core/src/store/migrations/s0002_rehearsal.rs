//! The drill of a chunked migration: every application is read and written again, a hundred in each
//! message. Only with the feature `rehearsal`; the next real step takes its number.

use granary_stable::migrate::{Budget, MigrationFault, Piece, Step, StepKind};
use ic_stable_structures::Memory;

use crate::store::Store;

/// Applications one message goes through.
const PIECE: u64 = 100;

/// From schema 1 to schema 2.
pub(super) const fn step<M: Memory + 'static>() -> Step<Store<M>> {
    Step {
        from: 1,
        to: 2,
        name: "s0002_rehearsal",
        kind: StepKind::Chunked,
        total: |store| store.applications.len(),
        run,
    }
}

fn run<M: Memory>(
    store: &mut Store<M>,
    cursor: &[u8],
    budget: Budget<'_>,
) -> Result<Piece, MigrationFault> {
    let mut at = cursor.try_into().map_or(0, u64::from_be_bytes);
    let mut done: u64 = 0;
    while let Some(row) = store.applications.get(at) {
        if done >= PIECE || !budget() {
            return Ok(Piece::More { cursor: at.to_be_bytes().to_vec(), done });
        }
        store.applications.write_part(at, 0, &row.head.part())?;
        at = at.saturating_add(1);
        done = done.saturating_add(1);
    }
    Ok(Piece::Complete { done })
}
