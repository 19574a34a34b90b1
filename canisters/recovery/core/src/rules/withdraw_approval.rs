//! A member takes an approval back, as long as nothing began.

use crate::errors::{RecoveryError, StateFault};
use crate::records::{Config, EventKind, Request};
use crate::rules::{Change, standing};
use crate::types::{Ctx, RequestId, StateKind};

/// Without a quorum the request is open again.
pub fn withdraw_approval(
    id: RequestId,
    request: Request,
    config: &Config,
    ctx: &Ctx,
) -> Result<Change, RecoveryError> {
    standing::need(id, &request, &[StateKind::Open, StateKind::Ready])?;
    if !request.approved_by(&ctx.actor) {
        return Err(StateFault::NotApproved.into());
    }
    let mut change = Change::new(id, request);
    change.request.approvals.retain(|given| given.member != ctx.actor);
    change.events.push(change.event(EventKind::ApprovalWithdrawn).party(ctx.actor));
    standing::restand(&mut change, &config.committee, &config.delays, ctx.now);
    Ok(change)
}
