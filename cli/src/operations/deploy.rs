//! Canisters created, installed, upgraded.

use std::collections::BTreeMap;

use candid::Principal;
use granary_api::{
    common::Profile,
    execution,
    micro_grants::{self as grants, Asset},
    portfolio, registry, risk_guard,
};
use ic_management_canister_types::CanisterInstallMode;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{
    client::{
        Client, execution as hands, management, portfolio as books, registry as people,
        remote::encode, risk_guard as guard,
    },
    exit::Exit,
    failure::Failure,
    identity::Caller,
    render::{Page, Report, page::Tone},
};

/// Cycles a canister of a development network starts with: 1,000 T, years of work.
pub(crate) const CYCLES: u128 = 1_000_000_000_000_000;

/// Where canisters are, by name.
pub(crate) type Places = BTreeMap<&'static str, Principal>;

/// What a first install is told.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    /// Who governs.
    pub(crate) governor: Principal,
    /// The seed of the development identities that get roles; none on other people's networks.
    pub(crate) seed: Option<u64>,
    /// What programmes spend.
    pub(crate) asset: Asset,
    /// Floors the canister holds itself to.
    pub(crate) profile: Profile,
    /// True opens the canister for a backup instead of for work.
    pub(crate) importing: bool,
    /// The first policy of `risk_guard`; none lets nothing leave until the governor says what may.
    pub(crate) policy: Option<risk_guard::PolicyChange>,
}

impl Setup {
    /// For a network of this machine, governed by the identity `governor`.
    pub(crate) fn development(seed: u64, asset: Asset, profile: Profile) -> Result<Self, Failure> {
        let governor = Caller::development(seed, "governor").principal()?;
        Ok(Self { governor, seed: Some(seed), asset, profile, importing: false, policy: None })
    }

