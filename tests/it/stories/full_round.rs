//! A round as it should go: apply, review, decide, accept, deliver, queue the money, report.

use granary_api::micro_grants::{
    ApplicationState, Conflict, ExportReportArgs, GrantState, ListGrantsArgs, MilestoneState,
    PayoutState, ProgramState, ProgressReportArgs, Recommendation, RequestPayoutArgs,
    SubmitMilestoneArgs,
};
use granary_errors::Category;
use granary_tests::{
    chain,
    clock::DAY,
    fixtures::{self, BUDGET, DOLLAR},
    people::{Who, reviewer},
    reply::Expect,
    world::World,
};

use crate::world;

fn payout(grant: u64, milestone: Option<u32>) -> RequestPayoutArgs {
    RequestPayoutArgs { grant, milestone, idempotency_key: None }
}

#[test]
fn a_grant_in_three_milestones_from_application_to_report() {
    let world = world();
    let program = fixtures::open_program(&world);
    let (author, auditor) = (world.by(Who::Applicant), world.by(Who::Auditor));

    // Apply.
    let plan = fixtures::content_in_steps(900 * DOLLAR, 3, world.now_ns());
    let application = fixtures::submit(&world, program, plan);

    let grant = decide(&world, application);

    // Accept; no money while the decision can be challenged.
    let budget = auditor.get_budget(program).value("budget");
    assert_eq!(budget.committed_units, 900 * DOLLAR, "committed with the offer");
    assert_eq!(budget.available_units, BUDGET - 900 * DOLLAR);
    let code = world.by(Who::Stranger).accept_grant(grant).code("not theirs");
    assert_eq!(code, "micro_grants.grant.not_grantee");
    author.accept_grant(grant).value("accept");
    world.advance(fixtures::CHALLENGE_WINDOW + 1);
    assert_eq!(auditor.get_grant(grant).value("the grant").state, GrantState::Active);

    deliver(&world, grant);
    check_the_books(&world, program, grant);

    // The journal tells the same story.
    let events = chain::checked(&auditor);
    let count = |kind: &str| events.iter().filter(|event| event.kind == kind).count();
    assert_eq!(count("ApplicationSubmitted"), 1);
    assert_eq!(count("ConflictDeclared"), 2);
    assert!(events.windows(2).all(|pair| pair[0].at_ns <= pair[1].at_ns));
    fixtures::assert_valid(&world);
}

/// Declarations and reviews; the decision needs two reviews, absolutely. Answers the grant.
fn decide(world: &World, application: u64) -> u64 {
    let (manager, auditor) = (world.by(Who::Manager), world.by(Who::Auditor));
    let first = world.by_principal(reviewer(0));
    first.declare_conflict(fixtures::declaration(application, Conflict::None)).value("declare");
    let state = auditor.get_application(application).value("the application").state;
    assert_eq!(state, ApplicationState::UnderReview);
    let review = fixtures::review(application, Recommendation::Approve, 8);
    first.submit_review(review).value("review");
    let code = manager.finalize_application(application).code("one review of two");
    assert_eq!(code, "micro_grants.application.reviews_missing");
    fixtures::panel(world, application, &[1], Recommendation::Approve);
    manager.finalize_application(application).value("finalize");
    let decided = auditor.get_application(application).value("the application");
    assert_eq!(decided.state, ApplicationState::Approved);
    decided.grant.unwrap()
}

/// Three milestones are handed in, accepted and queued; the second is returned once.
fn deliver(world: &World, grant: u64) {
    let (author, auditor) = (world.by(Who::Applicant), world.by(Who::Auditor));
    let premature = author.request_payout(payout(grant, Some(0)));
    assert_eq!(premature.code("not accepted yet"), "micro_grants.milestone.state");
    for index in 0..3 {
        fixtures::hand_in(world, grant, index);
        if index == 1 {
            let verdict = fixtures::verdict(grant, index, false);
            world.by(Who::Reviewer).review_milestone(verdict).value("return it");
            let returned = &auditor.get_grant(grant).value("the grant").milestones[1];
            assert_eq!(returned.state, MilestoneState::Returned);
            let again =
                SubmitMilestoneArgs { grant, index, evidence: fixtures::evidence("better work") };
            author.submit_milestone(again).value("hand in again");
            let kept = &auditor.get_grant(grant).value("the grant").milestones[1].evidence;
            assert_eq!(kept.len(), 2, "evidence is added, never replaced");
            assert_eq!(kept[0], fixtures::evidence("work")[0]);
        }
        let verdict = fixtures::verdict(grant, index, true);
        world.by(Who::Reviewer).review_milestone(verdict).value("accept the milestone");
        author.request_payout(payout(grant, Some(index))).value("queue the payout");
        let twice = author.request_payout(payout(grant, Some(index)));
        twice.refused(Category::StateError, "one payout for one milestone");
        world.advance(DAY);
    }
    let report = ProgressReportArgs {
        grant,
        summary: "All three steps are merged.".to_owned(),
        evidence: fixtures::evidence("report"),
    };
    author.submit_progress_report(report).value("report");
}

