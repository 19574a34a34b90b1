//! Pages by cursor. Every list follows links or numbers from the cursor on; nothing scans.
//!
//! | list | order |
//! |---|---|
//! | users, risk profiles, roles without a holder | by number, oldest first |
//! | users in one status | by when they came into it, oldest first |
//! | wallets of a user, roles of a holder | newest first |

use granary_kernel::lists::{Page, by_number, walk};
use granary_kernel::row::damaged;
use granary_kernel::{Fault, checks};
use granary_stable::list::{Direction, ListFault};
use ic_stable_structures::Memory;

use crate::errors::{RegistryError, SystemFault};
use crate::limits;
use crate::records::ProfileHead;
use crate::records::user::STATUS_LIST;
use crate::rules::{GrantView, UserView, WalletView};
use crate::store::Store;
use crate::store::commit::status_list;
use crate::store::layout::USERS_LISTED;
use crate::types::{GrantId, Holder, ProfileId, UserId, UserStatus, WalletId};

impl<M: Memory + 'static> Store<M> {
    /// Users, or those in one status.
    pub fn list_users(
        &self,
        status: Option<UserStatus>,
        after: Option<u64>,
        limit: u32,
    ) -> Result<Page<UserView>, RegistryError> {
        let limit = checks::page(limit, limits::MAX_PAGE)?;
        let ids = match status {
            None => by_number(after, limit, self.users.len()),
            Some(status) => self.in_status(status, after, limit)?,
        };
        let next = ids.next;
        let items = ids.items.into_iter().map(|id| self.user(id)).collect::<Result<_, _>>()?;
        Ok(Page { items, next })
    }

    fn in_status(
        &self,
        status: UserStatus,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Page<u64>, RegistryError> {
        if self.header().schema < USERS_LISTED {
            let what = "the list of users by status";
            return Err(SystemFault::Migrating { what }.into());
        }
        let after = match after {
            None => None,
            Some(id) => Some(UserId::from_wire(id).ok_or(Fault::Cursor)?.slot()),
        };
        let totals = self.totals();
        let anchor = totals.lists.get(status.at()).unwrap_or_else(damaged);
        let (list, more) = (status_list(status), limit.saturating_add(1));
        let mut slots = STATUS_LIST
            .page(&self.users, list, anchor, after, more, Direction::Forward)
            .map_err(|fault| match fault {
                ListFault::NotListed { .. } => Fault::CursorMoved,
                ListFault::AlreadyListed { .. } | ListFault::ListZero | ListFault::Storage(_) => {
                    damaged()
                }
            })?;
        let goes_on = slots.len() == more;
        slots.truncate(limit);
        let items: Vec<u64> = slots.into_iter().map(|slot| slot.saturating_add(1)).collect();
        let next = items.last().copied().filter(|_| goes_on);
        Ok(Page { items, next })
    }

    /// Wallets of a user, revoked ones too.
    pub fn list_wallets(
        &self,
        user: u64,
        after: Option<u64>,
        limit: u32,
    ) -> Result<Page<WalletView>, RegistryError> {
        let limit = checks::page(limit, limits::MAX_PAGE)?;
        let user = self.user(user)?.id;
        let row = |id: WalletId| self.wallets.get(id.slot()).unwrap_or_else(damaged);
        let first = match after {
            None => self.links_of(user).newest_wallet,
            Some(id) => {
                let wallet = self.wallet(id).map_err(|_| Fault::Cursor)?;
                if wallet.head.user != user {
                    return Err(Fault::Cursor.into());
                }
                row(wallet.id).user_prev
            }
        };
        let ids = walk(first, limit, |id| row(id).user_prev);
        Ok(ids.map(|id| WalletView { id, head: row(id).head }))
    }

    /// Risk profiles in their newest version.
    pub fn list_risk_profiles(
        &self,
        after: Option<u64>,
        limit: u32,
    ) -> Result<Page<(ProfileId, ProfileHead)>, RegistryError> {
        let limit = checks::page(limit, limits::MAX_PAGE)?;
        let Page { items, next } = by_number(after, limit, self.profiles.len());
        let items = items.into_iter().map(|id| self.profile(id)).collect::<Result<_, _>>()?;
        Ok(Page { items, next })
    }

    /// Every role grant there ever was, or those of one holder that the clock has not ended.
    pub fn list_grants(
        &self,
        holder: Option<Holder>,
        after: Option<u64>,
        limit: u32,
    ) -> Result<Page<GrantView>, RegistryError> {
        let limit = checks::page(limit, limits::MAX_PAGE)?;
        let Some(holder) = holder else {
            let Page { items, next } = by_number(after, limit, self.grants.len());
            let items = items.into_iter().map(|id| self.grant(id)).collect::<Result<_, _>>()?;
            return Ok(Page { items, next });
        };
        if let Holder::User(user) = holder {
            self.user(user.wire())?;
        }
        let mut grants = self.grants_of(&holder);
        if let Some(after) = after {
            let after = GrantId::from_wire(after).ok_or(Fault::Cursor)?;
            let at = grants.iter().position(|grant| grant.id == after).ok_or(Fault::CursorMoved)?;
            grants.drain(..=at);
        }
        let goes_on = grants.len() > limit;
        grants.truncate(limit);
        let next = grants.last().filter(|_| goes_on).map(|grant| grant.id.wire());
        Ok(Page { items: grants, next })
    }
}
