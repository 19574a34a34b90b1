//! Methods on applications, reviews and decisions.

use candid::candid_method;
use granary_api::{common as c, micro_grants as m};
use granary_errors::Error;
use ic_cdk::{query, update};

use super::{draft, number, small, submission, text};
use crate::access::{verb, view};
use crate::convert::{input, output, reply};

/// Keeps an application that is not ready; its amount may still be 0.
/// Who: everybody signed in; for somebody else only a manager of the programme.
/// Effect: a new draft, or `draft` overwritten.
/// Errors: micro_grants.application.*, micro_grants.hash.size, common.text.size,
/// common.lifecycle.draining. Repeated with the same idempotency key: the first receipt again.
#[candid_method(update)]
#[update(hidden = true, decode_with = "draft", encode_with = "reply")]
fn save_draft(args: m::SaveDraftArgs) -> Result<c::Receipt, Error> {
    verb(|store, ctx| {
        let (input, key) = input::draft(args)?;
        store.save_draft(ctx, input, key.as_deref())
    })
}

/// Submits an application, from nothing or replacing a draft.
/// Who: everybody signed in; for somebody else only a manager of the programme.
/// Effect: a new application in state Submitted; the request counts against the applicant's cap.
/// Errors: micro_grants.amount.*, micro_grants.milestone.sum, micro_grants.applicant.cap,
/// micro_grants.capacity.full, micro_grants.program.state, common.lifecycle.draining.
/// Repeated with the same idempotency key: the first receipt again; with other arguments:
/// common.idempotency.conflict.
#[candid_method(update)]
#[update(hidden = true, decode_with = "submission", encode_with = "reply")]
fn submit_application(args: m::SubmitApplicationArgs) -> Result<c::Receipt, Error> {
    verb(|store, ctx| {
        let (input, key) = input::submission(args)?;
        store.submit_application(ctx, input, key.as_deref())
    })
}

/// Answers requested changes with a new version.
/// Who: the applicant. Effect: version + 1, state Submitted.
/// Errors: micro_grants.application.not_applicant, micro_grants.application.state,
/// micro_grants.revision.closed, micro_grants.amount.*. Repeating is refused: nothing is asked.
#[candid_method(update)]
#[update(hidden = true, decode_with = "text", encode_with = "reply")]
fn revise_application(args: m::ReviseApplicationArgs) -> Result<c::Receipt, Error> {
    let m::ReviseApplicationArgs { application, content } = args;
    verb(|store, ctx| store.revise_application(ctx, application, input::content(content)?))
}

/// Takes an application or a draft back.
/// Who: the applicant. Effect: state Withdrawn; the request counts no longer.
/// Errors: micro_grants.application.not_applicant, micro_grants.application.state.
/// Repeating is refused: it is withdrawn already.
#[candid_method(update)]
#[update(hidden = true, decode_with = "number", encode_with = "reply")]
fn withdraw_application(args: m::ApplicationArgs) -> Result<c::Receipt, Error> {
    verb(|store, ctx| store.withdraw_application(ctx, args.application))
}

/// Says how a reviewer stands to an application; comes before any review.
/// Who: reviewers of the programme. Effect: without a conflict the reviewer may judge, with one it
/// is recused for good.
/// Errors: micro_grants.program.not_reviewer, micro_grants.declaration.repeated,
/// micro_grants.application.state.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn declare_conflict(args: m::DeclareConflictArgs) -> Result<c::Receipt, Error> {
    let note = input::opt_hash("note_hash", args.note_hash.as_ref());
    let (application, conflict) = (args.application, input::conflict(args.conflict));
    verb(|store, ctx| store.declare_conflict(ctx, application, conflict, note?))
}

/// Judges the current version of an application, once.
/// Who: reviewers of the programme who declared no conflict and have no interest.
/// Effect: an immutable review.
/// Errors: micro_grants.review.*, micro_grants.score.*, micro_grants.reviewer.not_independent,
/// micro_grants.application.state. Repeating is refused: micro_grants.review.repeated.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn submit_review(args: m::SubmitReviewArgs) -> Result<c::Receipt, Error> {
    let application = args.application;
    verb(|store, ctx| store.submit_review(ctx, application, &input::review(args)?))
}

/// Counts the reviews and decides by the programme's rule.
/// Who: managers and reviewers of the programme. Effect: Approved with an offered grant, Rejected,
/// or ChangesRequested.
/// Errors: micro_grants.program.not_panel, micro_grants.application.reviews_missing,
/// micro_grants.application.blocked, micro_grants.budget.exhausted.
/// Repeating is refused: it is decided already.
#[candid_method(update)]
#[update(hidden = true, decode_with = "number", encode_with = "reply")]
fn finalize_application(args: m::ApplicationArgs) -> Result<c::Receipt, Error> {
    verb(|store, ctx| store.finalize_application(ctx, args.application))
}

/// Appeals a rejection, once, to reviewers who did not judge it.
/// Who: the applicant. Effect: state Appealed.
/// Errors: micro_grants.application.not_applicant, micro_grants.appeal.closed,
/// micro_grants.appeal.used, micro_grants.applicant.cap.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn appeal_decision(args: m::AppealDecisionArgs) -> Result<c::Receipt, Error> {
    let grounds = input::hash("grounds_hash", &args.grounds_hash);
    verb(|store, ctx| store.appeal_decision(ctx, args.application, grounds?))
}

/// An application with its current version.
/// Who: everybody. Errors: micro_grants.application.not_found.
#[candid_method(query)]
#[query(hidden = true, decode_with = "number", encode_with = "reply")]
fn get_application(args: m::ApplicationArgs) -> Result<m::Application, Error> {
    view(|store, _| store.application(args.application).map(output::application))
}

/// The reviews and declarations of an application.
/// Who: everybody. Errors: micro_grants.application.not_found.
#[candid_method(query)]
#[query(hidden = true, decode_with = "number", encode_with = "reply")]
fn get_reviews(args: m::ApplicationArgs) -> Result<m::ReviewFile, Error> {
    view(|store, _| store.review_file(args.application).map(output::review_file))
}

/// Applications: all by number; of a programme, newest first; of a programme and state, in the
/// order they came into it; of an applicant, by programme and newest first.
/// Who: everybody. Errors: micro_grants.list.filter, common.page.limit, common.page.cursor,
/// common.page.cursor_moved when the item at the cursor left the list.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn list_applications(args: m::ListApplicationsArgs) -> Result<m::ApplicationPage, Error> {
    view(|store, _| {
        let page = store.list_applications(&input::filter(&args), args.after, args.limit)?;
        let items = page.items.into_iter().map(output::application_row).collect();
        Ok(m::ApplicationPage { items, next: page.next })
    })
}
