//! Proposals: made, read, executed, taken back.

use candid::candid_method;
use governor_core::errors::GovernorError;
use granary_api::{common as c, governor as g, icrc21};
use granary_env::message;
use granary_env::suite::{Host as _, tasks};
use granary_errors::Error;
use ic_cdk::{query, update};

use super::{TEXT, small, text};
use crate::convert::{consent, output, payload, reply, shown};
use crate::state::{Constitution, Here};

/// Proposes something. A release begins as a draft until its modules are here; everything else is
/// discussed, or voted on where nobody discusses. The receipt's id is the proposal's number.
/// Who: members with Propose. Effect: a proposal.
/// Errors: governor.member.needed, governor.payload.invalid, governor.members.invalid,
/// governor.committee.invalid, governor.target.not_found, governor.target.self,
/// governor.method.unregistered, common.text.size, common.hash.size, common.capacity.full,
/// common.idempotency.conflict, common.mode.*, common.lifecycle.draining.
/// Repeated with the same idempotency key: the first receipt again.
#[candid_method(update)]
#[update(hidden = true, decode_with = "text", encode_with = "reply")]
fn create_proposal(args: g::CreateProposalArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| {
        let key = args.idempotency_key.clone();
        let input = payload::proposal(args, &|name| named(store, name))?;
        let receipt = store.create_proposal(ctx, input, key.as_deref())?;
        tasks::wake::<Here>(store, ctx);
        Ok(receipt)
    })
}

fn named(store: &Constitution, name: &str) -> Option<candid::Principal> {
    let targets = store.all_targets();
    let found = targets.iter().find(|(_, target)| target.placement.name == name);
    found.map(|(canister, _)| *canister)
}

/// Takes a proposal back before anything was done.
/// Who: its proposer. Effect: Cancelled, for ever.
/// Errors: governor.proposal.not_found, governor.proposal.not_proposer, governor.proposal.state,
/// common.text.size. Repeating is refused: it is cancelled.
#[candid_method(update)]
#[update(hidden = true, decode_with = "text", encode_with = "reply")]
fn cancel(args: g::EndProposalArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| store.cancel(ctx, args.proposal, &args.reason))
}

/// A proposal with what it would do and what members said, as it stands now.
/// Who: everybody. Errors: governor.proposal.not_found.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn get_proposal(args: g::ProposalArgs) -> Result<g::ProposalDetails, Error> {
    Here::view(|store, ctx| {
        let view = store.proposal(args.proposal, ctx.now)?;
        let stored = store.payload(view.id);
        Ok(g::ProposalDetails {
            description: stored.description,
            payload: shown::payload(&stored.payload),
            votes: output::votes(&view, store.config(), ctx.now),
            proposal: output::proposal(view),
        })
    })
}

/// Where a proposal stands, and what it waits for.
/// Who: everybody. Errors: governor.proposal.not_found.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn get_proposal_status(args: g::ProposalArgs) -> Result<g::ProposalStatus, Error> {
    Here::view(|store, ctx| Ok(output::status(&store.proposal(args.proposal, ctx.now)?)))
}

/// Proposals, newest first, as they stand now.
/// Who: everybody. Errors: common.page.limit, common.page.cursor.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn list_proposals(args: g::ListProposalsArgs) -> Result<g::ProposalPage, Error> {
    Here::view(|store, ctx| {
        let filter = crate::convert::input::filter(args.filter);
        let page = store.list_proposals(filter, args.after, args.limit, ctx.now)?;
        Ok(output::proposals(page))
    })
}

/// What a proposal causes in plain words, made from its stored payload, with the digest members
/// approve.
/// Who: everybody. Errors: governor.proposal.not_found.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn render_proposal(args: g::ProposalArgs) -> Result<g::Rendering, Error> {
    Here::view(|store, ctx| {
        let words = consent::stored(store, args.proposal, ctx.now)?;
        let digest = store.stored(args.proposal)?.proposal.digest;
        let line = |(label, value)| g::RenderedLine { label, value };
        Ok::<_, GovernorError>(g::Rendering {
            proposal: args.proposal,
            digest: output::hash(&digest),
            summary: words.summary,
            lines: words.lines.into_iter().map(line).collect(),
        })
    })
}

/// What a signer shows before create_proposal, approve, reject, veto or execute is signed
/// (ICRC-21): the proposal in plain words, and its digest.
/// Who: everybody. Changes nothing.
#[candid_method(update)]
#[update(hidden = true, decode_with = "text", encode_with = "reply")]
fn icrc21_canister_call_consent_message(
    request: icrc21::ConsentMessageRequest,
) -> icrc21::ConsentMessageResponse {
    Here::read(|store| consent::message(store, &request, TEXT, message::now()))
}
