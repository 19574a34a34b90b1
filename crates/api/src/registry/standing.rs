//! What other canisters ask about the people who call them.

use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::UserStatus;

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct GetStandingsArgs {
    /// 1–64, in the order of the answer.
    pub principals: Vec<Principal>,
}

/// A role that is effective now, and where.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HeldRole {
    /// `reviewer`, `program_manager`, `treasurer` and so on.
    pub role: String,
    /// Empty means everywhere.
    pub scope: String,
}

/// What the registry knows about one principal at the time of the query.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub principal: Principal,
    /// None when the principal is nobody's.
    pub user: Option<u64>,
    pub status: Option<UserStatus>,
    /// Those of the principal and those of its user. Empty while the user is not Active.
    pub roles: Vec<HeldRole>,
    /// SHA-256 of each wallet address that is not revoked, at most 20.
    pub wallets: Vec<ByteBuf>,
}
