//! What a policy may say, and how it becomes the policy: what tightens at once, what loosens after
//! its delay (R3).

use granary_kernel::{Fault, Profile};

use crate::errors::{GuardError, InputFault, StateFault};
use crate::limits;
use crate::records::policy::{AssetChange, PolicyChange};
use crate::records::{
    AssetLimits, AssetRow, ChangeRow, ChangeState, DestinationRow, Event, EventKind, Rules,
};
use crate::rules::compare::compare;
use crate::rules::{Change, Ctx, within};
use crate::types::{AssetId, ChangeId, Duration, Hash, Parameter};

/// What proposing and applying read: the parts of the policy the change names.
#[derive(Clone, Debug)]
pub struct PolicyView<'a> {
    /// The rules.
    pub rules: &'a Rules,
    /// Floors.
    pub profile: Profile,
    /// The assets of the change, in its order.
    pub assets: Vec<(AssetId, AssetRow)>,
    /// The destinations of the change, in its order.
    pub destinations: Vec<(Hash, DestinationRow)>,
    /// Changes that wait.
    pub waiting: u64,
    /// The number of the next change.
    pub next: Option<ChangeId>,
}

/// Proposes a change: one that only tightens is the policy at once.
pub fn propose(
    view: &PolicyView<'_>,
    change: PolicyChange,
    ctx: &Ctx,
) -> Result<Change, GuardError> {
    check(&change, view.rules, view.profile)?;
    let comparison = compare(view, &change);
    if comparison.is_nothing() {
        return Err(InputFault::Empty.into());
    }
    let (what, max) = ("the list of waiting changes", limits::MAX_WAITING);
    let room = view.waiting < max || comparison.loosens.is_empty();
    let id = view.next.filter(|_| room).ok_or(Fault::Full { what, max })?;
    let eta = ctx.now.saturating_add(comparison.wait);
    let row = ChangeRow {
        change,
        state: ChangeState::Proposed,
        by: ctx.actor,
        at: ctx.now,
        eta,
        base_version: view.rules.version,
        loosens: comparison.loosens,
        ended_at: None,
    };
    let first = row.loosens.first().map_or("", String::as_str);
    let event = Event::new(EventKind::PolicyProposed, id.wire()).name(first);
    let event = event.number(comparison.wait.as_secs());
    if row.loosens.is_empty() {
        let mut applied = applied(view, id, row, ctx);
        applied.events.insert(0, event);
        return Ok(applied);
    }
    let mut change = Change::with(event);
    change.policy = Some((id, row));
    Ok(change)
}

/// Makes a change that waited long enough the policy.
pub fn apply(
    view: &PolicyView<'_>,
    id: ChangeId,
    row: ChangeRow,
    ctx: &Ctx,
) -> Result<Change, GuardError> {
    let actual = row.state_at(view.rules.version, ctx.now);
    if actual != ChangeState::Proposed {
        return Err(StateFault::Change { actual }.into());
    }
    if ctx.now < row.eta {
        return Err(StateFault::ChangeWaits { until: row.eta }.into());
    }
    // Floors may have risen with the code since it was proposed.
    check(&row.change, view.rules, view.profile)?;
    Ok(applied(view, id, row, ctx))
}

/// Takes a change back.
pub fn withdraw(
    id: ChangeId,
    row: ChangeRow,
    version: u64,
    ctx: &Ctx,
) -> Result<Change, GuardError> {
    let actual = row.state_at(version, ctx.now);
    if actual != ChangeState::Proposed {
        return Err(StateFault::Change { actual }.into());
    }
    let mut change = Change::with(Event::new(EventKind::PolicyWithdrawn, id.wire()));
    let ended_at = Some(ctx.now);
    change.policy = Some((id, ChangeRow { state: ChangeState::Withdrawn, ended_at, ..row }));
    Ok(change)
}

