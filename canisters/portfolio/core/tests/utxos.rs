//! Outputs against a naive oracle: every random history keeps P4 and P5, and money that came in
//! twice, vanished or was promised twice is never booked.

mod support;

use std::collections::BTreeMap;

use portfolio_core::errors::{HeaderFault, PortfolioError, ProofFault, UtxoFault};
use portfolio_core::invariants::check_all;
use portfolio_core::records::{AssetKind, LedgerAccount, SuspendReason, UtxoState};
use portfolio_core::rules::register_asset::AssetInput;
use portfolio_core::rules::utxo_observe::Observed;
use portfolio_core::store::{SyncInput, Synced};
use portfolio_core::types::{EntryKind, Network, Owner};
use proptest::prelude::*;
use support::{SECOND, START, World, at, entry, execution, governor, leg, operator, person, world};

const BTC: u64 = 3;
const USER: Owner = Owner::User(7);
const OTHER: Owner = Owner::User(8);

fn bitcoin() -> World {
    let (_, mut store) = world();
    let kind = AssetKind::Btc { network: Network::Regtest, min_confirmations: 6 };
    let treasury = LedgerAccount { owner: person(9), subaccount: [0; 32] };
    let input =
        AssetInput { symbol: "BTC".to_owned(), decimals: 8, kind, treasury, first_block: 0 };
    store.register_asset(&at(START, operator()), &input).expect("a new asset");
    store
}

fn output(n: u8, value: u64, height: u32) -> Observed {
    Observed { txid: [n; 32], vout: u32::from(n), value, height }
}

fn look(
    store: &mut World,
    owner: Owner,
    tip: u32,
    observed: &[Observed],
) -> Result<Synced, PortfolioError> {
    let input = SyncInput { owner, asset: BTC, tip, observed: observed.to_vec() };
    store.sync_utxos(&at(START + SECOND, operator()), &input)
}

fn balance(store: &World, owner: Owner) -> i128 {
    let (asset, _) = store.asset(BTC).expect("registered");
    let account = store.account_of(owner, asset).expect("whole");
    account.map_or(0, |(_, row)| {
        let units = i128::try_from(row.balance.magnitude()).expect("small");
        if row.balance.is_negative() { -units } else { units }
    })
}

fn state(store: &World, n: u8) -> (UtxoState, SuspendReason) {
    let page = store.list_utxos(None, None, 100).expect("a page");
    let found = page.items.into_iter().find(|view| view.row.txid == [n; 32]);
    found.map(|view| (view.row.state, view.row.reason)).expect("known")
}

fn point(n: u8) -> ([u8; 32], u32) {
    ([n; 32], u32::from(n))
}

#[test]
fn a_deposit_is_booked_with_its_sixth_confirmation_and_spent_once() {
    let mut store = bitcoin();
    let seen = look(&mut store, USER, 104, &[output(1, 50_000, 100)]).expect("a look");
    assert_eq!((seen.seen, seen.confirmed, balance(&store, USER)), (1, 0, 0));
    let booked = look(&mut store, USER, 105, &[output(1, 50_000, 100)]).expect("a look");
    assert_eq!((booked.confirmed, booked.available), (1, 1));
    assert_eq!(balance(&store, USER), 50_000);
    // Looking again changes nothing.
    let (events, _) = store.journal_head();
    assert_eq!(look(&mut store, USER, 105, &[output(1, 50_000, 100)]), Ok(Synced::default()));
    assert_eq!(store.journal_head().0, events);

    let ctx = at(START, execution());
    store.reserve_utxos(&ctx, 5, &[point(1)]).expect("available");
    store.reserve_utxos(&ctx, 5, &[point(1)]).expect("the same intent");
    let held = store.reserve_utxos(&ctx, 6, &[point(1)]).expect_err("another intent");
    assert_eq!(held, UtxoFault::Held { id: 1 }.into());
    store.release_utxos(&ctx, 5, &[point(1)]).expect("held");
    store.release_utxos(&ctx, 5, &[point(1)]).expect("given back already");
    store.reserve_utxos(&ctx, 6, &[point(1)]).expect("available again");
    let unheld = store.mark_spent(&ctx, 5, &[point(1)], [9; 32]).expect_err("given back");
    assert_eq!(unheld, UtxoFault::Held { id: 1 }.into());
    store.mark_spent(&ctx, 6, &[point(1)], [9; 32]).expect("held");
    assert_eq!(balance(&store, USER), 0);
    let entries = store.entry_count();
    store.mark_spent(&ctx, 6, &[point(1)], [9; 32]).expect("the same transaction");
    assert_eq!(store.entry_count(), entries, "it is not booked again");
    let other = store.mark_spent(&ctx, 6, &[point(1)], [8; 32]);
    assert_eq!(other, Err(UtxoFault::Held { id: 1 }.into()));
    // Spent is spent, whatever an address shows.
    assert_eq!(look(&mut store, USER, 120, &[output(1, 50_000, 100)]), Ok(Synced::default()));
    assert_eq!(state(&store, 1).0, UtxoState::Spent);
    assert_eq!(check_all(&store), vec![]);
}

