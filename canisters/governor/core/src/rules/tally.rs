//! Which words count (V2), and whether they are enough (V1, V11).

use crate::limits;
use crate::records::{Ballot, Config, Proposal, Vote};
use crate::types::{Permissions, Principal, Timestamp, VotingRule};

/// What the words about a proposal come to now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Members whose approval counts.
    pub approving: u32,
    /// Their weight; the same as their number where weights do not count.
    pub weight: u64,
    /// Members whose rejection counts.
    pub rejecting: u32,
    /// Weight of everybody who may still approve: all able members without those who reject.
    pub reachable: u64,
    /// What is needed.
    pub needed: u64,
}

impl Tally {
    /// True when enough approve. A weighty member alone is never enough.
    pub const fn is_enough(&self) -> bool {
        self.weight >= self.needed && self.approving >= limits::MIN_THRESHOLD
    }

    /// True when enough could still approve.
    pub const fn is_possible(&self) -> bool {
        self.reachable >= self.needed
    }
}

/// Counts. A word counts when who said it is a member now who may approve, and it is of this epoch,
/// young enough, about this payload and after this rehearsal. The need never shrinks because
/// members vanish: it is a number, not a share.
pub fn tally(
    config: &Config,
    proposal: &Proposal,
    votes: &[(Principal, Vote)],
    now: Timestamp,
) -> Tally {
    let mut tally = Tally { needed: needed(config, proposal), ..Tally::default() };
    for member in config.able(Permissions::APPROVE, now) {
        let weight = match config.rules.voting {
            VotingRule::OneMemberOneVote => 1,
            VotingRule::Weighted => u64::from(member.weight),
        };
        let word = votes.iter().find(|(who, _)| *who == member.principal);
        let ballot = word.filter(|(_, vote)| counts(vote, config, proposal, now));
        match ballot.map(|(_, vote)| vote.ballot) {
            Some(Ballot::Approve) => {
                tally.approving = tally.approving.saturating_add(1);
                tally.weight = tally.weight.saturating_add(weight);
                tally.reachable = tally.reachable.saturating_add(weight);
            }
            Some(Ballot::Reject) => tally.rejecting = tally.rejecting.saturating_add(1),
            Some(Ballot::Revoked) | None => {
                tally.reachable = tally.reachable.saturating_add(weight);
            }
        }
    }
    tally
}

/// True for a word that counts, whoever said it.
pub fn counts(vote: &Vote, config: &Config, proposal: &Proposal, now: Timestamp) -> bool {
    vote.epoch == config.epoch
        && proposal.epoch == config.epoch
        && now < vote.expires_at
        && vote.digest == proposal.digest
        && vote.rehearsal == proposal.rehearsal
}

/// What is needed: the threshold, one more when its rehearsal failed.
pub fn needed(config: &Config, proposal: &Proposal) -> u64 {
    u64::from(config.rules.threshold).saturating_add(proposal.rehearsal_failed.into())
}
