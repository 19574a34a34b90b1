//! Records for rules and for readers.

use granary_stable::keys::FixedKey;
use ic_stable_structures::Memory;

use granary_kernel::roles::principal_array;
use granary_kernel::row::damaged;

use crate::errors::{AccessFault, Missing, RegistryError};
use crate::records::{Chain, Policies, ProfileHead, RevisionRow, Role, Totals, UserLinks};
use crate::rules::{Ctx, GrantView, NextProfile, Offices, UserView, WalletView};
use crate::store::Store;
use crate::store::layout::ADDRESSES_INDEXED;
use crate::types::{
    GrantId, Hash, Holder, PersonRole, Principal, ProfileId, RevisionId, UserId, UserStatus,
    WalletId,
};

/// The canister's figures beside the sizes of its indexes: each pair must be equal (U7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Consistency {
    /// Users counted, and their rows.
    pub users: (u64, u64),
    /// Identities counted, and their index.
    pub identities: (u64, u64),
    /// Wallets counted, and their rows.
    pub wallets: (u64, u64),
    /// Verified wallets counted, and the index of addresses.
    pub addresses: (u64, u64),
    /// Risk profiles counted, and their rows.
    pub profiles: (u64, u64),
}

impl Consistency {
    /// The pairs, with the names of what they count.
    pub const fn pairs(&self) -> [(&'static str, (u64, u64)); 5] {
        [
            ("user", self.users),
            ("identity", self.identities),
            ("wallet", self.wallets),
            ("address", self.addresses),
            ("profile", self.profiles),
        ]
    }

    /// True when every pair is equal.
    pub fn holds(&self) -> bool {
        self.pairs().iter().all(|(_, (counted, found))| counted == found)
    }
}

pub(crate) fn identity_key(who: &Principal) -> FixedKey<30> {
    FixedKey(principal_array(who))
}

impl<M: Memory + 'static> Store<M> {
    /// What people are held to.
    pub fn policies(&self) -> Policies {
        self.config().policies
    }

    /// The running figures; O(1).
    pub fn totals(&self) -> Totals {
        self.totals.get(0).unwrap_or_else(damaged)
    }

    /// Counts beside the sizes of the indexes (U7); O(1).
    pub fn consistency(&self) -> Consistency {
        let totals = self.totals();
        let [_, verified, _] = totals.wallets;
        let is_indexed = self.header().schema >= ADDRESSES_INDEXED;
        Consistency {
            users: (totals.all_users(), self.users.len()),
            identities: (totals.identities, self.identities.len()),
            wallets: (totals.all_wallets(), self.wallets.len()),
            addresses: if is_indexed { (verified, self.addresses.len()) } else { (0, 0) },
            profiles: (totals.profiles, self.profiles.len()),
        }
    }

    /// Users, wallets, risk profiles, role grants.
    pub const fn counts(&self) -> [u64; 4] {
        [self.users.len(), self.wallets.len(), self.profiles.len(), self.grants.len()]
    }

    /// Which of the `asked` offices the actor holds; each question is a search, so a verb asks for
    /// those it needs.
    pub(crate) fn offices(&self, ctx: &Ctx, asked: &[Role]) -> Offices {
        let holds = |role| asked.contains(&role) && self.has_role(role, &ctx.actor);
        Offices {
            governor: holds(Role::Governor),
            registrar: holds(Role::Registrar),
            compliance: holds(Role::Compliance),
            service: holds(Role::Service),
        }
    }

    /// The offices that look after people, for whoever acts for somebody else: on its own user an
    /// office holder is a user like any other.
    pub(crate) fn carers(&self, user: &UserView, ctx: &Ctx) -> Offices {
        let asked: &[Role] = if user.is(ctx) { &[] } else { &[Role::Registrar, Role::Compliance] };
        self.offices(ctx, asked)
    }

    /// A user.
    pub fn user(&self, id: u64) -> Result<UserView, RegistryError> {
        let missing = || RegistryError::from(Missing::User { id });
        let id = UserId::from_wire(id).ok_or_else(missing)?;
        let row = self.users.get(id.slot()).ok_or_else(missing)?;
        Ok(UserView { id, head: row.head })
    }

    /// The number of the user an identity stands for.
    pub fn user_id_of(&self, who: &Principal) -> Option<UserId> {
        self.identities.get(&identity_key(who)).and_then(UserId::new)
    }

    /// The user an identity stands for.
    pub fn user_of(&self, who: &Principal) -> Result<UserView, RegistryError> {
        let id = self.user_id_of(who).ok_or(Missing::Identity { who: *who })?;
        self.user(id.wire())
    }

    /// The user the actor stands for.
    pub(crate) fn own_user(&self, ctx: &Ctx) -> Result<UserView, RegistryError> {
        let id = self.user_id_of(&ctx.actor).ok_or(AccessFault::NotUser)?;
        self.user(id.wire())
    }

    /// True when the identity stands for a user (U1).
    pub(crate) fn is_taken(&self, who: &Principal) -> bool {
        self.user_id_of(who).is_some()
    }

    pub(crate) fn links_of(&self, user: UserId) -> UserLinks {
        self.users.get(user.slot()).map(|row| row.links).unwrap_or_default()
    }

