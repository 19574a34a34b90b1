//! Installing, and opening with new code: what the books' own settings are.

use granary_kernel::{Base, Ctx, Install, OpenFault, Profile, Upgrade, open};
use ic_stable_structures::Memory;

use crate::errors::{InputFault, PortfolioError};
use crate::limits;
use crate::records::{Config, Role, Totals};
use crate::store::Store;
use crate::types::Duration;

/// The canister's own times; none keeps what is there, at first the code's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tuning {
    /// How long a block waits for its entry.
    pub reconcile_grace: Option<Duration>,
    /// How often each asset is reconciled.
    pub reconcile_every: Option<Duration>,
    /// How often a commitment is made.
    pub commit_every: Option<Duration>,
}

/// What a first install is given.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What every canister is given.
    pub base: Install<Role>,
    /// The books' own times.
    pub tuning: Tuning,
}

impl<M: Memory + 'static> Store<M> {
    /// Installs on empty memory.
    pub fn install(memory: M, settings: Settings, ctx: &Ctx) -> Result<Self, OpenFault> {
        let Settings { base, tuning } = settings;
        open::install(
            memory,
            base,
            ctx,
            |base| first_config(base, tuning),
            |store: &mut Self| {
                store.totals.push(&Totals::default())?;
                store.first_proofs();
                Ok(())
            },
        )
    }

    /// Opens existing state with new code.
    pub fn upgrade(
        memory: M,
        upgrade: Upgrade,
        tuning: Tuning,
        ctx: &Ctx,
    ) -> Result<Self, OpenFault> {
        open::upgrade(memory, upgrade, ctx, |config: Config| tune(config, tuning))
    }
}

fn first_config(base: Base, tuning: Tuning) -> Result<Config, PortfolioError> {
    let config = Config {
        base,
        reconcile_grace: limits::RECONCILE_GRACE,
        reconcile_every: limits::RECONCILE_EVERY,
        commit_every: limits::COMMIT_EVERY,
    };
    tune(config, tuning)
}

fn tune(mut config: Config, tuning: Tuning) -> Result<Config, PortfolioError> {
    let least = match config.base.profile {
        Profile::Testing => Duration::ZERO,
        Profile::Production | Profile::Development => limits::MIN_EVERY,
    };
    let check = |field, given: Duration| {
        let (min, max) = (least, limits::MAX_EVERY);
        if given >= min && given <= max {
            return Ok(given);
        }
        let (given_ns, min_ns) = (given.as_nanos(), min.as_nanos());
        Err(InputFault::WindowRange { field, given_ns, min_ns, max_ns: max.as_nanos() })
    };
    if let Some(grace) = tuning.reconcile_grace {
        config.reconcile_grace = check("reconcile_grace_ns", grace)?;
    }
    if let Some(every) = tuning.reconcile_every {
        config.reconcile_every = check("reconcile_every_ns", every)?;
    }
    if let Some(every) = tuning.commit_every {
        config.commit_every = check("commit_every_ns", every)?;
    }
    Ok(config)
}
