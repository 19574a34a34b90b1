//! Applications and what they ask for.

use candid::{CandidType, Nat, Principal};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// One planned step of an application.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct MilestonePlan {
    pub amount_units: Nat,
    pub due_at_ns: u64,
    pub acceptance_criteria: String,
}

/// What an applicant asks for.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ApplicationContent {
    pub title: String,
    pub summary: String,
    /// 0 only in a draft.
    pub requested_units: Nat,
    /// SHA-256 of the full plan, 32 bytes.
    pub plan_hash: ByteBuf,
    /// Must sum to the request; none means one lump sum.
    pub milestones: Vec<MilestonePlan>,
    pub team: Vec<Principal>,
    pub links: Vec<String>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct SaveDraftArgs {
    pub program: u64,
    /// Draft to overwrite; none makes a new one.
    pub draft: Option<u64>,
    pub content: ApplicationContent,
    /// A manager may record an application on behalf of its author.
    pub applicant: Option<Principal>,
    pub idempotency_key: Option<String>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct SubmitApplicationArgs {
    pub program: u64,
    /// Draft this submission replaces.
    pub draft: Option<u64>,
    pub content: ApplicationContent,
    /// A manager may record an application on behalf of its author.
    pub applicant: Option<Principal>,
    pub idempotency_key: Option<String>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ReviseApplicationArgs {
    pub application: u64,
    pub content: ApplicationContent,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApplicationArgs {
    pub application: u64,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApplicationState {
    Draft,
    Submitted,
    UnderReview,
    Approved,
    Rejected,
    ChangesRequested,
    /// A rejection under appeal, waiting for reviewers disjoint from the first panel.
    Appealed,
    Withdrawn,
    Expired,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct AppealDecisionArgs {
    pub application: u64,
    /// SHA-256 of the grounds, 32 bytes.
    pub grounds_hash: ByteBuf,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Application {
    pub id: u64,
    pub program: u64,
    pub applicant: Principal,
    pub content: ApplicationContent,
    /// 1 at submission, one more for each revision.
    pub version: u32,
    pub state: ApplicationState,
    pub submitted_at_ns: Option<u64>,
    pub decided_at_ns: Option<u64>,
    pub grant: Option<u64>,
}

/// A row of an application list.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ApplicationRow {
    pub id: u64,
    pub program: u64,
    pub applicant: Principal,
    pub title: String,
    pub requested_units: u128,
    pub state: ApplicationState,
    pub version: u32,
    pub submitted_at_ns: u64,
}

/// At most one of `program` (with or without `state`) and `applicant`.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
pub struct ListApplicationsArgs {
    pub program: Option<u64>,
    /// Needs `program`.
    pub state: Option<ApplicationState>,
    pub applicant: Option<Principal>,
    pub after: Option<u64>,
    pub limit: u32,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ApplicationPage {
    pub items: Vec<ApplicationRow>,
    pub next: Option<u64>,
}
