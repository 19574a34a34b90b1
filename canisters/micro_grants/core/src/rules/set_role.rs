//! The governor gives and takes canister-wide roles.

use crate::errors::{AccessFault, GrantError, InputFault, StateFault};
use crate::limits;
use crate::records::{Event, EventKind, Role, RoleGrant};
use crate::rules::{Change, Ctx, is_nobody};
use crate::types::Principal;

/// What the rule reads.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// True when the actor holds [`Role::Governor`].
    pub is_governor: bool,
    /// True when the holder has the role.
    pub held: bool,
    /// Governors there are.
    pub governors: u64,
    /// Role grants there are.
    pub grants: u64,
}

/// Decides. Giving what is held, or taking what is not, is refused nowhere and changes nothing
/// but the journal: the answer says who decided it and when.
pub fn set_role(
    view: &View,
    role: Role,
    holder: Principal,
    granted: bool,
    ctx: &Ctx,
) -> Result<Change, GrantError> {
    if !view.is_governor {
        return Err(AccessFault::Role { any_of: &[Role::Governor] }.into());
    }
    if is_nobody(&holder) {
        return Err(InputFault::PersonInvalid { field: "holder".to_owned() }.into());
    }
    if granted && !view.held && view.grants >= limits::MAX_ROLE_GRANTS {
        let max = limits::MAX_ROLE_GRANTS;
        return Err(StateFault::Full { what: "the canister's table of roles", max }.into());
    }
    if !granted && role == Role::Governor && view.held && view.governors <= 1 {
        return Err(StateFault::LastGovernor.into());
    }
    let (kind, grant) = if granted {
        let grant = RoleGrant { since: ctx.now, granted_by: ctx.actor };
        (EventKind::RoleGranted, Some(grant))
    } else {
        (EventKind::RoleRevoked, None)
    };
    Ok(Change {
        role: Some((role, holder, grant)),
        ..Change::with(Event::new(kind, 0).party(holder).name(role.name()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures;

    #[test]
    fn the_last_governor_stays() {
        let ctx = fixtures::ctx(fixtures::manager());
        let mut view = View { is_governor: true, held: true, governors: 1, grants: 1 };
        let revoke = |view: &View| set_role(view, Role::Governor, ctx.actor, false, &ctx);
        assert_eq!(revoke(&view).err(), Some(StateFault::LastGovernor.into()));
        view.governors = 2;
        assert!(revoke(&view).is_ok());
        view.is_governor = false;
        assert!(matches!(revoke(&view), Err(GrantError::Access(_))));
    }
}
