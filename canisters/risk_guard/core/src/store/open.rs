//! Installing and upgrading.

use granary_kernel::{Base, OpenFault, open};
use granary_stable::StorageFault;
use ic_stable_structures::Memory;

use crate::errors::GuardError;
use crate::records::policy::PolicyChange;
use crate::records::{Config, DestinationRow, Refresh, Role, Rules, Totals, TreasuryRow};
use crate::rules::{Ctx, policy};
use crate::store::Store;
use crate::types::Timestamp;

/// What a first install is given.
#[derive(Clone, Debug)]
pub struct Install {
    /// What every canister is given.
    pub common: granary_kernel::Install<Role>,
    /// The first policy; it holds at once, because there is none it could loosen.
    pub policy: PolicyChange,
}

/// What an upgrade is given.
#[derive(Clone, Debug, Default)]
pub struct Upgrade {
    /// What every canister is given.
    pub common: granary_kernel::Upgrade,
}

impl<M: Memory + 'static> Store<M> {
    /// Installs on empty memory.
    pub fn install(memory: M, install: Install, ctx: &Ctx) -> Result<Self, OpenFault> {
        let Install { common, policy } = install;
        let (profile, importing) = (common.profile, common.importing);
        let (loosen, announce) = policy::least(profile);
        let rules = policy.rules.clone().unwrap_or(Rules::first(ctx.now, loosen, announce));
        let rules = Rules { version: 1, effective_at: ctx.now, ..rules };
        let configure = |base: Base| {
            policy::check(&policy, &rules, base.profile)?;
            Ok::<_, GuardError>(Config { base, escalation: None })
        };
        open::install(memory, common, ctx, configure, |store: &mut Self| {
            store.totals.push(&Totals::default())?;
            store.treasury.push(&TreasuryRow::default())?;
            store.refresh.set(Some(Refresh::default()))?;
            store.rules.set(Some(rules.clone()))?;
            // An import brings its own assets and destinations.
            if !importing {
                store.put_first(&policy, ctx.now)?;
            }
            Ok(())
        })
    }

    /// Opens existing state with new code.
    pub fn upgrade(memory: M, upgrade: Upgrade, ctx: &Ctx) -> Result<Self, OpenFault> {
        open::upgrade(memory, upgrade.common, ctx, Ok::<Config, GuardError>)
    }

    fn put_first(&mut self, policy: &PolicyChange, now: Timestamp) -> Result<(), StorageFault> {
        let mut totals = self.totals();
        for change in &policy.assets {
            let Some(id) = crate::types::asset_id(change.asset.into()) else { continue };
            let row = crate::records::AssetRow {
                limits: change.limits,
                changed_at: [now; 5],
                ..Default::default()
            };
            self.put_asset(id, &row, &mut totals);
        }
        for change in &policy.destinations {
            let row = DestinationRow { standing: change.standing(), first_used_at: None };
            self.put_destination(change.destination, row);
        }
        self.totals.set(0, &totals)
    }
}