    /// A wallet.
    pub fn wallet(&self, id: u64) -> Result<WalletView, RegistryError> {
        let missing = || RegistryError::from(Missing::Wallet { id });
        let id = WalletId::from_wire(id).ok_or_else(missing)?;
        let row = self.wallets.get(id.slot()).ok_or_else(missing)?;
        Ok(WalletView { id, head: row.head })
    }

    /// The wallet that is verified with an address (U3).
    pub(crate) fn holder_of(&self, key: &Hash) -> Option<WalletId> {
        self.addresses.get(&FixedKey(*key)).and_then(WalletId::new)
    }

    /// The wallets of a user that are not revoked, newest first; at most
    /// [`crate::limits::MAX_WALLETS`].
    pub(crate) fn live_wallets(&self, user: UserId) -> Vec<WalletView> {
        let row = |id: WalletId| self.wallets.get(id.slot()).unwrap_or_else(damaged);
        let links = self.links_of(user);
        // Until every row has its new shape only the chain of all wallets is complete.
        let is_whole = self.header().schema >= ADDRESSES_INDEXED;
        let mut at = if is_whole { links.newest_live } else { links.newest_wallet };
        let mut wallets = vec![];
        while let Some(id) = at {
            let found = row(id);
            at = if is_whole { found.live_prev } else { found.user_prev };
            if found.head.status != crate::types::WalletStatus::Revoked {
                wallets.push(WalletView { id, head: found.head });
            }
        }
        wallets
    }

    /// A risk profile in its newest version.
    pub fn profile(&self, id: u64) -> Result<(ProfileId, ProfileHead), RegistryError> {
        let missing = || RegistryError::from(Missing::Profile { id });
        let id = ProfileId::from_wire(id).ok_or_else(missing)?;
        self.profiles.get(id.slot()).map(|head| (id, head)).ok_or_else(missing)
    }

    /// A risk profile as it was defined in one version (U6).
    pub fn profile_version(&self, id: u64, version: u32) -> Result<RevisionRow, RegistryError> {
        let (_, head) = self.profile(id)?;
        let mut at = Some(head.newest);
        while let Some(revision) = at {
            let row = self.revisions.get(revision.slot()).unwrap_or_else(damaged);
            if row.version == version {
                return Ok(row);
            }
            at = row.previous;
        }
        Err(Missing::Version { id, version }.into())
    }

    pub(crate) fn next_profile(&self) -> NextProfile {
        NextProfile {
            profile: ProfileId::from_slot(self.profiles.len()),
            revision: RevisionId::from_slot(self.revisions.len()),
        }
    }

    /// A role grant.
    pub fn grant(&self, id: u64) -> Result<GrantView, RegistryError> {
        let missing = || RegistryError::from(Missing::Grant { id });
        let id = GrantId::from_wire(id).ok_or_else(missing)?;
        let row = self.grants.get(id.slot()).ok_or_else(missing)?;
        Ok(GrantView { id, head: row.head })
    }

    /// The user a grant was given to; none for a grant of a principal.
    pub(crate) fn holding_user(&self, grant: &GrantView) -> Option<UserView> {
        match grant.head.holder {
            Holder::User(user) => Some(self.user(user.wire()).unwrap_or_else(|_| damaged())),
            Holder::Principal(_) => None,
        }
    }

    pub(crate) fn chain(&self, who: &Principal) -> Chain {
        self.chains.get(&identity_key(who)).unwrap_or_default()
    }

    /// The grants of one holder that the clock has not ended, newest first.
    pub(crate) fn grants_of(&self, holder: &Holder) -> Vec<GrantView> {
        let newest = match holder {
            Holder::User(user) => self.links_of(*user).newest_grant,
            Holder::Principal(who) => self.chain(who).newest,
        };
        self.grants_from(newest)
    }

    pub(crate) fn grants_from(&self, newest: Option<GrantId>) -> Vec<GrantView> {
        let mut grants = vec![];
        let mut at = newest;
        while let Some(id) = at {
            let row = self.grants.get(id.slot()).unwrap_or_else(damaged);
            at = row.holder_prev;
            grants.push(GrantView { id, head: row.head });
        }
        grants
    }

    /// The grants of a user and of each of its identities.
    pub(crate) fn grants_around(&self, user: &UserView) -> Vec<GrantView> {
        let mut grants = self.grants_of(&Holder::User(user.id));
        for identity in user.head.linked() {
            grants.extend(self.grants_of(&Holder::Principal(*identity)));
        }
        grants
    }

    /// The roles among `grants` that authorise now or may come to.
    pub(crate) fn live_roles(grants: &[GrantView], ctx: &Ctx) -> Vec<PersonRole> {
        let live = |grant: &&GrantView| grant.head.state_at(ctx.now).is_live();
        grants.iter().filter(live).map(|grant| grant.head.role).collect()
    }

    /// The user that waits longest for admission.
    pub(crate) fn longest_waiting(&self) -> Option<UserView> {
        let totals = self.totals();
        let anchor = totals.lists.get(UserStatus::Pending.at())?;
        let id = UserId::from_slot(anchor.first()?)?;
        self.user(id.wire()).ok()
    }
}
