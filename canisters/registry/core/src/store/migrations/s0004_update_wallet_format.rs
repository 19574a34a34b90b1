//! Every wallet's row gets its new shape: the address in parts with its key instead of a text, a
//! place among its user's wallets that are not revoked, and an entry in the index of verified
//! addresses.
//!
//! Schema 1 let two users verify the same address. The earlier wallet keeps it; the later one
//! becomes unverified, which the journal says.

use granary_kernel::Ctx;
use granary_stable::migrate::{Budget, MigrationFault, Piece, Step, StepKind};
use ic_stable_structures::Memory;

use crate::store::Store;
use crate::store::commit::unverified;
use crate::types::{Principal, WalletId};

/// From schema 3 to schema 4.
pub(super) const fn step<M: Memory + 'static>() -> Step<Store<M>> {
    Step {
        from: 3,
        to: 4,
        name: "s0004_update_wallet_format",
        kind: StepKind::Chunked,
        total: |store| store.wallets.len(),
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
    let mut events = vec![];
    let mut totals = store.totals();
    let is_complete = loop {
        if at >= store.wallets.len() {
            break true;
        }
        if !budget() {
            break false;
        }
        let other = store.renew_wallet(at, &mut totals);
        if let (Some(_), Some(id)) = (other, WalletId::from_slot(at)) {
            let user = store.wallets.get(at).map(|row| row.head.user);
            events.extend(user.map(|user| unverified(id, user)));
        }
        at = at.saturating_add(1);
        done = done.saturating_add(1);
    };
    store.totals.set(0, &totals)?;
    // Nobody acts in a migration: the code that brought it does, since it was installed.
    let now = store.header().upgraded_at;
    let ctx = Ctx { now, actor: Principal::management_canister(), trace_id: 0 };
    store.record(&events, &ctx);
    if is_complete {
        return Ok(Piece::Complete { done });
    }
    Ok(Piece::More { cursor: at.to_be_bytes().to_vec(), done })
}
