//! First install and upgrade: arguments, store, jobs. Both trap on anything wrong, and a trap here
//! leaves the canister as it was.

use granary_api::risk_guard::{InitArgs, InstallArgs, RoleGrant, UpgradeArgs};
use granary_env::suite::{convert as suite, install};
use granary_env::{message, origin};
use granary_errors::Error;
use ic_stable_structures::DefaultMemoryImpl;
use risk_guard_core::errors::GuardError;
use risk_guard_core::store::{Install, Upgrade};

use crate::convert::policy;
use crate::state::{Guard, Here};

/// Installs on empty memory.
pub fn init(args: InstallArgs) {
    let InstallArgs::Init(args) = args else {
        message::trap("install arguments: a first install takes Init");
    };
    let given = given(args).unwrap_or_else(|fault| {
        message::trap(&format!("install arguments: {}", Error::from(fault)));
    });
    install::check_profile(given.common.profile);
    let ctx = install::actor();
    let store = Guard::install(DefaultMemoryImpl::default(), given, &ctx);
    install::start::<Here>(store, &ctx, "installed");
}

/// Opens the state the code before left, at a cost that does not grow with it.
pub fn post_upgrade(args: Option<InstallArgs>) {
    let args = match args {
        None => UpgradeArgs::default(),
        Some(InstallArgs::Upgrade(args)) => args,
        Some(InstallArgs::Init(_)) => {
            message::trap("install arguments: an upgrade takes Upgrade or nothing");
        }
    };
    let UpgradeArgs { peers, mode, expected_schema, rehearsal } = args;
    let common = granary_kernel::Upgrade {
        mode: mode.map(suite::given_mode),
        peers: suite::given_peers(peers.unwrap_or_default()),
        expected_schema,
        rehearsal: rehearsal.unwrap_or(false),
        code_version: origin::version().to_owned(),
    };
    let ctx = install::actor();
    let store = Guard::upgrade(DefaultMemoryImpl::default(), Upgrade { common }, &ctx);
    install::start::<Here>(store, &ctx, "upgraded");
}

fn given(args: InitArgs) -> Result<Install, GuardError> {
    let InitArgs { governor, roles, profile, policy, peers, importing } = args;
    let common = granary_kernel::Install {
        governor,
        roles: roles
            .into_iter()
            .map(|RoleGrant { role, holder }| (crate::convert::input::role(role), holder))
            .collect(),
        profile: suite::given_profile(profile),
        importing: importing.unwrap_or(false),
        peers: suite::given_peers(peers.unwrap_or_default()),
        code_version: origin::version().to_owned(),
    };
    let policy = policy::change(&policy.unwrap_or_default())?;
    Ok(Install { common, policy })
}
