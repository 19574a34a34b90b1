//! `granary governor`: the constitution beside the suite, and the hand-over to it.

use candid::Principal;
use clap::Subcommand;
use granary_api::{
    common::Profile,
    governor::{Role, RoleGrant},
};
use sha2::{Digest, Sha256};

use crate::{
    cli::Mutation,
    client::{
        Client,
        agent::{AgentClient, NO_CANISTER},
        governor::{CANISTER, GET_CONFIG, GET_MEMBERS, LIST_TARGETS},
        management,
        remote::Remote,
    },
    exit::Exit,
    failure::Failure,
    identity::Caller,
    operations::{
        deploy,
        govern::{
            developers,
            handover::{self, Handover},
            install::{Constitution, Hands, Installed, join},
            rules::{self, RuleFlags},
        },
    },
    session::Session,
    suite::SUITE,
};

#[derive(Subcommand, Debug)]
#[expect(clippy::large_enum_variant, reason = "one of them is made, once")]
pub(crate) enum Command {
    /// Install the governor beside the suite and bring every canister under it; may be repeated.
    Deploy(Deploy),
    /// Leave the suite to the governor alone: roles and control of people are given back.
    Handover(Mutating),
}

#[derive(clap::Args, Debug)]
pub(crate) struct Deploy {
    /// Who governs, given once for each; otherwise five development identities on a local network.
    #[arg(long = "member", value_name = "PRINCIPAL")]
    members: Vec<Principal>,
    /// Principal that repairs the governor; otherwise the identity `governor` on a local network.
    #[arg(long, value_name = "PRINCIPAL")]
    repairs: Option<Principal>,
    /// Module to install (.wasm or .wasm.gz); otherwise the one built from this checkout.
    #[arg(long, value_name = "FILE")]
    wasm: Option<std::path::PathBuf>,
    /// For tests: delays of seconds instead of days, and nobody builds a module twice.
    #[arg(long)]
    testing: bool,
    #[command(flatten)]
    rules: RuleFlags,
    #[command(flatten)]
    mutation: Mutation,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Mutating {
    #[command(flatten)]
    mutation: Mutation,
}

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::Deploy(args) => exec(args, session).await,
        Command::Handover(Mutating { mutation }) => hand_over(mutation, session).await,
    }
}

/// Those who bring canisters under the governor, or let go of them.
async fn hands(session: &Session) -> Result<Hands<AgentClient>, Failure> {
    let controller = session.client("manager").await?;
    Ok(Hands { controller, person: session.client("governor").await? })
}

/// The canisters of the suite on this network; at least one.
fn suite(session: &Session) -> Result<Vec<(&'static str, Principal)>, Failure> {
    let ids = session.ids()?;
    let known: Vec<_> =
        SUITE.iter().filter_map(|one| Some((one.name, ids.get(one.name).ok()?))).collect();
    match SUITE.first() {
        // Says what is missing, and what to do.
        Some(first) if known.is_empty() => ids.get(first.name).map(|_| known),
        _ => Ok(known),
    }
}

async fn exec(args: Deploy, session: &Session) -> Result<Exit, Failure> {
    let hands = hands(session).await?;
    let targets = suite(session)?;
    let constitution = constitution(&args, session, targets.clone())?;
    let (module, known, runs) = found(&args, session, &hands.controller).await?;
    let dry_run = args.mutation.dry_run;
    let action = match (&known, &runs) {
        (None, _) => "created",
        (Some(_), None) => "installed",
        (Some(_), Some(_)) => "unchanged",
    };
    if !dry_run {
        session.confirm(args.mutation, "bring the suite under the governor")?;
    }
    let governor = match known {
        Some(id) => Some(id),
        None if dry_run => None,
        None => Some(create(session, &hands.controller).await?),
    };
    if let Some(governor) = governor.filter(|_| !dry_run && action != "unchanged") {
        let arg = constitution.init_arg()?;
        deploy::install(&hands.controller, governor, &module, arg).await?;
    }
    let installed = governor.filter(|_| runs.is_some() || !dry_run);
    let hash = runs.unwrap_or_else(|| Sha256::digest(&module).to_vec());
    let mut report = Installed {
        dry_run,
        network: session.network()?.name,
        governor: governor.map_or_else(|| "new".to_owned(), |id| id.to_text()),
        action,
        module_hash: hex::encode(hash),
        members: constitution.members.iter().map(Principal::to_text).collect(),
        threshold: 0,
        min_delay: String::new(),
        long_delay: String::new(),
        observation: String::new(),
        targets: Vec::new(),
        ids_file: None,
    }
    .with_rules(&constitution.rules);
    if action != "unchanged" && !dry_run {
        report.ids_file = Some(session.ids()?.path().display().to_string());
    }
    // What is asked of a governor that is not there yet is done to a name nobody has.
    let asked = governor.unwrap_or_else(Principal::management_canister);
    for (name, canister) in &targets {
        report.targets.push(join(&hands, asked, name, *canister, dry_run).await?);
    }
    if let Some(governor) = installed {
        let remote = Remote { client: hands.person.clone(), canister: governor };
        report = as_it_is(report, &remote).await?;
    }
    session.out.emit_change(&report)?;
    Ok(Exit::Ok)
}

