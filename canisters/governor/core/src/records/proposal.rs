//! A proposal: a fixed row with everything a vote reads, and the words of members about it, each a
//! fixed row too.

use granary_kernel::row::{RowReader, RowWriter, damaged, number};
use granary_stable::blobs::Extent;
use granary_stable::bytes::{Reader, Writer};
use granary_stable::slots::Slot;

use crate::types::{Hash, PayloadKind, Principal, ProposalId, ProposalState, Timestamp, VoteId};

/// Where a proposal stands. What it would do stands in its payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Who proposed it.
    pub proposer: Principal,
    /// When.
    pub created_at: Timestamp,
    /// SHA-256 of the payload: what is approved.
    pub digest: Hash,
    /// The epoch it was made in: in another one it is stale (V2, X3).
    pub epoch: u64,
    /// Where it stands.
    pub state: ProposalState,
    /// Since when.
    pub since: Timestamp,
    /// When the state ends by itself: discussion, vote, timelock, execution window, preparation.
    pub until: Option<Timestamp>,
    /// When the vote ends; none before it began. Reaching the threshold once more needs time left.
    pub voting_ends: Option<Timestamp>,
    /// From when on it may be executed; none unless enough approve now (V3).
    pub eta: Option<Timestamp>,
    /// Hash of the rehearsal that is voted on.
    pub rehearsal: Option<Hash>,
    /// When it was made.
    pub rehearsed_at: Option<Timestamp>,
    /// True when it failed: then one more must approve, and the wait is the longest (V11).
    pub rehearsal_failed: bool,
    /// Votes cast so far, changed ones included.
    pub votes: u32,
    /// When enough approved for the first time.
    pub approved_at: Option<Timestamp>,
    /// When its execution began.
    pub started_at: Option<Timestamp>,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
    /// Why it ended, in a sentence; empty while it has not, or when its state says it all.
    pub reason: String,
    /// What its payload does.
    pub kind: PayloadKind,
    /// One line, the payload's.
    pub title: String,
}

/// What the store keeps beside a proposal's head.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProposalLinks {
    /// Its payload among the bodies.
    pub payload: Extent,
    /// The reason of its end among the bodies; empty without one.
    pub reason: Extent,
    /// Who spoke last for the first time.
    pub newest_vote: Option<VoteId>,
}

/// The stored row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposalRow {
    /// What rules read and write; its reason is empty, for it stands among the bodies.
    pub head: Proposal,
    /// What the store keeps.
    pub links: ProposalLinks,
}

/// Where a row says in which state the proposal is.
pub(crate) const STATE_AT: u32 = 1;
/// Where a row says who proposed it.
pub(crate) const PROPOSER_AT: u32 = 4;
/// Longest title, and its length.
const TITLE_BYTES: u8 = 120;
const TITLE_SIZE: u32 = 121;
/// The title is the last thing in a row: what it does not fill is never touched.
const TITLE_AT: u32 = ProposalRow::SIZE - TITLE_SIZE;

impl Slot for ProposalRow {
    /// About a fifth is room to grow.
    const SIZE: u32 = 416;

    fn write(&self, out: &mut [u8]) {
        let Self { head, links } = self;
        let (fields, title) = out.split_at_mut(at(TITLE_AT));
        let mut row = RowWriter::new(fields, 1);
        row.u8(number(&ProposalState::ALL, &head.state))
            .u8(number(&PayloadKind::ALL, &head.kind))
            .u8(head.rehearsal_failed.into())
            .principal(&head.proposer)
            .time(head.created_at)
            .array(&head.digest)
            .u64(head.epoch)
            .time(head.since)
            .opt_time(head.until)
            .opt_time(head.voting_ends)
            .opt_time(head.eta)
            .opt_time(head.rehearsed_at)
            .u32(head.votes)
            .opt_time(head.approved_at)
            .opt_time(head.started_at)
            .opt_time(head.ended_at)
            .opt_id(links.newest_vote);
        put_opt_hash(&mut row, head.rehearsal);
        links.payload.write(row.raw());
        links.reason.write(row.raw());
        let text = head.title.as_bytes();
        let len = u8::try_from(text.len()).ok().filter(|len| *len <= TITLE_BYTES);
        Writer::new(title).u8(len.unwrap_or_else(damaged)).put(text);
    }

