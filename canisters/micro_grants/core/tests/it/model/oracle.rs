//! The naive model: maps, scans, and every rule said once more in the plainest way.

use std::collections::BTreeMap;

use micro_grants_core::records::Recommendation;
use micro_grants_core::types::{ApplicationState, GrantState, MilestoneState, PayoutState};

use crate::model::entities::{App, Grant, Payout, Step, Stream};
use crate::model::op::Op;
use crate::support::{DAY, START, content};

use ApplicationState::{
    Appealed, Approved, ChangesRequested, Draft, Expired, Rejected, Submitted, UnderReview,
    Withdrawn,
};
use GrantState::{Accepted, Active, AtRisk, Lapsed, NoticeGiven, Offered, Suspended, Terminated};
use MilestoneState as Ms;

pub(crate) struct Model {
    pub(crate) now: u64,
    pub(crate) paused: bool,
    pub(crate) apps: BTreeMap<u64, App>,
    pub(crate) grants: BTreeMap<u64, Grant>,
    pub(crate) payouts: BTreeMap<u64, Payout>,
}

const BUDGET: u128 = 10_000;
const CAP: u128 = 4_000;
pub(crate) const TREASURER_ABOVE: u128 = 1_000;

impl Model {
    pub(crate) fn new() -> Self {
        Self {
            now: START,
            paused: false,
            apps: BTreeMap::new(),
            grants: BTreeMap::new(),
            payouts: BTreeMap::new(),
        }
    }

    /// Available, committed, paid: by scanning the grants.
    pub(crate) fn ledger(&self) -> (u128, u128, u128) {
        let (mut committed, mut paid) = (0, 0);
        for grant in self.grants.values().filter(|grant| grant.state != Lapsed) {
            committed += grant.award - grant.paid;
            paid += grant.paid;
        }
        (BUDGET - committed - paid, committed, paid)
    }

    fn counted(&self, who: u8) -> u128 {
        let open = [Submitted, UnderReview, ChangesRequested, Appealed];
        let mut sum = 0;
        for app in self.apps.values().filter(|app| app.who == who) {
            if open.contains(&app.state) {
                sum += app.requested;
            }
            let grant = app.grant.and_then(|id| self.grants.get(&id));
            sum += grant.filter(|grant| grant.state != Lapsed).map_or(0, |grant| grant.award);
        }
        sum
    }

    /// The verb on entities that exist: ids count back from the newest, and `who` of 2 or more is
    /// the owner.
    pub(crate) fn aim(&self, op: &Op) -> Op {
        let back = |id: u64, len: usize| {
            let len = u64::try_from(len).expect("few").max(1);
            len - (id - 1) % len
        };
        let app = |id| back(id, self.apps.len());
        let grant = |id| back(id, self.grants.len());
        let payout = |id| back(id, self.payouts.len());
        let author = |w: u8, id| {
            let owner = self.apps.get(&app(id)).map_or(0, |app| app.who);
            if w < 2 { w } else { owner }
        };
        let owner = |w: u8, id| {
            let owner = self.grants.get(&grant(id)).map_or(0, |grant| grant.who);
            if w < 2 { w } else { owner }
        };
        match op.clone() {
            Op::Submit(w, u, m) => Op::Submit(w % 2, u, m),
            Op::Save(w, u) => Op::Save(w % 2, u),
            Op::Promote(w, i, u) => Op::Promote(author(w, i), app(i), u),
            Op::Revise(w, i, u) => Op::Revise(author(w, i), app(i), u),
            Op::Withdraw(w, i) => Op::Withdraw(author(w, i), app(i)),
            Op::Declare(s, i, c) => Op::Declare(s, app(i), c),
            Op::Review(s, i, x, r) => Op::Review(s, app(i), x, r),
            Op::Finalize(i) => Op::Finalize(app(i)),
            Op::Appeal(w, i) => Op::Appeal(author(w, i), app(i)),
            Op::Accept(w, g) => Op::Accept(owner(w, g), grant(g)),
            Op::Suspend(g) => Op::Suspend(grant(g)),
            Op::Reinstate(g) => Op::Reinstate(grant(g)),
            Op::Notice(g) => Op::Notice(grant(g)),
            Op::Terminate(g) => Op::Terminate(grant(g)),
            Op::Report(w, g) => Op::Report(owner(w, g), grant(g)),
            Op::Show(w, g, s) => Op::Show(owner(w, g), grant(g), s),
            Op::Judge(r, g, s, ok) => Op::Judge(r, grant(g), s, ok),
            Op::Pay(w, g, s) => Op::Pay(owner(w, g), grant(g), s),
            Op::Stream(g) => Op::Stream(grant(g)),
            Op::PauseStream(g, p) => Op::PauseStream(grant(g), p),
            Op::Claim(w, g) => Op::Claim(owner(w, g), grant(g)),
            Op::Send(p) => Op::Send(payout(p)),
            Op::Settle(p) => Op::Settle(payout(p)),
            Op::Fail(p, q) => Op::Fail(payout(p), q),
            Op::Retry(w, p) => Op::Retry(w, payout(p)),
            other @ (Op::Wait(_) | Op::TogglePause) => other,
        }
    }

