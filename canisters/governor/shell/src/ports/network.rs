//! What the network's management says and is told, as far as it is read here.

use candid::{CandidType, Nat, Principal};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// Names a canister.
#[derive(CandidType, Clone, Copy, Debug)]
pub struct Which {
    /// The canister.
    pub canister_id: Principal,
}

/// What a canister does.
#[derive(CandidType, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusKind {
    /// It takes messages.
    #[serde(rename = "running")]
    Running,
    /// It takes none, and waits for its own calls.
    #[serde(rename = "stopping")]
    Stopping,
    /// It stands still.
    #[serde(rename = "stopped")]
    Stopped,
}

/// Who sees something of a canister.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// Its controllers.
    #[serde(rename = "controllers")]
    Controllers,
    /// Everybody.
    #[serde(rename = "public")]
    Public,
    /// These.
    #[serde(rename = "allowed_viewers")]
    AllowedViewers(Vec<Principal>),
}

/// Settings as the network has them.
#[derive(CandidType, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct DefiniteSettings {
    /// Who controls it.
    pub controllers: Vec<Principal>,
    /// Percent of a core.
    pub compute_allocation: Nat,
    /// Bytes.
    pub memory_allocation: Nat,
    /// Seconds.
    pub freezing_threshold: Nat,
    /// Cycles.
    pub reserved_cycles_limit: Nat,
    /// Who sees the log; none where the network does not say.
    pub log_visibility: Option<Visibility>,
    /// Who sees the list of snapshots; none where the network does not say.
    pub snapshot_visibility: Option<Visibility>,
    /// Bytes.
    pub wasm_memory_limit: Nat,
    /// Bytes; none where the network does not say.
    pub wasm_memory_threshold: Option<Nat>,
}

/// What `canister_status` says.
#[derive(CandidType, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct StatusReply {
    /// What it does.
    pub status: StatusKind,
    /// SHA-256 of its module.
    pub module_hash: Option<ByteBuf>,
    /// Its settings.
    pub settings: DefiniteSettings,
    /// Its balance.
    pub cycles: Nat,
    /// What it burns in a day without working.
    pub idle_cycles_burned_per_day: Nat,
}

/// A snapshot.
#[derive(CandidType, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct SnapshotReply {
    /// The network's name of it.
    pub id: ByteBuf,
    /// When it was taken, nanoseconds since 1970.
    pub taken_at_timestamp: u64,
    /// Its bytes.
    pub total_size: u64,
}

/// Takes a snapshot.
#[derive(CandidType, Clone, Debug)]
pub struct TakeArgs {
    /// Of which canister.
    pub canister_id: Principal,
    /// The snapshot that makes room for it.
    pub replace_snapshot: Option<ByteBuf>,
}

/// Names a snapshot.
#[derive(CandidType, Clone, Debug)]
pub struct SnapshotArgs {
    /// Of which canister, or into which.
    pub canister_id: Principal,
    /// Which.
    pub snapshot_id: ByteBuf,
}

/// A chunk to keep.
#[derive(CandidType, Clone, Debug)]
pub struct ChunkArgs {
    /// At which canister.
    pub canister_id: Principal,
    /// Its bytes.
    pub chunk: ByteBuf,
}

/// A chunk by its hash.
#[derive(CandidType, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ChunkHash {
    /// SHA-256 of the chunk.
    pub hash: ByteBuf,
}

/// What becomes of main memory.
#[derive(CandidType, Serialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Persistence {
    /// It is kept.
    #[serde(rename = "keep")]
    Keep,
    /// It is replaced.
    #[serde(rename = "replace")]
    Replace,
}

/// How an upgrade is done.
#[derive(CandidType, Serialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct UpgradeFlags {
    /// What becomes of main memory.
    pub wasm_memory_persistence: Option<Persistence>,
}

/// How code is installed: over the state there is, never anew.
#[derive(CandidType, Serialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstallMode {
    /// Keeps stable memory.
    #[serde(rename = "upgrade")]
    Upgrade(Option<UpgradeFlags>),
}

/// An upgrade by chunks, which the canister holds itself.
#[derive(CandidType, Clone, Debug)]
pub struct InstallArgs {
    /// Always an upgrade.
    pub mode: InstallMode,
    /// The canister.
    pub target_canister: Principal,
    /// The chunks, in their order.
    pub chunk_hashes_list: Vec<ChunkHash>,
    /// SHA-256 of what they are together.
    pub wasm_module_hash: ByteBuf,
    /// The argument of the upgrade.
    pub arg: ByteBuf,
}

/// Settings that change; what is absent stays.
#[derive(CandidType, Clone, Debug, Default)]
pub struct Settings {
    /// Who controls it.
    pub controllers: Option<Vec<Principal>>,
    /// Percent of a core.
    pub compute_allocation: Option<Nat>,
    /// Bytes.
    pub memory_allocation: Option<Nat>,
    /// Seconds.
    pub freezing_threshold: Option<Nat>,
    /// Cycles.
    pub reserved_cycles_limit: Option<Nat>,
    /// Who sees the log.
    pub log_visibility: Option<Visibility>,
    /// Who sees the list of snapshots.
    pub snapshot_visibility: Option<Visibility>,
    /// Bytes.
    pub wasm_memory_limit: Option<Nat>,
    /// Bytes.
    pub wasm_memory_threshold: Option<Nat>,
}

/// Changes settings.
#[derive(CandidType, Clone, Debug)]
pub struct UpdateArgs {
    /// Of which canister.
    pub canister_id: Principal,
    /// What changes.
    pub settings: Settings,
}

/// Creates a canister.
#[derive(CandidType, Clone, Debug)]
pub struct CreateArgs {
    /// How it begins.
    pub settings: Option<Settings>,
}

/// A canister that was created.
#[derive(CandidType, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Created {
    /// Which.
    pub canister_id: Principal,
}

/// Asks for the newest changes of a canister.
#[derive(CandidType, Clone, Copy, Debug)]
pub struct InfoArgs {
    /// Which.
    pub canister_id: Principal,
    /// How many of them.
    pub num_requested_changes: Option<u64>,
}

/// Who changed a canister.
#[derive(CandidType, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A person, or a program with a key.
    #[serde(rename = "from_user")]
    User {
        /// Who.
        user_id: Principal,
    },
    /// A canister.
    #[serde(rename = "from_canister")]
    Canister {
        /// Which.
        canister_id: Principal,
    },
}

/// One change of a canister.
#[derive(CandidType, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// When, nanoseconds since 1970.
    pub timestamp_nanos: u64,
    /// Who did it.
    pub origin: Origin,
}

/// What `canister_info` says; anybody may ask.
#[derive(CandidType, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct InfoReply {
    /// Changes there ever were.
    pub total_num_changes: u64,
    /// The newest of them, oldest first.
    pub recent_changes: Vec<Change>,
    /// SHA-256 of its module.
    pub module_hash: Option<ByteBuf>,
    /// Who controls it.
    pub controllers: Vec<Principal>,
}
