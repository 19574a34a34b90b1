//! The policy to the core's shape and back.

use candid::Nat;
use granary_api::risk_guard as r;
use granary_kernel::{Fault, checks};
use risk_guard_core::errors::{GuardError, InputFault};
use risk_guard_core::records::policy::{AssetChange, DestinationChange, PolicyChange};
use risk_guard_core::records::{AssetLimits, Floor, Rules, Steward, Tier, WindowLimit};
use risk_guard_core::types::{Duration, Span, Standing, Timestamp};
use serde_bytes::ByteBuf;

use crate::convert::input;

/// A change of the policy.
pub fn change(change: &r::PolicyChange) -> Result<PolicyChange, GuardError> {
    let r::PolicyChange { rules: given, assets, destinations } = change;
    let asset = |(at, asset): (usize, &r::AssetChange)| {
        let given = asset.asset;
        let field = || format!("assets[{at}].asset");
        let number =
            u32::try_from(given).map_err(|_| InputFault::AssetNumber { field: field(), given })?;
        let limits = asset.limits.as_ref().map(|limits| limits_of(at, limits)).transpose()?;
        Ok(AssetChange { asset: number, limits })
    };
    let destination = |(at, row): (usize, &r::DestinationChange)| {
        let key = checks::hash(&format!("destinations[{at}].destination"), &row.destination)?;
        Ok(DestinationChange::new(key, standing(row.standing)))
    };
    Ok(PolicyChange {
        rules: given.as_ref().map(rules).transpose()?,
        assets: assets.iter().enumerate().map(asset).collect::<Result<_, GuardError>>()?,
        destinations: destinations
            .iter()
            .enumerate()
            .map(destination)
            .collect::<Result<_, GuardError>>()?,
    })
}

/// The rules; their version and time are the core's.
fn rules(rules: &r::Rules) -> Result<Rules, Fault> {
    let tier = |(at, tier): (usize, &r::ApprovalTier)| {
        let value = tier.up_to_value.as_ref();
        let field = format!("rules.approval_tiers[{at}].up_to_value");
        let value = value.map(|value| input::units(&field, value)).transpose()?;
        let (approvals, delay) = (tier.approvals, Duration::from_nanos(tier.delay_ns));
        Ok(Tier { up_to_value: value.unwrap_or(u128::MAX), approvals, delay })
    };
    let floor = |floor: &r::Floor| {
        let above_value = input::units("rules.floor.above_value", &floor.above_value)?;
        let (approvals, delay) = (floor.approvals, Duration::from_nanos(floor.delay_ns));
        Ok::<_, Fault>(Floor { above_value, approvals, delay })
    };
    let tiers = rules.approval_tiers.iter().enumerate();
    Ok(Rules {
        version: 0,
        effective_at: Timestamp::ZERO,
        allow_list_only: rules.allow_list_only,
        first_use_delay: Duration::from_nanos(rules.first_use_delay_ns),
        tiers: tiers.map(tier).collect::<Result<_, Fault>>()?,
        max_price_age: Duration::from_nanos(rules.max_price_age_ns),
        max_price_deviation_bps: rules.max_price_deviation_bps,
        concentration_bps: rules.concentration_bps,
        drawdown_bps: rules.drawdown_bps,
        solvency_buffer_bps: rules.solvency_buffer_bps,
        loosen_delay: Duration::from_nanos(rules.loosen_delay_ns),
        announce_delay: Duration::from_nanos(rules.announce_delay_ns),
        steward: Steward {
            max_change_bps: rules.steward.max_change_bps,
            min_delay: Duration::from_nanos(rules.steward.min_delay_ns),
        },
        floor: rules.floor.as_ref().map(floor).transpose()?,
    })
}

