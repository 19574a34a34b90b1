//! A member approves a request, byte for byte.

use crate::errors::{InputFault, RecoveryError, StateFault};
use crate::records::{Approval, Config, EventKind, Request};
use crate::rules::{Change, operation, standing};
use crate::types::{Ctx, Hash, RequestId, StateKind};

/// Approving again says it again and counts once.
pub fn approve_request(
    id: RequestId,
    request: Request,
    given: &Hash,
    config: &Config,
    ctx: &Ctx,
) -> Result<Change, RecoveryError> {
    standing::need(id, &request, &[StateKind::Open, StateKind::Ready])?;
    if *given != request.digest {
        return Err(InputFault::Digest.into());
    }
    if operation::digest(&config.target, &request.operation) != request.digest {
        return Err(StateFault::Stale.into());
    }
    let mut change = Change::new(id, request);
    if !change.request.approved_by(&ctx.actor) {
        change.request.approvals.push(Approval { member: ctx.actor, at: ctx.now });
    }
    change.events.push(change.event(EventKind::RequestApproved).digest(*given));
    standing::restand(&mut change, &config.committee, &config.delays, ctx.now);
    Ok(change)
}
