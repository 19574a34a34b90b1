//! An identity leaves a user, or is no longer asked to join.

use crate::errors::{AccessFault, Missing, RegistryError, StateFault};
use crate::records::{Event, EventKind};
use crate::rules::{Change, Ctx, Offices, UserView, self_or};
use crate::types::Principal;

/// Decides. An identity unlinks itself and those that came after it: a stolen younger one cannot
/// put the older ones out.
pub fn unlink_identity(
    user: &UserView,
    identity: Principal,
    offices: Offices,
    ctx: &Ctx,
) -> Result<Change, RegistryError> {
    let office = offices.cares_for_people();
    self_or(user, office, "Registrar or Compliance", ctx)?;
    let place = |who: &Principal| user.head.identities.iter().position(|known| known == who);
    let mut head = user.next();
    if let Some(at) = place(&identity) {
        if user.head.identities.len() == 1 {
            return Err(StateFault::LastIdentity.into());
        }
        if !office && place(&ctx.actor).is_none_or(|own| own > at) {
            return Err(AccessFault::Seniority.into());
        }
        head.identities.remove(at);
    } else if user.head.proposal_to(&identity).is_some() {
        head.proposals.retain(|open| open.identity != identity);
    } else {
        return Err(Missing::Identity { who: identity }.into());
    }
    let event = Event::new(EventKind::IdentityUnlinked, user.id.wire()).party(identity);
    Ok(Change::of_user(user.id, head, event))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::{alice, bob, ctx, person, user};

    fn pair() -> UserView {
        let mut user = user(1, alice());
        user.head.identities.push(bob());
        user
    }

    #[test]
    fn u2_the_last_identity_stays() {
        let refused =
            unlink_identity(&user(1, alice()), alice(), Offices::default(), &ctx(alice()));
        assert_eq!(refused.err(), Some(StateFault::LastIdentity.into()));
        let registrar = Offices { registrar: true, ..Offices::default() };
        let refused = unlink_identity(&user(1, alice()), alice(), registrar, &ctx(bob()));
        assert_eq!(refused.err(), Some(StateFault::LastIdentity.into()), "for nobody");
    }

    #[test]
    fn the_younger_does_not_put_the_older_out() {
        let unlink = |who, by| unlink_identity(&pair(), who, Offices::default(), &ctx(by));
        assert_eq!(unlink(alice(), bob()).err(), Some(AccessFault::Seniority.into()));
        assert!(unlink(bob(), bob()).is_ok(), "itself");
        assert!(unlink(bob(), alice()).is_ok(), "the younger");
        assert!(matches!(unlink(bob(), person(9)), Err(RegistryError::Access(_))));
        let missing = unlink(person(9), alice()).err();
        assert_eq!(missing, Some(Missing::Identity { who: person(9) }.into()));
    }
}
