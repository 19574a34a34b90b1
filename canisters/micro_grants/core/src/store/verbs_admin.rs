//! Verbs of the governor: roles, mode, drain.

use granary_stable::jobs::JobCounts;
use ic_stable_structures::Memory;

use crate::errors::{AccessFault, GrantError};
use crate::records::{Drain, Mode, Role};
use crate::rules::gate::Class;
use crate::rules::{Ctx, drain, set_mode, set_role};
use crate::store::{Receipt, Store};
use crate::types::{Principal, Timestamp};

impl<M: Memory> Store<M> {
    /// Gives or takes a role.
    pub fn set_role(
        &mut self,
        ctx: &Ctx,
        role: Role,
        holder: Principal,
        granted: bool,
    ) -> Result<Receipt, GrantError> {
        self.run(ctx, Class::Governance, None, |store| {
            let governors = store.roles().iter().filter(|(r, ..)| *r == Role::Governor).count();
            let view = set_role::View {
                is_governor: store.is_governor(ctx),
                held: store.has_role(role, &holder),
                governors: u64::try_from(governors).unwrap_or(u64::MAX),
                grants: store.roles.len(),
            };
            set_role::set_role(&view, role, holder, granted, ctx)
        })
    }

    /// Changes what the canister still does.
    pub fn set_mode(&mut self, ctx: &Ctx, mode: Mode, reason: &str) -> Result<Receipt, GrantError> {
        self.run(ctx, Class::Governance, None, |store| {
            set_mode::set_mode(store.config(), store.is_governor(ctx), mode, reason)
        })
    }

    /// Starts the drain `epoch`, or prolongs it.
    pub fn prepare_upgrade(
        &mut self,
        ctx: &Ctx,
        epoch: u64,
        deadline: Timestamp,
    ) -> Result<Receipt, GrantError> {
        self.run(ctx, Class::Governance, None, |store| {
            let governor = store.is_governor(ctx);
            drain::prepare_upgrade(store.config(), governor, epoch, deadline, ctx)
        })
    }

    /// Ends the drain `epoch`; after a restore it also makes leases of lost messages void.
    pub fn resume(&mut self, ctx: &Ctx, epoch: u64, restored: bool) -> Result<Receipt, GrantError> {
        let receipt = self.run(ctx, Class::Governance, None, |store| {
            drain::resume(store.config(), store.is_governor(ctx), epoch, restored)
        })?;
        if restored {
            while self.jobs.release_leases(ctx.now, 100) == 100 {}
            self.header
                .update(|header| header.restore_epoch = header.restore_epoch.saturating_add(1))?;
        }
        Ok(receipt)
    }

    /// The drain in progress, unless its deadline has passed.
    pub fn drain(&self, now: Timestamp) -> Option<Drain> {
        self.config().drain.filter(|drain| now <= drain.deadline)
    }

    /// How many jobs stand where; O(1).
    pub const fn job_counts(&self) -> JobCounts {
        self.jobs.counts()
    }

    /// Refuses everybody without one of the roles.
    pub fn need_role(&self, ctx: &Ctx, any_of: &'static [Role]) -> Result<(), GrantError> {
        if any_of.iter().any(|role| self.has_role(*role, &ctx.actor)) {
            return Ok(());
        }
        Err(AccessFault::Role { any_of }.into())
    }

    pub(crate) fn is_governor(&self, ctx: &Ctx) -> bool {
        self.has_role(Role::Governor, &ctx.actor)
    }
}