fn limits_of(at: usize, limits: &r::AssetLimits) -> Result<AssetLimits, GuardError> {
    let units = |field: &str, value| input::units(&format!("assets[{at}].{field}"), value);
    let mut windows = [None; 4];
    for window in &limits.windows {
        let wanted = input::span(window.seconds)?;
        for (span, place) in Span::ALL.into_iter().zip(windows.iter_mut()) {
            if span != wanted {
                continue;
            }
            if place.is_some() {
                let field = format!("assets[{at}].windows");
                return Err(InputFault::Policy { field, problem: "names a length twice" }.into());
            }
            let max_amount = units("windows.max_amount_units", &window.max_amount_units)?;
            let max_bps = window.max_bps_of_treasury;
            *place = Some(WindowLimit { max_amount, max_bps });
        }
    }
    Ok(AssetLimits {
        decimals: limits.decimals,
        max_per_tx: units("max_per_tx_units", &limits.max_per_tx_units)?,
        windows,
        max_tx_per_window: limits.max_tx_per_window,
        min_retained_bps: limits.min_retained_bps,
        min_amount_to_limit: units("min_amount_to_limit_units", &limits.min_amount_to_limit_units)?,
        reference_value: units("reference_value", &limits.reference_value)?,
    })
}

/// Where a destination stands, as it is given.
const fn standing(standing: r::Standing) -> Standing {
    match standing {
        r::Standing::Blocked => Standing::Blocked,
        r::Standing::Unlisted => Standing::Unlisted,
        r::Standing::Allowed => Standing::Allowed,
    }
}

/// Where a destination stands, as it is shown.
pub const fn shown_standing(standing: Standing) -> r::Standing {
    match standing {
        Standing::Blocked => r::Standing::Blocked,
        Standing::Unlisted => r::Standing::Unlisted,
        Standing::Allowed => r::Standing::Allowed,
    }
}

/// A change, as it is shown.
pub fn shown_change(change: &PolicyChange) -> r::PolicyChange {
    let destination = |row: &DestinationChange| r::DestinationChange {
        destination: ByteBuf::from(row.destination),
        standing: shown_standing(row.standing()),
    };
    r::PolicyChange {
        rules: change.rules.as_ref().map(shown_rules),
        assets: change
            .assets
            .iter()
            .map(|row| shown_asset(row.asset, row.limits.as_ref()))
            .collect(),
        destinations: change.destinations.iter().map(destination).collect(),
    }
}

/// The limits of an asset, as they are shown.
pub fn shown_asset(asset: u32, limits: Option<&AssetLimits>) -> r::AssetChange {
    let window = |(span, limit): (Span, WindowLimit)| r::WindowLimit {
        seconds: span.seconds().into(),
        max_amount_units: limit.max_amount.into(),
        max_bps_of_treasury: limit.max_bps,
    };
    let limits = limits.map(|limits| r::AssetLimits {
        decimals: limits.decimals,
        max_per_tx_units: limits.max_per_tx.into(),
        windows: limits.limited().map(window).collect(),
        max_tx_per_window: limits.max_tx_per_window,
        min_retained_bps: limits.min_retained_bps,
        min_amount_to_limit_units: limits.min_amount_to_limit.into(),
        reference_value: limits.reference_value.into(),
    });
    r::AssetChange { asset: asset.into(), limits }
}

