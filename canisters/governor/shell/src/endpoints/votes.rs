//! Votes: members approve, are against it, take their word back, stop what waits.

use candid::candid_method;
use granary_api::{common as c, governor as g};
use granary_env::suite::{Host as _, tasks};
use granary_errors::Error;
use ic_cdk::update;

use super::{small, text};
use crate::convert::{input, reply};
use crate::state::Here;

/// Approves what the caller saw: digest, epoch and rehearsal must be the proposal's. The last
/// approval that is needed starts the timelock.
/// Who: members with Approve. Effect: a vote; it counts until its time, in its epoch.
/// Errors: governor.member.needed, governor.proposal.not_found, governor.proposal.state,
/// governor.vote.not_seen, governor.vote.repeated, governor.rehearsal.missing,
/// governor.rehearsal.old, common.hash.size. Repeating is refused: it counts already.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn approve(args: g::VoteArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| {
        let receipt = store.approve(ctx, args.proposal, input::seen(&args)?)?;
        tasks::wake::<Here>(store, ctx);
        Ok(receipt)
    })
}

/// Says no to what the caller saw. So many that it cannot be approved any more end it.
/// Who: members with Approve. Effect: a vote, instead of the one before.
/// Errors: as of approve, but for the rehearsal. Repeating is refused: it counts already.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn reject(args: g::VoteArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| {
        let receipt = store.reject(ctx, args.proposal, input::seen(&args)?)?;
        tasks::wake::<Here>(store, ctx);
        Ok(receipt)
    })
}

/// Takes one's word back. Below what is needed the vote goes on, and the whole timelock starts
/// anew when it is reached again.
/// Who: members with Approve. Effect: the vote does not count.
/// Errors: governor.member.needed, governor.proposal.not_found, governor.proposal.state,
/// governor.vote.missing. Repeating is refused: nothing is left to take back.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn revoke_approval(args: g::ProposalArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| {
        let receipt = store.revoke_approval(ctx, args.proposal)?;
        tasks::wake::<Here>(store, ctx);
        Ok(receipt)
    })
}

/// Stops a proposal that waits for its timelock or its execution. Nothing is done by it.
/// Who: members with Veto. Effect: Vetoed, for ever.
/// Errors: governor.member.needed, governor.proposal.not_found, governor.proposal.state,
/// common.text.size. Repeating is refused: it is stopped.
#[candid_method(update)]
#[update(hidden = true, decode_with = "text", encode_with = "reply")]
fn veto(args: g::EndProposalArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| store.veto(ctx, args.proposal, &args.reason))
}
