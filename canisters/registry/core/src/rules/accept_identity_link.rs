//! The identity that was asked joins: the second of two consents.

use crate::errors::{AccessFault, RegistryError, StateFault};
use crate::limits;
use crate::records::{Event, EventKind};
use crate::rules::{Change, Ctx, UserView, exclude, full, status_event};
use crate::types::{PersonRole, UserStatus};

/// What the rule reads.
#[derive(Clone, Debug)]
pub struct View {
    /// The user that asked.
    pub user: UserView,
    /// True when the actor belongs to a user already (U1).
    pub taken: bool,
    /// Live roles of the user and its identities.
    pub user_roles: Vec<PersonRole>,
    /// Live roles of the actor itself.
    pub own_roles: Vec<PersonRole>,
}

/// Decides. An invited identity completes the registration: the registrar vouched for it.
pub fn accept_identity_link(view: &View, ctx: &Ctx) -> Result<Change, RegistryError> {
    let View { user, taken, user_roles, own_roles } = view;
    let proposal = user.head.proposal_to(&ctx.actor).ok_or(AccessFault::NotProposed)?;
    user.need(&[UserStatus::Pending, UserStatus::Active])?;
    if ctx.now > proposal.expires_at {
        return Err(StateFault::ProposalExpired { until: proposal.expires_at }.into());
    }
    if *taken {
        return Err(StateFault::IdentityTaken.into());
    }
    if user.head.identities.len() >= limits::MAX_IDENTITIES {
        return Err(full("the user's list of identities", 5_u64));
    }
    for role in own_roles {
        exclude(*role, user_roles.iter().copied())?;
    }
    let mut head = user.next();
    head.proposals.retain(|open| open.identity != ctx.actor);
    head.identities.push(ctx.actor);
    let event = Event::new(EventKind::IdentityLinked, user.id.wire()).party(ctx.actor);
    let mut change = Change::with(event);
    if head.status == UserStatus::Pending {
        head.status = UserStatus::Active;
        change.events.push(status_event(user.id, head.status, None));
    }
    change.user = Some((user.id, head));
    Ok(change)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::{alice, bob, ctx, later, user};
    use crate::rules::link_identity::link_identity;

    fn asked() -> View {
        let asker = user(1, alice());
        let change = link_identity(&asker, bob(), false, &ctx(alice())).expect("asked");
        let head = change.user.expect("a row").1;
        let user = UserView { head, ..asker };
        View { user, taken: false, user_roles: vec![], own_roles: vec![] }
    }

    #[test]
    fn only_the_one_who_was_asked_in_time() {
        let view = asked();
        let stranger = accept_identity_link(&view, &ctx(alice())).err();
        assert_eq!(stranger, Some(AccessFault::NotProposed.into()));
        let mut late = later(&ctx(bob()), limits::PROPOSAL_LIFETIME);
        assert!(accept_identity_link(&view, &late).is_ok(), "the last moment");
        late.now = crate::types::Timestamp::from_nanos(late.now.as_nanos() + 1);
        let until = view.user.head.proposals[0].expires_at;
        let refused = accept_identity_link(&view, &late).err();
        assert_eq!(refused, Some(StateFault::ProposalExpired { until }.into()));
    }

    #[test]
    fn u1_an_identity_joins_one_user() {
        let view = View { taken: true, ..asked() };
        let refused = accept_identity_link(&view, &ctx(bob())).err();
        assert_eq!(refused, Some(StateFault::IdentityTaken.into()));
    }

    #[test]
    fn u5_no_link_brings_guardian_and_treasurer_together() {
        let view = View {
            user_roles: vec![PersonRole::Member, PersonRole::Treasurer],
            own_roles: vec![PersonRole::Guardian],
            ..asked()
        };
        let refused = accept_identity_link(&view, &ctx(bob())).err();
        let (role, held) = (PersonRole::Guardian, PersonRole::Treasurer);
        assert_eq!(refused, Some(StateFault::Excluded { role, held }.into()));
    }
}
