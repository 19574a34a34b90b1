//! Reconciliation, step by step, against a ledger of the test's own: what it says ends in a typed
//! refusal or in Suspense, never in a wrong book (P8).

use crate::support::{
    GRACE, SECOND, START, WALLET, World, at, block, entry, execution, fund, leg, operator, world,
};
use granary_kernel::Fault;
use portfolio_core::errors::{LedgerFault, PortfolioError, StateFault};
use portfolio_core::invariants;
use portfolio_core::records::{AssetKind, ReconciliationRow};
use portfolio_core::rules::reconcile::{Block, Effect, Sight};
use portfolio_core::store::PostInput;
use portfolio_core::types::{EntryKind, Hash, Owner, ReconciliationState, Signed, Timestamp};
use proptest::prelude::{Just, ProptestConfig, Strategy, prop_oneof, proptest};

/// A ledger as the treasury sees it: its blocks, and what its account holds.
#[derive(Clone, Debug, Default)]
struct Ledger {
    blocks: Vec<Block>,
    balance: u128,
}

fn name(index: u64) -> Hash {
    let mut hash = [7; 32];
    hash[..8].copy_from_slice(&index.to_be_bytes());
    hash
}

impl Ledger {
    fn add(&mut self, now: u64, effect: Option<Effect>) -> u64 {
        let index = u64::try_from(self.blocks.len()).expect("few");
        let at = Timestamp::from_nanos(now);
        let parent = index.checked_sub(1).map(name);
        self.blocks.push(Block { index, at, hash: name(index), parent, effect });
        index
    }

    fn receive(&mut self, now: u64, amount: u128) -> u64 {
        self.balance += amount;
        let effect = Effect { inward: true, amount, fee: 0, other: Some([8; 32]) };
        self.add(now, Some(effect))
    }

    fn send(&mut self, now: u64, amount: u128, fee: u128) -> Option<u64> {
        self.balance = self.balance.checked_sub(amount + fee)?;
        let effect = Effect { inward: false, amount, fee, other: Some([8; 32]) };
        Some(self.add(now, Some(effect)))
    }

    fn sight(&self) -> Sight {
        let length = u64::try_from(self.blocks.len()).expect("few");
        Sight { balance: self.balance, length, fee: 10 }
    }
}

/// One whole run, as the shell makes it.
fn reconcile(
    store: &mut World,
    now: u64,
    ledger: &Ledger,
    sight: &Sight,
) -> Result<ReconciliationRow, PortfolioError> {
    let ctx = at(now, operator());
    let (ticket, _) = store.begin_reconcile(&ctx, 1)?;
    let from = usize::try_from(ticket.next_block).expect("few");
    let blocks = ledger.blocks.get(from..).unwrap_or_default();
    let end = store
        .take_blocks(&ctx, 1, ticket.run, blocks)
        .and_then(|_| store.settle_reconcile(&ctx, 1, ticket.run, sight));
    if let Err(PortfolioError::Ledger(fault)) = &end {
        store.fail_reconcile(&ctx, 1, ticket.run, fault).expect("the run is on");
    }
    end
}

fn state(store: &World) -> (ReconciliationState, Signed) {
    let (id, row) = store.asset(1).expect("the first");
    (store.reconciliation(id).state, row.suspense)
}

#[test]
fn what_was_booked_in_time_matches_and_a_block_books_once() {
    let (_, mut store) = world();
    let mut ledger = Ledger::default();
    let index = ledger.receive(START, 500);
    let mut input =
        entry(EntryKind::Deposit, vec![leg(Owner::Treasury, 1, 500), leg(WALLET, 1, -500)]);
    input.external_ref = Some(block(1, index));
    store.post_entry(&at(START, execution()), &input, None).expect("it balances");
    let row = reconcile(&mut store, START + 2 * GRACE, &ledger, &ledger.sight()).expect("honest");
    assert_eq!((row.state, row.external, row.explained), (ReconciliationState::Matched, 500, 0));
    let again = store.post_entry(&at(START, execution()), &input, None);
    assert!(matches!(again, Err(PortfolioError::State(StateFault::ReferenceTaken { .. }))));
    assert_eq!(invariants::check_all(&store), []);
}

