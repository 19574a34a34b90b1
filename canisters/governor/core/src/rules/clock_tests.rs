//! Things happen at their moment, not before and not after.

use super::*;
use crate::records::Ballot;
use crate::rules::fixtures::{DAY, HOUR, config, later, person, plain};
use crate::types::{PayloadKind, ProposalId};

fn looked(state: ProposalState, until: u64) -> Looked {
    let proposal = Proposal {
        proposer: person(1),
        created_at: later(0),
        digest: plain().digest(1),
        epoch: 1,
        state,
        since: later(0),
        until: Some(later(until)),
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
        kind: PayloadKind::DenyModules,
        title: String::new(),
    };
    Looked { id: ProposalId::new(1).expect("1"), proposal }
}

/// Three approvals, given at the beginning, that count for twenty days.
fn approvals() -> Vec<(Principal, Vote)> {
    let vote = Vote {
        ballot: Ballot::Approve,
        at: later(0),
        epoch: 1,
        digest: plain().digest(1),
        rehearsal: None,
        expires_at: later(20 * DAY),
    };
    (1..=3).map(|n| (person(n), vote.clone())).collect()
}

fn timelocked(eta: u64) -> Looked {
    let mut looked = looked(ProposalState::Timelocked, eta);
    looked.proposal.eta = Some(later(eta));
    looked
}

fn state_at(looked: &Looked, votes: &[(Principal, Vote)], now: u64) -> ProposalState {
    let config = config();
    let view = View { config: &config, votes, staged: false };
    passed(looked, &view, later(now)).map_or(looked.proposal.state, |(after, _)| after.state)
}

#[test]
fn discussions_and_votes_end_at_their_moment() {
    let talked = looked(ProposalState::Discussion, DAY);
    assert_eq!(state_at(&talked, &[], DAY - 1), ProposalState::Discussion);
    assert_eq!(state_at(&talked, &[], DAY), ProposalState::Voting);
    assert_eq!(state_at(&talked, &[], 6 * DAY), ProposalState::Expired, "both passed");
    let voted = looked(ProposalState::Voting, 6 * DAY);
    assert_eq!(state_at(&voted, &[], 6 * DAY - 1), ProposalState::Voting);
    assert_eq!(state_at(&voted, &[], 6 * DAY), ProposalState::Expired);
}

#[test]
fn v4_it_is_ready_from_its_eta_to_the_end_of_its_window() {
    let waits = timelocked(3 * DAY);
    let votes = approvals();
    for (now, state) in [
        (3 * DAY - 1, ProposalState::Timelocked),
        (3 * DAY, ProposalState::Ready),
        (6 * DAY, ProposalState::Ready),
        (6 * DAY + 1, ProposalState::Expired),
    ] {
        assert_eq!(state_at(&waits, &votes, now), state, "{now}");
    }
}

#[test]
fn v2_approvals_that_grow_old_in_the_timelock_do_not_execute() {
    let waits = timelocked(3 * DAY);
    let mut votes = approvals();
    votes[0].1.expires_at = later(2 * DAY);
    assert_eq!(state_at(&waits, &votes, 2 * DAY - 1), ProposalState::Timelocked);
    assert_eq!(state_at(&waits, &votes, 2 * DAY), ProposalState::Voting);
    assert_eq!(next_look(&waits.proposal, || votes), Some(later(2 * DAY)));
}

#[test]
fn a_new_epoch_leaves_everything_pending_behind() {
    let mut config = config();
    config.epoch = 2;
    let view = View { config: &config, votes: &[], staged: false };
    for state in ProposalState::ALL {
        let after = passed(&looked(state, DAY), &view, later(HOUR));
        let stale = after.is_some_and(|(after, _)| after.state == ProposalState::Stale);
        assert_eq!(stale, state.is_pending(), "{state:?}");
    }
}

#[test]
fn a_draft_is_staged_when_its_modules_are_here_and_expires_without() {
    let draft = looked(ProposalState::Draft, 30 * DAY);
    let config = config();
    let view = View { config: &config, votes: &[], staged: true };
    let (after, events) = passed(&draft, &view, later(HOUR)).expect("staged");
    assert_eq!((after.state, events.len()), (ProposalState::Staged, 1));
    assert_eq!(state_at(&draft, &[], 30 * DAY), ProposalState::Expired);
}

#[test]
fn a_rehearsed_release_is_talked_about() {
    let config = config();
    let view = View { config: &config, votes: &[], staged: true };
    let rehearsed = looked(ProposalState::Rehearsed, 30 * DAY);
    let (after, _) = passed(&rehearsed, &view, later(HOUR)).expect("opens");
    assert_eq!(after.state, ProposalState::Discussion);
    assert_eq!(after.until, Some(later(HOUR + DAY)));
    assert_eq!(after.voting_ends, Some(later(HOUR + 6 * DAY)));
}

#[test]
fn the_clock_looks_when_something_may_end() {
    assert_eq!(next_look(&looked(ProposalState::Voting, DAY).proposal, Vec::new), Some(later(DAY)));
    let mut ready = timelocked(DAY).proposal;
    ready.state = ProposalState::Ready;
    assert_eq!(
        next_look(&ready, Vec::new),
        Some(later(DAY + 1)),
        "its last moment is still inside"
    );
    assert_eq!(next_look(&looked(ProposalState::Completed, DAY).proposal, Vec::new), None);
}
