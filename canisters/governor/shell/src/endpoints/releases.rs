//! Releases before anybody votes: modules, who built them too, audits, hashes.

use candid::candid_method;
use governor_core::errors::{GovernorError, Missing};
use governor_core::rules::modules::{Built, Input};
use governor_core::types::{Hash, Permissions, Principal, ProposalId};
use granary_api::{common as c, governor as g};
use granary_env::suite::install::actor;
use granary_env::suite::{Host as _, convert as suite, counters, tasks};
use granary_errors::Error;
use granary_kernel::Ctx;
use ic_cdk::{query, update};

use super::{bytes, need_member, small};
use crate::convert::{input, output, releases, reply};
use crate::flows;
use crate::ports::Platform;
use crate::state::{Constitution, Here};

/// Takes a chunk of a module, under the hash of the whole.
/// Who: members with Propose. Effect: the chunk, in its place.
/// Errors: governor.member.needed, governor.module.chunk, governor.module.complete,
/// governor.module.denied, common.hash.size, common.capacity.full.
/// Repeating puts the same chunk there again.
#[candid_method(update)]
#[update(hidden = true, decode_with = "bytes", encode_with = "reply")]
fn stage_wasm_chunk(args: g::StageWasmChunkArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| {
        let g::StageWasmChunkArgs { module, of, place, chunk } = args;
        let module = input::hash("module", &module)?;
        store.stage_wasm_chunk(ctx, Input { module, of, place, bytes: chunk.into_vec() })
    })
}

/// Completes a module: its chunks together have the announced hash. Drafts that wait for it go on.
/// Who: members with Propose. Effect: the module never changes any more.
/// Errors: governor.member.needed, governor.module.not_found, governor.module.complete,
/// governor.module.hash, governor.module.invalid. Repeating is refused: it is complete.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn finalize_wasm(args: g::ModuleArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| {
        let receipt = store.finalize_wasm(ctx, input::hash("module", &args.module)?)?;
        tasks::wake::<Here>(store, ctx);
        Ok(receipt)
    })
}

/// Says what the caller's own build of a module's source came to, equal or not.
/// Who: members. Effect: an attestation, instead of the one before.
/// Errors: governor.member.needed, governor.module.not_found, common.hash.size,
/// common.text.size. Repeating says it again.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn attest_build(args: g::AttestBuildArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| {
        let g::AttestBuildArgs { module, commit, builder, result, audit } = args;
        let audit = audit.map(|hash| input::hash("audit", &hash)).transpose()?;
        let (module, result) = (input::hash("module", &module)?, input::hash("result", &result)?);
        store.attest_build(ctx, Built { module, commit, builder, result, audit })
    })
}

/// A module with its chunks, its interface and who built it too.
/// Who: everybody. Errors: governor.module.not_found, common.hash.size.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn get_module(args: g::ModuleArgs) -> Result<g::ModuleDetails, Error> {
    Here::view(|store, _| {
        let hash = input::hash("module", &args.module)?;
        let module = store.module(&hash).ok_or(Missing::Module { module: hash })?;
        let (denied, built) = (store.is_denied(&hash), store.attestations_of(&hash));
        Ok(releases::module_details(&hash, &module, denied, &built))
    })
}

/// Modules by hash, complete or not.
/// Who: everybody. Errors: common.page.limit, common.hash.size.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn list_modules(args: g::ListModulesArgs) -> Result<g::ModulePage, Error> {
    Here::view(|store, _| {
        let after = args.after.map(|hash| input::hash("after", &hash)).transpose()?;
        let (rows, next) = store.list_modules(after, args.limit)?;
        let module = |(hash, row): &(Hash, _)| releases::module(hash, row, store.is_denied(hash));
        let items = rows.iter().map(module).collect();
        Ok::<_, GovernorError>(g::ModulePage { items, next: output::opt_hash(next.as_ref()) })
    })
}

/// SHA-256 of a program, as a canister that runs these bytes shows it.
/// Who: everybody. Errors: common.text.size.
#[candid_method(query)]
#[query(hidden = true, decode_with = "bytes", encode_with = "reply")]
fn calculate_program_hash(args: g::CalculateProgramHashArgs) -> g::ProgramHash {
    releases::program_hash(&args.program)
}