    pub(crate) fn step(&mut self, op: &Op) -> bool {
        self.try_step(op).is_some()
    }

    fn try_step(&mut self, op: &Op) -> Option<()> {
        match *op {
            Op::Submit(..)
            | Op::Save(..)
            | Op::Promote(..)
            | Op::Revise(..)
            | Op::Withdraw(..)
            | Op::Declare(..)
            | Op::Review(..)
            | Op::Finalize(_)
            | Op::Appeal(..) => self.on_application(op),
            Op::Pay(w, g, s) => self.pay(w, g, s),
            Op::Claim(w, g) => self.claim(w, g),
            Op::Send(p) => self.send(p),
            Op::Fail(p, quarantine) => self.fail(p, quarantine),
            Op::Retry(w, p) => self.retry(w, p),
            Op::Settle(p) => self.settle(p),
            Op::Wait(_) => {
                self.clock();
                Some(())
            }
            Op::TogglePause => {
                self.paused = !self.paused;
                Some(())
            }
            _ => self.on_grant(op),
        }
    }

    fn on_application(&mut self, op: &Op) -> Option<()> {
        let (now, paused) = (self.now, self.paused);
        match *op {
            Op::Submit(w, u, m) => {
                yes(!paused && fits(u, m) && self.counted(w) + u <= CAP)?;
                self.add(w, Submitted, 1, u, m);
            }
            Op::Save(w, u) => self.add(w, Draft, 0, u, 0),
            Op::Promote(w, i, u) => {
                let counted = self.counted(w);
                let app = self.apps.get_mut(&i)?;
                yes(!paused && app.who == w && app.state == Draft)?;
                yes(fits(u, 0) && counted + u <= CAP)?;
                (app.state, app.version, app.requested) = (Submitted, 1, u);
            }
            Op::Revise(w, i, u) => {
                let counted = self.counted(w);
                let app = self.apps.get_mut(&i)?;
                yes(app.who == w && app.state == ChangesRequested)?;
                yes(now <= app.decided_at + 14 * DAY && fits(u, 0))?;
                yes(counted - app.requested + u <= CAP)?;
                (app.state, app.requested, app.milestones) = (Submitted, u, 0);
                app.version += 1;
            }
            Op::Withdraw(w, i) => {
                let app = self.apps.get_mut(&i)?;
                yes(app.who == w)?;
                one_of(&[Draft, Submitted, UnderReview], app.state)?;
                app.state = Withdrawn;
            }
            Op::Declare(s, i, conflicted) => {
                let app = self.apps.get_mut(&i)?;
                one_of(&[Submitted, UnderReview, Appealed, Approved], app.state)?;
                match app.declared.get(&s) {
                    Some(true) => return None,
                    Some(false) if !conflicted => return None,
                    _ => {}
                }
                app.declared.insert(s, conflicted);
                app.begin();
            }
            Op::Review(s, i, x, r) => {
                let app = self.apps.get_mut(&i)?;
                one_of(&[Submitted, UnderReview, Appealed], app.state)?;
                yes(app.declared.get(&s) == Some(&false) && app.eligible(s))?;
                let key = (app.version, app.panel, s);
                yes(!app.reviews.contains_key(&key))?;
                app.reviews.insert(key, (r, x * 1_000));
                app.begin();
            }
            Op::Appeal(w, i) => {
                let counted = self.counted(w);
                let app = self.apps.get_mut(&i)?;
                yes(app.who == w && app.state == Rejected && app.panel == 0)?;
                yes(now <= app.decided_at + 7 * DAY && counted + app.requested <= CAP)?;
                (app.state, app.panel) = (Appealed, 1);
            }
            Op::Finalize(i) => return self.finalize(i),
            _ => unreachable!("an application's op"),
        }
        Some(())
    }

    fn add(&mut self, who: u8, state: ApplicationState, version: u16, requested: u128, m: u64) {
        let id = u64::try_from(self.apps.len()).expect("few") + 1;
        let app = App {
            who,
            state,
            version,
            panel: 0,
            requested,
            milestones: m,
            grant: None,
            decided_at: 0,
            declared: BTreeMap::new(),
            reviews: BTreeMap::new(),
        };
        self.apps.insert(id, app);
    }

