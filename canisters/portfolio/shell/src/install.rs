//! First install and upgrade: arguments, store, jobs. Both trap on anything wrong, and a trap here
//! leaves the canister as it was.

use granary_api::portfolio::{InitArgs, InstallArgs, RoleGrant, UpgradeArgs};
use granary_env::suite::{convert as suite, install};
use granary_env::{message, origin};
use ic_stable_structures::DefaultMemoryImpl;
use portfolio_core::store::Settings;

use crate::convert::input;
use crate::state::{Books, Here};

/// Installs on empty memory.
pub fn init(args: InstallArgs) {
    let InstallArgs::Init(args) = args else {
        message::trap("install arguments: a first install takes Init");
    };
    let settings = settings(args);
    install::check_profile(settings.base.profile);
    let ctx = install::actor();
    let store = Books::install(DefaultMemoryImpl::default(), settings, &ctx);
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
    let UpgradeArgs { tuning, peers, mode, expected_schema, rehearsal } = args;
    let upgrade = granary_kernel::Upgrade {
        mode: mode.map(suite::given_mode),
        peers: suite::given_peers(peers.unwrap_or_default()),
        expected_schema,
        rehearsal: rehearsal.unwrap_or(false),
        code_version: origin::version().to_owned(),
    };
    let (ctx, tuning) = (install::actor(), input::tuning(tuning.unwrap_or_default()));
    let store = Books::upgrade(DefaultMemoryImpl::default(), upgrade, tuning, &ctx);
    install::start::<Here>(store, &ctx, "upgraded");
}

fn settings(args: InitArgs) -> Settings {
    let InitArgs { governor, roles, profile, tuning, peers, importing } = args;
    let base = granary_kernel::Install {
        governor,
        roles: roles
            .into_iter()
            .map(|RoleGrant { role, holder }| (input::role(role), holder))
            .collect(),
        profile: suite::given_profile(profile),
        importing: importing.unwrap_or(false),
        peers: suite::given_peers(peers.unwrap_or_default()),
        code_version: origin::version().to_owned(),
    };
    Settings { base, tuning: input::tuning(tuning.unwrap_or_default()) }
}
