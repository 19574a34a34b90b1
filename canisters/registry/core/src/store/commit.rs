//! One change in one go: rows, indexes, chains, lists, totals, jobs, journal.

use granary_kernel::row::damaged;
use granary_kernel::{Ctx, NO_ROOM, Receipt};
use granary_stable::keys::FixedKey;
use ic_stable_structures::Memory;

use crate::records::user::{LINKS_AT, STATUS_LIST};
use crate::records::wallet::{FRONT_BYTES, LIVE_AT};
use crate::records::{
    Chain, Event, EventKind, GrantHead, GrantRow, ProfileHead, RevisionRow, Totals, UserHead,
    UserLinks, UserRow, WalletHead, WalletRow,
};
use crate::rules::{Change, Wake};
use crate::store::views::identity_key;
use crate::store::{EXPIRE_PENDING, ROLE_CLOCK, Store};
use crate::types::{
    GrantId, Holder, Principal, ProfileId, UserId, UserStatus, WalletId, WalletStatus,
};

/// A list field contradicts its rows.
const BAD_LIST: &str = "BUG: a list of users is damaged";

impl<M: Memory + 'static> Store<M> {
    /// Applies `change` and answers its receipt.
    ///
    /// # Panics
    /// When stable memory has no room, which takes the whole message back.
    pub(crate) fn commit(&mut self, change: Change, ctx: &Ctx) -> Receipt {
        let Change { user, wallets, profile, grants, window, wake, mut events } = change;
        let before = self.totals();
        let mut totals = before;
        if let Some((id, head)) = user {
            self.put_user(id, head, &mut totals);
        }
        for (id, head) in wallets {
            events.extend(self.put_wallet(id, head, &mut totals));
        }
        if let Some((id, head, row)) = profile {
            self.put_profile(id, head, &row, &mut totals);
        }
        for (id, head) in grants {
            self.put_grant(id, head, &mut totals);
        }
        if let Some((start, count)) = window {
            (totals.window_start, totals.window_count) = (start, count);
        }
        if totals != before {
            self.totals.set(0, &totals).expect(NO_ROOM);
        }
        match wake {
            Some(Wake::Pending(at)) => drop(self.ensure_job(EXPIRE_PENDING, 0, at)),
            Some(Wake::Grant(id, at)) => drop(self.ensure_job(ROLE_CLOCK, id.wire(), at)),
            None => {}
        }
        self.record(&events, ctx)
    }

    fn put_user(&mut self, id: UserId, head: UserHead, totals: &mut Totals) {
        let slot = id.slot();
        self.renew_user(slot, totals);
        let Some(old) = self.users.get(slot) else {
            self.index_identities(id, &[], head.linked(), totals);
            count_user(totals, None, head.status);
            let status = head.status;
            let row = UserRow { head, links: UserLinks::default() };
            let pushed = self.users.push(&row).expect(NO_ROOM);
            assert!(pushed == slot, "BUG: a user's number is not the next");
            self.enlist(slot, status, totals);
            return;
        };
        self.index_identities(id, old.head.linked(), head.linked(), totals);
        let status = head.status;
        let row = UserRow { head, links: old.links };
        self.users.write_part(slot, 0, &row.part()).expect(NO_ROOM);
        if old.head.status != status {
            count_user(totals, Some(old.head.status), status);
            let [pending, active, suspended, closed] = &mut totals.lists;
            let anchor = match old.head.status {
                UserStatus::Pending => pending,
                UserStatus::Active => active,
                UserStatus::Suspended => suspended,
                UserStatus::Closed => closed,
            };
            let list = status_list(old.head.status);
            STATUS_LIST.unlink(&mut self.users, list, anchor, slot).expect(BAD_LIST);
            self.enlist(slot, status, totals);
        }
    }

    /// Gives a user's row its newest shape and its place in a list; true when it had an older one.
    pub(crate) fn renew_user(&mut self, slot: u64, totals: &mut Totals) -> bool {
        let Ok([version]) = self.users.read_part(slot, 0) else { return false };
        if UserRow::is_newest(version) {
            return false;
        }
        let row = self.users.get(slot).unwrap_or_else(damaged);
        // The whole slot: bytes of the old shape must not show through as a link.
        self.users.set(slot, &row).expect(NO_ROOM);
        self.enlist(slot, row.head.status, totals);
        true
    }

    pub(crate) fn enlist(&mut self, slot: u64, status: UserStatus, totals: &mut Totals) {
        let anchor = totals.lists.get_mut(status.at()).unwrap_or_else(damaged);
        STATUS_LIST.push_back(&mut self.users, status_list(status), anchor, slot).expect(BAD_LIST);
    }

    pub(crate) fn index_identities(
        &mut self,
        id: UserId,
        old: &[Principal],
        new: &[Principal],
        totals: &mut Totals,
    ) {
        for gone in old.iter().filter(|who| !new.contains(who)) {
            let removed = self.identities.remove(&identity_key(gone));
            assert!(removed == Some(id.get()), "BUG: an identity was somebody else's");
            totals.identities = totals.identities.saturating_sub(1);
        }
        for come in new.iter().filter(|who| !old.contains(who)) {
            let before = self.identities.insert(identity_key(come), id.get());
            assert!(before.is_none(), "BUG: an identity belongs to two users");
            totals.identities = totals.identities.saturating_add(1);
        }
    }

    pub(crate) fn set_links(&mut self, user: UserId, links: &UserLinks) {
        self.users.write_part(user.slot(), LINKS_AT, &links.part()).expect(NO_ROOM);
    }

    /// Writes a wallet. In an older shape it may turn out that its address is somebody else's:
    /// then it is not verified any more, and the answer says so.
    fn put_wallet(
        &mut self,
        id: WalletId,
        mut head: WalletHead,
        totals: &mut Totals,
    ) -> Option<Event> {
        let slot = id.slot();
        let demoted = self.renew_wallet(slot, totals).is_some();
        if demoted && head.status.is_verified() {
            head.status = WalletStatus::Unverified;
        }
        let event = demoted.then(|| unverified(id, head.user));
        let Some(old) = self.wallets.get(slot) else {
            count_wallet(totals, None, head.status);
            self.push_wallet(id, head);
            return event;
        };
        count_wallet(totals, Some(old.head.status), head.status);
        self.index_address(id, &old.head, &head);
        if head.status == WalletStatus::Revoked && old.head.status != WalletStatus::Revoked {
            self.unchain_wallet(id, &old);
        }
        self.wallets.set(slot, &WalletRow { head, ..old }).expect(NO_ROOM);
        event
    }

    /// A new wallet, at the beginning of its user's chains.
    pub(crate) fn push_wallet(&mut self, id: WalletId, head: WalletHead) {
        let user = head.user;
        let mut links = self.links_of(user);
        let is_live = head.status != WalletStatus::Revoked;
        let live_prev = links.newest_live.filter(|_| is_live);
        if let WalletStatus::Verified { .. } = head.status {
            let before = self.addresses.insert(FixedKey(head.key), id.get());
            assert!(before.is_none(), "BUG: an address is verified for two wallets");
        }
        let row = WalletRow { head, user_prev: links.newest_wallet, live_prev };
        let pushed = self.wallets.push(&row).expect(NO_ROOM);
        assert!(pushed == id.slot(), "BUG: a wallet's number is not the next");
        links.newest_wallet = Some(id);
        if is_live {
            links.newest_live = Some(id);
        }
        self.set_links(user, &links);
    }

    /// Gives a wallet's row its newest shape, its place in the chain of live wallets and, when it
    /// is verified, in the index; true when it had an older one. Answers the other wallet that is
    /// verified with its address: then it becomes unverified.
    pub(crate) fn renew_wallet(&mut self, slot: u64, totals: &mut Totals) -> Option<WalletId> {
        let Ok([version]) = self.wallets.read_part(slot, 0) else { return None };
        if WalletRow::is_newest(version) {
            return None;
        }
        let mut row = self.wallets.get(slot).unwrap_or_else(damaged);
        let id = WalletId::from_slot(slot).unwrap_or_else(damaged);
        let mut other = None;
        if row.head.status.is_verified() {
            other = self.holder_of(&row.head.key);
            if other.is_some() {
                count_wallet(totals, Some(row.head.status), WalletStatus::Unverified);
                row.head.status = WalletStatus::Unverified;
            } else {
                self.addresses.insert(FixedKey(row.head.key), id.get());
            }
        }
        if row.head.status != WalletStatus::Revoked {
            let user = row.head.user;
            // The chain's anchor stands in the newest shape of the user's row only.
            self.renew_user(user.slot(), totals);
            let links = self.links_of(user);
            row.live_prev = links.newest_live;
            self.set_links(user, &UserLinks { newest_live: Some(id), ..links });
        }
        self.wallets.set(slot, &row).expect(NO_ROOM);
        other
    }

    fn index_address(&mut self, id: WalletId, old: &WalletHead, new: &WalletHead) {
        match (old.status.is_verified(), new.status.is_verified()) {
            (false, true) => {
                let before = self.addresses.insert(FixedKey(new.key), id.get());
                assert!(before.is_none(), "BUG: an address is verified for two wallets");
            }
            (true, false) => {
                let removed = self.addresses.remove(&FixedKey(old.key));
                assert!(removed == Some(id.get()), "BUG: an address was another wallet's");
            }
            (true, true) | (false, false) => {}
        }
    }

    /// Takes a wallet out of the chain of its user's live ones; at most twenty steps.
    fn unchain_wallet(&mut self, id: WalletId, row: &WalletRow) {
        let user = row.head.user;
        let links = self.links_of(user);
        if links.newest_live == Some(id) {
            self.set_links(user, &UserLinks { newest_live: row.live_prev, ..links });
            return;
        }
        let mut at = links.newest_live;
        while let Some(here) = at {
            let front: [u8; FRONT_BYTES] =
                self.wallets.read_part(here.slot(), 0).unwrap_or_else(|_| damaged());
            let next = WalletRow::front(&front).unwrap_or_else(damaged).live_prev;
            if next == Some(id) {
                let link = row.live_prev.map_or(0, WalletId::get).to_be_bytes();
                self.wallets.write_part(here.slot(), LIVE_AT, &link).expect(NO_ROOM);
                return;
            }
            at = next;
        }
        panic!("BUG: a live wallet is in no chain");
    }

    fn put_profile(
        &mut self,
        id: ProfileId,
        head: ProfileHead,
        row: &RevisionRow,
        totals: &mut Totals,
    ) {
        let pushed = self.revisions.push(row).expect(NO_ROOM);
        assert!(pushed == head.newest.slot(), "BUG: a version's number is not the next");
        if id.slot() < self.profiles.len() {
            self.profiles.set(id.slot(), &head).expect(NO_ROOM);
            return;
        }
        let pushed = self.profiles.push(&head).expect(NO_ROOM);
        assert!(pushed == id.slot(), "BUG: a profile's number is not the next");
        totals.profiles = totals.profiles.saturating_add(1);
    }

    pub(crate) fn put_grant(&mut self, id: GrantId, head: GrantHead, totals: &mut Totals) {
        let Some(old) = self.grants.get(id.slot()) else {
            self.push_grant(id, head, totals);
            return;
        };
        if old.head.state.is_live() && !head.state.is_live() {
            self.unchain_grant(id, &old);
            totals.live_grants = totals.live_grants.saturating_sub(1);
        }
        self.grants.set(id.slot(), &GrantRow { head, ..old }).expect(NO_ROOM);
    }

    /// A new grant, at the beginning of its holder's chain unless it has ended.
    pub(crate) fn push_grant(&mut self, id: GrantId, head: GrantHead, totals: &mut Totals) {
        let holder = head.holder;
        let is_live = head.state.is_live();
        let holder_prev = if is_live { self.newest_grant(&holder) } else { None };
        let pushed = self.grants.push(&GrantRow { head, holder_prev }).expect(NO_ROOM);
        assert!(pushed == id.slot(), "BUG: a grant's number is not the next");
        if let Holder::Principal(who) = holder {
            let mut chain = self.chain(&who);
            chain.ever = chain.ever.saturating_add(1);
            chain.live = chain.live.saturating_add(is_live.into());
            self.chains.insert(identity_key(&who), chain);
        }
        if is_live {
            self.set_newest_grant(&holder, Some(id));
            totals.live_grants = totals.live_grants.saturating_add(1);
        }
    }

    fn newest_grant(&self, holder: &Holder) -> Option<GrantId> {
        match holder {
            Holder::User(user) => self.links_of(*user).newest_grant,
            Holder::Principal(who) => self.chain(who).newest,
        }
    }

    fn set_newest_grant(&mut self, holder: &Holder, newest: Option<GrantId>) {
        match holder {
            Holder::User(user) => {
                let links = self.links_of(*user);
                self.set_links(*user, &UserLinks { newest_grant: newest, ..links });
            }
            Holder::Principal(who) => {
                let chain = self.chain(who);
                let key = identity_key(who);
                self.chains.insert(key, Chain { newest, ..chain });
            }
        }
    }

    /// Takes a grant out of its holder's chain; at most sixteen steps.
    fn unchain_grant(&mut self, id: GrantId, row: &GrantRow) {
        let holder = row.head.holder;
        if let Holder::Principal(who) = holder {
            let mut chain = self.chain(&who);
            chain.live = chain.live.saturating_sub(1);
            self.chains.insert(identity_key(&who), chain);
        }
        let newest = self.newest_grant(&holder);
        if newest == Some(id) {
            self.set_newest_grant(&holder, row.holder_prev);
            return;
        }
        let mut at = newest;
        while let Some(here) = at {
            let mut found = self.grants.get(here.slot()).unwrap_or_else(damaged);
            at = found.holder_prev;
            if found.holder_prev == Some(id) {
                found.holder_prev = row.holder_prev;
                self.grants.set(here.slot(), &found).expect(NO_ROOM);
                return;
            }
        }
        panic!("BUG: a live grant is in no chain");
    }
}

