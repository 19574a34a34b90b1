//! What a run asks of the network and of the canisters, and what it may be told.
//!
//! An answer is what the asked said, and a [`Failure`] what is known when nothing was said: a clean
//! refusal (`Permanent`), nothing happened and it may be asked again (`Temporary`, `Timeout`,
//! `RateLimited`), or nobody knows (`OutcomeUnknown`). None of them decides a step that changed
//! something: the next look does (K48).

use granary_resilience::failure::Failure;

use crate::records::{CanisterSettings, MemoryPersistence};
use crate::types::{Hash, Principal, Timestamp};

/// What to ask. Whom stands in the ticket: the canister that is asked, or, for what the network's
/// management does, the canister it is done to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Management: `canister_status`. Answer: [`Outcome::Status`].
    Status,
    /// `get_version`. Answer: [`Outcome::Version`].
    Version,
    /// Management: `clear_chunk_store`. Answer: [`Outcome::Done`].
    ClearChunks,
    /// Management: `upload_chunk` with the bytes this canister holds. Answer: [`Outcome::Chunk`].
    UploadChunk {
        /// Of which module.
        module: Hash,
        /// Which chunk of it.
        place: u32,
    },
    /// `prepare_upgrade`. Answer: [`Outcome::Done`].
    PrepareUpgrade {
        /// Names the drain.
        epoch: u64,
        /// When it ends by itself.
        deadline: Timestamp,
    },
    /// `get_drain_status`. Answer: [`Outcome::Drain`].
    DrainStatus,
    /// Management: `stop_canister`. Answer: [`Outcome::Done`].
    Stop,
    /// Management: `start_canister`. Answer: [`Outcome::Done`].
    Start,
    /// Management: `list_canister_snapshots`. Answer: [`Outcome::Snapshots`].
    Snapshots,
    /// Management: `take_canister_snapshot`. Answer: [`Outcome::Taken`].
    TakeSnapshot {
        /// The snapshot that makes room for it; none when there is room.
        replace: Option<Vec<u8>>,
    },
    /// Management: `delete_canister_snapshot`. Answer: [`Outcome::Done`].
    DeleteSnapshot {
        /// Which.
        snapshot: Vec<u8>,
    },
    /// Management: `load_canister_snapshot`. Answer: [`Outcome::Done`].
    LoadSnapshot {
        /// Which: the canister's own, or the target's it is a copy of.
        snapshot: Vec<u8>,
    },
    /// Management: `install_chunked_code` in upgrade mode, from the canister's own chunk store.
    /// Answer: [`Outcome::Done`].
    Install {
        /// SHA-256 of the module.
        module: Hash,
        /// Hashes of its chunks in order.
        chunks: Vec<Hash>,
        /// The approved argument.
        arg: Vec<u8>,
        /// What becomes of main memory.
        memory: MemoryPersistence,
        /// True for a copy: the shell sends an argument that says `rehearsal = true` instead, so
        /// that neither timers nor calls begin.
        rehearsal: bool,
    },
    /// `health_check`. Answer: [`Outcome::Health`].
    Health,
    /// `validate_state` of at most [`crate::limits::VALIDATE_ITEMS`]. Answer:
    /// [`Outcome::Validated`].
    Validate {
        /// Where to go on; none begins.
        cursor: Option<Vec<u8>>,
    },
    /// `get_migration_status`; for a copy, also one slice of the migration where the canister
    /// offers that as a call, since its timers are off. Answer: [`Outcome::Migration`].
    MigrationStatus,
    /// `get_state_digest`. Answer: [`Outcome::Digest`].
    Digest {
        /// Where to go on; none begins.
        cursor: Option<Vec<u8>>,
    },
    /// `get_certified_head`. Answer: [`Outcome::Head`].
    Head,
    /// `resume`. Answer: [`Outcome::Done`].
    Resume {
        /// Which drain ends.
        epoch: u64,
        /// True after a snapshot was loaded: what was in flight is reconciled first (E7).
        restored: bool,
    },
    /// `resume_jobs`. Answer: [`Outcome::Done`].
    ResumeJobs,
    /// `check_dependencies`. Answer: [`Outcome::Connections`].
    CheckDependencies,
    /// Management: `create_canister`, this canister its only controller; the ticket's peer is the
    /// target it becomes a copy of. Answer: [`Outcome::Created`].
    CreateCanister {
        /// Cycles it is given.
        cycles: u128,
    },
    /// Management: `delete_canister`. Answer: [`Outcome::Done`].
    DeleteCanister,
    /// Management: `update_settings` of the controllers alone. Answer: [`Outcome::Done`].
    SetControllers {
        /// All of them from then on.
        controllers: Vec<Principal>,
    },
    /// Management: `update_settings` without controllers. Answer: [`Outcome::Done`].
    SetSettings {
        /// What changes.
        settings: CanisterSettings,
    },
    /// The approved call, once. Answer: [`Outcome::Done`]; an error the canister answered is a
    /// `Permanent` failure, or `OutcomeUnknown` where the error itself says so.
    Call {
        /// Which method.
        method: String,
        /// Its argument, Candid.
        arg: Vec<u8>,
    },
    /// `commit_proposed_batch` of the canister with the assets. Answer: [`Outcome::Done`].
    CommitBatch {
        /// Number of the batch.
        batch: u64,
        /// SHA-256 of it.
        evidence: Hash,
    },
    /// `set_committee` of the recovery canister. Answer: [`Outcome::Done`].
    SetCommittee {
        /// All members of it.
        members: Vec<Principal>,
        /// How many act together.
        quorum: u32,
    },
}