    fn finalize(&mut self, i: u64) -> Option<()> {
        let (now, available) = (self.now, self.ledger().0);
        yes(!self.paused)?;
        let next = u64::try_from(self.grants.len()).expect("few") + 1;
        let app = self.apps.get_mut(&i)?;
        one_of(&[Submitted, UnderReview, Appealed], app.state)?;
        yes((0..4).filter(|seat| app.eligible(*seat)).count() >= 2)?;
        let counted: Vec<_> = (0..4)
            .filter(|seat| app.eligible(*seat) && app.declared.get(seat) == Some(&false))
            .filter_map(|seat| app.reviews.get(&(app.version, app.panel, seat)))
            .collect();
        yes(counted.len() >= 2)?;
        let votes = |r| counted.iter().filter(|(given, _)| *given == r).count();
        let scores = counted.iter().fold(0, |sum, (_, score)| sum + score);
        let size = u32::try_from(counted.len()).expect("few");
        let state = if votes(Recommendation::Changes) * 2 > counted.len() {
            ChangesRequested
        } else if votes(Recommendation::Approve) * 2 >= counted.len() && scores >= size * 5_000 {
            yes(available >= app.requested)?;
            Approved
        } else {
            Rejected
        };
        (app.state, app.decided_at) = (state, now);
        if state == Approved {
            app.grant = Some(next);
            let steps = content(app.requested, app.milestones)
                .milestones
                .iter()
                .map(|plan| Step {
                    amount: plan.amount.get(),
                    due: plan.due_at.as_nanos(),
                    state: Ms::Planned,
                })
                .collect();
            let grant = Grant {
                who: app.who,
                app: i,
                state: Offered,
                award: app.requested,
                paid: 0,
                queued: 0,
                steps,
                stream: None,
                offered_at: now,
                active_at: now + 3 * DAY,
                last: now,
                notice: 0,
            };
            self.grants.insert(next, grant);
        }
        Some(())
    }

    fn on_grant(&mut self, op: &Op) -> Option<()> {
        let now = self.now;
        let (Op::Accept(_, g)
        | Op::Suspend(g)
        | Op::Reinstate(g)
        | Op::Notice(g)
        | Op::Terminate(g)
        | Op::Report(_, g)
        | Op::Show(_, g, _)
        | Op::Judge(_, g, _, _)
        | Op::Stream(g)
        | Op::PauseStream(g, _)) = *op
        else {
            unreachable!("a grant's op")
        };
        let mut grant = self.grants.get(&g)?.clone();
        grant.wake(now);
        match *op {
            Op::Accept(w, _) => {
                yes(grant.who == w && grant.state == Offered)?;
                yes(now <= grant.offered_at + 30 * DAY)?;
                grant.state = Accepted;
                grant.wake(now);
                grant.last = now;
            }
            Op::Suspend(_) => {
                one_of(&[Accepted, Active, AtRisk], grant.state)?;
                grant.state = Suspended;
            }
            Op::Reinstate(_) => {
                one_of(&[Suspended, NoticeGiven], grant.state)?;
                grant.state = Accepted;
                grant.last = now;
                grant.wake(now);
            }
            Op::Notice(_) => {
                one_of(&[Active, AtRisk, Suspended], grant.state)?;
                (grant.state, grant.notice) = (NoticeGiven, now + 7 * DAY);
            }
            Op::Terminate(_) => {
                yes(grant.state == NoticeGiven && now >= grant.notice)?;
                grant.terminate(now);
            }
            Op::Report(w, _) => {
                yes(grant.who == w)?;
                one_of(&[Accepted, Active, Suspended, AtRisk, NoticeGiven], grant.state)?;
                grant.alive(now);
            }
            _ => self.work(&mut grant, op)?,
        }
        self.grants.insert(g, grant);
        Some(())
    }

