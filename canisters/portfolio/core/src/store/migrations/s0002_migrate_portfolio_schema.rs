//! Accounts get balances of a sign and 128 bits and hang in one chain per owner.

use granary_stable::keys::FixedKey;
use granary_stable::migrate::{Budget, MigrationFault, Piece, Step, StepKind};
use ic_stable_structures::Memory;

use super::{PIECE, position};
use crate::records::AccountRow;
use crate::store::Store;
use crate::types::{AccountId, Owner};

/// From schema 1 to schema 2.
pub(super) const fn step<M: Memory + 'static>() -> Step<Store<M>> {
    Step {
        from: 1,
        to: 2,
        name: "migrate_portfolio_schema",
        kind: StepKind::Chunked,
        total: |store| store.accounts.len(),
        run,
    }
}

fn run<M: Memory>(
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
        let before = store.owners.insert(&FixedKey(row.owner.key()), id.get())?;
        let owner_prev = before.and_then(AccountId::new);
        if before.is_none() && matches!(row.owner, Owner::User(_)) {
            let mut totals = store.totals();
            totals.portfolios = totals.portfolios.saturating_add(1);
            store.totals.set(0, &totals)?;
        }
        store.accounts.set(at, &AccountRow { owner_prev, ..row })?;
        at = at.saturating_add(1);
        done = done.saturating_add(1);
    }
    Ok(Piece::Complete { done })
}
