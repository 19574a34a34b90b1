//! What must hold between two canisters: nobody else can see it.
//!
//! P6: every Active or Suspended user of `registry` has books in `portfolio`, and nothing is booked
//! there for a user `registry` does not know. Entries are never taken back, so an account of an
//! unknown user is in order again when its value was moved to somebody else.
//!
//! Users are read first and accounts afterwards, so somebody who comes meanwhile is no violation;
//! an account of an unknown user is asked about once more.

use std::collections::{BTreeMap, BTreeSet};

use granary_api::{
    common::PageArgs,
    portfolio::AccountOwner,
    registry::{ListUsersArgs, UserArgs, UserStatus},
};

use super::validate::Found;
use crate::{
    client::{
        Client,
        portfolio::{LIST_ACCOUNTS, LIST_ASSETS},
        registry::{GET_USER, LIST_USERS},
        remote::Remote,
    },
    failure::Failure,
    render::Progress,
};

/// Rows of one page.
const PAGE: u32 = 100;

/// Every violation of P6. Without an asset there are no books to have, and nothing is missing.
pub(crate) async fn p6<C: Client>(
    registry: &Remote<C>,
    portfolio: &Remote<C>,
    progress: &Progress,
) -> Result<Vec<Found>, Failure> {
    let users = users(registry, progress).await?;
    let assets = portfolio.query(LIST_ASSETS, &PageArgs { after: None, limit: 1 }).await?;
    let Some(asset) = assets.items.first() else { return Ok(vec![]) };
    let accounts = accounts(portfolio, progress).await?;
    let owners: BTreeSet<u64> = accounts.iter().map(|account| account.user).collect();
    let mut found = Vec::new();
    for (user, status) in &users {
        let counts = matches!(status, UserStatus::Active | UserStatus::Suspended);
        if counts && !owners.contains(user) {
            let message = format!(
                "is {status:?} and has no books: granary books open user:{user} --asset {}",
                asset.id
            );
            found.push(violation("user", *user, message));
        }
    }
    for Books { account, user, empty } in accounts {
        if !empty && !users.contains_key(&user) && !exists(registry, user).await? {
            let message = format!("has value of user {user}, whom the registry does not know");
            found.push(violation("account", account, message));
        }
    }
    Ok(found)
}

/// An account of a user.
struct Books {
    account: u64,
    user: u64,
    empty: bool,
}

fn violation(entity: &str, id: u64, message: String) -> Found {
    Found { rule: "P6".to_owned(), entity: entity.to_owned(), id, message }
}

async fn users<C: Client>(
    registry: &Remote<C>,
    progress: &Progress,
) -> Result<BTreeMap<u64, UserStatus>, Failure> {
    let (mut users, mut after) = (BTreeMap::new(), None);
    loop {
        progress.say(format_args!("validating: {} users", users.len()));
        let which = ListUsersArgs { status: None, after, limit: PAGE };
        let page = registry.query(LIST_USERS, &which).await?;
        users.extend(page.items.iter().map(|user| (user.id, user.status)));
        after = page.next;
        if after.is_none() {
            return Ok(users);
        }
    }
}

/// Accounts of users.
async fn accounts<C: Client>(
    portfolio: &Remote<C>,
    progress: &Progress,
) -> Result<Vec<Books>, Failure> {
    let (mut accounts, mut after) = (Vec::new(), None);
    loop {
        progress.say(format_args!("validating: {} accounts of users", accounts.len()));
        let page = portfolio.query(LIST_ACCOUNTS, &PageArgs { after, limit: PAGE }).await?;
        accounts.extend(page.items.iter().filter_map(|account| match account.owner {
            AccountOwner::User(user) => {
                Some(Books { account: account.id, user, empty: account.balance_units == 0 })
            }
            _ => None,
        }));
        after = page.next;
        if after.is_none() {
            return Ok(accounts);
        }
    }
}

async fn exists<C: Client>(registry: &Remote<C>, user: u64) -> Result<bool, Failure> {
    match registry.query(GET_USER, &UserArgs { user }).await {
        Ok(_) => Ok(true),
        Err(failure) if failure.code == "registry.user.not_found" => Ok(false),
        Err(failure) => Err(failure),
    }
}

