//! The books against a real ledger: funding, reconciliation, and ledgers that misbehave.

use candid::{Int, Principal};
use granary_api::{icrc::Account, portfolio as p, test_ledger::Faults};
use granary_errors::Category;
use granary_tests::{
    clock::SECOND,
    ledger::{self, TestLedger},
    people::{Who, person},
    reply::{Answer, Expect},
    subject::PORTFOLIO,
    world::World,
};

const MINUTE: u64 = 60 * SECOND;
/// Longer than a block waits for its entry.
const RIPE: u64 = 31 * MINUTE;

fn treasury() -> Account {
    person("treasury").into()
}

struct Books<'w> {
    world: &'w World,
    ledger: TestLedger<'w>,
    asset: u64,
}

fn token(ledger: Principal, decimals: u8) -> p::RegisterAssetArgs {
    p::RegisterAssetArgs {
        symbol: "TUSD".to_owned(),
        decimals,
        kind: p::AssetKind::Icrc { ledger, fee_units: ledger::FEE.into() },
        treasury: treasury().owner.into(),
        first_block: None,
    }
}

fn register(world: &World, ledger: Principal, decimals: u8) -> u64 {
    let args = token(ledger, decimals);
    world.caller(Who::Operator).receipt("register_asset", &args).value("registered").id
}

impl<'w> Books<'w> {
    fn set(world: &'w World, decimals: u8) -> Self {
        let controller = Who::Controller.principal();
        let ledger = TestLedger::install(world.network(), controller, &ledger::init_args(&[]));
        let asset = register(world, ledger.canister, decimals);
        Self { world, ledger, asset }
    }

    fn reconcile(&self) -> Answer<p::Reconciliation> {
        let args = p::ReconcileArgs { asset: self.asset };
        self.world.caller(Who::Operator).update("reconcile", &args)
    }

    fn found(&self) -> p::Reconciliation {
        let args = p::ReconcileArgs { asset: self.asset };
        self.world.caller(Who::Reader).query("get_reconciliation", &args).value("its state")
    }

    fn state(&self) -> p::ReconciliationState {
        self.reconcile().value("a run").state
    }

    fn balance(&self, owner: p::AccountOwner) -> Int {
        let args = p::GetBalancesArgs { owner, assets: Some(vec![self.asset]) };
        let found: Vec<p::Balance> =
            self.world.caller(Who::Reader).query("get_balances", &args).value("balances");
        found.into_iter().next().map_or(Int::from(0), |balance| balance.balance_units)
    }

    fn book(&self, amount: i64, block: u64) -> Answer<granary_api::common::Receipt> {
        let outside = p::AccountOwner::External(vec![7; 32].into());
        let leg =
            |owner, units: i64| p::Posting { owner, asset: self.asset, delta_units: units.into() };
        let args = p::PostEntryArgs {
            kind: p::EntryKind::Deposit,
            intent: None,
            external_ref: Some(p::ExternalRef::Icrc { ledger: self.ledger.canister, block }),
            postings: vec![leg(p::AccountOwner::Treasury, amount), leg(outside, -amount)],
            idempotency_key: None,
        };
        self.world.caller(Who::Execution).receipt("post_entry", &args)
    }

    fn mint(&self, amount: u128) -> u64 {
        let block = self.ledger.mint(treasury(), amount);
        u64::try_from(&block.0).expect("few blocks")
    }

    fn is_sound(&self) {
        let args = granary_api::common::ValidateStateArgs { cursor: None, max_items: 10_000 };
        let report = self.world.caller(Who::Governor).validate_state(&args).value("a report");
        assert_eq!((report.violations, report.next), (vec![], None));
    }
}

