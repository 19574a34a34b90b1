//! Spending programmes: people apply, reviewers decide, milestones and streams release money.
//!
//! Amounts (`_units`) are in the smallest unit of the canister's asset. In arguments they are
//! [`Nat`], so that a number of any size gets a typed refusal; in replies they fit 128 bits.

use candid::{CandidType, Nat, Principal};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::common::{Mode, Profile};

/// The asset every programme of one canister spends.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// 1–12 characters, such as `ckUSDC`.
    pub symbol: String,
    /// Decimal places of the smallest unit, at most 18.
    pub decimals: u8,
    /// Ledger that holds it; none until payments are wired.
    pub ledger: Option<Principal>,
}

/// What a principal may do beyond its own applications.
#[derive(
    CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord,
)]
pub enum Role {
    /// Creates and runs programmes; cannot decide an application alone.
    ProgramManager,
    /// Releases payouts above a programme's threshold.
    Treasurer,
    Auditor,
    Operator,
    /// Reads and restores logical backups.
    Backup,
    /// The code's constitution: roles, modes, drain, migrations.
    Governor,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct RoleGrant {
    pub role: Role,
    pub holder: Principal,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum InstallArgs {
    Init(InitArgs),
    Upgrade(UpgradeArgs),
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct InitArgs {
    pub governor: Principal,
    pub roles: Vec<RoleGrant>,
    pub profile: Profile,
    pub asset: Asset,
    /// Applications the canister accepts in total; none means the code's bound.
    pub max_applications: Option<u64>,
}

/// Absent fields stay as they are.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
pub struct UpgradeArgs {
    pub max_applications: Option<u64>,
    pub mode: Option<Mode>,
    /// The upgrade traps, and so leaves everything as it was, unless the stored state has this
    /// schema before it.
    pub expected_schema: Option<u32>,
}

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

/// A reviewer's relation to an application; only `None` may review.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conflict {
    None,
    Financial,
    Employment,
    Personal,
    Other,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct DeclareConflictArgs {
    pub application: u64,
    pub conflict: Conflict,
    /// SHA-256 of the reviewer's note, 32 bytes.
    pub note_hash: Option<ByteBuf>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recommendation {
    Approve,
    Reject,
    Changes,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct SubmitReviewArgs {
    pub application: u64,
    /// One score for each dimension of the rubric, in its order.
    pub scores: Vec<u32>,
    pub recommendation: Recommendation,
    /// SHA-256 of the rationale, 32 bytes.
    pub rationale_hash: Option<ByteBuf>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct AppealDecisionArgs {
    pub application: u64,
    /// SHA-256 of the grounds, 32 bytes.
    pub grounds_hash: ByteBuf,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Review {
    pub reviewer: Principal,
    pub version: u32,
    /// 0 for the first panel, 1 after an appeal.
    pub panel: u32,
    pub scores: Vec<u32>,
    pub score_bps: u32,
    pub recommendation: Recommendation,
    pub rationale_hash: Option<ByteBuf>,
    pub at_ns: u64,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ConflictDeclaration {
    pub reviewer: Principal,
    pub conflict: Conflict,
    pub note_hash: Option<ByteBuf>,
    pub at_ns: u64,
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

/// The reviews and declarations of one application.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ReviewFile {
    pub reviews: Vec<Review>,
    pub declarations: Vec<ConflictDeclaration>,
    /// Reviewers who could still review the current version.
    pub eligible_reviewers: u32,
    pub min_reviews: u32,
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

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ProgramPage {
    pub items: Vec<Program>,
    pub next: Option<u64>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantState {
    Offered,
    /// Accepted while the challenge window is still open.
    Accepted,
    Active,
    Suspended,
    AtRisk,
    NoticeGiven,
    Completed,
    Terminated,
    Lapsed,
}

/// How the award is released.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum GrantMode {
    LumpSum,
    Milestones,
    Stream(StreamTerms),
}

/// Linear release between start and end; nothing before the cliff.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamTerms {
    pub start_ns: u64,
    pub cliff_ns: u64,
    pub end_ns: u64,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum MilestoneState {
    Planned,
    Overdue,
    Submitted,
    Returned,
    Accepted,
    PayoutQueued,
    Paid,
    Cancelled,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    pub uri: String,
    /// 32 bytes.
    pub sha256: ByteBuf,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Milestone {
    pub index: u32,
    pub amount_units: u128,
    pub due_at_ns: u64,
    pub acceptance_criteria: String,
    pub evidence: Vec<Evidence>,
    pub state: MilestoneState,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayoutState {
    /// Waiting for `execution`; no money has moved.
    Queued,
    Sent,
    Settled,
    Failed,
    Quarantined,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Payout {
    pub id: u64,
    pub grant: u64,
    pub milestone: Option<u32>,
    pub amount_units: u128,
    pub state: PayoutState,
    pub queued_at_ns: u64,
    /// Transfer intent of `execution` that carries it.
    pub intent: Option<u64>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub id: u64,
    pub application: u64,
    pub program: u64,
    pub grantee: Principal,
    pub award_units: u128,
    pub mode: GrantMode,
    pub paid_units: u128,
    /// Queued and not yet settled.
    pub queued_units: u128,
    /// Released by the stream so far.
    pub vested_units: u128,
    pub state: GrantState,
    pub stream_paused: bool,
    pub milestones: Vec<Milestone>,
    pub offered_at_ns: u64,
    /// When the challenge window ends.
    pub active_at_ns: u64,
    pub last_activity_ns: u64,
    pub notice_until_ns: Option<u64>,
    pub notice_reply_hash: Option<ByteBuf>,
    pub progress_reports: u32,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct GrantRow {
    pub id: u64,
    pub application: u64,
    pub program: u64,
    pub grantee: Principal,
    pub award_units: u128,
    pub paid_units: u128,
    pub state: GrantState,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct GrantPage {
    pub items: Vec<GrantRow>,
    pub next: Option<u64>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct PayoutPage {
    pub items: Vec<Payout>,
    pub next: Option<u64>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
pub struct ListGrantsArgs {
    pub program: Option<u64>,
    pub after: Option<u64>,
    pub limit: u32,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrantArgs {
    pub grant: u64,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct SubmitMilestoneArgs {
    pub grant: u64,
    pub index: u32,
    pub evidence: Vec<Evidence>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ReviewMilestoneArgs {
    pub grant: u64,
    pub index: u32,
    pub accept: bool,
    /// SHA-256 of the reviewer's note, 32 bytes.
    pub note_hash: Option<ByteBuf>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct RequestPayoutArgs {
    pub grant: u64,
    /// The accepted milestone; none for a lump sum.
    pub milestone: Option<u32>,
    pub idempotency_key: Option<String>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct StartStreamArgs {
    pub grant: u64,
    pub terms: StreamTerms,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct PauseStreamArgs {
    pub grant: u64,
    /// False lets it run again; the end moves by the length of the pause.
    pub paused: bool,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ReasonArgs {
    pub grant: u64,
    /// SHA-256 of the written reason or reply, 32 bytes.
    pub reason_hash: ByteBuf,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ProgressReportArgs {
    pub grant: u64,
    pub summary: String,
    pub evidence: Vec<Evidence>,
}

/// The eight figures of the canister; each equals a recomputation from the applications.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct CanisterMetrics {
    /// Applications ever submitted; drafts do not count.
    pub total_applications: u64,
    pub approved_applications: u64,
    pub rejected_applications: u64,
    pub total_requested_units: u128,
    pub total_approved_units: u128,
    /// Mean time from submission to decision, over decided applications.
    pub average_processing_ns: u64,
    pub last_updated_ns: u64,
    pub version: String,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct SetRoleArgs {
    pub role: Role,
    pub holder: Principal,
    pub granted: bool,
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