#[test]
fn a_deposit_nobody_booked_waits_and_then_is_explained() {
    let (_, mut store) = world();
    let mut ledger = Ledger::default();
    ledger.receive(START, 70);
    let row = reconcile(&mut store, START + SECOND, &ledger, &ledger.sight()).expect("honest");
    assert_eq!(row.state, ReconciliationState::Difference);
    assert_eq!((row.difference, row.next_block), (Signed::plus(70), 0));
    let row = reconcile(&mut store, START + 2 * GRACE, &ledger, &ledger.sight()).expect("honest");
    assert_eq!((row.state, row.explained), (ReconciliationState::Explained, 1));
    let (id, _) = store.asset(1).expect("the first");
    let (_, account) = store.account_of(Owner::Treasury, id).expect("it").expect("opened");
    assert_eq!(account.balance, Signed::plus(70));
    let row = reconcile(&mut store, START + 3 * GRACE, &ledger, &ledger.sight()).expect("honest");
    assert_eq!(row.state, ReconciliationState::Matched);
    assert_eq!(invariants::check_all(&store), []);
}

#[test]
fn money_that_left_unseen_is_in_suspense_until_a_person_says_whose_it_was() {
    let (_, mut store) = world();
    let mut ledger = Ledger::default();
    let index = ledger.receive(START, 500);
    let legs = vec![leg(Owner::Treasury, 1, 500), leg(WALLET, 1, -500)];
    let mut input = entry(EntryKind::Deposit, legs);
    input.external_ref = Some(block(1, index));
    store.post_entry(&at(START, execution()), &input, None).expect("it balances");
    ledger.send(START, 100, 10).expect("enough");
    let later = START + 2 * GRACE;
    reconcile(&mut store, later, &ledger, &ledger.sight()).expect("honest");
    assert_eq!(state(&store), (ReconciliationState::Suspense, Signed::minus(110)));
    let legs = vec![leg(Owner::Suspense, 1, 110), leg(Owner::Treasury, 1, -110)];
    let fixed = entry(EntryKind::Adjustment, legs);
    store.post_entry(&at(later, operator()), &fixed, None).expect("an operator");
    reconcile(&mut store, later + SECOND, &ledger, &ledger.sight()).expect("honest");
    assert_eq!(state(&store), (ReconciliationState::Matched, Signed::ZERO));
    assert_eq!(store.totals().in_suspense, 0);
    assert_eq!(invariants::check_all(&store), []);
}

#[test]
fn whoever_moves_money_clears_suspense_of_its_own_intent_and_adjusts_nothing_else() {
    let (_, mut store) = world();
    fund(&mut store, Owner::Treasury, 1, 500);
    let clearing = || vec![leg(Owner::Suspense, 1, 110), leg(Owner::Treasury, 1, -110)];
    let of = |intent, legs| PostInput { intent, ..entry(EntryKind::Adjustment, legs) };
    let elsewhere = vec![leg(Owner::Suspense, 1, 110), leg(Owner::User(7), 1, -110)];
    for wrong in [of(None, clearing()), of(Some(3), elsewhere)] {
        let found = store.post_entry(&at(START, execution()), &wrong, None);
        let category = found.map_err(|error| granary_errors::Error::from(error).category());
        assert_eq!(category, Err(granary_errors::Category::Unauthorized), "{wrong:?}");
    }
    let right = of(Some(3), clearing());
    store.post_entry(&at(START, execution()), &right, None).expect("its own intent");
    store.post_entry(&at(START, operator()), &of(None, clearing()), None).expect("an operator");
    assert_eq!(invariants::check_all(&store), []);
}

