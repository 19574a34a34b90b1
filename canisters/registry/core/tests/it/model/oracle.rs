//! The naive model: maps and scans, written from the rules' wording and not from their code.

use std::collections::BTreeMap;

use registry_core::types::{PersonRole, UserStatus};

use crate::model::op::{Op, Who};
use crate::support::{DAY, MAX_PENDING, START};

const REGISTRAR: u8 = 8;
const COMPLIANCE: u8 = 9;
const GOVERNOR: u8 = 10;

#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) status: UserStatus,
    pub(crate) identities: Vec<u8>,
    pub(crate) profile: u64,
    proposals: Vec<(u8, u64)>,
    created: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct Wallet {
    pub(crate) user: u64,
    pub(crate) address: u8,
    pub(crate) verified: bool,
    pub(crate) revoked: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) role: PersonRole,
    who: Who,
    scope: bool,
    from: u64,
    until: u64,
    beat: u64,
    /// Ended by somebody or by the clock.
    ended: bool,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    pub(crate) now: u64,
    pub(crate) users: BTreeMap<u64, User>,
    pub(crate) wallets: BTreeMap<u64, Wallet>,
    pub(crate) grants: BTreeMap<u64, Grant>,
}

fn powerful(role: PersonRole) -> bool {
    use PersonRole::{Approver, Guardian, Operator, ProgramManager, RiskSteward, Treasurer};
    [ProgramManager, Approver, RiskSteward, Treasurer, Guardian, Operator].contains(&role)
}

fn beats(role: PersonRole) -> bool {
    [PersonRole::Treasurer, PersonRole::Guardian, PersonRole::Approver].contains(&role)
}

/// Guardian and treasurer exclude each other.
fn excluded(role: PersonRole, held: &[&Grant]) -> bool {
    let pair = [PersonRole::Treasurer, PersonRole::Guardian];
    pair.contains(&role) && held.iter().any(|g| pair.contains(&g.role) && g.role != role)
}

/// Position, drawdown and concentration of the standard profiles grow together.
fn risk(profile: u64) -> u64 {
    profile
}

impl Grant {
    fn lapses(&self) -> u64 {
        if beats(self.role) {
            self.until.min(self.beat.max(self.from) + 30 * DAY)
        } else {
            self.until
        }
    }
    fn live(&self, now: u64) -> bool {
        !self.ended && now < self.lapses()
    }
    fn effective(&self, now: u64) -> bool {
        self.live(now) && self.from <= now
    }
}

impl Model {
    pub(crate) fn new() -> Self {
        Self { now: START, ..Self::default() }
    }

    pub(crate) fn user_of(&self, p: u8) -> Option<u64> {
        let open = |user: &&User| user.status != UserStatus::Closed && user.identities.contains(&p);
        self.users.iter().find(|(_, user)| open(user)).map(|(id, _)| *id)
    }

    fn status(&self, id: u64) -> Option<UserStatus> {
        self.users.get(&id).map(|user| user.status)
    }

    /// The actor's own user, if it may act.
    fn acts_for(&self, p: u8) -> Option<u64> {
        self.user_of(p).filter(|id| self.status(*id) == Some(UserStatus::Active))
    }

    fn live_wallets(&self, user: u64) -> Vec<&Wallet> {
        self.wallets.values().filter(|w| w.user == user && !w.revoked).collect()
    }

    /// Live roles of a user and of its identities.
    fn around(&self, user: u64) -> Vec<&Grant> {
        let identities = &self.users[&user].identities;
        let its = |grant: &&Grant| match grant.who {
            Who::User(id) => id == user,
            Who::Person(p) => identities.contains(&p),
        };
        self.grants.values().filter(its).filter(|grant| grant.live(self.now)).collect()
    }

    /// Roles effective for a person now, sorted, each once.
    pub(crate) fn roles_of(&self, p: u8) -> Vec<(PersonRole, bool)> {
        let user = self.user_of(p);
        if user.is_some_and(|id| self.status(id) != Some(UserStatus::Active)) {
            return vec![];
        }
        let its = |grant: &&Grant| match grant.who {
            Who::User(id) => Some(id) == user,
            Who::Person(who) => who == p,
        };
        let mut roles: Vec<_> = self
            .grants
            .values()
            .filter(its)
            .filter(|grant| grant.effective(self.now))
            .map(|grant| (grant.role, grant.scope))
            .collect();
        roles.sort_unstable();
        roles.dedup();
        roles
    }

