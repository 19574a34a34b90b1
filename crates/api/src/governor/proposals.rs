//! Proposals, and the votes on them.

use candid::{CandidType, Nat, Principal};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{Escalation, MemberSpec, Method, Release, Rules};
use crate::execution::ResolveQuarantineArgs;
use crate::risk_guard::{ArmSeatArgs, PolicyChange};

/// Where a canister stands in a release.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// The name the suite gives it.
    pub name: String,
    /// 1 core data, 2 agents, 3 frontend; a phase begins when the one before is proven.
    pub phase: u8,
    /// Place within the phase.
    pub order: u8,
    /// Names of the canisters it calls.
    pub dependencies: Vec<String>,
}

/// Settings of a canister; what is absent stays. Controllers are not among them.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
pub struct CanisterSettings {
    /// Percent of a core; 0 to 100.
    pub compute_allocation: Option<u8>,
    /// Bytes that are set aside.
    pub memory_allocation_bytes: Option<u64>,
    /// Seconds of idling the balance must cover; at least 30 days.
    pub freezing_threshold_seconds: Option<u64>,
    /// Largest balance of reserved cycles.
    pub reserved_cycles_limit: Option<Nat>,
    /// Largest main memory.
    pub wasm_memory_limit_bytes: Option<u64>,
    /// The hook for low memory runs below so many bytes.
    pub wasm_memory_threshold_bytes: Option<u64>,
    /// True makes the log public; false shows it to controllers only.
    pub public_logs: Option<bool>,
    /// True makes the list of snapshots public.
    pub public_snapshots: Option<bool>,
}

/// A typed call of a target.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct RegisteredCall {
    pub target: Principal,
    /// On the list of registered methods.
    pub method: String,
    /// The encoded argument, at most 64 KiB.
    pub arg: ByteBuf,
}

/// What a proposal would do.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// Installs new code.
    UpgradeRelease(Release),
    /// Restores a fleet snapshot: all of its canisters, or none.
    Rollback {
        snapshot: u64,
    },
    /// Takes a snapshot of the targets, all of one moment. A pinned one is kept until a proposal
    /// prunes it.
    TakeFleetSnapshot {
        targets: Vec<Principal>,
        pinned: bool,
    },
    /// Deletes a fleet snapshot.
    PruneSnapshot {
        snapshot: u64,
    },
    /// Replaces the list of members, and says how many approve from then on.
    ChangeMembers {
        members: Vec<MemberSpec>,
        threshold: u32,
    },
    /// Replaces the rules; a shorter delay waits for the difference. An absent list stays.
    ChangeConfig {
        rules: Rules,
        methods: Option<Vec<Method>>,
        escalation: Option<Escalation>,
    },
    ChangeCanisterSettings {
        target: Principal,
        settings: CanisterSettings,
    },
    /// Approves a batch of assets of the frontend by its evidence.
    AssetRelease {
        target: Principal,
        batch: u64,
        evidence: ByteBuf,
    },
    /// Arms a guardian's seat at `risk_guard`.
    ArmGuardianSeat(ArmSeatArgs),
    /// Proposes a change of the policy at `risk_guard`: what loosens waits there once more.
    ApplyRiskPolicy(PolicyChange),
    /// Says at `execution` what became of an intent in quarantine.
    ResolveQuarantine(ResolveQuarantineArgs),
    CallRegisteredMethod(RegisteredCall),
    /// Takes control of a canister of which the governor is a controller already.
    AdoptCanister {
        target: Principal,
        placement: Placement,
    },
    /// Gives control of a canister away.
    ReleaseControl {
        target: Principal,
        to: Principal,
    },
    /// Replaces the committee of the recovery canister.
    ChangeRecoveryCommittee {
        members: Vec<Principal>,
        quorum: u32,
    },
    /// Denies modules by their hashes, for ever.
    DenyModules {
        modules: Vec<ByteBuf>,
    },
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct CreateProposalArgs {
    /// 1–120 bytes.
    pub title: String,
    /// What and why, 1–4096 bytes.
    pub description: String,
    pub payload: Payload,
    pub idempotency_key: Option<String>,
}

/// Names a proposal.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProposalArgs {
    pub proposal: u64,
}

/// A member approves or rejects what it saw: anything else is refused.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct VoteArgs {
    pub proposal: u64,
    /// The digest of the proposal.
    pub digest: ByteBuf,
    /// The epoch of the proposal.
    pub epoch: u64,
    /// Hash of the rehearsal's report; none where there is none.
    pub rehearsal: Option<ByteBuf>,
}

