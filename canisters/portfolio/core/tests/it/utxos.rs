//! Outputs against a naive oracle: every random history keeps P4 and P5, and money that came in
//! twice, vanished or was promised twice is never booked.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::iter::once;

use crate::support::histories::{HISTORIES, played};
use crate::support::{
    SECOND, START, World, at, entry, execution, governor, leg, operator, person, world,
};
use portfolio_core::errors::{HeaderFault, PortfolioError, ProofFault, UtxoFault};
use portfolio_core::invariants::check_all;
use portfolio_core::records::{AssetKind, LedgerAccount, SuspendReason, UtxoRow, UtxoState};
use portfolio_core::rules::register_asset::AssetInput;
use portfolio_core::rules::utxo_observe::Observed;
use portfolio_core::store::{SyncInput, Synced};
use portfolio_core::types::{EntryKind, Network, Owner};
use proptest::prelude::*;

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
    Look { user: bool, tip: u32, mask: u8 },
    Reserve { intent: u64, first: u8, second: Option<u8> },
    Release { intent: u64, one: u8 },
    Spend { intent: u64, one: u8, txid: u8 },
}

/// Outputs each of the two users has. Few, so that histories meet the same one again and again.
const EACH: u8 = 3;

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let which = || 1..=2 * EACH;
    // Mostly everything is there, or nothing could be held and spent.
    let mask = prop_oneof![2 => Just(u8::MAX), 1 => any::<u8>()];
    let look = (any::<bool>(), 100..118_u32, mask)
        .prop_map(|(user, tip, mask)| vec![Move::Look { user, tip, mask }]);
    let reserve = (1..3_u64, which(), prop::option::weighted(0.3, which()))
        .prop_map(|(intent, first, second)| vec![Move::Reserve { intent, first, second }]);
    let release = (1..3_u64, which()).prop_map(|(intent, one)| vec![Move::Release { intent, one }]);
    let spend = (1..3_u64, which(), 1..3_u8)
        .prop_map(|(intent, one, txid)| vec![Move::Spend { intent, one, txid }]);
    // As a payment does it, so that much gets spent.
    let pay = (1..3_u64, which(), 1..3_u8).prop_map(|(intent, one, txid)| {
        let held = Move::Reserve { intent, first: one, second: None };
        vec![held, Move::Spend { intent, one, txid }]
    });
    let steps = prop_oneof![4 => look, 3 => reserve, 3 => release, 1 => spend, 3 => pay];
    prop::collection::vec(steps, 1..30).prop_map(|steps| steps.concat())
}

/// The first output of a user.
fn first_of(user: bool) -> u8 {
    if user { 1 } else { 1 + EACH }
}

/// What the chain shows of a user's outputs, by a mask: which are there, which have a block.
fn shown(user: bool, tip: u32, mask: u8) -> Vec<Observed> {
    (0..EACH)
        .filter(|bit| mask & (1 << bit) != 0)
        .map(|bit| {
            let n = first_of(user) + bit;
            let height = if mask & (8 << bit) == 0 { 0 } else { 98 + 4 * u32::from(bit) };
            output(n, u64::from(n) * 900, height.min(tip))
        })
        .collect()
}

/// P4 of one look: no outpoint twice, and what was spent is as it was when it was spent.
fn p4(rows: &[UtxoRow], spent: &BTreeMap<u8, UtxoRow>) {
    let points: BTreeSet<_> = rows.iter().map(|row| (row.txid, row.vout)).collect();
    assert_eq!(points.len(), rows.len(), "P4: an outpoint appears once");
    for (n, before) in spent {
        let now = rows.iter().find(|row| row.txid == [*n; 32]);
        assert_eq!(now, Some(before), "P4: output {n} was spent");
    }
}

/// P5 of one look: each user has what its own outputs are worth, not only both together.
fn p5(store: &World, rows: &[UtxoRow]) {
    for (owner, user) in [(USER, true), (OTHER, false)] {
        let first = first_of(user);
        let own = rows.iter().filter(|row| (first..first + EACH).contains(&row.txid[0]));
        let worth = own
            .filter(|row| {
                use UtxoState::{Available, Confirmed, Reserved};
                matches!(row.state, Confirmed | Available | Reserved)
            })
            .fold(0_i128, |sum, row| sum + i128::from(row.value));
        assert_eq!(balance(store, owner), worth, "P5: {owner:?}");
    }
}

/// Plays a history and answers how many outputs were spent and touched again later.
fn play(history: &[Move]) -> usize {
    let mut store = bitcoin();
    // Our own tip is at 105: what is higher than 100 rests where it is confirmed.
    store.start_headers(&at(START, governor()), Network::Regtest, 105, &[0; 80]).expect("first");
    let ctx = at(START, execution());
    let (mut spent, mut paid) = (BTreeMap::new(), BTreeMap::new());
    let mut again = BTreeSet::new();
    for step in history {
        let mut now_spent = None;
        match *step {
            Move::Look { user, tip, mask } => {
                let owner = if user { USER } else { OTHER };
                look(&mut store, owner, tip, &shown(user, tip, mask)).expect("a look");
            }
            Move::Reserve { intent, first, second } => {
                let points: Vec<_> = once(first).chain(second).map(point).collect();
                let _ = store.reserve_utxos(&ctx, intent, &points);
            }
            Move::Release { intent, one } => {
                again.extend(spent.contains_key(&one).then_some(one));
                let _ = store.release_utxos(&ctx, intent, &[point(one)]);
            }
            Move::Spend { intent, one, txid } => {
                if store.mark_spent(&ctx, intent, &[point(one)], [txid; 32]).is_ok() {
                    let first = *paid.entry(one).or_insert((intent, txid));
                    assert_eq!(first, (intent, txid), "P4: spent twice");
                    now_spent = Some(one);
                }
            }
        }
        let page = store.list_utxos(None, None, 100).expect("a page");
        let rows: Vec<UtxoRow> = page.items.into_iter().map(|view| view.row).collect();
        if let Some(n) = now_spent {
            let row = rows.iter().find(|row| row.txid == [n; 32]).expect("it was spent");
            assert_eq!(row.state, UtxoState::Spent);
            spent.entry(n).or_insert(*row);
        }
        p4(&rows, &spent);
        p5(&store, &rows);
    }
    assert_eq!(check_all(&store), vec![]);
    again.len()
}

#[test]
fn p4_p5_hold_in_every_history() {
    let again = Cell::new(0_usize);
    let count = played(file!(), "p4_p5", &moves(), |history| {
        again.set(again.get() + usize::from(play(&history) > 0));
    });
    let again = again.get();
    eprintln!("P4, P5: {count} histories of outputs, {again} of them give a spent one back");
    assert!(count >= HISTORIES);
    // A generator that hardly ever spends shows nothing about P4.
    assert!(again >= 500, "only {again} histories come back to a spent output");
}
