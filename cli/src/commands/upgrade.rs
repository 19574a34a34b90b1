//! `granary upgrade`: new code for the suite, with a way back.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use candid::Principal;

use crate::{
    cli::Mutation,
    client::{
        Client,
        agent::{AgentClient, PATIENCE},
    },
    commands::{backup, deploy, proposal::governed::Governed},
    exit::Exit,
    failure::Failure,
    ids,
    operations::{
        govern::must_not_go_around,
        rehearse::Rehearsal,
        release::{
            crew::{Crew, now_ms},
            fit,
            journal::Journal,
            plan::{self, ORDER, Plan},
            report::{Outcome, PlanReport, ReleaseReport},
            retention, run,
        },
    },
    render::Progress,
    session::Session,
    suite::{self, Member},
};

/// Answers of `--resume` when going back would lose work.
pub(super) const LOSS: &str = "cli.release_loss";

#[derive(clap::Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag people type")]
pub(crate) struct Args {
    /// Canisters to upgrade; otherwise all that are known for the network.
    names: Vec<String>,
    /// Folder with the modules, `<canister>.wasm` each; otherwise they are built from this
    /// checkout.
    #[arg(long, value_name = "DIR")]
    modules: Option<PathBuf>,
    /// Report of `granary rehearse`; refused when the code or the state is no longer what was
    /// rehearsed.
    #[arg(long, value_name = "FILE")]
    rehearsed: Option<PathBuf>,
    /// Go on with the upgrade or rollback that lost its process or its connection.
    #[arg(long, conflicts_with_all = ["names", "modules", "rehearsed", "dry_run"])]
    resume: bool,
    /// Go back even when a canister took work meanwhile, which is then lost.
    #[arg(long, requires = "resume")]
    accept_loss: bool,
    /// Replace this canister's code even though callers lose what the plan names; may be given
    /// several times.
    #[arg(long, value_name = "NAME", conflicts_with = "resume")]
    accept_breaking: Vec<String>,
    /// Do not compare the states before and after record by record, which takes minutes when there
    /// are millions; invariants are checked all the same.
    #[arg(long)]
    no_compare: bool,
    /// By a proposal of the governor, from its creation to its end, with the development members:
    /// on a local network only.
    #[arg(long, conflicts_with_all = ["rehearsed", "resume", "no_compare"])]
    governed: bool,
    #[command(flatten)]
    mutation: Mutation,
}

pub(crate) async fn exec(args: Args, session: &Session) -> Result<Exit, Failure> {
    if args.governed {
        let modules = modules(&args.names, args.modules.as_deref(), session)?;
        let governed = Governed { modules, accepted: args.accept_breaking };
        return Box::pin(governed.exec(args.mutation, session)).await;
    }
    let releases = releases(session)?;
    let progress = Progress::new(session.out);
    if args.resume {
        session.confirm(args.mutation, "go on with the release that has not ended")?;
        let mut journal = Journal::resume(&releases)?;
        fit::unchanged(&journal)?;
        let crew = crew(session).await?;
        let report = run::run(&crew, &mut journal, args.accept_loss, &progress).await;
        let report = retained(&crew, &releases, report).await;
        return finish(session, &progress, report);
    }
    Journal::must_rest(&releases)?;
    for name in &args.accept_breaking {
        suite::member(name)?;
    }
    backup::must_rest(session)?;
    let modules = modules(&args.names, args.modules.as_deref(), session)?;
    let rehearsed = args.rehearsed.as_deref().map(Rehearsal::read).transpose()?;
    let crew = crew(session).await?;
    let accepted = &args.accept_breaking;
    let places = places(session)?;
    must_not_be_governed(session, &crew, &places, &modules).await?;
    let targets = plan::plan(&crew, &places, &modules, accepted, &progress).await?;
    progress.clear();
    let mut plan = Plan {
        release: now_ms().to_string(),
        network: session.network()?.name,
        compare: !args.no_compare,
        back: false,
        targets,
    };
    if let Some(rehearsed) = rehearsed {
        rehearsed.must_cover(&crew, &mut plan, &progress).await?;
    }
    carry_out(session, &crew, &releases, plan, &modules, args.mutation).await
}

/// Refuses to go around the governor after the hand-over.
async fn must_not_be_governed(
    session: &Session,
    crew: &Crew<AgentClient>,
    places: &BTreeMap<&'static str, Principal>,
    modules: &BTreeMap<String, Vec<u8>>,
) -> Result<(), Failure> {
    let Ok(governor) = session.ids()?.get(suite::GOVERNOR.name) else { return Ok(()) };
    for (name, canister) in places.iter().filter(|(name, _)| modules.contains_key(**name)) {
        let controllers = crew.controller.controllers(*canister).await?;
        must_not_go_around(name, &controllers, crew.controller.principal(), Some(governor))?;
    }
    Ok(())
}