/// What was answered, by what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done(Result<(), Failure>),
    /// To [`Ask::Status`]; none when the network knows no such canister.
    Status(Result<Option<Status>, Failure>),
    /// To [`Ask::Version`].
    Version(Result<Version, Failure>),
    /// To [`Ask::UploadChunk`]: the hash the network computed.
    Chunk(Result<Hash, Failure>),
    /// To [`Ask::DrainStatus`].
    Drain(Result<Drain, Failure>),
    /// To [`Ask::Snapshots`].
    Snapshots(Result<Vec<Held>, Failure>),
    /// To [`Ask::TakeSnapshot`].
    Taken(Result<Held, Failure>),
    /// To [`Ask::Health`].
    Health(Result<Health, Failure>),
    /// To [`Ask::Validate`].
    Validated(Result<Validated, Failure>),
    /// To [`Ask::MigrationStatus`].
    Migration(Result<Migration, Failure>),
    /// To [`Ask::Digest`].
    Digest(Result<Digested, Failure>),
    /// To [`Ask::Head`]: the journal's length and the hash of its newest event.
    Head(Result<(u64, Hash), Failure>),
    /// To [`Ask::CheckDependencies`]: one sentence for each canister it does not reach.
    Connections(Result<Vec<String>, Failure>),
    /// To [`Ask::CreateCanister`].
    Created(Result<Principal, Failure>),
}

impl Outcome {
    /// What is known when nothing was said; none for an answer.
    pub const fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Done(Err(failure))
            | Self::Status(Err(failure))
            | Self::Version(Err(failure))
            | Self::Chunk(Err(failure))
            | Self::Drain(Err(failure))
            | Self::Snapshots(Err(failure))
            | Self::Taken(Err(failure))
            | Self::Health(Err(failure))
            | Self::Validated(Err(failure))
            | Self::Migration(Err(failure))
            | Self::Digest(Err(failure))
            | Self::Head(Err(failure))
            | Self::Connections(Err(failure))
            | Self::Created(Err(failure)) => Some(failure),
            Self::Done(Ok(()))
            | Self::Status(Ok(_))
            | Self::Version(Ok(_))
            | Self::Chunk(Ok(_))
            | Self::Drain(Ok(_))
            | Self::Snapshots(Ok(_))
            | Self::Taken(Ok(_))
            | Self::Health(Ok(_))
            | Self::Validated(Ok(_))
            | Self::Migration(Ok(_))
            | Self::Digest(Ok(_))
            | Self::Head(Ok(_))
            | Self::Connections(Ok(_))
            | Self::Created(Ok(_)) => None,
        }
    }
}

/// Whether a canister runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// It runs.
    Running,
    /// It waits for the answers it is owed; new code must not be installed (K8).
    Stopping,
    /// It stands still.
    Stopped,
}

/// What `canister_status` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Whether it runs.
    pub life: Life,
    /// SHA-256 of the code that runs; none for an empty canister.
    pub module: Option<Hash>,
    /// Who controls it.
    pub controllers: Vec<Principal>,
    /// Its balance of cycles.
    pub cycles: u128,
    /// Cycles below which it freezes: its idle burn over its freezing threshold.
    pub frozen_below: u128,
    /// Its settings, every one of them present.
    pub settings: CanisterSettings,
}

/// What `get_version` says, as far as a run reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Version of the code.
    pub version: String,
    /// Schema of its state.
    pub schema: u32,
}

/// Where a canister is between working and standing still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drained {
    /// It takes work.
    Running,
    /// It takes none, and finishes what it has.
    Draining,
    /// It has nothing left to do.
    Drained,
}

/// What `get_drain_status` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drain {
    /// Where it is.
    pub state: Drained,
    /// Which drain it is in, or was in last.
    pub epoch: u64,
    /// What it has left: running jobs and outstanding calls together.
    pub left: u64,
}

/// A snapshot the network holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The network's name for it.
    pub snapshot: Vec<u8>,
    /// When it was taken.
    pub at: Timestamp,
    /// Its size, bytes.
    pub bytes: u64,
}

/// What `health_check` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// True when it calls itself critical; a degraded canister works.
    pub critical: bool,
    /// Why it is not healthy, in one sentence; empty when it is.
    pub reason: String,
    /// Schema of its state.
    pub schema: u32,
}

/// What one call of `validate_state` found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validated {
    /// Violations in this piece.
    pub violations: u64,
    /// The first of them in a sentence; empty without any.
    pub first: String,
    /// Where to go on; none at the end.
    pub next: Option<Vec<u8>>,
}

/// What `get_migration_status` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migration {
    /// Schema of the state.
    pub schema: u32,
    /// Schema it goes to; the same when nothing runs.
    pub target: u32,
    /// Records that are done.
    pub done: u64,
    /// Records there are.
    pub total: u64,
}

/// What one call of `get_state_digest` found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digested {
    /// The digest of the whole state: at the end.
    pub digest: Option<Hash>,
    /// Records so far.
    pub records: u64,
    /// Where to go on; none at the end.
    pub next: Option<Vec<u8>>,
}
