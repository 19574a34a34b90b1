//! `granary proposal create`: what is put to the members.

use std::path::PathBuf;

use candid::Principal;
use clap::Subcommand;
use granary_api::governor::{CreateProposalArgs, Payload, ProposalArgs};
use serde_bytes::ByteBuf;

use super::upgrade;
use crate::{
    cli::Mutation,
    client::{
        governor::{CANISTER, CREATE_PROPOSAL, GET_CONFIG, GET_MEMBERS, RENDER_PROPOSAL},
        remote::Remote,
    },
    date,
    exit::Exit,
    failure::Failure,
    operations::{
        change::send,
        govern::{
            PROPOSER,
            install::full_member,
            parse_hash, payload, placement,
            rules::{self, RuleFlags},
        },
    },
    render::proposal::{Created, StagedModule, Words as Rendered},
    session::Session,
    suite,
};

/// What every proposal says.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Words {
    /// Title, 1 to 120 bytes.
    #[arg(long)]
    title: String,
    /// What and why, 1 to 4096 bytes.
    #[arg(long)]
    description: String,
    /// Names this proposal: the same key is proposed once.
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Install new code.
    Upgrade(Box<upgrade::Args>),
    /// Replace the list of members.
    Members(Members),
    /// Change rules of deciding; what is not named stays.
    Config(Config),
    /// Take a snapshot of canisters, all of one moment.
    Snapshot(Snapshot),
    /// Restore a fleet snapshot: all of its canisters, or none.
    Rollback(Numbered),
    /// Delete a fleet snapshot.
    Prune(Numbered),
    /// Deny modules for ever.
    Deny(Deny),
    /// Take control of a canister of the suite.
    Adopt(Adopt),
    /// Give control of a canister away.
    ReleaseControl(ReleaseControl),
    /// Anything else: the payload in a file, as `proposal show --json` prints it.
    Payload(File),
}

