//! Somebody is given a role: not to itself, not at once when it is powerful, never for ever.

use granary_kernel::checks;

use crate::errors::{AccessFault, InputFault, RegistryError, StateFault};
use crate::limits;
use crate::records::{Event, EventKind, GrantHead, Policies};
use crate::rules::{Change, Ctx, GrantView, Offices, UserView, Wake, exclude, full, need_granter};
use crate::types::{GrantId, GrantState, Holder, PersonRole, Timestamp, UserStatus};

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Which role.
    pub role: PersonRole,
    /// For whom.
    pub holder: Holder,
    /// Where; empty means everywhere.
    pub scope: String,
    /// From when; none is as early as the role allows.
    pub effective_at: Option<Timestamp>,
    /// Until when.
    pub expires_at: Timestamp,
}

/// What the rule reads.
#[derive(Clone, Debug)]
pub struct View {
    /// What the actor may do.
    pub offices: Offices,
    /// The user the holder is or belongs to.
    pub user: Option<UserView>,
    /// Grants in the chains of that user and its identities, or of the principal: those the clock
    /// has not ended.
    pub chained: Vec<GrantView>,
    /// Of those, how many are the holder's own, and how many it ever had.
    pub counts: (u32, u32),
    /// What people are held to.
    pub policies: Policies,
    /// The number of the new grant.
    pub next: Option<GrantId>,
}

/// Decides.
pub fn grant_role(view: &View, input: Input, ctx: &Ctx) -> Result<Change, RegistryError> {
    let Input { role, holder, scope, effective_at, expires_at } = input;
    check_scope(&scope)?;
    if let Holder::Principal(who) = &holder {
        checks::person("holder", who)?;
    }
    need_granter(role, view.offices)?;
    if holder == Holder::Principal(ctx.actor) || view.user.as_ref().is_some_and(|u| u.is(ctx)) {
        return Err(AccessFault::SelfGrant.into());
    }
    if let (Holder::User(_), Some(user)) = (holder, &view.user) {
        user.need(&[UserStatus::Pending, UserStatus::Active, UserStatus::Suspended])?;
    }
    let effective_at = begins(role, effective_at, &view.policies, ctx)?;
    if expires_at <= effective_at {
        let problem = "the grant ends before it takes effect";
        return Err(InputFault::GrantTimes { problem }.into());
    }
    if expires_at > effective_at.saturating_add(limits::MAX_GRANT_LIFE) {
        let problem = "a grant lives at most two years";
        return Err(InputFault::GrantTimes { problem }.into());
    }
    let live = || view.chained.iter().filter(|grant| grant.head.state_at(ctx.now).is_live());
    exclude(role, live().map(|grant| grant.head.role))?;
    let repeated = live().find(|GrantView { head, .. }| {
        head.role == role && head.holder == holder && head.scope == scope
    });
    if let Some(known) = repeated {
        return Err(StateFault::GrantRepeated { grant: known.id.wire() }.into());
    }
    let id = room(view)?;
    let state = if effective_at <= ctx.now { GrantState::Effective } else { GrantState::Granted };
    let head = GrantHead {
        role,
        holder,
        scope,
        granted_by: ctx.actor,
        granted_at: ctx.now,
        effective_at,
        expires_at,
        last_heartbeat: ctx.now,
        heartbeat: role.needs_heartbeat().then_some(view.policies.heartbeat),
        state,
    };
    let wakes_at =
        if state.is_live() && effective_at > ctx.now { effective_at } else { head.lapses_at() };
    Ok(written(view, id, head, wakes_at))
}

fn written(view: &View, id: GrantId, head: GrantHead, wakes_at: Timestamp) -> Change {
    let name = head.role.name();
    let event = Event::new(EventKind::RoleGranted, id.wire()).name(name);
    let event = match head.holder {
        Holder::User(user) => event.number(user.wire()),
        Holder::Principal(who) => event.party(who),
    };
    let mut change = Change { wake: Some(Wake::Grant(id, wakes_at)), ..Change::with(event) };
    if head.state == GrantState::Effective {
        change.events.push(Event::new(EventKind::RoleEffective, id.wire()).name(name));
    }
    if let (Holder::User(_), Some(user)) = (head.holder, &view.user) {
        let mut owner = user.next();
        owner.grants = owner.grants.saturating_add(1);
        owner.grants_ever = owner.grants_ever.saturating_add(1);
        change.user = Some((user.id, owner));
    }
    change.grants.push((id, head));
    change
}

/// The number of the grant, unless a bound is reached.
fn room(view: &View) -> Result<GrantId, RegistryError> {
    let (live, ever) = view.counts;
    if live >= limits::MAX_GRANTS_OF_HOLDER {
        return Err(full("the holder's list of roles", limits::MAX_GRANTS_OF_HOLDER));
    }
    if ever >= limits::MAX_GRANTS_EVER {
        return Err(full("the holder's record of roles", limits::MAX_GRANTS_EVER));
    }
    let max = limits::MAX_GRANT_ROWS;
    let next = view.next.filter(|id| id.wire() <= max);
    next.ok_or_else(|| full("the canister's table of roles", max))
}

/// When the grant takes effect (U4).
fn begins(
    role: PersonRole,
    wanted: Option<Timestamp>,
    policies: &Policies,
    ctx: &Ctx,
) -> Result<Timestamp, RegistryError> {
    let earliest =
        if role.is_powerful() { ctx.now.saturating_add(policies.grant_delay) } else { ctx.now };
    let at = wanted.unwrap_or(earliest);
    if at < earliest {
        let problem = "the grant would take effect before the delay of its role";
        return Err(InputFault::GrantTimes { problem }.into());
    }
    if at > ctx.now.saturating_add(limits::MAX_GRANT_WAIT) {
        let problem = "a grant takes effect within a year";
        return Err(InputFault::GrantTimes { problem }.into());
    }
    Ok(at)
}

fn check_scope(scope: &str) -> Result<(), RegistryError> {
    let fits = |letter: u8| letter.is_ascii_alphanumeric() || b"._:/-".contains(&letter);
    if scope.len() > limits::MAX_SCOPE_BYTES || !scope.bytes().all(fits) {
        return Err(InputFault::Scope.into());
    }
    Ok(())
}

#[cfg(test)]
#[path = "grant_role_tests.rs"]
mod tests;
