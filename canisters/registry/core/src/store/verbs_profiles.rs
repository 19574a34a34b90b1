//! Verbs about risk profiles.

use granary_kernel::{Class, Ctx, Receipt, Request};
use granary_stable::dedup::Fingerprinter;
use ic_stable_structures::Memory;

use crate::errors::RegistryError;
use crate::records::{Limits, Role};
use crate::rules::{define_risk_profile, set_risk_profile};
use crate::store::Store;
use crate::types::RiskClass;

impl<M: Memory + 'static> Store<M> {
    /// Defines a risk profile, or a new version of one.
    pub fn define_risk_profile(
        &mut self,
        ctx: &Ctx,
        profile: Option<u64>,
        class: RiskClass,
        limits: Limits,
        key: Option<&str>,
    ) -> Result<Receipt, RegistryError> {
        let request = key.map(|key| {
            let mut print = Fingerprinter::new("define_risk_profile");
            print.write_u64(profile.unwrap_or(u64::MAX)).write(class.name().as_bytes());
            print.write_u64(limits.max_position_bps.into());
            print.write_u64(limits.max_drawdown_bps.into());
            print.write_u64(limits.max_asset_concentration_bps.into());
            Request { key, print: print.finish() }
        });
        self.verb(ctx, Class::Ordinary, request, |store| {
            let existing = profile.map(|id| store.profile(id)).transpose()?;
            let next = store.next_profile();
            let offices = store.offices(ctx, &[Role::Compliance, Role::Governor]);
            define_risk_profile::define_risk_profile(existing, next, class, limits, offices, ctx)
        })
    }

    /// A user's plans may take another risk from now on.
    pub fn set_risk_profile(
        &mut self,
        ctx: &Ctx,
        user: u64,
        profile: u64,
    ) -> Result<Receipt, RegistryError> {
        self.verb(ctx, Class::Ordinary, None, |store| {
            let user = store.user(user)?;
            let wanted = store.profile(profile)?;
            let (_, current) = store.profile(user.head.profile.wire())?;
            let offices = store.offices(ctx, &[Role::Compliance]);
            set_risk_profile::set_risk_profile(&user, &current, wanted, offices, ctx)
        })
    }
}
