//! Every refusal is typed, says which bound was broken and what to do, and changes nothing.

use candid::Nat;
use granary_api::{
    common::{GetLogsArgs, LogLevel, PageArgs},
    micro_grants::{
        ApplicationContent, Conflict, CreateProgramArgs, ExportReportArgs, ListApplicationsArgs,
        ListGrantsArgs, MilestonePlan, ProgramTerms, Recommendation, SubmitApplicationArgs,
    },
};
use granary_errors::{Category, Error, Value};
use granary_tests::{
    chain,
    clock::DAY,
    digest,
    fixtures::{self, DOLLAR},
    people::{Who, reviewer},
    reply::{Answer, Expect},
    world::World,
};
use serde_bytes::ByteBuf;

use crate::world;

fn submitted(world: &World, args: SubmitApplicationArgs) -> Answer<granary_api::common::Receipt> {
    world.by(Who::Applicant).submit_application(args)
}

#[test]
fn an_amount_is_refused_with_the_bound_and_its_unit() {
    let world = world();
    let program = fixtures::open_program(&world);
    let attempt = |amount: Nat| {
        let content = ApplicationContent { requested_units: amount, ..fixtures::content(0) };
        submitted(&world, fixtures::submission(program, content))
            .refused(Category::InvalidInput, "the amount")
    };
    let zero = attempt(Nat::from(0_u8));
    assert_eq!(zero.code(), "micro_grants.amount.zero");

    let below = attempt(Nat::from(DOLLAR - 1));
    assert_eq!(below.code(), "micro_grants.amount.below_minimum");
    assert_eq!(below.detail("min_units"), Some(&Value::Nat(DOLLAR)));
    for part in ["999999", "1000000", "TUSD"] {
        assert!(below.message().contains(part), "{part} is in: {}", below.message());
    }

    let above = attempt(Nat::from(2_000 * DOLLAR + 1));
    assert_eq!(above.code(), "micro_grants.amount.above_maximum");
    assert_eq!(above.detail("max_units"), Some(&Value::Nat(2_000 * DOLLAR)));
    for part in ["2000000001", "2000000000", "TUSD"] {
        assert!(above.message().contains(part), "{part} is in: {}", above.message());
    }

    for beyond in [Nat::from(u128::MAX), Nat::from(u128::MAX) * Nat::from(u128::MAX)] {
        let error = attempt(beyond);
        let Error::InvalidInput { field, .. } = &error else { unreachable!() };
        assert!(field.contains("requested_units"), "{field}");
    }
    // The bounds themselves are fine.
    for amount in [DOLLAR, 2_000 * DOLLAR] {
        submitted(&world, fixtures::submission(program, fixtures::content(amount)))
            .value("an amount on the bound");
    }
    fixtures::assert_valid(&world);
}

#[test]
fn milestones_must_sum_to_the_request() {
    let world = world();
    let program = fixtures::open_program(&world);
    let mut content = fixtures::content_in_steps(10 * DOLLAR, 2, world.now_ns());
    content.milestones[1].amount_units += Nat::from(1_u8);
    let error = submitted(&world, fixtures::submission(program, content))
        .refused(Category::InvalidInput, "one unit too much");
    assert_eq!(error.code(), "micro_grants.milestone.sum");
    assert_eq!(error.detail("sum_units"), Some(&Value::Nat(10 * DOLLAR + 1)));

    let plan = |amount| MilestonePlan {
        amount_units: Nat::from(amount),
        due_at_ns: world.now_ns() + DAY,
        acceptance_criteria: "done".to_owned(),
    };
    let overflowing = ApplicationContent {
        milestones: vec![plan(u128::MAX), plan(u128::MAX), plan(2)],
        ..fixtures::content(10 * DOLLAR)
    };
    submitted(&world, fixtures::submission(program, overflowing))
        .refused(Category::InvalidInput, "a sum beyond 128 bits");
}

