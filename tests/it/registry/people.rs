//! Registration, two-sided linking, suspension, closing.

use granary_api::registry::{self as g, UserStatus};
use granary_errors::Category;
use granary_tests::{
    clock::DAY,
    fixtures,
    people::{Who, person},
    reply::Expect,
    subject::REGISTRY,
};

use super::{admit, link, registration, standing, told};
use crate::world_of;

#[test]
fn somebody_registers_waits_and_is_admitted() {
    let world = world_of(&REGISTRY);
    let newcomer = person("newcomer");
    let caller = world.caller_principal(newcomer);
    let args = g::RegisterUserArgs { idempotency_key: Some("a".to_owned()), ..registration() };
    let receipt = caller.receipt("register_user", &args).value("registered");
    assert_eq!(caller.receipt("register_user", &args).value("the same answer"), receipt);
    let again = caller.receipt("register_user", &registration()).code("once is enough");
    assert_eq!(again, "registry.identity.taken");
    let user = receipt.id;
    let before = standing(&world, newcomer);
    assert_eq!((before.user, before.status), (Some(user), Some(UserStatus::Pending)));
    let early = caller.receipt("link_identity", &g::IdentityArgs { identity: person("x") });
    assert_eq!(early.code("who waits may do nothing"), "registry.user.state");
    let registrar = world.caller(Who::Registrar);
    let waiting = g::ListUsersArgs { status: Some(UserStatus::Pending), after: None, limit: 10 };
    let queue: g::UserPage = registrar.query("list_users", &waiting).value("the queue");
    assert_eq!(queue.items.iter().map(|item| item.id).collect::<Vec<_>>(), [user]);
    registrar.receipt("activate_user", &g::UserArgs { user }).value("admitted");
    assert_eq!(standing(&world, newcomer).status, Some(UserStatus::Active));
    let own: g::User = caller.query("get_user", &g::UserArgs { user }).value("its own");
    assert_eq!((own.identities, own.version), (vec![newcomer], 2));
    let other = world.caller(Who::Stranger).query::<g::User>("get_user", &g::UserArgs { user });
    other.refused(Category::Unauthorized, "not everybody's business");
    fixtures::assert_valid(&world);
}

#[test]
fn whoever_is_not_admitted_in_time_is_closed_and_may_try_again() {
    let world = world_of(&REGISTRY);
    let caller = world.caller_principal(person("patient"));
    let first = caller.receipt("register_user", &registration()).value("waits").id;
    world.advance(15 * DAY);
    world.settle();
    assert_eq!(standing(&world, person("patient")).user, None, "free again");
    assert_eq!(told(&world, 1), ["UserStatusChanged"]);
    let second = caller.receipt("register_user", &registration()).value("again").id;
    assert_eq!(second, first + 1);
    fixtures::assert_valid(&world);
}

#[test]
fn an_invited_identity_comes_in_by_its_own_consent() {
    let world = world_of(&REGISTRY);
    let guest = person("guest");
    let invitation = g::RegisterUserArgs { identity: Some(guest), ..registration() };
    let stranger = world.caller(Who::Stranger).receipt("register_user", &invitation);
    stranger.refused(Category::Unauthorized, "registrars invite");
    let registrar = world.caller(Who::Registrar);
    let user = registrar.receipt("register_user", &invitation).value("invited").id;
    assert_eq!(standing(&world, guest).user, None, "nobody is spoken for without consent");
    let early = registrar.receipt("activate_user", &g::UserArgs { user });
    assert_eq!(early.code("not without it"), "registry.user.no_identity");
    let accept = g::UserArgs { user };
    let wrong = world.caller(Who::Stranger).receipt("accept_identity_link", &accept);
    assert_eq!(wrong.code("another"), "registry.identity.not_proposed");
    world.caller_principal(guest).receipt("accept_identity_link", &accept).value("comes in");
    assert_eq!(standing(&world, guest).status, Some(UserStatus::Active));
    assert_eq!(told(&world, 2), ["IdentityLinked", "UserStatusChanged"]);
    fixtures::assert_valid(&world);
}

#[test]
fn identities_are_linked_by_two_consents_and_the_older_ones_rank() {
    let world = world_of(&REGISTRY);
    let [old, young, other] = ["old", "young", "other"].map(person);
    let user = admit(&world, old);
    let rival = admit(&world, other);
    let ask = |who, by| {
        world.caller_principal(by).receipt("link_identity", &g::IdentityArgs { identity: who })
    };
    assert_eq!(ask(other, old).code("somebody's"), "registry.identity.taken");
    ask(young, old).value("asked by one");
    ask(young, other).value("asked by two");
    let accept = |id| {
        let args = g::UserArgs { user: id };
        world.caller_principal(young).receipt("accept_identity_link", &args)
    };
    accept(user).value("the first answer");
    assert_eq!(accept(rival).code("one user each"), "registry.identity.taken");
    assert_eq!(standing(&world, young).user, Some(user));
    let unlink = |who, by| {
        let args = g::UnlinkIdentityArgs { identity: who, user: None };
        world.caller_principal(by).receipt("unlink_identity", &args)
    };
    assert_eq!(unlink(old, young).code("a stolen key"), "registry.identity.seniority");
    unlink(young, old).value("the older");
    assert_eq!(unlink(old, old).code("the last"), "registry.identity.last");
    assert_eq!(standing(&world, young).user, None);
    // What was proposed too long ago opens nothing.
    ask(young, old).value("asked again");
    world.advance(8 * DAY);
    assert_eq!(accept(user).code("too late"), "registry.identity.expired");
    fixtures::assert_valid(&world);
}

#[test]
fn whoever_is_suspended_can_do_nothing_and_whoever_is_closed_is_gone() {
    let world = world_of(&REGISTRY);
    let (person_in, second) = (person("suspect"), person("suspect's second"));
    let user = admit(&world, person_in);
    link(&world, person_in, second, user);
    super::grant(&world, g::PersonRole::Reviewer, g::Holder::User(user));
    assert_eq!(super::roles_of(&world, second), ["reviewer"]);
    let reason = |text: &str| g::UserReasonArgs { user, reason: text.to_owned() };
    let compliance = world.caller(Who::Compliance);
    compliance.receipt("suspend_user", &reason("a report")).value("suspended");
    for identity in [person_in, second] {
        let now = standing(&world, identity);
        assert_eq!((now.status, now.roles), (Some(UserStatus::Suspended), vec![]));
        let add = g::AddWalletArgs {
            kind: super::account(identity, 1),
            label: String::new(),
            idempotency_key: None,
        };
        let refused = world.caller_principal(identity).receipt("add_wallet", &add);
        assert_eq!(refused.code("nothing"), "registry.user.state");
        let leave = world.caller_principal(identity).receipt("close_user", &reason("away"));
        assert_eq!(leave.code("not even to leave"), "registry.user.state");
    }
    compliance.receipt("reactivate_user", &reason("cleared")).value("goes on");
    assert_eq!(super::roles_of(&world, person_in), ["reviewer"]);
    world.caller_principal(second).receipt("close_user", &reason("leaving")).value("leaves");
    assert_eq!(told(&world, 2), ["UserStatusChanged", "RoleRevoked"]);
    assert_eq!(standing(&world, person_in).user, None);
    assert_ne!(admit(&world, person_in), user, "a new beginning is a new user");
    fixtures::assert_valid(&world);
}
