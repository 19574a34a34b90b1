//! A backup loaded into the live canisters it was taken of.
//!
//! The data is uploaded while work goes on; only then do the canisters take no more, are each saved
//! once more as the way back, and get the old state.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use candid::Principal;

use super::{
    manifest::{Kept, Manifest},
    restored::{LOSS, PlannedRestore, RestorePlan, Restored, RestoredCanister},
    since::since,
    transfer::{self, Zeros},
};
use crate::{
    client::{Client, management, remote::Remote, snapshots},
    exit::Exit,
    failure::Failure,
    operations::{
        digest,
        errand::{Errand, Event, Tidied},
        release::{
            crew::{Crew, Stop, now_ms},
            plan::MAX_SNAPSHOTS,
        },
        validate,
    },
    render::Progress,
};

/// Snapshots a canister gets on the way: the old state, and the way back.
const SLOTS: usize = 2;

/// Where to restore, and what is known of that place.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) network: String,
    pub(crate) root_key: Option<String>,
    pub(crate) canisters: BTreeMap<&'static str, Principal>,
    /// Another network, by name, whose backup may be loaded here.
    pub(crate) from: Option<String>,
    pub(crate) only: Vec<String>,
    pub(crate) errands: PathBuf,
}

/// Compares every file of `folder`, looks at the live canisters and says what would happen.
pub(crate) async fn plan<C: Client>(
    crew: &Crew<C>,
    folder: &Path,
    place: &Place,
    progress: &Progress,
) -> Result<RestorePlan, Failure> {
    progress.say(format_args!("comparing the files of {}", folder.display()));
    let manifest = Manifest::checked(folder)?;
    let same = manifest.network == place.network && manifest.root_key == place.root_key;
    if !same && place.from.as_deref() != Some(manifest.network.as_str()) {
        let message = format!(
            "the backup is of the network {}, and this is {}",
            manifest.network, place.network
        );
        return Err(Failure::new(Exit::Refused, "cli.restore_network", message)
            .next(format!("the same with --from {}", manifest.network)));
    }
    let kept: Vec<&Kept> = if place.only.is_empty() {
        manifest.canisters.iter().collect()
    } else {
        place.only.iter().map(|name| manifest.kept(name)).collect::<Result<_, _>>()?
    };
    let mut canisters = Vec::new();
    for kept in kept {
        progress.say(format_args!("looking at {}", kept.name));
        canisters.push(look(crew, kept, place, progress).await?);
    }
    Ok(RestorePlan {
        dry_run: false,
        folder: folder.display().to_string(),
        network: place.network.clone(),
        taken_at: manifest.taken_at,
        canisters,
    })
}

async fn look<C: Client>(
    crew: &Crew<C>,
    kept: &Kept,
    place: &Place,
    progress: &Progress,
) -> Result<PlannedRestore, Failure> {
    let canister = kept.id()?;
    let mut planned = PlannedRestore {
        name: kept.name.clone(),
        canister: kept.canister.clone(),
        from_hash: String::new(),
        to_hash: kept.module_hash.clone(),
        loss: None,
        problems: Vec::new(),
        kept: kept.clone(),
    };
    match place.canisters.get(kept.member()?.name) {
        Some(here) if *here == canister => {}
        here => {
            let here = here.map_or_else(|| "unknown".to_owned(), Principal::to_text);
            let problem = format!("the backup is of {canister}, and here it is {here}");
            planned.problems.push(problem);
            return Ok(planned);
        }
    }
    planned.from_hash = crew.runs(&kept.target()).await?;
    let known = management::snapshots(&crew.controller, canister).await?;
    if known.len() + SLOTS > MAX_SNAPSHOTS {
        let problem = format!(
            "it has {} snapshots of {MAX_SNAPSHOTS}, and a restore needs {SLOTS}",
            known.len()
        );
        planned.problems.push(problem);
    }
    planned.loss = loss(crew, kept, progress).await?;
    Ok(planned)
}

/// What going back would lose. One that does not answer may have done anything.
async fn loss<C: Client>(
    crew: &Crew<C>,
    kept: &Kept,
    progress: &Progress,
) -> Result<Option<String>, Failure> {
    let remote = Remote { client: crew.auditor.clone(), canister: kept.id()? };
    match since(&remote, kept.events, &kept.journal_head, progress).await {
        Ok(since) => Ok(since.loss()),
        Err(failure) if failure.exit == Exit::Unreachable => Err(failure),
        Err(failure) => {
            Ok(Some(format!("does not say what it did since it was saved ({})", failure.message)))
        }
    }
}

