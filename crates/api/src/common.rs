//! What every canister of the suite speaks.

use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// Proof that an update was applied, and the first answer again when it is repeated with the same
/// idempotency key.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The entity the call created or changed.
    pub id: u64,
    /// Index of the first event the call appended to the journal.
    pub event: u64,
    /// When the call was applied, nanoseconds since 1970.
    pub at_ns: u64,
}

/// Where a page starts and how long it may be.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PageArgs {
    /// The `next` of the page before; none for the first page.
    pub after: Option<u64>,
    /// Items wanted; the canister gives at most its page limit.
    pub limit: u32,
}

/// The three values of health, suite-wide. Other systems' "Unhealthy" is
/// [`HealthStatus::Critical`].
#[derive(
    CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord,
)]
pub enum HealthStatus {
    Healthy,
    Degraded,
    Critical,
}

/// One watched part of a canister.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ComponentHealth {
    pub name: String,
    pub status: HealthStatus,
    /// Why the status is not Healthy; empty when it is.
    pub reason: String,
}

/// The public short answer: no cycles, no memory figures.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// The worst of the components.
    pub status: HealthStatus,
    pub version: String,
    pub schema: u32,
    pub mode: Mode,
    /// One sentence for each component that is not Healthy.
    pub reasons: Vec<String>,
}

/// The long answer; the last four fields are filled for trusted callers only, because balances
/// tell which code path ran.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct SystemHealth {
    /// The worst of the components.
    pub overall: HealthStatus,
    pub components: Vec<ComponentHealth>,
    /// When the health job last ran.
    pub last_check_ns: u64,
    /// Health jobs that did not run when they were due, since the first install.
    pub missed_beats: u64,
    pub version: String,
    pub schema: u32,
    /// Time since the last install or upgrade.
    pub uptime_ns: u64,
    pub mode: Mode,
    pub profile: Profile,
    /// Hash of the newest event.
    pub log_head: ByteBuf,
    pub heap_bytes: Option<u64>,
    pub stable_bytes: Option<u64>,
    pub cycles: Option<u128>,
    /// Whole days until the balance reaches zero at the burn of the last observed day.
    pub runway_days: Option<u32>,
}

/// What a canister still does when something is wrong.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Everything.
    Full,
    /// Queries only; no user method changes state.
    ReadOnly,
    /// No outflow is submitted; inflows and book-keeping work.
    OutflowsFrozen,
    /// Only these principals may change state.
    Restricted(Vec<Principal>),
}

/// Which set of floors the canister holds itself to.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    Production,
    Development,
    /// Short windows are allowed; refused on mainnet.
    Testing,
}

/// What code runs on what state.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Version of the code, `major.minor.patch`.
    pub version: String,
    /// Schema of the stored state the code writes.
    pub schema: u32,
    /// Commit the Wasm was built from; empty when the builder knew none.
    pub git_commit: String,
    pub installed_at_ns: u64,
    pub upgraded_at_ns: u64,
    pub upgrade_count: u64,
    /// Canister version of the platform, which counts code, settings and message changes.
    pub canister_version: u64,
    /// True on a copy on which an upgrade is tried; none on a canister that works.
    pub rehearsal: Option<bool>,
}

/// One upgrade that took effect.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct UpgradeRecord {
    /// 1 for the first upgrade.
    pub number: u64,
    pub at_ns: u64,
    pub from_version: String,
    pub to_version: String,
    pub schema_from: u32,
    pub schema_to: u32,
    /// Records found in the state when the new code opened it.
    pub records: u64,
    /// Journal length and head when the new code opened the state.
    pub events: u64,
    pub log_head: ByteBuf,
}

/// Progress of the running or last migration.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct MigrationStatus {
    pub schema: u32,
    /// Schema being migrated to; equal to `schema` when nothing runs.
    pub target: u32,
    /// Name of the step; empty when nothing runs.
    pub phase: String,
    pub done: u64,
    pub total: u64,
}

/// One entry of the hash-chained journal.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub index: u64,
    /// SHA-256 of `data`; the next event carries it.
    pub hash: ByteBuf,
    pub prev_hash: ByteBuf,
    pub at_ns: u64,
    pub actor: Principal,
    pub trace_id: u64,
    /// Name of what happened, such as `ApplicationSubmitted`.
    pub kind: String,
    /// The entity it happened to.
    pub subject: u64,
    /// The stored bytes, so that anyone can recompute the chain.
    pub data: ByteBuf,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct GetEventsArgs {
    pub start: u64,
    pub length: u32,
}

/// Events `start..start + events.len()` of `total`.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct EventPage {
    pub events: Vec<Event>,
    pub total: u64,
}

/// The journal's head, certified by the subnet.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct CertifiedHead {
    pub length: u64,
    /// Hash of the newest event.
    pub head: ByteBuf,
    /// Present in non-replicated queries.
    pub certificate: Option<ByteBuf>,
    /// None when the certified data is the head itself; otherwise the hash tree from the certified
    /// data to the head.
    pub witness: Option<ByteBuf>,
}

