//! V2, V3, V11 and V12: which words count, and where they lead.

use super::*;
use crate::errors::AccessFault;
use crate::rules::fixtures::{
    DAY, HOUR, at, config, later, payload, person, plain, release, rules, seat,
};
use crate::rules::{constitution, create_proposal};
use crate::types::{ProposalId, VotingRule};

/// A proposal in its vote, and what was said about it.
struct Case {
    config: Config,
    looked: Looked,
    payload: Payload,
    votes: Vec<(Principal, Vote)>,
}

/// The vote lasts from the first day to the sixth.
const OPEN: u64 = DAY;

fn case() -> Case {
    let config = config();
    let payload = plain();
    let proposal = Proposal {
        proposer: person(1),
        created_at: later(0),
        digest: payload.digest(1),
        epoch: 1,
        state: ProposalState::Voting,
        since: later(OPEN),
        until: Some(later(6 * DAY)),
        voting_ends: Some(later(6 * DAY)),
        eta: None,
        rehearsal: None,
        rehearsed_at: None,
        rehearsal_failed: false,
        votes: 0,
        approved_at: None,
        started_at: None,
        ended_at: None,
        reason: String::new(),
        kind: payload.payload.kind(),
        title: payload.title.clone(),
    };
    let looked = Looked { id: ProposalId::new(1).expect("1"), proposal };
    Case { config, looked, payload: payload.payload, votes: vec![] }
}

impl Case {
    fn view(&self) -> View<'_> {
        let Self { config, looked, payload, votes } = self;
        View { looked, payload, config, votes }
    }

    fn seen(&self) -> Seen {
        let Proposal { digest, epoch, rehearsal, .. } = self.looked.proposal;
        Seen { digest, epoch, rehearsal }
    }

    fn take(&mut self, change: Change) {
        let (_, proposal) = change.proposal.expect("every word changes the head");
        self.looked.proposal = proposal;
        let (who, vote) = change.vote.expect("a word");
        self.votes.retain(|(other, _)| *other != who);
        self.votes.push((who, vote));
        if let Some(config) = change.config {
            self.config = config;
        }
    }

    fn approve(&mut self, n: u8, now: u64) -> Result<(), GovernorError> {
        let change = approve(&self.view(), self.seen(), &at(now, person(n)))?;
        self.take(change);
        Ok(())
    }

    fn revoke(&mut self, n: u8, now: u64) -> Result<(), GovernorError> {
        let change = revoke_approval(&self.view(), &at(now, person(n)))?;
        self.take(change);
        Ok(())
    }

    fn reject(&mut self, n: u8, now: u64) -> Result<(), GovernorError> {
        let change = reject(&self.view(), self.seen(), &at(now, person(n)))?;
        self.take(change);
        Ok(())
    }

    fn state(&self) -> ProposalState {
        self.looked.proposal.state
    }

    fn tally(&self, now: u64) -> Tally {
        tally::tally(&self.config, &self.looked.proposal, &self.votes, later(now))
    }
}

#[test]
fn the_threshold_starts_the_timelock() {
    let mut case = case();
    for n in [1, 2] {
        case.approve(n, OPEN).expect("a member");
        assert_eq!((case.state(), case.looked.proposal.eta), (ProposalState::Voting, None));
    }
    case.approve(3, OPEN + HOUR).expect("a member");
    assert_eq!(case.state(), ProposalState::Timelocked);
    assert_eq!(case.looked.proposal.eta, Some(later(OPEN + HOUR + 2 * DAY)));
    assert_eq!(case.looked.proposal.approved_at, Some(later(OPEN + HOUR)));
    assert_eq!(case.approve(3, OPEN + HOUR), Err(StateFault::Voted.into()));
}

