//! What time alone does to a proposal: discussions end, votes run out, timelocks and windows pass,
//! epochs leave it behind.

use crate::records::{Config, Event, Proposal, Vote};
use crate::rules::create_proposal::opened;
use crate::rules::tally;
use crate::rules::{Change, Ctx, Looked};
use crate::types::{Principal, ProposalState, Timestamp};

/// What the rule reads.
#[derive(Debug)]
pub struct View<'a> {
    /// Members and rules.
    pub config: &'a Config,
    /// The newest word of everybody who said something.
    pub votes: &'a [(Principal, Vote)],
    /// True when all modules the proposal names are here.
    pub staged: bool,
}

/// The proposal as time has left it, with what the journal says about the way; nothing when it is
/// where it was.
pub fn passed(looked: &Looked, view: &View<'_>, now: Timestamp) -> Option<(Proposal, Vec<Event>)> {
    let (proposal, event) = step(looked, view, now)?;
    let mut at = Looked { id: looked.id, proposal };
    let mut events = vec![event];
    // Each pass goes one state further; a proposal has fewer states than this.
    for _ in 0..ProposalState::ALL.len() {
        let Some((proposal, event)) = step(&at, view, now) else { break };
        at.proposal = proposal;
        events.push(event);
    }
    Some((at.proposal, events))
}

/// What the clock writes down.
pub fn look(looked: &Looked, view: &View<'_>, ctx: &Ctx) -> Option<Change> {
    let (proposal, events) = passed(looked, view, ctx.now)?;
    Some(Change::of(looked.id, proposal, events))
}

fn step(looked: &Looked, view: &View<'_>, now: Timestamp) -> Option<(Proposal, Event)> {
    let proposal = &looked.proposal;
    if !proposal.state.is_pending() {
        return None;
    }
    if proposal.epoch != view.config.epoch {
        let why = "members or rules are no longer those it was made under";
        return Some(looked.ended(ProposalState::Stale, why, now));
    }
    let over = proposal.until.is_some_and(|until| now >= until);
    match proposal.state {
        ProposalState::Draft if view.staged => {
            Some(looked.moved(ProposalState::Staged, proposal.until, now))
        }
        ProposalState::Draft | ProposalState::Staged | ProposalState::Audited => {
            over.then(|| looked.ended(ProposalState::Expired, "it was not prepared in time", now))
        }
        ProposalState::Rehearsed => {
            let (state, until, voting_ends) = opened(view.config, now);
            let (proposal, event) = looked.moved(state, Some(until), now);
            Some((Proposal { voting_ends, ..proposal }, event))
        }
        ProposalState::Discussion => {
            over.then(|| looked.moved(ProposalState::Voting, proposal.voting_ends, now))
        }
        ProposalState::Voting => {
            over.then(|| looked.ended(ProposalState::Expired, "too few approved in time", now))
        }
        ProposalState::Timelocked | ProposalState::Ready => waiting(looked, view, now),
        ProposalState::Executing
        | ProposalState::Observing
        | ProposalState::RollingBack
        | ProposalState::Completed
        | ProposalState::RolledBack
        | ProposalState::RollbackFailed
        | ProposalState::Rejected
        | ProposalState::Cancelled
        | ProposalState::Vetoed
        | ProposalState::Expired
        | ProposalState::Stale => None,
    }
}

/// What is approved waits for its eta, then for somebody to execute it; approvals that grew old
/// meanwhile do not count, and the vote goes on.
fn waiting(looked: &Looked, view: &View<'_>, now: Timestamp) -> Option<(Proposal, Event)> {
    let proposal = &looked.proposal;
    let tally = tally::tally(view.config, proposal, view.votes, now);
    if !tally.is_enough() {
        let (moved, event) = looked.moved(ProposalState::Voting, proposal.voting_ends, now);
        return Some((Proposal { eta: None, ..moved }, event));
    }
    let eta = proposal.eta?;
    let ends = eta.saturating_add(view.config.rules.execution_window);
    if now > ends {
        return Some(looked.ended(ProposalState::Expired, "it was not executed in time", now));
    }
    (proposal.state == ProposalState::Timelocked && now >= eta)
        .then(|| looked.moved(ProposalState::Ready, Some(ends), now))
}

/// When the clock looks at the proposal next.
///
/// Words are read where they matter only: while they wait for a timelock or an execution.
pub fn next_look(
    proposal: &Proposal,
    votes: impl FnOnce() -> Vec<(Principal, Vote)>,
) -> Option<Timestamp> {
    if !proposal.state.is_pending() {
        return None;
    }
    let until = proposal.until?;
    // One past the end of the window: in it the proposal may still be executed.
    let until = if proposal.state == ProposalState::Ready {
        Timestamp::from_nanos(until.as_nanos().saturating_add(1))
    } else {
        until
    };
    if !matches!(proposal.state, ProposalState::Timelocked | ProposalState::Ready) {
        return Some(until);
    }
    let votes = votes();
    let oldest = votes.iter().map(|(_, vote)| vote.expires_at).filter(|at| *at > proposal.since);
    Some(oldest.min().map_or(until, |at| at.min(until)))
}

#[cfg(test)]
#[path = "clock_tests.rs"]
mod tests;
