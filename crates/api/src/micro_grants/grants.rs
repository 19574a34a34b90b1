//! Awards: milestones, streams, payouts and what keeps a grant alive.

use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

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
    /// How often it failed for good; each time it is handed over again it is another intent.
    pub failures: u32,
    /// Why it stands where it stands, when something keeps it there.
    pub reason: Option<String>,
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

/// A reason is wanted and may be left out when there is none beyond the outcome.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ReinstateGrantArgs {
    pub grant: u64,
    /// SHA-256 of the written reason, 32 bytes.
    pub reason_hash: Option<ByteBuf>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayoutArgs {
    pub payout: u64,
}
