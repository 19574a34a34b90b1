//! Export and import: the families of records this canister adds to the kernel's.
//!
//! Links, chains, lists, indexes, counts and jobs are not part of it: an import makes them anew.

use granary_kernel::Fault;
use granary_kernel::transfer::{Domain, Families, Found, Held, tools};
use granary_stable::slots::Slot;
use ic_stable_structures::Memory;

use crate::limits;
use crate::records::{GrantRow, ProfileHead, RevisionRow, Totals, UserLinks, UserRow, WalletRow};
use crate::store::commit::{count_user, count_wallet};
use crate::store::{EXPIRE_PENDING, ROLE_CLOCK, Store};
use crate::types::{GrantId, GrantState, UserId, UserStatus, WalletId};

/// One kind of record. The numbers are part of the format and never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// 2: the running hour of registrations; the counts are made anew.
    Totals,
    /// 4: users.
    User,
    /// 5: wallets.
    Wallet,
    /// 6: risk profiles.
    Profile,
    /// 7: versions of risk profiles.
    Revision,
    /// 8: role grants.
    Grant,
}

impl<M: Memory + 'static> Families for Store<M> {
    type Family = Family;
    const DOMAINS: &'static [Domain<Family>] = &[
        Domain { name: "config", families: &[Held::Config, Held::Own(Family::Totals)] },
        Domain { name: "roles", families: &[Held::Roles] },
        Domain {
            name: "profiles",
            families: &[Held::Own(Family::Revision), Held::Own(Family::Profile)],
        },
        Domain { name: "users", families: &[Held::Own(Family::User)] },
        Domain { name: "wallets", families: &[Held::Own(Family::Wallet)] },
        Domain { name: "grants", families: &[Held::Own(Family::Grant)] },
        Domain { name: "journal", families: &[Held::Events] },
    ];

    fn number(family: Family) -> u8 {
        match family {
            Family::Totals => 2,
            Family::User => 4,
            Family::Wallet => 5,
            Family::Profile => 6,
            Family::Revision => 7,
            Family::Grant => 8,
        }
    }

    fn record_from(&self, family: Family, from: &[u8]) -> Found {
        match family {
            Family::Totals => tools::single(from, || {
                let Totals { window_start, window_count, .. } = self.totals();
                tools::bytes_of(&Totals { window_start, window_count, ..Totals::default() })
            }),
            Family::User => tools::row(&self.users, from, |row| {
                tools::bytes_of(&UserRow { links: UserLinks::default(), ..row })
            }),
            Family::Wallet => tools::row(&self.wallets, from, |row| {
                tools::bytes_of(&WalletRow { user_prev: None, live_prev: None, ..row })
            }),
            Family::Profile => tools::row(&self.profiles, from, |row| tools::bytes_of(&row)),
            Family::Revision => tools::row(&self.revisions, from, |row| tools::bytes_of(&row)),
            Family::Grant => tools::row(&self.grants, from, |row| {
                tools::bytes_of(&GrantRow { holder_prev: None, ..row })
            }),
        }
    }

    fn rows(&self, family: Family) -> Option<u64> {
        match family {
            Family::Totals => None,
            Family::User => Some(self.users.len()),
            Family::Wallet => Some(self.wallets.len()),
            Family::Profile => Some(self.profiles.len()),
            Family::Revision => Some(self.revisions.len()),
            Family::Grant => Some(self.grants.len()),
        }
    }

    fn fits(family: Family, key: &[u8], value: &[u8]) -> bool {
        match family {
            Family::Totals => rowed::<Totals>(value, 2),
            Family::User => key.len() == 4 && rowed::<UserRow>(value, 2),
            Family::Wallet => key.len() == 4 && rowed::<WalletRow>(value, 2),
            Family::Profile => key.len() == 4 && rowed::<ProfileHead>(value, 1),
            Family::Revision => key.len() == 4 && rowed::<RevisionRow>(value, 1),
            Family::Grant => key.len() == 4 && rowed::<GrantRow>(value, 1),
        }
    }

    fn put_record(&mut self, family: Family, key: &[u8], value: &[u8]) -> Result<(), Fault> {
        let mut totals = self.totals();
        let slot = tools::number(key).unwrap_or_default().saturating_sub(1);
        match family {
            Family::Totals => {
                let Totals { window_start, window_count, .. } = Totals::read(value);
                (totals.window_start, totals.window_count) = (window_start, window_count);
            }
            Family::User => self.put_back_user(slot, value, &mut totals)?,
            Family::Wallet => {
                let row = WalletRow::read(value);
                let id = WalletId::from_slot(slot).ok_or_else(|| tools::gap("wallet"))?;
                if row.head.user.slot() >= self.users.len() {
                    return Err(Fault::import("a wallet of nobody"));
                }
                count_wallet(&mut totals, None, row.head.status);
                self.push_wallet(id, row.head);
            }
            Family::Profile => {
                let pushed = self.profiles.push(&ProfileHead::read(value))?;
                totals.profiles = totals.profiles.saturating_add(1);
                tools::check_slot(key, pushed)?;
            }
            Family::Revision => {
                let pushed = self.revisions.push(&RevisionRow::read(value))?;
                tools::check_slot(key, pushed)?;
            }
            Family::Grant => {
                let head = GrantRow::read(value).head;
                let id = GrantId::from_slot(slot).ok_or_else(|| tools::gap("grant"))?;
                let wakes_at = match head.state {
                    GrantState::Granted => Some(head.effective_at),
                    GrantState::Effective => Some(head.lapses_at()),
                    GrantState::Expired | GrantState::Revoked => None,
                };
                self.push_grant(id, head, &mut totals);
                if let Some(at) = wakes_at {
                    self.ensure_job(ROLE_CLOCK, id.wire(), at);
                }
            }
        }
        self.totals.set(0, &totals)?;
        Ok(())
    }
}

impl<M: Memory + 'static> Store<M> {
    fn put_back_user(&mut self, slot: u64, value: &[u8], totals: &mut Totals) -> Result<(), Fault> {
        let row = UserRow::read(value);
        let id = UserId::from_slot(slot).ok_or_else(|| tools::gap("user"))?;
        let status = row.head.status;
        if row.head.linked().iter().any(|who| self.is_taken(who)) {
            return Err(Fault::import("an identity of two users"));
        }
        self.index_identities(id, &[], row.head.linked(), totals);
        count_user(totals, None, status);
        if status == UserStatus::Pending {
            let until = row.head.created_at.saturating_add(limits::PENDING_LIFETIME);
            self.ensure_job(EXPIRE_PENDING, 0, until);
        }
        self.users.push(&UserRow { links: UserLinks::default(), ..row })?;
        self.enlist(slot, status, totals);
        Ok(())
    }
}

/// True when `value` has the size of a row and this version.
fn rowed<S: Slot>(value: &[u8], version: u8) -> bool {
    u32::try_from(value.len()) == Ok(S::SIZE) && value.first() == Some(&version)
}