#[test]
fn a_balance_that_no_block_explains_is_suspense_on_the_second_sight_and_truth_takes_it_out() {
    let (_, mut store) = world();
    let ledger = Ledger::default();
    let lie = Sight { balance: 33, ..ledger.sight() };
    reconcile(&mut store, START, &ledger, &lie).expect("a figure");
    assert_eq!(state(&store), (ReconciliationState::Difference, Signed::ZERO));
    reconcile(&mut store, START + GRACE, &ledger, &lie).expect("a figure");
    assert_eq!(state(&store), (ReconciliationState::Suspense, Signed::plus(33)));
    let truth = ledger.sight();
    reconcile(&mut store, START + 2 * GRACE, &ledger, &truth).expect("a figure");
    assert_eq!(state(&store).0, ReconciliationState::Difference);
    reconcile(&mut store, START + 4 * GRACE, &ledger, &truth).expect("a figure");
    assert_eq!(state(&store), (ReconciliationState::Matched, Signed::ZERO));
    assert_eq!(invariants::check_all(&store), []);
}

#[test]
fn a_ledger_that_lies_about_its_past_is_refused_and_nothing_is_booked() {
    let (_, mut store) = world();
    let mut ledger = Ledger::default();
    ledger.receive(START, 5);
    let now = START + 2 * GRACE;
    reconcile(&mut store, now, &ledger, &ledger.sight()).expect("honest");
    let entries = store.entry_count();
    let mut other = ledger.clone();
    other.receive(START, 9);
    other.blocks[1].parent = Some([0; 32]);
    let refused = reconcile(&mut store, now + SECOND, &other, &other.sight());
    assert_eq!(refused, Err(LedgerFault::Chain { block: 1 }.into()));
    let gap = Ledger { blocks: vec![other.blocks[0], other.blocks[0]], balance: 5 };
    let refused = reconcile(&mut store, now + 2 * SECOND, &gap, &gap.sight());
    assert_eq!(refused, Err(LedgerFault::Gap { block: 1 }.into()));
    let short = Sight { length: 0, ..ledger.sight() };
    let refused = reconcile(&mut store, now + 3 * SECOND, &ledger, &short);
    assert_eq!(refused, Err(LedgerFault::Shorter { known: 1, found: 0 }.into()));
    let (id, _) = store.asset(1).expect("the first");
    assert_eq!(store.reconciliation(id).failures, 3);
    assert_eq!(store.entry_count(), entries);
    assert_eq!(invariants::check_all(&store), []);
}

#[test]
fn figures_no_honest_ledger_has_end_the_run() {
    let (_, mut store) = world();
    fund(&mut store, Owner::Treasury, 1, 5);
    let mut ledger = Ledger::default();
    ledger.receive(START, 1);
    ledger.blocks[0].effect =
        Some(Effect { inward: true, amount: u128::MAX, fee: 0, other: Some([8; 32]) });
    let now = START + 2 * GRACE;
    let refused = reconcile(&mut store, now, &ledger, &ledger.sight());
    assert_eq!(refused, Err(LedgerFault::Range.into()));
    assert_eq!(state(&store), (ReconciliationState::Never, Signed::ZERO));
    assert_eq!(invariants::check_all(&store), []);
}

#[test]
fn a_late_answer_counts_for_nothing_and_two_runs_do_not_meet() {
    let (_, mut store) = world();
    let ctx = at(START, operator());
    let (old, _) = store.begin_reconcile(&ctx, 1).expect("free");
    let busy = store.begin_reconcile(&ctx, 1).map(drop);
    let what = "a reconciliation of the asset";
    assert_eq!(busy, Err(Fault::Busy { what }.into()));
    // The lease ends, somebody else begins, and then the first answer comes.
    let late = at(START + 3_600 * SECOND, operator());
    let (new, _) = store.begin_reconcile(&late, 1).expect("the lease is over");
    let sight = Sight { balance: 99, length: 0, fee: 10 };
    let over = StateFault::RunOver { run: old.run };
    let refused = store.settle_reconcile(&late, 1, old.run, &sight);
    assert_eq!(refused, Err(over.clone().into()));
    assert_eq!(store.take_blocks(&late, 1, old.run, &[]).err(), Some(over.into()));
    let sight = Sight { balance: 0, ..sight };
    store.settle_reconcile(&late, 1, new.run, &sight).expect("the run is on");
    assert_eq!(state(&store).0, ReconciliationState::Matched);
}

