//! May this leave? One pure question, asked by `assess_outflow` and decided by `reserve_outflow`.
//!
//! The rules are asked in the order of [`Rule::ALL`], and the first that denies is told with what
//! it would still let through (R9). A price that is stale or unknown raises nothing: the value of
//! an outflow is never below what the policy's own reference says (R8). A balance that is old still
//! tightens; one that was never known leaves the absolute limits.

use granary_resilience::breaker::{Breaker, BreakerRule, Permit};
use granary_units::{Rounding, mul_div};

use crate::limits;
use crate::records::destination::DestinationRow;
use crate::records::reservation::{Needs, Outflow};
use crate::records::{AnnouncementRow, AssetLimits, AssetRow, Rules, TreasuryRow, WindowLimit};
use crate::rules::{Flows, ratio_bps, scale, share, share_up, value_of};
use crate::types::{Purpose, Rule, Span, Standing, Timestamp};

/// What the decision reads.
#[derive(Debug)]
pub struct OutflowView<'a> {
    /// The rules.
    pub rules: &'a Rules,
    /// The asset.
    pub row: AssetRow,
    /// Its rolling windows, as of the time of the decision.
    pub flows: Box<Flows>,
    /// The end of the seal that stops it.
    pub sealed: Option<Timestamp>,
    /// The breaker of its ledger.
    pub breaker: Breaker,
    /// When breakers open and close.
    pub breaker_rule: &'a BreakerRule,
    /// The treasury owes more than it has.
    pub is_insolvent: bool,
    /// The treasury; none when no rule reads it.
    pub treasury: Option<Box<TreasuryRow>>,
    /// Where the money is to go.
    pub destination: DestinationRow,
    /// What it was announced with, if that exists.
    pub announcement: Option<AnnouncementRow>,
}

/// Why an outflow may not happen, at least not now (R9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Denial {
    /// The rule.
    pub rule: Rule,
    /// What it would still let through now.
    pub remaining: u128,
    /// When asking again can help.
    pub retry_at: Option<Timestamp>,
}

impl Denial {
    /// Nothing passes this rule, whenever it is asked.
    pub const fn flat(rule: Rule) -> Self {
        Self { rule, remaining: 0, retry_at: None }
    }
}

/// It may leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pass {
    /// What it needs first.
    pub needs: Needs,
    /// True when an announcement takes it past the windows.
    pub is_announced: bool,
    /// The breaker after it was asked.
    pub breaker: Breaker,
    /// The right to use the ledger.
    pub permit: Permit,
    /// How full its fullest window is then, in basis points.
    pub used_bps: u128,
}

/// Decides.
pub fn decide(view: &OutflowView<'_>, outflow: &Outflow, now: Timestamp) -> Result<Pass, Denial> {
    if let Some(until) = view.sealed {
        return Err(Denial { retry_at: Some(until), ..Denial::flat(Rule::Seal) });
    }
    let limits = view.row.limits.ok_or(Denial::flat(Rule::Asset))?;
    let mut breaker = view.breaker;
    let permit = breaker.admit(view.breaker_rule, now).map_err(|refusal| Denial {
        retry_at: refusal.not_before,
        ..Denial::flat(Rule::Breaker)
    })?;
    if view.is_insolvent && matches!(outflow.purpose, Purpose::Grant | Purpose::Plan) {
        return Err(Denial::flat(Rule::Solvency));
    }
    drawdown(view, &limits, outflow, now)?;
    destination(view)?;
    if outflow.amount > limits.max_per_tx {
        let remaining = limits.max_per_tx;
        return Err(Denial { rule: Rule::MaxPerTx, remaining, retry_at: None });
    }
    let is_announced = announced(view, outflow, now)?;
    let used_bps = if is_announced { 0 } else { windows(view, &limits, outflow)? };
    retained(view, &limits, outflow)?;
    concentration(view, &limits, outflow, now)?;
    let needs = needs(view, &limits, outflow);
    Ok(Pass { needs, is_announced, breaker, permit, used_bps })
}

