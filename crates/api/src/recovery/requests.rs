//! What the committee asks for, and what becomes of it.

use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{Committee, Delays};
use crate::common::HealthStatus;

/// What is done to the governor. Code is upgraded, never reinstalled.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    Install(Install),
    /// Takes the place of this canister's previous snapshot of the governor.
    Snapshot,
    Restore {
        snapshot_id: ByteBuf,
    },
    Start,
    RotateGovernorMembers(RotateMembersArgs),
}

/// New code over the present state.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Install {
    /// SHA-256 of the module's bytes; a packed module is installed as it is.
    pub wasm_hash: ByteBuf,
    /// SHA-256 of each staged chunk, in their order; 1 to 100.
    pub chunk_hashes: Vec<ByteBuf>,
    /// The encoded argument of the upgrade, at most 64 KiB.
    pub arg: ByteBuf,
}

/// The argument of the governor's `rotate_members`, which it takes from its recovery canister only.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct RotateMembersArgs {
    pub members: Vec<Principal>,
    pub threshold: u32,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct SubmitRequestArgs {
    pub operation: Operation,
    pub idempotency_key: Option<String>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ApproveRequestArgs {
    pub request: u64,
    /// Of the request, as `get_request` shows it.
    pub digest: ByteBuf,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestArgs {
    pub request: u64,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct StageWasmChunkArgs {
    /// 1 byte to 1 MiB.
    pub chunk: ByteBuf,
}

/// A chunk that was put before the governor.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct StagedChunk {
    /// SHA-256 of the chunk.
    pub hash: ByteBuf,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum RequestState {
    Open,
    /// Has its quorum.
    Ready {
        /// From then on it is executed.
        eta_ns: u64,
    },
    Executing {
        /// What must be true next, such as `Stop` or `Install`.
        step: String,
        lease_until_ns: u64,
    },
    Completed {
        at_ns: u64,
    },
    Failed {
        at_ns: u64,
        reason: String,
    },
    Expired {
        at_ns: u64,
    },
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    pub member: Principal,
    pub at_ns: u64,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub id: u64,
    pub operation: Operation,
    /// SHA-256 of a domain, the governor and the operation: what members approve.
    pub digest: ByteBuf,
    pub created_by: Principal,
    pub created_at_ns: u64,
    pub expires_at_ns: u64,
    pub approvals: Vec<Approval>,
    /// Approvals of people who are members now.
    pub counted: u32,
    pub state: RequestState,
    /// The snapshot its execution took.
    pub snapshot_id: Option<ByteBuf>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct RequestPage {
    pub items: Vec<Request>,
    pub next: Option<u64>,
}

/// Who decides about whom, and how long it takes.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct CommitteeInfo {
    /// The governor.
    pub target: Principal,
    pub committee: Committee,
    pub delays: Delays,
}

/// What was seen of the governor, and what was done to it.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct RecoveryStatus {
    pub target: Principal,
    /// Its newest health check; none before the first, and Critical when it did not answer.
    pub last_seen: Option<HealthStatus>,
    pub last_seen_ns: u64,
    /// Since when its health checks fail in a row.
    pub failing_since_ns: Option<u64>,
    /// True when it has failed for so long that the delay falls away.
    pub is_outage: bool,
    /// The request being executed.
    pub running: Option<u64>,
    /// The request whose execution ended last, and when.
    pub last_execution: Option<u64>,
    pub last_execution_ns: u64,
    /// The newest snapshot this canister took of the governor.
    pub snapshot_id: Option<ByteBuf>,
}