/// An output that is confirmed and not checked by our own headers is booked, and waits; a
/// reorganisation takes it back; when it comes again it is booked again, without its reference.
#[test]
fn a_reorganisation_books_back() {
    let mut store = bitcoin();
    let ctx = at(START, governor());
    store.start_headers(&ctx, Network::Regtest, 50, &[0; 80]).expect("the first");
    look(&mut store, USER, 105, &[output(1, 9_000, 100)]).expect("a look");
    assert_eq!(state(&store, 1).0, UtxoState::Confirmed, "our own tip is far behind");
    assert_eq!(balance(&store, USER), 9_000);
    let lost = look(&mut store, USER, 106, &[]).expect("a look");
    assert_eq!((lost.lost, balance(&store, USER)), (1, 0));
    assert_eq!(state(&store, 1), (UtxoState::Suspended, SuspendReason::Reorged));
    let again = look(&mut store, USER, 120, &[output(1, 9_000, 107)]).expect("a look");
    assert_eq!((again.seen, again.confirmed, balance(&store, USER)), (1, 1, 9_000));
    assert_eq!(check_all(&store), vec![]);
}

#[test]
fn what_cannot_be_changes_nothing() {
    let mut store = bitcoin();
    look(&mut store, USER, 110, &[output(1, 9_000, 100)]).expect("a look");
    let (before, _) = store.journal_head();
    let mut refused = |owner, tip, outputs: &[Observed]| {
        look(&mut store, owner, tip, outputs).expect_err("it cannot be")
    };
    let fault = |fault: UtxoFault| PortfolioError::from(fault);
    assert_eq!(refused(USER, 110, &[output(2, 0, 1)]), fault(UtxoFault::Value { index: 0 }));
    let most = output(2, 2_100_000_000_000_001, 1);
    assert_eq!(refused(USER, 110, &[most]), fault(UtxoFault::Value { index: 0 }));
    let height = UtxoFault::Height { index: 1, height: 111, tip: 110 };
    assert_eq!(refused(USER, 110, &[output(2, 1, 1), output(3, 1, 111)]), fault(height));
    let twice = [output(2, 1, 1), output(2, 1, 1)];
    assert_eq!(refused(USER, 110, &twice), fault(UtxoFault::Repeated { index: 1 }));
    let foreign = fault(UtxoFault::Foreign { id: 1 });
    assert_eq!(refused(OTHER, 110, &[output(1, 9_000, 100)]), foreign);
    assert_eq!(refused(USER, 110, &[output(1, 9_001, 100)]), foreign);
    let many: Vec<_> = (0..201_u32)
        .map(|n| Observed { txid: [200; 32], vout: n, value: 1_000, height: 1 })
        .collect();
    assert!(matches!(refused(USER, 110, &many), PortfolioError::Kernel(_)));

    let ctx = at(START, execution());
    let token = SyncInput { owner: USER, asset: 1, tip: 1, observed: vec![] };
    let not_btc = store.sync_utxos(&at(START, operator()), &token);
    assert_eq!(not_btc, Err(UtxoFault::NotBitcoin { asset: 1 }.into()));
    let nobody = SyncInput { owner: USER, asset: BTC, tip: 1, observed: vec![] };
    assert!(store.sync_utxos(&at(START, person(77)), &nobody).is_err());
    assert!(store.reserve_utxos(&ctx, 1, &[]).is_err());
    let unknown = store.reserve_utxos(&ctx, 1, &[point(1), point(9)]);
    assert_eq!(unknown, Err(UtxoFault::Missing { index: 1 }.into()));
    let twice = store.reserve_utxos(&ctx, 1, &[point(1), point(1)]);
    assert_eq!(twice, Err(UtxoFault::Repeated { index: 1 }.into()));
    let state = store.mark_spent(&ctx, 1, &[point(1)], [1; 32]);
    assert!(matches!(state, Err(PortfolioError::Proof(ProofFault::Utxo(UtxoFault::State { .. })))));
    assert!(store.reserve_utxos(&at(START, operator()), 1, &[point(1)]).is_err(), "not its role");
    assert_eq!(store.journal_head().0, before);
    assert_eq!(check_all(&store), vec![]);
}

