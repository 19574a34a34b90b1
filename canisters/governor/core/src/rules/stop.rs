//! A proposal is stopped before anything was done: by a veto, or by who made it (V13).

use granary_kernel::checks;

use crate::errors::{AccessFault, GovernorError};
use crate::limits;
use crate::records::{Config, Event, EventKind};
use crate::rules::{Change, Ctx, Looked, need};
use crate::types::{Permissions, ProposalState};

const WAITING: &[ProposalState] = &[ProposalState::Timelocked, ProposalState::Ready];
const PENDING: &[ProposalState] = &[
    ProposalState::Draft,
    ProposalState::Staged,
    ProposalState::Audited,
    ProposalState::Rehearsed,
    ProposalState::Discussion,
    ProposalState::Voting,
    ProposalState::Timelocked,
    ProposalState::Ready,
];

/// A holder of Veto stops what is approved and waits. It can stop, and nothing else.
pub fn veto(
    looked: &Looked,
    config: &Config,
    reason: &str,
    ctx: &Ctx,
) -> Result<Change, GovernorError> {
    need(config, Permissions::VETO, ctx)?;
    checks::text("reason", reason, limits::MAX_TEXT_BYTES)?;
    looked.need(WAITING)?;
    let (proposal, event) = looked.ended(ProposalState::Vetoed, reason, ctx.now);
    let vetoed = Event::new(EventKind::ProposalVetoed, looked.id.wire());
    let events = vec![vetoed.party(ctx.actor).because(reason), event];
    Ok(Change::of(looked.id, proposal, events))
}

/// Who proposed takes it back.
pub fn cancel(
    looked: &Looked,
    config: &Config,
    reason: &str,
    ctx: &Ctx,
) -> Result<Change, GovernorError> {
    need(config, Permissions::PROPOSE, ctx)?;
    if looked.proposal.proposer != ctx.actor {
        return Err(AccessFault::NotProposer.into());
    }
    checks::text("reason", reason, limits::MAX_TEXT_BYTES)?;
    looked.need(PENDING)?;
    let (proposal, event) = looked.ended(ProposalState::Cancelled, reason, ctx.now);
    Ok(Change::of(looked.id, proposal, vec![event]))
}

#[cfg(test)]
#[path = "stop_tests.rs"]
mod tests;