#[test]
fn a_subaccount_of_the_wrong_size_is_refused_by_name_and_changes_nothing() {
    let world = crate::world_of(&PORTFOLIO);
    let send = |number: u8, bytes: usize| {
        let mut args = token(person(&format!("ledger {number}")), 6);
        args.treasury.subaccount = Some(vec![number; bytes].into());
        world.caller(Who::Operator).receipt("register_asset", &args)
    };
    let before = granary_tests::digest::state(&world);
    for bytes in [0, 1, 31, 33, 64, 5_000] {
        let error = send(1, bytes).refused(Category::InvalidInput, "not 32 bytes");
        assert_eq!(error.code(), "common.hash.size");
    }
    assert_eq!(granary_tests::digest::state(&world), before);

    send(1, 32).value("32 bytes");
    // Thirty-two zeros are the default account, which is written as none.
    send(0, 32).value("32 zeros");
    let args = granary_api::common::PageArgs { after: None, limit: 10 };
    let page: p::AssetPage = world.caller(Who::Reader).query("list_assets", &args).value("assets");
    let found: Vec<_> = page.items.into_iter().map(|asset| asset.treasury).collect();
    let owner = treasury().owner;
    let named = p::LedgerAccount { owner, subaccount: Some(vec![1; 32].into()) };
    assert_eq!(found, [named, owner.into()]);
}

#[test]
fn the_treasury_is_funded_booked_and_matched_and_a_block_books_once() {
    let world = crate::world_of(&PORTFOLIO);
    let books = Books::set(&world, 6);
    let block = books.mint(1_000_000);
    books.book(1_000_000, block).value("it balances");
    let found = books.reconcile().value("a run");
    assert_eq!(found.state, p::ReconciliationState::Matched);
    assert_eq!((found.external_units, found.booked_units), (1_000_000, Int::from(1_000_000)));
    let error = books.book(1_000_000, block).refused(Category::StateError, "booked before");
    assert_eq!(error.code(), "portfolio.reference.taken");
    books.is_sound();
}

#[test]
fn a_deposit_nobody_booked_is_explained_by_its_block_and_the_job_finds_it_too() {
    let world = crate::world_of(&PORTFOLIO);
    let books = Books::set(&world, 6);
    books.mint(70);
    assert_eq!(books.state(), p::ReconciliationState::Difference);
    world.advance(RIPE);
    // The job comes when the grace time is over; asking finds its work done, or does it.
    let found = books.reconcile().value("a run");
    let done = [p::ReconciliationState::Explained, p::ReconciliationState::Matched];
    assert!(done.contains(&found.state) && found.newest_entry.is_some(), "{found:?}");
    assert_eq!(books.balance(p::AccountOwner::Treasury), Int::from(70));
    // The next one is found by the job, without anybody asking.
    books.mint(30);
    for _ in 0..70 {
        world.advance(MINUTE);
        world.settle();
    }
    assert_eq!(books.balance(p::AccountOwner::Treasury), Int::from(100));
    assert_eq!(books.found().external_units, 100);
    books.is_sound();
}

#[test]
fn money_that_left_without_an_entry_is_in_suspense() {
    let world = crate::world_of(&PORTFOLIO);
    let books = Books::set(&world, 6);
    let block = books.mint(1_000_000);
    books.book(1_000_000, block).value("it balances");
    let args = ledger::transfer_args(person("thief"), 5);
    books.ledger.transfer(person("treasury"), &args).expect("an answer").expect("enough");
    world.advance(RIPE);
    assert_eq!(books.state(), p::ReconciliationState::Suspense);
    let gone = Int::from(-5) - Int::from(ledger::FEE);
    assert_eq!(books.balance(p::AccountOwner::Suspense), gone);
    assert_eq!(books.balance(p::AccountOwner::Treasury), Int::from(1_000_000));
    books.is_sound();
}

#[test]
fn a_balance_that_is_a_lie_never_reaches_the_treasury_and_truth_ends_it() {
    let world = crate::world_of(&PORTFOLIO);
    let books = Books::set(&world, 6);
    let block = books.mint(500);
    books.book(500, block).value("it balances");
    books.ledger.lie_about(treasury(), 33);
    assert_eq!(books.state(), p::ReconciliationState::Difference);
    world.advance(RIPE);
    assert_eq!(books.state(), p::ReconciliationState::Suspense);
    assert_eq!(books.balance(p::AccountOwner::Treasury), Int::from(500));
    assert_eq!(books.balance(p::AccountOwner::Suspense), Int::from(33));
    books.ledger.set_faults(&Faults::default());
    assert_eq!(books.state(), p::ReconciliationState::Difference);
    world.advance(RIPE);
    assert_eq!(books.state(), p::ReconciliationState::Matched);
    assert_eq!(books.balance(p::AccountOwner::Suspense), Int::from(0));
    books.is_sound();
}

