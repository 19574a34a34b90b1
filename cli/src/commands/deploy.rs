//! `granary deploy`: canisters created, installed, upgraded.

use std::path::PathBuf;

use candid::Principal;
use clap::ValueEnum;
use granary_api::{common::Profile, micro_grants::Asset};
use granary_build::BuildOptions;
use sha2::{Digest, Sha256};

use crate::{
    cli::Mutation,
    client::{
        Client,
        agent::{AgentClient, NO_CANISTER},
        management,
    },
    exit::Exit,
    failure::Failure,
    identity::Caller,
    ids::Ids,
    operations::{
        deploy::{self, Deployed, Deployment, Places, Setup},
        release::fit::stated,
        wiring,
    },
    session::Session,
    suite::{self, Member, SUITE},
};

#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Canisters to deploy; otherwise all of the suite, each behind those it calls.
    names: Vec<String>,
    /// Module to install (.wasm or .wasm.gz), for one canister; otherwise the one built from this
    /// checkout.
    #[arg(long, value_name = "FILE")]
    wasm: Option<PathBuf>,
    /// Create new canisters even when some are known already.
    #[arg(long)]
    new: bool,
    /// Open the canisters for a backup instead of for work.
    #[arg(long)]
    importing: bool,
    /// Principal that governs the canisters; otherwise the identity `governor` on a local network.
    #[arg(long, value_name = "PRINCIPAL")]
    governor: Option<Principal>,
    /// Symbol of the asset the programmes spend.
    #[arg(long, default_value = "TUSD")]
    asset: String,
    /// Decimal places of the asset.
    #[arg(long, default_value_t = 6)]
    decimals: u8,
    /// Which set of floors the canisters hold themselves to.
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

/// A canister on its way: what is known of it, and what will be done.
struct Step {
    name: &'static str,
    known: Option<Principal>,
    action: &'static str,
    module: Vec<u8>,
    version: String,
}

pub(crate) async fn exec(args: Args, session: &Session) -> Result<Exit, Failure> {
    let network = session.network()?;
    let client = session.client("manager").await?;
    let mut ids = session.ids()?;
    let mut steps = Vec::new();
    for member in chosen(&args, session)? {
        steps.push(look(member.name, &args, session, &client, &ids).await?);
    }
    if !args.mutation.dry_run && steps.iter().any(|step| step.action != "unchanged") {
        let names: Vec<_> = steps.iter().map(|step| step.name).collect();
        session.confirm(args.mutation, &format!("install {}", names.join(", ")))?;
        let local = network.name == "local";
        // All exist before the first is installed, because they are told of one another.
        for step in steps.iter_mut().filter(|step| step.known.is_none()) {
            if !local {
                return Err(nothing_to_install_on(step.name));
            }
            let canister = management::create(&client, deploy::CYCLES).await?;
            // Noted first: when the code does not install, the next attempt finds it empty.
            ids.set(step.name, canister)?;
            step.known = Some(canister);
        }
        for step in &steps {
            carry_out(step, &args, session, &client).await?;
        }
    }
    let wired = if args.mutation.dry_run {
        Vec::new()
    } else {
        wire(&args, session, &client, &places(&ids, &steps)).await?
    };
    let deployed = |step: &Step| Deployed {
        name: step.name,
        canister: step.known.map_or_else(|| "new".to_owned(), |id| id.to_text()),
        action: step.action,
        version: step.version.clone(),
        module_hash: hex::encode(Sha256::digest(&step.module)),
    };
    let noted = steps.iter().any(|step| matches!(step.action, "created" | "installed"));
    let report = Deployment {
        network: network.name.clone(),
        canisters: steps.iter().map(deployed).collect(),
        wired,
        ids_file: (noted && !args.mutation.dry_run).then(|| ids.path().display().to_string()),
    };
    if args.mutation.dry_run || steps.iter().all(|step| step.action == "unchanged") {
        session.out.emit(&report)?;
    } else {
        session.out.emit_change(&report)?;
    }
    Ok(Exit::Ok)
}

/// The canisters of the arguments, in the order of the suite.
fn chosen(args: &Args, session: &Session) -> Result<Vec<&'static Member>, Failure> {
    for name in &args.names {
        suite::member(name)?;
    }
    let wanted = |member: &&Member| {
        args.names.is_empty() || args.names.iter().any(|name| name == member.name)
    };
    let chosen: Vec<_> = SUITE.iter().filter(wanted).collect();
    if chosen.len() != 1 && (args.wasm.is_some() || session.global.canister.is_some()) {
        let message = "--wasm and --canister are for one canister, so it has to be named";
        return Err(Failure::new(Exit::Usage, "cli.deploy_one", message)
            .next("granary deploy micro_grants --wasm FILE"));
    }
    if args.wasm.is_none() {
        build_at_once(chosen.iter().map(|member| member.name));
    }
    Ok(chosen)
}

