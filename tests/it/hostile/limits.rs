//! The largest messages and the tightest numbers, one by one.

use candid::{Encode, Nat, Principal};
use granary_api::micro_grants::{ApplicationContent, ProgramArgs, SubmitApplicationArgs};
use granary_errors::Category;
use granary_tests::{
    did::Interface,
    digest,
    fixtures::{self, DOLLAR},
    hostile::{Attack, judge},
    people::Who,
    reply::Expect,
    world::encode,
};
use serde_bytes::ByteBuf;

use crate::world;

/// Just below what a network takes as one message.
const LARGE: usize = 1_900_000;

#[test]
fn messages_of_almost_two_megabytes_are_refused_in_words() {
    let world = world();
    let program = fixtures::open_program(&world);
    let before = digest::state(&world);
    let attempt = |content: ApplicationContent| {
        let args = fixtures::submission(program, content);
        world.by(Who::Applicant).submit_application(args).refused(Category::InvalidInput, "large")
    };
    let base = || fixtures::content(DOLLAR);
    attempt(ApplicationContent { title: "t".repeat(LARGE), ..base() });
    attempt(ApplicationContent { summary: "s".repeat(LARGE), ..base() });
    attempt(ApplicationContent { links: vec!["l".repeat(100); LARGE / 110], ..base() });
    attempt(ApplicationContent { plan_hash: ByteBuf::from(vec![0; LARGE]), ..base() });
    let team = vec![Who::Stranger.principal(); LARGE / 40];
    attempt(ApplicationContent { team, ..base() });
    let mut key = fixtures::submission(program, base());
    key.idempotency_key = Some("k".repeat(LARGE));
    let code = world.by(Who::Applicant).submit_application(key).code("a large key");
    assert_eq!(code, "common.idempotency.key_size");
    assert_eq!(digest::state(&world), before);
}

#[test]
fn a_blob_of_almost_two_megabytes_reaches_no_method() {
    let world = world();
    let program = fixtures::open_program(&world);
    let interface = Interface::micro_grants();
    let before = (digest::state(&world), world.by(Who::Auditor).get_certified_head().value("head"));
    let blob = Encode!(&ByteBuf::from(vec![7; LARGE])).unwrap();
    for method in interface.methods.iter().filter(|method| !method.args.is_empty()) {
        let client = world.by(Who::Governor);
        let reply = if method.query {
            client.raw_query(&method.name, blob.clone())
        } else {
            client.raw_update(&method.name, blob.clone())
        };
        let attack = Attack { kind: "a large blob", bytes: blob.clone() };
        let verdict = judge(&interface, method, &attack, &reply);
        assert!(verdict.is_ok(), "{}: {verdict:?}", method.name);
        assert!(reply.is_err(), "{} took a blob for its arguments", method.name);
    }
    let after = world.by(Who::Auditor).get_certified_head().value("head");
    assert_eq!((digest::state(&world), after.head), (before.0, before.1.head));
    world.by(Who::Manager).get_program(program).value("it answers as before");
}

#[test]
fn the_same_argument_twice_and_additional_arguments_change_nothing_more() {
    let world = world();
    let program = fixtures::open_program(&world);
    // A second argument is ignored by Candid's rules: it is an upgrade of the caller.
    let two = Encode!(&ProgramArgs { program }, &ProgramArgs { program: 99 }).unwrap();
    world.by(Who::Manager).raw_update("pause_program", two).expect("an additional argument");
    let state = world.by(Who::Manager).get_program(program).value("the programme").state;
    assert_eq!(state, granary_api::micro_grants::ProgramState::Paused);
    let again = world.by(Who::Manager).pause_program(program).code("paused already");
    assert_eq!(again, "micro_grants.program.state");
}

#[test]
fn people_that_are_nobody_are_refused_wherever_they_are_named() {
    let world = world();
    let program = fixtures::open_program(&world);
    for nobody in [Principal::anonymous(), Principal::management_canister()] {
        let content = ApplicationContent { team: vec![nobody], ..fixtures::content(DOLLAR) };
        let args = fixtures::submission(program, content);
        let code = world.by(Who::Applicant).submit_application(args).code("in a team");
        assert_eq!(code, "common.person.invalid");
        let args = SubmitApplicationArgs {
            applicant: Some(nobody),
            ..fixtures::submission(program, fixtures::content(DOLLAR))
        };
        let code = world.by(Who::Manager).submit_application(args).code("as an applicant");
        assert_eq!(code, "common.person.invalid");
        let role = granary_api::micro_grants::SetRoleArgs {
            role: granary_api::micro_grants::Role::Treasurer,
            holder: nobody,
            granted: true,
        };
        let code = world.by(Who::Governor).set_role(role).code("as a role's holder");
        assert_eq!(code, "common.person.invalid");
        // A caller nobody can be.
        let args = fixtures::submission(program, fixtures::content(DOLLAR));
        let code = world.by_principal(nobody).submit_application(args).code("as a caller");
        assert_eq!(code, "common.anonymous");
    }
}

#[test]
fn numbers_beyond_every_machine_word_get_a_typed_refusal() {
    let world = world();
    let program = fixtures::open_program(&world);
    let digits = "9".repeat(5_000);
    let beyond = Nat::parse(digits.as_bytes()).unwrap();
    let content = ApplicationContent { requested_units: beyond, ..fixtures::content(DOLLAR) };
    let args = fixtures::submission(program, content);
    let error = world
        .by(Who::Applicant)
        .submit_application(args)
        .refused(Category::InvalidInput, "five thousand digits");
    assert_eq!(error.code(), "common.amount.range");
    assert!(error.message().len() < 500, "the number is not repeated at length");
    // A programme's number of 2^64 fits no nat64: the message cannot be decoded.
    let wrong = Encode!(&Beyond { program: Nat::from(u64::MAX) + 1_u8 }).unwrap();
    assert!(world.by(Who::Manager).raw_query("get_program", wrong).is_err());
    assert!(world.by(Who::Manager).raw_query("get_program", encode(&program)).is_err());
}

#[derive(candid::CandidType)]
struct Beyond {
    program: Nat,
}
