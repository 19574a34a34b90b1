//! `granary restore`: a backup loaded into the live canisters it was taken of.

use std::path::PathBuf;

use crate::{
    cli::Mutation,
    commands::{backup, upgrade},
    exit::Exit,
    failure::Failure,
    operations::{
        backup::restore::{self, Place},
        release::journal::Journal,
    },
    render::Progress,
    session::Session,
    suite,
};

/// Every file is compared first. The canisters must be those that were saved, and must have done
/// nothing since that would be lost. What runs now stays as a snapshot, whose id is told.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The backup.
    folder: PathBuf,
    /// Canister to restore, again for another; otherwise all of the backup.
    #[arg(long, value_name = "CANISTER")]
    only: Vec<String>,
    /// Lose what was done since the backup.
    #[arg(long)]
    accept_loss: bool,
    /// Name of another network whose backup may be loaded here.
    #[arg(long, value_name = "NETWORK")]
    from: Option<String>,
    #[command(flatten)]
    mutation: Mutation,
}

pub(crate) async fn exec(args: Args, session: &Session) -> Result<Exit, Failure> {
    for name in &args.only {
        suite::member(name)?;
    }
    let place = Place {
        network: session.network()?.name,
        root_key: backup::root_key(session)?,
        canisters: upgrade::places(session)?,
        from: args.from,
        only: args.only,
        errands: backup::errands(session)?,
    };
    let progress = Progress::new(session.out);
    let crew = upgrade::crew(session).await?;
    let (hold, left) = if args.mutation.dry_run {
        (Journal::hold(&upgrade::releases(session)?)?, Vec::new())
    } else {
        session.confirm(args.mutation, "look after what an interrupted run left, and restore")?;
        backup::begin(session, &crew).await?
    };
    let mut plan = restore::plan(&crew, &args.folder, &place, &progress).await?;
    progress.clear();
    let stands = plan.must_stand(args.accept_loss);
    if args.mutation.dry_run {
        plan.dry_run = true;
        session.out.emit(&plan)?;
        return Ok(if stands.is_ok() { Exit::Ok } else { Exit::Refused });
    }
    stands?;
    let accept = args.accept_loss;
    let report = restore::carry_out(&crew, &plan, &place, accept, left, &progress).await;
    progress.clear();
    drop(hold);
    let report = report?;
    session.out.emit_change(&report)?;
    Ok(if report.ok { Exit::Ok } else { Exit::Degraded })
}
