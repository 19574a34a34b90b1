//! A proposal's head, and the votes on it.

use granary_stable::record::Record;
use minicbor::{Decode, Encode};

use crate::types::{Hash, Principal, ProposalState, Timestamp};

/// Where a proposal stands. What it would do stands in its payload.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ProposalV1 {
    /// Who proposed it.
    #[cbor(n(0), with = "granary_kernel::cbor::principal")]
    pub proposer: Principal,
    /// When.
    #[n(1)]
    pub created_at: Timestamp,
    /// SHA-256 of the payload: what is approved.
    #[cbor(n(2), with = "granary_kernel::cbor::hash")]
    pub digest: Hash,
    /// The epoch it was made in: in another one it is stale (V2, X3).
    #[n(3)]
    pub epoch: u64,
    /// Where it stands.
    #[n(4)]
    pub state: ProposalState,
    /// Since when.
    #[n(5)]
    pub since: Timestamp,
    /// When the state ends by itself: discussion, vote, timelock, execution window, preparation.
    #[n(6)]
    pub until: Option<Timestamp>,
    /// When the vote ends; none before it began. Reaching the threshold once more needs time left.
    #[n(7)]
    pub voting_ends: Option<Timestamp>,
    /// From when on it may be executed; none unless enough approve now (V3).
    #[n(8)]
    pub eta: Option<Timestamp>,
    /// Hash of the rehearsal that is voted on.
    #[cbor(n(9), with = "granary_kernel::cbor::opt_hash", has_nil)]
    pub rehearsal: Option<Hash>,
    /// When it was made.
    #[n(10)]
    pub rehearsed_at: Option<Timestamp>,
    /// True when it failed: then one more must approve, and the wait is the longest (V11).
    #[n(11)]
    pub rehearsal_failed: bool,
    /// Votes cast so far, changed ones included.
    #[n(12)]
    pub votes: u32,
    /// When enough approved for the first time.
    #[n(13)]
    pub approved_at: Option<Timestamp>,
    /// When its execution began.
    #[n(14)]
    pub started_at: Option<Timestamp>,
    /// When it was over.
    #[n(15)]
    pub ended_at: Option<Timestamp>,
    /// Why it ended, in a sentence; empty while it has not, or when its state says it all.
    #[n(16)]
    pub reason: String,
    /// Name of its kind.
    #[n(17)]
    pub kind: String,
    /// One line.
    #[n(18)]
    pub title: String,
}

/// The head in its newest shape.
pub type Proposal = ProposalV1;

impl Record for ProposalV1 {
    const NAME: &'static str = "proposal";
    const VERSION: u8 = 1;
}

/// What somebody said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Ballot {
    /// Yes.
    #[n(0)]
    Approve,
    /// No.
    #[n(1)]
    Reject,
    /// Took back what was said.
    #[n(2)]
    Revoked,
}

/// The newest word of one member about one proposal.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct VoteV1 {
    /// What.
    #[n(0)]
    pub ballot: Ballot,
    /// When.
    #[n(1)]
    pub at: Timestamp,
    /// In which epoch.
    #[n(2)]
    pub epoch: u64,
    /// Of which payload.
    #[cbor(n(3), with = "granary_kernel::cbor::hash")]
    pub digest: Hash,
    /// After which rehearsal.
    #[cbor(n(4), with = "granary_kernel::cbor::opt_hash", has_nil)]
    pub rehearsal: Option<Hash>,
    /// It counts until then.
    #[n(5)]
    pub expires_at: Timestamp,
}

/// The vote in its newest shape.
pub type Vote = VoteV1;

impl Record for VoteV1 {
    const NAME: &'static str = "vote";
    const VERSION: u8 = 1;
}
