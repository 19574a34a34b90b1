//! Installing and upgrading.

use granary_kernel::{Base, OpenFault, open};
use granary_stable::StorageFault;
use ic_stable_structures::Memory;

use crate::errors::RegistryError;
use crate::records::profile::STANDARD;
use crate::records::{Config, Policies, ProfileHead, RevisionRow, Role, Totals};
use crate::rules::{Ctx, policies};
use crate::store::Store;
use crate::types::{ProfileId, RevisionId, Timestamp};

/// What a first install is given.
#[derive(Clone, Debug)]
pub struct Install {
    /// What every canister is given.
    pub common: granary_kernel::Install<Role>,
    /// What people are held to.
    pub policies: Policies,
}

/// What an upgrade is given.
#[derive(Clone, Debug, Default)]
pub struct Upgrade {
    /// What every canister is given.
    pub common: granary_kernel::Upgrade,
    /// What people are held to from now on.
    pub policies: Option<Policies>,
}

impl<M: Memory + 'static> Store<M> {
    /// Installs on empty memory.
    pub fn install(memory: M, install: Install, ctx: &Ctx) -> Result<Self, OpenFault> {
        let Install { common, policies } = install;
        let importing = common.importing;
        let configure = |base: Base| {
            policies::check(&policies, base.profile)?;
            Ok::<_, RegistryError>(Config { base, policies })
        };
        open::install(memory, common, ctx, configure, |store: &mut Self| {
            store.totals.push(&Totals::default())?;
            // An import brings its own profiles.
            if !importing {
                store.put_standard_profiles(ctx.now)?;
            }
            Ok(())
        })
    }

    /// Opens existing state with new code.
    pub fn upgrade(memory: M, upgrade: Upgrade, ctx: &Ctx) -> Result<Self, OpenFault> {
        let Upgrade { common, policies } = upgrade;
        open::upgrade(memory, common, ctx, |config: Config| {
            let policies = policies.unwrap_or(config.policies);
            policies::check(&policies, config.base.profile)?;
            Ok(Config { policies, ..config })
        })
    }

    /// Profiles 1, 2 and 3, unless they exist.
    pub(crate) fn put_standard_profiles(&mut self, now: Timestamp) -> Result<(), StorageFault> {
        let mut totals = self.totals();
        for (slot, (class, limits)) in (0_u64..).zip(STANDARD) {
            if slot < self.profiles.len() {
                continue;
            }
            let (Some(profile), Some(newest)) =
                (ProfileId::from_slot(slot), RevisionId::from_slot(self.revisions.len()))
            else {
                return Err(StorageFault::OutOfMemory);
            };
            let (version, defined_at, previous) = (1, now, None);
            let row = RevisionRow { profile, version, class, limits, defined_at, previous };
            self.revisions.push(&row)?;
            self.profiles.push(&ProfileHead { class, limits, version, defined_at, newest })?;
            totals.profiles = totals.profiles.saturating_add(1);
        }
        self.totals.set(0, &totals)
    }
}
