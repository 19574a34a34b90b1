//! A canister created, installed, upgraded.

use candid::Principal;
use granary_api::common::Profile;
use granary_api::micro_grants::{Asset, InitArgs, InstallArgs, Role, RoleGrant, UpgradeArgs};
use ic_management_canister_types::CanisterInstallMode;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{
    client::{Client, management, remote::encode},
    exit::Exit,
    failure::Failure,
    identity::Caller,
    render::{Page, Report, page::Tone},
};

/// Cycles a canister of a development network starts with: 1,000 T, years of work.
pub(crate) const CYCLES: u128 = 1_000_000_000_000_000;

/// What a deployment did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Deployed {
    pub(crate) network: String,
    pub(crate) canister: String,
    /// `created`, `installed`, `upgraded` or `unchanged`.
    pub(crate) action: &'static str,
    pub(crate) version: String,
    /// SHA-256 of the code that runs now.
    pub(crate) module_hash: String,
    pub(crate) ids_file: Option<String>,
}

/// Installs `module` on an empty canister.
pub(crate) async fn install<C: Client>(
    client: &C,
    canister: Principal,
    module: &[u8],
    init: InitArgs,
) -> Result<String, Failure> {
    let arg = encode(&InstallArgs::Init(init))?;
    management::install(client, canister, CanisterInstallMode::Install, module, arg).await?;
    verified(client, canister, module).await
}

/// Upgrades a canister to `module`. When the new code refuses the state, nothing changes.
pub(crate) async fn upgrade<C: Client>(
    client: &C,
    canister: Principal,
    module: &[u8],
    args: UpgradeArgs,
) -> Result<String, Failure> {
    let arg = encode(&Some(InstallArgs::Upgrade(args)))?;
    management::install(client, canister, CanisterInstallMode::Upgrade(None), module, arg).await?;
    verified(client, canister, module).await
}

/// The hash of the code that runs, from the certified state tree, when it is the one of `module`.
async fn verified<C: Client>(
    client: &C,
    canister: Principal,
    module: &[u8],
) -> Result<String, Failure> {
    let runs = client.module_hash(canister).await?.map(hex::encode).unwrap_or_default();
    let built = hex::encode(Sha256::digest(module));
    if runs == built {
        return Ok(runs);
    }
    let message = format!("the network says that {canister} runs {runs} and not {built}");
    Err(Failure::new(Exit::Degraded, "cli.module_hash", message).next("granary deploy"))
}

/// Roles on a network of this machine, held by development identities of the same names, so that
/// every command works without further setup.
pub(crate) fn development_roles(seed: u64) -> Result<Vec<RoleGrant>, Failure> {
    let roles = [
        (Role::ProgramManager, "manager"),
        (Role::Treasurer, "treasurer"),
        (Role::Auditor, "auditor"),
        (Role::Operator, "operator"),
        (Role::Backup, "backup"),
    ];
    roles
        .into_iter()
        .map(|(role, name)| {
            let holder = Caller::development(seed, name).principal()?;
            Ok(RoleGrant { role, holder })
        })
        .collect()
}

/// Install arguments for a network of this machine, governed by the identity `governor`.
pub(crate) fn development_init(
    seed: u64,
    asset: Asset,
    profile: Profile,
) -> Result<InitArgs, Failure> {
    Ok(InitArgs {
        governor: Caller::development(seed, "governor").principal()?,
        roles: development_roles(seed)?,
        profile,
        asset,
        max_applications: None,
        importing: None,
    })
}

impl Report for Deployed {
    const SCHEMA: &'static str = "granary.deploy/1";

    fn text(&self, page: &mut Page) {
        let action = page.paint(Tone::Good, self.action);
        page.line(format!("{action} {} on {}", self.canister, self.network));
        page.field("version", &self.version);
        page.field("module hash", &self.module_hash);
        if let Some(file) = &self.ids_file {
            page.field("noted in", file);
        }
    }
}