/// Compiles what is missing of these in one run, which keeps every core busy. What does not build
/// is told when it is asked for.
pub(super) fn build_at_once(names: impl Iterator<Item = &'static str>) {
    let names: Vec<&str> = names.collect();
    drop(granary_build::canisters(&names, &BuildOptions::default()));
}

/// What is there now, and so what has to be done.
async fn look(
    name: &'static str,
    args: &Args,
    session: &Session,
    client: &AgentClient,
    ids: &Ids,
) -> Result<Step, Failure> {
    let (module, version) = module(name, args)?;
    let local = session.network()?.name == "local";
    let noted = ids.get(name).ok().filter(|_| !args.new);
    let (known, running) = match (session.global.canister, noted) {
        (Some(canister), _) => (Some(canister), client.module_hash(canister).await?),
        (None, Some(canister)) => match client.module_hash(canister).await {
            // The network that had it is gone, and this is another one at the same address.
            Err(failure) if failure.code == NO_CANISTER && local => (None, None),
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
    Ok(Step { name, known, action, module, version })
}

/// Where every canister is that is known, the new ones included.
fn places(ids: &Ids, steps: &[Step]) -> Places {
    let noted = SUITE.iter().filter_map(|member| Some((member.name, ids.get(member.name).ok()?)));
    let here = steps.iter().filter_map(|step| Some((step.name, step.known?)));
    noted.chain(here).collect()
}

async fn carry_out(
    step: &Step,
    args: &Args,
    session: &Session,
    client: &AgentClient,
) -> Result<(), Failure> {
    let Some(canister) = step.known.filter(|_| step.action != "unchanged") else { return Ok(()) };
    if step.action == "upgraded" {
        let arg = deploy::upgrade_arg(step.name, args.expected_schema)?;
        deploy::upgrade(client, canister, &step.module, arg).await?;
        return Ok(());
    }
    let arg = setup(args, session)?.init_arg(step.name)?;
    deploy::install(client, canister, &step.module, arg).await?;
    Ok(())
}

/// Tells the canisters about each other, when the governor is at hand: on a local network always,
/// elsewhere when the identity of the flags governs.
async fn wire(
    args: &Args,
    session: &Session,
    client: &AgentClient,
    places: &Places,
) -> Result<Vec<String>, Failure> {
    if session.global.canister.is_some() || args.importing {
        return Ok(Vec::new());
    }
    let local = session.network()?.name == "local";
    if local && args.governor.is_none() {
        let governor = Caller::development(session.global.seed, "governor");
        return wiring::wire(&client.acting_as(&governor)?, places).await;
    }
    if args.governor == Some(client.principal()) {
        return wiring::wire(client, places).await;
    }
    Ok(Vec::new())
}

fn nothing_to_install_on(name: &str) -> Failure {
    let message = format!(
        "only a local network gives away canisters, so {name} needs the id of an empty canister \
         that --identity controls"
    );
    Failure::new(Exit::Usage, "cli.no_canister", message)
        .next(format!("granary deploy {name} --canister ID"))
}

/// The module to install and the version it calls itself.
fn module(name: &str, args: &Args) -> Result<(Vec<u8>, String), Failure> {
    if let Some(path) = &args.wasm {
        let bytes = std::fs::read(path).map_err(Failure::file("read", path))?;
        let stated = stated(&bytes).canister;
        if !stated.is_empty() && stated != name {
            let message = format!("{} is a module of {stated} and not of {name}", path.display());
            return Err(Failure::new(Exit::Usage, "cli.wrong_module", message)
                .next(format!("granary deploy {stated} --wasm FILE")));
        }
        return Ok((bytes, path.display().to_string()));
    }
    let artifact = granary_build::canister(name).map_err(|error| {
        Failure::new(Exit::Failed, "cli.build", error.to_string())
            .next("granary deploy micro_grants --wasm FILE")
    })?;
    Ok((artifact.bytes, artifact.version))
}

fn setup(args: &Args, session: &Session) -> Result<Setup, Failure> {
    let asset = Asset { symbol: args.asset.clone(), decimals: args.decimals, ledger: None };
    let profile = args.profile.into();
    let importing = args.importing;
    if session.network()?.name == "local" {
        let setup = Setup::development(session.global.seed, asset, profile)?;
        let governor = args.governor.unwrap_or(setup.governor);
        return Ok(Setup { governor, importing, ..setup });
    }
    let governor = args.governor.ok_or_else(|| {
        let message = "outside of a local network the governor has to be named";
        Failure::new(Exit::Usage, "cli.governor", message)
            .next("granary deploy --governor PRINCIPAL")
    })?;
    Ok(Setup { governor, seed: None, asset, profile, importing, policy: None })
}