#[test]
fn a_ledger_that_cannot_be_read_is_a_typed_refusal_and_is_asked_again() {
    let world = crate::world_of(&PORTFOLIO);
    let books = Books::set(&world, 6);
    books.mint(9);
    books.ledger.set_faults(&Faults { unreadable: true, ..Faults::default() });
    world.advance(RIPE);
    let error = books.reconcile().refused(Category::SystemError, "did not answer");
    assert_eq!(error.code(), "portfolio.ledger.unavailable");
    assert!(books.found().failures >= 1);
    assert_eq!(books.balance(p::AccountOwner::Treasury), Int::from(0));
    books.ledger.set_faults(&Faults::default());
    for _ in 0..5 {
        world.advance(MINUTE);
        world.settle();
    }
    assert_eq!(books.found().failures, 0, "asked again without anybody");
    assert_eq!(books.balance(p::AccountOwner::Treasury), Int::from(9));
    books.is_sound();
}

#[test]
fn another_unit_is_refused_another_fee_is_noted_and_nobody_is_no_ledger() {
    let world = crate::world_of(&PORTFOLIO);
    let books = Books::set(&world, 8);
    let error = books.reconcile().refused(Category::SystemError, "decimals");
    assert_eq!(error.code(), "portfolio.ledger.decimals");
    let other =
        TestLedger::install(world.network(), Who::Controller.principal(), &ledger::init_args(&[]));
    let asset = register(&world, other.canister, 6);
    let books = Books { ledger: other, asset, ..books };
    other.set_faults(&Faults { fee: Some(77_u32.into()), ..Faults::default() });
    assert_eq!(books.state(), p::ReconciliationState::Matched);
    let page = granary_api::common::PageArgs { after: None, limit: 10 };
    let assets: p::AssetPage =
        world.caller(Who::Stranger).query("list_assets", &page).value("the assets");
    let kinds: Vec<_> = assets.items.into_iter().map(|asset| asset.kind).collect();
    let noted = p::AssetKind::Icrc { ledger: other.canister, fee_units: 77_u32.into() };
    assert!(kinds.contains(&noted), "{kinds:?}");
    let asset = register(&world, person("nobody"), 6);
    let books = Books { asset, ..books };
    let error = books.reconcile().refused(Category::SystemError, "did not answer");
    assert_eq!(error.code(), "portfolio.ledger.unavailable");
    books.is_sound();
}

#[test]
fn bad_entries_are_refused_by_name_and_change_nothing() {
    let world = crate::world_of(&PORTFOLIO);
    let books = Books::set(&world, 6);
    let leg = |owner, asset, units: &str| p::Posting {
        owner,
        asset,
        delta_units: units.parse().expect("a number"),
    };
    let outside = || p::AccountOwner::External(vec![7; 32].into());
    let asset = books.asset;
    let two_to_128 = "340282366920938463463374607431768211456";
    let cases = [
        (Category::NotFound, "portfolio.asset.not_found", 99, "5", "-5"),
        (Category::InvalidInput, "portfolio.entry.unbalanced", asset, "5", "-4"),
        (Category::InvalidInput, "portfolio.posting.zero", asset, "0", "0"),
        (Category::InvalidInput, "common.amount.range", asset, two_to_128, "-5"),
        (Category::InsufficientFunds, "portfolio.account.balance", asset, "-5", "5"),
    ];
    for (category, code, asset, first, second) in cases {
        let postings =
            vec![leg(p::AccountOwner::Treasury, asset, first), leg(outside(), asset, second)];
        let args = p::PostEntryArgs {
            kind: p::EntryKind::Transfer,
            intent: None,
            external_ref: None,
            postings,
            idempotency_key: None,
        };
        let error =
            world.caller(Who::Execution).receipt("post_entry", &args).refused(category, code);
        assert_eq!(error.code(), code);
    }
    let page = p::ListEntriesArgs { limit: 10, ..p::ListEntriesArgs::default() };
    let entries: p::EntryPage =
        world.caller(Who::Reader).query("list_entries", &page).value("the entries");
    assert_eq!(entries.items, vec![]);
    books.is_sound();
}