/// What it needs: the tier of its value, and time before the first money goes to a destination.
fn needs(view: &OutflowView<'_>, limits: &AssetLimits, outflow: &Outflow) -> Needs {
    let price = limits.reference_value.max(view.row.known.value);
    let value = value_of(outflow.amount, price, limits.decimals);
    let policy_version = view.rules.version;
    let Some((at, tier)) = view.rules.tier(value) else {
        // No rules are stored without a tier; if there were, nobody could approve enough.
        let (approvals, delay) = (u32::MAX, limits::DELAY_MOST);
        return Needs { policy_version, tier: 0, approvals, delay };
    };
    let is_first = view.destination.first_used_at.is_none();
    let delay = if is_first { tier.delay.max(view.rules.first_use_delay) } else { tier.delay };
    let tier_at = u32::try_from(at).unwrap_or(u32::MAX);
    Needs { policy_version, tier: tier_at, approvals: tier.approvals, delay }
}

fn destination(view: &OutflowView<'_>) -> Result<(), Denial> {
    match view.destination.standing {
        Standing::Blocked => Err(Denial::flat(Rule::Destination)),
        Standing::Unlisted if view.rules.allow_list_only => Err(Denial::flat(Rule::Destination)),
        Standing::Unlisted | Standing::Allowed => Ok(()),
    }
}

/// True when an announcement takes it past the windows of its own asset, and past nothing else
/// (R11).
fn announced(view: &OutflowView<'_>, outflow: &Outflow, now: Timestamp) -> Result<bool, Denial> {
    if outflow.announcement.is_none() {
        return Ok(false);
    }
    let none = Denial::flat(Rule::Announcement);
    let row = view.announcement.ok_or(none)?;
    if row.asset != outflow.asset || row.destination != outflow.destination {
        return Err(none);
    }
    if outflow.amount > row.amount {
        return Err(Denial { remaining: row.amount, ..none });
    }
    if !row.is_ripe(now) {
        let waits =
            row.state == crate::types::AnnouncementState::Announced && now < row.earliest_at;
        return Err(Denial { retry_at: waits.then_some(row.earliest_at), ..none });
    }
    Ok(true)
}

/// The most a window lets through: the absolute limit, or a share of what the treasury has if that
/// is less. Shares bind when the balance is known and not small.
pub fn capacity(limit: &WindowLimit, limits: &AssetLimits, row: &AssetRow) -> u128 {
    match limit.max_bps {
        Some(bps) if binds(limits, row) => limit.max_amount.min(share(row.known.balance, bps)),
        Some(_) | None => limit.max_amount,
    }
}

fn binds(limits: &AssetLimits, row: &AssetRow) -> bool {
    row.known.is_known() && row.known.balance >= limits.min_amount_to_limit
}

/// R1: what was taken and this together stay within each window. Answers how full they are then.
fn windows(
    view: &OutflowView<'_>,
    limits: &AssetLimits,
    outflow: &Outflow,
) -> Result<u128, Denial> {
    let mut used_bps = 0;
    let (mut full, mut many) = (None::<Denial>, None::<Denial>);
    let mut least = u128::MAX;
    for (span, limit) in limits.limited() {
        let flow = flow(view, span);
        let (sum, count) = flow.total();
        let capacity = capacity(&limit, limits, &view.row);
        let remaining = capacity.saturating_sub(sum);
        least = least.min(remaining);
        if outflow.amount > remaining {
            let over = outflow.amount.saturating_sub(remaining);
            let retry_at =
                if outflow.amount > capacity { None } else { flow.frees_at(span, over, 0) };
            full = Some(later(full, Denial { rule: Rule::Window, remaining, retry_at }));
        }
        if count >= limits.max_tx_per_window {
            let over = count.saturating_sub(limits.max_tx_per_window).saturating_add(1);
            let retry_at = flow.frees_at(span, 0, over);
            many = Some(later(many, Denial { retry_at, ..Denial::flat(Rule::TxPerWindow) }));
        }
        used_bps = used_bps.max(ratio_bps(sum.saturating_add(outflow.amount), capacity));
    }
    match full.map(|denial| Denial { remaining: least, ..denial }).or(many) {
        Some(denial) => Err(denial),
        None => Ok(used_bps),
    }
}

