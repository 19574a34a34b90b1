//! Installing and upgrading: the arguments of this canister around those of every canister.

use granary_kernel::{Base, checks, open};
use ic_stable_structures::Memory;

use crate::errors::GrantError;
use crate::limits;
use crate::records::{Asset, Config, Role, Totals};
use crate::rules::Ctx;
use crate::store::Store;

pub use granary_kernel::OpenFault;

/// What a first install is given.
#[derive(Clone, Debug)]
pub struct Install {
    /// What every canister is given.
    pub common: granary_kernel::Install<Role>,
    /// The asset of every programme.
    pub asset: Asset,
    /// Applications accepted in total; none means the code's bound.
    pub max_applications: Option<u64>,
}

/// What an upgrade is given.
#[derive(Clone, Debug, Default)]
pub struct Upgrade {
    /// What every canister is given.
    pub common: granary_kernel::Upgrade,
    /// A new bound on applications.
    pub max_applications: Option<u64>,
    /// Number of the asset in the books; none leaves it as it is.
    pub portfolio_asset: Option<u64>,
}

impl From<GrantError> for OpenFault {
    fn from(fault: GrantError) -> Self {
        Self::arguments(fault)
    }
}

impl<M: Memory + 'static> Store<M> {
    /// Installs on empty memory.
    pub fn install(memory: M, install: Install, ctx: &Ctx) -> Result<Self, OpenFault> {
        let Install { common, asset, max_applications } = install;
        let configure = |base| configured(base, asset, max_applications);
        open::install(memory, common, ctx, configure, |store: &mut Self| {
            store.totals.push(&Totals::default())?;
            Ok(())
        })
    }

    /// Opens existing state with new code: migrations, the upgrade's row, its event.
    pub fn upgrade(memory: M, upgrade: Upgrade, ctx: &Ctx) -> Result<Self, OpenFault> {
        let Upgrade { common, max_applications, portfolio_asset } = upgrade;
        open::upgrade(memory, common, ctx, |config: Config| {
            let max_applications = bounded(max_applications, config.max_applications)?;
            let portfolio_asset = portfolio_asset.or(config.portfolio_asset);
            Ok(Config { max_applications, portfolio_asset, ..config })
        })
    }
}

fn configured(
    base: Base,
    asset: Asset,
    max_applications: Option<u64>,
) -> Result<Config, GrantError> {
    checks::text("asset.symbol", &asset.symbol, limits::MAX_SYMBOL_BYTES)?;
    checks::at_most("asset.decimals", asset.decimals.into(), limits::MAX_DECIMALS.into())?;
    let max_applications = bounded(max_applications, limits::MAX_APPLICATIONS)?;
    // Told later: the books come before this canister, and their assets after it.
    Ok(Config { base, asset, max_applications, portfolio_asset: None })
}

fn bounded(given: Option<u64>, default: u64) -> Result<u64, GrantError> {
    let given = given.unwrap_or(default);
    checks::between("max_applications", given, 1, limits::MAX_APPLICATIONS)?;
    Ok(given)
}
