//! Too early, too late, and with words from another time: at the very nanosecond.

use granary_api::{common as c, governor as g};
use granary_tests::{
    clock::{HOUR, MINUTE},
    people::{Who, person},
    reply::{Answer, Expect},
    subject::{GOVERNOR, MEMBERS, seat},
    world::World,
};

use super::{approve, governor_with};
use crate::{
    access::governor::{deny, details, proposal, propose, seen},
    governor::{approved, execute, state},
    world_of,
};

/// What a call answers that arrives exactly then.
fn at<T>(world: &World, at_ns: u64, call: impl FnOnce() -> Answer<T>) -> Answer<T> {
    world.set_time(at_ns);
    call()
}

fn eta(world: &World, id: u64) -> u64 {
    proposal(world, id).eta_ns.expect("enough approved it")
}

#[test]
fn v4_not_even_its_proposer_executes_a_moment_too_early() {
    let world = world_of(&GOVERNOR);
    let id = propose(&world, Who::Treasurer, deny("one"));
    approved(&world, id);
    let eta = eta(&world, id);
    let args = g::ProposalArgs { proposal: id };
    let proposer = || world.caller(Who::Treasurer).receipt("execute", &args);
    assert_eq!(proposer().code("at once"), "governor.timelock.running");
    let early = at(&world, eta - 1, proposer);
    assert_eq!(early.code("a nanosecond too early"), "governor.timelock.running");
    // The next message comes a nanosecond later.
    let receipt = proposer().value("in time");
    assert_eq!(receipt.at_ns, eta);
    assert_eq!(state(&world, id), g::ProposalState::Completed);
}

#[test]
fn v4_nobody_executes_a_moment_too_late() {
    let world = world_of(&GOVERNOR);
    let [last, late] = ["one", "two"].map(|name| propose(&world, Who::Treasurer, deny(name)));
    approved(&world, last);
    world.advance(MINUTE);
    approved(&world, late);
    let ends = eta(&world, last) + 24 * HOUR;
    let receipt = at(&world, ends, || execute(&world, last)).value("the last moment");
    assert_eq!(receipt.at_ns, ends);
    let over = eta(&world, late) + 24 * HOUR + 1;
    let refused = at(&world, over, || execute(&world, late));
    assert_eq!(refused.code("a nanosecond too late"), "governor.proposal.state");
    assert_eq!(state(&world, late), g::ProposalState::Expired);
}

#[test]
fn no_vote_counts_from_the_moment_on_in_which_the_vote_ends() {
    let world = world_of(&GOVERNOR);
    let [last, late] = ["one", "two"].map(|name| propose(&world, Who::Treasurer, deny(name)));
    let end = |id| proposal(&world, id).voting_ends_ns.expect("it is voted on");
    let (of_last, of_late) = (end(last), end(late));
    let call = |id| approve(&world, Who::Reviewer, id);
    let receipt = at(&world, of_last - 1, || call(last)).value("the last moment");
    assert_eq!(receipt.at_ns, of_last - 1);
    assert_eq!(state(&world, last), g::ProposalState::Voting);
    let refused = at(&world, of_late.max(world.now_ns()), || call(late));
    assert_eq!(refused.code("it is over"), "governor.proposal.state");
    for id in [last, late] {
        assert_eq!(state(&world, id), g::ProposalState::Expired);
    }
}

#[test]
fn a_threshold_that_is_reached_in_the_last_hour_leaves_the_others_time_to_answer() {
    let world = world_of(&GOVERNOR);
    let [early, late] = ["one", "two"].map(|name| propose(&world, Who::Treasurer, deny(name)));
    for id in [early, late] {
        approve(&world, Who::Treasurer, id).value("a member");
    }
    let end = |id| proposal(&world, id).voting_ends_ns.expect("it is voted on");
    let (of_early, of_late) = (end(early), end(late));
    let call = |id| approve(&world, Who::Reviewer, id);
    let receipt = at(&world, of_early - HOUR, || call(early)).value("an hour before the end");
    assert_eq!(receipt.at_ns, of_early - HOUR);
    assert_eq!(eta(&world, early), receipt.at_ns + HOUR, "the wait of what is ordinary");
    let at_ns = (of_late - HOUR + 1).max(world.now_ns());
    let receipt = at(&world, at_ns, || call(late)).value("just behind it");
    assert_eq!(eta(&world, late), receipt.at_ns + 2 * HOUR, "an hour more");
}