pub(crate) fn applied(view: &PolicyView<'_>, id: ChangeId, row: ChangeRow, ctx: &Ctx) -> Change {
    let version = view.rules.version.saturating_add(1);
    let event = Event::new(EventKind::PolicyApplied, id.wire()).number(version);
    let mut change = Change::with(event);
    let rules = row.change.rules.clone().unwrap_or_else(|| view.rules.clone());
    change.rules = Some(Rules { version, effective_at: ctx.now, ..rules });
    for ((asset, old), new) in view.assets.iter().zip(&row.change.assets) {
        change.assets.push((*asset, limited(old, new.limits, ctx)));
    }
    for ((destination, old), new) in view.destinations.iter().zip(&row.change.destinations) {
        let row = DestinationRow { standing: new.standing(), ..*old };
        change.destinations.push((*destination, row));
    }
    let ended_at = Some(ctx.now);
    change.policy = Some((id, ChangeRow { state: ChangeState::Applied, ended_at, ..row }));
    change
}

/// The row with other limits; the times of the parameters that moved are kept for stewards (R13).
fn limited(old: &AssetRow, limits: Option<AssetLimits>, ctx: &Ctx) -> AssetRow {
    let mut row = AssetRow { limits, ..*old };
    for (parameter, at) in Parameter::ALL.into_iter().zip(row.changed_at.iter_mut()) {
        let value = |limits: Option<AssetLimits>| limits.and_then(|it| it.parameter(parameter));
        if value(old.limits) != value(limits) {
            *at = ctx.now;
        }
    }
    row
}

/// The least waits of a profile: of what loosens, and of what is announced.
pub const fn least(profile: Profile) -> (Duration, Duration) {
    match profile {
        Profile::Production => (limits::LOOSEN_LEAST, limits::ANNOUNCE_LEAST),
        Profile::Development | Profile::Testing => {
            (limits::LOOSEN_LEAST_TESTING, limits::ANNOUNCE_LEAST_TESTING)
        }
    }
}

/// Refuses a change that says something no policy may say.
pub fn check(change: &PolicyChange, rules: &Rules, profile: Profile) -> Result<(), GuardError> {
    let sizes = [
        ("assets", change.assets.len(), limits::MAX_CHANGED_ASSETS),
        ("destinations", change.destinations.len(), limits::MAX_CHANGED_DESTINATIONS),
    ];
    for (field, count, max) in sizes {
        if count > max {
            return Err(Fault::ListSize { field: field.to_owned(), count, max }.into());
        }
    }
    if let Some(rules) = &change.rules {
        check_rules(rules, profile)?;
    }
    check_floor(change.rules.as_ref().unwrap_or(rules))?;
    for (at, asset) in change.assets.iter().enumerate() {
        check_asset(at, asset)?;
    }
    let twice = |wrong: bool, field: &str| {
        if wrong { Err(policy(field, "names something twice")) } else { Ok(()) }
    };
    let mut assets: Vec<_> = change.assets.iter().map(|asset| asset.asset).collect();
    assets.sort_unstable();
    assets.dedup();
    twice(assets.len() != change.assets.len(), "assets")?;
    let mut places: Vec<_> = change.destinations.iter().map(|row| row.destination).collect();
    places.sort_unstable();
    places.dedup();
    twice(places.len() != change.destinations.len(), "destinations")?;
    Ok(())
}

fn policy(field: &str, problem: &'static str) -> InputFault {
    InputFault::Policy { field: field.to_owned(), problem }
}

