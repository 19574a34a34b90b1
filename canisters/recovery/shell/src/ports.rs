//! The governor, and the network that keeps it.
//!
//! Every call waits a bounded time, so that a governor that does not answer cannot keep this
//! canister from being stopped. Whom to call is never an input: it stands in the configuration
//! (Y1).

use candid::{CandidType, Principal};
use granary_api::common::{DrainStatus, Health, Receipt, ResumeArgs};
use granary_api::recovery::RotateMembersArgs;
use granary_env::call::Answer;
use granary_env::suite::calls::call_within;
use granary_errors::Error;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// How long an answer may take that needs no waiting, seconds.
const SHORT: u32 = 60;
/// How long stopping, a snapshot or an installation may take: what the network allows, seconds.
const LONG: u32 = 300;

const GOVERNOR: &str = "governor";
const NETWORK: &str = "management";

#[derive(CandidType, Debug)]
struct Which {
    canister_id: Principal,
}

/// What a canister does.
#[derive(CandidType, Deserialize, Clone, Copy, Debug)]
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

/// What is read of a canister's status.
#[derive(CandidType, Deserialize, Clone, Debug)]
pub struct StatusReply {
    /// What it does.
    pub status: StatusKind,
    /// SHA-256 of its module.
    pub module_hash: Option<ByteBuf>,
}

/// A snapshot.
#[derive(CandidType, Deserialize, Clone, Debug)]
pub struct SnapshotReply {
    /// The network's name of it.
    pub id: ByteBuf,
}

#[derive(CandidType, Debug)]
struct TakeArgs {
    canister_id: Principal,
    replace_snapshot: Option<ByteBuf>,
}

#[derive(CandidType, Debug)]
struct LoadArgs {
    canister_id: Principal,
    snapshot_id: ByteBuf,
}

#[derive(CandidType, Debug)]
struct ChunkArgs {
    canister_id: Principal,
    chunk: ByteBuf,
}

/// A chunk by its hash.
#[derive(CandidType, Deserialize, Clone, Debug)]
pub struct ChunkHash {
    /// SHA-256 of the chunk.
    pub hash: ByteBuf,
}

/// How code is installed: over the state there is.
#[derive(CandidType, Serialize, Clone, Copy, Debug)]
pub enum InstallMode {
    /// Keeps stable memory.
    #[serde(rename = "upgrade")]
    Upgrade,
}

/// An upgrade by chunks.
#[derive(CandidType, Clone, Debug)]
pub struct InstallArgs {
    /// Always an upgrade.
    pub mode: InstallMode,
    /// The governor.
    pub target_canister: Principal,
    /// Where the chunks are: at the governor as well.
    pub store_canister: Option<Principal>,
    /// The chunks, in their order.
    pub chunk_hashes_list: Vec<ChunkHash>,
    /// SHA-256 of what they are together.
    pub wasm_module_hash: ByteBuf,
    /// The argument of the upgrade.
    pub arg: ByteBuf,
}

async fn network<A, T>(method: &str, args: &A, seconds: u32) -> Answer<T>
where
    A: CandidType,
    T: CandidType + serde::de::DeserializeOwned,
{
    call_within(NETWORK, Principal::management_canister(), method, &(args,), seconds).await
}

async fn nothing<A: CandidType>(method: &str, args: &A, seconds: u32) -> Answer<()> {
    // An empty answer decodes as the unit, whatever a later version of the network adds to it.
    match network::<A, candid::Reserved>(method, args, seconds).await {
        Answer::Done(_) => Answer::Done(()),
        Answer::NotApplied { reason } => Answer::NotApplied { reason },
        Answer::Unknown { reason } => Answer::Unknown { reason },
    }
}

/// Whether it runs, and its module.
pub async fn status(canister_id: Principal) -> Answer<StatusReply> {
    network("canister_status", &Which { canister_id }, SHORT).await
}

/// Its snapshots.
pub async fn snapshots(canister_id: Principal) -> Answer<Vec<SnapshotReply>> {
    network("list_canister_snapshots", &Which { canister_id }, SHORT).await
}

/// Stops it; answers when its open calls ended.
pub async fn stop(canister_id: Principal) -> Answer<()> {
    nothing("stop_canister", &Which { canister_id }, LONG).await
}

/// Starts it.
pub async fn start(canister_id: Principal) -> Answer<()> {
    nothing("start_canister", &Which { canister_id }, SHORT).await
}

/// Takes a snapshot of it.
pub async fn take_snapshot(
    canister_id: Principal,
    replace: Option<Vec<u8>>,
) -> Answer<SnapshotReply> {
    let args = TakeArgs { canister_id, replace_snapshot: replace.map(ByteBuf::from) };
    network("take_canister_snapshot", &args, LONG).await
}

/// Returns it to a snapshot.
pub async fn load_snapshot(canister_id: Principal, id: Vec<u8>) -> Answer<()> {
    let args = LoadArgs { canister_id, snapshot_id: ByteBuf::from(id) };
    nothing("load_canister_snapshot", &args, LONG).await
}

/// Upgrades it.
pub async fn install(args: &InstallArgs) -> Answer<()> {
    nothing("install_chunked_code", args, LONG).await
}

/// Puts a chunk into its store.
pub async fn upload_chunk(canister_id: Principal, chunk: Vec<u8>) -> Answer<ChunkHash> {
    let args = ChunkArgs { canister_id, chunk: ByteBuf::from(chunk) };
    network("upload_chunk", &args, SHORT).await
}

/// Empties its store of chunks.
pub async fn clear_chunks(canister_id: Principal) -> Answer<()> {
    nothing("clear_chunk_store", &Which { canister_id }, SHORT).await
}

/// How it is.
pub async fn health(governor: Principal) -> Answer<Health> {
    call_within(GOVERNOR, governor, "health_check", &(), SHORT).await
}

/// Which drain it knows.
pub async fn drain(governor: Principal) -> Answer<DrainStatus> {
    call_within(GOVERNOR, governor, "get_drain_status", &(), SHORT).await
}

/// It was restored.
pub async fn resume(governor: Principal, epoch: u64) -> Answer<Result<Receipt, Error>> {
    let args = (ResumeArgs { epoch, restored: true },);
    call_within(GOVERNOR, governor, "resume", &args, SHORT).await
}

/// Its clock goes on.
pub async fn resume_jobs(governor: Principal) -> Answer<Result<Receipt, Error>> {
    call_within(GOVERNOR, governor, "resume_jobs", &(), SHORT).await
}

/// Other people decide in it.
pub async fn rotate(
    governor: Principal,
    members: Vec<Principal>,
    threshold: u32,
) -> Answer<Result<Receipt, Error>> {
    let args = (RotateMembersArgs { members, threshold },);
    call_within(GOVERNOR, governor, "rotate_members", &args, SHORT).await
}
