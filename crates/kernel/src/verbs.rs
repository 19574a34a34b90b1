//! Verbs of the governor as decisions: values in, values out.
//!
//! Each answers the new common part, or the new role grant, with what the journal says about it;
//! the [`Kernel`](crate::Kernel)'s methods of the same names apply it.

use candid::Principal;
use granary_units::Timestamp;
use sha2::{Digest, Sha256};

use crate::base::{Base, Drain, Mode};
use crate::ctx::Ctx;
use crate::fault::Fault;
use crate::roles::{Role, RoleGrant};
use crate::{Hash, checks, limits};

/// What [`set_role`] reads.
#[derive(Clone, Copy, Debug)]
pub struct RoleView {
    /// True when the holder has the role.
    pub held: bool,
    /// Governors there are.
    pub governors: u64,
    /// Role grants there are.
    pub grants: u64,
}

/// Gives or takes a role; answers the grant to keep. Giving what is held, or taking what is not,
/// is refused nowhere and changes nothing but the journal: it says who decided it and when.
pub fn set_role<R: Role>(
    view: &RoleView,
    role: R,
    holder: &Principal,
    granted: bool,
    ctx: &Ctx,
) -> Result<Option<RoleGrant>, Fault> {
    checks::person("holder", holder)?;
    if granted && !view.held && view.grants >= limits::MAX_ROLE_GRANTS {
        let max = limits::MAX_ROLE_GRANTS;
        return Err(Fault::Full { what: "the canister's table of roles", max });
    }
    if !granted && role == R::GOVERNOR && view.held && view.governors <= 1 {
        return Err(Fault::LastGovernor);
    }
    Ok(granted.then_some(RoleGrant { since: ctx.now, granted_by: ctx.actor }))
}

/// Tightens or loosens what the canister still does (C12); also answers the reason's digest.
pub fn set_mode(base: &Base, mode: Mode, reason: &str) -> Result<(Base, Hash), Fault> {
    checks::text("reason", reason, limits::MAX_REASON_BYTES)?;
    checks::mode(&mode)?;
    Ok((Base { mode, ..base.clone() }, Sha256::digest(reason.as_bytes()).into()))
}

/// Starts the drain `epoch`, or prolongs it (C10). A newer epoch replaces an older one.
pub fn prepare_upgrade(
    base: &Base,
    epoch: u64,
    deadline: Timestamp,
    ctx: &Ctx,
) -> Result<Base, Fault> {
    let running = base.drain.is_some_and(|drain| drain.epoch == epoch);
    if epoch <= base.last_epoch && !running {
        return Err(Fault::EpochStale { current: base.last_epoch });
    }
    let latest = ctx.now.saturating_add(limits::MAX_DRAIN);
    if deadline <= ctx.now || deadline > latest {
        return Err(Fault::DrainDeadline { max_ns: limits::MAX_DRAIN.as_nanos() });
    }
    Ok(Base { drain: Some(Drain { epoch, deadline }), last_epoch: epoch, ..base.clone() })
}

/// Ends the drain `epoch`. After a snapshot was restored the state may know no drain, or an older
/// one: then every newer epoch is taken.
pub fn resume(base: &Base, epoch: u64, restored: bool) -> Result<Base, Fault> {
    let known = base.drain.map(|drain| drain.epoch);
    match known {
        Some(current) if current == epoch => {}
        Some(_) | None if restored && epoch >= base.last_epoch => {}
        Some(current) => return Err(Fault::EpochStale { current }),
        None => return Err(Fault::NotDraining),
    }
    Ok(Base { drain: None, last_epoch: base.last_epoch.max(epoch), ..base.clone() })
}

