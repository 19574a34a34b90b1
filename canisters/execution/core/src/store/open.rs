//! Installing, and opening with new code. The hands have no settings of their own: what may be
//! paid, and how, is `risk_guard`'s to say.

use granary_kernel::{Ctx, Install, OpenFault, Upgrade, open};
use ic_stable_structures::Memory;

use crate::records::{Config, Role, Totals};
use crate::store::Store;

impl<M: Memory + 'static> Store<M> {
    /// Installs on empty memory.
    pub fn install(memory: M, base: Install<Role>, ctx: &Ctx) -> Result<Self, OpenFault> {
        open::install(
            memory,
            base,
            ctx,
            |base| Ok(Config { base }),
            |store: &mut Self| {
                store.totals.push(&Totals::default())?;
                Ok(())
            },
        )
    }

    /// Opens existing state with new code.
    pub fn upgrade(memory: M, upgrade: Upgrade, ctx: &Ctx) -> Result<Self, OpenFault> {
        open::upgrade(memory, upgrade, ctx, Ok)
    }
}
