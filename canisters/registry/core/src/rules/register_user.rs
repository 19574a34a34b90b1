//! Somebody registers itself and waits for admission, or a registrar invites an identity.

use granary_kernel::checks;

use crate::errors::{RegistryError, StateFault, SystemFault};
use crate::limits;
use crate::records::user::standard_profile;
use crate::records::{Event, EventKind, Policies, Proposal, Role, Totals, UserHead};
use crate::rules::{Change, Ctx, Offices, Wake, full, need_office};
use crate::types::{Principal, RiskClass, Timestamp, UserId, UserStatus};

/// What the rule reads.
#[derive(Clone, Debug)]
pub struct View {
    /// What the actor may do.
    pub offices: Offices,
    /// True when the identity belongs to a user that is not closed (U1).
    pub taken: bool,
    /// The running figures.
    pub totals: Totals,
    /// What people are held to.
    pub policies: Policies,
    /// The number of the new user; none when the numbers are used up.
    pub next: Option<UserId>,
}

/// Decides. A registrar's invitation is not counted as a registration: whoever floods the queue
/// must not shut the door to those who are asked in.
pub fn register_user(
    view: &View,
    name: &str,
    invited: Option<Principal>,
    ctx: &Ctx,
) -> Result<Change, RegistryError> {
    let View { offices, taken, totals, policies, next } = view;
    checks::text("display_name", name, limits::MAX_NAME_BYTES)?;
    if let Some(identity) = &invited {
        need_office(offices.registrar, &[Role::Registrar])?;
        checks::person("identity", identity)?;
    }
    if *taken {
        return Err(StateFault::IdentityTaken.into());
    }
    if totals.all_users() >= policies.max_users {
        return Err(full("the canister's table of users", policies.max_users));
    }
    let id = next.ok_or_else(|| full("the canister's table of users", limits::MAX_USERS))?;
    let window = if invited.is_none() { Some(counted(totals, policies, ctx)?) } else { None };
    let expires_at = ctx.now.saturating_add(limits::PENDING_LIFETIME);
    let proposal = |identity| Proposal { identity, proposed_by: ctx.actor, expires_at };
    let head = UserHead {
        status: UserStatus::Pending,
        created_at: ctx.now,
        version: 1,
        profile: standard_profile(RiskClass::Conservative),
        identities: if invited.is_none() { vec![ctx.actor] } else { vec![] },
        proposals: invited.map(proposal).into_iter().collect(),
        name: name.to_owned(),
        wallets: 0,
        wallets_ever: 0,
        grants: 0,
        grants_ever: 0,
    };
    let identity = invited.unwrap_or(ctx.actor);
    let event = Event::new(EventKind::UserRegistered, id.wire()).party(identity);
    let mut change = Change { window, ..Change::of_user(id, head, event) };
    change.wake = Some(Wake::Pending(expires_at));
    if invited.is_some() {
        let event = Event::new(EventKind::IdentityLinkProposed, id.wire()).party(identity);
        change.events.push(event);
    }
    Ok(change)
}

/// One more registration in the running hour, unless the hour or the queue is full.
fn counted(
    totals: &Totals,
    policies: &Policies,
    ctx: &Ctx,
) -> Result<(Timestamp, u64), RegistryError> {
    if totals.in_status(UserStatus::Pending) >= policies.max_pending {
        return Err(full("the queue of registrations", policies.max_pending));
    }
    let ends_at = totals.window_start.saturating_add(limits::REGISTRATION_WINDOW);
    if totals.window_count == 0 || ctx.now >= ends_at {
        return Ok((ctx.now, 1));
    }
    if totals.window_count >= policies.max_registrations_per_hour {
        let retry_after_ns = ends_at.saturating_since(ctx.now).as_nanos();
        return Err(RegistryError::System(SystemFault::RateLimited { retry_after_ns }));
    }
    Ok((totals.window_start, totals.window_count.saturating_add(1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::{alice, bob, ctx, later};
    use granary_kernel::Fault;

    fn view() -> View {
        View {
            offices: Offices::default(),
            taken: false,
            totals: Totals::default(),
            policies: Policies { max_registrations_per_hour: 2, ..Policies::DEFAULT },
            next: UserId::new(1),
        }
    }

    #[test]
    fn u1_an_identity_registers_once() {
        let view = View { taken: true, ..view() };
        let refused = register_user(&view, "Alice", None, &ctx(alice()));
        assert_eq!(refused.err(), Some(StateFault::IdentityTaken.into()));
    }

    #[test]
    fn only_a_registrar_invites_and_the_invited_has_no_rights_yet() {
        let refused = register_user(&view(), "Bob", Some(bob()), &ctx(alice()));
        assert_eq!(refused.err(), Some(Fault::needs(&[Role::Registrar]).into()));
        let offices = Offices { registrar: true, ..Offices::default() };
        let view = View { offices, ..view() };
        let change = register_user(&view, "Bob", Some(bob()), &ctx(alice())).expect("a registrar");
        let (_, head) = change.user.expect("a user");
        assert_eq!((head.identities.len(), head.proposals[0].identity), (0, bob()));
        assert_eq!(change.window, None, "an invitation is not counted");
    }

    #[test]
    fn the_hour_and_the_queue_are_bounded() {
        let mut view = view();
        let now = ctx(alice()).now;
        view.totals.window_start = now;
        view.totals.window_count = 2;
        let refused = register_user(&view, "A", None, &ctx(alice())).err();
        let retry_after_ns = limits::REGISTRATION_WINDOW.as_nanos();
        let limited = RegistryError::System(SystemFault::RateLimited { retry_after_ns });
        assert_eq!(refused, Some(limited));
        let next_hour = later(&ctx(alice()), limits::REGISTRATION_WINDOW);
        let change = register_user(&view, "A", None, &next_hour).expect("a new hour");
        assert_eq!(change.window, Some((next_hour.now, 1)));
        view.totals.users = [limits::DEFAULT_PENDING, 0, 0, 0];
        assert!(register_user(&view, "A", None, &next_hour).is_err(), "the queue is full");
        view.offices.registrar = true;
        assert!(register_user(&view, "A", Some(bob()), &next_hour).is_ok(), "not for those asked");
    }

    #[test]
    fn names_have_bounds() {
        for name in ["", &"x".repeat(limits::MAX_NAME_BYTES + 1)] {
            assert!(register_user(&view(), name, None, &ctx(alice())).is_err());
        }
    }
}
