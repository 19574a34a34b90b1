//! Programmes, their terms, budgets and reports.

use candid::{CandidType, Nat, Principal};
use serde::{Deserialize, Serialize};

use super::{applications::ApplicationState, install::Asset};

/// `Draft → Open ⇄ Paused → Closing → Closed`.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgramState {
    Draft,
    Open,
    Paused,
    /// No new applications; running grants go on.
    Closing,
    Closed,
}

/// One axis of the rubric.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Dimension {
    pub name: String,
    pub min: u32,
    pub max: u32,
    /// Weights of a rubric sum to 10,000.
    pub weight_bps: u32,
}

/// When enough eligible reviews exist, an application is approved if both bounds are met.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApprovalRule {
    /// Share of counted reviews that must recommend approval.
    pub min_approvals_bps: u32,
    /// Weighted mean score, 0 at every dimension's minimum and 10,000 at every maximum.
    pub min_score_bps: u32,
}

/// What a manager may set in a programme. Bounds change only while it is a draft or paused.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ProgramTerms {
    pub title: String,
    pub budget_units: Nat,
    pub min_grant_units: Nat,
    pub max_grant_units: Nat,
    /// Bound on the open requests and awards of one applicant.
    pub per_applicant_cap_units: Nat,
    pub max_applications: u64,
    /// The trustees who may review.
    pub reviewers: Vec<Principal>,
    pub min_reviews: u32,
    pub approval_rule: ApprovalRule,
    pub rubric: Vec<Dimension>,
    pub review_window_ns: u64,
    pub appeal_window_ns: u64,
    pub challenge_window_ns: u64,
    /// A grant without a sign of life for so long is at risk.
    pub inactivity_ns: u64,
    /// A payout above this amount must be requested by the treasurer.
    pub treasurer_above_units: Nat,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct CreateProgramArgs {
    pub terms: ProgramTerms,
    /// The principals who run this programme, besides its creator.
    pub managers: Vec<Principal>,
    pub idempotency_key: Option<String>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct UpdateProgramArgs {
    pub program: u64,
    pub terms: ProgramTerms,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProgramArgs {
    pub program: u64,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Program {
    pub id: u64,
    pub terms: ProgramTerms,
    pub asset: Asset,
    pub managers: Vec<Principal>,
    pub state: ProgramState,
    pub created_at_ns: u64,
    pub applications: u64,
}

/// `budget == available + committed + paid`, always.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    pub program: u64,
    pub asset: Asset,
    pub budget_units: u128,
    pub available_units: u128,
    pub committed_units: u128,
    pub paid_units: u128,
    pub queued_payouts: u64,
    pub queued_units: u128,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ProgramPage {
    pub items: Vec<Program>,
    pub next: Option<u64>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExportReportArgs {
    pub program: u64,
    pub after: Option<u64>,
    pub limit: u32,
}

/// A row of the programme's public report.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ReportRow {
    pub application: u64,
    pub applicant: Principal,
    pub title: String,
    pub requested_units: u128,
    pub state: ApplicationState,
    pub submitted_at_ns: u64,
    pub decided_at_ns: Option<u64>,
    pub award_units: u128,
    pub paid_units: u128,
    pub milestones_accepted: u32,
    pub milestones_total: u32,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ReportPage {
    pub items: Vec<ReportRow>,
    pub next: Option<u64>,
}