#[test]
fn the_cap_counts_everything_an_applicant_has_open() {
    let world = world();
    let mut terms = fixtures::terms();
    terms.per_applicant_cap_units = Nat::from(2_500 * DOLLAR);
    let program = fixtures::open_program_with(&world, terms);
    let first = fixtures::submit(&world, program, fixtures::content(2_000 * DOLLAR));
    let more = fixtures::submission(program, fixtures::content(501 * DOLLAR));
    let error = submitted(&world, more.clone()).refused(Category::InsufficientFunds, "the cap");
    assert_eq!(error.code(), "micro_grants.applicant.cap");
    let Error::InsufficientFunds { required, available, unit, .. } = error else { unreachable!() };
    assert_eq!((required, available), (501 * DOLLAR, 500 * DOLLAR));
    assert_eq!(unit, "TUSD");
    world.by(Who::Applicant).withdraw_application(first).value("withdraw");
    submitted(&world, more).value("what was withdrawn counts no longer");
}

#[test]
fn what_does_not_exist_is_not_found_by_its_number() {
    let world = world();
    let program = fixtures::open_program(&world);
    let someone = world.by(Who::Governor);
    for id in [0, program + 1, u64::from(u32::MAX) + 2, u64::MAX] {
        let error = someone.get_program(id).refused(Category::NotFound, "a programme");
        let Error::NotFound { kind, id: named, .. } = &error else { unreachable!() };
        assert_eq!((kind.as_str(), named), ("program", &id.to_string()));
        someone.get_application(id).refused(Category::NotFound, "an application");
        someone.get_grant(id).refused(Category::NotFound, "a grant");
        someone.get_payout(id).refused(Category::NotFound, "a payout");
        someone.get_budget(id).refused(Category::NotFound, "a budget");
        world.by(Who::Applicant).accept_grant(id).refused(Category::NotFound, "accept");
        let args = fixtures::submission(id, fixtures::content(DOLLAR));
        submitted(&world, args).refused(Category::NotFound, "submit to no programme");
    }
}

#[test]
fn reviews_are_checked_score_by_score() {
    let world = world();
    let program = fixtures::open_program(&world);
    let id = fixtures::submit(&world, program, fixtures::content(5 * DOLLAR));
    let trustee = world.by_principal(reviewer(0));
    let review = fixtures::review(id, Recommendation::Approve, 8);
    let code = trustee.submit_review(review.clone()).code("before declaring");
    assert_eq!(code, "micro_grants.review.undeclared");
    trustee.declare_conflict(fixtures::declaration(id, Conflict::None)).value("declare");

    let mut wrong = review.clone();
    wrong.scores.push(8);
    assert_eq!(trustee.submit_review(wrong).code("three scores"), "micro_grants.score.count");
    let mut wrong = review.clone();
    wrong.scores[1] = 11;
    let error = trustee.submit_review(wrong).refused(Category::InvalidInput, "a score above");
    assert_eq!(error.code(), "micro_grants.score.range");
    assert!(error.message().contains("11") && error.message().contains("10"), "{error}");
    let mut wrong = review.clone();
    wrong.rationale_hash = Some(ByteBuf::from(vec![0; 31]));
    assert_eq!(trustee.submit_review(wrong).code("31 bytes"), "common.hash.size");

    trustee.submit_review(review.clone()).value("a good review");
    assert_eq!(trustee.submit_review(review).code("again"), "micro_grants.review.repeated");
}