/// Shows a plan, or carries it out.
async fn carry_out(
    session: &Session,
    crew: &Crew<AgentClient>,
    releases: &Path,
    plan: Plan,
    modules: &BTreeMap<String, Vec<u8>>,
    mutation: Mutation,
) -> Result<Exit, Failure> {
    let stands = plan.must_stand();
    let shown = PlanReport { dry_run: mutation.dry_run, plan };
    if mutation.dry_run || shown.plan.targets.is_empty() {
        session.out.emit(&shown)?;
        return Ok(if stands.is_ok() { Exit::Ok } else { Exit::Refused });
    }
    stands?;
    let names: Vec<&str> = shown.plan.targets.iter().map(|target| target.name.as_str()).collect();
    session.confirm(mutation, &format!("replace the code of {}", names.join(", ")))?;
    let progress = Progress::new(session.out);
    let mut journal = Journal::begin(releases, shown.plan, modules)?;
    let report = run::run(crew, &mut journal, false, &progress).await;
    let report = retained(crew, releases, report).await;
    finish(session, &progress, report)
}

/// Deletes snapshots of older releases, when the newest has proved itself.
async fn retained(
    crew: &Crew<AgentClient>,
    releases: &Path,
    report: Result<ReleaseReport, Failure>,
) -> Result<ReleaseReport, Failure> {
    let mut report = report?;
    if report.outcome == Outcome::Released {
        // What is not deleted now is deleted after the next release: no reason to call this one
        // failed.
        let gone = retention::retain(crew, releases, retention::KEEP, false).await;
        report.snapshots_deleted = gone.map_or(0, |gone| gone.values().map(Vec::len).sum());
    }
    Ok(report)
}

/// Prints how a release ended.
pub(super) fn finish(
    session: &Session,
    progress: &Progress,
    report: Result<ReleaseReport, Failure>,
) -> Result<Exit, Failure> {
    progress.clear();
    let report = report.map_err(|failure| match failure.code.as_str() {
        LOSS => failure.next("granary upgrade --resume --accept-loss"),
        _ => failure,
    })?;
    session.out.emit(&report)?;
    Ok(if report.succeeded() { Exit::Ok } else { Exit::Failed })
}

/// Where the releases of the network are written down.
pub(super) fn releases(session: &Session) -> Result<PathBuf, Failure> {
    let network = session.network()?.name;
    Ok(Path::new(".granary").join("releases").join(ids::file_name(&network)))
}

/// Everybody a release needs: the identity of the flags, or the development identities of a local
/// network.
pub(super) async fn crew(session: &Session) -> Result<Crew<AgentClient>, Failure> {
    let controller = session.client("manager").await?;
    controller.reach(PATIENCE).await?;
    Ok(Crew {
        controller,
        governor: session.client("governor").await?,
        auditor: session.client("auditor").await?,
        backup: session.client("backup").await?,
    })
}

/// Where the canisters of the network are.
pub(super) fn places(session: &Session) -> Result<BTreeMap<&'static str, Principal>, Failure> {
    let ids = session.ids()?;
    Ok(ORDER.iter().filter_map(|one| Some((one.name, ids.get(one.name).ok()?))).collect())
}

/// The modules to install, by canister.
pub(super) fn modules(
    names: &[String],
    folder: Option<&Path>,
    session: &Session,
) -> Result<BTreeMap<String, Vec<u8>>, Failure> {
    let known = session.ids()?;
    for name in names {
        known.get(suite::member(name)?.name)?;
    }
    let asked = |member: &Member| names.iter().any(|name| name == member.name);
    let meant =
        |member: &&&Member| asked(member) || names.is_empty() && known.get(member.name).is_ok();
    if folder.is_none() {
        deploy::build_at_once(ORDER.iter().filter(meant).map(|member| member.name));
    }
    let mut modules = BTreeMap::new();
    for member in ORDER.iter().filter(meant) {
        let module = if let Some(folder) = folder {
            let path = folder.join(format!("{}.wasm", member.name));
            if !asked(member) && !path.exists() {
                continue;
            }
            std::fs::read(&path).map_err(Failure::file("read", &path))?
        } else {
            let built = granary_build::canister(member.name).map_err(|error| {
                Failure::new(Exit::Failed, "cli.build", error.to_string())
                    .next("granary upgrade --modules DIR")
            })?;
            built.bytes
        };
        modules.insert(member.name.to_owned(), module);
    }
    if modules.is_empty() {
        let message = "there is no module for any canister that is known on this network";
        return Err(Failure::new(Exit::Usage, "cli.no_module", message)
            .next("granary deploy, or the same with another --modules DIR"));
    }
    Ok(modules)
}
