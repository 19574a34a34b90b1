//! What is due: grants take effect and lapse, registrations that nobody admitted are closed.
//!
//! Nothing depends on the clock being on time: what a grant authorises is computed from its times.

use crate::limits;
use crate::records::{Event, EventKind, GrantHead};
use crate::rules::close_user::closing;
use crate::rules::revoke_role::ended;
use crate::rules::{Change, GrantView, UserView};
use crate::types::{GrantState, Timestamp, UserStatus};

/// What the clock does about one entity.
#[derive(Clone, Debug)]
pub enum Tick {
    /// Nothing, ever.
    Never,
    /// Nothing before.
    Later(Timestamp),
    /// This, and look again at the given time.
    Due(Box<Change>, Option<Timestamp>),
}

/// Looks at a grant.
pub fn grant_tick(grant: &GrantView, user: Option<&UserView>, now: Timestamp) -> Tick {
    let GrantView { id, head } = grant;
    let name = head.role.name();
    match (head.state, head.state_at(now)) {
        (_, GrantState::Revoked) | (GrantState::Expired, _) => Tick::Never,
        (_, GrantState::Expired) => {
            let event = Event::new(EventKind::RoleExpired, id.wire()).name(name);
            Tick::Due(Box::new(ended(grant, user, GrantState::Expired, event)), None)
        }
        (GrantState::Granted, GrantState::Effective) => {
            let event = Event::new(EventKind::RoleEffective, id.wire()).name(name);
            let state = GrantState::Effective;
            let mut change = Change::with(event);
            change.grants.push((*id, GrantHead { state, ..head.clone() }));
            Tick::Due(Box::new(change), Some(head.lapses_at()))
        }
        (_, GrantState::Granted) => Tick::Later(head.effective_at),
        (_, GrantState::Effective) => Tick::Later(head.lapses_at()),
    }
}

/// Looks at the user that waits longest; `grants` are the roles it was given meanwhile.
pub fn pending_tick(user: &UserView, grants: Vec<GrantView>, now: Timestamp) -> Tick {
    let until = user.head.created_at.saturating_add(limits::PENDING_LIFETIME);
    if user.head.status != UserStatus::Pending {
        return Tick::Never;
    }
    // The last moment is the waiting user's, as it is for an invited identity.
    if now <= until {
        return Tick::Later(after(until));
    }
    // Whoever waits has no wallets.
    Tick::Due(Box::new(closing(user, vec![], grants, None)), None)
}

fn after(time: Timestamp) -> Timestamp {
    time.saturating_add(crate::types::Duration::from_nanos(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::{alice, ctx, grant, later, user};
    use crate::types::{Duration, PersonRole};

    #[test]
    fn u4_the_clock_writes_down_what_time_has_decided() {
        let mut waits = grant(1, PersonRole::Guardian);
        let now = ctx(alice()).now;
        waits.head.state = GrantState::Granted;
        waits.head.effective_at = now.saturating_add(Duration::from_nanos(10));
        let owner = user(1, alice());
        let tick = |grant: &GrantView, nanos| {
            grant_tick(grant, Some(&owner), now.saturating_add(Duration::from_nanos(nanos)))
        };
        assert!(matches!(tick(&waits, 9), Tick::Later(at) if at == waits.head.effective_at));
        let Tick::Due(change, Some(next)) = tick(&waits, 10) else { panic!("due") };
        assert_eq!(change.grants[0].1.state, GrantState::Effective);
        assert_eq!(next, waits.head.lapses_at());
        let Tick::Due(change, None) = tick(&waits, u64::MAX) else { panic!("due") };
        assert_eq!(change.grants[0].1.state, GrantState::Expired);
        assert_eq!(change.user.expect("counted").1.grants, 0);
        waits.head.state = GrantState::Revoked;
        assert!(matches!(tick(&waits, 10), Tick::Never));
    }

    #[test]
    fn whoever_nobody_admits_is_closed() {
        let mut waiting = user(1, alice());
        waiting.head.status = UserStatus::Pending;
        waiting.head.created_at = ctx(alice()).now;
        let last = later(&ctx(alice()), limits::PENDING_LIFETIME).now;
        assert!(matches!(pending_tick(&waiting, vec![], last), Tick::Later(at) if at > last));
        let held = vec![grant(1, PersonRole::Member)];
        let Tick::Due(change, None) = pending_tick(&waiting, held, after(last)) else {
            panic!("due")
        };
        assert_eq!(change.user.expect("a row").1.status, UserStatus::Closed);
        assert_eq!(change.grants[0].1.state, GrantState::Revoked);
    }
}