/// Bitcoin moves by its outputs alone: a posting by hand would break P5.
#[test]
fn nobody_posts_bitcoin_by_hand() {
    let mut store = bitcoin();
    look(&mut store, USER, 110, &[output(1, 9_000, 100)]).expect("a look");
    let legs = vec![leg(USER, BTC, -1), leg(OTHER, BTC, 1)];
    let refused =
        store.post_entry(&at(START, execution()), &entry(EntryKind::Transfer, legs), None);
    assert_eq!(refused, Err(UtxoFault::OutputsOnly.into()));
}

#[test]
fn deposits_wait_while_a_deep_reorganisation_is_open() {
    let mut store = bitcoin();
    let refused = store.thaw_deposits(&at(START, governor()));
    assert_eq!(refused, Err(HeaderFault::DepositsOpen.into()));
    look(&mut store, USER, 110, &[output(1, 500, 100)]).expect("a look");
    assert_eq!(state(&store, 1), (UtxoState::Suspended, SuspendReason::Dust));
    assert_eq!(balance(&store, USER), 0);
}

#[derive(Clone, Debug)]
enum Move {
    Look { user: bool, tip: u32, mask: u16 },
    Reserve { intent: u64, first: u8, second: u8 },
    Release { intent: u64, one: u8 },
    Spend { intent: u64, one: u8, txid: u8 },
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        4 => (any::<bool>(), 100..118_u32, any::<u16>())
            .prop_map(|(user, tip, mask)| Move::Look { user, tip, mask }),
        2 => (1..4_u64, 1..17_u8, 1..17_u8)
            .prop_map(|(intent, first, second)| Move::Reserve { intent, first, second }),
        1 => (1..4_u64, 1..17_u8).prop_map(|(intent, one)| Move::Release { intent, one }),
        2 => (1..4_u64, 1..17_u8, 1..3_u8)
            .prop_map(|(intent, one, txid)| Move::Spend { intent, one, txid }),
    ];
    prop::collection::vec(one, 1..40)
}

/// What the chain shows of outputs 1–8 (one user) or 9–16 (the other), by a mask.
fn shown(user: bool, tip: u32, mask: u16) -> Vec<Observed> {
    let base = if user { 1 } else { 9 };
    (0..8_u8)
        .filter(|bit| mask & (1 << bit) != 0)
        .map(|bit| {
            let n = base + bit;
            let height = if mask & (1 << (8 + bit)) == 0 { 0 } else { 100 + u32::from(bit) };
            output(n, u64::from(n) * 400, height.min(tip))
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_history_keeps_the_books_whole(moves in moves()) {
        let mut store = bitcoin();
        // Our own tip is at 105: what is higher than 100 rests where it is confirmed.
        store.start_headers(&at(START, governor()), Network::Regtest, 105, &[0; 80])
            .expect("the first");
        let ctx = at(START, execution());
        let mut spent = BTreeMap::new();
        for step in moves {
            match step {
                Move::Look { user, tip, mask } => {
                    let owner = if user { USER } else { OTHER };
                    look(&mut store, owner, tip, &shown(user, tip, mask)).expect("a look");
                }
                Move::Reserve { intent, first, second } => {
                    let _ = store.reserve_utxos(&ctx, intent, &[point(first), point(second)]);
                }
                Move::Release { intent, one } => {
                    let _ = store.release_utxos(&ctx, intent, &[point(one)]);
                }
                Move::Spend { intent, one, txid } => {
                    if store.mark_spent(&ctx, intent, &[point(one)], [txid; 32]).is_ok() {
                        let first = *spent.entry(one).or_insert((intent, txid));
                        prop_assert_eq!(first, (intent, txid), "spent twice");
                    }
                }
            }
            for (owner, base) in [(USER, 1_u8), (OTHER, 9)] {
                let page = store.list_utxos(None, None, 100).expect("a page");
                let worth: i128 = page.items.iter()
                    .filter(|view| (base..base + 8).contains(&view.row.txid[0]))
                    .filter(|view| view.row.state.is_booked())
                    .map(|view| i128::from(view.row.value))
                    .fold(0, i128::saturating_add);
                prop_assert_eq!(balance(&store, owner), worth);
            }
            for one in spent.keys() {
                prop_assert_eq!(state(&store, *one).0, UtxoState::Spent);
            }
        }
        prop_assert_eq!(check_all(&store), vec![]);
    }
}
