//! From a draft to a decision: what an applicant can do, and what is kept.

use candid::Nat;
use granary_api::micro_grants::{
    ApplicationState, Conflict, GrantState, ListApplicationsArgs, Recommendation,
    ReviseApplicationArgs, SaveDraftArgs,
};
use granary_errors::Category;
use granary_tests::{
    fixtures::{self, DOLLAR},
    people::{Who, applicant, reviewer},
    reply::Expect,
};

use crate::world;

fn draft(program: u64, draft: Option<u64>, amount: u128) -> SaveDraftArgs {
    let content = fixtures::content(amount);
    SaveDraftArgs { program, draft, content, applicant: None, idempotency_key: None }
}

#[test]
fn a_draft_becomes_a_submission_and_leaves_nothing_behind() {
    let world = world();
    let program = fixtures::open_program(&world);
    let author = world.by(Who::Applicant);
    let id = author.save_draft(draft(program, None, 0)).value("an empty request is a draft").id;
    let again = author.save_draft(draft(program, Some(id), 5 * DOLLAR)).value("overwrite").id;
    assert_eq!(again, id, "overwriting keeps the number");
    let stored = author.get_application(id).value("the draft");
    assert_eq!(stored.state, ApplicationState::Draft);
    assert_eq!(stored.content.requested_units, Nat::from(5 * DOLLAR));
    assert_eq!(stored.submitted_at_ns, None);
    let metrics = author.get_canister_metrics().value("metrics");
    assert_eq!(metrics.total_applications, 0, "drafts are not applications yet");

    let args = granary_api::micro_grants::SubmitApplicationArgs {
        draft: Some(id),
        ..fixtures::submission(program, fixtures::content(6 * DOLLAR))
    };
    let receipt = author.submit_application(args).value("submit the draft");
    let stored = author.get_application(receipt.id).value("the application");
    assert_eq!(stored.state, ApplicationState::Submitted);
    assert_eq!(stored.version, 1);
    assert_eq!(stored.submitted_at_ns, Some(receipt.at_ns));
    assert_eq!(stored.content, fixtures::content(6 * DOLLAR), "kept to the letter");
    assert_eq!(stored.applicant, Who::Applicant.principal());
    let list = ListApplicationsArgs { program: Some(program), limit: 10, ..Default::default() };
    let rows = author.list_applications(list).value("the list").items;
    let submitted: Vec<u64> =
        rows.iter().filter(|row| row.state != ApplicationState::Draft).map(|row| row.id).collect();
    assert_eq!(submitted, [receipt.id], "one application, not two");
    fixtures::assert_valid(&world);
}

#[test]
fn a_manager_records_an_application_for_its_author() {
    let world = world();
    let program = fixtures::open_program(&world);
    let args = granary_api::micro_grants::SubmitApplicationArgs {
        applicant: Some(applicant(1)),
        ..fixtures::submission(program, fixtures::content(5 * DOLLAR))
    };
    let id = world.by(Who::Manager).submit_application(args.clone()).value("on behalf").id;
    let stored = world.by(Who::Manager).get_application(id).value("the application");
    assert_eq!(stored.applicant, applicant(1), "it belongs to its author");
    world
        .by(Who::Stranger)
        .submit_application(args)
        .refused(Category::Unauthorized, "nobody else writes in another's name");
    world.by_principal(applicant(1)).withdraw_application(id).value("the author owns it");
}

