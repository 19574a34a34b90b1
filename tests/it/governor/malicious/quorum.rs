//! A quorum that shrinks, a member who counts twice, a right that outlives who gave it.

use candid::{Nat, Principal};
use granary_api::{execution as e, governor as g};
use granary_tests::{
    clock::{DAY, HOUR, MINUTE},
    people::{Who, applicant, person},
    reply::Expect,
    subject::{GOVERNOR, MEMBERS, governor_args, seat},
};

use super::{approve, refused};
use crate::{
    access::governor::{deny, proposal, propose},
    execution::{TOKEN, Treasury},
    governor::{approved, execute, members, state},
    world_of,
};

/// The members there are.
fn all() -> Vec<g::MemberSpec> {
    MEMBERS.iter().map(|(who, may)| seat(who.principal(), may)).collect()
}

fn change(members: Vec<g::MemberSpec>, threshold: u32) -> g::Payload {
    g::Payload::ChangeMembers { members, threshold }
}

#[test]
fn v1_members_are_never_removed_below_a_quorum() {
    let world = world_of(&GOVERNOR);
    let before = members(&world);
    let invalid = "governor.members.invalid";
    assert_eq!(refused(&world, change(vec![], 0)), invalid);
    assert_eq!(refused(&world, change(all()[..1].to_vec(), 1)), invalid);
    assert_eq!(refused(&world, change(all()[..2].to_vec(), 2)), invalid);
    // Three are there, and two of them approve.
    let few = vec![all()[0].clone(), all()[1].clone(), all()[3].clone()];
    assert_eq!(refused(&world, change(few, 2)), invalid);
    for threshold in [0, 1, 4] {
        assert_eq!(refused(&world, change(all(), threshold)), "common.limit", "{threshold}");
    }
    let more = (0..4).map(|n| seat(person(&format!("friend {n}")), &[g::Permission::Approve]));
    let seven: Vec<_> = all().into_iter().chain(more).collect();
    assert_eq!(refused(&world, change(seven, 3)), "common.limit", "less than half of them");
    for lost in [g::Permission::Propose, g::Permission::Execute, g::Permission::Veto] {
        let mut mute = all();
        for member in &mut mute {
            member.permissions.retain(|may| *may != lost);
        }
        assert_eq!(refused(&world, change(mute, 2)), invalid, "{lost:?}");
    }
    let mut gone = all();
    gone[1].expires_at_ns = Some(world.now_ns() - 1);
    assert_eq!(refused(&world, change(gone, 2)), invalid);
    let rules = |threshold| {
        let rules = g::Rules { threshold, ..governor_args().rules.expect("rules") };
        g::Payload::ChangeConfig { rules, methods: None, escalation: None }
    };
    for threshold in [0, 1, 4] {
        assert_eq!(refused(&world, rules(threshold)), "common.limit", "{threshold}");
    }
    assert_eq!(members(&world), before);
}

#[test]
fn v1_the_last_member_does_not_become_the_quorum() {
    let world = world_of(&GOVERNOR);
    let mut short = all();
    for member in &mut short[1..] {
        member.expires_at_ns = Some(world.now_ns() + 10 * HOUR);
    }
    let id = propose(&world, Who::Treasurer, change(short, 2));
    approved(&world, id);
    world.advance(2 * HOUR);
    execute(&world, id).value("it is time");
    // Two agree; then one of them is no member any more.
    let waits = propose(&world, Who::Treasurer, deny("one"));
    let ready = propose(&world, Who::Treasurer, deny("two"));
    approved(&world, ready);
    approve(&world, Who::Treasurer, waits).value("a member");
    world.advance(8 * HOUR + MINUTE);
    let now = members(&world);
    let still: Vec<_> = now.members.iter().filter(|member| member.is_member).collect();
    assert_eq!((still.len(), now.threshold), (1, 2), "a number, and no share");
    for id in [waits, ready] {
        let tally = proposal(&world, id).tally;
        assert_eq!((tally.approving, tally.needed, tally.is_enough), (1, 2, false));
        let args = g::ProposalArgs { proposal: id };
        let alone = world.caller(Who::Treasurer).receipt("execute", &args);
        assert_eq!(alone.code("the last one"), "governor.proposal.state");
    }
    let gone = approve(&world, Who::Reviewer, waits);
    assert_eq!(gone.code("no member any more"), "governor.member.needed");
    let alone = propose(&world, Who::Treasurer, change(all(), 2));
    approve(&world, Who::Treasurer, alone).value("the last one");
    // Nobody is left who could be the second: it ends at once.
    assert_eq!(state(&world, alone), g::ProposalState::Rejected);
    assert_eq!(members(&world).epoch, now.epoch);
}

#[test]
fn v1_nobody_is_listed_twice() {
    let world = world_of(&GOVERNOR);
    let twice = "common.person.duplicate";
    let mut members = all();
    members.push(members[0].clone());
    assert_eq!(refused(&world, change(members, 2)), twice);
    // Another permission or weight does not make another member.
    let mut members = all();
    let heavy = g::MemberSpec {
        weight: 2,
        permissions: vec![g::Permission::Approve],
        ..members[0].clone()
    };
    members.push(heavy);
    assert_eq!(refused(&world, change(members, 2)), twice);
    let committee = |members: Vec<Principal>| {
        refused(&world, g::Payload::ChangeRecoveryCommittee { members, quorum: 2 })
    };
    assert_eq!(committee(vec![applicant(0), applicant(0), applicant(1)]), twice);
    let registry = person("target registry");
    let targets = vec![registry, registry];
    assert_eq!(refused(&world, g::Payload::TakeFleetSnapshot { pinned: true, targets }), twice);
}

#[test]
fn e8_an_allowance_does_not_outlive_the_role_of_who_gave_it() {
    let treasury = Treasury::new();
    let governor = treasury.execution.caller(Who::Governor);
    let role = |granted| {
        let (role, holder) = (e::Role::Treasurer, Who::Treasurer.principal());
        governor.receipt("set_role", &e::SetRoleArgs { role, holder, granted }).value("it governs");
    };
    let grant = e::GrantStandingAuthorisationArgs {
        initiator: Who::Service.principal(),
        asset: 1,
        allowance_units: Nat::from(900 * TOKEN),
        window_ns: DAY,
        destinations: vec![person("payee").into()],
        expires_at_ns: treasury.execution.now_ns() + 30 * DAY,
    };
    let treasurer = treasury.execution.caller(Who::Treasurer);
    treasurer.receipt("grant_standing_authorisation", &grant).value("a treasurer");
    treasury.paid(treasury.submit(1, 200 * TOKEN), 10);
    role(false);
    let waits = |n| {
        let intent = treasury.submit(n, 200 * TOKEN);
        let state = e::IntentState::AwaitingApproval;
        treasury.until(intent, 5, |intent| intent.state == state);
        treasury.execution.advance(10 * MINUTE);
        assert_eq!(treasury.intent(intent).state, state, "people must approve it");
    };
    waits(2);
    // The same person gets the role back: what it gave before stays dead.
    role(true);
    waits(3);
    assert_eq!(treasury.received(), 200 * TOKEN);
    treasurer.receipt("grant_standing_authorisation", &grant).value("a treasurer again");
    treasury.paid(treasury.submit(4, 200 * TOKEN), 10);
    treasury.assert_agrees();
}