fn check_rules(rules: &Rules, profile: Profile) -> Result<(), GuardError> {
    let count = rules.tiers.len();
    if count == 0 || count > limits::MAX_TIERS {
        return Err(policy("tiers", "must have 1 to 8 items").into());
    }
    let mut tiers = rules.tiers.iter().peekable();
    while let Some(tier) = tiers.next() {
        if tiers.peek().is_some_and(|next| next.up_to_value <= tier.up_to_value) {
            return Err(policy("tiers.up_to_value", "must grow from tier to tier").into());
        }
        if tiers.peek().is_none() && tier.up_to_value != u128::MAX {
            return Err(policy("tiers.up_to_value", "of the last tier must have no bound").into());
        }
        if tier.approvals > limits::MAX_APPROVALS {
            return Err(policy("tiers.approvals", "may be at most 20").into());
        }
        within("tiers.delay_ns", tier.delay, Duration::ZERO, limits::DELAY_MOST)?;
    }
    let shares = [
        ("concentration_bps", rules.concentration_bps, 1),
        ("drawdown_bps", rules.drawdown_bps, 0),
        ("max_price_deviation_bps", rules.max_price_deviation_bps, 0),
        ("steward.max_change_bps", rules.steward.max_change_bps, 0),
        ("solvency_buffer_bps", rules.solvency_buffer_bps, 0),
    ];
    for (field, bps, least) in shares {
        if bps < least || bps > limits::WHOLE_BPS {
            return Err(policy(field, "must be a share of at most 10000 basis points").into());
        }
    }
    let (loosen, announce) = least(profile);
    let most = limits::DELAY_MOST;
    within("loosen_delay_ns", rules.loosen_delay, loosen, most)?;
    within("announce_delay_ns", rules.announce_delay, announce.max(rules.loosen_delay), most)?;
    within("first_use_delay_ns", rules.first_use_delay, Duration::ZERO, most)?;
    within("steward.min_delay_ns", rules.steward.min_delay, Duration::seconds(1), most)?;
    let minute = Duration::seconds(60);
    within("max_price_age_ns", rules.max_price_age, minute, limits::PRICE_AGE_MOST)?;
    Ok(())
}

/// N tiers and one floor: no value above the floor's bound is let through for less.
fn check_floor(rules: &Rules) -> Result<(), GuardError> {
    let Some(floor) = rules.floor else { return Ok(()) };
    for (at, tier) in rules.tiers.iter().enumerate() {
        let reaches = tier.up_to_value > floor.above_value;
        if reaches && (tier.approvals < floor.approvals || tier.delay < floor.delay) {
            return Err(InputFault::Floor { tier: at }.into());
        }
    }
    Ok(())
}

fn check_asset(at: usize, change: &AssetChange) -> Result<(), GuardError> {
    let given = u64::from(change.asset);
    if crate::types::asset_id(given).is_none() {
        let field = format!("assets[{at}].asset");
        return Err(InputFault::AssetNumber { field, given }.into());
    }
    let Some(limits) = &change.limits else { return Ok(()) };
    let wrong = |field: &str, problem| {
        GuardError::from(InputFault::Policy { field: format!("assets[{at}].{field}"), problem })
    };
    if limits.max_per_tx == 0 {
        return Err(wrong("max_per_tx_units", "must be above 0"));
    }
    if limits.reference_value == 0 {
        return Err(wrong("reference_value", "must be above 0, or tiers mean nothing"));
    }
    if limits.decimals > limits::MAX_DECIMALS {
        return Err(wrong("decimals", "may be at most 36"));
    }
    if limits.min_retained_bps > limits::WHOLE_BPS {
        return Err(wrong("min_retained_bps", "may be at most 10000"));
    }
    if limits.max_tx_per_window == 0 || limits.max_tx_per_window > limits::MAX_TX_PER_WINDOW {
        return Err(wrong("max_tx_per_window", "must be 1 to 1000000"));
    }
    if limits.limited().next().is_none() {
        return Err(wrong("windows", "must have at least one"));
    }
    for (_, window) in limits.limited() {
        if window.max_amount == 0 {
            return Err(wrong("windows.max_amount_units", "must be above 0"));
        }
        if window.max_bps.is_some_and(|bps| bps == 0 || bps > limits::WHOLE_BPS) {
            return Err(wrong("windows.max_bps_of_treasury", "must be 1 to 10000"));
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
