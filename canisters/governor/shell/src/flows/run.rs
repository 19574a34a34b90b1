//! One step of an execution or a rehearsal: ask, and settle the answer.

use candid::{CandidType, Nat, Principal};
use governor_core::records::{CanisterSettings, MemoryPersistence};
use governor_core::rules::run::ask::{Ask, Outcome};
use governor_core::store::Ticket;
use governor_core::types::{Hash, Timestamp};
use granary_api::common::{GetStateDigestArgs, PrepareUpgradeArgs, ResumeArgs, ValidateStateArgs};
use granary_env::suite::Host as _;
use granary_env::suite::install::actor;
use granary_env::suite::tasks;
use granary_resilience::failure::{Failure, FailureKind};
use serde_bytes::ByteBuf;

use crate::convert::answers;
use crate::ports::Fleet;
use crate::ports::network::{
    ChunkHash, InstallArgs, InstallMode, Persistence, Settings, UpgradeFlags, Visibility,
};
use crate::state::Here;

/// Bytes of records one call of `get_state_digest` hashes: as many as a canister does at most.
const DIGEST_BYTES: u32 = 1_500_000;

/// Asks what the ticket says, and settles the answer over what is stored then. `chunk` is the piece
/// of a module the ticket names, when it names one.
pub async fn run<F: Fleet>(fleet: &F, ticket: &Ticket, chunk: Option<Vec<u8>>) {
    let outcome = ask(fleet, ticket, chunk, granary_env::message::now()).await;
    let ctx = actor();
    Here::write(|store| {
        // Refused only while the canister is being filled: then nobody waits for the answer.
        store.settle(&ctx, ticket, outcome).ok();
        tasks::wake::<Here>(store, &ctx);
    });
}

/// Asks, and turns the answer into what the rules know. Nothing is decided here.
pub async fn ask<F: Fleet>(
    fleet: &F,
    ticket: &Ticket,
    chunk: Option<Vec<u8>>,
    now: Timestamp,
) -> Outcome {
    let peer = ticket.peer;
    match &ticket.ask {
        Ask::Status => Outcome::Status(answers::status(fleet.status(peer).await)),
        Ask::Version => Outcome::Version(answers::version(fleet.version(peer).await)),
        Ask::ClearChunks => Outcome::Done(answers::done(fleet.clear_chunks(peer).await)),
        Ask::UploadChunk { .. } => match chunk {
            Some(chunk) => Outcome::Chunk(answers::chunk(fleet.upload_chunk(peer, chunk).await)),
            None => Outcome::Chunk(Err(gone())),
        },
        Ask::Stop => Outcome::Done(answers::done(fleet.stop(peer).await)),
        Ask::Start => Outcome::Done(answers::done(fleet.start(peer).await)),
        Ask::Snapshots => Outcome::Snapshots(answers::snapshots(fleet.snapshots(peer).await)),
        Ask::TakeSnapshot { replace } => {
            Outcome::Taken(answers::taken(fleet.take_snapshot(peer, replace.clone()).await))
        }
        Ask::DeleteSnapshot { snapshot } => {
            Outcome::Done(answers::done(fleet.delete_snapshot(peer, snapshot.clone()).await))
        }
        Ask::LoadSnapshot { snapshot } => {
            Outcome::Done(answers::done(fleet.load_snapshot(peer, snapshot.clone()).await))
        }
        Ask::Install { module, chunks, arg, memory, rehearsal } => {
            let arg = if *rehearsal { rehearse() } else { arg.clone() };
            let args = installation(peer, module, chunks, arg, *memory);
            Outcome::Done(answers::done(fleet.install(&args).await))
        }
        Ask::CreateCanister { cycles } => {
            Outcome::Created(answers::created(fleet.create(*cycles).await))
        }
        Ask::DeleteCanister => Outcome::Done(answers::done(fleet.delete(peer).await)),
        Ask::SetControllers { controllers } => {
            let controllers = Some(controllers.clone());
            let only = Settings { controllers, ..Settings::default() };
            Outcome::Done(answers::done(fleet.set(peer, only).await))
        }
        Ask::SetSettings { settings } => {
            Outcome::Done(answers::done(fleet.set(peer, changed(settings)).await))
        }
        Ask::Call { .. } | Ask::CommitBatch { .. } | Ask::SetCommittee { .. } => {
            voted(fleet, peer, &ticket.ask).await
        }
        Ask::PrepareUpgrade { .. }
        | Ask::DrainStatus
        | Ask::Health
        | Ask::Validate { .. }
        | Ask::MigrationStatus
        | Ask::Digest { .. }
        | Ask::Head
        | Ask::Resume { .. }
        | Ask::ResumeJobs
        | Ask::CheckDependencies => live(fleet, ticket, now).await,
    }
}