/// Severity of a log line.
#[derive(
    CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord,
)]
pub enum LogLevel {
    Debug,
    Info,
    Warning,
    Error,
}

/// One line of the structured log ring.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// Position since the first install; the ring forgets the oldest lines.
    pub index: u64,
    pub at_ns: u64,
    pub level: LogLevel,
    pub component: String,
    /// Error code, or empty.
    pub code: String,
    /// Ties the lines and events of one call together.
    pub trace_id: u64,
    pub message: String,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct LogPage {
    pub entries: Vec<LogEntry>,
    /// Index to ask for next; none at the end.
    pub next: Option<u64>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct GetLogsArgs {
    pub after: Option<u64>,
    pub limit: u32,
    pub min_level: LogLevel,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ValidateStateArgs {
    /// The `next` of the call before; none starts from the beginning.
    pub cursor: Option<ByteBuf>,
    pub max_items: u32,
}

/// A stored fact that contradicts an invariant.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Number of the invariant, such as `G1`.
    pub rule: String,
    /// Kind of the entity, such as `program`.
    pub entity: String,
    pub id: u64,
    pub message: String,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ValidationReport {
    pub violations: Vec<Violation>,
    pub checked: u64,
    /// None when the whole state was checked.
    pub next: Option<ByteBuf>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrepareUpgradeArgs {
    /// Names this drain; `resume` must carry the same number.
    pub epoch: u64,
    /// After this time the canister resumes by itself.
    pub deadline_ns: u64,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResumeArgs {
    pub epoch: u64,
    /// True after a snapshot was restored: what was in flight must be reconciled first.
    pub restored: bool,
}

/// Where a canister is between running and stopped.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum DrainState {
    Running,
    /// New work is refused; `jobs_running` and `calls_outstanding` must reach zero.
    Draining,
    Drained,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrainStatus {
    pub state: DrainState,
    pub epoch: u64,
    pub deadline_ns: u64,
    pub jobs_running: u64,
    pub calls_outstanding: u64,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct SetModeArgs {
    pub mode: Mode,
    pub reason: String,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ExportStateArgs {
    /// Which family of records; the canister's documentation lists them.
    pub domain: String,
    pub cursor: Option<ByteBuf>,
    pub max_bytes: u32,
}

/// Some records of one domain in key order, each as `key ‖ value` with lengths, and the running
/// digest.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct StatePage {
    pub domain: String,
    pub schema: u32,
    /// Cursor this page was asked with.
    pub cursor: Option<ByteBuf>,
    pub records: Vec<ByteBuf>,
    /// SHA-256 over the records of this page, each preceded by its length as a big-endian u32.
    pub digest: ByteBuf,
    /// None at the end of the domain.
    pub next: Option<ByteBuf>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct GetStateDigestArgs {
    /// `next` of the call before; none begins.
    pub cursor: Option<ByteBuf>,
    /// Bytes of records after which the call ends; it does one record at least, and 1,500,000
    /// bytes at most. 2,048 keep a call below ten million instructions.
    pub max_bytes: u32,
}

/// One hash over every record that `export_state` shows, but for the journal's: how far it is.
///
/// It begins with the SHA-256 of the canister's kind, `portfolio` for instance. Each domain, and
/// then each of its records, replaces it by the SHA-256 of itself, the length of the domain's name
/// or of the record as a big-endian u32, and the name or the record. So it does not depend on
/// `max_bytes`, and two canisters of one kind with the same state have the same.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct StateDigest {
    /// The chain over the records so far: the digest of the state when `next` is none.
    pub digest: ByteBuf,
    /// Records so far.
    pub records: u64,
    /// Where to go on. It is refused by another canister, and once the journal has grown.
    pub next: Option<ByteBuf>,
}

/// One entry of `icrc10_supported_standards`.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct SupportedStandard {
    pub name: String,
    pub url: String,
}

/// Current state of the persistent jobs.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobsStatus {
    pub pending: u64,
    pub running: u64,
    pub dead_letter: u64,
    /// Due time of the next job.
    pub next_due_ns: Option<u64>,
}

/// Another canister this one knows by name.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The name this canister gives it, such as `execution`.
    pub name: String,
    /// Where it is; none while nobody has told.
    pub canister: Option<Principal>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct SetPeerArgs {
    /// One of the names of `get_peers`.
    pub name: String,
    /// Where it is from now on; none forgets it.
    pub canister: Option<Principal>,
}

/// What is known of another canister this one depends on.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    pub name: String,
    /// None while nobody has told where it is.
    pub canister: Option<Principal>,
    /// Its own word; Critical when it does not answer in time, Degraded while it is not known.
    pub status: HealthStatus,
    /// Why it is not Healthy; empty when it is.
    pub reason: String,
    /// Version of its code, when it answered.
    pub version: Option<String>,
    /// How long the answer took.
    pub latency_ns: u64,
    /// When it was asked; 0 before the first time.
    pub checked_at_ns: u64,
}

/// How the canisters this one depends on are.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct DependencyReport {
    /// The worst of those it was told about.
    pub overall: HealthStatus,
    pub dependencies: Vec<Dependency>,
}
