//! Verbs of assets and signing keys.

use granary_kernel::row::damaged;
use granary_kernel::{Class, Ctx, Fault, Receipt};
use ic_stable_structures::Memory;

use crate::errors::ExecutionError;
use crate::limits;
use crate::records::Role;
use crate::rules::assets::{self, Facts};
use crate::store::Store;
use crate::types::{AssetId, KeyId, Principal, Scheme};

impl<M: Memory + 'static> Store<M> {
    /// Refuses everybody who may not have cycles sent, and canisters that are none.
    pub fn may_top_up(&self, ctx: &Ctx, canister: &Principal) -> Result<(), Fault> {
        self.gate(ctx, Class::Outflow)?;
        self.need_role(ctx, &[Role::Operator, Role::Governor])?;
        granary_kernel::checks::person("canister", canister)
    }

    /// Refuses everybody who may not have an asset adopted, and numbers the books never give.
    pub fn check_adoption(&self, ctx: &Ctx, number: u64) -> Result<AssetId, ExecutionError> {
        self.gate(ctx, Class::New)?;
        self.need_role(ctx, &[Role::Operator, Role::Governor])?;
        granary_kernel::checks::between("asset", number, 1, limits::MAX_ASSETS)?;
        AssetId::from_wire(number)
            .ok_or_else(|| Fault::Limit { field: "asset".to_owned(), given: 0, max: 1 }.into())
    }

    /// Adopts an asset as the books and its ledger describe it, or refreshes its fee. `own` is this
    /// canister.
    pub fn adopt_asset(
        &mut self,
        ctx: &Ctx,
        number: u64,
        facts: &Facts,
        own: &Principal,
    ) -> Result<Receipt, ExecutionError> {
        let id = self.check_adoption(ctx, number)?;
        let known = self.assets.get(id.slot()).filter(|row| row.adopted);
        let restores = self.header().restore_epoch.saturating_add(1);
        let key = KeyId::from_slot(self.keys.len()).unwrap_or_else(damaged);
        let change = assets::adopt(id, known.as_ref(), facts, own, restores, key, ctx)?;
        let receipt = self.commit(change, ctx);
        if !self.is_cleared(&self.asset_row(id), ctx.now) {
            self.ensure_job(crate::store::LOOKBACK, id.wire(), ctx.now);
        }
        Ok(receipt)
    }

    /// References a threshold key for an account of an asset (E6).
    pub fn reference_key(
        &mut self,
        ctx: &Ctx,
        asset: u64,
        scheme: Scheme,
        name: &str,
        path: &[u8],
    ) -> Result<Receipt, ExecutionError> {
        self.gate(ctx, Class::Governance)?;
        self.need_role(ctx, &[Role::Governor])?;
        granary_kernel::checks::between("asset", asset, 1, limits::MAX_ASSETS)?;
        let asset = AssetId::from_wire(asset).unwrap_or_else(damaged);
        let next = KeyId::from_slot(self.keys.len()).unwrap_or_else(damaged);
        let change = assets::reference_key(asset, scheme, name, path, &self.all_keys(), next, ctx)?;
        Ok(self.commit(change, ctx))
    }
}
