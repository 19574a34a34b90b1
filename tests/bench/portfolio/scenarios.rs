//! What is measured of `portfolio`.

use candid::{Int, Principal};
use granary_api::{
    common::PrepareUpgradeArgs,
    portfolio::{
        AccountOwner, AccountRef, EntryKind, ExternalRef, GetBalancesArgs, GetPortfolioArgs,
        GetStatementArgs, ListEntriesArgs, PostEntryArgs, Posting,
    },
};
use granary_tests::people::Who;

use super::seed::{self, ASSETS};
use crate::{
    subject::{Figure, Samples, cost, refusal},
    world::World,
};

/// Everything measured on a state with `rows` entries, by name.
pub(crate) fn run(world: &mut World, rows: u64) -> Result<Vec<Figure>, String> {
    let mut figures = reads(world, rows)?;
    figures.extend(refusals(world, rows)?);
    figures.extend(postings(world, rows)?);
    Ok(figures)
}

fn execution() -> Principal {
    Who::Execution.principal()
}

/// Numbers all over the range: the stride has no factor in common with the sizes.
fn spread(count: u64, rows: u64) -> impl Iterator<Item = u64> {
    (0..count).map(move |step| step * 7_919 % rows)
}

fn reads(world: &mut World, rows: u64) -> Result<Vec<Figure>, String> {
    let reader = Who::Reader.principal();
    let [mut entry, mut balances, mut list, mut statement, mut proof] =
        [const { Samples::new() }; 5];
    for number in spread(25, rows) {
        entry.push(cost(world.query(reader, "get_entry", (number + 1,)))?);
        let owner = AccountOwner::User(seed::user_of(number));
        let asset = number % ASSETS + 1;
        let args = GetBalancesArgs { owner: owner.clone(), assets: None };
        balances.push(cost(world.query(reader, "get_balances", (args,)))?);
        let args = ListEntriesArgs { limit: 100, ..ListEntriesArgs::default() };
        list.push(cost(world.query(reader, "list_entries", (args,)))?);
        let account = AccountRef { owner, asset };
        proof.push(cost(world.query(reader, "get_balance_proof", (account,)))?);
        // Accounts of users come after those of the funds, in the order of their first entries.
        let args = GetStatementArgs {
            account: seed::FUNDED_ACCOUNTS + 1 + number / seed::PER_USER,
            from_ns: 0,
            to_ns: u64::MAX,
            after: None,
            limit: 100,
        };
        statement.push(cost(world.query(reader, "get_statement", (args,)))?);
    }
    let args = GetBalancesArgs { owner: AccountOwner::User(0), assets: None };
    let twenty = cost(world.query(reader, "get_balances", (args,)))?;
    let args = GetPortfolioArgs { user: Some(0) };
    let portfolio = cost(world.query(reader, "get_portfolio", (args,)))?;
    let mut figures = vec![
        ("get_entry", entry),
        ("get_balances of a user", balances),
        ("get_balances of 20 assets", vec![twenty]),
        ("get_portfolio of 20 assets", vec![portfolio]),
        ("list_entries 100", list),
        ("get_statement", statement),
        ("get_balance_proof", proof),
    ];
    for method in ["health_check", "get_system_health", "get_version"] {
        let answer = world.query(Who::Anonymous.principal(), method, ())?;
        figures.push((method, vec![answer.trace.instructions]));
    }
    Ok(figures)
}

fn refusals(world: &mut World, rows: u64) -> Result<Vec<Figure>, String> {
    let stranger = Who::Stranger.principal();
    let unknown = refusal(world.query(Who::Reader.principal(), "get_entry", (rows + 1_000_000,)))?;
    let drain = PrepareUpgradeArgs { epoch: 1, deadline_ns: u64::MAX };
    let governor = refusal(world.update(stranger, "prepare_upgrade", (drain,)))?;
    let poster = refusal(world.update(stranger, "post_entry", (transfer(1, 1, None),)))?;
    let mut uneven = transfer(1, 1, None);
    uneven.postings[0].delta_units = Int::from(2);
    let uneven = refusal(world.update(execution(), "post_entry", (uneven,)))?;
    let block = Some(ExternalRef::Icrc { ledger: seed::ledger(1), block: 0 });
    let twice = refusal(world.update(execution(), "post_entry", (transfer(1, 1, block),)))?;
    Ok(vec![
        ("refused: unknown entry", vec![unknown]),
        ("refused: not the governor", vec![governor]),
        ("refused: may not post", vec![poster]),
        ("refused: sums to something", vec![uneven]),
        ("refused: booked already", vec![twice]),
    ])
}

/// Some of an asset goes from the treasury to a user.
pub(crate) fn transfer(user: u64, asset: u64, external_ref: Option<ExternalRef>) -> PostEntryArgs {
    let leg = |owner, delta: i64| Posting { owner, asset, delta_units: Int::from(delta) };
    PostEntryArgs {
        kind: EntryKind::Transfer,
        intent: Some(user),
        external_ref,
        postings: vec![leg(AccountOwner::User(user), 1_000), leg(AccountOwner::Treasury, -1_000)],
        idempotency_key: None,
    }
}

fn postings(world: &mut World, rows: u64) -> Result<Vec<Figure>, String> {
    let [mut known, mut first, mut repeated] = [const { Samples::new() }; 3];
    for (number, old) in (0_u64..).zip(spread(150, rows)) {
        let asset = old % ASSETS + 1;
        let block = rows + 1_000_000 + number;
        let reference = Some(ExternalRef::Icrc { ledger: seed::ledger(asset), block });
        // As in the seeded state, one in ten is somebody's first of this asset.
        let (user, samples) = match number % 10 {
            0 => (10_000_000 + number, &mut first),
            _ => (seed::user_of(old), &mut known),
        };
        let mut args = transfer(user, asset, reference);
        args.idempotency_key = Some(format!("bench-{number}"));
        samples.push(cost(world.update(execution(), "post_entry", (args.clone(),)))?);
        if number.is_multiple_of(50) {
            repeated.push(cost(world.update(execution(), "post_entry", (args,)))?);
        }
    }
    Ok(vec![
        ("post_entry", known),
        ("post_entry that opens an account", first),
        ("post_entry repeated", repeated),
    ])
}
