//! Executions and their steps, targets, fleet snapshots.

use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::Placement;

/// What steps are for.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RunKind {
    /// They do what a proposal says.
    #[default]
    Execution,
    /// They try a release on copies.
    Rehearsal,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepState {
    Waiting,
    Begun,
    Done,
    Failed,
    /// It is not needed any more.
    Skipped,
}

/// One step on one canister.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// On which canister; of a rehearsal the target whose copy it is.
    pub target: Principal,
    /// Name of the step, such as `Install`.
    pub step: String,
    pub state: StepState,
    pub begun_at_ns: Option<u64>,
    pub ended_at_ns: Option<u64>,
    pub tries: u32,
    /// Why it failed last; empty when it did not.
    pub error: String,
    /// The fleet snapshot it is about; none for most steps.
    pub snapshot: Option<u64>,
}

/// Which way it goes.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Towards what was approved.
    Forward,
    /// Towards what was before.
    Back,
}

/// Why it goes back.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    HealthCheckFailed,
    ConnectionFailed,
    CriticalFunction,
    DataInconsistent,
    /// Members decided it while it was observed.
    Members,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GetExecutionArgs {
    pub proposal: u64,
    pub kind: RunKind,
}

/// The steps of a proposal.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    pub proposal: u64,
    pub kind: RunKind,
    /// Names the drain and the fleet snapshot.
    pub epoch: u64,
    pub direction: Direction,
    /// Those of the way back behind those of the way forward.
    pub steps: Vec<Step>,
    /// Place of the step whose turn it is; the number of steps when all are over.
    pub at: u32,
    pub trigger: Option<Trigger>,
    /// Why it goes back; empty when it does not.
    pub reason: String,
    /// Of the step in pieces.
    pub progress_done: u64,
    pub progress_total: u64,
    pub begun_at_ns: u64,
    pub ended_at_ns: Option<u64>,
    /// Until when the release is observed; none before the observation.
    pub observe_until_ns: Option<u64>,
    /// Not before then is the next step looked at.
    pub next_at_ns: Option<u64>,
}

/// What is not what was approved.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drift {
    /// It runs other code.
    Code,
    /// Somebody else controls it too.
    Controllers,
    /// The governor does not control it any more.
    Lost,
}

/// A canister under control.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub canister: Principal,
    pub placement: Placement,
    /// What runs, as far as the governor knows; none before it was looked at.
    pub module: Option<ByteBuf>,
    pub schema: u32,
    /// Who else controls it: nobody, after the hand-over.
    pub other_controllers: Vec<Principal>,
    /// None before it was looked at.
    pub seen_at_ns: Option<u64>,
    /// Since when its code or its controllers are not what was approved.
    pub drifted_since_ns: Option<u64>,
    /// What is not; none while all is.
    pub drift: Option<Drift>,
    pub adopted_at_ns: u64,
}

/// Names a target.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct TargetArgs {
    pub target: Principal,
}

/// The snapshot of one canister.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct CanisterSnapshot {
    pub target: Principal,
    /// The network's name for it.
    pub snapshot_id: ByteBuf,
    /// The code in it.
    pub module: ByteBuf,
    pub bytes: u64,
    pub at_ns: u64,
    pub schema: u32,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum SnapshotState {
    /// Not all of its parts are there.
    Partial,
    Complete,
    /// The release after it held.
    Good,
    Pruned,
}

/// Snapshots of several canisters, taken while all of them stood still.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct FleetSnapshot {
    pub id: u64,
    /// The proposal it was taken for.
    pub proposal: u64,
    pub at_ns: u64,
    pub canisters: Vec<CanisterSnapshot>,
    /// True keeps it until a proposal prunes it.
    pub pinned: bool,
    pub state: SnapshotState,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct SnapshotPage {
    pub items: Vec<FleetSnapshot>,
    pub next: Option<u64>,
}

/// Wants a release taken back while it is observed.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct RollbackReleaseArgs {
    pub proposal: u64,
    /// The digest of the proposal: what is taken back, and nothing else.
    pub digest: ByteBuf,
}
