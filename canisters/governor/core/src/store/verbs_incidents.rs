//! Verbs about incidents, and what a look at a target came to.

use granary_kernel::{Class, Ctx, Receipt};
use ic_stable_structures::Memory;

use crate::errors::{AccessFault, GovernorError};
use crate::records::{IncidentPhase, Role};
use crate::rules::watch::{self, Seen};
use crate::rules::{authority, incidents};
use crate::store::Store;
use crate::types::{IncidentId, Principal};

impl<M: Memory + 'static> Store<M> {
    /// Somebody sees an incident: an operator, or a member.
    pub fn open_incident(
        &mut self,
        ctx: &Ctx,
        title: &str,
        text: &str,
        proposal: Option<u64>,
    ) -> Result<Receipt, GovernorError> {
        self.verb(ctx, Class::Governance, None, |store| {
            store.need_watcher(ctx)?;
            if let Some(id) = proposal {
                store.stored(id)?;
            }
            let next = IncidentId::from_slot(store.incidents.len());
            incidents::open_incident(next, title, text, proposal, ctx)
        })
    }

    /// What was done about an incident.
    pub fn update_incident(
        &mut self,
        ctx: &Ctx,
        id: u64,
        phase: IncidentPhase,
        text: &str,
    ) -> Result<Receipt, GovernorError> {
        self.verb(ctx, Class::Governance, None, |store| {
            store.need_watcher(ctx)?;
            let (id, incident) = store.incident(id)?;
            incidents::update_incident((id, &incident), phase, text, ctx)
        })
    }

    /// Takes a look at a target. One that went meanwhile is left alone.
    pub fn watched(&mut self, ctx: &Ctx, canister: Principal, seen: &Seen) {
        let Some(target) = self.target(&canister) else { return };
        let own = self.config().own;
        let change = watch::look(&own, canister, &target, seen, ctx.now);
        self.commit(change, ctx);
    }

    /// Every way there is to change something.
    pub fn explain_authority(&self, ctx: &Ctx) -> Vec<authority::Way> {
        authority::explain(self.config(), &self.all_targets(), ctx.now)
    }

    fn need_watcher(&self, ctx: &Ctx) -> Result<(), GovernorError> {
        let is_member = self.config().member(&ctx.actor, ctx.now).is_some();
        if is_member || self.has_role(Role::Operator, &ctx.actor) {
            return Ok(());
        }
        Err(AccessFault::NotMember { needs: "Operator or Member" }.into())
    }
}
