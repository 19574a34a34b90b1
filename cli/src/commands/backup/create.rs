//! `granary backup create`.

use std::path::PathBuf;

use crate::{
    cli::Mutation,
    client::agent::AgentClient,
    commands::{backup, upgrade},
    exit::Exit,
    failure::Failure,
    operations::{
        backup::{
            report::{Created, CreationPlan},
            take::{self, Order},
        },
        release::{crew::Crew, plan::ORDER},
    },
    render::Progress,
    session::Session,
    suite,
};

/// Every canister is asked to take no new work, all are saved at one moment, and take work again;
/// then module, heap, stable memory and pages are written to files with a manifest of their hashes.
/// Cycles, settings and messages under way are in no backup.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    mutation: Mutation,
}

/// What to save, and where.
#[derive(clap::Args, Debug, Default)]
pub(crate) struct What {
    /// Folder the backups are kept in; otherwise `.granary/backups/NETWORK`.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Canister to save, again for another; otherwise all that are known for the network.
    #[arg(long, value_name = "CANISTER")]
    only: Vec<String>,
    /// Let the canisters work on meanwhile; one that changes while it is read is refused.
    #[arg(long)]
    no_drain: bool,
}

pub(crate) async fn exec(args: Args, session: &Session) -> Result<Exit, Failure> {
    let order = order(&args.what, session)?;
    if args.mutation.dry_run {
        session.out.emit(&CreationPlan::new(&order))?;
        return Ok(Exit::Ok);
    }
    let progress = Progress::new(session.out);
    let created = create(&args.what, args.mutation, session, &progress).await?;
    progress.clear();
    session.out.emit_change(&created)?;
    Ok(Exit::Ok)
}

/// Takes a backup, after what an earlier run had left behind was tidied.
pub(crate) async fn create(
    what: &What,
    mutation: Mutation,
    session: &Session,
    progress: &Progress,
) -> Result<Created, Failure> {
    let order = order(what, session)?;
    let names: Vec<&str> = order.places.iter().map(|(member, _)| member.name).collect();
    session.confirm(mutation, &format!("pause and save {}", names.join(", ")))?;
    let crew: Crew<AgentClient> = upgrade::crew(session).await?;
    let (_hold, left) = backup::begin(session, &crew).await?;
    take::take(&crew, &order, left, progress).await
}

fn order(what: &What, session: &Session) -> Result<Order, Failure> {
    for name in &what.only {
        suite::member(name)?;
    }
    let ids = session.ids()?;
    let meant = |name: &str| what.only.is_empty() || what.only.iter().any(|one| one == name);
    let mut places = Vec::new();
    for member in ORDER.into_iter().filter(|member| meant(member.name)) {
        match ids.get(member.name) {
            Ok(canister) => places.push((member, canister)),
            Err(failure) if !what.only.is_empty() => return Err(failure),
            Err(_) => {}
        }
    }
    if places.is_empty() {
        // Says what is missing, and what to do.
        ids.get(suite::MICRO_GRANTS.name)?;
    }
    Ok(Order {
        network: session.network()?.name,
        root_key: backup::root_key(session)?,
        root: backup::root(session, what.dir.as_deref())?,
        errands: backup::errands(session)?,
        places,
        drain: !what.no_drain,
        now_ns: backup::now_ns(),
    })
}
