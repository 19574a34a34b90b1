//! A role is taken back, or given up by its holder.

use crate::errors::{RegistryError, StateFault};
use crate::records::{Event, EventKind, GrantHead};
use crate::rules::{Change, Ctx, GrantView, Offices, UserView, need_granter};
use crate::types::{GrantState, Holder};

/// Decides. Whoever could give the role can take it; its holder can always give it up.
pub fn revoke_role(
    grant: &GrantView,
    user: Option<&UserView>,
    offices: Offices,
    ctx: &Ctx,
) -> Result<Change, RegistryError> {
    let GrantView { id, head } = grant;
    if !holds(head, user, ctx) {
        need_granter(head.role, offices)?;
    }
    let actual = head.state_at(ctx.now);
    if !actual.is_live() {
        let allowed = &[GrantState::Granted, GrantState::Effective];
        return Err(StateFault::Grant { actual, allowed }.into());
    }
    let event = Event::new(EventKind::RoleRevoked, id.wire()).name(head.role.name());
    Ok(ended(grant, user, GrantState::Revoked, event))
}

/// True when the actor is the holder, itself or as an identity of the holding user.
pub(crate) fn holds(head: &GrantHead, user: Option<&UserView>, ctx: &Ctx) -> bool {
    match head.holder {
        Holder::Principal(who) => who == ctx.actor,
        Holder::User(_) => user.is_some_and(|user| user.is(ctx)),
    }
}

/// The grant at its end, and one role less in the count of a holding user.
pub(crate) fn ended(
    grant: &GrantView,
    user: Option<&UserView>,
    state: GrantState,
    event: Event,
) -> Change {
    let mut change = Change::with(event);
    if let (Holder::User(_), Some(user)) = (grant.head.holder, user) {
        let mut owner = user.next();
        owner.grants = owner.grants.saturating_sub(1);
        change.user = Some((user.id, owner));
    }
    change.grants.push((grant.id, GrantHead { state, ..grant.head.clone() }));
    change
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errors::AccessFault;
    use crate::rules::fixtures::{alice, bob, ctx, grant, user};
    use crate::types::PersonRole;

    #[test]
    fn whoever_gives_takes_and_the_holder_gives_up() {
        let held = grant(1, PersonRole::Guardian);
        let owner = user(1, alice());
        let revoke = |offices, by| revoke_role(&held, Some(&owner), offices, &ctx(by));
        let none = Offices::default();
        let needs = "Governor";
        let role = PersonRole::Guardian;
        let refused = revoke(none, bob()).err();
        assert_eq!(refused, Some(AccessFault::NotGrantable { role, needs }.into()));
        let registrar = Offices { registrar: true, ..none };
        assert!(revoke(registrar, bob()).is_err(), "not what it could not give");
        let governor = Offices { governor: true, ..none };
        for change in [revoke(governor, bob()), revoke(none, alice())] {
            let change = change.expect("allowed");
            assert_eq!(change.grants[0].1.state, GrantState::Revoked);
            assert_eq!(change.user.expect("counted").1.grants, 0);
        }
    }

    #[test]
    fn what_has_ended_is_not_revoked() {
        let mut held = grant(1, PersonRole::Member);
        held.head.expires_at = ctx(bob()).now;
        let refused =
            revoke_role(&held, Some(&user(1, alice())), Offices::default(), &ctx(alice()));
        let allowed = &[GrantState::Granted, GrantState::Effective];
        let expired = StateFault::Grant { actual: GrantState::Expired, allowed };
        assert_eq!(refused.err(), Some(expired.into()));
    }
}
