//! The state is compared with itself before the schema counts as reached: every user, identity,
//! wallet, address, profile and role, and the counts beside the indexes (U1 to U8).
//!
//! A contradiction stops the migration where it is: the state stays usable and Degraded, and
//! `validate_state` lists everything that is wrong.

use granary_kernel::CanisterStore;
use granary_stable::migrate::{Budget, MigrationFault, Piece, Step, StepKind};
use ic_stable_structures::Memory;

use crate::invariants;
use crate::store::Store;

const NAME: &str = "s0005_validate_user_consistency";
/// Entities one question to the budget stands for.
const STRIDE: u32 = 10;

/// From schema 4 to schema 5.
pub(super) const fn step<M: Memory + 'static>() -> Step<Store<M>> {
    Step { from: 4, to: 5, name: NAME, kind: StepKind::Chunked, total: CanisterStore::records, run }
}

fn run<M: Memory + 'static>(
    store: &mut Store<M>,
    cursor: &[u8],
    budget: Budget<'_>,
) -> Result<Piece, MigrationFault> {
    let mut cursor =
        if cursor.is_empty() { invariants::behind_the_journal(store) } else { cursor.to_vec() };
    let mut done: u64 = 0;
    while budget() {
        let report = invariants::check(store, Some(&cursor), STRIDE)
            .map_err(|fault| step_fault(format!("{fault:?}")))?;
        if let Some(found) = report.violations.first() {
            let text = format!("{} {}: {} ({})", found.entity, found.id, found.message, found.rule);
            return Err(step_fault(text));
        }
        done = done.saturating_add(report.checked);
        match report.next {
            Some(next) => cursor = next,
            None => return Ok(Piece::Complete { done }),
        }
    }
    Ok(Piece::More { cursor, done })
}

const fn step_fault(message: String) -> MigrationFault {
    MigrationFault::Step { name: NAME, message }
}
