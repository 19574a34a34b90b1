//! `micro_grants` asks `registry` about people, and believes nothing but its answer.

use std::sync::Arc;

use candid::{Decode, Principal};
use granary_api::{
    common::{DrainState, Receipt},
    micro_grants::{Conflict, Recommendation},
    registry::{self as g, Holder, PersonRole},
};
use granary_errors::{Category, Error, Outcome};
use granary_tests::{
    clock::{DAY, MINUTE},
    engine::Engine,
    faults::{Action, FaultPlan, Faults, Rule},
    fixtures::{self, DOLLAR},
    people::{Who, reviewer},
    reply::{Answer, Expect, Refusal},
    subject::{MICRO_GRANTS, REGISTRY, SetRole},
    world::{World, encode},
};

use crate::{
    localnet,
    registry::{account, add_wallet, admit, grant, grant_args},
};

/// Longer than an answer of the registry is good.
const FORGOTTEN: u64 = 2 * MINUTE;

/// The registry and the grants on one network; the trustees hold their role for 200 days.
fn pair() -> (World, World) {
    let network = Arc::new(Engine::shared(localnet()).instance());
    let [registry, grants] = [&REGISTRY, &MICRO_GRANTS].map(|subject| {
        let world = World::on(&network, subject);
        world.install_encoded((subject.init)());
        world
    });
    serve(&registry, &grants, true);
    grants.caller(Who::Governor).set_peer("registry", Some(registry.canister)).value("told");
    for number in 0..fixtures::PANEL {
        grant(&registry, PersonRole::Reviewer, Holder::Principal(reviewer(number)));
    }
    (registry, grants)
}

/// Lets the grants read standings, or not.
fn serve(registry: &World, grants: &World, granted: bool) {
    let args = SetRole { role: g::Role::Service, holder: grants.canister, granted };
    registry.caller(Who::Governor).receipt("set_role", &args).value("the right to ask");
}

fn change(registry: &World, method: &str, user: u64) {
    let args = g::UserReasonArgs { user, reason: "a complaint".to_owned() };
    registry.caller(Who::Compliance).receipt(method, &args).value(method);
}

fn apply(grants: &World, program: u64) -> Answer<Receipt> {
    let args = fixtures::submission(program, fixtures::content(DOLLAR));
    grants.by(Who::Applicant).submit_application(args)
}

fn clear(grants: &World, application: u64, number: usize) -> Answer<Receipt> {
    let args = fixtures::declaration(application, Conflict::None);
    grants.by_principal(reviewer(number)).declare_conflict(args)
}

fn events(world: &World) -> u64 {
    world.caller(Who::Auditor).get_events(0, 1).value("events").total
}

#[test]
fn a_suspended_user_does_not_apply_and_a_reactivated_one_does() {
    let (registry, grants) = pair();
    let program = fixtures::open_program(&grants);
    apply(&grants, program).value("somebody the registry does not know");
    let user = admit(&registry, Who::Applicant.principal());
    change(&registry, "suspend_user", user);
    grants.advance(FORGOTTEN);
    let before = events(&grants);
    let refused = apply(&grants, program).refused(Category::StateError, "suspended");
    assert_eq!(refused.code(), "micro_grants.applicant.not_active");
    assert!(refused.message().contains("Suspended"), "{refused}");
    assert_eq!(events(&grants), before, "nothing is changed");
    change(&registry, "reactivate_user", user);
    grants.advance(FORGOTTEN);
    apply(&grants, program).value("reactivated");
    fixtures::assert_valid(&grants);
}

#[test]
fn u4_g6_a_reviewer_holds_its_role_and_is_nobody_of_the_applicants() {
    let (registry, grants) = pair();
    let program = fixtures::open_program(&grants);
    let id = apply(&grants, program).value("an application").id;
    let user = admit(&registry, Who::Applicant.principal());
    crate::registry::link(&registry, Who::Applicant.principal(), reviewer(0), user);
    let other = admit(&registry, reviewer(1));
    assert_ne!(user, other);
    let shared = || account(Who::Stranger.principal(), 1);
    add_wallet(&registry, Who::Applicant.principal(), shared());
    add_wallet(&registry, reviewer(1), shared());
    grants.advance(FORGOTTEN);
    for number in [0, 1] {
        let refused = clear(&grants, id, number).refused(Category::Unauthorized, "an interest");
        assert_eq!(refused.code(), "micro_grants.reviewer.not_independent", "{number}");
    }
    let recusal = fixtures::declaration(id, Conflict::Financial);
    grants.by_principal(reviewer(0)).declare_conflict(recusal).value("an interest may be declared");
    clear(&grants, id, 2).value("independent");
    grants.advance(201 * DAY);
    let late = grants.by_principal(reviewer(2));
    let review = || fixtures::review(id, Recommendation::Approve, 8);
    let refused = late.submit_review(review()).refused(Category::Unauthorized, "expired");
    assert_eq!(refused.code(), "micro_grants.reviewer.no_role");
    grant(&registry, PersonRole::Reviewer, Holder::Principal(reviewer(2)));
    grants.advance(FORGOTTEN);
    late.submit_review(review()).value("renewed");
    let again = late.submit_review(review()).code("once");
    assert_eq!(again, "micro_grants.review.repeated");
}