#[test]
fn a_fee_change_is_taken_over_and_failures_wait_longer_each_time() {
    let (_, mut store) = world();
    let ledger = Ledger::default();
    let sight = Sight { fee: 25, ..ledger.sight() };
    reconcile(&mut store, START, &ledger, &sight).expect("a figure");
    let (_, row) = store.asset(1).expect("the first");
    assert!(matches!(row.kind, AssetKind::Icrc { fee: 25, .. }));
    let mut now = START + SECOND;
    let mut waits = vec![];
    for _ in 0..8 {
        let ctx = at(now, operator());
        let (ticket, _) = store.begin_reconcile(&ctx, 1).expect("free");
        let fault = LedgerFault::Decimals { booked: 6, found: 8 };
        let next = store.fail_reconcile(&ctx, 1, ticket.run, &fault).expect("on").as_nanos();
        waits.push(next - now);
        now = next;
    }
    assert!(waits.windows(2).all(|pair| pair[0] < pair[1]), "{waits:?}");
    assert!(waits[0] >= 24 * SECOND && waits[0] <= 30 * SECOND, "{waits:?}");
}

#[derive(Clone, Debug)]
enum Op {
    Receive(u128, bool),
    Send(u128, bool),
    Reconcile,
    Wait(u64),
}

fn ops() -> impl Strategy<Value = Op> {
    prop_oneof![
        3 => (1_u128..100, proptest::bool::ANY).prop_map(|(n, booked)| Op::Receive(n, booked)),
        2 => (1_u128..60, proptest::bool::ANY).prop_map(|(n, booked)| Op::Send(n, booked)),
        3 => Just(Op::Reconcile),
        2 => (1_u64..200).prop_map(|seconds| Op::Wait(seconds * SECOND)),
    ]
}

fn book(store: &mut World, now: u64, index: u64, delta: i128) {
    let mut input =
        entry(EntryKind::Transfer, vec![leg(Owner::Treasury, 1, delta), leg(WALLET, 1, -delta)]);
    input.external_ref = Some(block(1, index));
    // Reconciliation may have booked the money that is missing here: then it is not booked twice.
    let _ = store.post_entry(&at(now, execution()), &input, None);
}

fn signed(value: u128) -> i128 {
    i128::try_from(value).expect("small")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn p8_once_every_block_is_old_the_books_and_suspense_are_what_the_ledger_holds(
        history in proptest::collection::vec(ops(), 1..14)
    ) {
        let (_, mut store) = world();
        let (mut ledger, mut now) = (Ledger::default(), START);
        for op in history {
            match op {
                Op::Receive(amount, booked) => {
                    let index = ledger.receive(now, amount);
                    if booked {
                        book(&mut store, now, index, signed(amount));
                    }
                }
                Op::Send(amount, booked) => {
                    if let Some(index) = ledger.send(now, amount, 10)
                        && booked
                    {
                        book(&mut store, now, index, -signed(amount + 10));
                    }
                }
                Op::Reconcile => {
                    reconcile(&mut store, now, &ledger, &ledger.sight()).expect("honest");
                }
                Op::Wait(time) => now += time,
            }
            assert_eq!(invariants::check_all(&store), []);
        }
        now += 2 * GRACE;
        reconcile(&mut store, now, &ledger, &ledger.sight()).expect("honest");
        let (_, row) = store.asset(1).expect("the first");
        let held = row.booked.checked_add(row.suspense).expect("small");
        assert_eq!(held, Signed::plus(ledger.balance));
        assert_eq!(invariants::check_all(&store), []);
    }
}
