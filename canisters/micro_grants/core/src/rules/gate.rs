//! Before any verb: identity (C5), phase, mode (C12) and drain (C10).

use crate::errors::{AccessFault, GrantError, StateFault};
use crate::records::config::Phase;
use crate::records::{Config, Mode};
use crate::rules::{Ctx, is_nobody};

/// What kind of change a verb makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Starts something new: refused while draining.
    New,
    /// Queues money to leave: refused while draining and while outflows are frozen.
    Outflow,
    /// Moves something that exists.
    Ordinary,
    /// Lets something that was started end: settles a payout, applies a due transition.
    Finish,
    /// Roles, modes, drain: works in every mode.
    Governance,
}

/// Refuses what identity, phase, mode or drain do not allow.
pub fn gate(config: &Config, ctx: &Ctx, class: Class) -> Result<(), GrantError> {
    if is_nobody(&ctx.actor) {
        return Err(AccessFault::NoIdentity.into());
    }
    if class == Class::Governance {
        return Ok(());
    }
    if config.phase == Phase::Importing {
        return Err(StateFault::Importing.into());
    }
    if class == Class::Finish {
        return Ok(());
    }
    match &config.mode {
        Mode::Full => {}
        Mode::ReadOnly => return Err(StateFault::ReadOnly.into()),
        Mode::OutflowsFrozen => {
            if class == Class::Outflow {
                return Err(StateFault::OutflowsFrozen.into());
            }
        }
        Mode::Restricted(allowed) => {
            if !allowed.contains(&ctx.actor) {
                return Err(StateFault::Restricted.into());
            }
        }
    }
    let draining = config.drain.is_some_and(|drain| ctx.now <= drain.deadline);
    if draining && matches!(class, Class::New | Class::Outflow) {
        return Err(StateFault::Draining.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::Drain;
    use crate::rules::fixtures;
    use crate::types::{Principal, Timestamp};

    #[test]
    fn c5_nobody_changes_nothing() {
        let config = fixtures::config();
        for who in [Principal::anonymous(), Principal::management_canister()] {
            for class in [Class::New, Class::Ordinary, Class::Finish, Class::Governance] {
                let refused = gate(&config, &fixtures::ctx(who), class);
                assert_eq!(refused, Err(AccessFault::NoIdentity.into()));
            }
        }
    }

    #[test]
    fn c10_a_drain_refuses_what_is_new_until_its_deadline() {
        let mut ctx = fixtures::ctx(fixtures::alice());
        let config =
            Config { drain: Some(Drain { epoch: 1, deadline: ctx.now }), ..fixtures::config() };
        for class in [Class::New, Class::Outflow] {
            assert_eq!(gate(&config, &ctx, class), Err(StateFault::Draining.into()));
        }
        assert_eq!(gate(&config, &ctx, Class::Ordinary), Ok(()));
        ctx.now = Timestamp::from_nanos(ctx.now.as_nanos() + 1);
        assert_eq!(gate(&config, &ctx, Class::New), Ok(()));
    }

    #[test]
    fn c12_modes_refuse_what_they_say() {
        let ctx = fixtures::ctx(fixtures::alice());
        let with = |mode| Config { mode, ..fixtures::config() };
        let read_only = with(Mode::ReadOnly);
        for class in [Class::New, Class::Outflow, Class::Ordinary] {
            assert_eq!(gate(&read_only, &ctx, class), Err(StateFault::ReadOnly.into()));
        }
        assert_eq!(gate(&read_only, &ctx, Class::Governance), Ok(()));
        let frozen = with(Mode::OutflowsFrozen);
        assert_eq!(gate(&frozen, &ctx, Class::Outflow), Err(StateFault::OutflowsFrozen.into()));
        assert_eq!(gate(&frozen, &ctx, Class::New), Ok(()));
        let restricted = with(Mode::Restricted(vec![fixtures::bob()]));
        assert_eq!(gate(&restricted, &ctx, Class::New), Err(StateFault::Restricted.into()));
        assert_eq!(gate(&restricted, &fixtures::ctx(fixtures::bob()), Class::New), Ok(()));
    }
}
