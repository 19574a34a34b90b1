//! First install and upgrade: arguments, store, jobs. Both trap on anything wrong, and a trap here
//! leaves the canister as it was.

use granary_api::micro_grants::{InitArgs, InstallArgs, RoleGrant, UpgradeArgs};
use granary_env::suite::{convert as common, install};
use granary_env::{message, origin};
use ic_stable_structures::DefaultMemoryImpl;
use micro_grants_core::store::{Install, Upgrade};

use crate::convert::input;
use crate::state::{Grants, Here};

/// Installs on empty memory.
pub fn init(args: InstallArgs) {
    let InstallArgs::Init(args) = args else {
        message::trap("install arguments: a first install takes Init");
    };
    let (args, ctx) = (first(args), install::actor());
    install::check_profile(args.common.profile);
    let store = Grants::install(DefaultMemoryImpl::default(), args, &ctx);
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
    let ctx = install::actor();
    let store = Grants::upgrade(DefaultMemoryImpl::default(), next(args), &ctx);
    install::start::<Here>(store, &ctx, "upgraded");
}

fn first(args: InitArgs) -> Install {
    let InitArgs { governor, roles, profile, asset, max_applications, importing } = args;
    let role = |RoleGrant { role, holder }| (input::role(role), holder);
    let common = granary_kernel::Install {
        governor,
        roles: roles.into_iter().map(role).collect(),
        profile: common::given_profile(profile),
        importing: importing.unwrap_or(false),
        // Told later, with set_peer: other canisters come after this one.
        peers: vec![],
        code_version: origin::version().to_owned(),
    };
    Install { common, asset: input::asset(asset), max_applications }
}

fn next(args: UpgradeArgs) -> Upgrade {
    let UpgradeArgs { max_applications, mode, expected_schema, portfolio_asset, rehearsal } = args;
    let common = granary_kernel::Upgrade {
        mode: mode.map(common::given_mode),
        peers: vec![],
        expected_schema,
        rehearsal: rehearsal.unwrap_or(false),
        code_version: origin::version().to_owned(),
    };
    Upgrade { common, max_applications, portfolio_asset }
}