#[test]
fn v2_only_members_who_may_approve_are_heard() {
    let mut case = case();
    let not = |needs| Err(AccessFault::NotMember { needs }.into());
    assert_eq!(case.approve(6, OPEN), not("Approve"));
    case.config.members[1].permissions = Permissions::PROPOSE;
    assert_eq!(case.approve(2, OPEN), not("Approve"));
    case.config.members[2].expires_at = Some(later(OPEN));
    assert_eq!(case.approve(3, OPEN), not("Approve"));
    assert_eq!(case.approve(1, OPEN), Ok(()));
}

#[test]
fn v2_an_approval_is_of_what_was_seen() {
    let case = case();
    let ctx = at(OPEN, person(1));
    let seen = case.seen();
    for (wrong, what) in [
        (Seen { digest: [1; 32], ..seen }, "digest"),
        (Seen { epoch: 2, ..seen }, "epoch"),
        (Seen { rehearsal: Some([1; 32]), ..seen }, "rehearsal"),
    ] {
        let fault = InputFault::NotSeen { what };
        assert_eq!(approve(&case.view(), wrong, &ctx).err(), Some(fault.into()));
    }
    assert_ne!(plain().digest(1), plain().digest(2), "a copy is another proposal");
}

#[test]
fn v2_old_words_and_words_of_another_epoch_do_not_count() {
    let mut case = case();
    case.approve(1, OPEN).expect("a member");
    case.approve(2, OPEN + DAY).expect("a member");
    assert_eq!(case.tally(OPEN + 20 * DAY - 1).approving, 2);
    assert_eq!(case.tally(OPEN + 20 * DAY).approving, 1, "twenty days after the first");
    assert_eq!(case.tally(OPEN + 21 * DAY).approving, 0);
    let now = OPEN + DAY;
    case.config.epoch = 2;
    assert_eq!(case.tally(now).approving, 0, "another epoch");
    case.config.epoch = 1;
    case.looked.proposal.rehearsal = Some([7; 32]);
    assert_eq!(case.tally(now).approving, 0, "another rehearsal");
    case.looked.proposal.rehearsal = None;
    let (left, _) =
        constitution::with_members(&case.config, &[seat(2), seat(3), seat(4)], 2, later(0));
    case.config.members = left.members;
    assert_eq!(case.tally(now).approving, 1, "one of the two is no member any more");
}

#[test]
fn v1_a_quorum_never_shrinks_because_members_vanish() {
    let mut case = case();
    for member in &mut case.config.members[1..] {
        member.expires_at = Some(later(OPEN));
    }
    case.approve(1, OPEN).expect("the last member");
    let tally = case.tally(OPEN);
    assert_eq!((tally.approving, tally.needed, tally.is_enough()), (1, 3, false));
    assert!(!tally.is_possible(), "blocked, not easier");
}

#[test]
fn v3_revoking_below_the_threshold_starts_the_wait_anew() {
    let mut case = case();
    for n in 1..=4 {
        case.approve(n, OPEN).expect("a member");
    }
    case.revoke(4, OPEN + DAY).expect("said it");
    assert_eq!(case.state(), ProposalState::Timelocked, "three are still enough");
    case.revoke(3, OPEN + DAY).expect("said it");
    let proposal = &case.looked.proposal;
    assert_eq!((proposal.state, proposal.eta), (ProposalState::Voting, None));
    assert_eq!(proposal.until, Some(later(6 * DAY)));
    assert_eq!(case.revoke(3, OPEN + DAY), Err(StateFault::NotVoted.into()));
    // A minute before the first wait would have ended.
    let again = OPEN + 2 * DAY - HOUR;
    case.approve(3, again).expect("changed its mind");
    assert_eq!(case.state(), ProposalState::Timelocked);
    assert_eq!(case.looked.proposal.eta, Some(later(again + 2 * DAY)), "a full new wait");
}

#[test]
fn v3_a_rejection_takes_an_approval_back() {
    let mut case = case();
    for n in 1..=3 {
        case.approve(n, OPEN).expect("a member");
    }
    case.reject(3, OPEN).expect("a member");
    assert_eq!(case.state(), ProposalState::Voting);
    assert_eq!(case.tally(OPEN).approving, 2);
}

