//! A proposal is approved, waits, and is executed: never sooner, never later, never by too few.

use granary_api::governor as g;
use granary_tests::{
    clock::HOUR,
    people::{Who, person},
    reply::Expect,
    subject::{GOVERNOR, MEMBERS, seat},
};

use super::{approved, config, execute, members, state};
use crate::{
    access::governor::{approve, deny, details, proposal, propose, seen},
    world_of,
};

/// The members there are, and one more who approves.
fn five() -> Vec<g::MemberSpec> {
    let known = MEMBERS.iter().map(|(who, may)| seat(who.principal(), may));
    known.chain([seat(person("the fifth"), &[g::Permission::Approve])]).collect()
}

#[test]
fn v4_members_change_after_the_whole_timelock_and_not_a_moment_sooner() {
    let world = world_of(&GOVERNOR);
    let payload = g::Payload::ChangeMembers { members: five(), threshold: 3 };
    let id = propose(&world, Who::Treasurer, payload);
    assert_eq!(state(&world, id), g::ProposalState::Voting);
    approve(&world, Who::Treasurer, id);
    assert_eq!(state(&world, id), g::ProposalState::Voting, "one is not enough");
    approve(&world, Who::Steward, id);
    let head = proposal(&world, id);
    assert_eq!(head.state, g::ProposalState::Timelocked);
    // Who decides is a matter of the long delay.
    let wait = head.eta_ns.expect("an eta") - head.approved_at_ns.expect("approved");
    assert_eq!(wait, 2 * HOUR);
    assert_eq!(execute(&world, id).code("too early"), "governor.timelock.running");
    world.advance(HOUR);
    assert_eq!(execute(&world, id).code("still too early"), "governor.timelock.running");
    world.advance(HOUR);
    assert_eq!(state(&world, id), g::ProposalState::Ready);
    execute(&world, id).value("it is time");
    assert_eq!(state(&world, id), g::ProposalState::Completed);
    let now = members(&world);
    assert_eq!((now.epoch, now.threshold, now.members.len()), (2, 3, 5));
    assert!(now.members.iter().any(|member| member.principal == person("the fifth")));
    assert_eq!(execute(&world, id).code("it is done"), "governor.proposal.state");
}

#[test]
fn v12_a_shorter_delay_waits_for_the_difference_and_a_longer_one_does_not() {
    let world = world_of(&GOVERNOR);
    let old = config(&world).rules;
    let change = |rules| {
        let payload = g::Payload::ChangeConfig { rules, methods: None, escalation: None };
        let id = propose(&world, Who::Treasurer, payload);
        approved(&world, id);
        world.advance(2 * HOUR + 1);
        execute(&world, id).value("it is time");
    };
    change(g::Rules { min_delay_ns: HOUR / 2, ..old });
    let waiting = config(&world);
    assert_eq!(waiting.rules.min_delay_ns, HOUR, "not yet");
    let pending = waiting.pending.expect("they wait");
    assert_eq!(pending.rules.min_delay_ns, HOUR / 2);
    world.advance(HOUR / 2 + HOUR / 60);
    let shorter = config(&world);
    assert_eq!((shorter.rules.min_delay_ns, shorter.pending), (HOUR / 2, None));
    assert_eq!(shorter.epoch, 2);
    change(g::Rules { min_delay_ns: HOUR, ..old });
    assert_eq!(config(&world).rules.min_delay_ns, HOUR, "at once");
}

#[test]
fn x3_what_was_made_for_other_members_is_stale() {
    let world = world_of(&GOVERNOR);
    let payload = g::Payload::ChangeMembers { members: five(), threshold: 3 };
    let change = propose(&world, Who::Treasurer, payload);
    let open = propose(&world, Who::Treasurer, deny("one"));
    let waiting = propose(&world, Who::Treasurer, deny("two"));
    approved(&world, change);
    approved(&world, waiting);
    world.advance(2 * HOUR);
    execute(&world, change).value("it is time");
    for id in [open, waiting] {
        assert_eq!(state(&world, id), g::ProposalState::Stale);
    }
    assert_eq!(execute(&world, waiting).code("stale"), "governor.proposal.state");
    let args = seen(&proposal(&world, open));
    let answer = world.caller(Who::Treasurer).receipt("approve", &args);
    assert_eq!(answer.code("stale"), "governor.proposal.state");
}

#[test]
fn v2_a_vote_names_what_was_seen() {
    let world = world_of(&GOVERNOR);
    let id = propose(&world, Who::Treasurer, deny("one"));
    let other = propose(&world, Who::Treasurer, deny("two"));
    let right = seen(&proposal(&world, id));
    let member = world.caller(Who::Treasurer);
    let wrong = [
        g::VoteArgs { digest: proposal(&world, other).digest, ..right.clone() },
        g::VoteArgs { epoch: 7, ..right.clone() },
        g::VoteArgs { rehearsal: Some(right.digest.clone()), ..right.clone() },
    ];
    for args in wrong {
        for method in ["approve", "reject"] {
            let answer = member.receipt(method, &args);
            assert_eq!(answer.code("it saw something else"), "governor.vote.not_seen");
        }
    }
    let short = g::VoteArgs { digest: vec![1, 2, 3].into(), ..right.clone() };
    assert_eq!(member.receipt("approve", &short).code("no digest"), "common.hash.size");
    member.receipt("approve", &right).value("what it saw");
    assert_eq!(member.receipt("approve", &right).code("again"), "governor.vote.repeated");
    let votes = details(&world, id).votes;
    assert_eq!(votes.len(), 1);
    assert!(votes[0].counts && votes[0].ballot == g::Ballot::Approve);
}

#[test]
fn v4_what_nobody_executes_in_time_expires() {
    let world = world_of(&GOVERNOR);
    let late = propose(&world, Who::Treasurer, deny("one"));
    let ignored = propose(&world, Who::Treasurer, deny("two"));
    approved(&world, late);
    world.advance(HOUR);
    assert_eq!(state(&world, late), g::ProposalState::Ready);
    world.advance(24 * HOUR);
    assert_eq!(state(&world, late), g::ProposalState::Expired);
    assert_eq!(execute(&world, late).code("too late"), "governor.proposal.state");
    assert_eq!(state(&world, ignored), g::ProposalState::Voting);
    world.advance(24 * HOUR);
    assert_eq!(state(&world, ignored), g::ProposalState::Expired, "nobody voted in time");
}

#[test]
fn c11_a_proposal_with_a_key_is_made_once() {
    let world = world_of(&GOVERNOR);
    let with_key = |name: &str| g::CreateProposalArgs {
        idempotency_key: Some("one".to_owned()),
        ..crate::access::governor::creation(deny(name))
    };
    let member = world.caller(Who::Treasurer);
    let first = member.receipt("create_proposal", &with_key("a")).value("made");
    let again = member.receipt("create_proposal", &with_key("a")).value("the same");
    assert_eq!(first, again);
    let other = member.receipt("create_proposal", &with_key("b")).code("another one");
    assert_eq!(other, "common.idempotency.conflict");
}
