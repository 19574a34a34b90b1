//! `granary deploy`: a canister created, installed, upgraded.

use std::path::PathBuf;

use candid::Principal;
use clap::ValueEnum;
use granary_api::{
    common::Profile,
    micro_grants::{Asset, InitArgs, UpgradeArgs},
};
use sha2::{Digest, Sha256};

use crate::{
    cli::Mutation,
    client::{Client, agent::NO_CANISTER, management},
    exit::Exit,
    failure::Failure,
    operations::deploy::{self, Deployed},
    session::{CANISTER, Session},
};

#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Module to install (.wasm or .wasm.gz); otherwise the one built from this checkout.
    #[arg(long, value_name = "FILE")]
    wasm: Option<PathBuf>,
    /// Create a new canister even when one is known already.
    #[arg(long)]
    new: bool,
    /// Principal that governs the canister; otherwise the identity `governor` on a local network.
    #[arg(long, value_name = "PRINCIPAL")]
    governor: Option<Principal>,
    /// Symbol of the asset the programmes spend.
    #[arg(long, default_value = "TUSD")]
    asset: String,
    /// Decimal places of the asset.
    #[arg(long, default_value_t = 6)]
    decimals: u8,
    /// Which set of floors the canister holds itself to.
    #[arg(long, default_value = "development")]
    profile: ProfileName,
    /// Let the upgrade happen only on a state of this schema.
    #[arg(long, value_name = "N")]
    expected_schema: Option<u32>,
    #[command(flatten)]
    mutation: Mutation,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum ProfileName {
    Production,
    Development,
    Testing,
}

impl From<ProfileName> for Profile {
    fn from(name: ProfileName) -> Self {
        match name {
            ProfileName::Production => Self::Production,
            ProfileName::Development => Self::Development,
            ProfileName::Testing => Self::Testing,
        }
    }
}

pub(crate) async fn exec(args: Args, session: &Session) -> Result<Exit, Failure> {
    let network = session.network()?;
    let (module, version) = module(&args)?;
    let client = session.client("manager").await?;
    let mut ids = session.ids()?;
    let noted = ids.get(CANISTER).ok().filter(|_| !args.new);
    let (known, running) = match (session.global.canister, noted) {
        (Some(canister), _) => (Some(canister), client.module_hash(canister).await?),
        (None, Some(canister)) => match client.module_hash(canister).await {
            // The network that had it is gone, and this is another one at the same address.
            Err(failure) if failure.code == NO_CANISTER && network.name == "local" => (None, None),
            other => (Some(canister), other?),
        },
        (None, None) => (None, None),
    };
    let hash = Sha256::digest(&module).to_vec();
    let action = match (&known, &running) {
        (None, _) => "created",
        (Some(_), None) => "installed",
        (Some(_), Some(running)) if *running == hash => "unchanged",
        (Some(_), Some(_)) => "upgraded",
    };
    let mut report = Deployed {
        network: network.name.clone(),
        canister: known.map_or("new".to_owned(), |id| id.to_text()),
        action,
        version,
        module_hash: hex::encode(&hash),
        ids_file: None,
    };
    if args.mutation.dry_run || action == "unchanged" {
        session.out.emit(&report)?;
        return Ok(Exit::Ok);
    }
    session
        .confirm(args.mutation, &format!("install {} on {}", report.version, report.canister))?;
    if action == "upgraded" {
        let canister = known.expect("only a known canister has code to replace");
        let expected_schema = args.expected_schema;
        let change = UpgradeArgs { expected_schema, ..UpgradeArgs::default() };
        deploy::upgrade(&client, canister, &module, change).await?;
    } else {
        let init = init(&args, session, &network.name)?;
        let canister = match known {
            Some(canister) => canister,
            None if network.name == "local" => management::create(&client, deploy::CYCLES).await?,
            None => return Err(nothing_to_install_on()),
        };
        // Noted first: when the code does not install, the next attempt finds the empty canister.
        ids.set(CANISTER, canister)?;
        deploy::install(&client, canister, &module, init).await?;
        report.canister = canister.to_text();
        report.ids_file = Some(ids.path().display().to_string());
    }
    session.out.emit_change(&report)?;
    Ok(Exit::Ok)
}

fn nothing_to_install_on() -> Failure {
    let message = "only a local network gives away canisters, so this one needs the id of an empty \
                   canister that --identity controls";
    Failure::new(Exit::Usage, "cli.no_canister", message).next("granary deploy --canister ID")
}

/// The module to install and the version it calls itself.
fn module(args: &Args) -> Result<(Vec<u8>, String), Failure> {
    if let Some(path) = &args.wasm {
        let bytes = std::fs::read(path).map_err(Failure::file("read", path))?;
        return Ok((bytes, path.display().to_string()));
    }
    let artifact = granary_build::canister(CANISTER).map_err(|error| {
        Failure::new(Exit::Failed, "cli.build", error.to_string())
            .next("granary deploy --wasm FILE")
    })?;
    Ok((artifact.bytes, artifact.version))
}

fn init(args: &Args, session: &Session, network: &str) -> Result<InitArgs, Failure> {
    let asset = Asset { symbol: args.asset.clone(), decimals: args.decimals, ledger: None };
    let profile = args.profile.into();
    if network == "local" {
        let mut init = deploy::development_init(session.global.seed, asset, profile)?;
        init.governor = args.governor.unwrap_or(init.governor);
        return Ok(init);
    }
    let governor = args.governor.ok_or_else(|| {
        let message = "outside of a local network the governor has to be named";
        Failure::new(Exit::Usage, "cli.governor", message)
            .next("granary deploy --governor PRINCIPAL")
    })?;
    let roles = Vec::new();
    Ok(InitArgs { governor, roles, profile, asset, max_applications: None, importing: None })
}
