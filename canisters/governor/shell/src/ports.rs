//! The canisters this one calls, as one trait with its implementation: the network's management,
//! and the targets, for their lives only.
//!
//! Management calls and calls that were voted for wait as long as they take: the callee is the
//! network, or a canister this one can stop. Every other call waits a bounded time. Whom to call
//! is never an input: targets come from adopted rows, copies from the rehearsal that made them.

pub mod network;

use candid::Principal;
use granary_api::common::{
    CertifiedHead, DependencyReport, DrainStatus, GetStateDigestArgs, Health, MigrationStatus,
    PrepareUpgradeArgs, Receipt, ResumeArgs, StateDigest, ValidateStateArgs, ValidationReport,
    Version,
};
use granary_env::call::Answer;
use granary_env::governed;
use granary_env::suite::calls::call_within;
use granary_errors::Error;
use serde_bytes::ByteBuf;

use network::{
    ChunkArgs, ChunkHash, CreateArgs, Created, InfoArgs, InfoReply, InstallArgs, Settings,
    SnapshotArgs, SnapshotReply, StatusReply, TakeArgs, UpdateArgs, Which,
};

/// How long a target may take for one answer, seconds.
const SECONDS: u32 = 60;
/// What the metrics call the targets.
const TARGET: &str = "target";

/// An answer of a canister of the suite.
pub type Reply<T> = Answer<Result<T, Error>>;

/// Everybody this canister asks.
pub trait Fleet {
    /// Status, code, settings; controllers only.
    fn status(&self, canister: Principal) -> impl Future<Output = Answer<StatusReply>>;
    /// Code, controllers and the newest changes.
    fn info(&self, canister: Principal, changes: u64) -> impl Future<Output = Answer<InfoReply>>;
    /// Empties the chunk store.
    fn clear_chunks(&self, canister: Principal) -> impl Future<Output = Answer<()>>;
    /// Puts a chunk into the chunk store.
    fn upload_chunk(
        &self,
        canister: Principal,
        chunk: Vec<u8>,
    ) -> impl Future<Output = Answer<ChunkHash>>;
    /// Stops.
    fn stop(&self, canister: Principal) -> impl Future<Output = Answer<()>>;
    /// Starts.
    fn start(&self, canister: Principal) -> impl Future<Output = Answer<()>>;
    /// The snapshots there are.
    fn snapshots(&self, canister: Principal) -> impl Future<Output = Answer<Vec<SnapshotReply>>>;
    /// Takes a snapshot.
    fn take_snapshot(
        &self,
        canister: Principal,
        replace: Option<Vec<u8>>,
    ) -> impl Future<Output = Answer<SnapshotReply>>;
    /// Deletes a snapshot.
    fn delete_snapshot(
        &self,
        canister: Principal,
        snapshot: Vec<u8>,
    ) -> impl Future<Output = Answer<()>>;
    /// Loads a snapshot, its own or another canister's.
    fn load_snapshot(
        &self,
        canister: Principal,
        snapshot: Vec<u8>,
    ) -> impl Future<Output = Answer<()>>;
    /// Installs from the chunk store.
    fn install(&self, args: &InstallArgs) -> impl Future<Output = Answer<()>>;
    /// Creates a canister under this one.
    fn create(&self, cycles: u128) -> impl Future<Output = Answer<Created>>;
    /// Deletes a stopped canister.
    fn delete(&self, canister: Principal) -> impl Future<Output = Answer<()>>;
    /// Changes settings.
    fn set(&self, canister: Principal, settings: Settings) -> impl Future<Output = Answer<()>>;

    /// Which code runs on which state.
    fn version(&self, canister: Principal) -> impl Future<Output = Answer<Version>>;
    /// Stops taking new work.
    fn prepare_upgrade(
        &self,
        canister: Principal,
        args: PrepareUpgradeArgs,
    ) -> impl Future<Output = Reply<Receipt>>;
    /// Where the drain stands.
    fn drain(&self, canister: Principal) -> impl Future<Output = Answer<DrainStatus>>;
    /// How it is.
    fn health(&self, canister: Principal) -> impl Future<Output = Answer<Health>>;
    /// Checks a piece of its state.
    fn validate(
        &self,
        canister: Principal,
        args: ValidateStateArgs,
    ) -> impl Future<Output = Reply<ValidationReport>>;
    /// Where its migration stands.
    fn migration(&self, canister: Principal) -> impl Future<Output = Answer<MigrationStatus>>;
    /// Goes on with the digest of its state.
    fn digest(
        &self,
        canister: Principal,
        args: GetStateDigestArgs,
    ) -> impl Future<Output = Reply<StateDigest>>;
    /// Length and head of its journal.
    fn head(&self, canister: Principal) -> impl Future<Output = Answer<CertifiedHead>>;
    /// Ends the drain.
    fn resume(&self, canister: Principal, args: ResumeArgs)
    -> impl Future<Output = Reply<Receipt>>;
    /// Wakes its jobs.
    fn resume_jobs(&self, canister: Principal) -> impl Future<Output = Reply<Receipt>>;
    /// Has it try those it depends on.
    fn dependencies(&self, canister: Principal) -> impl Future<Output = Reply<DependencyReport>>;
    /// What was voted for; the answer's bytes.
    fn call(
        &self,
        canister: Principal,
        method: &str,
        argument: Vec<u8>,
    ) -> impl Future<Output = Answer<Vec<u8>>>;
}

