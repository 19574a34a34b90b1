//! Reviews and declarations of interest.

use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

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

/// The reviews and declarations of one application.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ReviewFile {
    pub reviews: Vec<Review>,
    pub declarations: Vec<ConflictDeclaration>,
    /// Reviewers who could still review the current version.
    pub eligible_reviewers: u32,
    pub min_reviews: u32,
}