/// Stops a proposal, or takes it back.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct EndProposalArgs {
    pub proposal: u64,
    /// 1–4096 bytes.
    pub reason: String,
}

/// Where a proposal stands.
#[derive(
    CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord,
)]
pub enum ProposalState {
    /// A release whose modules are not all here yet.
    Draft,
    Staged,
    Audited,
    Rehearsed,
    /// People read and talk; nobody votes yet.
    Discussion,
    Voting,
    /// Approved by enough; waits for its eta.
    Timelocked,
    /// May be executed until its window ends.
    Ready,
    Executing,
    /// Executed and watched.
    Observing,
    RollingBack,
    Completed,
    /// Tried, and nothing of it remains.
    RolledBack,
    /// Tried, and the way back failed too: an incident is open.
    RollbackFailed,
    Rejected,
    Cancelled,
    Vetoed,
    Expired,
    /// Members, rules or code are no longer those it was made for.
    Stale,
}

/// What the words about a proposal come to.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Members whose approval counts.
    pub approving: u32,
    /// Their weight; their number where weights do not count.
    pub weight: u64,
    /// Members whose rejection counts.
    pub rejecting: u32,
    /// Weight of everybody who may still approve.
    pub reachable: u64,
    pub needed: u64,
    pub is_enough: bool,
}

/// The head of a proposal, as it stands now.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    pub id: u64,
    /// Name of the payload's case.
    pub kind: String,
    pub title: String,
    pub proposer: Principal,
    pub created_at_ns: u64,
    /// SHA-256 of the payload and the number: what is approved.
    pub digest: ByteBuf,
    /// The epoch it was made in; in another one it is stale.
    pub epoch: u64,
    pub state: ProposalState,
    pub since_ns: u64,
    /// When the state ends by itself.
    pub until_ns: Option<u64>,
    pub voting_ends_ns: Option<u64>,
    /// From when on it may be executed; none unless enough approve now.
    pub eta_ns: Option<u64>,
    /// Hash of the rehearsal that is voted on.
    pub rehearsal: Option<ByteBuf>,
    pub rehearsed_at_ns: Option<u64>,
    /// True: one more must approve, and the wait is the longest.
    pub rehearsal_failed: bool,
    pub tally: Tally,
    pub approved_at_ns: Option<u64>,
    pub started_at_ns: Option<u64>,
    pub ended_at_ns: Option<u64>,
    /// Why it ended; empty while it has not, or when its state says it all.
    pub reason: String,
}

/// What somebody said.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ballot {
    Approve,
    Reject,
    /// Took back what was said.
    Revoked,
}

/// The newest word of one member.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Vote {
    pub member: Principal,
    pub ballot: Ballot,
    pub at_ns: u64,
    pub epoch: u64,
    /// After which rehearsal.
    pub rehearsal: Option<ByteBuf>,
    /// It counts until then.
    pub expires_at_ns: u64,
    /// True when it counts now.
    pub counts: bool,
}

/// A proposal with what it would do, and what members said.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ProposalDetails {
    pub proposal: Proposal,
    pub description: String,
    pub payload: Payload,
    /// By member.
    pub votes: Vec<Vote>,
}

/// Where a proposal stands, and what it waits for.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ProposalStatus {
    pub proposal: u64,
    pub state: ProposalState,
    pub since_ns: u64,
    pub until_ns: Option<u64>,
    pub eta_ns: Option<u64>,
    pub tally: Tally,
    /// What it waits for, in a sentence.
    pub waits_for: String,
}

/// Which proposals a page lists.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProposalFilter {
    #[default]
    All,
    /// Those something still happens to.
    Open,
}

/// Newest first.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListProposalsArgs {
    pub filter: ProposalFilter,
    pub after: Option<u64>,
    /// 1 to 50. A filtered page may be shorter and still have a next one.
    pub limit: u32,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ProposalPage {
    pub items: Vec<Proposal>,
    pub next: Option<u64>,
}

/// One line of a rendering.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct RenderedLine {
    pub label: String,
    pub value: String,
}

/// A proposal in plain words, made from its stored payload alone.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Rendering {
    pub proposal: u64,
    /// SHA-256 of the payload and the number.
    pub digest: ByteBuf,
    /// What it causes, in a sentence.
    pub summary: String,
    pub lines: Vec<RenderedLine>,
}
