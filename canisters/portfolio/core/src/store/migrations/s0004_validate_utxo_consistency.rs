//! The unspent outputs are compared with the balances they stand for (P5), before the first
//! commitment is made of either.

use granary_stable::migrate::{Budget, MigrationFault, Piece, Step, StepKind};
use ic_stable_structures::Memory;

use super::{PIECE, position};
use crate::invariants::outputs_of;
use crate::store::Store;
use crate::types::AccountId;

const NAME: &str = "validate_utxo_consistency";

/// From schema 3 to schema 4.
pub(super) const fn step<M: Memory + 'static>() -> Step<Store<M>> {
    Step {
        from: 3,
        to: 4,
        name: NAME,
        kind: StepKind::Chunked,
        total: |store| store.accounts.len(),
        run,
    }
}

/// Compares account by account. It changes nothing but its place, and what it finds stops the
/// migration: no commitment is made of books that contradict themselves.
fn run<M: Memory + 'static>(
    store: &mut Store<M>,
    cursor: &[u8],
    budget: Budget<'_>,
) -> Result<Piece, MigrationFault> {
    let mut at = position(cursor);
    let mut done: u64 = 0;
    while let Some(row) = store.accounts.get(at) {
        if done >= PIECE || !budget() {
            return Ok(Piece::More { cursor: at.to_be_bytes().to_vec(), done });
        }
        let Some(id) = AccountId::from_slot(at) else { break };
        if let Some(sum) = outputs_of(store, id)
            && sum != row.balance
        {
            let message =
                format!("account {id} has {} and its outputs are worth {sum}", row.balance);
            return Err(MigrationFault::Step { name: NAME, message });
        }
        at = at.saturating_add(1);
        done = done.saturating_add(1);
    }
    store.first_proofs();
    Ok(Piece::Complete { done })
}
