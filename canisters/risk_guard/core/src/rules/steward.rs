//! Moving one parameter a little, without a vote (R13). Downwards it holds at once; upwards it is
//! a change that loosens, and waits like every other (R3).

use crate::errors::{GuardError, InputFault, StateFault};
use crate::records::policy::{AssetChange, PolicyChange};
use crate::records::{Event, EventKind};
use crate::rules::policy::{PolicyView, propose};
use crate::rules::{Change, Ctx, share};
use crate::types::{AssetId, Parameter};

/// Moves `parameter` of the one asset of the view to `value`.
pub fn adjust(
    view: &PolicyView<'_>,
    asset: AssetId,
    parameter: Parameter,
    value: u128,
    ctx: &Ctx,
) -> Result<Change, GuardError> {
    let row = view.assets.first().map(|(_, row)| *row).unwrap_or_default();
    let limits = row.limits.ok_or(StateFault::StewardUnset)?;
    let old = limits.parameter(parameter).ok_or(StateFault::StewardUnset)?;
    let most = share(old, view.rules.steward.max_change_bps);
    let (least, most) = (old.saturating_sub(most).max(1), old.saturating_add(most));
    if value < least || value > most {
        return Err(InputFault::StewardBound { least, most }.into());
    }
    let changed_at = row.changed_at.get(parameter.at()).copied().unwrap_or_default();
    let until = changed_at.saturating_add(view.rules.steward.min_delay);
    if ctx.now < until {
        return Err(StateFault::StewardTooSoon { until }.into());
    }
    let limits = Some(limits.with_parameter(parameter, value));
    let assets = vec![AssetChange { asset: asset.get(), limits }];
    let change = PolicyChange { rules: None, assets, destinations: vec![] };
    let mut change = propose(view, change, ctx)?;
    let subject = change.policy.as_ref().map_or(0, |(id, _)| id.wire());
    let event = Event::new(EventKind::ParameterAdjusted, subject).name(parameter.name());
    change.events.push(event.number(asset.wire()).units(value));
    Ok(change)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::ChangeState;
    use crate::rules::fixtures::{after, asset, ctx, policy_view, rules, steward};
    use crate::types::Span;

    const DAY: u32 = 86_400;

    fn adjusted(parameter: Parameter, value: u128, seconds: u32) -> Result<Change, GuardError> {
        let rules = rules();
        let view = policy_view(&rules);
        let ctx = Ctx { now: after(seconds), ..ctx(steward()) };
        adjust(&view, asset(), parameter, value, &ctx)
    }

    /// The fixture: 1,000 for one outflow, a steward may move a tenth once a day.
    #[test]
    fn r13_a_steward_keeps_within_the_bound_in_either_direction() {
        for (value, fits) in [(899, false), (900, true), (1_100, true), (1_101, false)] {
            let moved = adjusted(Parameter::MaxPerTx, value, 2 * DAY);
            assert_eq!(moved.is_ok(), fits, "{value}: {moved:?}");
        }
        let bound = InputFault::StewardBound { least: 900, most: 1_100 };
        assert_eq!(adjusted(Parameter::MaxPerTx, 0, 2 * DAY).err(), Some(bound.into()));
    }

    #[test]
    fn r13_a_steward_waits_in_either_direction() {
        for value in [950, 1_050] {
            let early = adjusted(Parameter::MaxPerTx, value, DAY - 1).err();
            assert_eq!(early, Some(StateFault::StewardTooSoon { until: after(DAY) }.into()));
            assert!(adjusted(Parameter::MaxPerTx, value, DAY).is_ok());
        }
    }

    #[test]
    fn r3_downwards_holds_at_once_and_upwards_waits() {
        let down = adjusted(Parameter::MaxPerTx, 950, DAY).expect("within");
        assert_eq!(down.policy.expect("a change").1.state, ChangeState::Applied);
        let (_, row) = down.assets[0];
        assert_eq!(row.limits.expect("limits").max_per_tx, 950);
        assert_eq!(row.changed_at[Parameter::MaxPerTx.at()], after(DAY));
        assert_eq!(row.changed_at[Parameter::Window(Span::Day).at()], after(0), "only its own");
        let up = adjusted(Parameter::MaxPerTx, 1_050, DAY).expect("within");
        let waiting = up.policy.expect("a change").1;
        assert_eq!(waiting.state, ChangeState::Proposed);
        assert_eq!(waiting.eta, after(DAY).saturating_add(rules().loosen_delay));
        assert!(up.assets.is_empty() && up.rules.is_none());
    }

    #[test]
    fn what_is_not_limited_is_not_moved() {
        let refused = adjusted(Parameter::Window(Span::Month), 5, DAY).err();
        assert_eq!(refused, Some(StateFault::StewardUnset.into()));
    }
}
