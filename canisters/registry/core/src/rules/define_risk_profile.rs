//! Compliance defines a risk profile, or a new version of one.

use crate::errors::{InputFault, RegistryError};
use crate::limits;
use crate::records::{Event, EventKind, Limits, ProfileHead, RevisionRow, Role};
use crate::rules::{Change, Ctx, NextProfile, Offices, full, need_office};
use crate::types::{ProfileId, RiskClass};

/// Decides. The version before stays as it was, so that what was approved under it keeps its
/// limits (U6).
pub fn define_risk_profile(
    existing: Option<(ProfileId, ProfileHead)>,
    next: NextProfile,
    class: RiskClass,
    bounds: Limits,
    offices: Offices,
    ctx: &Ctx,
) -> Result<Change, RegistryError> {
    let may = offices.compliance || offices.governor;
    need_office(may, &[Role::Compliance, Role::Governor])?;
    let fields = [
        ("limits.max_position_bps", bounds.max_position_bps),
        ("limits.max_drawdown_bps", bounds.max_drawdown_bps),
        ("limits.max_asset_concentration_bps", bounds.max_asset_concentration_bps),
    ];
    for (field, given) in fields {
        if given == 0 || given > limits::WHOLE_BPS {
            return Err(InputFault::BpsRange { field, given }.into());
        }
    }
    let (profile, version, previous) = if let Some((id, head)) = existing {
        (id, head.version.saturating_add(1), Some(head.newest))
    } else {
        let max = limits::MAX_PROFILES;
        let id = next.profile.filter(|id| id.wire() <= max);
        (id.ok_or_else(|| full("the canister's table of risk profiles", max))?, 1, None)
    };
    let max = limits::MAX_PROFILE_VERSIONS;
    let newest = next
        .revision
        .filter(|_| version <= max)
        .ok_or_else(|| full("the risk profile's list of versions", max))?;
    let defined_at = ctx.now;
    let head = ProfileHead { class, limits: bounds, version, defined_at, newest };
    let row = RevisionRow { profile, version, class, limits: bounds, defined_at, previous };
    let event = Event::new(EventKind::RiskProfileDefined, profile.wire())
        .number(u64::from(version))
        .name(class.name());
    Ok(Change { profile: Some((profile, head, row)), ..Change::with(event) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::profile::STANDARD;
    use crate::rules::fixtures::{alice, ctx};
    use crate::types::RevisionId;

    #[test]
    fn u6_a_new_version_leaves_the_old_one_alone() {
        let offices = Offices { compliance: true, ..Offices::default() };
        let next = NextProfile { profile: ProfileId::new(4), revision: RevisionId::new(4) };
        let (class, low) = STANDARD[0];
        let define = |existing, bounds, next| {
            define_risk_profile(existing, next, class, bounds, offices, &ctx(alice()))
        };
        let first = define(None, low, next).expect("compliance").profile.expect("a profile");
        let (id, head, row) = first;
        assert_eq!((id.wire(), head.version, row.previous), (4, 1, None));
        let high = STANDARD[2].1;
        let next = NextProfile { revision: RevisionId::new(5), ..next };
        let second = define(Some((id, head)), high, next).expect("again").profile.expect("it");
        let (again, newer, row) = second;
        assert_eq!((again, newer.version, row.previous), (id, 2, RevisionId::new(4)));
        assert_eq!(newer.limits, high);
        for wrong in [0, 10_001] {
            let bounds = Limits { max_drawdown_bps: wrong, ..low };
            assert!(matches!(define(None, bounds, next), Err(RegistryError::Input(_))));
        }
    }
}
