//! Users, their identities and everything that hangs on them.

use std::ops::Bound as From;

use granary_kernel::roles::principal_of;
use granary_stable::keys::FixedKey;
use ic_stable_structures::Memory;

use super::Check;
use crate::limits;
use crate::records::UserHead;
use crate::records::user::STATUS_LIST;
use crate::rules::UserView;
use crate::store::commit::status_list;
use crate::store::layout::USERS_LISTED;
use crate::types::{Holder, UserId, UserStatus};

const ENTITY: &str = "user";

impl<M: Memory + 'static> Check<'_, M> {
    /// One user; false behind the last.
    pub(super) fn user(&mut self) -> bool {
        let slot = self.cursor.position;
        let (Some(row), Some(id)) = (self.store.users.get(slot), UserId::from_slot(slot)) else {
            return false;
        };
        let user = UserView { id, head: row.head };
        self.identities_of(&user);
        self.bounds(id, &user.head);
        self.chains_of(&user);
        if self.store.header().schema >= USERS_LISTED {
            let list = STATUS_LIST.list_of(&self.store.users, slot);
            if list != Ok(Some(status_list(user.head.status))) {
                self.violation("U7", ENTITY, id.wire(), "is not in the list of its status");
            }
        }
        if let Some(count) = self.cursor.users.get_mut(user.head.status.at()) {
            *count = count.saturating_add(1);
        }
        self.piece.spend(1);
        self.cursor.position = slot.saturating_add(1);
        true
    }

    fn identities_of(&mut self, user: &UserView) {
        let id = user.id.wire();
        let head = &user.head;
        if head.status == UserStatus::Active && head.identities.is_empty() {
            self.violation("U2", ENTITY, id, "is active without an identity");
        }
        for identity in head.linked() {
            if self.store.user_id_of(identity) != Some(user.id) {
                self.violation("U1", ENTITY, id, format!("{identity} is not indexed for it"));
            }
            self.cursor.identities = self.cursor.identities.saturating_add(1);
        }
        let known = self.store.profiles.len();
        if head.profile.slot() >= known && known > 0 {
            self.violation("U7", ENTITY, id, "has a risk profile that does not exist");
        }
    }

    fn bounds(&mut self, id: UserId, head: &UserHead) {
        let within = head.wallets <= limits::MAX_WALLETS
            && head.wallets_ever <= limits::MAX_WALLETS_EVER
            && head.grants <= limits::MAX_GRANTS_OF_HOLDER
            && head.grants_ever <= limits::MAX_GRANTS_EVER;
        if !within {
            self.violation("U8", ENTITY, id.wire(), "has more than a user may have");
        }
    }

    /// Wallets and roles of a user are as many as it counts, and no two of its roles exclude each
    /// other.
    fn chains_of(&mut self, user: &UserView) {
        let id = user.id.wire();
        let wallets = self.store.live_wallets(user.id);
        if u32::try_from(wallets.len()) != Ok(user.head.wallets) {
            self.violation("U7", ENTITY, id, "counts other wallets than it has");
        }
        if wallets.iter().any(|wallet| wallet.head.user != user.id) {
            self.violation("U3", ENTITY, id, "has a wallet of somebody else");
        }
        let own = self.store.grants_of(&Holder::User(user.id));
        if u32::try_from(own.len()) != Ok(user.head.grants) {
            self.violation("U7", ENTITY, id, "counts other roles than it has");
        }
        let strange = |grant: &crate::rules::GrantView| {
            grant.head.holder != Holder::User(user.id) || !grant.head.state.is_live()
        };
        if own.iter().any(strange) {
            self.violation("U5", ENTITY, id, "has a role of somebody else, or one that ended");
        }
        let around = self.store.grants_around(user);
        // Two grants exclude each other while both could authorise at one moment.
        let clash = around.iter().any(|one| {
            one.head.role.excludes().is_some_and(|other| {
                around.iter().any(|two| {
                    two.head.role == other
                        && one.head.granted_at < two.head.lapses_at()
                        && two.head.granted_at < one.head.lapses_at()
                })
            })
        });
        if clash {
            self.violation("U5", ENTITY, id, "is guardian and treasurer");
        }
        if user.head.status == UserStatus::Closed && !(own.is_empty() && wallets.is_empty()) {
            self.violation("U3", ENTITY, id, "is closed and still has wallets or roles");
        }
    }

    /// One entry of the index of identities; false behind the last.
    pub(super) fn identity(&mut self) -> bool {
        let from = after::<30>(&self.cursor.key);
        let range = (from, From::Unbounded);
        let Some(entry) = self.store.identities.range(range).next() else { return false };
        let (key, user) = (*entry.key(), u64::from(entry.value()));
        let who = principal_of(key.0);
        let is_linked = self.store.user(user).is_ok_and(|found| found.head.linked().contains(&who));
        if !is_linked {
            self.violation("U1", "identity", user, format!("{who} is indexed and not linked"));
        }
        self.piece.spend(1);
        self.cursor.key = key.0.to_vec();
        true
    }
}

/// Behind the last key looked at; from the beginning without one.
pub(super) fn after<const N: usize>(key: &[u8]) -> From<FixedKey<N>> {
    key.try_into().map_or(From::Unbounded, |key| From::Excluded(FixedKey(key)))
}
