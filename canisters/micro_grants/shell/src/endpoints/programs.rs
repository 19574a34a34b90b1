//! Methods on programmes.

use candid::candid_method;
use granary_api::{common as c, micro_grants as m};
use granary_errors::Error;
use ic_cdk::{query, update};

use super::{number, small, text};
use crate::access::{verb, view};
use crate::convert::{input, output, reply};
use crate::flows::informed::{Later, answer};

/// Writes a programme as a draft.
/// Who: holders of ProgramManager. Effect: a new programme run by the caller and `managers`.
/// Errors: common.not_allowed, micro_grants.program.*, micro_grants.rubric.*,
/// common.lifecycle.draining; with a registry micro_grants.program.reviewer_role, common.call.*.
/// Repeated with the same idempotency key: the first receipt again.
#[candid_method(update)]
#[update(hidden = true, decode_with = "text", manual_reply = true)]
fn create_program(args: m::CreateProgramArgs) -> Later {
    let key = args.idempotency_key.clone();
    let input = input::program(args).map(|input| (input, key));
    answer(input, |store, ctx, (input, key)| store.create_program(ctx, &input, key.as_deref()))
}

/// Changes the terms of a programme that is a draft or paused.
/// Who: its managers. Effect: new terms; a new budget is an event of its own.
/// Errors: micro_grants.program.not_manager, micro_grants.program.*,
/// micro_grants.budget.below_commitments; with a registry micro_grants.program.reviewer_role,
/// common.call.*. Repeating sets the same terms again.
#[candid_method(update)]
#[update(hidden = true, decode_with = "text", manual_reply = true)]
fn update_program(args: m::UpdateProgramArgs) -> Later {
    let m::UpdateProgramArgs { program, terms } = args;
    let input = input::terms(terms).map(|terms| (program, terms));
    answer(input, |store, ctx, (program, terms)| store.update_program(ctx, program, &terms))
}

/// Lets a draft or paused programme take applications.
/// Who: its managers. Effect: state Open.
/// Errors: micro_grants.program.not_manager, micro_grants.program.state.
/// Repeating is refused: it is open already.
#[candid_method(update)]
#[update(hidden = true, decode_with = "number", encode_with = "reply")]
fn open_program(args: m::ProgramArgs) -> Result<c::Receipt, Error> {
    verb(|store, ctx| store.open_program(ctx, args.program))
}

/// Stops an open programme for a while: nothing is taken, decided or paid.
/// Who: its managers. Effect: state Paused.
/// Errors: micro_grants.program.not_manager, micro_grants.program.state.
/// Repeating is refused: it is paused already.
#[candid_method(update)]
#[update(hidden = true, decode_with = "number", encode_with = "reply")]
fn pause_program(args: m::ProgramArgs) -> Result<c::Receipt, Error> {
    verb(|store, ctx| store.pause_program(ctx, args.program))
}

/// Ends a programme in two calls: the first takes no new applications, the second closes it.
/// Who: its managers. Effect: state Closing, then Closed.
/// Errors: micro_grants.program.not_manager, micro_grants.program.state,
/// micro_grants.program.busy while something is open.
#[candid_method(update)]
#[update(hidden = true, decode_with = "number", encode_with = "reply")]
fn close_program(args: m::ProgramArgs) -> Result<c::Receipt, Error> {
    verb(|store, ctx| store.close_program(ctx, args.program))
}

/// A programme with its terms and people.
/// Who: everybody. Errors: micro_grants.program.not_found.
#[candid_method(query)]
#[query(hidden = true, decode_with = "number", encode_with = "reply")]
fn get_program(args: m::ProgramArgs) -> Result<m::Program, Error> {
    view(|store, _| Ok(output::program(store.program(args.program)?, &store.config().asset)))
}

/// Programmes by number, oldest first.
/// Who: everybody. Errors: common.page.limit.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn list_programs(args: c::PageArgs) -> Result<m::ProgramPage, Error> {
    view(|store, _| {
        let page = store.list_programs(args.after, args.limit)?;
        let asset = &store.config().asset;
        let items = page.items.into_iter().map(|item| output::program(item, asset)).collect();
        Ok(m::ProgramPage { items, next: page.next })
    })
}

/// The money of a programme: budget = available + committed + paid, always.
/// Who: everybody. Errors: micro_grants.program.not_found.
#[candid_method(query)]
#[query(hidden = true, decode_with = "number", encode_with = "reply")]
fn get_budget(args: m::ProgramArgs) -> Result<m::Budget, Error> {
    view(|store, _| Ok(output::budget(&store.program(args.program)?, &store.config().asset)))
}

/// The public report of a programme: each application and what became of it, newest first.
/// Drafts are left out, so a page may have fewer rows than asked for.
/// Who: everybody. Errors: micro_grants.program.not_found, common.page.limit, common.page.cursor.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn export_report(args: m::ExportReportArgs) -> Result<m::ReportPage, Error> {
    view(|store, _| {
        let page = store.export_report(args.program, args.after, args.limit)?;
        let items = page.items.into_iter().map(output::report_row).collect();
        Ok(m::ReportPage { items, next: page.next })
    })
}
