//! Answers of the network and of canisters as the rules know them.
//!
//! A clean reject means that nothing happened. Everything else that is no answer leaves open what
//! happened, and the next look decides (K48): so it is `Timeout` where nothing could have changed,
//! and `OutcomeUnknown` where something could.

use candid::Nat;
use governor_core::records::CanisterSettings;
use governor_core::rules::audit::Status as AuditStatus;
use governor_core::rules::run::ask::{
    Digested, Drain, Drained, Health, Held, Life, Migration, Status, Validated, Version,
};
use governor_core::types::{Hash, Principal, Timestamp};
use granary_api::common as c;
use granary_env::call::Answer;
use granary_env::wire::{self, ArgumentLimits};
use granary_errors::Error;
use granary_resilience::failure::{Effect, Failure, FailureKind};

use crate::ports::Reply;
use crate::ports::network::{
    ChunkHash, Created, InfoReply, SnapshotReply, StatusKind, StatusReply, Visibility,
};

const DAY_SECONDS: u128 = 86_400;

/// The answer to a question that changes nothing.
fn read<T>(answer: Answer<T>) -> Result<T, Failure> {
    match answer {
        Answer::Done(value) => Ok(value),
        Answer::NotApplied { reason } => Err(Failure::new(FailureKind::Temporary, reason)),
        Answer::Unknown { reason } => Err(Failure::new(FailureKind::Timeout, reason)),
    }
}

/// The answer to something that was to be done.
fn write<T>(answer: Answer<T>) -> Result<T, Failure> {
    match answer {
        Answer::Done(value) => Ok(value),
        Answer::NotApplied { reason } => Err(Failure::new(FailureKind::Temporary, reason)),
        Answer::Unknown { reason } => Err(Failure::new(FailureKind::OutcomeUnknown, reason)),
    }
}

fn unreadable(what: &str) -> Failure {
    Failure::new(FailureKind::Permanent, format!("{what} cannot be read"))
}

/// Thirty-two bytes of an answer.
fn hash(what: &str, bytes: &[u8]) -> Result<Hash, Failure> {
    Hash::try_from(bytes).map_err(|_| unreadable(what))
}

fn opt_hash(bytes: Option<&serde_bytes::ByteBuf>) -> Option<Hash> {
    bytes.and_then(|bytes| Hash::try_from(bytes.as_slice()).ok())
}

fn large(figure: &Nat) -> u128 {
    u128::try_from(&figure.0).unwrap_or(u128::MAX)
}

fn small(figure: &Nat) -> u64 {
    u64::try_from(&figure.0).unwrap_or(u64::MAX)
}

/// It was done, or not.
pub fn done<T>(answer: Answer<T>) -> Result<(), Failure> {
    write(answer).map(drop)
}

/// The same of a canister that answers with an error of the suite.
pub fn agreed<T>(answer: Reply<T>, now: Timestamp) -> Result<(), Failure> {
    match write(answer)? {
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::from_error(&error, Effect::Write, now)),
    }
}

/// What a call that was voted for came to. An error is an answer: it says whether something
/// happened. An answer in no shape the suite knows says that the canister acted, and no more.
pub fn called(answer: Answer<Vec<u8>>) -> Result<(), Failure> {
    let bytes = write(answer)?;
    if bytes == EMPTY {
        return Ok(());
    }
    match wire::decode::<(Result<candid::Reserved, Error>,)>(&bytes, ANSWER) {
        Ok((Ok(_),)) => Ok(()),
        Ok((Err(error),)) => {
            let kind = match &error {
                Error::SystemError { outcome: granary_errors::Outcome::Unknown, .. } => {
                    FailureKind::OutcomeUnknown
                }
                Error::InvalidInput { .. }
                | Error::Unauthorized { .. }
                | Error::InsufficientFunds { .. }
                | Error::NotFound { .. }
                | Error::StateError { .. }
                | Error::SystemError { .. } => FailureKind::Permanent,
            };
            Err(Failure::new(kind, error.to_string()))
        }
        Err(_) => {
            let reason = "it answered in a shape the suite does not know";
            Err(Failure::new(FailureKind::OutcomeUnknown, reason))
        }
    }
}

/// Bounds of an answer that is read again.
const ANSWER: ArgumentLimits = ArgumentLimits { max_bytes: 2_097_152, max_work: 6_000_000 };
/// An answer without values.
const EMPTY: &[u8] = b"DIDL\0\0";

/// What `canister_status` says; none when there is no such canister.
pub fn status(answer: Answer<StatusReply>) -> Result<Option<Status>, Failure> {
    if let Answer::NotApplied { reason } = &answer
        && reason.contains("not found")
    {
        return Ok(None);
    }
    let reply = read(answer)?;
    let settings = &reply.settings;
    let public = |who: Option<&Visibility>| who.map(|who| *who == Visibility::Public);
    Ok(Some(Status {
        life: match reply.status {
            StatusKind::Running => Life::Running,
            StatusKind::Stopping => Life::Stopping,
            StatusKind::Stopped => Life::Stopped,
        },
        module: opt_hash(reply.module_hash.as_ref()),
        controllers: settings.controllers.clone(),
        cycles: large(&reply.cycles),
        frozen_below: frozen_below(&reply),
        settings: CanisterSettings {
            compute_allocation: Some(
                u8::try_from(small(&settings.compute_allocation)).unwrap_or(u8::MAX),
            ),
            memory_allocation: Some(small(&settings.memory_allocation)),
            freezing_threshold_s: Some(small(&settings.freezing_threshold)),
            reserved_cycles_limit: Some(large(&settings.reserved_cycles_limit)),
            wasm_memory_limit: Some(small(&settings.wasm_memory_limit)),
            wasm_memory_threshold: Some(settings.wasm_memory_threshold.as_ref().map_or(0, small)),
            public_logs: Some(public(settings.log_visibility.as_ref()).unwrap_or(false)),
            public_snapshots: Some(public(settings.snapshot_visibility.as_ref()).unwrap_or(false)),
        },
    }))
}

