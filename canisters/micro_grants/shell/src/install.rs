//! First install and upgrade: arguments, store, jobs. Both trap on anything wrong, and a trap here
//! leaves the canister as it was.

use granary_api::common::Profile;
use granary_api::micro_grants::{InitArgs, InstallArgs, RoleGrant, UpgradeArgs};
use granary_env::{Env, message};
use granary_stable::log_ring::Level;
use ic_stable_structures::DefaultMemoryImpl;
use micro_grants_core::store::{Install, OpenFault, Upgrade};

use crate::state::{self, Grants};
use crate::{access, convert, observe, tasks};

/// Version of the code.
pub const VERSION: &str = match option_env!("GRANARY_BUILD_VERSION") {
    Some(version) => version,
    None => env!("CARGO_PKG_VERSION"),
};

/// Installs on empty memory.
pub fn init(args: InstallArgs) {
    let InstallArgs::Init(args) = args else {
        message::trap("install arguments: a first install takes Init");
    };
    if args.profile == Profile::Testing && message::is_mainnet() {
        message::trap("install arguments: the profile Testing is refused on mainnet");
    }
    let env = Env::here();
    let store = Grants::install(DefaultMemoryImpl::default(), install(args), &access::actor(&env));
    start(&env, opened(store), "installed");
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
    let env = Env::here();
    let store = Grants::upgrade(DefaultMemoryImpl::default(), upgrade(args), &access::actor(&env));
    start(&env, opened(store), "upgraded");
}

fn opened(store: Result<Grants, OpenFault>) -> Grants {
    match store {
        Ok(store) => store,
        Err(fault) => message::trap(&fault.to_string()),
    }
}

fn start(env: &Env, mut store: Grants, what: &str) {
    let ctx = access::actor(env);
    let message = format!("{what} version {VERSION}, schema {}", store.header().schema);
    observe::log(&mut store, &ctx, Level::Info, "install", "", &message);
    tasks::start(&mut store, &ctx);
    state::put(store);
}

fn install(args: InitArgs) -> Install {
    let InitArgs { governor, roles, profile, asset, max_applications, importing } = args;
    Install {
        governor,
        roles: roles
            .into_iter()
            .map(|RoleGrant { role, holder }| (convert::input::role(role), holder))
            .collect(),
        profile: convert::input::profile(profile),
        asset: convert::input::asset(asset),
        max_applications,
        importing: importing.unwrap_or(false),
        code_version: VERSION.to_owned(),
    }
}

fn upgrade(args: UpgradeArgs) -> Upgrade {
    let UpgradeArgs { max_applications, mode, expected_schema } = args;
    Upgrade {
        max_applications,
        mode: mode.map(convert::input::mode),
        expected_schema,
        code_version: VERSION.to_owned(),
    }
}