#[test]
fn too_many_against_it_end_it() {
    let mut case = case();
    case.reject(1, OPEN).expect("a member");
    case.reject(2, OPEN).expect("a member");
    assert_eq!(case.state(), ProposalState::Voting, "three of five may still approve");
    case.reject(3, OPEN).expect("a member");
    assert_eq!(case.state(), ProposalState::Rejected);
    let refused = case.approve(4, OPEN).expect_err("over");
    assert!(matches!(refused, GovernorError::State(StateFault::Proposal { .. })));
}

#[test]
fn weights_count_and_one_heavy_member_is_not_enough() {
    let mut case = case();
    case.config.rules.voting = VotingRule::Weighted;
    case.config.rules.threshold = 60;
    for (member, weight) in case.config.members.iter_mut().zip([70, 10, 10, 10, 10]) {
        member.weight = weight;
    }
    case.approve(1, OPEN).expect("a member");
    assert_eq!(case.state(), ProposalState::Voting, "two members at least");
    case.approve(2, OPEN).expect("a member");
    assert_eq!(case.state(), ProposalState::Timelocked);
}

#[test]
fn a_late_threshold_waits_longer() {
    let mut case = case();
    let late = 6 * DAY - HOUR;
    for n in 1..=3 {
        case.approve(n, late).expect("a member");
    }
    assert_eq!(case.looked.proposal.eta, Some(later(late + 3 * DAY)));
}

#[test]
fn v12_what_decides_who_decides_waits_longest() {
    let mut case = case();
    case.payload = Payload::ChangeConfig { rules: rules(), methods: None, escalation: None };
    for n in 1..=3 {
        case.approve(n, OPEN).expect("a member");
    }
    assert_eq!(case.looked.proposal.eta, Some(later(OPEN + 4 * DAY)));
}

#[test]
fn v11_a_release_is_voted_on_after_a_young_rehearsal() {
    let mut case = case();
    case.payload = payload(Payload::UpgradeRelease(release())).payload;
    case.looked.proposal.kind = PayloadKind::UpgradeRelease;
    assert_eq!(case.approve(1, OPEN), Err(StateFault::NotRehearsed.into()));
    case.looked.proposal.rehearsal = Some([3; 32]);
    case.looked.proposal.rehearsed_at = Some(later(0));
    assert_eq!(case.approve(1, 20 * DAY - 1), Ok(()));
    assert_eq!(case.approve(2, 20 * DAY), Err(StateFault::RehearsalOld.into()));
}

#[test]
fn v11_a_failed_rehearsal_needs_one_more_and_the_longest_wait() {
    let mut case = case();
    case.payload = payload(Payload::UpgradeRelease(release())).payload;
    case.looked.proposal.kind = PayloadKind::UpgradeRelease;
    case.looked.proposal.rehearsal = Some([3; 32]);
    case.looked.proposal.rehearsed_at = Some(later(0));
    case.looked.proposal.rehearsal_failed = true;
    for n in 1..=3 {
        case.approve(n, OPEN).expect("a member");
    }
    assert_eq!(case.state(), ProposalState::Voting);
    case.approve(4, OPEN).expect("a member");
    assert_eq!(case.looked.proposal.eta, Some(later(OPEN + 4 * DAY)));
}

#[test]
fn who_votes_was_seen() {
    let mut case = case();
    case.approve(2, OPEN).expect("a member");
    assert_eq!(case.config.members[1].last_seen, later(OPEN));
    case.revoke(2, OPEN + 1).expect("said it");
    assert_eq!(case.config.members[1].last_seen, later(OPEN), "once an hour is enough");
}

#[test]
fn votes_wait_for_the_discussion() {
    let mut case = case();
    let (state, until, _) = create_proposal::opened(&case.config, later(0));
    assert_eq!((state, until), (ProposalState::Discussion, later(DAY)));
    case.looked.proposal.state = state;
    let refused = case.approve(1, HOUR).expect_err("not yet");
    assert!(matches!(refused, GovernorError::State(StateFault::Proposal { .. })));
}
