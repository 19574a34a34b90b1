//! Assets, standing authorisations, keys, counts.

use ic_stable_structures::Memory;

use super::Check;
use crate::records::{AuthorisationRow, OrphanState};
use crate::rules::standing;
use crate::types::{AssetId, AuthorisationId, IntentState, KeyId, Scheme};

pub(super) fn join(high: u64, low: u64) -> u128 {
    u128::from(high) << 64 | u128::from(low)
}

pub(super) fn split(sum: u128) -> (u64, u64) {
    let low = sum & u128::from(u64::MAX);
    (u64::try_from(sum >> 64).unwrap_or(u64::MAX), u64::try_from(low).unwrap_or(u64::MAX))
}

impl<M: Memory + 'static> Check<'_, M> {
    /// One asset with what is set aside of it; false behind the last.
    pub(super) fn asset(&mut self) -> bool {
        let slot = self.cursor.position;
        let (Some(row), Some(id)) = (self.store.assets.get(slot), AssetId::from_slot(slot)) else {
            return false;
        };
        self.take();
        if !row.adopted {
            return true;
        }
        let at = usize::try_from(slot).unwrap_or(usize::MAX);
        let (high, low) = self.cursor.sums.aside.get(at).copied().unwrap_or_default();
        let aside = join(high, low);
        if self.is_quiet() && aside != row.set_aside {
            let message = format!("{} are set aside and its intents take {aside}", row.set_aside);
            self.piece.violation("E9", "asset", id.wire(), message);
        }
        if row.ledger == row.treasury.owner {
            self.piece.violation("E10", "asset", id.wire(), "is held by its own ledger");
        }
        let path = self.store.all_keys().into_iter().any(|(_, key)| {
            key.asset == id
                && key.scheme == Scheme::IcrcSubaccount
                && key.path == row.treasury.subaccount
        });
        if !path {
            self.piece.violation("E6", "asset", id.wire(), "has no key reference");
        }
        true
    }

    /// One standing authorisation with its uses; false behind the last.
    pub(super) fn authorisation(&mut self) -> bool {
        let slot = self.cursor.position;
        let (Some(row), Some(id)) =
            (self.store.authorisations.get(slot), AuthorisationId::from_slot(slot))
        else {
            return false;
        };
        self.take();
        if let Some(sum) = self.most_used(&row).filter(|sum| *sum > row.allowance) {
            let message = format!("{sum} were used in a window of {}", row.allowance);
            self.piece.violation("E8", "authorisation", id.wire(), message);
        }
        true
    }

    /// The largest sum of the newest windows; at most as many uses as a decision adds up.
    fn most_used(&mut self, row: &AuthorisationRow) -> Option<u128> {
        let mut rows = vec![];
        let mut at = row.newest_use;
        while let Some(id) = at
            && rows.len() < usize::try_from(crate::limits::MAX_USES).unwrap_or(usize::MAX)
        {
            let found = self.store.use_row(id);
            at = found.prev;
            rows.push(found);
        }
        self.piece.spend(u64::try_from(rows.len()).unwrap_or(u64::MAX));
        let ends = rows.iter().enumerate().map(|(index, end)| {
            rows.iter()
                .skip(index)
                .take_while(|used| standing::is_inside(row, used, end.at))
                .filter(|used| !used.returned)
                .fold(0_u128, |sum, used| sum.saturating_add(used.amount))
        });
        ends.max()
    }

    /// One key reference against all before it; false behind the last.
    pub(super) fn key(&mut self) -> bool {
        let slot = self.cursor.position;
        let (Some(row), Some(id)) = (self.store.keys.get(slot), KeyId::from_slot(slot)) else {
            return false;
        };
        self.take();
        let own = row.scheme == Scheme::IcrcSubaccount;
        let same = self.store.all_keys().into_iter().filter(|(_, other)| {
            let account = !own || other.asset == row.asset;
            account
                && (other.scheme, &other.name, &other.path) == (row.scheme, &row.name, &row.path)
        });
        if same.count() > 1 {
            self.piece.violation("E6", "key", id.wire(), "has a path another one has");
        }
        true
    }

    /// The totals against what was counted; one piece.
    pub(super) fn counts(&mut self) -> bool {
        self.piece.spend(1);
        if !self.is_quiet() {
            return false;
        }
        let mut totals = self.store.totals();
        for (state, seen) in IntentState::ALL.into_iter().zip(self.cursor.sums.states.clone()) {
            let listed = totals.count(state);
            if listed != seen {
                let message = format!("{listed} are listed as {} and {seen} are", state.name());
                self.piece.violation("C11", "totals", 0, message);
            }
        }
        let figures: Vec<u64> =
            crate::store::figures(&mut totals).into_iter().map(|figure| *figure).collect();
        if figures != self.cursor.sums.figures {
            let message = format!("{figures:?} are counted and {:?} are", self.cursor.sums.figures);
            self.piece.violation("E5", "totals", 0, message);
        }
        let orphans = self.store.orphans.iter_from(0);
        let open = orphans.filter(|(_, row)| row.state == OrphanState::Open).count();
        if u64::try_from(open) != Ok(totals.orphans) {
            let message = format!("{} payments are held and {open} are", totals.orphans);
            self.piece.violation("E7", "totals", 0, message);
        }
        if self.store.index.len() != self.store.intent_count() {
            self.piece.violation("C11", "totals", 0, "the index has another size than the table");
        }
        false
    }
}
