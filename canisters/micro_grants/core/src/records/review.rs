//! What reviewers say: declarations of conflict and reviews, both immutable facts.

use minicbor::{Decode, Encode};

use crate::types::{Hash, Timestamp};

/// A reviewer's relation to an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Conflict {
    /// None: may review.
    #[n(0)]
    None,
    /// Money.
    #[n(1)]
    Financial,
    /// Work.
    #[n(2)]
    Employment,
    /// Kin, friends, quarrels.
    #[n(3)]
    Personal,
    /// Something else.
    #[n(4)]
    Other,
}

impl Conflict {
    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Financial => "Financial",
            Self::Employment => "Employment",
            Self::Personal => "Personal",
            Self::Other => "Other",
        }
    }
}

/// What a reviewer wants to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Recommendation {
    /// Fund it.
    #[n(0)]
    Approve,
    /// Do not.
    #[n(1)]
    Reject,
    /// Not like this.
    #[n(2)]
    Changes,
}

impl Recommendation {
    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Approve => "Approve",
            Self::Reject => "Reject",
            Self::Changes => "Changes",
        }
    }
}

/// One reviewer's statement about conflicts; clearing can become a recusal, never the reverse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct DeclarationV1 {
    /// The relation.
    #[n(0)]
    pub conflict: Conflict,
    /// SHA-256 of the reviewer's note.
    #[cbor(n(1), with = "granary_kernel::cbor::opt_hash", has_nil)]
    pub note_hash: Option<Hash>,
    /// When.
    #[n(2)]
    pub at: Timestamp,
}

/// A declaration in its newest shape.
pub type Declaration = DeclarationV1;

/// One reviewer's judgement of one version before one panel.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ReviewV1 {
    /// One score for each dimension of the rubric, in its order.
    #[n(0)]
    pub scores: Vec<u32>,
    /// Weighted mean, 0 at every minimum and 10,000 at every maximum.
    #[n(1)]
    pub score_bps: u32,
    /// What should happen.
    #[n(2)]
    pub recommendation: Recommendation,
    /// SHA-256 of the rationale.
    #[cbor(n(3), with = "granary_kernel::cbor::opt_hash", has_nil)]
    pub rationale_hash: Option<Hash>,
    /// When.
    #[n(4)]
    pub at: Timestamp,
}

/// A review in its newest shape.
pub type Review = ReviewV1;
