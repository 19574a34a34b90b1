//! Somebody's plans may take another risk from now on.

use crate::errors::{AccessFault, RegistryError, StateFault};
use crate::records::{Event, EventKind, ProfileHead, UserHead};
use crate::rules::{Change, Ctx, Offices, UserView, self_or};
use crate::types::ProfileId;

/// Decides. A user lowers its own limits at once; only compliance raises them. What was approved
/// before keeps the version it was approved under (U6).
pub fn set_risk_profile(
    user: &UserView,
    current: &ProfileHead,
    wanted: (ProfileId, ProfileHead),
    offices: Offices,
    ctx: &Ctx,
) -> Result<Change, RegistryError> {
    self_or(user, offices.compliance, "Compliance", ctx)?;
    let (profile, head) = wanted;
    if user.head.profile == profile {
        return Err(StateFault::ProfileUnchanged.into());
    }
    // Compliance does not raise its own limits either.
    let acts_for_others = offices.compliance && !user.is(ctx);
    if !acts_for_others && !head.limits.is_within(&current.limits) {
        return Err(AccessFault::RaisesLimits.into());
    }
    let event = Event::new(EventKind::RiskProfileChanged, user.id.wire())
        .number(profile.wire())
        .name(head.class.name());
    Ok(Change::of_user(user.id, UserHead { profile, ..user.next() }, event))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::{alice, bob, ctx, standard, user};
    use crate::types::RiskClass;

    #[test]
    fn a_user_lowers_and_compliance_raises() {
        let (low, high) = (standard(RiskClass::Conservative), standard(RiskClass::Aggressive));
        let mut owner = user(1, alice());
        owner.head.profile = high.0;
        let none = Offices::default();
        assert!(set_risk_profile(&owner, &high.1, low, none, &ctx(alice())).is_ok());
        let same = set_risk_profile(&owner, &high.1, high, none, &ctx(alice())).err();
        assert_eq!(same, Some(StateFault::ProfileUnchanged.into()));
        owner.head.profile = low.0;
        let raise = |offices, by| set_risk_profile(&owner, &low.1, high, offices, &ctx(by)).err();
        assert_eq!(raise(none, alice()), Some(AccessFault::RaisesLimits.into()));
        let compliance = Offices { compliance: true, ..none };
        assert_eq!(raise(compliance, bob()), None);
        assert_eq!(raise(compliance, alice()), Some(AccessFault::RaisesLimits.into()), "its own");
        assert!(matches!(raise(none, bob()), Some(RegistryError::Access(_))));
    }
}
