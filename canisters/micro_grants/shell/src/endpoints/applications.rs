//! Methods on applications, reviews and decisions.

use candid::candid_method;
use granary_api::{common as c, micro_grants as m};
use granary_errors::Error;
use ic_cdk::{query, update};

use super::{draft, number, small, submission, text};
use crate::access::{verb, view};
use crate::convert::{input, output, reply};
use crate::flows::informed::{Later, answer};

/// Keeps an application that is not ready; its amount may still be 0.
/// Who: everybody signed in; for somebody else only a manager of the programme.
/// Effect: a new draft, or `draft` overwritten.
/// Errors: micro_grants.application.*, micro_grants.hash.size, common.text.size,
/// common.lifecycle.draining; with a registry micro_grants.applicant.not_active, common.call.*.
/// Repeated with the same idempotency key: the first receipt again.
#[candid_method(update)]
#[update(hidden = true, decode_with = "draft", manual_reply = true)]
fn save_draft(args: m::SaveDraftArgs) -> Later {
    answer(input::draft(args), |store, ctx, (input, key)| {
        store.save_draft(ctx, input, key.as_deref())
    })
}

/// Submits an application, from nothing or replacing a draft.
/// Who: everybody signed in; for somebody else only a manager of the programme.
/// Effect: a new application in state Submitted; the request counts against the applicant's cap.
/// Errors: micro_grants.amount.*, micro_grants.milestone.sum, micro_grants.applicant.cap,
/// micro_grants.capacity.full, micro_grants.program.state, common.lifecycle.draining;
/// micro_grants.applicant.not_active when the registry knows the applicant's user as not Active,
/// common.call.* when it does not answer: nothing is changed.
/// Repeated with the same idempotency key: the first receipt again; with other arguments:
/// common.idempotency.conflict.
#[candid_method(update)]
#[update(hidden = true, decode_with = "submission", manual_reply = true)]
fn submit_application(args: m::SubmitApplicationArgs) -> Later {
    answer(input::submission(args), |store, ctx, (input, key)| {
        store.submit_application(ctx, input, key.as_deref())
    })
}

/// Answers requested changes with a new version.
/// Who: the applicant. Effect: version + 1, state Submitted.
/// Errors: micro_grants.application.not_applicant, micro_grants.application.state,
/// micro_grants.revision.closed, micro_grants.amount.*, micro_grants.applicant.not_active,
/// common.call.*. Repeating is refused: nothing is asked.
#[candid_method(update)]
#[update(hidden = true, decode_with = "text", manual_reply = true)]
fn revise_application(args: m::ReviseApplicationArgs) -> Later {
    let m::ReviseApplicationArgs { application, content } = args;
    let input = input::content(content).map(|content| (application, content));
    answer(input, |store, ctx, (application, content)| {
        store.revise_application(ctx, application, content)
    })
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
/// micro_grants.application.state; with a registry micro_grants.reviewer.no_role,
/// micro_grants.reviewer.not_independent (also for the same user or wallet), common.call.*.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", manual_reply = true)]
fn declare_conflict(args: m::DeclareConflictArgs) -> Later {
    let (application, conflict) = (args.application, input::conflict(args.conflict));
    let note = input::opt_hash("note_hash", args.note_hash.as_ref());
    answer(note.map(|note| (application, conflict, note)), |store, ctx, input| {
        let (application, conflict, note) = input;
        store.declare_conflict(ctx, application, conflict, note)
    })
}

/// Judges the current version of an application, once.
/// Who: reviewers of the programme who declared no conflict and have no interest.
/// Effect: an immutable review.
/// Errors: micro_grants.review.*, micro_grants.score.*, micro_grants.reviewer.not_independent,
/// micro_grants.application.state; with a registry micro_grants.reviewer.no_role, common.call.*.
/// Repeating is refused: micro_grants.review.repeated.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", manual_reply = true)]
fn submit_review(args: m::SubmitReviewArgs) -> Later {
    let application = args.application;
    let input = input::review(args).map(|review| (application, review));
    answer(input, |store, ctx, (application, review)| {
        store.submit_review(ctx, application, &review)
    })
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