#[cfg(test)]
mod tests {
    use candid::{Int, Principal};
    use granary_api::{
        Error,
        portfolio::{Account, AccountPage, Asset, AssetKind, AssetPage, AssetStatus},
        registry::{User, UserPage},
    };
    use granary_errors::Code;

    use super::*;
    use crate::client::fake::{Answers, FakeClient};

    fn user(id: u64, status: UserStatus) -> User {
        User {
            id,
            identities: vec![],
            proposals: vec![],
            display_name: String::new(),
            status,
            risk_profile: 1,
            created_at_ns: 0,
            version: 0,
            wallets: 0,
        }
    }

    fn asset() -> Asset {
        let nobody = Principal::anonymous();
        Asset {
            id: 1,
            symbol: "TUSD".to_owned(),
            decimals: 6,
            kind: AssetKind::Icrc { ledger: nobody, fee_units: 10_u32.into() },
            status: AssetStatus::Active,
            treasury: nobody.into(),
            opened_at_ns: 0,
            booked_units: Int::from(0),
            suspense_units: Int::from(0),
            suspense_since_ns: None,
        }
    }

    fn registry(users: Vec<User>) -> Remote<FakeClient> {
        const NOT_FOUND: Code = Code::new("registry.user.not_found");
        let known = users.clone();
        Answers::default()
            .raw("list_users", move |arg| {
                let args: ListUsersArgs = candid::decode_one(arg).expect("arguments");
                // One at a time, so that pages are followed.
                let rest = users.iter().filter(|user| Some(user.id) > args.after);
                let items: Vec<User> = rest.take(1).cloned().collect();
                let next = items.first().map(|user| user.id);
                let page = UserPage { items, next };
                Ok(candid::encode_one(Ok::<_, Error>(page)).expect("encodes"))
            })
            .raw("get_user", move |arg| {
                let UserArgs { user } = candid::decode_one(arg).expect("arguments");
                let found = known.iter().find(|known| known.id == user).cloned();
                let answer =
                    found.ok_or_else(|| Error::not_found(NOT_FOUND, "user", user.to_string()));
                Ok(candid::encode_one(answer).expect("encodes"))
            })
            .grants()
    }

    fn portfolio(assets: Vec<Asset>, accounts: &[(AccountOwner, i64)]) -> Remote<FakeClient> {
        let items: Vec<Account> = (1..)
            .zip(accounts)
            .map(|(id, (owner, balance))| Account {
                id,
                owner: owner.clone(),
                asset: 1,
                balance_units: Int::from(*balance),
                postings: 0,
                opened_at_ns: 0,
            })
            .collect();
        let answer = Ok(AccountPage { items, next: None });
        let assets = Ok(AssetPage { items: assets, next: None });
        Answers::default().result("list_accounts", &answer).result("list_assets", &assets).grants()
    }

    async fn judge(users: Vec<User>, accounts: &[(AccountOwner, i64)]) -> Vec<String> {
        let books = portfolio(vec![asset()], accounts);
        let found = p6(&registry(users), &books, &Progress::hidden()).await.expect("answers");
        found.iter().map(|found| format!("{} {}", found.entity, found.id)).collect()
    }

    #[tokio::test]
    async fn p6_whoever_counts_has_books_and_nobody_else_has_value() {
        use UserStatus::{Active, Closed, Pending, Suspended};
        let statuses = [Active, Suspended, Pending, Closed];
        let users: Vec<User> = (1..).zip(statuses).map(|(id, status)| user(id, status)).collect();
        let of = AccountOwner::User;
        assert_eq!(judge(users.clone(), &[]).await, ["user 1", "user 2"]);
        let own = [(AccountOwner::Treasury, 9), (of(1), 0), (of(2), 5), (of(4), 1)];
        assert_eq!(judge(users.clone(), &own).await, Vec::<String>::new());
        let orphans = [own.as_slice(), &[(of(99), 0), (of(98), 1)]].concat();
        assert_eq!(judge(users.clone(), &orphans).await, ["account 6"]);
        let nothing = portfolio(vec![], &[]);
        let found = p6(&registry(users), &nothing, &Progress::hidden()).await.expect("answers");
        assert_eq!(found, [], "without an asset there are no books to have");
    }
}
