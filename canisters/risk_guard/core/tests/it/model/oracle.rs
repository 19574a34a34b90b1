//! The naive model: lists and scans, no sums that are kept.

use risk_guard_core::types::{Purpose, Span};

use super::op::Op;
use crate::support::{DAY, HOUR, ONE, SECOND};

#[derive(Clone, Debug)]
struct Reservation {
    intent: u64,
    args: (u64, u128, u8, Purpose, Option<u64>),
    state: &'static str,
    /// When it was counted; none past the windows.
    counted: Option<u64>,
    expires: u64,
}

#[derive(Clone, Debug)]
struct Planned {
    amount: u128,
    to: u8,
    from: u64,
    until: u64,
    state: &'static str,
}

#[derive(Clone, Debug)]
struct Seal {
    scope: u8,
    until: u64,
    state: &'static str,
}

#[derive(Clone, Debug)]
struct Seat {
    scope: u8,
    heartbeat: u64,
    alive: u64,
    state: &'static str,
}

#[derive(Clone, Debug)]
struct Proposal {
    asset: u32,
    limits: Option<(u128, u128)>,
    base: u64,
    eta: u64,
    state: &'static str,
}

#[derive(Clone, Debug, Default)]
struct Asset {
    /// The most of one outflow, and of a day.
    limits: Option<(u128, u128)>,
    changed: u64,
    clock: u64,
    balance: Option<u128>,
}

#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) now: u64,
    pub(crate) is_insolvent: bool,
    assets: Vec<Asset>,
    reservations: Vec<Reservation>,
    planned: Vec<Planned>,
    seals: Vec<Seal>,
    seats: Vec<Seat>,
    proposals: Vec<Proposal>,
    version: u64,
}

/// Where a number is in its list.
fn place(number: u64) -> usize {
    usize::try_from(number).expect("small") - 1
}

const HOLD: u64 = 26 * HOUR;

fn part(span: Span) -> u64 {
    u64::from(span.seconds()) * SECOND / 24
}

impl Model {
    pub(crate) fn new(now: u64) -> Self {
        let first = Asset { limits: Some((1_000, 5_000)), changed: now, ..Asset::default() };
        Self {
            now,
            is_insolvent: false,
            assets: vec![first.clone(), first],
            reservations: vec![],
            planned: vec![],
            seals: vec![],
            seats: vec![],
            proposals: vec![],
            version: 1,
        }
    }

    /// Time passes before the step.
    pub(crate) fn pass(&mut self, op: &Op) {
        match op {
            Op::Wait { parts, .. } => self.now += parts * 600 * SECOND,
            Op::Clock(true) => self.now += 60 * SECOND,
            Op::Clock(false) => self.now -= 60 * SECOND,
            _ => self.now += SECOND,
        }
    }

    fn asset(&mut self, number: u64) -> Option<&mut Asset> {
        self.assets.get_mut(usize::try_from(number).ok()?.checked_sub(1)?)
    }

    fn time(&self, number: u32) -> u64 {
        let clock = self.assets.get(place(number.into())).map_or(0, |asset| asset.clock);
        self.now.max(clock)
    }

    fn newest(&self, intent: u64) -> Option<usize> {
        self.reservations.iter().rposition(|row| row.intent == intent)
    }

