//! Outputs as readers ask for them.

use granary_kernel::{Page, checks};
use ic_stable_structures::Memory;

use crate::errors::PortfolioError;
use crate::records::UtxoRow;
use crate::records::utxo::owner_key;
use crate::store::Store;
use crate::types::{AccountId, UtxoId};

/// An output with its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UtxoView {
    /// Its number.
    pub id: UtxoId,
    /// Its row.
    pub row: UtxoRow,
}

impl<M: Memory> Store<M> {
    /// The outputs of an account that the next look may change, and those that are held.
    pub(crate) fn live_utxos(&self, account: AccountId) -> Vec<UtxoId> {
        let (from, to) = (owner_key(account, true, 0), owner_key(account, false, 0));
        let tree = self.proofs.owners.map();
        tree.range(from..to).filter_map(|entry| UtxoId::new(entry.value())).collect()
    }

    /// Outputs of an account, live ones first, or of everybody by number; `after` is the number
    /// of the last one seen.
    pub fn list_utxos(
        &self,
        account: Option<AccountId>,
        after: Option<u64>,
        limit: u32,
    ) -> Result<Page<UtxoView>, PortfolioError> {
        let most = checks::page(limit, crate::limits::MAX_UTXO_PAGE)?;
        let view = |id: UtxoId| self.proofs.utxos.get(id.slot()).map(|row| UtxoView { id, row });
        let mut items = match account {
            None => {
                let first = after.unwrap_or(0);
                let ids = (first..self.proofs.utxos.len()).filter_map(UtxoId::from_slot);
                ids.filter_map(view).take(most.saturating_add(1)).collect::<Vec<_>>()
            }
            Some(account) => self.owned_after(account, after, most.saturating_add(1)),
        };
        let more = items.len() > most;
        items.truncate(most);
        let next = items.last().filter(|_| more).map(|view| view.id.wire());
        Ok(Page { items, next })
    }

    /// The list of an account behind an output, whose own row says where it stands.
    fn owned_after(&self, account: AccountId, after: Option<u64>, most: usize) -> Vec<UtxoView> {
        let known = after.and_then(UtxoId::from_wire);
        let row = known.and_then(|id| self.proofs.utxos.get(id.slot()).map(|row| (id, row)));
        let from = match row {
            Some((id, row)) => owner_key(account, row.state.is_live(), id.get().saturating_add(1)),
            None => owner_key(account, true, 0),
        };
        let to = owner_key(account, false, u32::MAX);
        let tree = self.proofs.owners.map();
        let ids = tree.range(from..=to).take(most);
        let ids = ids.filter_map(|entry| UtxoId::new(entry.value()));
        let view = |id: UtxoId| self.proofs.utxos.get(id.slot()).map(|row| UtxoView { id, row });
        ids.filter_map(view).collect()
    }

    /// Outputs the books ever knew.
    pub const fn utxo_count(&self) -> u64 {
        self.proofs.utxos.len()
    }
}
