//! Installing, and opening with new code.

use granary_kernel::{Ctx, OpenFault, Profile, open};
use ic_stable_structures::Memory;

use crate::errors::{InputFault, RecoveryError};
use crate::records::{Committee, Config, Delays, Outlook, Role, Totals};
use crate::rules::set_committee;
use crate::store::Store;
use crate::types::{Duration, Principal};

/// What a first install is given.
#[derive(Clone, Debug)]
pub struct Install {
    /// What every canister is given.
    pub common: granary_kernel::Install<Role>,
    /// The governor: the canister this one repairs.
    pub target: Principal,
    /// This canister.
    pub own: Principal,
    /// Who decides.
    pub committee: Committee,
    /// Shorter delays, for tests.
    pub delays: Option<Delays>,
}

/// What an upgrade is given.
#[derive(Clone, Debug)]
pub struct Upgrade {
    /// What every canister is given.
    pub common: granary_kernel::Upgrade,
    /// This canister.
    pub own: Principal,
    /// Where the governor is from now on. Open requests were made for the old one and stay so.
    pub target: Option<Principal>,
}

impl<M: Memory + 'static> Store<M> {
    /// Installs on empty memory.
    pub fn install(memory: M, args: Install, ctx: &Ctx) -> Result<Self, OpenFault> {
        let Install { common, target, own, committee, delays } = args;
        let configure = |base: granary_kernel::Base| {
            let delays = check_delays(delays, base.profile)?;
            checked(Config { base, target, committee, delays }, &own)
        };
        open::install(memory, common, ctx, configure, |store: &mut Self| {
            store.totals.set(Some(Totals::default()))?;
            store.outlook.set(Some(Outlook::default()))?;
            Ok(())
        })
    }

    /// Opens existing state with new code.
    pub fn upgrade(memory: M, args: Upgrade, ctx: &Ctx) -> Result<Self, OpenFault> {
        let Upgrade { common, own, target } = args;
        open::upgrade(memory, common, ctx, |config: Config| {
            let target = target.unwrap_or(config.target);
            checked(Config { target, ..config }, &own)
        })
    }
}

fn checked(config: Config, own: &Principal) -> Result<Config, RecoveryError> {
    granary_kernel::checks::person("target", &config.target)?;
    if config.target == *own {
        let problem = "is to repair this canister itself";
        return Err(InputFault::Committee { problem }.into());
    }
    set_committee::check(&config.committee, &config.target, own)?;
    Ok(config)
}

fn check_delays(given: Option<Delays>, profile: Profile) -> Result<Delays, RecoveryError> {
    let Some(delays) = given else { return Ok(Delays::DEFAULT) };
    let wrong = |problem| Err(InputFault::Delays { problem }.into());
    if profile != Profile::Testing {
        return wrong("are fixed outside of the profile Testing");
    }
    let longest = Delays::DEFAULT.each();
    let fits =
        |(given, longest): (Duration, Duration)| given > Duration::seconds(0) && given <= longest;
    if !delays.each().into_iter().zip(longest).all(fits) {
        return wrong("are shortened by it, not lengthened, and none is zero");
    }
    Ok(delays)
}
