//! Verbs of whoever decides what may leave.

use granary_kernel::{Class, Ctx, Receipt};
use ic_stable_structures::Memory;

use crate::errors::{GuardError, StateFault};
use crate::records::policy::{AssetChange, PolicyChange};
use crate::records::{ChangeState, Role};
use crate::rules::{policy, steward};
use crate::store::Store;
use crate::types::Parameter;

impl<M: Memory + 'static> Store<M> {
    /// Proposes a change of the policy: one that only tightens holds at once.
    pub fn propose_policy(
        &mut self,
        ctx: &Ctx,
        change: PolicyChange,
    ) -> Result<Receipt, GuardError> {
        self.verb(ctx, Class::Governance, None, |store| {
            store.need_role(ctx, &[Role::Governor])?;
            policy::propose(&store.policy_view(&change, ctx), change, ctx)
        })
    }

    /// Makes a change that waited long enough the policy.
    pub fn apply_policy(&mut self, ctx: &Ctx, id: u64) -> Result<Receipt, GuardError> {
        self.verb(ctx, Class::Governance, None, |store| {
            store.need_role(ctx, &[Role::Governor, Role::Operator])?;
            let (id, row) = store.change(id)?;
            let view = store.policy_view(&row.change, ctx);
            policy::apply(&view, id, row.clone(), ctx)
        })
    }

    /// Takes a waiting change back.
    pub fn withdraw_policy(&mut self, ctx: &Ctx, id: u64) -> Result<Receipt, GuardError> {
        self.verb(ctx, Class::Governance, None, |store| {
            store.need_role(ctx, &[Role::Governor])?;
            let (id, row) = store.change(id)?;
            policy::withdraw(id, row, store.rules().version, ctx)
        })
    }

    /// Moves one parameter within a steward's bounds.
    pub fn steward_adjust(
        &mut self,
        ctx: &Ctx,
        asset: u64,
        parameter: Parameter,
        value: u128,
    ) -> Result<Receipt, GuardError> {
        self.verb(ctx, Class::Ordinary, None, |store| {
            store.need_role(ctx, &[Role::Steward])?;
            let id = store.known_asset(asset)?;
            let limits = store.asset(id).limits.ok_or(StateFault::StewardUnset)?;
            let assets = vec![AssetChange { asset: id.get(), limits: Some(limits) }];
            let named = PolicyChange { assets, ..PolicyChange::default() };
            steward::adjust(&store.policy_view(&named, ctx), id, parameter, value, ctx)
        })
    }

    /// Where a change stands now.
    pub fn change_state(&self, ctx: &Ctx, id: u64) -> Result<ChangeState, GuardError> {
        let (_, row) = self.change(id)?;
        Ok(row.state_at(self.rules().version, ctx.now))
    }
}
