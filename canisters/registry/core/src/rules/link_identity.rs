//! A user asks another identity to join it: the first of two consents.

use granary_kernel::checks;

use crate::errors::{RegistryError, StateFault};
use crate::limits;
use crate::records::{Event, EventKind, Proposal};
use crate::rules::{Change, Ctx, UserView, full};
use crate::types::{Principal, UserStatus};

/// Decides. Proposals out of time make room.
pub fn link_identity(
    user: &UserView,
    identity: Principal,
    taken: bool,
    ctx: &Ctx,
) -> Result<Change, RegistryError> {
    user.need(&[UserStatus::Active])?;
    checks::person("identity", &identity)?;
    if taken {
        return Err(StateFault::IdentityTaken.into());
    }
    let mut head = user.next();
    head.proposals.retain(|proposal| ctx.now <= proposal.expires_at);
    if let Some(open) = head.proposal_to(&identity) {
        return Err(StateFault::ProposalOpen { until: open.expires_at }.into());
    }
    if head.identities.len() >= limits::MAX_IDENTITIES {
        return Err(full("the user's list of identities", 5_u64));
    }
    if head.proposals.len() >= limits::MAX_PROPOSALS {
        return Err(full("the user's list of proposals", 3_u64));
    }
    let expires_at = ctx.now.saturating_add(limits::PROPOSAL_LIFETIME);
    head.proposals.push(Proposal { identity, proposed_by: ctx.actor, expires_at });
    let event = Event::new(EventKind::IdentityLinkProposed, user.id.wire()).party(identity);
    Ok(Change::of_user(user.id, head, event))
}

const _: () = assert!(limits::MAX_IDENTITIES == 5 && limits::MAX_PROPOSALS == 3);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::{alice, bob, ctx, later, person, user};

    #[test]
    fn proposals_are_few_and_expire() {
        let mut asker = user(1, alice());
        let ask = |asker: &UserView, who, now: &Ctx| link_identity(asker, who, false, now);
        for n in 0..3 {
            let change = ask(&asker, person(40 + n), &ctx(alice())).expect("room");
            asker.head = change.user.expect("a row").1;
        }
        assert!(ask(&asker, bob(), &ctx(alice())).is_err(), "three wait");
        let again = ask(&asker, person(40), &ctx(alice())).err();
        let until = asker.head.proposals[0].expires_at;
        assert_eq!(again, Some(StateFault::ProposalOpen { until }.into()));
        let mut after = later(&ctx(alice()), limits::PROPOSAL_LIFETIME);
        assert!(ask(&asker, bob(), &after).is_err(), "the last moment still counts");
        after.now = crate::types::Timestamp::from_nanos(after.now.as_nanos() + 1);
        let change = ask(&asker, bob(), &after).expect("the others are out of time");
        assert_eq!(change.user.expect("a row").1.proposals.len(), 1);
    }

    #[test]
    fn u1_what_is_somebodys_is_not_asked() {
        let refused = link_identity(&user(1, alice()), bob(), true, &ctx(alice()));
        assert_eq!(refused.err(), Some(StateFault::IdentityTaken.into()));
        let nobody = Principal::anonymous();
        assert!(link_identity(&user(1, alice()), nobody, false, &ctx(alice())).is_err());
    }
}
