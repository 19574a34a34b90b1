//! Asking the books what the treasury has, and judging what they say: balances, prices, solvency.
//!
//! A question has a number and is written down before it is asked. The answer counts only while its
//! question is the newest and still open, so a late one changes nothing. Age counts from the
//! question.

use granary_kernel::Profile;
use granary_resilience::checker::Level as Health;
use granary_resilience::failure::{Failure, FailureKind};
use granary_resilience::limiter::{Limited, Rate};
use granary_resilience::profile::{Policy, ResilienceProfile};

use crate::errors::{GuardError, StateFault};
use crate::limits;
use crate::records::asset::Known;
use crate::records::{AssetRow, Event, EventKind, Refresh, Rules, ServiceRow, TreasuryRow};
use crate::rules::outcome::{self, OutcomeView};
use crate::rules::{AlertCall, Change, Ctx, ratio_bps, share, share_up, value_of};
use crate::types::{AlertKind, AssetId, Level, Service, Timestamp};

/// Why the books are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    /// It is time to.
    Time,
    /// An outflow waits for the answer.
    Outflow,
    /// A person wants to know.
    Person,
}

/// What the books say of one asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figure {
    /// Which.
    pub asset: AssetId,
    /// What the treasury itself has; 0 when the books say less.
    pub balance: u128,
    /// What ledgers hold for everybody.
    pub assets: u128,
    /// What is owed to users and grants.
    pub owed: u128,
    /// Decimal places.
    pub decimals: u8,
    /// The price of one whole token, eight decimal places; 0 without one.
    pub price: u128,
    /// True when it may raise a limit.
    pub is_fresh: bool,
    /// The time of the price.
    pub priced_at: Timestamp,
    /// How far the price's sources differ.
    pub deviation_bps: u32,
}

/// The figures of a profile, by name.
pub const fn policy(profile: Profile) -> Policy {
    match profile {
        Profile::Production => ResilienceProfile::Production.policy(),
        Profile::Development => ResilienceProfile::Development.policy(),
        Profile::Testing => ResilienceProfile::Testing.policy(),
    }
}

/// A question that was written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Its number.
    pub run: u64,
    /// The breaker's turn in which it was admitted.
    pub turn: u64,
}

/// Writes a question down, unless one is open, or it is too early.
pub fn begin(
    refresh: &Refresh,
    service: ServiceRow,
    profile: Profile,
    because: Because,
    now: Timestamp,
) -> Result<(Ticket, Refresh, ServiceRow), GuardError> {
    let asking = |until| GuardError::from(StateFault::Asking { until });
    // Whatever the clock did in between, no question is open for longer than its lease.
    let longest = now.saturating_add(limits::REFRESH_LEASE);
    if let Some(until) = refresh.open_until.map(|until| until.min(longest))
        && now < until
    {
        return Err(asking(until));
    }
    if because != Because::Person && !refresh.recovery.is_due(now) {
        return Err(asking(refresh.recovery.next_at.unwrap_or(now)));
    }
    let mut next = refresh.clone();
    if because == Because::Outflow {
        let rate = Rate { every: limits::REFRESH_PACE, burst: limits::REFRESH_BURST };
        next.pace.take(&rate, 1, now).map_err(|limited| match limited {
            Limited::Until(until) => asking(until),
            Limited::Never { .. } => asking(now),
        })?;
    }
    let mut service = service;
    let permit = service.breaker.admit(&policy(profile).breaker, now);
    let permit = permit.map_err(|refusal| asking(refusal.not_before.unwrap_or(now)))?;
    next.run = refresh.run.saturating_add(1);
    (next.asked_at, next.open_until) = (now, Some(longest));
    Ok((Ticket { run: next.run, turn: permit.turn() }, next, service))
}

/// What settling reads.
#[derive(Debug)]
pub struct SettleView<'a> {
    /// The question that was answered.
    pub ticket: Ticket,
    /// Where questions stand.
    pub refresh: &'a Refresh,
    /// The rules.
    pub rules: &'a Rules,
    /// Floors.
    pub profile: Profile,
    /// The treasury as it is known.
    pub treasury: TreasuryRow,
    /// True when it is known as insolvent.
    pub is_insolvent: bool,
    /// Every asset there is a row of, with how full its fullest window is when an alert says so.
    pub rows: Vec<(AssetId, AssetRow, Option<u128>)>,
    /// The books as a service.
    pub service: ServiceRow,
}