    /// Applies `op`; true when it must be taken.
    pub(crate) fn step(&mut self, op: &Op) -> bool {
        match *op {
            Op::Register(p) => self.register(p),
            Op::Invite(q) => {
                if self.user_of(q).is_some() {
                    return false;
                }
                self.add_user(vec![], vec![(q, self.now + 14 * DAY)]);
                true
            }
            Op::Activate(id) => {
                let Some(user) = self.users.get_mut(&id) else { return false };
                let may = user.status == UserStatus::Pending && !user.identities.is_empty();
                if may {
                    user.status = UserStatus::Active;
                }
                may
            }
            Op::Link(p, q) => self.link(p, q),
            Op::Accept(q, id) => self.accept(q, id),
            Op::Unlink(p, q) => self.unlink(p, q),
            Op::AddWallet(p, address) => self.add_wallet(p, address),
            Op::Verify(p, id) => self.verify(p, id),
            Op::RevokeWallet(p, id) => self.revoke_wallet(p, id),
            Op::Suspend(id) => self.turn(id, UserStatus::Active, UserStatus::Suspended),
            Op::Reactivate(id) => self.turn(id, UserStatus::Suspended, UserStatus::Active),
            Op::Close(p, id) => self.close(p, id),
            Op::Grant { by, role, who, scope, wait, life } => {
                self.grant(by, role, who, scope, wait, life)
            }
            Op::RevokeRole(p, id) => self.revoke_role(p, id),
            Op::Beat(p, id) => self.beat(p, id),
            Op::SetProfile(p, id, profile) => self.set_profile(p, id, profile),
            Op::Wait(_) => {
                self.tick();
                true
            }
        }
    }

    fn add_wallet(&mut self, p: u8, address: u8) -> bool {
        let Some(user) = self.acts_for(p) else { return false };
        let ever = self.wallets.values().filter(|w| w.user == user).count();
        let live = self.live_wallets(user);
        if live.len() >= 20 || ever >= 100 || live.iter().any(|w| w.address == address) {
            return false;
        }
        let wallet = Wallet { user, address, verified: false, revoked: false };
        self.wallets.insert(self.wallets.len() as u64 + 1, wallet);
        true
    }

    fn revoke_wallet(&mut self, p: u8, id: u64) -> bool {
        let Some(wallet) = self.wallets.get(&id).cloned() else { return false };
        let office = p == REGISTRAR || p == COMPLIANCE;
        let may = if office {
            self.status(wallet.user) != Some(UserStatus::Closed)
        } else {
            self.acts_for(p) == Some(wallet.user)
        };
        if may && !wallet.revoked {
            self.wallets.insert(id, Wallet { revoked: true, verified: false, ..wallet });
        }
        may && !wallet.revoked
    }

    fn revoke_role(&mut self, p: u8, id: u64) -> bool {
        let Some(grant) = self.grants.get(&id).cloned() else { return false };
        let gives = p == GOVERNOR || (p == REGISTRAR && !powerful(grant.role));
        let may = grant.live(self.now) && (gives || self.holds(p, &grant));
        if may {
            self.grants.insert(id, Grant { ended: true, ..grant });
        }
        may
    }

    fn beat(&mut self, p: u8, id: u64) -> bool {
        let Some(grant) = self.grants.get(&id).cloned() else { return false };
        let may = self.holds(p, &grant)
            && beats(grant.role)
            && grant.effective(self.now)
            && (matches!(grant.who, Who::Person(_)) || self.acts_for(p).is_some());
        if may {
            self.grants.insert(id, Grant { beat: self.now, ..grant });
        }
        may
    }

    fn set_profile(&mut self, p: u8, id: u64, profile: u64) -> bool {
        let Some(status) = self.status(id) else { return false };
        let office = p == COMPLIANCE;
        let may = if office { status != UserStatus::Closed } else { self.acts_for(p) == Some(id) };
        let user = self.users.get_mut(&id).expect("seen above");
        let lower = office || risk(profile) <= risk(user.profile);
        let taken = may && (1..=3).contains(&profile) && profile != user.profile && lower;
        if taken {
            user.profile = profile;
        }
        taken
    }

    fn add_user(&mut self, identities: Vec<u8>, proposals: Vec<(u8, u64)>) {
        let status = UserStatus::Pending;
        let user = User { status, identities, profile: 1, proposals, created: self.now };
        self.users.insert(self.users.len() as u64 + 1, user);
    }

    fn register(&mut self, p: u8) -> bool {
        let waiting = self.users.values().filter(|u| u.status == UserStatus::Pending).count();
        if self.user_of(p).is_some() || waiting as u64 >= MAX_PENDING {
            return false;
        }
        self.add_user(vec![p], vec![]);
        true
    }

    fn link(&mut self, p: u8, q: u8) -> bool {
        let Some(id) = self.acts_for(p) else { return false };
        if self.user_of(q).is_some() {
            return false;
        }
        let now = self.now;
        let user = self.users.get_mut(&id).expect("its own");
        let open: Vec<_> = user.proposals.iter().copied().filter(|(_, end)| now <= *end).collect();
        let is_open = open.iter().any(|(who, _)| *who == q);
        if is_open || open.len() >= 3 || user.identities.len() >= 5 {
            return false;
        }
        user.proposals = open;
        user.proposals.push((q, now + 7 * DAY));
        true
    }