/// Carries out a plan. Whatever fails, no canister stays stopped or drained.
pub(crate) async fn carry_out<C: Client>(
    crew: &Crew<C>,
    plan: &RestorePlan,
    place: &Place,
    accept_loss: bool,
    left: Vec<Tidied>,
    progress: &Progress,
) -> Result<Restored, Failure> {
    let mut errand = Errand::begin(&place.errands, now_ms(), "restore", None)?;
    let result = work(crew, plan, accept_loss, &mut errand, progress).await;
    let tidy = errand.tidy(crew, &BTreeSet::new()).await;
    match (result, tidy) {
        (Ok((canisters, writes_paused_ms)), Ok(_)) => {
            errand.end()?;
            Ok(Restored {
                folder: plan.folder.clone(),
                network: plan.network.clone(),
                taken_at: plan.taken_at.clone(),
                ok: canisters.iter().all(|one| one.problems.is_empty()),
                writes_paused_ms,
                canisters,
                tidied: left,
            })
        }
        (Ok(_), Err(failure)) => {
            let message = format!("the state was restored, but {}", failure.message);
            Err(Failure { message, ..failure }.next("granary backup prune"))
        }
        (Err(failure), Ok(_)) => {
            errand.end()?;
            Err(failure)
        }
        (Err(failure), Err(second)) => {
            let message = format!("{}; and {}", failure.message, second.message);
            Err(Failure { message, ..failure }.next("granary backup prune"))
        }
    }
}

async fn work<C: Client>(
    crew: &Crew<C>,
    plan: &RestorePlan,
    accept_loss: bool,
    errand: &mut Errand,
    progress: &Progress,
) -> Result<(Vec<RestoredCanister>, u64), Failure> {
    let folder = Path::new(&plan.folder);
    let mut uploaded = Vec::new();
    for planned in &plan.canisters {
        let (name, canister) = (planned.name.clone(), planned.canister.clone());
        errand.note(Event::Touching { name: name.clone(), canister })?;
        errand.note(Event::Resumed { name: name.clone() })?;
        let announced = |id: &[u8]| {
            errand.note(Event::Temporary { name: name.clone(), snapshot: hex::encode(id) })
        };
        let (kept, zeros) = (&planned.kept, Zeros::Send);
        let client = &crew.controller;
        let id = transfer::upload(client, kept, folder, zeros, progress, announced).await?;
        uploaded.push(id);
    }
    let began = now_ms();
    for planned in plan.canisters.iter().rev() {
        quiet(crew, planned, accept_loss, errand, progress).await?;
    }
    let mut restored = Vec::new();
    for (planned, id) in plan.canisters.iter().zip(&uploaded) {
        restored.push(load(crew, planned, id, errand, progress).await?);
    }
    let targets: Vec<_> = plan.canisters.iter().map(|planned| planned.kept.target()).collect();
    crew.reacquaint(&targets, progress).await;
    for (planned, done) in plan.canisters.iter().zip(&mut restored) {
        prove(crew, &planned.kept, done, progress).await?;
    }
    for planned in &plan.canisters {
        progress.say(format_args!("resuming {}", planned.name));
        crew.resume(&planned.kept.target(), true).await?;
        errand.note(Event::Resumed { name: planned.name.clone() })?;
    }
    Ok((restored, now_ms().saturating_sub(began)))
}

/// Asks the canister to take no more work, and makes sure that it took none since the plan.
async fn quiet<C: Client>(
    crew: &Crew<C>,
    planned: &PlannedRestore,
    accept_loss: bool,
    errand: &mut Errand,
    progress: &Progress,
) -> Result<(), Failure> {
    let target = planned.kept.target();
    let (name, canister) = (planned.name.clone(), planned.canister.clone());
    errand.note(Event::Touching { name, canister })?;
    crew.start(&target).await?;
    match crew.quiet(&target, now_ms(), progress).await {
        // What is broken cannot be drained, and is restored because of it.
        Err(failure) if !accept_loss || failure.exit == Exit::Unreachable => return Err(failure),
        _ => {}
    }
    match loss(crew, &planned.kept, progress).await? {
        Some(loss) if !accept_loss => {
            let message = format!("{} {loss}", planned.name);
            Err(Failure::new(Exit::Refused, LOSS, message)
                .next("granary restore DIR --accept-loss"))
        }
        _ => Ok(()),
    }
}