    pub(crate) fn state_of(&self, intent: u64) -> Option<&'static str> {
        self.newest(intent).map(|at| self.reservations[at].state)
    }

    pub(crate) fn seats(&self) -> Vec<&'static str> {
        let state = |seat: &Seat| match seat.state {
            "Armed" if self.now > seat.alive => "Lapsed",
            state => state,
        };
        self.seats.iter().map(state).collect()
    }

    pub(crate) fn limits(&self, number: u32) -> Option<(u128, u128)> {
        self.assets[place(number.into())].limits
    }

    pub(crate) fn held(&self, number: u32) -> u128 {
        let is = |row: &&Reservation| row.args.0 == u64::from(number) && row.state == "Held";
        self.reservations.iter().filter(is).fold(0, |sum, row| sum + row.args.1)
    }

    /// What a window holds: everything held or committed whose part is in it.
    pub(crate) fn used(&self, number: u32, span: Span) -> (u128, u64) {
        let newest = self.time(number) / part(span);
        let is = |row: &&Reservation| {
            row.args.0 == u64::from(number)
                && ["Held", "Committed"].contains(&row.state)
                && row.counted.is_some_and(|at| newest - at / part(span) <= 24)
        };
        let rows: Vec<_> = self.reservations.iter().filter(is).collect();
        let sum = rows.iter().fold(0, |sum, row| sum + row.args.1);
        (sum, u64::try_from(rows.len()).expect("few"))
    }

    /// Exactly what left or is held within the span, to the nanosecond: never above a limit that
    /// was kept when the last of it was taken (R1).
    fn exact(&self, number: u32, span: Span) -> u128 {
        let length = u64::from(span.seconds()) * SECOND;
        let from = self.time(number).saturating_sub(length);
        let is = |row: &&Reservation| {
            row.args.0 == u64::from(number)
                && ["Held", "Committed"].contains(&row.state)
                && row.counted.is_some_and(|at| at >= from)
        };
        self.reservations.iter().filter(is).fold(0, |sum, row| sum + row.args.1)
    }

    fn sealed(&self, asset: u64, purpose: Purpose, to: u8) -> bool {
        let hits = |scope: u8| match scope {
            0 => true,
            1 => asset == 1,
            2 => purpose == Purpose::Grant,
            _ => to == 1,
        };
        let stops = |seal: &&Seal| seal.state == "Active" && self.now < seal.until;
        self.seals.iter().filter(stops).any(|seal| hits(seal.scope))
    }

    pub(crate) fn apply(&mut self, op: &Op) -> String {
        let word = |done: bool| if done { "done" } else { "refused" }.to_owned();
        match *op {
            Op::Reserve { .. } => self.reserve(op),
            Op::Commit(intent) => word(self.commit(intent)),
            Op::Release(intent) => word(self.release(intent)),
            Op::Wait { ticks, .. } => {
                if ticks {
                    self.beat();
                }
                word(true)
            }
            Op::Clock(_) => word(true),
            Op::Announce { amount, to, late } => {
                let from = self.now + (72 + late) * HOUR;
                let (until, state) = (from + 24 * HOUR, "Announced");
                let fits = amount > 0;
                if fits {
                    self.planned.push(Planned { amount, to, from, until, state });
                }
                word(fits)
            }
            Op::Cancel(id) => {
                let found = self.planned.get_mut(place(id));
                let row = found.filter(|row| row.state == "Announced");
                word(row.map(|row| row.state = "Cancelled").is_some())
            }
            Op::Seal { governs, scope, hours } => word(self.seal(governs, scope, hours)),
            Op::Lift(id) => {
                let now = self.now;
                let found = self.seals.get_mut(place(id));
                let row = found.filter(|row| row.state == "Active" && now < row.until);
                word(row.map(|row| row.state = "Lifted").is_some())
            }
            Op::Arm { scope, hours } => {
                let (heartbeat, state) = (hours * HOUR, "Armed");
                let seat = Seat { scope, heartbeat, alive: self.now + heartbeat, state };
                match self.seats.iter_mut().find(|seat| seat.scope == scope) {
                    Some(known) => *known = seat,
                    None => self.seats.push(seat),
                }
                word(true)
            }
            Op::Beat(id) => {
                let now = self.now;
                let found = self.seats.get_mut(place(id));
                let row = found.filter(|row| row.state == "Armed" && now <= row.alive);
                word(row.map(|row| row.alive = row.alive.max(now + row.heartbeat)).is_some())
            }
            Op::Propose { asset, max, day, named } => {
                let limits = named.then_some((max, day));
                word(self.propose(asset, limits))
            }
            Op::Apply(id) => word(self.apply_change(id)),
            Op::Adjust { asset, value } => word(self.adjust(asset, value)),
            Op::Refresh { one, two, short } => {
                (self.assets[0].balance, self.assets[1].balance) = (Some(one), Some(two));
                self.is_insolvent = short;
                word(true)
            }
        }
    }

    fn reserve(&mut self, op: &Op) -> String {
        let Op::Reserve { intent, asset, amount, to, purpose, announcement } = *op else {
            unreachable!("a reservation");
        };
        if amount == 0 {
            return "refused".to_owned();
        }
        let args = (asset, amount, to, purpose, announcement);
        if let Some(at) = self.newest(intent) {
            if self.reservations[at].state == "Held" && self.now >= self.reservations[at].expires {
                self.back(at, "Expired");
            }
            match self.reservations[at].state {
                "Held" if self.reservations[at].args == args => return "held".to_owned(),
                "Held" | "Committed" => return "refused".to_owned(),
                _ => {}
            }
        }
        if let Some(denied) = self.denied(asset, amount, to, purpose, announcement) {
            return denied;
        }
        let number = u32::try_from(asset).expect("known");
        let time = self.time(number);
        let planned = announcement.map(place);
        if let Some(at) = planned {
            self.planned[at].state = "Used";
        }
        self.asset(asset).expect("known").clock = time;
        let counted = planned.is_none().then_some(time);
        let (state, expires) = ("Held", time + HOLD);
        self.reservations.push(Reservation { intent, args, state, counted, expires });
        if planned.is_none() {
            let (_, day) = self.limits(number).expect("named");
            assert!(self.exact(number, Span::Hour) <= 1_500, "R1");
            assert!(self.exact(number, Span::Day) <= day, "R1");
        }
        "held".to_owned()
    }

    fn denied(
        &mut self,
        asset: u64,
        amount: u128,
        to: u8,
        purpose: Purpose,
        announcement: Option<u64>,
    ) -> Option<String> {
        if asset > 256 {
            return Some("asset 0".to_owned());
        }
        if self.sealed(asset, purpose, to) {
            return Some("seal 0".to_owned());
        }
        let limits = self.asset(asset).and_then(|asset| asset.limits);
        let Some((max, day)) = limits else { return Some("asset 0".to_owned()) };
        if self.is_insolvent && matches!(purpose, Purpose::Grant | Purpose::Plan) {
            return Some("solvency 0".to_owned());
        }
        if to == 66 {
            return Some("destination 0".to_owned());
        }
        if amount > max {
            return Some(format!("max_per_tx {max}"));
        }
        let number = u32::try_from(asset).expect("known");
        if let Some(id) = announcement {
            let time = self.time(number);
            let row = self.planned.get(place(id)).filter(|row| asset == 1 && row.to == to);
            let Some(row) = row else { return Some("announcement 0".to_owned()) };
            if amount > row.amount {
                return Some(format!("announcement {}", row.amount));
            }
            let is_ripe = row.state == "Announced" && time >= row.from && time <= row.until;
            return (!is_ripe).then(|| "announcement 0".to_owned());
        }
        let balance = self.asset(asset).and_then(|asset| asset.balance);
        let share = balance.map_or(u128::MAX, |balance| balance / 5);
        let left = |span, limit: u128| limit.saturating_sub(self.used(number, span).0);
        let remaining = left(Span::Hour, 1_500).min(left(Span::Day, day.min(share)));
        if amount > remaining {
            return Some(format!("window {remaining}"));
        }
        let full = [Span::Hour, Span::Day].into_iter().any(|span| self.used(number, span).1 >= 40);
        full.then(|| "tx_per_window 0".to_owned())
    }

    fn back(&mut self, at: usize, state: &'static str) {
        let number = u32::try_from(self.reservations[at].args.0).expect("known");
        let time = self.time(number);
        self.assets[place(number.into())].clock = time;
        self.reservations[at].state = state;
        if let Some(id) = self.reservations[at].args.4 {
            let row = &mut self.planned[place(id)];
            row.state = if self.now > row.until { "Lapsed" } else { "Announced" };
        }
    }

    fn commit(&mut self, intent: u64) -> bool {
        let Some(at) = self.newest(intent) else { return false };
        let number = u32::try_from(self.reservations[at].args.0).expect("known");
        let time = self.time(number);
        let row = &mut self.reservations[at];
        if ["Released", "Expired"].contains(&row.state) {
            row.counted = row.counted.map(|_| time);
            self.assets[place(number.into())].clock = time;
        }
        self.reservations[at].state = "Committed";
        true
    }

    fn release(&mut self, intent: u64) -> bool {
        let Some(at) = self.newest(intent) else { return false };
        match self.reservations[at].state {
            "Held" => self.back(at, "Released"),
            "Expired" => self.reservations[at].state = "Released",
            "Committed" => return false,
            _ => {}
        }
        true
    }

    fn beat(&mut self) {
        for at in 0..self.reservations.len() {
            let row = &self.reservations[at];
            if row.state == "Held" && self.now >= row.expires {
                self.back(at, "Expired");
            }
        }
        let now = self.now;
        for seal in self.seals.iter_mut().filter(|it| it.state == "Active" && now >= it.until) {
            seal.state = "Expired";
        }
        for seat in self.seats.iter_mut().filter(|it| it.state == "Armed" && now > it.alive) {
            seat.state = "Lapsed";
        }
        for row in self.planned.iter_mut().filter(|it| it.state == "Announced" && now > it.until) {
            row.state = "Lapsed";
        }
    }

    fn seal(&mut self, governs: bool, scope: u8, hours: u32) -> bool {
        if hours == 0 {
            return false;
        }
        let (now, until) = (self.now, self.now + u64::from(hours) * HOUR);
        let covers = |seat: &Seat| seat.scope == 0 || seat.scope == scope;
        let armed = |seat: &Seat| seat.state == "Armed" && now <= seat.alive && covers(seat);
        let narrow = self.seats.iter().position(|seat| armed(seat) && seat.scope == scope);
        let seat = narrow.or_else(|| self.seats.iter().position(armed));
        if !governs && seat.is_none() {
            return false;
        }
        let active =
            |seal: &&mut Seal| seal.state == "Active" && now < seal.until && seal.scope == scope;
        if let Some(seal) = self.seals.iter_mut().find(active) {
            if governs {
                seal.until = until;
            }
            return governs;
        }
        let listed = self.seals.iter().filter(|seal| seal.state == "Active").count();
        if listed >= 16 {
            return false;
        }
        if let Some(at) = seat.filter(|_| !governs) {
            self.seats[at].state = "Used";
        }
        self.seals.push(Seal { scope, until, state: "Active" });
        true
    }

    fn propose(&mut self, asset: u32, limits: Option<(u128, u128)>) -> bool {
        if limits.is_some_and(|(max, day)| max == 0 || day == 0) {
            return false;
        }
        let old = self.limits(asset);
        if old == limits {
            return false;
        }
        let loosens = match (old, limits) {
            (None, Some(_)) => true,
            (Some((max, day)), Some((new_max, new_day))) => new_max > max || new_day > day,
            (_, None) => false,
        };
        let base = self.version;
        let (now, state) = (self.now, "Proposed");
        if loosens {
            let late = |row: &Proposal| now > row.eta + 14 * DAY;
            let waits = |row: &&Proposal| row.state == "Proposed" && row.base == base && !late(row);
            if self.proposals.iter().filter(waits).count() >= 8 {
                return false;
            }
            let eta = self.now + 2 * DAY;
            self.proposals.push(Proposal { asset, limits, base, eta, state });
        } else {
            let (eta, state) = (self.now, "Applied");
            self.proposals.push(Proposal { asset, limits, base, eta, state });
            self.put(asset, limits);
        }
        true
    }

    fn put(&mut self, asset: u32, limits: Option<(u128, u128)>) {
        let now = self.now;
        let row = &mut self.assets[place(asset.into())];
        if row.limits.map(|it| it.0) != limits.map(|it| it.0) {
            row.changed = now;
        }
        row.limits = limits;
        self.version += 1;
    }

    fn apply_change(&mut self, id: u64) -> bool {
        let Some(row) = self.proposals.get_mut(place(id)) else { return false };
        let fits = row.state == "Proposed"
            && row.base == self.version
            && self.now >= row.eta
            && self.now <= row.eta + 14 * DAY;
        if fits {
            row.state = "Applied";
            let (asset, limits) = (row.asset, row.limits);
            self.put(asset, limits);
        }
        fits
    }

    fn adjust(&mut self, asset: u32, value: u128) -> bool {
        let row = self.assets[place(asset.into())].clone();
        let Some((max, day)) = row.limits else { return false };
        let most = max / 10;
        if value < max.saturating_sub(most).max(1) || value > max + most {
            return false;
        }
        self.now >= row.changed + DAY && self.propose(asset, Some((value, day)))
    }
}

const _: () = assert!(ONE == 100_000_000);
