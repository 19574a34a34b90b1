//! The committee, its requests, what becomes of them.

use candid::candid_method;
use granary_api::{common as c, icrc21, recovery as r};
use granary_env::message;
use granary_env::suite::install::actor;
use granary_env::suite::{Host as _, tasks};
use granary_errors::Error;
use ic_cdk::{query, update};

use super::{TEXT, small, text};
use crate::convert::{consent, input, output, reply};
use crate::flows;
use crate::state::Here;

/// Names the committee: 3 to 20 people, none of them the governor or this canister, and a quorum of
/// more than half. Approvals of people who are no members any more do not come back with them.
/// Who: governors. Effect: the committee; requests that lose or reach their quorum.
/// Errors: common.not_allowed, common.list.size, common.person.invalid, common.person.duplicate,
/// recovery.committee.invalid. Repeating names the same again.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn set_committee(args: r::Committee) -> Result<c::Receipt, Error> {
    let (committee, own) = (input::committee(args), message::self_id());
    Here::verb(|store, ctx| {
        let receipt = store.set_committee(ctx, &own, committee)?;
        tasks::wake::<Here>(store, ctx);
        Ok(receipt)
    })
}

/// Asks for something to be done to the governor, which counts as an approval; who asks for the
/// same bytes as an open request joins it. With its quorum it waits 24 h, or as long as the
/// governor needs to fail for 6 h, and is executed. After 7 days it expires.
/// Who: members. Effect: a request, or an approval; the receipt's id is the request's.
/// Errors: recovery.member.needed, recovery.operation.invalid, common.hash.size,
/// common.capacity.full, common.lifecycle.draining.
/// Repeated with the same idempotency key: the first receipt again.
#[candid_method(update)]
#[update(hidden = true, decode_with = "text", encode_with = "reply")]
fn submit_request(args: r::SubmitRequestArgs) -> Result<c::Receipt, Error> {
    let r::SubmitRequestArgs { operation, idempotency_key: key } = args;
    Here::verb(|store, ctx| {
        store.need_member(ctx)?;
        let receipt = store.submit_request(ctx, input::operation(operation)?, key.as_deref())?;
        tasks::wake::<Here>(store, ctx);
        Ok(receipt)
    })
}

/// Approves a request as get_request shows it: the digest binds the approval to that.
/// Who: members. Effect: an approval. Errors: recovery.member.needed,
/// recovery.request.not_found, recovery.request.state, recovery.request.stale,
/// recovery.approval.digest, common.hash.size. Repeating counts once.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn approve_request(args: r::ApproveRequestArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| {
        store.need_member(ctx)?;
        let digest = input::digest(&args.digest)?;
        let receipt = store.approve_request(ctx, args.request, &digest)?;
        tasks::wake::<Here>(store, ctx);
        Ok(receipt)
    })
}

/// Takes the caller's approval back, before the execution begins. Without its quorum a request is
/// open again, and waits for the whole delay with the next one.
/// Who: members. Errors: recovery.member.needed, recovery.request.not_found,
/// recovery.request.state, recovery.approval.missing.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn withdraw_approval(args: r::RequestArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| store.withdraw_approval(ctx, args.request))
}

/// Begins the execution of a request whose time has come, without waiting for the clock.
/// Who: members. Effect: Executing; get_request tells how it goes on.
/// Errors: recovery.member.needed, recovery.request.not_found, recovery.request.state,
/// recovery.request.too_early, recovery.request.running, recovery.request.apart,
/// recovery.request.stale, common.lifecycle.draining. Repeating is refused: it has begun.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn execute_request(args: r::RequestArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| {
        let receipt = store.execute_request(ctx, args.request)?;
        tasks::wake::<Here>(store, ctx);
        Ok(receipt)
    })
}

/// Puts a chunk of a module into the governor's store of chunks, where an installation finds it.
/// Who: members. Effect: an event; the answer is the chunk's SHA-256.
/// Errors: recovery.member.needed, recovery.chunk.size, recovery.management.failed.
/// Repeating changes nothing.
#[candid_method(update)]
#[update(hidden = true, decode_with = "text", encode_with = "reply")]
async fn stage_wasm_chunk(args: r::StageWasmChunkArgs) -> Result<r::StagedChunk, Error> {
    let (ctx, chunk) = (actor(), args.chunk.into_vec());
    let target = Here::view(|store, ctx| {
        store.check_chunk(ctx, &chunk)?;
        Ok(store.config().target)
    })?;
    flows::stage::stage(target, ctx, chunk).await
}

/// Empties the governor's store of chunks, which takes 100; what the governor staged for itself
/// goes too.
/// Who: members, while nothing is executed. Effect: an event.
/// Errors: recovery.member.needed, recovery.request.running, recovery.management.failed.
/// Repeating changes nothing.
#[candid_method(update)]
#[update(hidden = true, encode_with = "reply")]
async fn clear_wasm_chunks() -> Result<c::Receipt, Error> {
    let ctx = actor();
    let target = Here::view(|store, ctx| {
        store.check_clearing(ctx)?;
        Ok(store.config().target)
    })?;
    flows::stage::clear(target, ctx).await
}

/// A request with its approvals, and where it stands.
/// Who: everybody. Errors: recovery.request.not_found.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn get_request(args: r::RequestArgs) -> Result<r::Request, Error> {
    Here::view(|store, ctx| {
        store.view(args.request, ctx.now).map(|view| output::request(store, view))
    })
}

/// Requests by number, at most 20.
/// Who: everybody. Errors: common.page.limit.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn list_requests(args: c::PageArgs) -> Result<r::RequestPage, Error> {
    Here::view(|store, ctx| {
        let page = store.list_requests(args.after, args.limit, ctx.now)?;
        Ok(output::requests(store, page))
    })
}

/// The governor, the committee, the delays.
/// Who: everybody.
#[candid_method(query)]
#[query(hidden = true, encode_with = "reply")]
fn get_committee() -> r::CommitteeInfo {
    Here::read(output::committee)
}

/// How the governor was seen last, since when it fails, what was done to it.
/// Who: everybody.
#[candid_method(query)]
#[query(hidden = true, encode_with = "reply")]
fn get_recovery_status() -> r::RecoveryStatus {
    Here::read(|store| output::status(store, message::now()))
}

/// What a signer shows before submit_request or approve_request is signed (ICRC-21): the operation
/// in words, and its digest.
/// Who: everybody. Changes nothing.
#[candid_method(update)]
#[update(hidden = true, decode_with = "text", encode_with = "reply")]
fn icrc21_canister_call_consent_message(
    request: icrc21::ConsentMessageRequest,
) -> icrc21::ConsentMessageResponse {
    Here::read(|store| consent::message(store, &request, TEXT))
}
