//! `granary rollback`: the code and the state from before the newest upgrade.

use std::collections::BTreeMap;

use crate::{
    cli::Mutation,
    client::agent::AgentClient,
    commands::{
        backup,
        upgrade::{crew, finish, releases},
    },
    exit::Exit,
    failure::Failure,
    operations::release::{
        crew::{Crew, now_ms},
        journal::{Journal, Track},
        plan::{Plan, Target},
        report::PlanReport,
        run,
    },
    render::Progress,
    session::Session,
};

#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    mutation: Mutation,
}

pub(crate) async fn exec(args: Args, session: &Session) -> Result<Exit, Failure> {
    let releases = releases(session)?;
    Journal::must_rest(&releases)?;
    backup::must_rest(session)?;
    let (made, tracks) = Journal::newest(&releases)?;
    let crew = crew(session).await?;
    let mut targets = Vec::new();
    for target in &made.targets {
        let track = tracks.get(&target.name).cloned().unwrap_or_default();
        targets.push(reversed(&crew, target, &track).await?);
    }
    let plan =
        Plan { release: now_ms().to_string(), compare: false, back: true, targets, ..made.clone() };
    let stands = plan.must_stand();
    let shown = PlanReport { dry_run: args.mutation.dry_run, plan };
    if args.mutation.dry_run {
        session.out.emit(&shown)?;
        return Ok(if stands.is_ok() { Exit::Ok } else { Exit::Refused });
    }
    stands?;
    let what = format!(
        "bring back the state from before release {}, and lose what was done since",
        made.release
    );
    session.confirm(args.mutation, &what)?;
    let progress = Progress::new(session.out);
    let mut journal = Journal::begin(&releases, shown.plan, &BTreeMap::new())?;
    let report = run::run(&crew, &mut journal, false, &progress).await;
    finish(session, &progress, report)
}

/// The way back of one canister.
async fn reversed(
    crew: &Crew<AgentClient>,
    made: &Target,
    track: &Track,
) -> Result<Target, Failure> {
    let mut target = made.clone();
    std::mem::swap(&mut target.from_hash, &mut target.to_hash);
    std::mem::swap(&mut target.from_version, &mut target.to_version);
    let runs = crew.runs(&target).await?;
    if runs != target.from_hash {
        let message = format!("it runs {runs}, which is not what that release installed");
        target.problems.push(message);
    }
    let there = crew.snapshot_ids(target.id()?).await?;
    if !track.snapshot.as_ref().is_some_and(|snapshot| there.contains(snapshot)) {
        target.problems.push("its snapshot from before that release is gone".to_owned());
    }
    target.snapshots = there.len();
    target.way_back = track.snapshot.clone();
    Ok(target)
}