#[test]
fn the_terms_of_a_programme_must_make_sense() {
    let world = world();
    let attempt = |change: &dyn Fn(&mut ProgramTerms)| {
        let mut terms = fixtures::terms();
        change(&mut terms);
        let args = CreateProgramArgs { terms, managers: Vec::new(), idempotency_key: None };
        world.by(Who::Manager).create_program(args).code("terms without sense")
    };
    let bounds = "micro_grants.program.bounds";
    assert_eq!(attempt(&|t| t.min_grant_units = t.max_grant_units.clone() + 1_u8), bounds);
    assert_eq!(attempt(&|t| t.max_grant_units = t.budget_units.clone() + 1_u8), bounds);
    assert_eq!(attempt(&|t| t.rubric[0].weight_bps += 1), "micro_grants.rubric.weights");
    assert_eq!(attempt(&|t| t.rubric[0].min = 10), "micro_grants.rubric.range");
    assert_eq!(attempt(&|t| t.min_reviews = 6), "micro_grants.program.quorum");
    assert_eq!(
        attempt(&|t| t.approval_rule.min_approvals_bps = 10_001),
        "micro_grants.program.bps"
    );
    assert_eq!(attempt(&|t| t.review_window_ns = u64::MAX), "micro_grants.program.window");
    assert_eq!(attempt(&|t| t.reviewers.push(t.reviewers[0])), "common.person.duplicate");
    assert_eq!(attempt(&|t| t.reviewers.push(Who::Anonymous.principal())), "common.person.invalid");
    assert_eq!(attempt(&|t| t.title.clear()), "common.text.size");
    assert_eq!(attempt(&|t| t.title = "x".repeat(201)), "common.text.size");
    let programs = world.by(Who::Manager).list_programs(PageArgs { after: None, limit: 10 });
    assert!(programs.value("programmes").items.is_empty(), "nothing was created");
}

#[test]
fn every_list_refuses_an_empty_or_an_oversized_page() {
    let world = world();
    let program = fixtures::open_program(&world);
    let reader = world.by(Who::Governor);
    for limit in [0, 101, u32::MAX] {
        let page = PageArgs { after: None, limit };
        let codes = [
            reader.list_programs(page).code("programmes"),
            reader.list_payouts(ListGrantsArgs { limit, ..Default::default() }).code("payouts"),
            reader
                .list_applications(ListApplicationsArgs { limit, ..Default::default() })
                .code("applications"),
            reader.list_grants(ListGrantsArgs { limit, ..Default::default() }).code("grants"),
            reader.export_report(ExportReportArgs { program, after: None, limit }).code("report"),
        ];
        assert_eq!(codes, ["common.page.limit"; 5], "limit {limit}");
    }
    // The journal and the log give as many as fit, whatever is asked for.
    assert!(reader.get_events(0, u32::MAX).value("events").events.len() <= 200);
    let args = GetLogsArgs { after: None, limit: u32::MAX, min_level: LogLevel::Debug };
    assert!(reader.get_logs(args).value("log").entries.len() <= 200);
    assert!(reader.get_events(u64::MAX, 10).value("beyond the end").events.is_empty());
}

#[test]
fn a_refusal_changes_nothing() {
    let world = world();
    let program = fixtures::open_program(&world);
    let id = fixtures::submit(&world, program, fixtures::content(5 * DOLLAR));
    let before = (digest::state(&world), chain::checked(&world.by(Who::Auditor)).len());
    let applicant = world.by(Who::Applicant);
    applicant.finalize_application(id).code("no reviews");
    applicant.open_program(program).code("no manager");
    applicant.accept_grant(1).code("no grant");
    world.by(Who::Manager).open_program(program).code("open already");
    world.by(Who::Manager).finalize_application(id).code("no reviews");
    world.by(Who::Stranger).withdraw_application(id).code("not theirs");
    submitted(&world, fixtures::submission(program, fixtures::content(0))).code("zero");
    let after = (digest::state(&world), chain::checked(&world.by(Who::Auditor)).len());
    assert_eq!(after, before, "seven refusals, no change");
}

#[test]
fn a_key_repeats_the_first_answer_for_a_day() {
    let world = world();
    let program = fixtures::open_program(&world);
    let mut args = fixtures::submission(program, fixtures::content(DOLLAR));
    args.idempotency_key = Some("k".repeat(64));
    let first = submitted(&world, args.clone()).value("first");
    world.advance(DAY / 2);
    assert_eq!(submitted(&world, args.clone()).value("again"), first);
    world.upgrade();
    assert_eq!(submitted(&world, args.clone()).value("after an upgrade"), first);
    for key in ["", &"k".repeat(65)] {
        let args = SubmitApplicationArgs { idempotency_key: Some(key.to_owned()), ..args.clone() };
        assert_eq!(submitted(&world, args).code("key size"), "common.idempotency.key_size");
    }
}