/// Keeps what the books said, or why they did not. Nothing when the question is not the newest.
pub fn settle(
    view: &SettleView<'_>,
    answer: Result<Vec<Figure>, Failure>,
    ctx: &Ctx,
) -> Option<Change> {
    let is_open = view.refresh.run == view.ticket.run && view.refresh.open_until.is_some();
    if !is_open {
        return None;
    }
    let rule = policy(view.profile).breaker;
    let seen = OutcomeView {
        service: Service::Portfolio,
        row: view.service,
        turn: Some(view.ticket.turn),
        rule,
    };
    let mut change = outcome::record(&seen, answer.is_ok(), ctx);
    let mut refresh = Refresh { open_until: None, ..view.refresh.clone() };
    let check = policy(view.profile).check;
    let level = refresh.checker.record(&check, answer.is_ok(), ctx.now);
    let unknown = AlertKind::TreasuryUnknown;
    match answer {
        Ok(figures) => {
            refresh.recovery.succeeded();
            change.alerts.push(AlertCall::Clear { kind: unknown, subject: 0 });
            learnt(&mut change, view, &figures);
        }
        Err(failure) => {
            refresh.recovery.trace_id = ctx.trace_id;
            refresh.recovery.failed(&policy(view.profile).retry, &failure, ctx.now);
            let value = refresh.recovery.attempts.into();
            let level = if level == Health::Critical { Level::Critical } else { Level::Warning };
            let raise = AlertCall::Raise { kind: unknown, subject: 0, level, value, threshold: 0 };
            change.alerts.push(raise);
        }
    }
    change.refresh = Some(refresh);
    Some(change)
}

/// Why an answer that came is none.
pub fn unusable(method: &'static str) -> Failure {
    Failure::new(FailureKind::Permanent, format!("the answer to {method} cannot be used"))
}

fn learnt(change: &mut Change, view: &SettleView<'_>, figures: &[Figure]) {
    let (asked_at, run) = (view.refresh.asked_at, view.ticket.run);
    let mut treasury = TreasuryRow { judged_at: asked_at, worst: None, ..view.treasury };
    let (mut total, mut is_valued, mut is_consistent) = (0_u128, true, true);
    let mut values: Vec<(u32, u128)> = vec![];
    for figure in figures {
        let known = view.rows.iter().find(|(id, ..)| *id == figure.asset);
        let (old, used) = known.map_or_else(Default::default, |(_, row, used)| (*row, *used));
        let mut row = AssetRow { known: known_from(figure, &old, asked_at), ..old };
        // What is held may have left already or not: it counts as if the balance had it still.
        let left = if row.left_run == run { row.left } else { 0 };
        row.since = row.held.saturating_add(left);
        if row.is_nearly_used && used.is_some_and(|used| used < limits::NEARLY_USED_BPS) {
            row.is_nearly_used = false;
            let (kind, subject) = (AlertKind::LimitNearlyUsed, figure.asset.wire());
            change.alerts.push(AlertCall::Clear { kind, subject });
        }
        change.assets.push((figure.asset, row));
        judge(&mut treasury, view.rules, figure);
        let is_priced = figure.is_fresh && figure.price > 0 && is_steady(view.rules, figure);
        if figure.balance > 0 && !is_priced {
            (is_valued, is_consistent) = (false, is_consistent && figure.price == 0);
        }
        let value = value_of(figure.balance, figure.price, figure.decimals);
        total = total.saturating_add(value);
        values.push((figure.asset.get(), value));
    }
    values.sort_unstable_by(|(_, one), (_, other)| other.cmp(one));
    let mut largest = values.into_iter();
    (treasury.total, treasury.is_valued, treasury.valued_at) = (total, is_valued, asked_at);
    treasury.largest = core::array::from_fn(|_| largest.next().unwrap_or((0, 0)));
    if is_valued {
        treasury = treasury.peaked(total, asked_at);
    }
    let count = u64::try_from(figures.len()).unwrap_or(u64::MAX);
    change.events.push(Event::new(EventKind::TreasuryRefreshed, run).number(count));
    solvency(change, view.is_insolvent, &treasury);
    worth(change, view.rules, &treasury, is_consistent);
    change.treasury = Some(Box::new(treasury));
}

