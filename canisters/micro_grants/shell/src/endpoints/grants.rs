//! Methods on grants, milestones, streams and payouts.

use candid::candid_method;
use granary_api::{common as c, micro_grants as m};
use granary_env::suite::tasks;
use granary_errors::Error;
use ic_cdk::{query, update};
use micro_grants_core::errors::GrantError;
use micro_grants_core::{rules::Ctx, store};

use super::{number, small, text};
use crate::access::{verb, view};
use crate::convert::{input, output, reply};
use crate::state::{Grants, Here};

/// A verb that queues a payout: the clock hands it over at once, not when it would ring anyway.
fn queue(
    ask: impl FnOnce(&mut Grants, &Ctx) -> Result<store::Receipt, GrantError>,
) -> Result<c::Receipt, Error> {
    verb(|store, ctx| {
        let receipt = ask(store, ctx)?;
        tasks::wake::<Here>(store, ctx);
        Ok(receipt)
    })
}

/// Accepts an offered grant.
/// Who: the grantee. Effect: state Accepted, Active when the challenge window is over.
/// Errors: micro_grants.grant.not_grantee, micro_grants.grant.state, micro_grants.offer.lapsed.
/// Repeating is refused: it is accepted already.
#[candid_method(update)]
#[update(hidden = true, decode_with = "number", encode_with = "reply")]
fn accept_grant(args: m::GrantArgs) -> Result<c::Receipt, Error> {
    verb(|store, ctx| store.accept_grant(ctx, args.grant))
}

/// Shows work for a milestone; submitting again after a return adds to the evidence.
/// Who: the grantee. Effect: milestone Submitted, a sign of life.
/// Errors: micro_grants.grant.not_grantee, micro_grants.milestone.state,
/// micro_grants.milestone.not_found, micro_grants.hash.size.
#[candid_method(update)]
#[update(hidden = true, decode_with = "text", encode_with = "reply")]
fn submit_milestone(args: m::SubmitMilestoneArgs) -> Result<c::Receipt, Error> {
    let m::SubmitMilestoneArgs { grant, index, evidence } = args;
    verb(|store, ctx| store.submit_milestone(ctx, grant, index.into(), input::evidence(evidence)?))
}

/// Accepts or returns what was shown for a milestone.
/// Who: reviewers of the programme without an interest. Effect: milestone Accepted or Returned.
/// Errors: micro_grants.program.not_reviewer, micro_grants.reviewer.not_independent,
/// micro_grants.milestone.state. Repeating is refused: it is reviewed already.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn review_milestone(args: m::ReviewMilestoneArgs) -> Result<c::Receipt, Error> {
    let m::ReviewMilestoneArgs { grant, index, accept, note_hash } = args;
    let note = input::opt_hash("note_hash", note_hash.as_ref());
    verb(|store, ctx| store.review_milestone(ctx, grant, index.into(), accept, note?))
}

/// Asks for an accepted milestone, or for a lump sum. The payout is queued for `execution`.
/// Who: the grantee, managers, treasurers; above the programme's threshold only treasurers.
/// Effect: a payout in state Queued; no money has moved.
/// Errors: micro_grants.payout.*, micro_grants.grant.state, common.mode.outflows_frozen,
/// common.lifecycle.draining. Repeated with the same idempotency key: the first receipt again.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn request_payout(args: m::RequestPayoutArgs) -> Result<c::Receipt, Error> {
    let m::RequestPayoutArgs { grant, milestone, idempotency_key: key } = args;
    let milestone = milestone.map(u64::from);
    queue(|store, ctx| store.request_payout(ctx, grant, milestone, key.as_deref()))
}

/// Lets a lump sum vest with time instead.
/// Who: managers of the programme. Effect: mode Stream.
/// Errors: micro_grants.stream.terms, micro_grants.grant.mode, micro_grants.payout.exists.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn start_stream(args: m::StartStreamArgs) -> Result<c::Receipt, Error> {
    let m::StartStreamArgs { grant, terms } = args;
    verb(|store, ctx| store.start_stream(ctx, grant, input::stream(terms)))
}

/// Lets a stream stand still, or go on; its end moves by the length of the pause.
/// Who: managers of the programme. Effect: vesting stops or goes on.
/// Errors: micro_grants.grant.mode, micro_grants.stream.unchanged when it does so already.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn pause_stream(args: m::PauseStreamArgs) -> Result<c::Receipt, Error> {
    verb(|store, ctx| store.pause_stream(ctx, args.grant, args.paused))
}

/// Asks for what has vested and was not claimed.
/// Who: the grantee, managers, treasurers; above the programme's threshold only treasurers.
/// Effect: a payout in state Queued.
/// Errors: micro_grants.stream.nothing_to_claim, micro_grants.payout.*,
/// common.mode.outflows_frozen. Repeating asks for what vested meanwhile.
#[candid_method(update)]
#[update(hidden = true, decode_with = "number", encode_with = "reply")]
fn claim_stream(args: m::GrantArgs) -> Result<c::Receipt, Error> {
    queue(|store, ctx| store.claim_stream(ctx, args.grant))
}