    /// Roles held by development identities, so that every command works without further setup.
    fn roles<R>(&self, roles: Vec<(R, &'static str)>) -> Result<Vec<(R, Principal)>, Failure> {
        let Some(seed) = self.seed else { return Ok(Vec::new()) };
        let holder = |name| Caller::development(seed, name).principal();
        roles.into_iter().map(|(role, name)| Ok((role, holder(name)?))).collect()
    }

    /// The argument of the first install of the canister `name`, in Candid. Who may call whom is
    /// said afterwards, by [`super::wiring`].
    pub(crate) fn init_arg(&self, name: &str) -> Result<Vec<u8>, Failure> {
        match name {
            people::CANISTER => encode(&registry::InstallArgs::Init(self.registry()?)),
            books::CANISTER => encode(&portfolio::InstallArgs::Init(self.portfolio()?)),
            guard::CANISTER => encode(&risk_guard::InstallArgs::Init(self.risk_guard()?)),
            hands::CANISTER => encode(&execution::InstallArgs::Init(self.execution()?)),
            _ => encode(&grants::InstallArgs::Init(self.micro_grants()?)),
        }
    }

    fn registry(&self) -> Result<registry::InitArgs, Failure> {
        use registry::{Role, RoleHolder};
        let roles = self.roles(vec![
            (Role::Registrar, "registrar"),
            (Role::Compliance, "compliance"),
            (Role::Auditor, "auditor"),
            (Role::Operator, "operator"),
            (Role::Backup, "backup"),
        ])?;
        Ok(registry::InitArgs {
            governor: self.governor,
            roles: roles.into_iter().map(|(role, holder)| RoleHolder { role, holder }).collect(),
            profile: self.profile,
            policies: None,
            importing: Some(self.importing),
        })
    }

    fn portfolio(&self) -> Result<portfolio::InitArgs, Failure> {
        use portfolio::{Role, RoleGrant};
        let roles = self.roles(vec![
            (Role::Execution, "treasurer"),
            (Role::Auditor, "auditor"),
            (Role::Operator, "operator"),
            (Role::Backup, "backup"),
        ])?;
        Ok(portfolio::InitArgs {
            governor: self.governor,
            roles: roles.into_iter().map(|(role, holder)| RoleGrant { role, holder }).collect(),
            profile: self.profile,
            // Nobody waits a minute for the first proof of a test.
            tuning: (self.profile == Profile::Testing).then(|| portfolio::Tuning {
                commit_every_ns: Some(1_000_000_000),
                ..portfolio::Tuning::default()
            }),
            peers: None,
            importing: Some(self.importing),
        })
    }

    fn risk_guard(&self) -> Result<risk_guard::InitArgs, Failure> {
        use risk_guard::{Role, RoleGrant};
        let roles = self.roles(vec![
            (Role::Steward, "steward"),
            (Role::Auditor, "auditor"),
            (Role::Operator, "operator"),
            (Role::Backup, "backup"),
        ])?;
        Ok(risk_guard::InitArgs {
            governor: self.governor,
            roles: roles.into_iter().map(|(role, holder)| RoleGrant { role, holder }).collect(),
            profile: self.profile,
            policy: self.policy.clone(),
            peers: None,
            importing: Some(self.importing),
        })
    }

    fn execution(&self) -> Result<execution::InitArgs, Failure> {
        use execution::{Role, RoleGrant};
        let roles = self.roles(vec![
            (Role::Treasurer, "treasurer"),
            (Role::Approver, "approver-1"),
            (Role::Approver, "approver-2"),
            (Role::Auditor, "auditor"),
            (Role::Operator, "operator"),
            (Role::Backup, "backup"),
        ])?;
        Ok(execution::InitArgs {
            governor: self.governor,
            roles: roles.into_iter().map(|(role, holder)| RoleGrant { role, holder }).collect(),
            profile: self.profile,
            peers: None,
            importing: Some(self.importing),
        })
    }

    fn micro_grants(&self) -> Result<grants::InitArgs, Failure> {
        use grants::{Role, RoleGrant};
        let roles = self.roles(vec![
            (Role::ProgramManager, "manager"),
            (Role::Treasurer, "treasurer"),
            (Role::Auditor, "auditor"),
            (Role::Operator, "operator"),
            (Role::Backup, "backup"),
        ])?;
        Ok(grants::InitArgs {
            governor: self.governor,
            roles: roles.into_iter().map(|(role, holder)| RoleGrant { role, holder }).collect(),
            profile: self.profile,
            asset: self.asset.clone(),
            max_applications: None,
            importing: Some(self.importing),
        })
    }
}

/// The argument of an upgrade of the canister `name`, in Candid.
pub(crate) fn upgrade_arg(name: &str, expected_schema: Option<u32>) -> Result<Vec<u8>, Failure> {
    match name {
        people::CANISTER => {
            let args = registry::UpgradeArgs { expected_schema, ..Default::default() };
            encode(&Some(registry::InstallArgs::Upgrade(args)))
        }
        books::CANISTER => {
            let args = portfolio::UpgradeArgs { expected_schema, ..Default::default() };
            encode(&Some(portfolio::InstallArgs::Upgrade(args)))
        }
        guard::CANISTER => {
            let args = risk_guard::UpgradeArgs { expected_schema, ..Default::default() };
            encode(&Some(risk_guard::InstallArgs::Upgrade(args)))
        }
        hands::CANISTER => {
            let args = execution::UpgradeArgs { expected_schema, ..Default::default() };
            encode(&Some(execution::InstallArgs::Upgrade(args)))
        }
        _ => {
            let args = grants::UpgradeArgs { expected_schema, ..Default::default() };
            encode(&Some(grants::InstallArgs::Upgrade(args)))
        }
    }
}

/// Installs `module` on an empty canister, and gives the hash of the code that runs.
pub(crate) async fn install<C: Client>(
    client: &C,
    canister: Principal,
    module: &[u8],
    arg: Vec<u8>,
) -> Result<String, Failure> {
    management::install(client, canister, CanisterInstallMode::Install, module, arg).await?;
    verified(client, canister, module).await
}

/// Upgrades a canister to `module`. When the new code refuses the state, nothing changes.
pub(crate) async fn upgrade<C: Client>(
    client: &C,
    canister: Principal,
    module: &[u8],
    arg: Vec<u8>,
) -> Result<String, Failure> {
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

/// What a deployment did, canister by canister.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Deployment {
    pub(crate) network: String,
    pub(crate) canisters: Vec<Deployed>,
    /// What the canisters were told about each other.
    pub(crate) wired: Vec<String>,
    pub(crate) ids_file: Option<String>,
}

/// What a deployment did to one canister.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Deployed {
    pub(crate) name: &'static str,
    /// Its id, or `new`.
    pub(crate) canister: String,
    /// `created`, `installed`, `upgraded` or `unchanged`.
    pub(crate) action: &'static str,
    pub(crate) version: String,
    /// SHA-256 of the code that runs now.
    pub(crate) module_hash: String,
}

impl Report for Deployment {
    const SCHEMA: &'static str = "granary.deploy/3";

    fn text(&self, page: &mut Page) {
        for deployed in &self.canisters {
            let action = page.paint(Tone::Good, deployed.action);
            let Deployed { name, canister, version, module_hash, .. } = deployed;
            page.line(format!("{action} {name} {canister} on {}", self.network));
            page.field("version", version);
            page.field("module hash", module_hash);
        }
        for said in &self.wired {
            page.field("wired", said);
        }
        if let Some(file) = &self.ids_file {
            page.line(format!("noted in {file}"));
        }
    }
}
