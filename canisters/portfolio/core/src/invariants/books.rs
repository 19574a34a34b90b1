//! Entries, accounts, assets.

use std::collections::BTreeMap;

use ic_stable_structures::Memory;

use super::Check;
use crate::records::{AccountRow, EntryRow};
use crate::types::{AccountId, AssetId, EntryId, Owner, PostingId, Signed};

impl<M: Memory + 'static> Check<'_, M> {
    /// One entry with its postings; false behind the last.
    pub(super) fn entry(&mut self) -> bool {
        let slot = self.cursor.position;
        let Some(id) = EntryId::from_slot(slot) else { return false };
        let Ok((_, row)) = self.store.entry_row(id.wire()) else { return false };
        self.cursor.position = slot.saturating_add(1);
        self.postings(id, &row);
        if let Some(reference) = &row.external_ref {
            self.cursor.references = self.cursor.references.saturating_add(1);
            let indexed = self.store.entry_of(reference);
            if !self.store.is_migrating() && indexed != Some(id) {
                self.piece.violation("P7", "entry", id.wire(), "is not what its reference names");
            }
        }
        self.piece.spend(1);
        true
    }

    /// P1 of one entry, and that every posting belongs to it and to an account.
    fn postings(&mut self, id: EntryId, row: &EntryRow) {
        let mut sums = BTreeMap::<AssetId, Signed>::new();
        for at in row.postings() {
            let Some(posting) = self.store.postings.get(at.slot()) else {
                self.piece.violation("P6", "entry", id.wire(), "lacks a posting");
                return;
            };
            if posting.entry != id {
                self.piece.violation("P6", "entry", id.wire(), "has another entry's posting");
            }
            let Some(account) = self.store.accounts.get(posting.account.slot()) else {
                self.piece.violation("P6", "entry", id.wire(), "changes an account nobody has");
                continue;
            };
            let sum = sums.entry(account.asset).or_default();
            let Ok(next) = sum.checked_add(posting.delta) else {
                self.piece.violation("P1", "entry", id.wire(), "cannot be summed");
                return;
            };
            *sum = next;
        }
        if let Some((asset, sum)) = sums.into_iter().find(|(_, sum)| !sum.is_zero()) {
            let message = format!("its postings of asset {asset} sum to {sum}");
            self.piece.violation("P1", "entry", id.wire(), message);
        }
    }

    pub(super) fn compare_references(&mut self) {
        let indexed = self.store.references.len();
        if self.is_quiet() && !self.store.is_migrating() && indexed != self.cursor.references {
            let seen = self.cursor.references;
            let message = format!("{indexed} references are indexed and entries have {seen}");
            self.piece.violation("P7", "books", 0, message);
        }
    }

    /// One account, or as much of its chain as the piece has left; false behind the last.
    pub(super) fn account(&mut self) -> bool {
        let slot = self.cursor.position;
        let (Some(row), Some(id)) = (self.store.accounts.get(slot), AccountId::from_slot(slot))
        else {
            return false;
        };
        let mut at = if self.cursor.posting == 0 {
            self.begin_account(id, &row);
            row.newest
        } else {
            PostingId::new(self.cursor.posting)
        };
        while let Some(here) = at {
            if self.piece.left() == 0 {
                self.cursor.posting = here.get();
                return true;
            }
            at = self.link(id, &row, here);
            self.piece.spend(1);
        }
        if self.cursor.seen != row.postings && self.is_quiet() {
            let message = format!("has {} postings and counts {}", self.cursor.seen, row.postings);
            self.piece.violation("P2", "account", id.wire(), message);
        }
        let seen = u64::from(self.cursor.seen);
        self.cursor.postings = self.cursor.postings.saturating_add(seen);
        (self.cursor.posting, self.cursor.seen) = (0, 0);
        self.cursor.position = slot.saturating_add(1);
        self.piece.spend(1);
        true
    }

    /// What an account says without its postings: P3, its owner's chain, its share of the sums.
    fn begin_account(&mut self, id: AccountId, row: &AccountRow) {
        if row.balance.is_negative() && !row.owner.may_be_negative() {
            let message = format!("of {} is at {}", row.owner.kind(), row.balance);
            self.piece.violation("P3", "account", id.wire(), message);
        }
        if row.newest.is_none() && !row.balance.is_zero() {
            self.piece.violation("P2", "account", id.wire(), "has a balance and no posting");
        }
        if matches!(row.owner, Owner::User(_)) && row.owner_prev.is_none() {
            self.cursor.users = self.cursor.users.saturating_add(1);
        }
        if let Some(before) = row.owner_prev {
            let same = self.store.accounts.get(before.slot());
            if before >= id || same.is_none_or(|other| other.owner != row.owner) {
                self.piece.violation("P6", "account", id.wire(), "hangs in a stranger's chain");
            }
        }
        if !self.store.is_migrating() && self.store.newest_of(row.owner).is_none() {
            self.piece.violation("P6", "account", id.wire(), "cannot be found by its owner");
        }
        let at = usize::try_from(row.asset.slot()).unwrap_or(usize::MAX);
        let Some(sum) = self.cursor.sums.get_mut(at) else {
            if self.is_quiet() {
                self.piece.violation("P6", "account", id.wire(), "counts an asset nobody has");
            }
            return;
        };
        let booked = if row.owner.is_booked() { row.balance } else { Signed::ZERO };
        let suspense = if row.owner == Owner::Suspense { row.balance } else { Signed::ZERO };
        let next = (
            sum.booked.checked_add(booked),
            sum.suspense.checked_add(suspense),
            sum.all.checked_add(row.balance),
        );
        if let (Ok(booked), Ok(suspense), Ok(all)) = next {
            (sum.booked, sum.suspense, sum.all) = (booked, suspense, all);
        }
    }