/// Of two denials of the same rule: the one that lasts longer; one without an end lasts longest.
fn later(known: Option<Denial>, new: Denial) -> Denial {
    match known {
        None => new,
        Some(known) => {
            let retry_at = match (known.retry_at, new.retry_at) {
                (Some(one), Some(other)) => Some(one.max(other)),
                _ => None,
            };
            Denial { retry_at, ..new }
        }
    }
}

fn flow<'v>(view: &'v OutflowView<'_>, wanted: Span) -> &'v crate::records::FlowRow {
    let [hour, day, week, month] = view.flows.as_ref();
    match wanted {
        Span::Hour => hour,
        Span::Day => day,
        Span::Week => week,
        Span::Month => month,
    }
}

/// What may leave so that a share of what was there a day ago remains.
pub fn free(limits: &AssetLimits, row: &AssetRow, left_today: u128) -> u128 {
    if limits.min_retained_bps == 0 || !binds(limits, row) {
        return u128::MAX;
    }
    let balance = row.known.balance;
    // What left today before the balance was asked for was there a day ago.
    let base = balance.saturating_add(left_today.saturating_sub(row.since));
    let keep = share_up(base, limits.min_retained_bps);
    balance.saturating_sub(row.since).saturating_sub(keep)
}

fn retained(view: &OutflowView<'_>, limits: &AssetLimits, outflow: &Outflow) -> Result<(), Denial> {
    let remaining = free(limits, &view.row, flow(view, Span::Day).total().0);
    if outflow.amount > remaining {
        return Err(Denial { rule: Rule::MinRetained, remaining, retry_at: None });
    }
    Ok(())
}

/// The treasury, when its value is known well enough to deny by it (R8).
fn valued<'v>(view: &'v OutflowView<'_>, now: Timestamp) -> Option<&'v TreasuryRow> {
    let treasury = view.treasury.as_deref()?;
    let age = now.saturating_since(treasury.valued_at);
    (treasury.is_valued && age <= view.rules.max_price_age).then_some(treasury)
}

/// Units whose value at the known price is at most `value`.
fn units(value: u128, price: u128, decimals: u8) -> u128 {
    mul_div(value, scale(decimals), price, Rounding::Down).unwrap_or(u128::MAX)
}

fn drawdown(
    view: &OutflowView<'_>,
    limits: &AssetLimits,
    outflow: &Outflow,
    now: Timestamp,
) -> Result<(), Denial> {
    let bps = view.rules.drawdown_bps;
    // What a person asks for goes by its tier: people must be able to leave a falling treasury.
    if bps >= limits::WHOLE_BPS || outflow.purpose == Purpose::Manual {
        return Ok(());
    }
    let Some(treasury) = valued(view, now) else { return Ok(()) };
    let peak = treasury.peak();
    let least = peak.saturating_sub(share(peak, bps));
    let price = view.row.known.value;
    let value = value_of(outflow.amount, price, limits.decimals);
    if treasury.total.saturating_sub(value) < least {
        let remaining = units(treasury.total.saturating_sub(least), price, limits.decimals);
        return Err(Denial { rule: Rule::Drawdown, remaining, retry_at: None });
    }
    Ok(())
}

fn concentration(
    view: &OutflowView<'_>,
    limits: &AssetLimits,
    outflow: &Outflow,
    now: Timestamp,
) -> Result<(), Denial> {
    let bps = view.rules.concentration_bps;
    if bps >= limits::WHOLE_BPS {
        return Ok(());
    }
    let Some(treasury) = valued(view, now) else { return Ok(()) };
    let Some((_, other)) = treasury.largest_beside(outflow.asset.get()) else { return Ok(()) };
    let price = view.row.known.value;
    let value = value_of(outflow.amount, price, limits.decimals);
    // The total at which the other asset is exactly as large a part as it may be.
    let least = mul_div(other, limits::WHOLE_BPS.into(), bps.into(), Rounding::Up);
    let least = least.unwrap_or(u128::MAX);
    if treasury.total.saturating_sub(value) < least {
        let remaining = units(treasury.total.saturating_sub(least), price, limits.decimals);
        return Err(Denial { rule: Rule::Concentration, remaining, retry_at: None });
    }
    Ok(())
}

#[cfg(test)]
#[path = "outflow_tests.rs"]
mod tests;
