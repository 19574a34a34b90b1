//! A backup of live canisters.
//!
//! All of them stop taking work before the first is saved and take it again after the last: the
//! snapshots are of one moment. Only then are they downloaded, while work goes on, and deleted.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use candid::Principal;
use granary_api::common::ExportStateArgs;
use ic_management_canister_types::CanisterStatusType;

use super::{
    folder, logical,
    manifest::{Acting, Kept, Manifest, SHAPE},
    report::Created,
    transfer,
};
use crate::{
    client::{Client, common::EXPORT_STATE, management, remote::Remote, snapshots},
    date,
    exit::Exit,
    failure::Failure,
    operations::{
        errand::{self, Errand, Event, Tidied},
        release::{
            crew::{Crew, now_ms},
            plan::{MAX_SNAPSHOTS, Target},
        },
        validate,
    },
    render::Progress,
    suite::Member,
};

/// What to back up, and where to.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) network: String,
    /// In DER, hexadecimal; none when it was only fetched.
    pub(crate) root_key: Option<String>,
    /// The folder the backups are kept in.
    pub(crate) root: PathBuf,
    /// Where errands that have not ended are written down.
    pub(crate) errands: PathBuf,
    /// In the order of a release.
    pub(crate) places: Vec<(&'static Member, Principal)>,
    /// Whether the canisters take no work meanwhile.
    pub(crate) drain: bool,
    pub(crate) now_ns: u64,
}

/// A canister whose snapshot was taken and is to be downloaded.
struct Shot {
    kept: Kept,
    snapshot: Vec<u8>,
    /// Files of the pages.
    pages: Vec<String>,
}

/// Takes a backup. Whatever fails, no canister stays stopped or drained, and no folder stays that
/// is none. `left` is what an earlier run had left behind.
pub(crate) async fn take<C: Client>(
    crew: &Crew<C>,
    order: &Order,
    left: Vec<Tidied>,
    progress: &Progress,
) -> Result<Created, Failure> {
    preflight(crew, order, progress).await?;
    let folder = folder::create(&order.root, order.now_ns)?;
    let mut errand = Errand::begin(&order.errands, now_ms(), "backup", Some(&folder))?;
    let result = gather(crew, order, &folder, &mut errand, progress).await;
    let tidied = errand.tidy(crew, &BTreeSet::new()).await;
    match (result, tidied) {
        (Ok((manifest, paused)), Ok(_)) => {
            errand.end()?;
            Ok(Created::new(&folder, &manifest, paused, left))
        }
        // The errand stays: the next run tidies.
        (Ok(_), Err(failure)) => {
            let message = format!("the backup is complete, but {}", failure.message);
            Err(Failure { message, ..failure }.next("granary backup prune"))
        }
        (Err(failure), Ok(_)) => {
            errand.end()?;
            folder::remove(&folder)?;
            Err(failure)
        }
        (Err(failure), Err(second)) => {
            let message = format!("{}; and {}", failure.message, second.message);
            Err(Failure { message, ..failure }.next("granary backup prune"))
        }
    }
}