    fn accept(&mut self, q: u8, id: u64) -> bool {
        let Some(user) = self.users.get(&id) else { return false };
        let open = user.proposals.iter().find(|(who, _)| *who == q);
        let in_time = open.is_some_and(|(_, end)| self.now <= *end);
        let status = [UserStatus::Pending, UserStatus::Active].contains(&user.status);
        if !in_time || !status || self.user_of(q).is_some() || user.identities.len() >= 5 {
            return false;
        }
        let held = self.around(id);
        let own = self.grants.values().filter(|g| g.who == Who::Person(q) && g.live(self.now));
        if own.into_iter().any(|grant| excluded(grant.role, &held)) {
            return false;
        }
        let user = self.users.get_mut(&id).expect("seen above");
        user.proposals.retain(|(who, _)| *who != q);
        user.identities.push(q);
        user.status = UserStatus::Active;
        true
    }

    fn unlink(&mut self, p: u8, q: u8) -> bool {
        let Some(id) = self.acts_for(p) else { return false };
        let user = self.users.get_mut(&id).expect("its own");
        let place = |who| user.identities.iter().position(|known| *known == who);
        if let (Some(own), Some(other)) = (place(p), place(q)) {
            let may = user.identities.len() > 1 && own <= other;
            if may {
                user.identities.remove(other);
            }
            return may;
        }
        let before = user.proposals.len();
        user.proposals.retain(|(who, _)| *who != q);
        user.proposals.len() < before
    }

    fn verify(&mut self, p: u8, id: u64) -> bool {
        let Some(wallet) = self.wallets.get(&id).cloned() else { return false };
        let owner = self.user_of(p) == Some(wallet.user) && wallet.address % 8 == p;
        let office = p == REGISTRAR || p == COMPLIANCE;
        let active = self.status(wallet.user) == Some(UserStatus::Active);
        let free = !self.wallets.values().any(|w| w.verified && w.address == wallet.address);
        let may = (owner || office) && active && free && !wallet.revoked && !wallet.verified;
        if may {
            self.wallets.insert(id, Wallet { verified: true, ..wallet });
        }
        may
    }

    fn turn(&mut self, id: u64, from: UserStatus, to: UserStatus) -> bool {
        let Some(user) = self.users.get_mut(&id).filter(|user| user.status == from) else {
            return false;
        };
        user.status = to;
        true
    }

    fn close(&mut self, p: u8, id: u64) -> bool {
        let office = p == REGISTRAR;
        let open = self.status(id).is_some_and(|status| status != UserStatus::Closed);
        if !open || !(office || self.acts_for(p) == Some(id)) {
            return false;
        }
        for wallet in self.wallets.values_mut().filter(|wallet| wallet.user == id) {
            (wallet.revoked, wallet.verified) = (true, false);
        }
        for grant in self.grants.values_mut().filter(|grant| grant.who == Who::User(id)) {
            grant.ended = true;
        }
        let user = self.users.get_mut(&id).expect("seen above");
        user.status = UserStatus::Closed;
        user.proposals.clear();
        true
    }

    fn holds(&self, p: u8, grant: &Grant) -> bool {
        match grant.who {
            Who::User(id) => self.user_of(p) == Some(id),
            Who::Person(who) => who == p,
        }
    }

    fn grant(
        &mut self,
        by: u8,
        role: PersonRole,
        who: Who,
        scope: bool,
        wait: u64,
        life: u64,
    ) -> bool {
        let gives = by == GOVERNOR || (by == REGISTRAR && !powerful(role));
        let user = match who {
            Who::User(id) => match self.status(id) {
                None | Some(UserStatus::Closed) => return false,
                Some(_) => Some(id),
            },
            Who::Person(p) => self.user_of(p),
        };
        let from = self.now + wait * DAY;
        let earliest = self.now + if powerful(role) { DAY } else { 0 };
        if !gives || from < earliest || life == 0 {
            return false;
        }
        let held = if let Some(id) = user {
            self.around(id)
        } else {
            let its = |g: &&Grant| g.who == who && g.live(self.now);
            self.grants.values().filter(its).collect()
        };
        let again = held.iter().any(|g| g.role == role && g.who == who && g.scope == scope);
        let listed = self.grants.values().filter(|g| g.who == who && !g.ended).count();
        if again || listed >= 16 || excluded(role, &held) {
            return false;
        }
        let until = from + life * DAY;
        let grant = Grant { role, who, scope, from, until, beat: self.now, ended: false };
        self.grants.insert(self.grants.len() as u64 + 1, grant);
        true
    }

    fn tick(&mut self) {
        let now = self.now;
        for grant in self.grants.values_mut() {
            grant.ended |= now >= grant.lapses();
        }
        for (id, user) in &mut self.users {
            if user.status == UserStatus::Pending && now > user.created + 14 * DAY {
                user.status = UserStatus::Closed;
                let its = |grant: &&mut Grant| grant.who == Who::User(*id);
                self.grants.values_mut().filter(its).for_each(|grant| grant.ended = true);
            }
        }
    }
}