#[test]
fn changes_are_asked_for_and_made() {
    let world = world();
    let program = fixtures::open_program(&world);
    let id = fixtures::submit(&world, program, fixtures::content(5 * DOLLAR));
    fixtures::panel(&world, id, &[0, 1], Recommendation::Changes);
    world.by(Who::Manager).finalize_application(id).value("finalize");
    let author = world.by(Who::Applicant);
    let stored = author.get_application(id).value("the application");
    assert_eq!(stored.state, ApplicationState::ChangesRequested);

    let content = fixtures::content(4 * DOLLAR);
    let revision = ReviseApplicationArgs { application: id, content: content.clone() };
    world
        .by(Who::Stranger)
        .revise_application(revision.clone())
        .refused(Category::Unauthorized, "only the author revises");
    author.revise_application(revision).value("revise");
    let stored = author.get_application(id).value("the application");
    assert_eq!((stored.state, stored.version), (ApplicationState::Submitted, 2));
    assert_eq!(stored.content, content);

    // The new version needs reviews of its own.
    world
        .by(Who::Manager)
        .finalize_application(id)
        .refused(Category::StateError, "reviews of the first version do not decide the second");
    let trustee = world.by_principal(reviewer(2));
    trustee.declare_conflict(fixtures::declaration(id, Conflict::None)).value("declare");
    for number in [0, 1] {
        let review = fixtures::review(id, Recommendation::Approve, 9);
        world.by_principal(reviewer(number)).submit_review(review).value("review version 2");
    }
    world.by(Who::Manager).finalize_application(id).value("finalize version 2");
    let file = author.get_reviews(id).value("the reviews");
    assert_eq!(file.reviews.len(), 4, "earlier reviews stay on file");
    assert_eq!(file.reviews.iter().filter(|review| review.version == 2).count(), 2);
    fixtures::assert_valid(&world);
}

#[test]
fn an_application_is_withdrawn_once_and_not_after_the_decision() {
    let world = world();
    let program = fixtures::open_program(&world);
    let author = world.by(Who::Applicant);
    let first = fixtures::submit(&world, program, fixtures::content(5 * DOLLAR));
    author.withdraw_application(first).value("withdraw");
    let error = author.withdraw_application(first).refused(Category::StateError, "again");
    assert!(format!("{error:?}").contains("Withdrawn"), "it names the state: {error:?}");

    let second = fixtures::submit(&world, program, fixtures::content(5 * DOLLAR));
    let grant = fixtures::approve(&world, second);
    author.withdraw_application(second).refused(Category::StateError, "decided");
    let offered = author.get_grant(grant).value("the grant");
    assert_eq!(offered.state, GrantState::Offered);
    assert_eq!(offered.award_units, 5 * DOLLAR);
    fixtures::assert_valid(&world);
}

#[test]
fn lists_filter_by_state_and_by_applicant() {
    let world = world();
    let program = fixtures::open_program(&world);
    let keep = fixtures::submit(&world, program, fixtures::content(DOLLAR));
    let gone = fixtures::submit(&world, program, fixtures::content(DOLLAR));
    world.by(Who::Applicant).withdraw_application(gone).value("withdraw");
    let other = world
        .by_principal(applicant(1))
        .submit_application(fixtures::submission(program, fixtures::content(2 * DOLLAR)))
        .value("another author")
        .id;
    let list = |args: ListApplicationsArgs| -> Vec<u64> {
        let page = world.by(Who::Stranger).list_applications(args).value("a list");
        assert_eq!(page.next, None, "it fits one page");
        page.items.iter().map(|row| row.id).collect()
    };
    let all = ListApplicationsArgs { limit: 50, ..Default::default() };
    let of_program = ListApplicationsArgs { program: Some(program), ..all.clone() };
    let mut ids = list(of_program.clone());
    ids.sort_unstable();
    assert_eq!(ids, [keep, gone, other]);
    let submitted =
        ListApplicationsArgs { state: Some(ApplicationState::Submitted), ..of_program.clone() };
    let mut ids = list(submitted);
    ids.sort_unstable();
    assert_eq!(ids, [keep, other]);
    let mine = ListApplicationsArgs { applicant: Some(applicant(1)), ..all.clone() };
    assert_eq!(list(mine), [other]);
    let both = ListApplicationsArgs { applicant: Some(applicant(1)), ..of_program };
    let stranger = world.by(Who::Stranger);
    stranger.list_applications(both).refused(Category::InvalidInput, "filters exclude each other");
    let stateless = ListApplicationsArgs { state: Some(ApplicationState::Draft), ..all };
    stranger.list_applications(stateless).refused(Category::InvalidInput, "a state alone");
}