/// Stops a grant: nothing is paid until it is reinstated.
/// Who: managers of the programme. Effect: state Suspended.
/// Errors: micro_grants.program.not_manager, micro_grants.grant.state, micro_grants.hash.size.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn suspend_grant(args: m::ReasonArgs) -> Result<c::Receipt, Error> {
    let reason = input::hash("reason_hash", &args.reason_hash);
    verb(|store, ctx| store.suspend_grant(ctx, args.grant, reason?))
}

/// Lets a suspended grant, or one under notice, go on.
/// Who: managers of the programme. Effect: the state it would have without the stop.
/// Errors: micro_grants.program.not_manager, micro_grants.grant.state, micro_grants.hash.size.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn reinstate_grant(args: m::ReinstateGrantArgs) -> Result<c::Receipt, Error> {
    let reason = input::opt_hash("reason_hash", args.reason_hash.as_ref());
    verb(|store, ctx| store.reinstate_grant(ctx, args.grant, reason?.unwrap_or_default()))
}

/// Announces that a grant may be terminated when the notice period is over.
/// Who: managers of the programme. Effect: state NoticeGiven, for at least 7 days.
/// Errors: micro_grants.program.not_manager, micro_grants.grant.state, micro_grants.hash.size.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn give_notice(args: m::ReasonArgs) -> Result<c::Receipt, Error> {
    let reason = input::hash("reason_hash", &args.reason_hash);
    verb(|store, ctx| store.give_notice(ctx, args.grant, reason?))
}

/// Replies to a notice, once.
/// Who: the grantee. Effect: the reply's hash is kept; a sign of life.
/// Errors: micro_grants.grant.not_grantee, micro_grants.grant.state, micro_grants.notice.replied.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn reply_to_notice(args: m::ReasonArgs) -> Result<c::Receipt, Error> {
    let answer = input::hash("reason_hash", &args.reason_hash);
    verb(|store, ctx| store.reply_to_notice(ctx, args.grant, answer?))
}

/// Ends a grant whose notice period is over; what was not earned goes back to the budget.
/// Who: managers of the programme. Effect: state Terminated.
/// Errors: micro_grants.program.not_manager, micro_grants.grant.state,
/// micro_grants.notice.running. Repeating is refused: it is ended already.
#[candid_method(update)]
#[update(hidden = true, decode_with = "number", encode_with = "reply")]
fn terminate_grant(args: m::GrantArgs) -> Result<c::Receipt, Error> {
    verb(|store, ctx| store.terminate_grant(ctx, args.grant))
}

/// Tells how it goes between milestones.
/// Who: the grantee. Effect: a report, a sign of life.
/// Errors: micro_grants.grant.not_grantee, micro_grants.grant.state, common.text.size,
/// micro_grants.capacity.full. Repeating makes another report.
#[candid_method(update)]
#[update(hidden = true, decode_with = "text", encode_with = "reply")]
fn submit_progress_report(args: m::ProgressReportArgs) -> Result<c::Receipt, Error> {
    let m::ProgressReportArgs { grant, summary, evidence } = args;
    verb(|store, ctx| store.submit_progress_report(ctx, grant, summary, input::evidence(evidence)?))
}

/// A grant with its milestones, and what of its stream has vested by now.
/// Who: everybody. Errors: micro_grants.grant.not_found.
#[candid_method(query)]
#[query(hidden = true, decode_with = "number", encode_with = "reply")]
fn get_grant(args: m::GrantArgs) -> Result<m::Grant, Error> {
    view(|store, ctx| store.grant(args.grant, ctx.now).map(output::grant))
}

/// Grants: all by number, or of a programme, newest first.
/// Who: everybody. Errors: micro_grants.program.not_found, common.page.limit, common.page.cursor.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn list_grants(args: m::ListGrantsArgs) -> Result<m::GrantPage, Error> {
    view(|store, _| {
        let page = store.list_grants(args.program, args.after, args.limit)?;
        let items = page.items.into_iter().map(output::grant_row).collect();
        Ok(m::GrantPage { items, next: page.next })
    })
}

/// Hands a payout that failed over again, as a new attempt.
/// Who: managers of the programme, treasurers; above the programme's threshold only treasurers.
/// Effect: the payout is Queued. Errors: micro_grants.payout.not_found, micro_grants.payout.state,
/// micro_grants.program.not_manager, micro_grants.payout.needs_treasurer,
/// micro_grants.program.state, micro_grants.grant.state, common.mode.outflows_frozen,
/// common.lifecycle.draining.
/// Repeating is refused: it is queued already.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn retry_payout(args: m::PayoutArgs) -> Result<c::Receipt, Error> {
    queue(|store, ctx| store.retry_payout(ctx, args.payout))
}

/// A payout.
/// Who: everybody. Errors: micro_grants.payout.not_found.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn get_payout(args: m::PayoutArgs) -> Result<m::Payout, Error> {
    view(|store, ctx| store.payout(args.payout).map(|found| output::payout(store, ctx, found)))
}

/// Payouts by number, oldest first. With a programme the others are left out, so a page may have
/// fewer rows than asked for.
/// Who: everybody. Errors: micro_grants.program.not_found, common.page.limit.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn list_payouts(args: m::ListGrantsArgs) -> Result<m::PayoutPage, Error> {
    view(|store, ctx| {
        let page = store.list_all_payouts(args.program, args.after, args.limit)?;
        let items = page.items.into_iter().map(|one| output::payout(store, ctx, one)).collect();
        Ok(m::PayoutPage { items, next: page.next })
    })
}
