//! Who gives which role to whom, and from when.

use super::*;
use crate::rules::fixtures::{alice, bob, ctx, user};
use crate::types::{Duration, UserId};

const DAY: Duration = limits::MIN_GRANT_DELAY;

fn view() -> View {
    View {
        offices: Offices { governor: true, ..Offices::default() },
        user: Some(user(1, alice())),
        chained: vec![],
        counts: (0, 0),
        policies: Policies::DEFAULT,
        next: GrantId::new(1),
    }
}

fn input(role: PersonRole) -> Input {
    let holder = Holder::User(UserId::new(1).expect("not zero"));
    let expires_at = ctx(bob()).now.saturating_add(limits::MAX_GRANT_WAIT);
    Input { role, holder, scope: String::new(), effective_at: None, expires_at }
}

#[test]
fn u4_a_powerful_role_waits_and_an_ordinary_one_does_not() {
    let now = ctx(bob()).now;
    let change = grant_role(&view(), input(PersonRole::Treasurer), &ctx(bob())).expect("given");
    let head = &change.grants[0].1;
    assert_eq!((head.effective_at, head.state), (now.saturating_add(DAY), GrantState::Granted));
    assert_eq!(change.wake, Some(Wake::Grant(change.grants[0].0, head.effective_at)));
    let early = Input { effective_at: Some(now), ..input(PersonRole::Treasurer) };
    assert!(matches!(grant_role(&view(), early, &ctx(bob())), Err(RegistryError::Input(_))));
    let change = grant_role(&view(), input(PersonRole::Reviewer), &ctx(bob())).expect("given");
    assert_eq!(change.grants[0].1.state, GrantState::Effective);
    let kinds: Vec<_> = change.events.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::RoleGranted, EventKind::RoleEffective]);
}

#[test]
fn u4_no_grant_is_for_ever() {
    let now = ctx(bob()).now;
    let until = |expires_at| {
        let input = Input { expires_at, ..input(PersonRole::Reviewer) };
        grant_role(&view(), input, &ctx(bob()))
    };
    assert!(until(now).is_err());
    assert!(until(now.saturating_add(limits::MAX_GRANT_LIFE)).is_ok());
    let longer = Duration::from_nanos(limits::MAX_GRANT_LIFE.as_nanos() + 1);
    assert!(until(now.saturating_add(longer)).is_err());
}

#[test]
fn u5_nobody_gives_a_role_to_itself() {
    let own = grant_role(&view(), input(PersonRole::Reviewer), &ctx(alice())).err();
    assert_eq!(own, Some(AccessFault::SelfGrant.into()));
    let view = View { user: None, ..view() };
    let holder = Holder::Principal(bob());
    let own = grant_role(&view, Input { holder, ..input(PersonRole::Member) }, &ctx(bob())).err();
    assert_eq!(own, Some(AccessFault::SelfGrant.into()));
}

#[test]
fn u5_an_office_gives_only_its_own_roles() {
    let registrar = Offices { registrar: true, ..Offices::default() };
    let view = View { offices: registrar, ..view() };
    assert!(grant_role(&view, input(PersonRole::Reviewer), &ctx(bob())).is_ok());
    for role in PersonRole::ALL.into_iter().filter(|role| role.is_powerful()) {
        let refused = grant_role(&view, input(role), &ctx(bob())).err();
        let needs = "Governor";
        assert_eq!(refused, Some(AccessFault::NotGrantable { role, needs }.into()));
    }
}

#[test]
fn u5_guardian_and_treasurer_are_never_together() {
    let pairs = [
        (PersonRole::Treasurer, PersonRole::Guardian),
        (PersonRole::Guardian, PersonRole::Treasurer),
    ];
    for (held, role) in pairs {
        let first = grant_role(&view(), input(held), &ctx(bob())).expect("alone");
        let (id, head) = first.grants[0].clone();
        let mut view = View { chained: vec![GrantView { id, head }], ..view() };
        let refused = grant_role(&view, input(role), &ctx(bob())).err();
        assert_eq!(refused, Some(StateFault::Excluded { role, held }.into()));
        // In whatever scope, and although it does not authorise yet.
        let other = Input { scope: "elsewhere".to_owned(), ..input(role) };
        assert!(grant_role(&view, other, &ctx(bob())).is_err());
        view.chained[0].head.state = GrantState::Revoked;
        assert!(grant_role(&view, input(role), &ctx(bob())).is_ok());
    }
}

#[test]
fn the_same_role_in_the_same_scope_is_given_once() {
    let first = grant_role(&view(), input(PersonRole::Member), &ctx(bob())).expect("new");
    let (id, head) = first.grants[0].clone();
    let view = View { chained: vec![GrantView { id, head }], ..view() };
    let again = grant_role(&view, input(PersonRole::Member), &ctx(bob())).err();
    assert_eq!(again, Some(StateFault::GrantRepeated { grant: 1 }.into()));
    let elsewhere = Input { scope: "micro_grants/2".to_owned(), ..input(PersonRole::Member) };
    assert!(grant_role(&view, elsewhere, &ctx(bob())).is_ok());
    let bad = Input { scope: "a b".to_owned(), ..input(PersonRole::Member) };
    assert_eq!(grant_role(&view, bad, &ctx(bob())).err(), Some(InputFault::Scope.into()));
}

#[test]
fn u8_roles_of_a_holder_are_few_now_and_ever() {
    for counts in [(limits::MAX_GRANTS_OF_HOLDER, 0), (0, limits::MAX_GRANTS_EVER)] {
        let view = View { counts, ..view() };
        assert!(grant_role(&view, input(PersonRole::Member), &ctx(bob())).is_err());
    }
}