/// Says where the peer `name` is, or forgets it. `known` are the names the canister gives.
pub fn set_peer(
    base: &Base,
    name: &str,
    canister: Option<Principal>,
    known: &'static [&'static str],
) -> Result<Base, Fault> {
    checks::peer(name, known)?;
    if let Some(canister) = &canister {
        checks::person("canister", canister)?;
    }
    Ok(base.with_peer(name, canister))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Phase, Profile};
    use crate::sample::{SampleRole, at, person};

    fn base() -> Base {
        Base::new(Profile::Production, Phase::Running)
    }

    #[test]
    fn c10_epochs_only_grow() {
        let ctx = at(100, person(1));
        let start =
            |base: &Base, epoch| prepare_upgrade(base, epoch, Timestamp::from_nanos(101), &ctx);
        let draining = start(&base(), 5).expect("newer");
        assert!(start(&draining, 5).is_ok(), "repeating prolongs");
        assert_eq!(start(&draining, 4), Err(Fault::EpochStale { current: 5 }));
        assert_eq!(resume(&draining, 4, false), Err(Fault::EpochStale { current: 5 }));
        let running = resume(&draining, 5, false).expect("the epoch");
        assert_eq!(running.drain, None);
        assert_eq!(start(&running, 5), Err(Fault::EpochStale { current: 5 }));
        assert_eq!(resume(&running, 6, false), Err(Fault::NotDraining));
        let restored = resume(&running, 6, true).expect("after a restore");
        assert_eq!(restored.last_epoch, 6);
    }

    #[test]
    fn c10_a_drain_ends_within_a_day() {
        let ctx = at(100, person(1));
        let day = limits::MAX_DRAIN.as_nanos();
        let until = |nanos| prepare_upgrade(&base(), 1, Timestamp::from_nanos(nanos), &ctx);
        assert!(until(100 + day).is_ok());
        for wrong in [0, 100, 101 + day] {
            assert_eq!(until(wrong), Err(Fault::DrainDeadline { max_ns: day }), "{wrong}");
        }
    }

    #[test]
    fn the_last_governor_stays() {
        let ctx = at(100, person(1));
        let mut view = RoleView { held: true, governors: 1, grants: 1 };
        let revoke =
            |view: &RoleView| set_role(view, SampleRole::Governor, &ctx.actor, false, &ctx);
        assert_eq!(revoke(&view), Err(Fault::LastGovernor));
        view.governors = 2;
        assert_eq!(revoke(&view), Ok(None));
    }

    #[test]
    fn the_table_of_roles_is_bounded() {
        let ctx = at(100, person(1));
        let max = limits::MAX_ROLE_GRANTS;
        let mut view = RoleView { held: false, governors: 1, grants: max };
        let give = |view: &RoleView| set_role(view, SampleRole::Clerk, &person(2), true, &ctx);
        assert!(matches!(give(&view), Err(Fault::Full { .. })));
        view.held = true;
        assert!(give(&view).is_ok(), "giving what is held takes no room");
        let nobody = set_role(&view, SampleRole::Clerk, &Principal::anonymous(), true, &ctx);
        assert_eq!(nobody, Err(Fault::PersonInvalid { field: "holder".to_owned() }));
    }

    #[test]
    fn peers_have_known_names_and_one_place_each() {
        const KNOWN: &[&str] = &["ledger", "books"];
        let set = |base: &Base, name, who| set_peer(base, name, who, KNOWN);
        let one = set(&base(), "ledger", Some(person(1))).expect("known");
        let two = set(&one, "books", Some(person(2))).expect("known");
        let names: Vec<_> = two.peers.iter().map(|peer| peer.name.as_str()).collect();
        assert_eq!(names, ["books", "ledger"]);
        let moved = set(&two, "ledger", Some(person(3))).expect("known");
        assert_eq!((moved.peer("ledger"), moved.peers.len()), (Some(person(3)), 2));
        assert_eq!(set(&moved, "ledger", None).expect("known").peer("ledger"), None);
        let unknown = Fault::PeerUnknown { name: "bank".to_owned(), known: KNOWN };
        assert_eq!(set(&base(), "bank", Some(person(1))), Err(unknown));
        let nobody = set(&base(), "ledger", Some(Principal::anonymous()));
        assert!(matches!(nobody, Err(Fault::PersonInvalid { .. })));
    }
}
