//! Programmes, applications and grants that are valid unless a test says otherwise.

use candid::Nat;
use granary_api::{
    common::ValidateStateArgs,
    micro_grants::{
        ApplicationContent, ApprovalRule, Conflict, CreateProgramArgs, DeclareConflictArgs,
        Dimension, Evidence, MilestonePlan, ProgramTerms, ReasonArgs, Recommendation,
        ReviewMilestoneArgs, SubmitApplicationArgs, SubmitMilestoneArgs, SubmitReviewArgs,
    },
};
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};

use crate::{
    clock::DAY,
    people::{Who, reviewer},
    reply::Expect,
    world::World,
};

/// One whole test dollar in units.
pub const DOLLAR: u128 = 1_000_000;
/// Budget of [`terms`].
pub const BUDGET: u128 = 10_000 * DOLLAR;
/// Trustees of [`terms`].
pub const PANEL: usize = 5;
/// Challenge window of [`terms`].
pub const CHALLENGE_WINDOW: u64 = DAY;
/// Appeal window of [`terms`].
pub const APPEAL_WINDOW: u64 = 3 * DAY;
/// Inactivity of [`terms`].
pub const INACTIVITY: u64 = 30 * DAY;
/// Least time between notice and termination.
pub const NOTICE_PERIOD: u64 = 7 * DAY;

/// A programme of 10,000 dollars with five trustees, two of whom must agree.
pub fn terms() -> ProgramTerms {
    let dimension =
        |name: &str, weight_bps| Dimension { name: name.to_owned(), min: 0, max: 10, weight_bps };
    ProgramTerms {
        title: "Community round".to_owned(),
        budget_units: Nat::from(BUDGET),
        min_grant_units: Nat::from(DOLLAR),
        max_grant_units: Nat::from(2_000 * DOLLAR),
        per_applicant_cap_units: Nat::from(6_000 * DOLLAR),
        max_applications: 10_000,
        reviewers: (0..PANEL).map(reviewer).collect(),
        min_reviews: 2,
        approval_rule: ApprovalRule { min_approvals_bps: 6_000, min_score_bps: 5_000 },
        rubric: vec![dimension("impact", 6_000), dimension("feasibility", 4_000)],
        review_window_ns: 7 * DAY,
        appeal_window_ns: APPEAL_WINDOW,
        challenge_window_ns: CHALLENGE_WINDOW,
        inactivity_ns: INACTIVITY,
        treasurer_above_units: Nat::from(1_000 * DOLLAR),
    }
}

/// A request for one lump sum.
pub fn content(amount: u128) -> ApplicationContent {
    ApplicationContent {
        title: "Fix the wallet".to_owned(),
        summary: "Repairs the reference wallet and writes a test for each repair.".to_owned(),
        requested_units: Nat::from(amount),
        plan_hash: hash("plan"),
        milestones: Vec::new(),
        team: Vec::new(),
        links: vec!["https://example.org/plan".to_owned()],
    }
}

/// A request paid in `count` equal milestones, one due every thirty days from `now_ns` on.
pub fn content_in_steps(amount: u128, count: u32, now_ns: u64) -> ApplicationContent {
    let milestones = (1..=u64::from(count)).map(|number| MilestonePlan {
        amount_units: Nat::from(amount / u128::from(count)),
        due_at_ns: now_ns + number * 30 * DAY,
        acceptance_criteria: format!("step {number} is merged"),
    });
    ApplicationContent { milestones: milestones.collect(), ..content(amount) }
}

/// SHA-256 of a text.
pub fn hash(text: &str) -> ByteBuf {
    ByteBuf::from(Sha256::digest(text).to_vec())
}

/// One piece of evidence.
pub fn evidence(name: &str) -> Vec<Evidence> {
    vec![Evidence { uri: format!("https://example.org/{name}"), sha256: hash(name) }]
}

/// A reason for whatever is done to a grant.
pub fn reason(grant: u64) -> ReasonArgs {
    ReasonArgs { grant, reason_hash: hash("reason") }
}