    /// Milestones and streams.
    fn work(&self, grant: &mut Grant, op: &Op) -> Option<()> {
        let now = self.now;
        match *op {
            Op::Show(w, _, s) => {
                yes(grant.who == w)?;
                one_of(&[Accepted, Active, AtRisk, NoticeGiven], grant.state)?;
                let step = grant.steps.get_mut(usize::try_from(s).expect("small"))?;
                one_of(&[Ms::Planned, Ms::Overdue, Ms::Returned], step.state)?;
                step.state = Ms::Submitted;
                grant.alive(now);
            }
            Op::Judge(r, _, s, ok) => {
                let app = self.apps.get(&grant.app)?;
                yes(app.declared.get(&r) == Some(&false))?;
                one_of(&[Accepted, Active, Suspended, AtRisk, NoticeGiven], grant.state)?;
                let step = grant.steps.get_mut(usize::try_from(s).expect("small"))?;
                yes(step.state == Ms::Submitted)?;
                step.state = if ok { Ms::Accepted } else { Ms::Returned };
            }
            Op::Stream(_) => {
                one_of(&[Accepted, Active], grant.state)?;
                yes(grant.steps.is_empty() && grant.stream.is_none())?;
                yes(grant.paid + grant.queued == 0)?;
                let (cliff, end) = (now + 2 * DAY, now + 20 * DAY);
                grant.stream = Some(Stream { start: now, cliff, end, paused: None });
            }
            Op::PauseStream(_, pause) => {
                one_of(&[Accepted, Active, Suspended, AtRisk, NoticeGiven], grant.state)?;
                let stream = grant.stream.as_mut()?;
                match (stream.paused, pause) {
                    (None, true) => stream.paused = Some(now),
                    (Some(since), false) => {
                        stream.start += now - since;
                        stream.cliff += now - since;
                        stream.end += now - since;
                        stream.paused = None;
                    }
                    _ => return None,
                }
            }
            _ => unreachable!("a grant's op"),
        }
        Some(())
    }

    /// Applicant 0 asks for itself; 1 stands for the treasurer.
    fn desk(&self, w: u8, g: u64) -> Option<(Grant, bool)> {
        let mut grant = self.grants.get(&g)?.clone();
        yes(!self.paused)?;
        grant.wake(self.now);
        let treasurer = w == 1;
        yes(treasurer || grant.who == 0)?;
        if !treasurer {
            grant.alive(self.now);
        }
        one_of(&[Active, Terminated], grant.state)?;
        yes(self.now >= grant.active_at)?;
        Some((grant, treasurer))
    }

    fn pay(&mut self, w: u8, g: u64, s: Option<u64>) -> Option<()> {
        let (mut grant, treasurer) = self.desk(w, g)?;
        let amount = if let Some(s) = s {
            let step = grant.steps.get_mut(usize::try_from(s).expect("small"))?;
            yes(step.state == Ms::Accepted)?;
            step.state = Ms::PayoutQueued;
            step.amount
        } else {
            yes(grant.steps.is_empty() && grant.stream.is_none())?;
            yes(grant.paid + grant.queued == 0)?;
            grant.award
        };
        self.queue(g, grant, treasurer, amount, s)
    }

    fn claim(&mut self, w: u8, g: u64) -> Option<()> {
        let (grant, treasurer) = self.desk(w, g)?;
        let amount = grant.vested(self.now)? - grant.paid - grant.queued;
        self.queue(g, grant, treasurer, amount, None)
    }

    fn queue(
        &mut self,
        g: u64,
        mut grant: Grant,
        treasurer: bool,
        amount: u128,
        step: Option<u64>,
    ) -> Option<()> {
        yes(amount > 0)?;
        yes(treasurer || amount <= TREASURER_ABOVE)?;
        grant.queued += amount;
        self.grants.insert(g, grant);
        let id = u64::try_from(self.payouts.len()).expect("few") + 1;
        self.payouts.insert(id, Payout { grant: g, step, amount, state: PayoutState::Queued });
        Some(())
    }

    fn clock(&mut self) {
        let now = self.now;
        for app in self.apps.values_mut() {
            if app.state == ChangesRequested && now > app.decided_at + 14 * DAY {
                app.state = Expired;
            }
        }
        for grant in self.grants.values_mut() {
            grant.wake(now);
            if grant.state == Offered && now > grant.offered_at + 30 * DAY {
                grant.state = Lapsed;
            }
            if [Active, AtRisk].contains(&grant.state) {
                for step in &mut grant.steps {
                    if step.state == Ms::Planned && step.due <= now {
                        step.state = Ms::Overdue;
                    }
                }
            }
            if grant.state == Active && now >= grant.last + 40 * DAY {
                grant.state = AtRisk;
            }
        }
    }
}

pub(crate) fn yes(condition: bool) -> Option<()> {
    condition.then_some(())
}

pub(crate) fn one_of<T: PartialEq + Copy>(allowed: &[T], actual: T) -> Option<()> {
    yes(allowed.contains(&actual))
}

fn fits(units: u128, milestones: u64) -> bool {
    (100..=3_000).contains(&units) && units >= u128::from(milestones)
}