/// Saves what runs as the way back, and loads the old state.
async fn load<C: Client>(
    crew: &Crew<C>,
    planned: &PlannedRestore,
    snapshot: &[u8],
    errand: &mut Errand,
    progress: &Progress,
) -> Result<RestoredCanister, Failure> {
    let (target, canister) = (planned.kept.target(), planned.kept.id()?);
    progress.say(format_args!("loading the saved state of {}", planned.name));
    let loaded = async {
        crew.stop(&target).await?;
        let back = management::take_snapshot(&crew.controller, canister, None).await?;
        let (name, way_back) = (planned.name.clone(), hex::encode(&back.id));
        errand.note(Event::Loading { name, way_back })?;
        management::load_snapshot(&crew.controller, canister, snapshot.to_vec()).await?;
        Ok::<_, Failure>(back)
    }
    .await;
    // Whatever came of it, it is never left stopped.
    crew.start(&target).await?;
    let way_back = hex::encode(loaded?.id);
    let named = |failure: Failure| {
        let message = format!("{}; its way back is {way_back}", failure.message);
        Failure { message, ..failure }
    };
    let state_sha256 = untouched(crew, &planned.kept).await.map_err(named)?;
    // Its drain of then may be over: what it would do by itself waits for the proof.
    crew.quiet(&target, now_ms(), progress).await.map_err(named)?;
    snapshots::delete(&crew.controller, canister, snapshot).await?;
    errand.note(Event::Deleted { snapshot: hex::encode(snapshot) })?;
    Ok(RestoredCanister {
        name: planned.name.clone(),
        canister: planned.canister.clone(),
        module_hash: planned.kept.module_hash.clone(),
        way_back,
        state_sha256,
        problems: Vec::new(),
    })
}

/// Whether the canister is what was saved; what it is not goes to the report.
async fn prove<C: Client>(
    crew: &Crew<C>,
    kept: &Kept,
    done: &mut RestoredCanister,
    progress: &Progress,
) -> Result<(), Failure> {
    let proven = prove_all(crew, kept, done, progress).await;
    match proven {
        Err(failure) if failure.exit == Exit::Unreachable => Err(failure),
        Err(failure) => {
            done.problems.push(failure.message);
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

async fn prove_all<C: Client>(
    crew: &Crew<C>,
    kept: &Kept,
    done: &mut RestoredCanister,
    progress: &Progress,
) -> Result<(), Failure> {
    let (target, canister) = (kept.target(), kept.id()?);
    let auditor = Remote { client: crew.auditor.clone(), canister };
    done.module_hash = crew.runs(&target).await?;
    if done.module_hash != kept.module_hash {
        done.problems.push(format!("it runs {}", done.module_hash));
    }
    match crew.healthy(&target, progress).await {
        Ok(()) => {}
        Err(Stop::Back(_, why)) => done.problems.push(why),
        Err(Stop::Pause(failure)) => return Err(failure),
    }
    let found = validate::validate(&auditor, progress).await?;
    let broken = found.violations.iter().map(|one| format!("{}: {}", one.rule, one.message));
    done.problems.extend(broken.chain(found.journal.problem));
    let head = hex::decode(&kept.journal_head).unwrap_or_default();
    if !validate::extends(&auditor, kept.events, &head).await? {
        done.problems.push("its journal does not go on from the one that was saved".to_owned());
    }
    if let Some(state) = done.state_sha256.as_ref().filter(|state| **state != kept.state_sha256) {
        let saved = &kept.state_sha256;
        done.problems.push(format!("its state is {state}, and {saved} was saved"));
    }
    Ok(())
}

/// The digest of the state that was just loaded; none when the canister, its drain of then being
/// over, did something meanwhile.
async fn untouched<C: Client>(crew: &Crew<C>, kept: &Kept) -> Result<Option<String>, Failure> {
    let reader = Remote { client: crew.backup.clone(), canister: kept.id()? };
    let state = digest::digest(&reader, kept.member()?).await?;
    let (_, head) = validate::head(&reader).await?;
    Ok((hex::encode(head) == kept.journal_head).then_some(state.sha256))
}