/// The network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Platform;

impl Fleet for Platform {
    async fn status(&self, canister_id: Principal) -> Answer<StatusReply> {
        governed::manage("canister_status", &Which { canister_id }, 0).await
    }

    async fn info(&self, canister_id: Principal, changes: u64) -> Answer<InfoReply> {
        let args = InfoArgs { canister_id, num_requested_changes: Some(changes) };
        governed::manage("canister_info", &args, 0).await
    }

    async fn clear_chunks(&self, canister_id: Principal) -> Answer<()> {
        governed::manage_only("clear_chunk_store", &Which { canister_id }).await
    }

    async fn upload_chunk(&self, canister_id: Principal, chunk: Vec<u8>) -> Answer<ChunkHash> {
        let args = ChunkArgs { canister_id, chunk: ByteBuf::from(chunk) };
        governed::manage("upload_chunk", &args, 0).await
    }

    async fn stop(&self, canister_id: Principal) -> Answer<()> {
        governed::manage_only("stop_canister", &Which { canister_id }).await
    }

    async fn start(&self, canister_id: Principal) -> Answer<()> {
        governed::manage_only("start_canister", &Which { canister_id }).await
    }

    async fn snapshots(&self, canister_id: Principal) -> Answer<Vec<SnapshotReply>> {
        governed::manage("list_canister_snapshots", &Which { canister_id }, 0).await
    }

    async fn take_snapshot(
        &self,
        canister_id: Principal,
        replace: Option<Vec<u8>>,
    ) -> Answer<SnapshotReply> {
        let args = TakeArgs { canister_id, replace_snapshot: replace.map(ByteBuf::from) };
        governed::manage("take_canister_snapshot", &args, 0).await
    }

    async fn delete_snapshot(&self, canister_id: Principal, snapshot: Vec<u8>) -> Answer<()> {
        let args = SnapshotArgs { canister_id, snapshot_id: ByteBuf::from(snapshot) };
        governed::manage_only("delete_canister_snapshot", &args).await
    }

    async fn load_snapshot(&self, canister_id: Principal, snapshot: Vec<u8>) -> Answer<()> {
        let args = SnapshotArgs { canister_id, snapshot_id: ByteBuf::from(snapshot) };
        governed::manage_only("load_canister_snapshot", &args).await
    }

    async fn install(&self, args: &InstallArgs) -> Answer<()> {
        governed::manage_only("install_chunked_code", args).await
    }

    async fn create(&self, cycles: u128) -> Answer<Created> {
        // Without settings its creator is its only controller.
        governed::manage("create_canister", &CreateArgs { settings: None }, cycles).await
    }

    async fn delete(&self, canister_id: Principal) -> Answer<()> {
        governed::manage_only("delete_canister", &Which { canister_id }).await
    }

    async fn set(&self, canister_id: Principal, settings: Settings) -> Answer<()> {
        governed::manage_only("update_settings", &UpdateArgs { canister_id, settings }).await
    }

    async fn version(&self, canister: Principal) -> Answer<Version> {
        call_within(TARGET, canister, "get_version", &(), SECONDS).await
    }

    async fn prepare_upgrade(
        &self,
        canister: Principal,
        args: PrepareUpgradeArgs,
    ) -> Reply<Receipt> {
        call_within(TARGET, canister, "prepare_upgrade", &(args,), SECONDS).await
    }

    async fn drain(&self, canister: Principal) -> Answer<DrainStatus> {
        call_within(TARGET, canister, "get_drain_status", &(), SECONDS).await
    }

    async fn health(&self, canister: Principal) -> Answer<Health> {
        call_within(TARGET, canister, "health_check", &(), SECONDS).await
    }

    async fn validate(
        &self,
        canister: Principal,
        args: ValidateStateArgs,
    ) -> Reply<ValidationReport> {
        call_within(TARGET, canister, "validate_state", &(args,), SECONDS).await
    }

    async fn migration(&self, canister: Principal) -> Answer<MigrationStatus> {
        call_within(TARGET, canister, "get_migration_status", &(), SECONDS).await
    }

    async fn digest(&self, canister: Principal, args: GetStateDigestArgs) -> Reply<StateDigest> {
        call_within(TARGET, canister, "get_state_digest", &(args,), SECONDS).await
    }

    async fn head(&self, canister: Principal) -> Answer<CertifiedHead> {
        call_within(TARGET, canister, "get_certified_head", &(), SECONDS).await
    }

    async fn resume(&self, canister: Principal, args: ResumeArgs) -> Reply<Receipt> {
        call_within(TARGET, canister, "resume", &(args,), SECONDS).await
    }

    async fn resume_jobs(&self, canister: Principal) -> Reply<Receipt> {
        call_within(TARGET, canister, "resume_jobs", &(), SECONDS).await
    }

    async fn dependencies(&self, canister: Principal) -> Reply<DependencyReport> {
        call_within(TARGET, canister, "check_dependencies", &(), SECONDS).await
    }

    async fn call(&self, canister: Principal, method: &str, argument: Vec<u8>) -> Answer<Vec<u8>> {
        governed::call_raw(TARGET, canister, method, argument).await
    }
}
