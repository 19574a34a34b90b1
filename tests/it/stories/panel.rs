//! Who may judge: nobody with an interest, and never fewer than the programme asks for.

use granary_api::micro_grants::{
    ApplicationContent, ApplicationState, Conflict, Recommendation, UpdateProgramArgs,
};
use granary_errors::{Category, Value};
use granary_tests::{
    fixtures::{self, DOLLAR},
    people::{Who, reviewer},
    reply::Expect,
};

use crate::world;

#[test]
fn recusal_never_lowers_the_quorum() {
    let world = world();
    let program = fixtures::open_program(&world);
    let id = fixtures::submit(&world, program, fixtures::content(5 * DOLLAR));
    for (number, conflict) in
        [Conflict::Financial, Conflict::Employment, Conflict::Personal, Conflict::Other]
            .into_iter()
            .enumerate()
    {
        let trustee = world.by_principal(reviewer(number));
        trustee.declare_conflict(fixtures::declaration(id, conflict)).value("recuse");
        let review = fixtures::review(id, Recommendation::Approve, 10);
        assert_eq!(trustee.submit_review(review).code("recused"), "micro_grants.review.recused");
        let code = trustee
            .declare_conflict(fixtures::declaration(id, Conflict::None))
            .code("a conflict stays");
        assert_eq!(code, "micro_grants.review.recused");
    }
    fixtures::panel(&world, id, &[4], Recommendation::Approve);
    let error = world
        .by(Who::Manager)
        .finalize_application(id)
        .refused(Category::StateError, "one eligible reviewer of two");
    assert_eq!(error.code(), "micro_grants.application.blocked");
    assert_eq!(error.detail("min_reviews"), Some(&Value::Nat(2)));
    assert_eq!(error.detail("eligible"), Some(&Value::Nat(1)));
    let stored = world.by(Who::Auditor).get_application(id).value("the application");
    assert_eq!(stored.state, ApplicationState::UnderReview, "blocked, not decided");

    // A new trustee unblocks it.
    let manager = world.by(Who::Manager);
    manager.pause_program(program).value("pause");
    let mut terms = fixtures::terms();
    terms.reviewers.push(reviewer(9));
    manager.update_program(UpdateProgramArgs { program, terms }).value("add a trustee");
    manager.open_program(program).value("open");
    fixtures::panel(&world, id, &[9], Recommendation::Approve);
    manager.finalize_application(id).value("two reviews of six trustees");
    fixtures::assert_valid(&world);
}

#[test]
fn nobody_judges_their_own_application() {
    let world = world();
    let program = fixtures::open_program(&world);
    let own = world
        .by_principal(reviewer(0))
        .submit_application(fixtures::submission(program, fixtures::content(5 * DOLLAR)))
        .value("a trustee may apply")
        .id;
    let content = ApplicationContent { team: vec![reviewer(1)], ..fixtures::content(5 * DOLLAR) };
    let friend = fixtures::submit(&world, program, content);
    for (id, number) in [(own, 0), (friend, 1)] {
        let trustee = world.by_principal(reviewer(number));
        // The declaration itself may be refused, or taken: it must not help.
        drop(trustee.declare_conflict(fixtures::declaration(id, Conflict::None)));
        let error = trustee
            .submit_review(fixtures::review(id, Recommendation::Approve, 10))
            .refused(Category::Unauthorized, "an interest in the matter");
        assert_eq!(error.code(), "micro_grants.reviewer.not_independent");
    }
    fixtures::panel(&world, own, &[1, 2], Recommendation::Approve);
    world.by(Who::Manager).finalize_application(own).value("others may judge it");
    fixtures::assert_valid(&world);
}

#[test]
fn scores_decide_as_the_rule_says() {
    let world = world();
    let program = fixtures::open_program(&world);
    // Everybody recommends approval, but the scores stay below the bound of 5,000.
    let id = fixtures::submit(&world, program, fixtures::content(5 * DOLLAR));
    for number in [0, 1] {
        let trustee = world.by_principal(reviewer(number));
        trustee.declare_conflict(fixtures::declaration(id, Conflict::None)).value("declare");
        let mut review = fixtures::review(id, Recommendation::Approve, 4);
        review.scores = vec![6, 3];
        trustee.submit_review(review).value("review");
    }
    let file = world.by(Who::Auditor).get_reviews(id).value("the reviews");
    // 0.6 × 6,000 + 0.3 × 4,000 of 10,000.
    assert!(file.reviews.iter().all(|review| review.score_bps == 4_800), "{:?}", file.reviews);
    world.by(Who::Manager).finalize_application(id).value("finalize");
    let state = world.by(Who::Auditor).get_application(id).value("the application").state;
    assert_eq!(state, ApplicationState::Rejected);

    // High scores, but half of the panel says no, and 60 % must say yes.
    let id = fixtures::submit(&world, program, fixtures::content(5 * DOLLAR));
    for (number, recommendation) in [(0, Recommendation::Approve), (1, Recommendation::Reject)] {
        let trustee = world.by_principal(reviewer(number));
        trustee.declare_conflict(fixtures::declaration(id, Conflict::None)).value("declare");
        trustee.submit_review(fixtures::review(id, recommendation, 10)).value("review");
    }
    world.by(Who::Manager).finalize_application(id).value("finalize");
    let state = world.by(Who::Auditor).get_application(id).value("the application").state;
    assert_eq!(state, ApplicationState::Rejected);
    fixtures::assert_valid(&world);
}