/// The report with what the governor says of itself: whoever installed it may have named others.
async fn as_it_is<C: Client>(
    report: Installed,
    governor: &Remote<C>,
) -> Result<Installed, Failure> {
    let mut report = report.with_rules(&governor.ask(GET_CONFIG).await?.rules);
    let members = governor.ask(GET_MEMBERS).await?.members;
    let current = members.iter().filter(|one| one.is_member);
    report.members = current.map(|one| one.principal.to_text()).collect();
    let targets = governor.ask(LIST_TARGETS).await?;
    for joined in &mut report.targets {
        joined.is_target = targets.iter().any(|one| one.canister.to_text() == joined.canister);
    }
    Ok(report)
}

/// The module to install, the canister when it is known, and the code that runs there.
type Found = (Vec<u8>, Option<Principal>, Option<Vec<u8>>);

async fn found(args: &Deploy, session: &Session, client: &AgentClient) -> Result<Found, Failure> {
    let noted = session.ids()?.get(CANISTER).ok();
    let known = session.global.canister.or(noted);
    let local = session.network()?.name == "local";
    let (known, runs) = match known {
        None => (None, None),
        Some(canister) => match client.module_hash(canister).await {
            // The network that had it is gone, and this is another one at the same address.
            Err(failure) if failure.code == NO_CANISTER && local => (None, None),
            other => (Some(canister), other?),
        },
    };
    if runs.is_some() {
        // Its code is replaced by those who repair it, never here.
        return Ok((Vec::new(), known, runs));
    }
    let module = if let Some(path) = &args.wasm {
        std::fs::read(path).map_err(Failure::file("read", path))?
    } else {
        let built = granary_build::canister(CANISTER).map_err(|error| {
            Failure::new(Exit::Failed, "cli.build", error.to_string())
                .next("granary governor deploy --wasm FILE")
        })?;
        built.bytes
    };
    Ok((module, known, runs))
}

/// An empty canister for the governor, noted before anything is installed.
async fn create(session: &Session, client: &AgentClient) -> Result<Principal, Failure> {
    if session.network()?.name != "local" {
        let message = "only a local network gives away canisters, so the governor needs the id of \
                       an empty canister that --identity controls";
        return Err(Failure::new(Exit::Usage, "cli.no_canister", message)
            .next("granary governor deploy --canister ID"));
    }
    let canister = management::create(client, deploy::CYCLES).await?;
    session.ids()?.set(CANISTER, canister)?;
    Ok(canister)
}

fn constitution(
    args: &Deploy,
    session: &Session,
    targets: Vec<(&'static str, Principal)>,
) -> Result<Constitution, Failure> {
    let local = session.network()?.name == "local";
    let seed = session.global.seed;
    let holder = |name: &str| Caller::development(seed, name).principal();
    let members = match args.members.as_slice() {
        [] if local => {
            developers(seed).iter().map(Caller::principal).collect::<Result<Vec<_>, _>>()?
        }
        [] => {
            let message = "outside of a local network the members have to be named";
            return Err(Failure::new(Exit::Usage, "cli.members", message)
                .next("granary governor deploy --member PRINCIPAL --member PRINCIPAL"));
        }
        named => named.to_vec(),
    };
    let repairs = match args.repairs {
        Some(who) => who,
        None if local => holder("governor")?,
        None => {
            let message = "outside of a local network whoever repairs the governor has to be named";
            return Err(Failure::new(Exit::Usage, "cli.governor", message)
                .next("granary governor deploy --repairs PRINCIPAL"));
        }
    };
    let mut roles = Vec::new();
    if local {
        for (role, name) in
            [(Role::Operator, "operator"), (Role::Auditor, "auditor"), (Role::Backup, "backup")]
        {
            roles.push(RoleGrant { role, holder: holder(name)? });
        }
    }
    let (profile, standard) = if args.testing {
        (Profile::Testing, rules::testing(members.len()))
    } else if local {
        (Profile::Development, rules::standard(members.len()))
    } else {
        (Profile::Production, rules::standard(members.len()))
    };
    Ok(Constitution { repairs, roles, profile, members, rules: args.rules.over(standard), targets })
}

async fn hand_over(mutation: Mutation, session: &Session) -> Result<Exit, Failure> {
    let governor = session.canister(CANISTER)?;
    let hands = hands(session).await?;
    let remote = Remote { client: hands.person.clone(), canister: governor };
    let targets = remote.ask(LIST_TARGETS).await?;
    let seen = handover::look(&hands, governor, &targets, &suite(session)?).await?;
    if !mutation.dry_run {
        session.confirm(mutation, "leave the suite to the governor alone")?;
        handover::carry_out(&hands, governor, &seen).await?;
    }
    let controllers = hands.controller.controllers(governor).await?;
    session.out.emit(&Handover {
        dry_run: mutation.dry_run,
        governor: governor.to_text(),
        canisters: handover::plan(&seen),
        governor_controllers: controllers.iter().map(Principal::to_text).collect(),
    })?;
    Ok(Exit::Ok)
}
