//! What a change of the policy loosens, field by field, and how long it therefore waits (R3).
//!
//! Tightening needs no wait. A change that loosens any field waits as a whole, however much else it
//! tightens. Shortening a delay waits at least the difference, so that no detour over a shorter
//! delay is faster than the delay itself.

use crate::records::policy::{AssetChange, Floor, PolicyChange, Steward};
use crate::records::{AssetLimits, Rules, Tier};
use crate::rules::policy::PolicyView;
use crate::types::{Duration, Span};

/// What comparing found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Names of the fields that loosen.
    pub loosens: Vec<String>,
    /// True when a field tightens.
    pub tightens: bool,
    /// How long the change waits.
    pub wait: Duration,
}

impl Comparison {
    /// True when every field stays.
    pub fn is_nothing(&self) -> bool {
        self.loosens.is_empty() && !self.tightens
    }

    /// A field whose larger values let more through.
    fn higher<T: Ord>(&mut self, field: impl FnOnce() -> String, old: &T, new: &T) {
        if new > old {
            self.loosens.push(field());
        } else if new < old {
            self.tightens = true;
        }
    }

    /// A field whose smaller values let more through.
    fn lower<T: Ord>(&mut self, field: impl FnOnce() -> String, old: &T, new: &T) {
        self.higher(field, new, old);
    }

    /// A delay: a shorter one lets more through, after the difference.
    fn delay(&mut self, field: impl FnOnce() -> String, old: Duration, new: Duration) {
        self.lower(field, &old, &new);
        self.waits(old, new);
    }

    fn waits(&mut self, old: Duration, new: Duration) {
        let difference = old.as_nanos().saturating_sub(new.as_nanos());
        self.wait = self.wait.max(Duration::from_nanos(difference));
    }
}

/// Compares a change with the policy there is.
pub fn compare(view: &PolicyView<'_>, change: &PolicyChange) -> Comparison {
    let mut found = Comparison::default();
    if let Some(new) = &change.rules {
        compare_rules(&mut found, view.rules, new);
    }
    for ((_, row), new) in view.assets.iter().zip(&change.assets) {
        compare_asset(&mut found, row.limits.as_ref(), new);
    }
    for (at, ((_, row), new)) in view.destinations.iter().zip(&change.destinations).enumerate() {
        found.higher(|| format!("destinations[{at}]"), &row.standing, &new.standing());
    }
    if found.loosens.is_empty() {
        found.wait = Duration::ZERO;
    } else {
        found.wait = found.wait.max(view.rules.loosen_delay);
    }
    found
}

fn compare_rules(found: &mut Comparison, old: &Rules, new: &Rules) {
    let name = |field: &'static str| move || field.to_owned();
    found.lower(name("allow_list_only"), &old.allow_list_only, &new.allow_list_only);
    found.delay(name("first_use_delay"), old.first_use_delay, new.first_use_delay);
    found.delay(name("loosen_delay"), old.loosen_delay, new.loosen_delay);
    found.delay(name("announce_delay"), old.announce_delay, new.announce_delay);
    found.higher(name("max_price_age"), &old.max_price_age, &new.max_price_age);
    let deviation = (&old.max_price_deviation_bps, &new.max_price_deviation_bps);
    found.higher(name("max_price_deviation_bps"), deviation.0, deviation.1);
    found.higher(name("concentration_bps"), &old.concentration_bps, &new.concentration_bps);
    found.higher(name("drawdown_bps"), &old.drawdown_bps, &new.drawdown_bps);
    found.lower(name("solvency_buffer_bps"), &old.solvency_buffer_bps, &new.solvency_buffer_bps);
    let (Steward { max_change_bps: old_most, min_delay: old_wait }, Steward { .. }) =
        (old.steward, new.steward);
    found.higher(name("steward.max_change_bps"), &old_most, &new.steward.max_change_bps);
    found.delay(name("steward.min_delay"), old_wait, new.steward.min_delay);
    compare_tiers(found, old, new);
    compare_floor(found, old.floor, new.floor);
}

/// Tiers are compared value by value: at every bound of either and just above it.
fn compare_tiers(found: &mut Comparison, old: &Rules, new: &Rules) {
    let bounds = old.tiers.iter().chain(&new.tiers).map(|tier| tier.up_to_value);
    let mut values: Vec<u128> = bounds.flat_map(|at| [at, at.saturating_add(1)]).collect();
    values.push(0);
    values.sort_unstable();
    values.dedup();
    for value in values {
        let of = |rules: &Rules| rules.tier(value).map(|(_, tier)| tier);
        let (Some(before), Some(after)) = (of(old), of(new)) else { continue };
        let Tier { approvals, delay, .. } = before;
        found.lower(|| "tiers.approvals".to_owned(), &approvals, &after.approvals);
        found.delay(|| "tiers.delay".to_owned(), delay, after.delay);
    }
    found.loosens.dedup();
}

fn compare_floor(found: &mut Comparison, old: Option<Floor>, new: Option<Floor>) {
    let name = |field: &'static str| move || field.to_owned();
    match (old, new) {
        (None, None) => {}
        (None, Some(_)) => found.tightens = true,
        (Some(_), None) => found.loosens.push("floor".to_owned()),
        (Some(old), Some(new)) => {
            found.higher(name("floor.above_value"), &old.above_value, &new.above_value);
            found.lower(name("floor.approvals"), &old.approvals, &new.approvals);
            found.delay(name("floor.delay"), old.delay, new.delay);
        }
    }
}

fn compare_asset(found: &mut Comparison, old: Option<&AssetLimits>, change: &AssetChange) {
    let asset = change.asset;
    let name = |field: &'static str| move || format!("assets[{asset}].{field}");
    let (old, new) = match (old, &change.limits) {
        (None, None) => return,
        (None, Some(_)) => return found.loosens.push(format!("assets[{asset}]")),
        (Some(_), None) => {
            found.tightens = true;
            return;
        }
        (Some(old), Some(new)) => (old, new),
    };
    found.higher(name("decimals"), &old.decimals, &new.decimals);
    found.higher(name("max_per_tx"), &old.max_per_tx, &new.max_per_tx);
    found.higher(name("max_tx_per_window"), &old.max_tx_per_window, &new.max_tx_per_window);
    found.lower(name("min_retained_bps"), &old.min_retained_bps, &new.min_retained_bps);
    let begins = (&old.min_amount_to_limit, &new.min_amount_to_limit);
    found.higher(name("min_amount_to_limit"), begins.0, begins.1);
    found.lower(name("reference_value"), &old.reference_value, &new.reference_value);
    for span in Span::ALL {
        let field = |what: &str| format!("assets[{asset}].windows[{}].{what}", span.seconds());
        match (old.window(span), new.window(span)) {
            (None, None) => {}
            (None, Some(_)) => found.tightens = true,
            (Some(_), None) => found.loosens.push(field("gone")),
            (Some(old), Some(new)) => {
                found.higher(|| field("max_amount"), &old.max_amount, &new.max_amount);
                // No share lets more through than any share.
                let share = |bps: Option<u16>| bps.unwrap_or(u16::MAX);
                found.higher(|| field("max_bps"), &share(old.max_bps), &share(new.max_bps));
            }
        }
    }
}