    fn read(bytes: &[u8]) -> Self {
        let (fields, title) = bytes.split_at(at(TITLE_AT));
        let mut row = RowReader::new(fields, 1, "a proposal row");
        let mut head = Proposal {
            state: row.case(&ProposalState::ALL),
            kind: row.case(&PayloadKind::ALL),
            rehearsal_failed: row.u8() != 0,
            proposer: row.principal(),
            created_at: row.time(),
            digest: row.hash(),
            epoch: row.u64(),
            since: row.time(),
            until: row.opt_time(),
            voting_ends: row.opt_time(),
            eta: row.opt_time(),
            rehearsed_at: row.opt_time(),
            votes: row.u32(),
            approved_at: row.opt_time(),
            started_at: row.opt_time(),
            ended_at: row.opt_time(),
            rehearsal: None,
            reason: String::new(),
            title: text(Reader::new(title).short(TITLE_BYTES)),
        };
        let newest_vote = row.opt_id();
        head.rehearsal = opt_hash(&mut row);
        let (payload, reason) = (Extent::read(row.raw()), Extent::read(row.raw()));
        Self { head, links: ProposalLinks { payload, reason, newest_vote } }
    }
}

/// What somebody said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ballot {
    /// Yes.
    Approve,
    /// No.
    Reject,
    /// Took back what was said.
    Revoked,
}

impl Ballot {
    /// Every ballot, in the order of the stored numbers.
    pub const ALL: [Self; 3] = [Self::Approve, Self::Reject, Self::Revoked];
}

/// The newest word of one member about one proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vote {
    /// What.
    pub ballot: Ballot,
    /// When.
    pub at: Timestamp,
    /// In which epoch.
    pub epoch: u64,
    /// Of which payload.
    pub digest: Hash,
    /// After which rehearsal.
    pub rehearsal: Option<Hash>,
    /// It counts until then.
    pub expires_at: Timestamp,
}

/// The stored row of a word: whose it is, about which proposal. The words about a proposal are a
/// chain, in the order in which members first spoke.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoteRow {
    /// About which proposal.
    pub proposal: ProposalId,
    /// Whose.
    pub member: Principal,
    /// The word.
    pub vote: Vote,
    /// Who had spoken about the proposal before.
    pub proposal_prev: Option<VoteId>,
}

/// Where a row says which row is before it, and behind that whose word it is.
pub(crate) const CHAIN_AT: u32 = 1;

impl Slot for VoteRow {
    /// About a fifth is room to grow.
    const SIZE: u32 = 160;

    fn write(&self, out: &mut [u8]) {
        let Self { proposal, member, vote, proposal_prev } = self;
        let mut row = RowWriter::new(out, 1);
        row.opt_id(*proposal_prev)
            .principal(member)
            .id(*proposal)
            .u8(number(&Ballot::ALL, &vote.ballot))
            .time(vote.at)
            .u64(vote.epoch)
            .array(&vote.digest)
            .time(vote.expires_at);
        put_opt_hash(&mut row, vote.rehearsal);
    }

    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 1, "a vote row");
        let (proposal_prev, member, proposal) = (row.opt_id(), row.principal(), row.id());
        let mut vote = Vote {
            ballot: row.case(&Ballot::ALL),
            at: row.time(),
            epoch: row.u64(),
            digest: row.hash(),
            expires_at: row.time(),
            rehearsal: None,
        };
        vote.rehearsal = opt_hash(&mut row);
        Self { proposal, member, vote, proposal_prev }
    }
}

fn put_opt_hash(row: &mut RowWriter<'_>, hash: Option<Hash>) {
    row.u8(hash.is_some().into()).array(&hash.unwrap_or_default());
}

fn opt_hash(row: &mut RowReader<'_>) -> Option<Hash> {
    let (is_there, hash) = (row.u8() != 0, row.hash());
    is_there.then_some(hash)
}

/// A stored text.
pub(crate) fn text(bytes: &[u8]) -> String {
    core::str::from_utf8(bytes).unwrap_or_else(|_| damaged()).to_owned()
}

fn at(place: u32) -> usize {
    usize::try_from(place).unwrap_or_default()
}

#[cfg(test)]
#[path = "proposal_tests.rs"]
mod tests;
