//! Roles: the delay, the end, signs of life, and the wall between guardian and treasurer.

use granary_api::registry::{self as g, GrantState, Holder, PersonRole};
use granary_errors::Category;
use granary_tests::{
    clock::{DAY, HOUR},
    fixtures,
    people::{Who, person},
    reply::Expect,
    subject::REGISTRY,
    world::World,
};

use super::{admit, grant, grant_args, link, roles_of, told};
use crate::world_of;

fn state(world: &World, id: u64) -> GrantState {
    let args = g::GetRolesArgs { holder: None, after: Some(id - 1), limit: 1 };
    let page: g::RoleGrantPage =
        world.caller(Who::Stranger).query("get_roles", &args).value("public");
    page.items.first().expect("the grant").state
}

fn beat(world: &World, who: candid::Principal, id: u64) -> String {
    let args = g::GrantArgs { grant: id };
    match world.caller_principal(who).receipt("role_heartbeat", &args) {
        Ok(_) => String::new(),
        Err(refusal) => refusal.code(),
    }
}

#[test]
fn a_powerful_role_waits_a_day_and_an_ordinary_one_works_at_once() {
    let world = world_of(&REGISTRY);
    let alice = person("alice");
    let user = admit(&world, alice);
    let reviewer = grant(&world, PersonRole::Reviewer, Holder::User(user));
    let treasurer = grant(&world, PersonRole::Treasurer, Holder::User(user));
    assert_eq!(roles_of(&world, alice), ["reviewer"]);
    assert_eq!(
        (state(&world, reviewer), state(&world, treasurer)),
        (GrantState::Effective, GrantState::Granted)
    );
    let mut args = grant_args(&world, PersonRole::Operator, Holder::User(user));
    args.effective_at_ns = Some(world.now_ns() + HOUR);
    let hurried = world.caller(Who::Governor).receipt("grant_role", &args);
    assert_eq!(hurried.code("within the delay"), "registry.grant.times");
    world.advance(25 * HOUR);
    assert_eq!(roles_of(&world, alice), ["reviewer", "treasurer"]);
    world.settle();
    assert_eq!(told(&world, 1), ["RoleEffective"], "and the journal says since when");
    // Its end comes whether or not anybody does anything.
    assert_eq!(beat(&world, alice, reviewer), "registry.grant.no_heartbeat");
    world.advance(201 * DAY);
    assert_eq!(roles_of(&world, alice), Vec::<String>::new());
    assert_eq!(state(&world, reviewer), GrantState::Expired);
    fixtures::assert_valid(&world);
}

#[test]
fn a_role_nobody_exercises_lapses() {
    let world = world_of(&REGISTRY);
    let (alice, second) = (person("alice"), person("second"));
    let user = admit(&world, alice);
    link(&world, alice, second, user);
    let guardian = grant(&world, PersonRole::Guardian, Holder::User(user));
    assert_eq!(beat(&world, alice, guardian), "registry.grant.state", "not yet effective");
    world.advance(2 * DAY);
    for _ in 0..3 {
        world.advance(20 * DAY);
        assert_eq!(roles_of(&world, alice), ["guardian"]);
        assert_eq!(beat(&world, second, guardian), "", "any identity of the user");
    }
    let stranger = Who::Stranger.principal();
    assert_eq!(beat(&world, stranger, guardian), "registry.grant.not_holder");
    world.advance(31 * DAY);
    assert_eq!(roles_of(&world, alice), Vec::<String>::new());
    assert_eq!(beat(&world, alice, guardian), "registry.grant.state", "too late");
    world.settle();
    assert_eq!(told(&world, 1), ["RoleExpired"]);
    grant(&world, PersonRole::Guardian, Holder::User(user));
    fixtures::assert_valid(&world);
}

#[test]
fn guardian_and_treasurer_are_two_people() {
    let world = world_of(&REGISTRY);
    let [alice, second, free] = ["alice", "second", "free"].map(person);
    let user = admit(&world, alice);
    link(&world, alice, second, user);
    grant(&world, PersonRole::Treasurer, Holder::User(user));
    let give = |role, holder| {
        let args = grant_args(&world, role, holder);
        world.caller(Who::Governor).receipt("grant_role", &args)
    };
    for holder in [Holder::User(user), Holder::Principal(alice), Holder::Principal(second)] {
        let refused = give(PersonRole::Guardian, holder);
        assert_eq!(refused.code("the same person"), "registry.grant.excluded");
    }
    give(PersonRole::Guardian, Holder::Principal(free)).value("somebody else");
    world
        .caller_principal(alice)
        .receipt("link_identity", &g::IdentityArgs { identity: free })
        .value("asked");
    let joined = world
        .caller_principal(free)
        .receipt("accept_identity_link", &g::UserArgs { user })
        .code("the wall holds here too");
    assert_eq!(joined, "registry.grant.excluded");
    fixtures::assert_valid(&world);
}

#[test]
fn nobody_gives_itself_a_role_and_offices_give_only_their_own() {
    let world = world_of(&REGISTRY);
    let registrar = world.caller(Who::Registrar);
    let own = Holder::Principal(Who::Registrar.principal());
    let refused = registrar.receipt("grant_role", &grant_args(&world, PersonRole::Member, own));
    assert_eq!(refused.code("itself"), "registry.grant.self");
    let user = admit(&world, Who::Registrar.principal());
    let args = grant_args(&world, PersonRole::Member, Holder::User(user));
    assert_eq!(registrar.receipt("grant_role", &args).code("itself"), "registry.grant.self");
    let other = admit(&world, person("other"));
    let member = grant_args(&world, PersonRole::Member, Holder::User(other));
    let id = registrar.receipt("grant_role", &member).value("an ordinary role").id;
    let powerful = grant_args(&world, PersonRole::Treasurer, Holder::User(other));
    let refused = registrar.receipt("grant_role", &powerful);
    refused.refused(Category::Unauthorized, "governors only");
    // The holder gives up what it holds.
    let give_up = g::GrantArgs { grant: id };
    world.caller_principal(person("other")).receipt("revoke_role", &give_up).value("gives up");
    assert_eq!(roles_of(&world, person("other")), Vec::<String>::new());
    fixtures::assert_valid(&world);
}

#[test]
fn a_stopped_clock_prolongs_nothing() {
    let world = world_of(&REGISTRY);
    let alice = person("alice");
    let user = admit(&world, alice);
    let mut args = grant_args(&world, PersonRole::Member, Holder::User(user));
    args.expires_at_ns = world.now_ns() + HOUR;
    world.caller(Who::Governor).receipt("grant_role", &args).value("for an hour");
    world.stop();
    world.advance(2 * HOUR);
    world.start();
    // The first question after the stop, before any timer has run.
    assert_eq!(roles_of(&world, alice), Vec::<String>::new());
    fixtures::assert_valid(&world);
}
