//! Entries name their asset with the block, postings carry a sign and 128 bits, and every external
//! reference goes into the index, where a block that was booked twice is found out (P7).

use granary_stable::migrate::{Budget, MigrationFault, Piece, Step, StepKind};
use ic_stable_structures::Memory;

use super::{PIECE, position};
use crate::records::EntryRow;
use crate::store::Store;
use crate::types::EntryId;

const NAME: &str = "update_transaction_format";

/// From schema 2 to schema 3.
pub(super) const fn step<M: Memory + 'static>() -> Step<Store<M>> {
    Step {
        from: 2,
        to: 3,
        name: NAME,
        kind: StepKind::Chunked,
        total: |store| store.entries.len(),
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
    while at < store.entries.len() {
        if done >= PIECE || !budget() {
            return Ok(Piece::More { cursor: at.to_be_bytes().to_vec(), done });
        }
        let Some(id) = EntryId::from_slot(at) else { break };
        rewrite(store, id)?;
        at = at.saturating_add(1);
        done = done.saturating_add(1);
    }
    Ok(Piece::Complete { done })
}

fn rewrite<M: Memory>(store: &mut Store<M>, id: EntryId) -> Result<(), MigrationFault> {
    let missing = |_| fault(format!("entry {id} cannot be read"));
    let (_, row) = store.entry_row(id.wire()).map_err(missing)?;
    for posting in row.postings() {
        let leg = store.posting(posting);
        store.postings.set(posting.slot(), &leg)?;
    }
    if let Some(reference) = &row.external_ref {
        let before = store.references.insert(&reference.key(), id.get())?;
        if let Some(other) = before.filter(|other| *other != id.get()) {
            return Err(fault(format!("entries {other} and {id} book the same reference")));
        }
    }
    store.entries.set(id.slot(), &EntryRow { old_block: None, ..row })?;
    Ok(())
}

const fn fault(message: String) -> MigrationFault {
    MigrationFault::Step { name: NAME, message }
}