/// What is asked of the canister itself, by the names every canister of the suite has.
async fn live<F: Fleet>(fleet: &F, ticket: &Ticket, now: Timestamp) -> Outcome {
    let peer = ticket.peer;
    let bytes = |cursor: &Option<Vec<u8>>| cursor.clone().map(ByteBuf::from);
    match &ticket.ask {
        Ask::PrepareUpgrade { epoch, deadline } => {
            let args = PrepareUpgradeArgs { epoch: *epoch, deadline_ns: deadline.as_nanos() };
            Outcome::Done(answers::agreed(fleet.prepare_upgrade(peer, args).await, now))
        }
        Ask::DrainStatus => Outcome::Drain(answers::drain(fleet.drain(peer).await)),
        Ask::Health => Outcome::Health(answers::health(fleet.health(peer).await)),
        Ask::Validate { cursor } => {
            let max_items = governor_core::limits::VALIDATE_ITEMS;
            let args = ValidateStateArgs { cursor: bytes(cursor), max_items };
            Outcome::Validated(answers::validated(fleet.validate(peer, args).await, now))
        }
        Ask::MigrationStatus => {
            // A copy has no timers: being woken is what it goes on by. Of a canister that works it
            // only sets the alarm again.
            if ticket.kind == governor_core::records::run::RunKind::Rehearsal {
                fleet.resume_jobs(peer).await.into_result("").ok();
            }
            Outcome::Migration(answers::migration(fleet.migration(peer).await))
        }
        Ask::Digest { cursor } => {
            let args = GetStateDigestArgs { cursor: bytes(cursor), max_bytes: DIGEST_BYTES };
            Outcome::Digest(answers::digest(fleet.digest(peer, args).await, now))
        }
        Ask::Head => Outcome::Head(answers::head(fleet.head(peer).await)),
        Ask::Resume { epoch, restored } => {
            let args = ResumeArgs { epoch: *epoch, restored: *restored };
            Outcome::Done(answers::agreed(fleet.resume(peer, args).await, now))
        }
        Ask::ResumeJobs => Outcome::Done(answers::agreed(fleet.resume_jobs(peer).await, now)),
        _ => Outcome::Connections(answers::connections(fleet.dependencies(peer).await, now)),
    }
}

/// What people voted for in the words of the call itself.
async fn voted<F: Fleet>(fleet: &F, peer: Principal, ask: &Ask) -> Outcome {
    let (method, arg) = match ask {
        Ask::CommitBatch { batch, evidence } => {
            ("commit_proposed_batch", encoded(&commit(*batch, evidence)))
        }
        Ask::SetCommittee { members, quorum } => {
            let committee = Committee { members: members.clone(), quorum: *quorum };
            ("set_committee", encoded(&committee))
        }
        Ask::Call { method, arg } => (method.as_str(), Ok(arg.clone())),
        _ => ("", Err(gone())),
    };
    match arg {
        Ok(arg) => Outcome::Done(answers::called(fleet.call(peer, method, arg).await)),
        Err(failure) => Outcome::Done(Err(failure)),
    }
}

fn gone() -> Failure {
    Failure::new(FailureKind::Permanent, "what was to be sent is not here")
}

fn encoded<T: CandidType>(value: &T) -> Result<Vec<u8>, Failure> {
    let failed = |fault: candid::Error| Failure::new(FailureKind::Permanent, fault.to_string());
    candid::encode_one(value).map_err(failed)
}

/// What the canister with the assets is told.
#[derive(CandidType, Debug)]
struct CommitArgs {
    batch_id: Nat,
    evidence: ByteBuf,
}

fn commit(batch: u64, evidence: &Hash) -> CommitArgs {
    CommitArgs { batch_id: Nat::from(batch), evidence: ByteBuf::from(evidence.as_slice()) }
}

/// What the recovery canister is told.
#[derive(CandidType, Debug)]
struct Committee {
    members: Vec<Principal>,
    quorum: u32,
}

/// What the upgrade of a copy is told: every canister of the suite has this among its arguments.
#[derive(CandidType, Debug)]
enum Rehearse {
    Upgrade { rehearsal: Option<bool> },
}

/// The argument of the upgrade of a copy.
pub fn rehearse() -> Vec<u8> {
    let args = Some(Rehearse::Upgrade { rehearsal: Some(true) });
    // A type without a length of its own always encodes.
    candid::encode_one(args).unwrap_or_default()
}

fn installation(
    canister: Principal,
    module: &Hash,
    chunks: &[Hash],
    arg: Vec<u8>,
    memory: MemoryPersistence,
) -> InstallArgs {
    let flags = |kept| Some(UpgradeFlags { wasm_memory_persistence: Some(kept) });
    let chunk = |hash: &Hash| ChunkHash { hash: ByteBuf::from(hash.as_slice()) };
    InstallArgs {
        mode: InstallMode::Upgrade(match memory {
            MemoryPersistence::Unset => None,
            MemoryPersistence::Keep => flags(Persistence::Keep),
            MemoryPersistence::Replace => flags(Persistence::Replace),
        }),
        target_canister: canister,
        chunk_hashes_list: chunks.iter().map(chunk).collect(),
        wasm_module_hash: ByteBuf::from(module.as_slice()),
        arg: ByteBuf::from(arg),
    }
}

fn changed(settings: &CanisterSettings) -> Settings {
    let seen = |public| if public { Visibility::Public } else { Visibility::Controllers };
    Settings {
        controllers: None,
        compute_allocation: settings.compute_allocation.map(Nat::from),
        memory_allocation: settings.memory_allocation.map(Nat::from),
        freezing_threshold: settings.freezing_threshold_s.map(Nat::from),
        reserved_cycles_limit: settings.reserved_cycles_limit.map(Nat::from),
        log_visibility: settings.public_logs.map(seen),
        snapshot_visibility: settings.public_snapshots.map(seen),
        wasm_memory_limit: settings.wasm_memory_limit.map(Nat::from),
        wasm_memory_threshold: settings.wasm_memory_threshold.map(Nat::from),
    }
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