#[test]
fn a_panel_is_made_of_reviewers() {
    let (registry, grants) = pair();
    let mut terms = fixtures::terms();
    terms.reviewers.push(Who::Stranger.principal());
    let args = granary_api::micro_grants::CreateProgramArgs {
        terms,
        managers: Vec::new(),
        idempotency_key: Some("round".to_owned()),
    };
    let create = || grants.by(Who::Manager).create_program(args.clone());
    assert_eq!(create().code("a stranger"), "micro_grants.program.reviewer_role");
    let holder = Holder::Principal(Who::Stranger.principal());
    let mut role = grant_args(&registry, PersonRole::Reviewer, holder);
    role.scope = "micro_grants".to_owned();
    registry.caller(Who::Governor).receipt("grant_role", &role).value("a role here");
    grants.advance(FORGOTTEN);
    let first = create().value("all of them");
    // The registry is not asked about what was answered before.
    registry.stop();
    grants.advance(FORGOTTEN);
    assert_eq!(create().value("repeated"), first);
}

#[test]
fn a_silent_registry_changes_nothing_and_its_refusal_is_passed_on() {
    let (registry, grants) = pair();
    let program = fixtures::open_program(&grants);
    registry.stop();
    let before = events(&grants);
    let refused = apply(&grants, program).refused(Category::SystemError, "stopped");
    assert_eq!(refused.code(), "common.call.rejected");
    let Error::SystemError { outcome, .. } = &refused else { panic!("{refused}") };
    assert_eq!(*outcome, Outcome::NotApplied);
    // What is wrong by itself is refused without asking.
    let zero = fixtures::submission(program, fixtures::content(0));
    let refused = grants.by(Who::Applicant).submit_application(zero).code("nothing asked for");
    assert_eq!(refused, "micro_grants.amount.zero");
    registry.start();
    let faults = Faults::on(grants.network());
    let lost = Rule::new(Action::Unknown { executed: true }).from(grants.canister).times(1);
    faults.plan(&FaultPlan::of([lost]), 1);
    assert_eq!(apply(&grants, program).code("lost"), "common.call.rejected");
    faults.end();
    serve(&registry, &grants, false);
    let refused = apply(&grants, program).refused(Category::Unauthorized, "no right to ask");
    assert_eq!(refused.code(), "common.not_allowed");
    assert_eq!(refused.detail("peer"), Some(&"registry".into()));
    assert_eq!(events(&grants), before, "nothing is changed");
    serve(&registry, &grants, true);
    registry.upgrade();
    apply(&grants, program).value("as before");
    fixtures::assert_valid(&grants);
}

#[test]
fn a_call_that_is_under_way_holds_the_drain_and_survives_it() {
    let (_registry, grants) = pair();
    let program = fixtures::open_program(&grants);
    let faults = Faults::on(grants.network());
    let late = Rule::new(Action::Delay { rounds: Some(12) }).to(grants.canister);
    faults.plan(&FaultPlan::of([late.named("get_standings").times(1)]), 1);
    let bytes = encode(&fixtures::submission(program, fixtures::content(DOLLAR)));
    let applicant: Principal = Who::Applicant.principal();
    let network = grants.network();
    let sent =
        network.submit_call(grants.canister, applicant, "submit_application", bytes).unwrap();
    for _ in 0..3 {
        network.tick();
    }
    let status = grants.caller(Who::Operator).get_drain_status().value("status");
    assert_eq!(status.calls_outstanding, 1);
    let deadline = grants.now_ns() + DAY;
    grants.caller(Who::Governor).prepare_upgrade(1, deadline).value("drain");
    let status = grants.caller(Who::Operator).get_drain_status().value("status");
    assert_eq!((status.state, status.calls_outstanding), (DrainState::Draining, 1));
    let answer = network.await_call(sent).expect("no trap");
    let answer = Decode!(&answer, Result<Receipt, Error>).unwrap();
    let refused = Refusal::Typed(answer.expect_err("decided again, while draining"));
    assert_eq!(refused.code(), "common.lifecycle.draining");
    faults.end();
    let status = grants.caller(Who::Operator).get_drain_status().value("status");
    assert_eq!((status.state, status.calls_outstanding), (DrainState::Drained, 0));
    grants.stop();
    grants.upgrade();
    grants.start();
    grants.caller(Who::Governor).resume(1, false).value("resume");
    apply(&grants, program).value("after the upgrade");
    fixtures::assert_valid(&grants);
}