fn known_from(figure: &Figure, old: &AssetRow, asked_at: Timestamp) -> Known {
    // A price that is gone still tightens as the last that was known.
    let (price, priced_at) = match figure.price {
        0 => (old.known.value, old.known.priced_at),
        price => (price, figure.priced_at),
    };
    Known {
        balance: figure.balance,
        at: asked_at,
        assets: figure.assets,
        owed: figure.owed,
        value: price,
        is_fresh: figure.is_fresh && figure.price > 0,
        priced_at,
    }
}

fn is_steady(rules: &Rules, figure: &Figure) -> bool {
    figure.deviation_bps <= u32::from(rules.max_price_deviation_bps)
}

/// R12 for one asset: what it must have is what is owed and a buffer.
fn judge(treasury: &mut TreasuryRow, rules: &Rules, figure: &Figure) {
    let buffer = share_up(figure.owed, rules.solvency_buffer_bps);
    let needed = figure.owed.saturating_add(buffer);
    if figure.assets >= needed {
        return;
    }
    let missing = |(_, has, owes): (u32, u128, u128)| owes.saturating_sub(has);
    let found = (figure.asset.get(), figure.assets, needed);
    if treasury.worst.is_none_or(|worst| missing(found) > missing(worst)) {
        treasury.worst = Some(found);
    }
}

/// Grants and plans stop when the treasury has less than it owes, and go on when it has it again.
fn solvency(change: &mut Change, was_insolvent: bool, treasury: &TreasuryRow) {
    let (kind, subject) = (AlertKind::SolvencyLow, 0);
    let is_insolvent = treasury.worst.is_some();
    if let Some((_, has, owes)) = treasury.worst {
        let level = Level::Critical;
        change.alerts.push(AlertCall::Raise { kind, subject, level, value: has, threshold: owes });
    }
    if is_insolvent == was_insolvent {
        return;
    }
    let event = Event::new(EventKind::SolvencyChanged, 0).number(u64::from(!is_insolvent));
    change.events.push(event);
    change.is_insolvent = Some(is_insolvent);
    if is_insolvent {
        let action = Event::new(EventKind::ProtectiveActionTaken, 0);
        change.events.push(action.name("outflows_frozen"));
    } else {
        change.alerts.push(AlertCall::Clear { kind, subject });
    }
}

/// What the value of the treasury says to people: prices, its fall, and its largest part.
fn worth(change: &mut Change, rules: &Rules, treasury: &TreasuryRow, is_consistent: bool) {
    let mut say = |kind, is_so: bool, subject: u64, level, (value, threshold): (u128, u128)| {
        change.alerts.push(if is_so {
            AlertCall::Raise { kind, subject, level, value, threshold }
        } else {
            AlertCall::Clear { kind, subject }
        });
    };
    let TreasuryRow { total, is_valued, .. } = *treasury;
    let stale = (AlertKind::PriceStale, !is_consistent);
    say(stale.0, stale.1, 0, Level::Warning, (0, rules.max_price_age.as_secs().into()));
    let peak = treasury.peak();
    let fallen = ratio_bps(peak.saturating_sub(total), peak.max(1));
    let falls = is_valued
        && rules.drawdown_bps < limits::WHOLE_BPS
        && total < peak.saturating_sub(share(peak, rules.drawdown_bps));
    say(AlertKind::Drawdown, falls, 0, Level::Critical, (fallen, rules.drawdown_bps.into()));
    let [(_, value), _] = treasury.largest;
    let part = ratio_bps(value, total.max(1));
    let bound = u128::from(rules.concentration_bps);
    let heavy = is_valued && rules.concentration_bps < limits::WHOLE_BPS && part > bound;
    say(AlertKind::Concentration, heavy, 0, Level::Warning, (part, bound));
}

#[cfg(test)]
#[path = "treasury_tests.rs"]
mod tests;
