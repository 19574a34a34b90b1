//! What must hold between `registry` and `portfolio`, which know nothing of each other.

use std::collections::BTreeSet;

use granary_api::{
    common::PageArgs,
    portfolio::{AccountOwner, AccountPage, AccountRef, OpenAccountsArgs},
    registry::{ListUsersArgs, UserPage, UserReasonArgs, UserStatus},
};
use granary_tests::{
    people::{Who, person},
    reply::{Answer, Expect},
    suite::Suite,
    world::World,
};

use crate::{
    localnet,
    portfolio::{fund, token},
    registry::{admit, registration},
};

/// Users for whom there must be books, as an auditor reads them page by page.
fn must_have_books(registry: &World) -> BTreeSet<u64> {
    let (mut users, mut after) = (BTreeSet::new(), None);
    loop {
        let which = ListUsersArgs { status: None, after, limit: 2 };
        let page: Answer<UserPage> = registry.caller(Who::Auditor).query("list_users", &which);
        let page = page.value("a page of users");
        let counts = |status| matches!(status, UserStatus::Active | UserStatus::Suspended);
        users.extend(page.items.iter().filter(|user| counts(user.status)).map(|user| user.id));
        after = page.next;
        if after.is_none() {
            return users;
        }
    }
}

/// Users who have books, as an auditor reads them page by page.
fn have_books(portfolio: &World) -> BTreeSet<u64> {
    let (mut users, mut after) = (BTreeSet::new(), None);
    loop {
        let which = PageArgs { after, limit: 2 };
        let page: Answer<AccountPage> =
            portfolio.caller(Who::Auditor).query("list_accounts", &which);
        let page = page.value("a page of accounts");
        users.extend(page.items.iter().filter_map(|account| match account.owner {
            AccountOwner::User(user) => Some(user),
            _ => None,
        }));
        after = page.next;
        if after.is_none() {
            return users;
        }
    }
}

fn set_status(registry: &World, method: &str, user: u64) {
    let args = UserReasonArgs { user, reason: "a complaint".to_owned() };
    registry.caller(Who::Compliance).receipt(method, &args).value(method);
}

#[test]
fn p6_every_user_that_counts_has_books_and_no_book_is_an_orphan() {
    let suite = Suite::new(localnet());
    let Suite { registry, portfolio, .. } = &suite;
    let asset = token(portfolio, "TUSD");
    let [active, suspended, closed, late] =
        ["active", "suspended", "closed", "late"].map(|name| admit(registry, person(name)));
    let pending = registry.caller_principal(person("pending"));
    let pending = pending.receipt("register_user", &registration()).value("registered").id;
    set_status(registry, "suspend_user", suspended);
    set_status(registry, "close_user", closed);

    let expected = BTreeSet::from([active, suspended, late]);
    assert_eq!(must_have_books(registry), expected);
    assert_eq!(have_books(portfolio), BTreeSet::new(), "the two do not speak to each other");

    // Money makes books by itself; for the others an operator opens them, as often as it likes.
    fund(portfolio, AccountOwner::User(active), asset, 5);
    let missing: Vec<u64> = expected.difference(&have_books(portfolio)).copied().collect();
    assert_eq!(missing, [suspended, late]);
    let open = |user: &u64| AccountRef { owner: AccountOwner::User(*user), asset };
    let args = OpenAccountsArgs { accounts: missing.iter().map(open).collect() };
    for _ in 0..2 {
        portfolio.caller(Who::Operator).receipt("open_accounts", &args).value("opened");
    }
    assert_eq!(have_books(portfolio), expected);
    assert!(!have_books(portfolio).contains(&pending));

    // Neither canister can know that nobody is user 99; only the comparison can.
    fund(portfolio, AccountOwner::User(99), asset, 5);
    let orphans: Vec<u64> = have_books(portfolio).difference(&expected).copied().collect();
    assert_eq!(orphans, [99]);
    // Both are whole for themselves.
    for world in [registry, portfolio] {
        granary_tests::fixtures::assert_valid(world);
    }
}
