//! Before any verb: identity (C5), rehearsal, phase, mode (C12) and drain (C10).

use crate::base::{Base, Mode, Phase};
use crate::ctx::{Ctx, is_nobody};
use crate::fault::Fault;

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
    /// Roles, modes, peers: works in every mode.
    Governance,
    /// The drain, which is part of every upgrade: works in every mode, and in a rehearsal.
    Lifecycle,
}

/// Refuses what identity, rehearsal, phase, mode or drain do not allow.
pub(crate) fn gate(base: &Base, is_rehearsing: bool, ctx: &Ctx, class: Class) -> Result<(), Fault> {
    if is_nobody(&ctx.actor) {
        return Err(Fault::NoIdentity);
    }
    if class == Class::Lifecycle {
        return Ok(());
    }
    if is_rehearsing {
        return Err(Fault::Rehearsing);
    }
    if class == Class::Governance {
        return Ok(());
    }
    if base.phase == Phase::Importing {
        return Err(Fault::Importing);
    }
    if class == Class::Finish {
        return Ok(());
    }
    match &base.mode {
        Mode::Full => {}
        Mode::ReadOnly => return Err(Fault::ReadOnly),
        Mode::OutflowsFrozen => {
            if class == Class::Outflow {
                return Err(Fault::OutflowsFrozen);
            }
        }
        Mode::Restricted(allowed) => {
            if !allowed.contains(&ctx.actor) {
                return Err(Fault::Restricted);
            }
        }
    }
    if base.drain_at(ctx.now).is_some() && matches!(class, Class::New | Class::Outflow) {
        return Err(Fault::Draining);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use candid::Principal;
    use granary_units::Timestamp;

    use super::{gate as full_gate, *};
    use crate::base::{Drain, Profile};
    use crate::sample::{at, person};

    const ALL: [Class; 6] = [
        Class::New,
        Class::Outflow,
        Class::Ordinary,
        Class::Finish,
        Class::Governance,
        Class::Lifecycle,
    ];

    fn base() -> Base {
        Base::new(Profile::Production, Phase::Running)
    }

    /// The gate of a canister that is no rehearsal.
    fn gate(base: &Base, ctx: &Ctx, class: Class) -> Result<(), Fault> {
        full_gate(base, false, ctx, class)
    }

    #[test]
    fn c5_nobody_changes_nothing() {
        for who in [Principal::anonymous(), Principal::management_canister()] {
            for class in ALL {
                assert_eq!(gate(&base(), &at(7, who), class), Err(Fault::NoIdentity));
                let rehearsed = full_gate(&base(), true, &at(7, who), class);
                assert_eq!(rehearsed, Err(Fault::NoIdentity));
            }
        }
    }

    #[test]
    fn a_rehearsal_takes_no_verb_but_the_drain() {
        let ctx = at(7, person(1));
        for class in ALL {
            let expected = if class == Class::Lifecycle { Ok(()) } else { Err(Fault::Rehearsing) };
            assert_eq!(full_gate(&base(), true, &ctx, class), expected, "{class:?}");
        }
    }

    #[test]
    fn c10_a_drain_refuses_what_is_new_until_its_deadline() {
        let deadline = Timestamp::from_nanos(7);
        let base = Base { drain: Some(Drain { epoch: 1, deadline }), ..base() };
        for class in [Class::New, Class::Outflow] {
            assert_eq!(gate(&base, &at(7, person(1)), class), Err(Fault::Draining));
        }
        assert_eq!(gate(&base, &at(7, person(1)), Class::Ordinary), Ok(()));
        assert_eq!(gate(&base, &at(8, person(1)), Class::New), Ok(()));
    }

    #[test]
    fn c12_modes_refuse_what_they_say() {
        let ctx = at(7, person(1));
        let with = |mode| Base { mode, ..base() };
        let read_only = with(Mode::ReadOnly);
        for class in [Class::New, Class::Outflow, Class::Ordinary] {
            assert_eq!(gate(&read_only, &ctx, class), Err(Fault::ReadOnly));
        }
        assert_eq!(gate(&read_only, &ctx, Class::Governance), Ok(()));
        assert_eq!(gate(&read_only, &ctx, Class::Lifecycle), Ok(()));
        let frozen = with(Mode::OutflowsFrozen);
        assert_eq!(gate(&frozen, &ctx, Class::Outflow), Err(Fault::OutflowsFrozen));
        assert_eq!(gate(&frozen, &ctx, Class::New), Ok(()));
        let restricted = with(Mode::Restricted(vec![person(2)]));
        assert_eq!(gate(&restricted, &ctx, Class::New), Err(Fault::Restricted));
        assert_eq!(gate(&restricted, &at(7, person(2)), Class::New), Ok(()));
    }

    #[test]
    fn an_import_leaves_room_for_the_governor_only() {
        let base = Base::new(Profile::Production, Phase::Importing);
        for class in [Class::New, Class::Outflow, Class::Ordinary, Class::Finish] {
            assert_eq!(gate(&base, &at(7, person(1)), class), Err(Fault::Importing));
        }
        assert_eq!(gate(&base, &at(7, person(1)), Class::Governance), Ok(()));
        assert_eq!(gate(&base, &at(7, person(1)), Class::Lifecycle), Ok(()));
    }
}
