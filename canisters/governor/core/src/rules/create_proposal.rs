//! Somebody proposes: a member, in bounds, something that makes sense now.

use granary_kernel::{Fault, checks};

use crate::errors::GovernorError;
use crate::limits;
use crate::records::{Config, Event, EventKind, PayloadV1, Proposal};
use crate::rules::payload::{self, World};
use crate::rules::{Change, Ctx, need};
use crate::types::{Permissions, ProposalId, ProposalState, Timestamp};

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// The proposal's payload.
    pub payload: PayloadV1,
}

/// What the rule reads.
#[derive(Debug)]
pub struct View<'a> {
    /// Members and rules.
    pub config: &'a Config,
    /// What payloads are held against.
    pub world: World<'a>,
    /// The number of the new one.
    pub next: Option<ProposalId>,
    /// Proposals that wait for something.
    pub pending: u64,
    /// Of these, the proposer's own.
    pub pending_own: u32,
    /// True when all modules it names are here.
    pub staged: bool,
}

/// Decides.
pub fn create_proposal(view: &View<'_>, input: Input, ctx: &Ctx) -> Result<Change, GovernorError> {
    need(view.config, Permissions::PROPOSE, ctx)?;
    let Input { payload } = input;
    checks::text("title", &payload.title, limits::MAX_TITLE_BYTES)?;
    checks::text("description", &payload.description, limits::MAX_TEXT_BYTES)?;
    payload::check(&payload.payload, view.config, &view.world, ctx.now)?;
    if view.pending >= limits::MAX_PENDING {
        return Err(
            Fault::Full { what: "the list of open proposals", max: limits::MAX_PENDING }.into()
        );
    }
    if view.pending_own >= limits::MAX_PENDING_OF_ONE {
        let max = u64::from(limits::MAX_PENDING_OF_ONE);
        return Err(Fault::Full { what: "the proposer's list of open proposals", max }.into());
    }
    let full = Fault::Full { what: "the canister", max: limits::MAX_PROPOSALS };
    let id = view.next.filter(|id| id.wire() <= limits::MAX_PROPOSALS).ok_or(full)?;
    let proposal = first(view, &payload, id, ctx);
    let kind = payload.payload.name();
    let mut events =
        vec![Event::new(EventKind::ProposalCreated, id.wire()).digest(proposal.digest).name(kind)];
    let moved = Event::new(EventKind::ProposalMoved, id.wire()).name(proposal.state.name());
    events.push(match proposal.until {
        Some(at) => moved.number(at.as_nanos()),
        None => moved,
    });
    Ok(Change { payload: Some(payload), ..Change::of(id, proposal, events) })
}

/// Where it begins: releases are prepared first, everything else is talked about at once.
fn first(view: &View<'_>, payload: &PayloadV1, id: ProposalId, ctx: &Ctx) -> Proposal {
    let (state, until, voting_ends) = if payload.payload.is_release() {
        let state = if view.staged { ProposalState::Staged } else { ProposalState::Draft };
        (state, ctx.now.saturating_add(limits::MAX_PREPARATION), None)
    } else {
        opened(view.config, ctx.now)
    };
    Proposal {
        proposer: ctx.actor,
        created_at: ctx.now,
        digest: payload.digest(id.wire()),
        epoch: view.config.epoch,
        state,
        since: ctx.now,
        until: Some(until),
        voting_ends,
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
    }
}

/// The state in which people begin to talk, or to vote where nobody talks first: with its end, and
/// the end of the vote.
pub fn opened(config: &Config, now: Timestamp) -> (ProposalState, Timestamp, Option<Timestamp>) {
    let talked = now.saturating_add(config.rules.discussion);
    let voting_ends = talked.saturating_add(config.rules.voting_period);
    if talked > now {
        (ProposalState::Discussion, talked, Some(voting_ends))
    } else {
        (ProposalState::Voting, voting_ends, Some(voting_ends))
    }
}

#[cfg(test)]
#[path = "create_proposal_tests.rs"]
mod tests;