    /// One posting of an account's chain (P2): answers the one before it.
    fn link(&mut self, id: AccountId, row: &AccountRow, here: PostingId) -> Option<PostingId> {
        let newest = row.newest == Some(here);
        self.cursor.seen = self.cursor.seen.saturating_add(1);
        let Some(posting) = self.store.postings.get(here.slot()) else {
            self.piece.violation("P2", "account", id.wire(), "names a posting nobody has");
            return None;
        };
        if posting.account != id {
            self.piece.violation("P2", "account", id.wire(), "has another account's posting");
            return None;
        }
        if newest && posting.after != row.balance {
            let message = format!("is at {} and was left at {}", row.balance, posting.after);
            self.piece.violation("P2", "account", id.wire(), message);
        }
        let before = posting.prev.and_then(|prev| self.store.postings.get(prev.slot()));
        let before = before.map_or(Signed::ZERO, |before| before.after);
        if before.checked_add(posting.delta) != Ok(posting.after) {
            let message = format!("posting {here} does not lead from {before} to its balance");
            self.piece.violation("P2", "account", id.wire(), message);
        }
        if posting.prev.is_some_and(|prev| prev >= here) {
            self.piece.violation("P2", "account", id.wire(), "has a chain that runs forward");
            return None;
        }
        posting.prev
    }

    pub(super) fn compare_counts(&mut self) {
        if !self.is_quiet() || self.store.is_migrating() {
            return;
        }
        let (kept, users) = (self.store.totals().portfolios, self.cursor.users);
        if kept != users {
            let message = format!("{kept} portfolios are counted and {users} users have accounts");
            self.piece.violation("P6", "books", 0, message);
        }
        let (kept, seen) = (self.store.posting_count(), self.cursor.postings);
        if kept != seen {
            let message = format!("{kept} postings are kept and chains have {seen}");
            self.piece.violation("P2", "books", 0, message);
        }
    }

    /// One asset against the sums of its accounts; false behind the last.
    pub(super) fn asset(&mut self) -> bool {
        let slot = self.cursor.position;
        let (Some(row), Some(id)) = (self.store.assets.get(slot), AssetId::from_slot(slot)) else {
            return false;
        };
        self.cursor.position = slot.saturating_add(1);
        self.piece.spend(1);
        if row.booked.is_negative() {
            self.piece.violation("P3", "asset", id.wire(), "is booked below zero");
        }
        if row.suspense.is_zero() != row.suspense_since.is_none() {
            self.piece.violation("P8", "asset", id.wire(), "lost the time of its suspense");
        }
        self.reconciled(id);
        let at = usize::try_from(slot).unwrap_or(usize::MAX);
        let sum = self.cursor.sums.get(at).copied().filter(|_| self.is_quiet());
        let Some(sum) = sum else { return true };
        if sum.booked != row.booked || sum.suspense != row.suspense {
            let message = format!(
                "is at {} and {} in suspense; accounts say {} and {}",
                row.booked, row.suspense, sum.booked, sum.suspense
            );
            self.piece.violation("P2", "asset", id.wire(), message);
        }
        if !sum.all.is_zero() {
            let message = format!("all its accounts sum to {}", sum.all);
            self.piece.violation("P1", "asset", id.wire(), message);
        }
        true
    }

    /// P8 of the newest comparison: the difference is nothing, or open, or in Suspense.
    fn reconciled(&mut self, id: AssetId) {
        use crate::types::ReconciliationState::{Difference, Explained, Matched, Never, Suspense};
        let Some(row) = self.store.reconciliations.get(id.slot()) else {
            self.piece.violation("P8", "asset", id.wire(), "has no reconciliation");
            return;
        };
        let found = Signed::plus(row.external).checked_sub(row.booked);
        let fits = match row.state {
            Never => true,
            Matched | Explained => row.difference.is_zero() && found == Ok(Signed::ZERO),
            Difference => row.since.is_some() && found == Ok(row.difference),
            Suspense => !row.difference.is_zero() && found == Ok(row.difference),
        };
        if !fits {
            let message =
                format!("is {} with a difference of {}", row.state.name(), row.difference);
            self.piece.violation("P8", "asset", id.wire(), message);
        }
    }
}
