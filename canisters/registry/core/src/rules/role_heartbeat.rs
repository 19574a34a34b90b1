//! The holder of a role that somebody must be there to exercise shows that it is there.

use crate::errors::{AccessFault, RegistryError, StateFault};
use crate::records::{Event, EventKind, GrantHead};
use crate::rules::revoke_role::holds;
use crate::rules::{Change, Ctx, GrantView, UserView};
use crate::types::{GrantState, Holder, UserStatus};

/// Decides. A role that has lapsed stays so: it must be given again.
pub fn role_heartbeat(
    grant: &GrantView,
    user: Option<&UserView>,
    ctx: &Ctx,
) -> Result<Change, RegistryError> {
    let GrantView { id, head } = grant;
    if !holds(head, user, ctx) {
        return Err(AccessFault::NotHolder.into());
    }
    if let (Holder::User(_), Some(user)) = (head.holder, user) {
        user.need(&[UserStatus::Active])?;
    }
    let role = head.role;
    if head.heartbeat.is_none() {
        return Err(StateFault::NoHeartbeat { role }.into());
    }
    let actual = head.state_at(ctx.now);
    if actual != GrantState::Effective {
        return Err(StateFault::Grant { actual, allowed: &[GrantState::Effective] }.into());
    }
    let event = Event::new(EventKind::RoleHeartbeat, id.wire()).name(role.name());
    Ok(Change {
        grants: vec![(*id, GrantHead { last_heartbeat: ctx.now, ..head.clone() })],
        ..Change::with(event)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::{alice, bob, ctx, grant, later, user};
    use crate::types::PersonRole;

    #[test]
    fn only_the_holder_and_only_in_time() {
        let held = grant(1, PersonRole::Guardian);
        let owner = user(1, alice());
        let beat = |now: &Ctx| role_heartbeat(&held, Some(&owner), now);
        assert_eq!(beat(&ctx(bob())).err(), Some(AccessFault::NotHolder.into()));
        let span = held.head.heartbeat.expect("a guardian needs it");
        let last = crate::types::Duration::from_nanos(span.as_nanos() - 1);
        let change = beat(&later(&ctx(alice()), last)).expect("the last moment");
        assert_eq!(change.grants[0].1.last_heartbeat, later(&ctx(alice()), last).now);
        let late = beat(&later(&ctx(alice()), span)).err();
        let actual = GrantState::Expired;
        let lapsed = StateFault::Grant { actual, allowed: &[GrantState::Effective] };
        assert_eq!(late, Some(lapsed.into()));
        let role = PersonRole::Member;
        let unneeded = role_heartbeat(&grant(1, role), Some(&owner), &ctx(alice())).err();
        assert_eq!(unneeded, Some(StateFault::NoHeartbeat { role }.into()));
    }
}