/// Cycles below which it freezes: what it burns without working, for as long as its threshold.
fn frozen_below(reply: &StatusReply) -> u128 {
    let burn = large(&reply.idle_cycles_burned_per_day);
    let threshold = large(&reply.settings.freezing_threshold);
    burn.saturating_mul(threshold).div_ceil(DAY_SECONDS)
}

/// The same as an audit and a look around read it; the number of snapshots was asked beside it.
pub fn audit_status(reply: &StatusReply, snapshots: usize) -> AuditStatus {
    AuditStatus {
        is_running: reply.status == StatusKind::Running,
        module: opt_hash(reply.module_hash.as_ref()),
        controllers: reply.settings.controllers.clone(),
        cycles_free: large(&reply.cycles).saturating_sub(frozen_below(reply)),
        snapshots: u32::try_from(snapshots).unwrap_or(u32::MAX),
    }
}

/// Code and controllers, as anybody is told.
pub fn informed(reply: &InfoReply) -> (Option<Hash>, Vec<Principal>) {
    (opt_hash(reply.module_hash.as_ref()), reply.controllers.clone())
}

/// The hash the network computed of a chunk.
pub fn chunk(answer: Answer<ChunkHash>) -> Result<Hash, Failure> {
    hash("the hash of the chunk", &write(answer)?.hash)
}

fn held(reply: SnapshotReply) -> Held {
    Held {
        snapshot: reply.id.into_vec(),
        at: Timestamp::from_nanos(reply.taken_at_timestamp),
        bytes: reply.total_size,
    }
}

/// The snapshots there are.
pub fn snapshots(answer: Answer<Vec<SnapshotReply>>) -> Result<Vec<Held>, Failure> {
    Ok(read(answer)?.into_iter().map(held).collect())
}

/// The snapshot that was taken.
pub fn taken(answer: Answer<SnapshotReply>) -> Result<Held, Failure> {
    write(answer).map(held)
}

/// The canister that was created.
pub fn created(answer: Answer<Created>) -> Result<Principal, Failure> {
    write(answer).map(|created| created.canister_id)
}

/// Which code runs on which state.
pub fn version(answer: Answer<c::Version>) -> Result<Version, Failure> {
    let reply = read(answer)?;
    Ok(Version { version: reply.version, schema: reply.schema })
}

/// Where the drain stands.
pub fn drain(answer: Answer<c::DrainStatus>) -> Result<Drain, Failure> {
    let reply = read(answer)?;
    Ok(Drain {
        state: match reply.state {
            c::DrainState::Running => Drained::Running,
            c::DrainState::Draining => Drained::Draining,
            c::DrainState::Drained => Drained::Drained,
        },
        epoch: reply.epoch,
        left: reply.jobs_running.saturating_add(reply.calls_outstanding),
    })
}

/// How it is.
pub fn health(answer: Answer<c::Health>) -> Result<Health, Failure> {
    let reply = read(answer)?;
    Ok(Health {
        critical: reply.status == c::HealthStatus::Critical,
        reason: reply.reasons.join("; "),
        schema: reply.schema,
    })
}

/// What a piece of the check found.
pub fn validated(answer: Reply<c::ValidationReport>, now: Timestamp) -> Result<Validated, Failure> {
    let reply = read(answer)?.map_err(|error| Failure::from_error(&error, Effect::Read, now))?;
    let first = reply
        .violations
        .first()
        .map(|one| format!("{} {} {}: {}", one.rule, one.entity, one.id, one.message));
    Ok(Validated {
        violations: u64::try_from(reply.violations.len()).unwrap_or(u64::MAX),
        first: first.unwrap_or_default(),
        next: reply.next.map(serde_bytes::ByteBuf::into_vec),
    })
}

/// Where its migration stands.
pub fn migration(answer: Answer<c::MigrationStatus>) -> Result<Migration, Failure> {
    let c::MigrationStatus { schema, target, done, total, .. } = read(answer)?;
    Ok(Migration { schema, target, done, total })
}

/// What a piece of the digest came to.
pub fn digest(answer: Reply<c::StateDigest>, now: Timestamp) -> Result<Digested, Failure> {
    let reply = read(answer)?.map_err(|error| Failure::from_error(&error, Effect::Read, now))?;
    let digest = match &reply.next {
        None => Some(hash("the digest of the state", &reply.digest)?),
        Some(_) => None,
    };
    let next = reply.next.map(serde_bytes::ByteBuf::into_vec);
    Ok(Digested { digest, records: reply.records, next })
}

/// Length and head of its journal.
pub fn head(answer: Answer<c::CertifiedHead>) -> Result<(u64, Hash), Failure> {
    let reply = read(answer)?;
    Ok((reply.length, hash("the head of the journal", &reply.head)?))
}

/// One sentence for each canister it does not reach.
pub fn connections(
    answer: Reply<c::DependencyReport>,
    now: Timestamp,
) -> Result<Vec<String>, Failure> {
    let reply = read(answer)?.map_err(|error| Failure::from_error(&error, Effect::Read, now))?;
    let silent = |one: &c::Dependency| one.status == c::HealthStatus::Critical;
    let text = |one: c::Dependency| format!("{}: {}", one.name, one.reason);
    Ok(reply.dependencies.into_iter().filter(silent).map(text).collect())
}
