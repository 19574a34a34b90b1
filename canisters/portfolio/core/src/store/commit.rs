//! One change in one go: rows, links, trees, totals, jobs, journal.

use granary_kernel::{Ctx, NO_ROOM, Receipt};
use granary_stable::keys::FixedKey;
use ic_stable_structures::Memory;

use crate::records::{AccountRow, AssetRow, EntryRow, ReconciliationRow};
use crate::rules::{Change, NewEntry};
use crate::store::{RECONCILE, Store};
use crate::types::{AccountId, AssetId, Owner};

impl<M: Memory + 'static> Store<M> {
    /// Applies `change` and answers its receipt.
    ///
    /// # Panics
    /// When stable memory has no room, which takes the whole message back.
    pub(crate) fn commit(&mut self, change: Change, ctx: &Ctx) -> Receipt {
        let Change { assets, accounts, entry, reconciliation, reconcile_at, proofs, events } =
            change;
        for (id, row) in &assets {
            self.put_asset(*id, row);
        }
        for (id, row) in &accounts {
            self.put_account(*id, row);
        }
        if let Some(entry) = entry {
            self.put_entry(entry);
        }
        if let Some((id, row)) = reconciliation {
            self.put_reconciliation(id, &row);
        }
        self.put_proofs(proofs, ctx);
        if let Some((id, at)) = reconcile_at {
            self.ensure_job(RECONCILE, id.wire(), at);
        }
        self.record(&events, ctx)
    }

    fn put_asset(&mut self, id: AssetId, row: &AssetRow) {
        let before = self.assets.get(id.slot());
        let was = before.is_some_and(|row| row.suspense_since.is_some());
        let is = row.suspense_since.is_some();
        if was != is {
            let mut totals = self.totals();
            totals.in_suspense = if is {
                totals.in_suspense.saturating_add(1)
            } else {
                totals.in_suspense.saturating_sub(1)
            };
            self.totals.set(0, &totals).expect(NO_ROOM);
        }
        if before.is_some() {
            self.assets.set(id.slot(), row).expect(NO_ROOM);
        } else {
            let slot = self.assets.push(row).expect(NO_ROOM);
            assert!(slot == id.slot(), "BUG: an asset's number is not the next");
        }
        self.alarms.asset(id, row);
    }

    fn put_account(&mut self, id: AccountId, row: &AccountRow) {
        if id.slot() < self.accounts.len() {
            self.accounts.set(id.slot(), row).expect(NO_ROOM);
        } else {
            self.push_account(id, row);
        }
    }

    /// A new account goes in front of its owner's chain.
    pub(crate) fn push_account(&mut self, id: AccountId, row: &AccountRow) {
        let key = FixedKey(row.owner.key());
        let before = self.owners.insert(&key, id.get()).expect(NO_ROOM);
        let owner_prev = before.and_then(AccountId::new);
        let slot = self.accounts.push(&AccountRow { owner_prev, ..*row }).expect(NO_ROOM);
        assert!(slot == id.slot(), "BUG: an account's number is not the next");
        if before.is_none() && matches!(row.owner, Owner::User(_)) {
            let mut totals = self.totals();
            totals.portfolios = totals.portfolios.saturating_add(1);
            self.totals.set(0, &totals).expect(NO_ROOM);
        }
    }

    fn put_entry(&mut self, entry: NewEntry) {
        let NewEntry { id, row, postings } = entry;
        for (at, posting) in row.postings().zip(&postings) {
            let slot = self.postings.push(posting).expect(NO_ROOM);
            assert!(slot == at.slot(), "BUG: a posting's number is not the next");
        }
        let (event, _) = self.journal_head();
        let slot = self.entries.push(&EntryRow { event, ..row }).expect(NO_ROOM);
        assert!(slot == id.slot(), "BUG: an entry's number is not the next");
        if let Some(reference) = &row.external_ref {
            let before = self.references.insert(&reference.key(), id.get()).expect(NO_ROOM);
            assert!(before.is_none(), "BUG: a reference is booked twice");
        }
    }

    pub(crate) fn put_reconciliation(&mut self, id: AssetId, row: &ReconciliationRow) {
        self.alarms.reconciliation(id, row);
        if id.slot() < self.reconciliations.len() {
            self.reconciliations.set(id.slot(), row).expect(NO_ROOM);
            return;
        }
        let slot = self.reconciliations.push(row).expect(NO_ROOM);
        assert!(slot == id.slot(), "BUG: a reconciliation's number is not the next");
    }
}