/// Approvals that end 27 hours after they were given: as soon as the rules allow.
fn short_of_memory() -> World {
    governor_with(|args| {
        let rules = args.rules.as_mut().expect("rules");
        rules.late_extension_ns = 0;
        rules.approval_ttl_ns = 26 * HOUR;
    })
}

#[test]
fn v2_an_approval_that_grew_old_executes_nothing() {
    let world = short_of_memory();
    let [last, late] = ["one", "two"].map(|name| {
        world.advance(MINUTE);
        let id = propose(&world, Who::Treasurer, deny(name));
        approve(&world, Who::Treasurer, id).value("a member");
        id
    });
    let ends = |id| details(&world, id).votes[0].expires_at_ns;
    let (of_last, of_late) = (ends(last), ends(late));
    world.advance(24 * HOUR);
    for id in [last, late] {
        approve(&world, Who::Reviewer, id).value("the second");
        assert_eq!(state(&world, id), g::ProposalState::Timelocked);
        assert!(eta(&world, id) < of_last, "it is ready before the first word is old");
    }
    let receipt = at(&world, of_last - 1, || execute(&world, last)).value("the last moment");
    assert_eq!(receipt.at_ns, of_last - 1);
    let refused = at(&world, of_late, || execute(&world, late));
    assert_eq!(refused.code("one word is old"), "governor.proposal.state");
    let head = proposal(&world, late);
    assert_eq!((head.state, head.eta_ns), (g::ProposalState::Voting, None));
    assert_eq!((head.tally.approving, head.tally.needed), (1, 2));
    // Said again, it waits from the beginning.
    let again = approve(&world, Who::Treasurer, late).value("a member, again");
    assert_eq!(eta(&world, late), again.at_ns + HOUR);
    assert_eq!(execute(&world, late).code("it waits"), "governor.timelock.running");
}

#[test]
fn v2_words_prepared_in_another_epoch_are_refused() {
    let world = world_of(&GOVERNOR);
    let old = propose(&world, Who::Treasurer, deny("one"));
    // The reviewer signs, and whoever holds the signed message waits for a better moment.
    let prepared = seen(&proposal(&world, old));
    let known = MEMBERS.iter().map(|(who, may)| seat(who.principal(), may));
    let fifth = seat(person("the fifth"), &[g::Permission::Approve]);
    let members = known.chain([fifth]).collect();
    let change =
        propose(&world, Who::Treasurer, g::Payload::ChangeMembers { members, threshold: 2 });
    approved(&world, change);
    world.advance(2 * HOUR);
    execute(&world, change).value("it is time");

    let copy = propose(&world, Who::Treasurer, deny("one"));
    let now = seen(&proposal(&world, copy));
    assert_ne!(now.digest, prepared.digest, "the same payload is another proposal");
    let reviewer = world.caller(Who::Reviewer);
    let say = |args: &g::VoteArgs| reviewer.receipt("approve", args);
    assert_eq!(say(&prepared).code("it is stale"), "governor.proposal.state");
    let moved = g::VoteArgs { proposal: copy, ..prepared.clone() };
    assert_eq!(say(&moved).code("of the old one"), "governor.vote.not_seen");
    let older = g::VoteArgs { epoch: prepared.epoch, ..now.clone() };
    assert_eq!(say(&older).code("of the old epoch"), "governor.vote.not_seen");
    assert_eq!(details(&world, copy).votes, Vec::<g::Vote>::new());
    let receipt: c::Receipt = say(&now).value("what it sees now");
    assert!(receipt.event > 0);
    assert_eq!(proposal(&world, copy).tally.approving, 1);
}