#[derive(clap::Args, Debug)]
#[expect(clippy::struct_field_names, reason = "the name is what people type or read")]
pub(crate) struct Members {
    /// A member with every permission; given once for each.
    #[arg(long = "member", value_name = "PRINCIPAL", required = true)]
    members: Vec<Principal>,
    /// Approvals needed from then on; otherwise a strict majority.
    #[arg(long, value_name = "N")]
    threshold: Option<u32>,
    #[command(flatten)]
    words: Words,
    #[command(flatten)]
    mutation: Mutation,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Config {
    #[command(flatten)]
    rules: RuleFlags,
    #[command(flatten)]
    words: Words,
    #[command(flatten)]
    mutation: Mutation,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Snapshot {
    /// Canisters; otherwise all.
    names: Vec<String>,
    /// Keep it until a proposal prunes it.
    #[arg(long)]
    pinned: bool,
    #[command(flatten)]
    words: Words,
    #[command(flatten)]
    mutation: Mutation,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Numbered {
    /// Number of the fleet snapshot.
    snapshot: u64,
    #[command(flatten)]
    words: Words,
    #[command(flatten)]
    mutation: Mutation,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Deny {
    /// SHA-256 of a module; given once for each.
    #[arg(long = "module", value_name = "HEX", value_parser = parse_hash, required = true)]
    modules: Vec<ByteBuf>,
    #[command(flatten)]
    words: Words,
    #[command(flatten)]
    mutation: Mutation,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Adopt {
    /// Canister of the suite; `granary governor deploy` made the governor its controller.
    name: String,
    #[command(flatten)]
    words: Words,
    #[command(flatten)]
    mutation: Mutation,
}

#[derive(clap::Args, Debug)]
pub(crate) struct ReleaseControl {
    /// Canister of the suite.
    name: String,
    /// Who controls it from then on.
    #[arg(long, value_name = "PRINCIPAL")]
    to: Principal,
    #[command(flatten)]
    words: Words,
    #[command(flatten)]
    mutation: Mutation,
}

#[derive(clap::Args, Debug)]
#[expect(clippy::struct_field_names, reason = "the name is what people type or read")]
pub(crate) struct File {
    /// The payload.
    file: PathBuf,
    #[command(flatten)]
    words: Words,
    #[command(flatten)]
    mutation: Mutation,
}

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    let (words, mutation, payload) = match command {
        Command::Upgrade(args) => return upgrade::exec(*args, session).await,
        Command::Members(args) => {
            let payload = members(&args, session).await?;
            (args.words, args.mutation, payload)
        }
        Command::Config(args) => {
            let payload = config(&args, session).await?;
            (args.words, args.mutation, payload)
        }
        Command::Snapshot(Snapshot { names, pinned, words, mutation }) => {
            let targets = names.iter().map(|name| target(session, name));
            let targets = targets.collect::<Result<Vec<_>, _>>()?;
            (words, mutation, Payload::TakeFleetSnapshot { targets, pinned })
        }
        Command::Rollback(Numbered { snapshot, words, mutation }) => {
            (words, mutation, Payload::Rollback { snapshot })
        }
        Command::Prune(Numbered { snapshot, words, mutation }) => {
            (words, mutation, Payload::PruneSnapshot { snapshot })
        }
        Command::Deny(Deny { modules, words, mutation }) => {
            (words, mutation, Payload::DenyModules { modules })
        }
        Command::Adopt(Adopt { name, words, mutation }) => {
            let target = target(session, &name)?;
            (words, mutation, Payload::AdoptCanister { target, placement: place(&name)? })
        }
        Command::ReleaseControl(ReleaseControl { name, to, words, mutation }) => {
            let target = target(session, &name)?;
            (words, mutation, Payload::ReleaseControl { target, to })
        }
        Command::Payload(File { file, words, mutation }) => {
            (words, mutation, payload::read(&file)?)
        }
    };
    propose(session, mutation, &words, payload, Vec::new()).await
}

fn target(session: &Session, name: &str) -> Result<Principal, Failure> {
    session.ids()?.get(suite::member(name)?.name)
}

fn place(name: &str) -> Result<granary_api::governor::Placement, Failure> {
    placement::of(name).ok_or_else(|| {
        let message = format!("{name} has no place in a release");
        Failure::new(Exit::Usage, "cli.canister_name", message)
            .next("granary proposal create payload FILE")
    })
}

/// The members named; those who are members already keep their permissions and weight.
async fn members(args: &Members, session: &Session) -> Result<Payload, Failure> {
    let governor = session.remote(CANISTER, PROPOSER).await?;
    let known = governor.ask(GET_MEMBERS).await?.members;
    let member = |principal: &Principal| {
        let mut spec = full_member(*principal);
        let here = known.iter().find(|one| one.is_member && one.principal == *principal);
        if let Some(here) = here {
            spec.permissions.clone_from(&here.permissions);
            (spec.weight, spec.expires_at_ns) = (here.weight, here.expires_at_ns);
        }
        spec
    };
    let threshold = args.threshold.unwrap_or_else(|| rules::majority(args.members.len()));
    Ok(Payload::ChangeMembers { members: args.members.iter().map(member).collect(), threshold })
}

async fn config(args: &Config, session: &Session) -> Result<Payload, Failure> {
    if args.rules.is_empty() {
        let message = "no rule is named, so nothing would change";
        return Err(Failure::new(Exit::Usage, "cli.no_rule", message)
            .next("granary proposal create config --help"));
    }
    let governor = session.remote(CANISTER, PROPOSER).await?;
    let rules = args.rules.over(governor.ask(GET_CONFIG).await?.rules);
    Ok(Payload::ChangeConfig { rules, methods: None, escalation: None })
}

/// Puts it to the members, and shows what the governor makes of it.
pub(crate) async fn propose(
    session: &Session,
    mutation: Mutation,
    words: &Words,
    payload: Payload,
    staged: Vec<StagedModule>,
) -> Result<Exit, Failure> {
    let what = format!("propose `{}`", words.title);
    let call = CreateProposalArgs {
        title: words.title.clone(),
        description: words.description.clone(),
        payload,
        idempotency_key: words.key.clone(),
    };
    let to = (CANISTER, PROPOSER);
    let Some(receipt) = send(session, mutation, to, &what, CREATE_PROPOSAL, &call).await? else {
        return Ok(Exit::Ok);
    };
    let governor: Remote<_> = session.remote(CANISTER, PROPOSER).await?;
    let which = ProposalArgs { proposal: receipt.id };
    let rendering = governor.query(RENDER_PROPOSAL, &which).await?;
    session.out.emit_change(&Created {
        event: receipt.event,
        at: date::iso(receipt.at_ns),
        staged,
        words: Rendered::from(&rendering),
    })?;
    Ok(Exit::Ok)
}
