//! Random histories of entries against a naive model of maps; after each step both agree on who
//! was refused and on every balance, and at the end every invariant holds.

mod oracle;

use crate::support::histories::{HISTORIES, played};
use crate::support::{START, WALLET, World, at, block, entry, execution, leg, operator, world};
use granary_kernel::CanisterStore;
use oracle::{Model, plain};
use portfolio_core::invariants;
use portfolio_core::store::{OpenInput, PostInput, PostingInput, StatementArgs};
use portfolio_core::types::{AssetStatus, EntryKind, Owner, Signed, Timestamp};
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};

#[derive(Clone, Debug)]
enum Op {
    Post { kind: EntryKind, legs: Vec<(u8, u64, i128)>, block: Option<(u64, u64)> },
    Open(u8, u64),
    Status(u64, AssetStatus),
    Reopen,
}

fn owner(n: u8) -> Owner {
    match n {
        0 => Owner::Treasury,
        1 => Owner::User(1),
        2 => Owner::User(2),
        3 => Owner::GrantCommitment(1),
        4 => Owner::Fees,
        5 => Owner::Suspense,
        _ => WALLET,
    }
}

fn ops() -> impl Strategy<Value = Op> {
    let kind = prop_oneof![
        4 => Just(EntryKind::Deposit),
        2 => Just(EntryKind::Transfer),
        1 => Just(EntryKind::Adjustment),
    ];
    let block = proptest::option::weighted(0.3, (1_u64..=2, 0_u64..6));
    let amount = prop_oneof![1 => Just(0_i128), 12 => 1_i128..100];
    let who = 0_u8..8;
    // Two legs that balance, between any two owners.
    let pair = (kind.clone(), who.clone(), who.clone(), 1_u64..=2, amount, block.clone()).prop_map(
        |(kind, a, b, asset, amount, block)| Op::Post {
            kind,
            legs: vec![(a, asset, amount), (b, asset, -amount)],
            block,
        },
    );
    // Value from outside, so that there is something to move.
    let deposit =
        (0_u8..5, 1_u64..=2, 1_i128..200, block.clone()).prop_map(|(a, asset, amount, block)| {
            Op::Post {
                kind: EntryKind::Deposit,
                legs: vec![(a, asset, amount), (6, asset, -amount)],
                block,
            }
        });
    // An exchange of two assets between two owners.
    let trade =
        (who.clone(), who.clone(), 1_i128..50, 1_i128..50).prop_map(|(a, b, x, y)| Op::Post {
            kind: EntryKind::Transfer,
            legs: vec![(a, 1, x), (b, 1, -x), (a, 2, -y), (b, 2, y)],
            block: None,
        });
    // Anything: mostly wrong.
    let wild =
        (kind, proptest::collection::vec((who.clone(), 0_u64..4, -60_i128..60), 0..18), block)
            .prop_map(|(kind, legs, block)| Op::Post { kind, legs, block });
    let status = prop_oneof![Just(AssetStatus::Active), Just(AssetStatus::Suspended)];
    prop_oneof![
        8 => pair,
        6 => deposit,
        2 => trade,
        2 => wild,
        1 => (who, 0_u64..4).prop_map(|(a, asset)| Op::Open(a, asset)),
        1 => (1_u64..=2, status).prop_map(|(asset, status)| Op::Status(asset, status)),
        1 => Just(Op::Reopen),
    ]
}

fn input_of(kind: EntryKind, legs: &[(u8, u64, i128)], at: Option<(u64, u64)>) -> PostInput {
    let legs = legs.iter().map(|(who, asset, delta)| leg(owner(*who), *asset, *delta)).collect();
    PostInput { external_ref: at.map(|(asset, index)| block(asset, index)), ..entry(kind, legs) }
}

fn agree(store: &World, model: &Model) {
    for n in 0..7 {
        for asset in 1..=2 {
            let (id, _) = store.asset(asset).expect("one of two");
            let account = store.account_of(owner(n), id).expect("no migration");
            let balance = account.map_or(0, |(_, row)| plain(row.balance));
            assert_eq!(balance, model.balance(owner(n), asset), "{:?} {asset}", owner(n));
        }
    }
    assert_eq!((store.entry_count(), store.posting_count()), (model.entries, model.postings));
}