/// What the journal says about a wallet whose address another one had verified before.
pub(crate) fn unverified(id: WalletId, user: UserId) -> Event {
    Event::new(EventKind::WalletUnverified, id.wire()).number(user.wire())
}

/// The number of the list of users in a status.
pub(crate) fn status_list(status: UserStatus) -> u32 {
    match status {
        UserStatus::Pending => 1,
        UserStatus::Active => 2,
        UserStatus::Suspended => 3,
        UserStatus::Closed => 4,
    }
}

pub(crate) fn count_user(totals: &mut Totals, old: Option<UserStatus>, new: UserStatus) {
    if let Some(count) = old.and_then(|old| totals.users.get_mut(old.at())) {
        *count = count.checked_sub(1).expect("BUG: users miscounted");
    }
    if let Some(count) = totals.users.get_mut(new.at()) {
        *count = count.saturating_add(1);
    }
}

pub(crate) fn count_wallet(totals: &mut Totals, old: Option<WalletStatus>, new: WalletStatus) {
    if let Some(count) = old.and_then(|old| totals.wallets.get_mut(old.at())) {
        *count = count.checked_sub(1).expect("BUG: wallets miscounted");
    }
    if let Some(count) = totals.wallets.get_mut(new.at()) {
        *count = count.saturating_add(1);
    }
}
