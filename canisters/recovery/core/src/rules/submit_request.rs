//! A member asks for something, or joins those who asked for the same.

use granary_kernel::Fault;

use crate::errors::RecoveryError;
use crate::limits;
use crate::records::{Approval, Config, EventKind, Operation, Request, State};
use crate::rules::{Change, approve_request, operation, standing};
use crate::types::{Ctx, RequestId};

/// What a new request comes into.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// The committee, the governor, the delays.
    pub config: &'a Config,
    /// Restores of this canister.
    pub restore_epoch: u64,
    /// Requests that are open, ready or being executed; of these, the member's own.
    pub live: (usize, usize),
}

/// A live request with the same digest is joined; otherwise `next` is made.
pub fn submit_request(
    around: Around<'_>,
    same: Option<(RequestId, Request)>,
    next: Option<RequestId>,
    wanted: Operation,
    ctx: &Ctx,
) -> Result<Change, RecoveryError> {
    let Around { config, restore_epoch, live: (all, own) } = around;
    operation::check(&wanted)?;
    let digest = operation::digest(&config.target, &wanted);
    if let Some((id, request)) = same {
        return approve_request::approve_request(id, request, &digest, config, ctx);
    }
    let full = |what, max| RecoveryError::from(Fault::Full { what, max });
    let count = |max: usize| u64::try_from(max).unwrap_or(u64::MAX);
    if own >= limits::MAX_OPEN_OF_MEMBER {
        return Err(full("the member's open requests", count(limits::MAX_OPEN_OF_MEMBER)));
    }
    if all >= limits::MAX_OPEN {
        return Err(full("the table of open requests", count(limits::MAX_OPEN)));
    }
    let id = next.filter(|id| id.wire() <= limits::MAX_REQUESTS);
    let id = id.ok_or_else(|| full("the table of requests", limits::MAX_REQUESTS))?;
    let name = wanted.name();
    let request = Request {
        operation: wanted,
        digest,
        created_by: ctx.actor,
        created_at: ctx.now,
        expires_at: ctx.now.saturating_add(config.delays.request_ttl),
        restore_epoch,
        approvals: vec![Approval { member: ctx.actor, at: ctx.now }],
        state: State::Open,
        snapshot: None,
    };
    let mut change = Change::new(id, request);
    change.events.push(change.event(EventKind::RequestSubmitted).digest(digest).name(name));
    standing::restand(&mut change, &config.committee, &config.delays, ctx.now);
    Ok(change)
}
