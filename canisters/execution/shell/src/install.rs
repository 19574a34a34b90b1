//! First install and upgrade: arguments, store, jobs. Both trap on anything wrong, and a trap here
//! leaves the canister as it was.

use granary_api::execution::{InitArgs, InstallArgs, RoleGrant, UpgradeArgs};
use granary_env::suite::{convert as suite, install};
use granary_env::{message, origin};
use ic_stable_structures::DefaultMemoryImpl;

use crate::convert::input;
use crate::state::{Hands, Here};

/// Installs on empty memory.
pub fn init(args: InstallArgs) {
    let InstallArgs::Init(args) = args else {
        message::trap("install arguments: a first install takes Init");
    };
    let InitArgs { governor, roles, profile, peers, importing } = args;
    let role = |RoleGrant { role, holder }| (input::role(role), holder);
    let base = granary_kernel::Install {
        governor,
        roles: roles.into_iter().map(role).collect(),
        profile: suite::given_profile(profile),
        importing: importing.unwrap_or(false),
        peers: suite::given_peers(peers.unwrap_or_default()),
        code_version: origin::version().to_owned(),
    };
    install::check_profile(base.profile);
    let ctx = install::actor();
    let store = Hands::install(DefaultMemoryImpl::default(), base, &ctx);
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
    let upgrade = granary_kernel::Upgrade {
        mode: mode.map(suite::given_mode),
        peers: suite::given_peers(peers.unwrap_or_default()),
        expected_schema,
        rehearsal: rehearsal.unwrap_or(false),
        code_version: origin::version().to_owned(),
    };
    let ctx = install::actor();
    let store = Hands::upgrade(DefaultMemoryImpl::default(), upgrade, &ctx);
    install::start::<Here>(store, &ctx, "upgraded");
}