/// Whether a program has the expected SHA-256.
/// Who: everybody. Errors: common.hash.size.
#[candid_method(query)]
#[query(hidden = true, decode_with = "bytes", encode_with = "reply")]
fn verify_program_hash(args: g::VerifyProgramHashArgs) -> Result<g::ProgramCheck, Error> {
    Here::view(|_, _| {
        let (expected, found) =
            (input::hash("expected", &args.expected)?, releases::sha256(&args.program));
        let is_equal = expected == found;
        let (expected, found) = (Some(output::hash(&expected)), Some(output::hash(&found)));
        Ok::<_, GovernorError>(g::ProgramCheck { expected, found, is_equal })
    })
}

/// Asks the network which code a target runs, and compares it with what is known here.
/// Who: members, operators, auditors, governors. Changes nothing.
/// Errors: common.not_allowed, governor.target.not_found, governor.canister.failed.
/// Repeating asks again.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
async fn verify_onchain_program(args: g::TargetArgs) -> Result<g::ProgramCheck, Error> {
    Here::view(|store, ctx| {
        super::need_watcher(store, ctx)?;
        Ok(store.need_no_rehearsal()?)
    })?;
    flows::verify::run(&Platform, args.target).await
}

/// Checks a release over its payload, its modules, and what its canisters are just now.
/// Who: members. Effect: the audit; the first without a failure leads on to the rehearsal.
/// Errors: governor.member.needed, governor.proposal.not_found, governor.proposal.state,
/// governor.proposal.no_release, governor.module.missing. Repeating audits again.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
async fn audit_proposal(args: g::ProposalArgs) -> Result<c::Receipt, Error> {
    let (ctx, id) = (actor(), args.proposal);
    let asked = Here::read(|store| whom_to_ask(store, &ctx, id, Permissions::from_bits(0)));
    let facts = flows::audit::facts(&Platform, &asked.map_err(refused)?).await;
    let ctx = later(ctx);
    let receipt = Here::write(|store| {
        let receipt = store.audit_proposal(&ctx, id, &facts);
        tasks::wake::<Here>(store, &ctx);
        receipt
    });
    receipt.map(suite::receipt).map_err(refused)
}

/// Whom to ask about a proposal's canisters; for whoever is no member with the permission nobody.
pub(super) fn whom_to_ask(
    store: &Constitution,
    ctx: &Ctx,
    id: u64,
    needs: Permissions,
) -> Result<Vec<Principal>, GovernorError> {
    need_member(store, ctx, needs)?;
    store.stored(id)?;
    Ok(flows::audit::asked(store, id))
}

/// Has a release tried on copies of its canisters, which are made for it and deleted after it.
/// Who: members with Propose. Effect: the steps follow by themselves; a report in the end. During
/// the vote whoever approved after an older rehearsal must say so again.
/// Errors: governor.member.needed, governor.proposal.not_found, governor.proposal.state,
/// governor.payload.invalid, governor.module.missing, governor.execution.running,
/// governor.target.not_found. Repeating is refused while it runs.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn rehearse_release(args: g::ProposalArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| {
        let receipt = store.rehearse_release(ctx, args.proposal)?;
        tasks::wake::<Here>(store, ctx);
        Ok(receipt)
    })
}

/// The caller's context, at the time of this message.
pub(super) fn later(ctx: Ctx) -> Ctx {
    let now = actor();
    Ctx { now: now.now, trace_id: now.trace_id, ..ctx }
}

/// A refusal on its way to the wire, counted.
pub(super) fn refused(error: GovernorError) -> Error {
    counters::refused(error.into())
}

/// The newest audit of a proposal.
/// Who: everybody. Errors: governor.proposal.not_found, governor.audit.not_found.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn get_audit(args: g::ProposalArgs) -> Result<g::Audit, Error> {
    Here::view(|store, _| {
        let id: ProposalId = store.stored(args.proposal)?.id;
        let audit = store.audit(id).ok_or(Missing::Audit { proposal: args.proposal })?;
        Ok(releases::audit(args.proposal, audit))
    })
}

/// The newest rehearsal of a proposal; its hash is what a vote names.
/// Who: everybody. Errors: governor.proposal.not_found, governor.rehearsal.not_found.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn get_rehearsal_report(args: g::ProposalArgs) -> Result<g::RehearsalReport, Error> {
    Here::view(|store, _| {
        let id = store.stored(args.proposal)?.id;
        let report = store.rehearsal(id).ok_or(Missing::Rehearsal { proposal: args.proposal })?;
        Ok(releases::rehearsal(args.proposal, report))
    })
}
