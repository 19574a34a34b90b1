//! Wallets, the index of their addresses, and the versions of risk profiles.

use std::ops::Bound as From;

use ic_stable_structures::Memory;

use super::Check;
use super::people::after;
use crate::limits;
use crate::store::layout::ADDRESSES_INDEXED;
use crate::types::{UserStatus, WalletId, WalletStatus};

const ENTITY: &str = "wallet";

impl<M: Memory + 'static> Check<'_, M> {
    /// One wallet; false behind the last.
    pub(super) fn wallet(&mut self) -> bool {
        let slot = self.cursor.position;
        let (Some(row), Some(id)) = (self.store.wallets.get(slot), WalletId::from_slot(slot))
        else {
            return false;
        };
        let head = row.head;
        if head.key != head.address.key() {
            self.violation("U3", ENTITY, id.wire(), "has a key that is not its address's");
        }
        match self.store.user(head.user.wire()) {
            Err(_) => self.violation("U3", ENTITY, id.wire(), "belongs to nobody"),
            Ok(user) => {
                let is_closed = user.head.status == UserStatus::Closed;
                if is_closed && head.status != WalletStatus::Revoked {
                    self.violation("U3", ENTITY, id.wire(), "outlives its user");
                }
            }
        }
        let is_indexed = self.store.holder_of(&head.key) == Some(id);
        let is_complete = self.store.header().schema >= ADDRESSES_INDEXED;
        if is_complete && is_indexed != head.status.is_verified() {
            self.violation("U3", ENTITY, id.wire(), "is verified and not indexed, or not verified");
        }
        if let Some(count) = self.cursor.wallets.get_mut(head.status.at()) {
            *count = count.saturating_add(1);
        }
        self.piece.spend(1);
        self.cursor.position = slot.saturating_add(1);
        true
    }

    /// One entry of the index of verified addresses; false behind the last.
    pub(super) fn address(&mut self) -> bool {
        let range = (after::<32>(&self.cursor.key), From::Unbounded);
        let Some(entry) = self.store.addresses.range(range).next() else { return false };
        let (key, id) = (*entry.key(), u64::from(entry.value()));
        let is_its = self
            .store
            .wallet(id)
            .is_ok_and(|wallet| wallet.head.key == key.0 && wallet.head.status.is_verified());
        if !is_its {
            self.violation("U3", "address", id, "is indexed for a wallet that did not verify it");
        }
        self.piece.spend(1);
        self.cursor.key = key.0.to_vec();
        true
    }

    /// One version of a risk profile; false behind the last. A version follows the one before it,
    /// and the profile shows its newest.
    pub(super) fn revision(&mut self) -> bool {
        let slot = self.cursor.position;
        let Some(row) = self.store.revisions.get(slot) else { return false };
        let id = row.profile.wire();
        let follows = match row.previous {
            None => row.version == 1,
            Some(before) => {
                before.slot() < slot
                    && self.store.revisions.get(before.slot()).is_some_and(|before| {
                        before.profile == row.profile
                            && before.version.checked_add(1) == Some(row.version)
                    })
            }
        };
        if !follows {
            self.violation("U6", "profile", id, "has a version that does not follow another");
        }
        let bounds = row.limits;
        let within =
            [bounds.max_position_bps, bounds.max_drawdown_bps, bounds.max_asset_concentration_bps];
        if within.iter().any(|bps| *bps == 0 || *bps > limits::WHOLE_BPS) {
            self.violation("U6", "profile", id, "has a limit that is no share");
        }
        let shown = self.store.profiles.get(row.profile.slot());
        let is_shown = shown.is_some_and(|head| {
            let is_newest = head.newest.slot() == slot;
            let same = head.limits == row.limits && head.class == row.class;
            if is_newest { head.version == row.version && same } else { head.version > row.version }
        });
        if !is_shown {
            self.violation("U6", "profile", id, "does not show its newest version");
        }
        self.piece.spend(1);
        self.cursor.position = slot.saturating_add(1);
        true
    }
}
