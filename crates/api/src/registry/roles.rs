//! What people may do in the suite: grants that wait, take effect, need signs of life, and end.

use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};

/// The roles of people. Standings carry their names in lower case, as `program_manager`.
#[derive(
    CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord,
)]
pub enum PersonRole {
    Member,
    Reviewer,
    ProgramManager,
    Strategist,
    Approver,
    RiskSteward,
    Treasurer,
    Guardian,
    Auditor,
    Operator,
}

/// Who holds a grant.
#[derive(
    CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord,
)]
pub enum Holder {
    User(u64),
    /// One identity, whether or not it is somebody's.
    Principal(Principal),
}

#[derive(
    CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord,
)]
pub enum GrantState {
    /// Waits for its time.
    Granted,
    Effective,
    /// Over its time, or without a sign of life for too long.
    Expired,
    Revoked,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct RoleGrant {
    pub id: u64,
    pub role: PersonRole,
    pub holder: Holder,
    /// Where it holds; empty means everywhere.
    pub scope: String,
    pub granted_by: Principal,
    pub granted_at_ns: u64,
    pub effective_at_ns: u64,
    pub expires_at_ns: u64,
    /// The last sign of life; the grant itself is the first.
    pub last_heartbeat_ns: u64,
    /// It lapses then unless there is another sign of life; none for roles that need none.
    pub heartbeat_due_ns: Option<u64>,
    /// At the time of the query.
    pub state: GrantState,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct GrantRoleArgs {
    pub role: PersonRole,
    pub holder: Holder,
    /// At most 64 bytes.
    pub scope: String,
    /// None is as early as the role allows.
    pub effective_at_ns: Option<u64>,
    pub expires_at_ns: u64,
    pub idempotency_key: Option<String>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrantArgs {
    pub grant: u64,
}

/// Grants by number; of one holder only those that have not ended.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GetRolesArgs {
    pub holder: Option<Holder>,
    pub after: Option<u64>,
    pub limit: u32,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct RoleGrantPage {
    pub items: Vec<RoleGrant>,
    pub next: Option<u64>,
}