/// Refuses before anything is changed.
async fn preflight<C: Client>(
    crew: &Crew<C>,
    order: &Order,
    progress: &Progress,
) -> Result<(), Failure> {
    let mut problems = Vec::new();
    for (member, canister) in &order.places {
        let name = member.name;
        progress.say(format_args!("looking at {name}"));
        let named = |failure: Failure| Failure {
            message: format!("{name}: {}", failure.message),
            ..failure
        };
        let status = management::status(&crew.controller, *canister).await.map_err(named)?;
        if status.status != CanisterStatusType::Running {
            let status = format!("{:?}", status.status).to_lowercase();
            problems.push(format!("{name}: it is {status} and not running"));
        }
        let known = management::snapshots(&crew.controller, *canister).await.map_err(named)?;
        if known.len() >= MAX_SNAPSHOTS {
            let full = format!("it has {MAX_SNAPSHOTS} snapshots, and the network keeps no more");
            problems.push(format!("{name}: {full}"));
        }
        // Whoever may not read the state finds out before anybody's work is interrupted.
        let reader = Remote { client: crew.backup.clone(), canister: *canister };
        let domain = member.domains.first().copied().unwrap_or_default().to_owned();
        let args = ExportStateArgs { domain, cursor: None, max_bytes: 1_000 };
        reader.query(EXPORT_STATE, &args).await.map_err(named)?;
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(Failure::new(Exit::Refused, "cli.backup_blocked", problems.join("; "))
        .next("granary health"))
}

async fn gather<C: Client>(
    crew: &Crew<C>,
    order: &Order,
    folder: &Path,
    errand: &mut Errand,
    progress: &Progress,
) -> Result<(Manifest, u64), Failure> {
    let began = now_ms();
    let mut shots = Vec::new();
    let targets: Vec<Target> = order.places.iter().map(|(one, id)| target(one, *id)).collect();
    if order.drain {
        // Whoever calls comes first, so that nobody is asked for work that would be refused.
        for target in targets.iter().rev() {
            touch(errand, target)?;
            crew.start(target).await?;
            crew.quiet(target, now_ms(), progress).await?;
        }
    }
    for ((member, _), target) in order.places.iter().zip(&targets) {
        shots.push(shoot(crew, order, (*member, target), folder, errand, progress).await?);
    }
    if order.drain {
        for target in &targets {
            progress.say(format_args!("resuming {}", target.name));
            crew.resume(target, false).await?;
            errand.note(Event::Resumed { name: target.name.clone() })?;
        }
    }
    let paused = now_ms().saturating_sub(began);
    crew.reacquaint(&targets, progress).await;
    let mut canisters = Vec::new();
    for shot in shots {
        canisters.push(fetch(crew, shot, folder, errand, progress).await?);
    }
    let manifest = Manifest {
        shape: SHAPE.to_owned(),
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        network: order.network.clone(),
        root_key: order.root_key.clone(),
        taken_at: date::iso(order.now_ns),
        drained: order.drain,
        crew: Acting {
            controller: crew.controller.principal().to_text(),
            governor: crew.governor.principal().to_text(),
            auditor: crew.auditor.principal().to_text(),
            backup: crew.backup.principal().to_text(),
        },
        canisters,
    };
    folder::seal(folder, &manifest)?;
    Ok((manifest, paused))
}

fn target(member: &Member, canister: Principal) -> Target {
    let (name, canister) = (member.name.to_owned(), canister.to_text());
    Target { name, canister, ..Target::default() }
}

fn touch(errand: &mut Errand, target: &Target) -> Result<(), Failure> {
    let (name, canister) = (target.name.clone(), target.canister.clone());
    errand.note(Event::Touching { name, canister })
}

/// Reads the pages of one canister and takes its snapshot, and makes sure that both are of one
/// state.
async fn shoot<C: Client>(
    crew: &Crew<C>,
    order: &Order,
    (member, target): (&'static Member, &Target),
    folder: &Path,
    errand: &mut Errand,
    progress: &Progress,
) -> Result<Shot, Failure> {
    let canister = target.id()?;
    let name = &target.name;
    if !order.drain {
        touch(errand, target)?;
    }
    let reader = Remote { client: crew.backup.clone(), canister };
    let below = folder.join(name).join("pages");
    let read = logical::pages(&reader, member, &below, order.now_ns, progress).await?;
    progress.say(format_args!("saving {name}"));
    let saved = async {
        crew.stop(target).await?;
        errand::temporary(errand, crew, target).await
    }
    .await;
    // Whatever came of it, it is never left stopped.
    crew.start(target).await?;
    let snapshot = saved?;
    let (_, head) = validate::head(&reader).await?;
    if hex::encode(head) != read.journal_head {
        let message = format!("{name} changed between its pages and its snapshot");
        return Err(Failure::new(Exit::Degraded, "cli.backup_torn", message)
            .next("granary backup create, without --no-drain"));
    }
    if !order.drain {
        crew.resume(target, false).await?;
        errand.note(Event::Resumed { name: name.clone() })?;
    }
    let module_hash = crew.runs(target).await?;
    let metadata = snapshots::metadata(&crew.controller, canister, &snapshot).await?;
    let mut pages: Vec<String> = read.pages.iter().map(|page| page.file.clone()).collect();
    pages.push(logical::MANIFEST.to_owned());
    let kept = Kept {
        name: name.clone(),
        canister: target.canister.clone(),
        version: read.version,
        state_schema: read.state_schema,
        module_hash,
        taken_at_ns: metadata.taken_at_timestamp,
        events: read.events,
        journal_head: read.journal_head,
        state_sha256: read.state_sha256,
        parts: Vec::new(),
    };
    Ok(Shot { kept, snapshot, pages })
}

/// Downloads a snapshot and deletes it.
async fn fetch<C: Client>(
    crew: &Crew<C>,
    shot: Shot,
    folder: &Path,
    errand: &mut Errand,
    progress: &Progress,
) -> Result<Kept, Failure> {
    let Shot { mut kept, snapshot, pages } = shot;
    let canister = kept.id()?;
    let at = (kept.name.as_str(), canister);
    let mut parts = transfer::download(&crew.controller, at, &snapshot, folder, progress).await?;
    if transfer::module_hash(&kept.name, &parts) != Some(kept.module_hash.as_str()) {
        let message =
            format!("the snapshot of {} holds other code than the canister ran", kept.name);
        return Err(Failure::new(Exit::Degraded, "cli.module_hash", message));
    }
    snapshots::delete(&crew.controller, canister, &snapshot).await?;
    errand.note(Event::Deleted { snapshot: hex::encode(&snapshot) })?;
    parts.extend(transfer::pages(folder, &kept.name, &pages)?);
    kept.parts = parts;
    Ok(kept)
}