/// Every account's statement leads from nothing to its balance.
fn statements(store: &World) {
    for id in 1..=store.account_count() {
        let mut args = StatementArgs {
            account: id,
            from: Timestamp::ZERO,
            to: Timestamp::MAX,
            after: None,
            limit: 3,
        };
        let (mut sum, mut expected) = (Signed::ZERO, None);
        loop {
            let page = store.statement(&args).expect("an account");
            assert!(expected.is_none_or(|opening| opening == page.closing));
            for (_, posting, _) in &page.lines {
                sum = sum.checked_add(posting.delta).expect("small");
            }
            expected = Some(page.opening);
            args.after = page.next;
            if page.next.is_none() {
                assert_eq!((page.opening, sum), (Signed::ZERO, page.account.1.balance));
                break;
            }
        }
    }
}

fn play(history: &[Op]) {
    let (memory, mut store) = world();
    let mut model = Model::default();
    for (step, op) in history.iter().enumerate() {
        let now = START + u64::try_from(step).expect("short");
        let events = store.journal_head().0;
        let taken = match op {
            Op::Post { kind, legs, block } => {
                let input = input_of(*kind, legs, *block);
                let who = if *kind == EntryKind::Adjustment { operator() } else { execution() };
                let taken = store.post_entry(&at(now, who), &input, None);
                assert_eq!(taken.is_ok(), model.post(&input, *block), "{op:?}: {taken:?}");
                taken.is_ok()
            }
            Op::Open(who, asset) => {
                let wanted = [OpenInput { owner: owner(*who), asset: *asset }];
                let before = store.account_count();
                let done = store.open_accounts(&at(now, operator()), &wanted);
                assert_eq!(done.is_ok(), (1..=2).contains(asset));
                store.account_count() > before
            }
            Op::Status(asset, status) => {
                if *status == AssetStatus::Suspended {
                    model.suspended.insert(*asset);
                } else {
                    model.suspended.remove(asset);
                }
                store.set_asset_status(&at(now, operator()), *asset, *status).is_ok()
            }
            Op::Reopen => {
                store = World::open(memory.clone()).expect("its own state");
                false
            }
        };
        assert_eq!(taken, store.journal_head().0 > events, "an event for every change (C2)");
        agree(&store, &model);
    }
    assert_eq!(invariants::check_all(&store), []);
    statements(&store);
}

/// P1, P2, P3 and P7, and that accounts sum to what their asset is said to hold (P8).
#[test]
fn p1_p2_p3_p7_hold_in_every_history() {
    let histories = proptest::collection::vec(ops(), 1..14);
    let count = played(file!(), "p1_p2_p3_p7", &histories, |history| play(&history));
    eprintln!("P1, P2, P3, P7: {count} histories of entries");
    assert!(count >= HISTORIES);
}

proptest! {
    #[test]
    fn figures_up_to_the_edge_are_counted_or_refused(
        first in any::<u128>(), second in any::<u128>(), third in any::<u128>()
    ) {
        let (_, mut store) = world();
        let mut booked = 0_u128;
        for amount in [first, second, third] {
            let legs = vec![
                PostingInput { owner: Owner::Treasury, asset: 1, delta: Signed::plus(amount) },
                PostingInput { owner: WALLET, asset: 1, delta: Signed::minus(amount) },
            ];
            let input = entry(EntryKind::Deposit, legs);
            let taken = store.post_entry(&at(START, execution()), &input, None);
            let fits = amount > 0 && booked.checked_add(amount).is_some();
            assert_eq!(taken.is_ok(), fits, "{booked} + {amount}: {taken:?}");
            if fits {
                booked += amount;
            }
        }
        let (_, row) = store.asset(1).expect("the first");
        assert_eq!(row.booked, Signed::plus(booked));
        assert_eq!(invariants::check_all(&store), []);
    }
}