/// Nothing has left: there is no execution yet, and the books and the report say so.
fn check_the_books(world: &World, program: u64, grant: u64) {
    let auditor = world.by(Who::Auditor);
    let stored = auditor.get_grant(grant).value("the grant");
    assert_eq!((stored.paid_units, stored.queued_units), (0, 900 * DOLLAR));
    assert_eq!(stored.progress_reports, 1);
    assert!(stored.milestones.iter().all(|one| one.state == MilestoneState::PayoutQueued));
    let payouts = auditor
        .list_payouts(ListGrantsArgs { limit: 10, ..Default::default() })
        .value("payouts")
        .items;
    assert_eq!(payouts.len(), 3);
    assert!(payouts.iter().all(|one| one.state == PayoutState::Queued && one.intent.is_none()));
    assert_eq!(payouts.iter().map(|one| one.amount_units).sum::<u128>(), 900 * DOLLAR);
    assert_eq!(auditor.get_payout(payouts[0].id).value("a payout"), payouts[0]);
    let budget = auditor.get_budget(program).value("budget");
    assert_eq!((budget.queued_payouts, budget.queued_units), (3, 900 * DOLLAR));
    assert_eq!(budget.paid_units, 0);

    let args = ExportReportArgs { program, after: None, limit: 10 };
    let rows = auditor.export_report(args).value("report").items;
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].milestones_accepted, rows[0].milestones_total), (3, 3));
    assert_eq!(rows[0].award_units, 900 * DOLLAR);
    let grants = ListGrantsArgs { program: Some(program), after: None, limit: 10 };
    assert_eq!(auditor.list_grants(grants).value("grants").items.len(), 1);
}

#[test]
fn a_lump_sum_above_the_threshold_needs_the_treasurer() {
    let world = world();
    let program = fixtures::open_program(&world);
    let grant = fixtures::active_grant(&world, program, fixtures::content(1_500 * DOLLAR));
    let author = world.by(Who::Applicant);
    let code = author.request_payout(payout(grant, None)).code("above the threshold");
    assert_eq!(code, "micro_grants.payout.needs_treasurer");
    world.by(Who::Treasurer).request_payout(payout(grant, None)).value("the treasurer may");
    let budget = world.by(Who::Auditor).get_budget(program).value("budget");
    assert_eq!(budget.queued_units, 1_500 * DOLLAR);
    fixtures::assert_valid(&world);
}

#[test]
fn a_programme_closes_only_when_nothing_is_open() {
    let world = world();
    let program = fixtures::open_program(&world);
    let manager = world.by(Who::Manager);
    let application = fixtures::submit(&world, program, fixtures::content(5 * DOLLAR));
    // The first call stops new applications; what is open is still decided.
    manager.close_program(program).value("close");
    let state = manager.get_program(program).value("the programme").state;
    assert_eq!(state, ProgramState::Closing);
    let late = fixtures::submission(program, fixtures::content(DOLLAR));
    let code = world.by(Who::Applicant).submit_application(late).code("too late");
    assert_eq!(code, "micro_grants.program.state");
    let code = manager.close_program(program).code("something is open");
    assert_eq!(code, "micro_grants.program.busy");
    fixtures::reject(&world, application);
    manager.close_program(program).value("close for good");
    let state = manager.get_program(program).value("the programme").state;
    assert_eq!(state, ProgramState::Closed);
    manager.open_program(program).refused(Category::StateError, "closed is closed");
    fixtures::assert_valid(&world);
}

#[test]
fn nothing_is_paid_while_the_programme_is_paused_or_challenged() {
    let world = world();
    let program = fixtures::open_program(&world);
    let application = fixtures::submit(&world, program, fixtures::content(5 * DOLLAR));
    let grant = fixtures::approve(&world, application);
    let author = world.by(Who::Applicant);
    author.accept_grant(grant).value("accept");
    let error = author
        .request_payout(payout(grant, None))
        .refused(Category::StateError, "the challenge window is open");
    assert!(
        ["micro_grants.payout.challenge_open", "micro_grants.grant.state"].contains(&error.code()),
        "{error}"
    );
    world.advance(fixtures::CHALLENGE_WINDOW + 1);
    world.by(Who::Manager).pause_program(program).value("pause");
    let code = author.request_payout(payout(grant, None)).code("paused");
    assert_eq!(code, "micro_grants.program.state");
    world.by(Who::Manager).open_program(program).value("open again");
    author.request_payout(payout(grant, None)).value("now it is queued");
    fixtures::assert_valid(&world);
}
