//! What other canisters ask about the people who call them. Read by parts of rows: a canister may
//! ask about 64 people at once.

use granary_kernel::row::damaged;
use ic_stable_structures::Memory;

use crate::records::user::FRONT_BYTES as USER_FRONT;
use crate::records::wallet::FRONT_BYTES as WALLET_FRONT;
use crate::records::{UserLinks, UserRow, WalletRow};
use crate::store::Store;
use crate::store::layout::ADDRESSES_INDEXED;
use crate::types::{
    GrantId, GrantState, Hash, PersonRole, Principal, Timestamp, UserId, UserStatus,
};

/// What the registry knows about one principal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Who.
    pub principal: Principal,
    /// Its user, and where that stands; none when the principal is nobody's.
    pub user: Option<(UserId, UserStatus)>,
    /// Roles effective now with their scopes: its own, and its user's. None while the user is not
    /// active.
    pub roles: Vec<(PersonRole, String)>,
    /// Keys of the user's wallets that are not revoked.
    pub wallets: Vec<Hash>,
}

impl<M: Memory + 'static> Store<M> {
    /// What the registry knows about `who` at `now`.
    pub fn standing(&self, who: &Principal, now: Timestamp) -> Standing {
        let mut standing = Standing { principal: *who, user: None, roles: vec![], wallets: vec![] };
        let user = self.user_id_of(who);
        if let Some(id) = user {
            let (links, status) = self.user_front(id);
            standing.user = Some((id, status));
            self.keys_of(id, &links, &mut standing.wallets);
            if status != UserStatus::Active {
                return standing;
            }
            self.effective_from(links.newest_grant, now, &mut standing.roles);
        }
        self.effective_from(self.chain(who).newest, now, &mut standing.roles);
        standing.roles.sort_unstable();
        standing.roles.dedup();
        standing
    }

    fn user_front(&self, id: UserId) -> (UserLinks, UserStatus) {
        let front: [u8; USER_FRONT] =
            self.users.read_part(id.slot(), 0).unwrap_or_else(|_| damaged());
        UserRow::front(&front).unwrap_or_else(|| {
            let row = self.users.get(id.slot()).unwrap_or_else(damaged);
            (row.links, row.head.status)
        })
    }

    fn keys_of(&self, user: UserId, links: &UserLinks, keys: &mut Vec<Hash>) {
        if self.header().schema < ADDRESSES_INDEXED {
            keys.extend(self.live_wallets(user).into_iter().map(|wallet| wallet.head.key));
            return;
        }
        let mut at = links.newest_live;
        while let Some(id) = at {
            let front: [u8; WALLET_FRONT] =
                self.wallets.read_part(id.slot(), 0).unwrap_or_else(|_| damaged());
            let front = WalletRow::front(&front).unwrap_or_else(damaged);
            keys.push(front.key);
            at = front.live_prev;
        }
    }

    fn effective_from(
        &self,
        newest: Option<GrantId>,
        now: Timestamp,
        roles: &mut Vec<(PersonRole, String)>,
    ) {
        let mut at = newest;
        while let Some(id) = at {
            let row = self.grants.get(id.slot()).unwrap_or_else(damaged);
            at = row.holder_prev;
            if row.head.state_at(now) == GrantState::Effective {
                roles.push((row.head.role, row.head.scope));
            }
        }
    }
}
