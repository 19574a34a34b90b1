//! Incidents, and the page that shows the whole system.

use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};

use super::{Escalation, Execution, Proposal, Target};

/// What people are at.
#[derive(
    CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord,
)]
pub enum IncidentPhase {
    /// Stop it from growing.
    ImmediateActions,
    /// Find out.
    Assessment,
    /// Repair.
    Recovery,
    /// Learn.
    PostIncident,
    Closed,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct OpenIncidentArgs {
    /// 1–120 bytes.
    pub title: String,
    /// What is known, 1–4096 bytes.
    pub text: String,
    /// The proposal it came from.
    pub proposal: Option<u64>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct UpdateIncidentArgs {
    pub incident: u64,
    /// The present one, or a later one.
    pub phase: IncidentPhase,
    /// 1–4096 bytes.
    pub text: String,
}

/// Names an incident.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct IncidentArgs {
    pub incident: u64,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct IncidentNote {
    pub phase: IncidentPhase,
    pub at_ns: u64,
    pub by: Principal,
    pub text: String,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    pub id: u64,
    pub title: String,
    pub phase: IncidentPhase,
    pub opened_at_ns: u64,
    pub proposal: Option<u64>,
    /// Oldest first.
    pub notes: Vec<IncidentNote>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct IncidentPage {
    pub items: Vec<Incident>,
    pub next: Option<u64>,
}

/// How many proposals are in a state.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct StateCount {
    pub state: super::ProposalState,
    pub count: u64,
}

/// The whole system on one page.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Dashboard {
    pub at_ns: u64,
    pub epoch: u64,
    pub members: u32,
    /// Members who may approve and showed a sign in time.
    pub approvers_live: u32,
    pub threshold: u32,
    pub proposals: Vec<StateCount>,
    /// Those something still happens to, newest first, at most 50.
    pub open_proposals: Vec<Proposal>,
    /// What changes canisters now.
    pub execution: Option<Execution>,
    pub targets: Vec<Target>,
    pub newest_snapshot_at_ns: Option<u64>,
    pub open_incidents: u64,
    pub escalation: Escalation,
}
