//! A rejection is appealed and judged by people who had no part in it.

use granary_api::micro_grants::{AppealDecisionArgs, ApplicationState, Conflict, Recommendation};
use granary_errors::Category;
use granary_tests::{
    fixtures::{self, DOLLAR},
    people::{Who, reviewer},
    reply::Expect,
};

use crate::world;

fn appeal(application: u64) -> AppealDecisionArgs {
    AppealDecisionArgs { application, grounds_hash: fixtures::hash("grounds") }
}

#[test]
fn another_panel_decides_the_appeal() {
    let world = world();
    let program = fixtures::open_program(&world);
    let application = fixtures::submit(&world, program, fixtures::content(5 * DOLLAR));
    fixtures::reject(&world, application);
    let author = world.by(Who::Applicant);
    let code = world.by(Who::Stranger).appeal_decision(appeal(application)).code("not theirs");
    assert_eq!(code, "micro_grants.application.not_applicant");
    author.appeal_decision(appeal(application)).value("appeal");
    let state = author.get_application(application).value("the application").state;
    assert_eq!(state, ApplicationState::Appealed);

    // Those who rejected it do not judge their own decision.
    for number in [0, 1] {
        let trustee = world.by_principal(reviewer(number));
        let review = fixtures::review(application, Recommendation::Reject, 1);
        let code = trustee.submit_review(review).code("the first panel");
        assert_eq!(code, "micro_grants.review.first_panel");
    }
    fixtures::panel(&world, application, &[2, 3], Recommendation::Approve);
    world.by(Who::Manager).finalize_application(application).value("finalize the appeal");
    let decided = author.get_application(application).value("the application");
    assert_eq!(decided.state, ApplicationState::Approved);
    let file = author.get_reviews(application).value("the reviews");
    let panels: Vec<u32> = file.reviews.iter().map(|review| review.panel).collect();
    assert_eq!(panels.iter().filter(|panel| **panel == 0).count(), 2);
    assert_eq!(panels.iter().filter(|panel| **panel == 1).count(), 2);
    let metrics = author.get_canister_metrics().value("metrics");
    assert_eq!((metrics.approved_applications, metrics.rejected_applications), (1, 0));
    fixtures::assert_valid(&world);
}

#[test]
fn an_appeal_comes_once_and_in_time() {
    let world = world();
    let program = fixtures::open_program(&world);
    let author = world.by(Who::Applicant);
    let application = fixtures::submit(&world, program, fixtures::content(5 * DOLLAR));
    let code = author.appeal_decision(appeal(application)).code("nothing is decided");
    assert_eq!(code, "micro_grants.application.state");
    fixtures::reject(&world, application);
    author.appeal_decision(appeal(application)).value("appeal");
    fixtures::panel(&world, application, &[2, 3], Recommendation::Reject);
    world.by(Who::Manager).finalize_application(application).value("finalize the appeal");
    let code = author.appeal_decision(appeal(application)).code("a second appeal");
    assert_eq!(code, "micro_grants.appeal.used");

    let late = fixtures::submit(&world, program, fixtures::content(6 * DOLLAR));
    fixtures::reject(&world, late);
    world.advance(fixtures::APPEAL_WINDOW + 1);
    let code = author.appeal_decision(appeal(late)).code("too late");
    assert_eq!(code, "micro_grants.appeal.closed");
    fixtures::assert_valid(&world);
}

#[test]
fn an_appeal_without_enough_new_judges_is_blocked_not_decided() {
    let world = world();
    let mut terms = fixtures::terms();
    terms.reviewers.truncate(3);
    let program = fixtures::open_program_with(&world, terms);
    let application = fixtures::submit(&world, program, fixtures::content(5 * DOLLAR));
    fixtures::reject(&world, application);
    world.by(Who::Applicant).appeal_decision(appeal(application)).value("appeal");
    let last = world.by_principal(reviewer(2));
    last.declare_conflict(fixtures::declaration(application, Conflict::None)).value("declare");
    last.submit_review(fixtures::review(application, Recommendation::Approve, 10)).value("review");
    let error = world
        .by(Who::Manager)
        .finalize_application(application)
        .refused(Category::StateError, "one judge of two");
    assert_eq!(error.code(), "micro_grants.application.blocked");
    fixtures::assert_valid(&world);
}
