//! A proposal is stopped: by who changes its mind, by a veto, by its proposer, by too many against
//! it, by a recovery committee.

use granary_api::governor as g;
use granary_tests::{
    clock::HOUR,
    people::{Who, applicant},
    reply::Expect,
    subject::GOVERNOR,
    world::World,
};

use super::{approved, execute, members, state};
use crate::{
    access::governor::{approve, deny, proposal, propose, seen},
    world_of,
};

fn end(world: &World, who: Who, method: &str, id: u64) -> String {
    let args = g::EndProposalArgs { proposal: id, reason: "a test".to_owned() };
    match world.caller(who).receipt(method, &args) {
        Ok(_) => String::new(),
        Err(refusal) => refusal.code(),
    }
}

#[test]
fn v3_revoking_below_the_threshold_starts_the_whole_wait_anew() {
    let world = world_of(&GOVERNOR);
    let id = propose(&world, Who::Treasurer, deny("one"));
    approved(&world, id);
    let first = proposal(&world, id).eta_ns.expect("an eta");
    world.advance(HOUR / 2);
    let which = g::ProposalArgs { proposal: id };
    let reviewer = world.caller(Who::Reviewer);
    reviewer.receipt("revoke_approval", &which).value("its own word");
    let head = proposal(&world, id);
    assert_eq!((head.state, head.eta_ns), (g::ProposalState::Voting, None));
    let again = reviewer.receipt("revoke_approval", &which);
    assert_eq!(again.code("nothing is left"), "governor.vote.missing");
    world.advance(HOUR);
    assert_eq!(execute(&world, id).code("not approved"), "governor.proposal.state");
    approve(&world, Who::Steward, id);
    let head = proposal(&world, id);
    let (second, since) = (head.eta_ns.expect("an eta"), head.since_ns);
    assert_eq!(second, since + HOUR);
    assert!(second >= first + HOUR / 2 + HOUR, "a whole wait");
    world.advance(HOUR);
    execute(&world, id).value("approved again");
}

#[test]
fn v13_a_veto_stops_what_waits_and_nothing_else() {
    let world = world_of(&GOVERNOR);
    let id = propose(&world, Who::Treasurer, deny("one"));
    let early = end(&world, Who::Steward, "veto", id);
    assert_eq!(early, "governor.proposal.state", "nothing waits yet");
    approved(&world, id);
    assert_eq!(end(&world, Who::Reviewer, "veto", id), "governor.member.needed");
    assert_eq!(end(&world, Who::Steward, "veto", id), "");
    assert_eq!(state(&world, id), g::ProposalState::Vetoed);
    world.advance(HOUR);
    assert_eq!(execute(&world, id).code("stopped"), "governor.proposal.state");
    assert_eq!(end(&world, Who::Steward, "veto", id), "governor.proposal.state");
}

#[test]
fn only_its_proposer_takes_a_proposal_back() {
    let world = world_of(&GOVERNOR);
    let id = propose(&world, Who::Treasurer, deny("one"));
    assert_eq!(end(&world, Who::Reviewer, "cancel", id), "governor.member.needed");
    approved(&world, id);
    assert_eq!(end(&world, Who::Treasurer, "cancel", id), "");
    let head = proposal(&world, id);
    assert_eq!((head.state, head.reason.as_str()), (g::ProposalState::Cancelled, "a test"));
    assert_eq!(head.ended_at_ns, Some(head.since_ns));
}

#[test]
fn too_many_against_it_end_it() {
    let world = world_of(&GOVERNOR);
    let id = propose(&world, Who::Treasurer, deny("one"));
    let args = seen(&proposal(&world, id));
    for (who, after) in
        [(Who::Reviewer, g::ProposalState::Voting), (Who::Steward, g::ProposalState::Rejected)]
    {
        world.caller(who).receipt("reject", &args).value("an approver");
        assert_eq!(state(&world, id), after);
    }
}

#[test]
fn recovery_names_other_members_at_once_and_voids_what_is_open() {
    let world = world_of(&GOVERNOR);
    let id = propose(&world, Who::Treasurer, deny("one"));
    approved(&world, id);
    let names: Vec<_> = (10..13).map(applicant).collect();
    let rotate = |who: Who, threshold| {
        let args = g::RotateMembersArgs { members: names.clone(), threshold };
        world.caller(who).receipt("rotate_members", &args)
    };
    assert_eq!(rotate(Who::Treasurer, 2).code("a member"), "governor.recovery.needed");
    assert_eq!(rotate(Who::Governor, 4).code("too many"), "common.limit");
    rotate(Who::Governor, 2).value("recovery");
    let now = members(&world);
    assert_eq!((now.epoch, now.threshold, now.members.len()), (2, 2, 3));
    let all = vec![
        g::Permission::Propose,
        g::Permission::Approve,
        g::Permission::Execute,
        g::Permission::Veto,
    ];
    assert!(now.members.iter().all(|member| member.permissions == all));
    assert_eq!(state(&world, id), g::ProposalState::Stale);
    let args = crate::access::governor::creation(deny("two"));
    let old = world.caller(Who::Treasurer).receipt("create_proposal", &args);
    assert_eq!(old.code("no member any more"), "governor.member.needed");
}
