//! Verbs of members about themselves, and of recovery about members.

use granary_kernel::{Class, Ctx, Receipt};
use ic_stable_structures::Memory;

use crate::errors::{AccessFault, GovernorError};
use crate::records::{Event, EventKind, MemberSpec};
use crate::rules::{Change, constitution};
use crate::store::Store;

impl<M: Memory + 'static> Store<M> {
    /// A member shows that it is there (X43).
    pub fn member_heartbeat(&mut self, ctx: &Ctx) -> Result<Receipt, GovernorError> {
        self.verb(ctx, Class::Ordinary, None, |store| {
            let mut config = store.config().clone();
            let now = ctx.now;
            let seat = config.members.iter_mut().find(|member| member.principal == ctx.actor);
            let member = seat.filter(|member| member.is_member(now));
            let member = member.ok_or(AccessFault::NotMember { needs: "Member" })?;
            member.last_seen = now;
            let events = vec![Event::new(EventKind::MemberSeen, 0).party(ctx.actor)];
            Ok(Change { config: Some(config), events, ..Change::default() })
        })
    }

    /// The recovery canister replaces the members of a governor that cannot decide any more. At
    /// once: recovery has waited, and its committee has agreed.
    pub fn rotate_members(
        &mut self,
        ctx: &Ctx,
        members: &[MemberSpec],
        threshold: u32,
    ) -> Result<Receipt, GovernorError> {
        self.verb(ctx, Class::Governance, None, |store| {
            let config = store.config();
            let recovery = config.recovery.as_ref().filter(|one| one.canister == ctx.actor);
            let recovery = recovery.ok_or(AccessFault::NotRecovery)?;
            let voting = config.rules.voting;
            constitution::check_members(members, threshold, voting, &config.own, ctx.now)?;
            let people: Vec<_> = members.iter().map(|member| member.principal).collect();
            let (committee, quorum) = (&recovery.committee, recovery.quorum);
            constitution::check_recovery(committee, quorum, &people, &config.own)?;
            let (config, event) = constitution::with_members(config, members, threshold, ctx.now);
            Ok(Change { config: Some(config), events: vec![event], ..Change::default() })
        })
    }
}
