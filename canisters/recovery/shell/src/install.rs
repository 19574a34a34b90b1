//! First install and upgrade: arguments, store, jobs. Both trap on anything wrong, and a trap here
//! leaves the canister as it was.

use granary_api::recovery::{InitArgs, InstallArgs, RoleGrant, UpgradeArgs};
use granary_env::suite::{convert as common, install};
use granary_env::{message, origin};
use ic_stable_structures::DefaultMemoryImpl;
use recovery_core::store::{Install, Upgrade};

use crate::convert::input;
use crate::state::{Healer, Here};

/// Installs on empty memory.
pub fn init(args: InstallArgs) {
    let InstallArgs::Init(args) = args else {
        message::trap("install arguments: a first install takes Init");
    };
    let InitArgs { governor, roles, profile, target, committee, delays, importing } = args;
    let role = |RoleGrant { role, holder }| (input::role(role), holder);
    let common = granary_kernel::Install {
        governor,
        roles: roles.into_iter().map(role).collect(),
        profile: common::given_profile(profile),
        importing: importing.unwrap_or(false),
        peers: vec![],
        code_version: origin::version().to_owned(),
    };
    install::check_profile(common.profile);
    let (own, ctx) = (message::self_id(), install::actor());
    let committee = input::committee(committee);
    let delays = delays.map(input::delays);
    let args = Install { common, target, own, committee, delays };
    let store = Healer::install(DefaultMemoryImpl::default(), args, &ctx);
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
    let UpgradeArgs { target, mode, expected_schema, rehearsal } = args;
    let common = granary_kernel::Upgrade {
        mode: mode.map(common::given_mode),
        peers: vec![],
        expected_schema,
        rehearsal: rehearsal.unwrap_or(false),
        code_version: origin::version().to_owned(),
    };
    let ctx = install::actor();
    let args = Upgrade { common, own: message::self_id(), target };
    let store = Healer::upgrade(DefaultMemoryImpl::default(), args, &ctx);
    install::start::<Here>(store, &ctx, "upgraded");
}
