//! Users and their identities.

use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};

/// `Pending → Active ⇄ Suspended → Closed`.
#[derive(
    CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord,
)]
pub enum UserStatus {
    /// Waits for admission, or for the invited identity to accept.
    Pending,
    Active,
    /// May do nothing until reactivated.
    Suspended,
    /// For ever; its identities are free again.
    Closed,
}

/// An identity that was asked to join a user and has not answered.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkProposal {
    pub identity: Principal,
    pub proposed_by: Principal,
    pub expires_at_ns: u64,
}

/// Somebody the suite knows.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub id: u64,
    /// One to five, in order of their link; the earlier may unlink the later.
    pub identities: Vec<Principal>,
    pub proposals: Vec<LinkProposal>,
    pub display_name: String,
    pub status: UserStatus,
    pub risk_profile: u64,
    pub created_at_ns: u64,
    /// One more with each change.
    pub version: u64,
    pub wallets: u32,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct RegisterUserArgs {
    /// 1–64 bytes.
    pub display_name: String,
    /// The identity a registrar invites; none registers the caller.
    pub identity: Option<Principal>,
    pub idempotency_key: Option<String>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserArgs {
    pub user: u64,
}

/// A change of somebody's status, and why.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct UserReasonArgs {
    pub user: u64,
    /// 1–200 bytes; its hash is kept in the journal.
    pub reason: String,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdentityArgs {
    pub identity: Principal,
}

/// The caller's own user is meant unless a registrar or compliance names another.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnlinkIdentityArgs {
    pub identity: Principal,
    pub user: Option<u64>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListUsersArgs {
    /// Only these, in order of when they came into the status; none lists all by number.
    pub status: Option<UserStatus>,
    pub after: Option<u64>,
    pub limit: u32,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct UserPage {
    pub items: Vec<User>,
    pub next: Option<u64>,
}