/// Creates a programme with these terms and opens it.
pub fn open_program_with(world: &World, terms: ProgramTerms) -> u64 {
    let args = CreateProgramArgs { terms, managers: Vec::new(), idempotency_key: None };
    let program = world.by(Who::Manager).create_program(args).value("create the programme").id;
    world.by(Who::Manager).open_program(program).value("open the programme");
    program
}

/// Creates a programme with [`terms`] and opens it.
pub fn open_program(world: &World) -> u64 {
    open_program_with(world, terms())
}

/// Arguments that submit this content.
pub fn submission(program: u64, content: ApplicationContent) -> SubmitApplicationArgs {
    SubmitApplicationArgs { program, draft: None, content, applicant: None, idempotency_key: None }
}

/// [`Who::Applicant`] submits this content.
pub fn submit(world: &World, program: u64, content: ApplicationContent) -> u64 {
    let args = submission(program, content);
    world.by(Who::Applicant).submit_application(args).value("submit the application").id
}

/// This trustee declares a relation to the application.
pub fn declaration(application: u64, conflict: Conflict) -> DeclareConflictArgs {
    DeclareConflictArgs { application, conflict, note_hash: None }
}

/// A review with these scores.
pub fn review(application: u64, recommendation: Recommendation, score: u32) -> SubmitReviewArgs {
    SubmitReviewArgs {
        application,
        scores: vec![score, score],
        recommendation,
        rationale_hash: Some(hash("rationale")),
    }
}

/// These trustees declare that they have no conflict, and review.
pub fn panel(world: &World, application: u64, trustees: &[usize], recommendation: Recommendation) {
    let score = if recommendation == Recommendation::Approve { 8 } else { 2 };
    for &number in trustees {
        let trustee = world.by_principal(reviewer(number));
        trustee.declare_conflict(declaration(application, Conflict::None)).value("declare");
        trustee.submit_review(review(application, recommendation, score)).value("review");
    }
}

/// Two trustees reject the application, and the decision is made.
pub fn reject(world: &World, application: u64) {
    panel(world, application, &[0, 1], Recommendation::Reject);
    world.by(Who::Manager).finalize_application(application).value("finalize");
}

/// Two trustees approve the application, and the decision is made. The grant on offer.
pub fn approve(world: &World, application: u64) -> u64 {
    panel(world, application, &[0, 1], Recommendation::Approve);
    world.by(Who::Manager).finalize_application(application).value("finalize");
    let decided = world.by(Who::Applicant).get_application(application).value("the application");
    decided.grant.expect("an approved application has a grant")
}

/// A grant whose offer was accepted and whose challenge window is over.
pub fn active_grant(world: &World, program: u64, content: ApplicationContent) -> u64 {
    let application = submit(world, program, content);
    let grant = approve(world, application);
    world.by(Who::Applicant).accept_grant(grant).value("accept the grant");
    world.advance(CHALLENGE_WINDOW + 1);
    grant
}

/// The grantee hands in a milestone.
pub fn hand_in(world: &World, grant: u64, index: u32) {
    let args = SubmitMilestoneArgs { grant, index, evidence: evidence("work") };
    world.by(Who::Applicant).submit_milestone(args).value("hand in the milestone");
}

/// Arguments that accept or return a milestone.
pub fn verdict(grant: u64, index: u32, accept: bool) -> ReviewMilestoneArgs {
    ReviewMilestoneArgs { grant, index, accept, note_hash: None }
}

/// Fails unless the stored state keeps every invariant, whatever canister it is.
///
/// # Panics
/// With the violations.
#[track_caller]
pub fn assert_valid(world: &World) {
    let auditor = world.caller(Who::Auditor);
    let mut cursor = None;
    loop {
        let args = ValidateStateArgs { cursor: cursor.take(), max_items: 10_000 };
        let report = auditor.validate_state(&args).value("validate the state");
        assert!(report.violations.is_empty(), "violations: {:?}", report.violations);
        cursor = report.next;
        if cursor.is_none() {
            break;
        }
    }
}
