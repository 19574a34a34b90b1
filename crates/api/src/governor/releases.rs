//! Releases: modules, who built them too, audits, rehearsals.

use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// What becomes of main memory in an upgrade.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryPersistence {
    /// Nothing is said: memory is new. What canisters of the suite need.
    Unset,
    Keep,
    Replace,
}

/// New code of one canister.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ReleaseItem {
    pub target: Principal,
    /// SHA-256 of the exact bytes that are installed.
    pub module: ByteBuf,
    /// What runs before it: anything else at execution makes the proposal stale.
    pub from_module: ByteBuf,
    /// The encoded argument of the upgrade, at most 64 KiB.
    pub arg: ByteBuf,
    pub memory: MemoryPersistence,
    pub schema_from: u32,
    pub schema_to: u32,
    /// True when callers of the code before may break.
    pub may_break_callers: bool,
}

/// New code of some canisters, installed together or not at all.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Release {
    pub version: String,
    /// 1 to 16.
    pub items: Vec<ReleaseItem>,
    /// Where the source is.
    pub repository: String,
    pub commit: String,
    /// SHA-256 of the list of what it is built from.
    pub sbom: Option<ByteBuf>,
    /// When it suits: the window people were told of.
    pub window: String,
    /// What is done when it fails, beyond the way back that is automatic.
    pub rollback_plan: String,
    /// Who is told, and how.
    pub communication: String,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct StageWasmChunkArgs {
    /// SHA-256 of the whole module, exactly as it will be installed.
    pub module: ByteBuf,
    /// How many chunks it has: 1 to 100.
    pub of: u32,
    /// Which of them this is, from 0.
    pub place: u32,
    /// At most 1 MiB.
    pub chunk: ByteBuf,
}

/// Names a module by SHA-256 of its bytes.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ModuleArgs {
    pub module: ByteBuf,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct AttestBuildArgs {
    pub module: ByteBuf,
    pub commit: String,
    /// With which builder.
    pub builder: String,
    /// SHA-256 of what came out.
    pub result: ByteBuf,
    /// SHA-256 of what `cargo audit` or its like said.
    pub audit: Option<ByteBuf>,
}

/// How the bytes are packed.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    Raw,
    Gzip,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ModuleChunk {
    pub hash: ByteBuf,
    /// 0 while the chunk is not here.
    pub bytes: u32,
}

/// A module, or one that is being uploaded.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Module {
    pub hash: ByteBuf,
    pub uploader: Principal,
    pub begun_at_ns: u64,
    /// None while it is being uploaded.
    pub finished_at_ns: Option<u64>,
    pub bytes: u64,
    pub packing: Packing,
    /// SHA-256 of the plain Wasm; of the bytes themselves when they are not packed.
    pub plain: ByteBuf,
    /// The canister it says it is for; empty when it does not say.
    pub canister: String,
    pub version: String,
    pub commit: String,
    /// The oldest and the newest schema it reads.
    pub schema_oldest: u32,
    pub schema_newest: u32,
    /// What stands against it as code of a canister, whichever.
    pub problems: Vec<String>,
    pub attestations: u32,
    /// True when nothing is installed under this hash.
    pub is_denied: bool,
}

/// Somebody built a module too.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Attestation {
    pub member: Principal,
    pub commit: String,
    pub builder: String,
    pub result: ByteBuf,
    pub audit: Option<ByteBuf>,
    pub at_ns: u64,
    /// True when what came out is the module.
    pub is_equal: bool,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ModuleDetails {
    pub module: Module,
    /// In their order.
    pub chunks: Vec<ModuleChunk>,
    /// Its interface; empty when it publishes none.
    pub interface: String,
    pub attestations: Vec<Attestation>,
}

/// Modules by their hashes.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
pub struct ListModulesArgs {
    /// The `next` of the page before.
    pub after: Option<ByteBuf>,
    /// 1 to 50.
    pub limit: u32,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ModulePage {
    pub items: Vec<Module>,
    pub next: Option<ByteBuf>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct CalculateProgramHashArgs {
    /// As it would be installed, packed or plain.
    pub program: ByteBuf,
}

/// Hashes of a program.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ProgramHash {
    /// SHA-256 of the bytes: what a canister that runs them shows.
    pub hash: ByteBuf,
    pub packing: Packing,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct VerifyProgramHashArgs {
    pub program: ByteBuf,
    pub expected: ByteBuf,
}

/// Whether two hashes are the same.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ProgramCheck {
    /// None when no code runs, or none is known.
    pub expected: Option<ByteBuf>,
    pub found: Option<ByteBuf>,
    pub is_equal: bool,
}

/// How a check went.
#[derive(
    CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord,
)]
pub enum Verdict {
    Pass,
    /// People should know.
    Warn,
    /// It must not go on.
    Fail,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct AuditCheck {
    pub name: String,
    pub verdict: Verdict,
    pub detail: String,
}

/// What an audit found.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    pub proposal: u64,
    pub at_ns: u64,
    pub by: Principal,
    pub checks: Vec<AuditCheck>,
    /// True when none failed. It is asked again at execution.
    pub can_proceed: bool,
}

/// How a rehearsal came by its copies.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyWay {
    /// The network loaded the target's snapshot into the scratch canister.
    Loaded,
    /// Somebody downloaded the snapshot and uploaded it again.
    Carried,
}

/// The rehearsal of one canister.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct RehearsedCanister {
    pub target: Principal,
    /// The copy.
    pub scratch: Principal,
    pub module: ByteBuf,
    /// The state's digest before; none when the target worked meanwhile.
    pub digest_before: Option<ByteBuf>,
    pub digest_after: Option<ByteBuf>,
    pub schema_before: u32,
    pub schema_after: u32,
    pub records: u64,
    pub violations: u64,
    /// Calls it took to migrate.
    pub slices: u64,
    /// What the scratch canister spent on it.
    pub cycles: u128,
    /// Why it failed; empty when it did not.
    pub problem: String,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct RehearsalReport {
    pub proposal: u64,
    /// SHA-256 of the report: what a vote names.
    pub hash: ByteBuf,
    /// Of which payload.
    pub digest: ByteBuf,
    pub begun_at_ns: u64,
    pub ended_at_ns: Option<u64>,
    pub way: CopyWay,
    /// In the release's order.
    pub canisters: Vec<RehearsedCanister>,
    pub is_success: bool,
}
