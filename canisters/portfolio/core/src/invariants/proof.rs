//! Outputs and commitments.

use granary_proof::tree::Nodes as _;
use ic_stable_structures::Memory;

use super::Check;
use crate::records::{AssetKind, UtxoRow};
use crate::store::Store;
use crate::types::{AccountId, Signed, UtxoId};

/// What the booked outputs of a Bitcoin account sum to; none for other accounts.
pub(crate) fn outputs_of<M: Memory>(store: &Store<M>, account: AccountId) -> Option<Signed> {
    let row = store.accounts.get(account.slot())?;
    let asset = store.assets.get(row.asset.slot())?;
    let AssetKind::Btc { .. } = asset.kind else { return None };
    // The world outside is the other side of every output; its account has none.
    if row.owner.may_be_negative() {
        return None;
    }
    let mut sum = 0_u128;
    for id in store.live_utxos(account) {
        let output = store.proofs.utxos.get(id.slot())?;
        if output.state.is_booked() {
            sum = sum.saturating_add(output.value.into());
        }
    }
    Some(Signed::plus(sum))
}

impl<M: Memory> Check<'_, M> {
    /// One output, and behind the last one account; false behind the last of these.
    pub(super) fn utxos(&mut self) -> bool {
        let at = self.cursor.position;
        let outputs = self.store.proofs.utxos.len();
        let more = match self.store.proofs.utxos.get(at) {
            Some(row) => {
                self.output(at, &row);
                true
            }
            None => self.outputs_of_account(at.saturating_sub(outputs)),
        };
        self.cursor.position = at.saturating_add(1);
        more
    }

    /// P4: every outpoint appears once, and every output stands in the list of its account.
    fn output(&mut self, slot: u64, row: &UtxoRow) {
        let number = slot.saturating_add(1);
        let Some(id) = UtxoId::from_slot(slot) else { return };
        let found = self.store.proofs.find(&row.outpoint()).map(|(id, _)| id);
        if found != Some(id) {
            let text = "the index of outpoints names another output";
            self.piece.violation("P4", "output", number, text);
        }
        if self.store.proofs.owners.get(&row.owner_key(id)) != Some(id.get()) {
            let text = "the list of its account does not have it in its place";
            self.piece.violation("P4", "output", number, text);
        }
        let owner = self.store.accounts.get(row.account.slot());
        if owner.is_none_or(|account| account.asset != row.asset) {
            self.piece.violation("P4", "output", number, "it belongs to no account of its asset");
        }
        self.piece.spend(1);
    }

    /// P5: the balance of a Bitcoin account is what its booked outputs are worth.
    fn outputs_of_account(&mut self, slot: u64) -> bool {
        let Some(id) = AccountId::from_slot(slot) else { return false };
        let Some(row) = self.store.accounts.get(slot) else { return false };
        if let Some(sum) = outputs_of(self.store, id)
            && sum != row.balance
        {
            let text = format!("the balance is {} and its outputs are worth {sum}", row.balance);
            self.piece.violation("P5", "account", id.wire(), text);
        }
        self.piece.spend(1);
        true
    }

    /// P12: each commitment names the one before it, and what it says about the entries is what
    /// the entries say. One commitment per call, then one entry; false behind the last.
    pub(super) fn commitments(&mut self) -> bool {
        let at = self.cursor.position;
        let epochs = self.store.proofs.commitments.len();
        let more = match self.store.proofs.commitments.get(at) {
            Some(row) => {
                self.epoch(at, row);
                true
            }
            None => self.committed_entry(at.saturating_sub(epochs)),
        };
        self.cursor.position = at.saturating_add(1);
        more
    }

    fn epoch(&mut self, slot: u64, row: crate::records::CommitmentRow) {
        let epoch = slot.saturating_add(1);
        let before = slot.checked_sub(1).and_then(|slot| self.store.proofs.commitments.get(slot));
        let previous = before.map(|row| row.hash).unwrap_or_default();
        let commitment = row.commitment;
        if commitment.epoch != epoch || commitment.previous != previous {
            let text = "it does not follow the commitment before it";
            self.piece.violation("P12", "commitment", epoch, text);
        }
        if commitment.hash() != row.hash {
            self.piece.violation("P12", "commitment", epoch, "its hash is another");
        }
        let built = self.store.proofs.place().entries >= commitment.entries.size;
        if built {
            let nodes = &self.store.proofs.entry_nodes;
            if granary_proof::tree::root(nodes, commitment.entries.size) != commitment.entries.root
            {
                let text = "its root of the entries is not that of the log";
                self.piece.violation("P12", "commitment", epoch, text);
            }
        }
        self.piece.spend(1);
    }

    /// A leaf of the log is recomputed from its entry, with the node above it.
    fn committed_entry(&mut self, slot: u64) -> bool {
        if slot >= self.store.proofs.place().entries {
            return false;
        }
        let number = slot.saturating_add(1);
        if let Ok((id, row)) = self.store.entry_row(number) {
            let postings: Vec<_> = row.postings().map(|at| self.store.posting(at)).collect();
            let leaf = self.store.entry_hash(id, &row, &postings);
            let nodes = &self.store.proofs.entry_nodes;
            let place = slot.saturating_mul(2);
            let above = slot & 1 == 1;
            let left = nodes.get(place.saturating_sub(2)).unwrap_or_default();
            let node = granary_proof::hash::node(&left, &leaf);
            let wrong_node = above && nodes.get(place.saturating_sub(1)) != Some(node);
            if nodes.get(place) != Some(leaf) || wrong_node {
                let text = "its leaf in the log is not what it says";
                self.piece.violation("P12", "entry", number, text);
            }
        }
        self.piece.spend(1);
        true
    }
}
