//! First install and upgrade: arguments, store, jobs. Both trap on anything wrong, and a trap here
//! leaves the canister as it was.

use governor_core::store::{Install, Upgrade};
use granary_api::governor::{InitArgs, InstallArgs, RoleGrant, UpgradeArgs};
use granary_env::suite::{convert as suite, install};
use granary_env::{message, origin};
use ic_stable_structures::DefaultMemoryImpl;

use crate::convert::{defaults, input};
use crate::state::{Constitution, Here};

/// Installs on empty memory.
pub fn init(args: InstallArgs) {
    let InstallArgs::Init(args) = args else {
        message::trap("install arguments: a first install takes Init");
    };
    let args = first(args);
    install::check_profile(args.common.profile);
    let ctx = install::actor();
    let store = Constitution::install(DefaultMemoryImpl::default(), args, &ctx);
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
    let UpgradeArgs { mode, expected_schema, rehearsal } = args;
    let common = granary_kernel::Upgrade {
        mode: mode.map(suite::given_mode),
        peers: vec![],
        expected_schema,
        rehearsal: rehearsal.unwrap_or(false),
        code_version: origin::version().to_owned(),
    };
    let ctx = install::actor();
    let store = Constitution::upgrade(DefaultMemoryImpl::default(), Upgrade { common }, &ctx);
    install::start::<Here>(store, &ctx, "upgraded");
}

fn first(args: InitArgs) -> Install {
    let InitArgs {
        governor,
        roles,
        profile,
        members,
        rules,
        recovery,
        methods,
        escalation,
        targets,
        importing,
    } = args;
    let role = |RoleGrant { role, holder }| (input::role(role), holder);
    let profile = suite::given_profile(profile);
    let common = granary_kernel::Install {
        governor,
        roles: roles.into_iter().map(role).collect(),
        profile,
        importing: importing.unwrap_or(false),
        peers: vec![],
        code_version: origin::version().to_owned(),
    };
    let members = input::members(members);
    Install {
        common,
        own: message::self_id(),
        rules: rules.map_or_else(|| defaults::rules(&members), input::rules),
        members,
        recovery: recovery.map(input::recovery),
        methods: methods.into_iter().map(input::method).collect(),
        escalation: escalation.map(input::escalation).unwrap_or_default(),
        targets: targets.into_iter().map(input::first_target).collect(),
    }
}
