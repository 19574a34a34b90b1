//! An upgrade between any two messages of a history changes nothing about what follows.

use candid::Principal;
use granary_api::micro_grants::{
    ApplicationArgs, Conflict, CreateProgramArgs, GrantArgs, ProgramArgs, Recommendation,
    RequestPayoutArgs, SubmitMilestoneArgs,
};
use granary_tests::{
    chain,
    clock::DAY,
    digest::{self, StateDigest},
    engine::GENESIS_NS,
    fixtures::{self, DOLLAR},
    people::{Who, reviewer},
    world::{World, encode},
};

use crate::world;

/// One message of the history.
type Message = (Principal, &'static str, Vec<u8>);

/// A grant from its programme to its second payout, one message a day.
fn history() -> Vec<Message> {
    let manager = Who::Manager.principal();
    let author = Who::Applicant.principal();
    let create = CreateProgramArgs {
        terms: fixtures::terms(),
        managers: Vec::new(),
        idempotency_key: Some("round 1".to_owned()),
    };
    let content = fixtures::content_in_steps(20 * DOLLAR, 2, GENESIS_NS);
    let application = 1;
    let grant = 1;
    let declare = encode(&fixtures::declaration(application, Conflict::None));
    let review = encode(&fixtures::review(application, Recommendation::Approve, 8));
    let mut messages: Vec<Message> = vec![
        (manager, "create_program", encode(&create)),
        (manager, "open_program", encode(&ProgramArgs { program: 1 })),
        (author, "submit_application", encode(&fixtures::submission(1, content))),
        (reviewer(0), "declare_conflict", declare.clone()),
        (reviewer(1), "declare_conflict", declare),
        (reviewer(0), "submit_review", review.clone()),
        (reviewer(1), "submit_review", review),
        (manager, "finalize_application", encode(&ApplicationArgs { application })),
        (author, "accept_grant", encode(&GrantArgs { grant })),
    ];
    for index in 0..2 {
        let work = SubmitMilestoneArgs { grant, index, evidence: fixtures::evidence("work") };
        let payout = RequestPayoutArgs { grant, milestone: Some(index), idempotency_key: None };
        messages.extend([
            (author, "submit_milestone", encode(&work)),
            (reviewer(0), "review_milestone", encode(&fixtures::verdict(grant, index, false))),
            (author, "submit_milestone", encode(&work)),
            (reviewer(1), "review_milestone", encode(&fixtures::verdict(grant, index, true))),
            (author, "request_payout", encode(&payout)),
        ]);
    }
    messages
}

/// Plays the history with an upgrade before the message of this index. The state at the end, and
/// the kinds of events without those of the upgrade itself.
fn play(history: &[Message], upgrade_before: Option<usize>) -> (StateDigest, Vec<String>) {
    let world: World = world();
    for (index, (sender, method, bytes)) in history.iter().enumerate() {
        if upgrade_before == Some(index) {
            world.upgrade();
        }
        // Each message has its own time, whatever came in between.
        world.set_time(GENESIS_NS + (u64::try_from(index).unwrap() + 1) * DAY);
        world.settle();
        let reply =
            world.network().update_call(world.canister, *sender, method, bytes.clone()).unwrap();
        let answer = granary_tests::reply::typed::<granary_api::common::Receipt>(Ok(reply));
        assert!(answer.is_ok(), "message {index}, {method}: {answer:?}");
    }
    fixtures::assert_valid(&world);
    let events = chain::checked(&world.by(Who::Auditor));
    let kinds =
        events.into_iter().map(|event| event.kind).filter(|kind| kind != "StateRestored").collect();
    (digest::state(&world), kinds)
}

#[test]
fn an_upgrade_at_every_index_of_a_history_changes_nothing() {
    let history = history();
    let (state, kinds) = play(&history, None);
    assert_eq!(state, play(&history, None).0, "the history itself is reproducible");
    for index in 0..history.len() {
        let (upgraded, upgraded_kinds) = play(&history, Some(index));
        assert_eq!(upgraded_kinds, kinds, "upgraded before message {index}");
        assert_eq!(upgraded, state, "upgraded before message {index}");
    }
}
