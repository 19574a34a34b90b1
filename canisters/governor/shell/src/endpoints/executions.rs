//! Executions, targets, fleet snapshots.

use candid::candid_method;
use governor_core::errors::{GovernorError, Missing};
use governor_core::types::Permissions;
use granary_api::{common as c, governor as g};
use granary_env::suite::install::actor;
use granary_env::suite::{Host as _, convert as suite, tasks};
use granary_errors::Error;
use granary_kernel::Receipt;
use ic_cdk::{query, update};

use super::releases::{later, refused, whom_to_ask};
use super::{need_member, need_watcher, small};
use crate::convert::{input, releases, reply};
use crate::flows;
use crate::ports::Platform;
use crate::state::{Constitution, Here};

/// Begins what is ready. A release is audited once more just before. What changes the governor
/// alone is done at once; for everything else the steps follow by themselves.
/// Who: members with Execute. Effect: Executing, or Completed.
/// Errors: governor.member.needed, governor.proposal.not_found, governor.proposal.state,
/// governor.timelock.running, governor.vote.too_few, governor.execution.running,
/// governor.recovery.apart, governor.audit.failed, governor.rehearsal.missing,
/// governor.rehearsal.old, governor.target.changed, and those of create_proposal.
/// Repeating is refused: it was begun.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
async fn execute(args: g::ProposalArgs) -> Result<c::Receipt, Error> {
    let (ctx, id) = (actor(), args.proposal);
    let asked = Here::read(|store| whom_to_ask(store, &ctx, id, Permissions::EXECUTE));
    let facts = flows::audit::facts(&Platform, &asked.map_err(refused)?).await;
    let ctx = later(ctx);
    let receipt = Here::write(|store| flows::audit::execute(store, &ctx, id, &facts));
    receipt.map(suite::receipt).map_err(refused)
}

/// Has the clock go on with an execution or a rehearsal that seems to stand still.
/// Who: members, operators, auditors, governors. Effect: it is looked at now; nothing is done
/// that is not due. Errors: governor.member.needed, governor.proposal.not_found,
/// governor.execution.not_found. Repeating is harmless.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn advance_execution(args: g::ProposalArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| {
        need_watcher(store, ctx)?;
        store.need_no_rehearsal()?;
        store.advance_execution(ctx, args.proposal)?;
        tasks::wake::<Here>(store, ctx);
        Ok::<_, GovernorError>(Receipt {
            id: args.proposal,
            event: store.journal_head().0,
            at: ctx.now,
        })
    })
}

/// Wants a release taken back while it is observed; when as many members want it as had to approve
/// it, all of its canisters go back.
/// Who: members with Approve. Effect: a word for the way back, or the way back.
/// Errors: governor.member.needed, governor.proposal.not_found, governor.proposal.state,
/// governor.execution.not_found, governor.vote.not_seen, governor.vote.repeated,
/// common.hash.size. Repeating is refused: it counts already.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn rollback_release(args: g::RollbackReleaseArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| {
        need_member(store, ctx, Permissions::APPROVE)?;
        let digest = input::hash("digest", &args.digest)?;
        let receipt = store.rollback_release(ctx, args.proposal, digest)?;
        tasks::wake::<Here>(store, ctx);
        Ok(receipt)
    })
}

/// The steps of a proposal's execution, or of its rehearsal, and where they stand.
/// Who: everybody. Errors: governor.proposal.not_found, governor.execution.not_found.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn get_execution(args: g::GetExecutionArgs) -> Result<g::Execution, Error> {
    Here::view(|store, _| {
        let id = store.stored(args.proposal)?.id;
        let run = store.run(releases::given_kind(args.kind), id);
        Ok(releases::execution(run.ok_or(Missing::Run { proposal: args.proposal })?))
    })
}

/// The canisters under control, with what is known of them.
/// Who: everybody.
#[candid_method(query)]
#[query(hidden = true, encode_with = "reply")]
fn list_targets() -> Vec<g::Target> {
    Here::read(Constitution::all_targets).into_iter().map(releases::target).collect()
}

/// Fleet snapshots, newest first.
/// Who: everybody. Errors: common.page.limit.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn list_snapshots(args: c::PageArgs) -> Result<g::SnapshotPage, Error> {
    Here::view(|store, _| {
        let page = store.list_snapshots(args.after, args.limit)?.map(releases::snapshot);
        Ok(g::SnapshotPage { items: page.items, next: page.next })
    })
}