/// The rules, as they are shown.
pub fn shown_rules(rules: &Rules) -> r::Rules {
    let tier = |tier: &Tier| r::ApprovalTier {
        up_to_value: Some(tier.up_to_value).filter(|value| *value < u128::MAX).map(Nat::from),
        approvals: tier.approvals,
        delay_ns: tier.delay.as_nanos(),
    };
    let floor = |floor: Floor| r::Floor {
        above_value: floor.above_value.into(),
        approvals: floor.approvals,
        delay_ns: floor.delay.as_nanos(),
    };
    r::Rules {
        allow_list_only: rules.allow_list_only,
        first_use_delay_ns: rules.first_use_delay.as_nanos(),
        approval_tiers: rules.tiers.iter().map(tier).collect(),
        max_price_age_ns: rules.max_price_age.as_nanos(),
        max_price_deviation_bps: rules.max_price_deviation_bps,
        concentration_bps: rules.concentration_bps,
        drawdown_bps: rules.drawdown_bps,
        solvency_buffer_bps: rules.solvency_buffer_bps,
        loosen_delay_ns: rules.loosen_delay.as_nanos(),
        announce_delay_ns: rules.announce_delay.as_nanos(),
        steward: r::StewardBound {
            max_change_bps: rules.steward.max_change_bps,
            min_delay_ns: rules.steward.min_delay.as_nanos(),
        },
        floor: rules.floor.map(floor),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> r::PolicyChange {
        let window = |seconds, max_bps_of_treasury| r::WindowLimit {
            seconds,
            max_amount_units: u128::MAX.into(),
            max_bps_of_treasury,
        };
        let limits = r::AssetLimits {
            decimals: 8,
            max_per_tx_units: 5_u8.into(),
            windows: vec![window(3_600, None), window(2_592_000, Some(7))],
            max_tx_per_window: 9,
            min_retained_bps: 1,
            min_amount_to_limit_units: 2_u8.into(),
            reference_value: 3_u8.into(),
        };
        let tier = |bound: Option<u8>| {
            let up_to_value = bound.map(Nat::from);
            r::ApprovalTier { up_to_value, approvals: 1, delay_ns: 2 }
        };
        let rules = r::Rules {
            allow_list_only: true,
            first_use_delay_ns: 1,
            approval_tiers: vec![tier(Some(9)), tier(None)],
            max_price_age_ns: 2,
            max_price_deviation_bps: 3,
            concentration_bps: 4,
            drawdown_bps: 5,
            solvency_buffer_bps: 6,
            loosen_delay_ns: 7,
            announce_delay_ns: 8,
            steward: r::StewardBound { max_change_bps: 9, min_delay_ns: 10 },
            floor: Some(r::Floor { above_value: 11_u8.into(), approvals: 12, delay_ns: 13 }),
        };
        let destination = ByteBuf::from(vec![7; 32]);
        r::PolicyChange {
            rules: Some(rules),
            assets: vec![
                r::AssetChange { asset: 1, limits: Some(limits) },
                r::AssetChange { asset: 2, limits: None },
            ],
            destinations: vec![r::DestinationChange {
                destination,
                standing: r::Standing::Allowed,
            }],
        }
    }

    #[test]
    fn a_change_comes_back_as_it_was_given() {
        let given = sample();
        assert_eq!(shown_change(&change(&given).expect("it fits")), given);
    }

    #[test]
    fn amounts_beyond_128_bits_are_refused_by_their_names() {
        fn beyond() -> Nat {
            Nat::from(u128::MAX) + 1_u8
        }
        let refused = |edit: fn(&mut r::PolicyChange)| {
            let mut given = sample();
            edit(&mut given);
            match change(&given) {
                Err(GuardError::Kernel(Fault::AmountRange { field })) => field,
                other => panic!("{other:?}"),
            }
        };
        let limits = refused(|it| {
            it.assets[0].limits.as_mut().expect("limits").max_per_tx_units = beyond();
        });
        assert_eq!(limits, "assets[0].max_per_tx_units");
        let tier = refused(|it| {
            let rules = it.rules.as_mut().expect("rules");
            rules.approval_tiers[0].up_to_value = Some(beyond());
        });
        assert_eq!(tier, "rules.approval_tiers[0].up_to_value");
    }

    #[test]
    fn a_length_that_is_none_or_named_twice_is_refused() {
        let with = |seconds: &[u64]| {
            let mut given = sample();
            let limits = given.assets[0].limits.as_mut().expect("limits");
            let window = limits.windows[0].clone();
            let of = |it: &u64| r::WindowLimit { seconds: *it, ..window.clone() };
            limits.windows = seconds.iter().map(of).collect();
            change(&given)
        };
        assert!(with(&[3_600, 86_400]).is_ok());
        let unknown = InputFault::WindowSpan { seconds: 60 };
        assert_eq!(with(&[60]), Err(unknown.into()));
        assert!(matches!(with(&[3_600, 3_600]), Err(GuardError::Input(InputFault::Policy { .. }))));
        let mut far = sample();
        far.assets[0].asset = u64::MAX;
        assert!(matches!(
            change(&far),
            Err(GuardError::Input(InputFault::AssetNumber { given: u64::MAX, .. }))
        ));
    }
}
