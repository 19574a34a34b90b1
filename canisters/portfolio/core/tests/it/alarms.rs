//! What health says of the assets: told from the heap, read from the rows, and worked out here from
//! what everybody can read, it is the same at every moment.

use crate::support::sparse::SparseMemory;
use crate::support::{
    SECOND, START, World, at, entry, fund, governor, leg, operator, person, world,
};
use granary_kernel::CanisterStore;
use portfolio_core::errors::LedgerFault;
use portfolio_core::limits::{MANY_FAILURES, SUSPENSE_ALARM};
use portfolio_core::records::{AssetClass, PriceSource, Refusal, Symbol};
use portfolio_core::rules::price::{Answer, PriceStatus};
use portfolio_core::rules::reconcile::Sight;
use portfolio_core::store::Alarms;
use portfolio_core::types::{Duration, EntryKind, Id, Owner, Timestamp};
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};

const DAY: u64 = 86_400 * SECOND;
const MAX_AGE: u64 = 600 * SECOND;

#[derive(Clone, Debug)]
enum Op {
    Suspend(u64, i128),
    Fail(u64),
    Settle(u64, u128),
    Source(u64),
    Price(u64, bool),
    Freeze(u64),
    Thaw(u64),
    Register,
    Reopen(bool),
}

fn ops() -> impl Strategy<Value = Op> {
    let asset = 1_u64..=2;
    prop_oneof![
        2 => (asset.clone(), -3_i128..4).prop_map(|(asset, by)| Op::Suspend(asset, by)),
        4 => asset.clone().prop_map(Op::Fail),
        2 => (asset.clone(), prop_oneof![Just(1_000_000), 0..5_u128])
            .prop_map(|(asset, balance)| Op::Settle(asset, balance)),
        2 => asset.clone().prop_map(Op::Source),
        3 => (asset.clone(), any::<bool>()).prop_map(|(asset, good)| Op::Price(asset, good)),
        1 => asset.clone().prop_map(Op::Freeze),
        1 => asset.prop_map(Op::Thaw),
        1 => Just(Op::Register),
        1 => any::<bool>().prop_map(Op::Reopen),
    ]
}

fn source() -> PriceSource {
    PriceSource {
        base: Symbol::new("ICP").expect("a symbol"),
        base_class: AssetClass::Cryptocurrency,
        quote: Symbol::new("USD").expect("a symbol"),
        quote_class: AssetClass::FiatCurrency,
        max_age: Duration::from_nanos(MAX_AGE),
        min_sources: 3,
        max_deviation_bps: 100,
        every: Duration::ZERO,
    }
}

fn answer(now: u64) -> Answer {
    let timestamp = now / SECOND / 60 * 60;
    Answer { rate: 12_000_000_000, decimals: 9, deviation: 0, sources: 5, timestamp }
}

/// Two assets, funded, and an oracle. Refusals do not matter here.
fn begun() -> (SparseMemory, World) {
    let (memory, mut store) = world();
    fund(&mut store, Owner::Treasury, 1, 1_000_000);
    fund(&mut store, Owner::Treasury, 2, 1_000_000);
    store.set_peer(&at(START, governor()), "price_oracle", Some(person(50))).expect("a peer");
    (memory, store)
}

fn apply(store: &mut World, op: &Op, now: u64, registered: &mut u8) {
    let (ctx, boss) = (at(now, operator()), at(now, governor()));
    match *op {
        Op::Suspend(asset, by) => {
            let legs = vec![leg(Owner::Suspense, asset, by), leg(Owner::Treasury, asset, -by)];
            store.post_entry(&ctx, &entry(EntryKind::Adjustment, legs), None).ok();
        }
        Op::Fail(asset) => {
            if let Ok((ticket, _)) = store.begin_reconcile(&ctx, asset) {
                let (method, reason) = ("icrc3_get_blocks", "silent".to_owned());
                let fault = LedgerFault::Unavailable { method, reason };
                store.fail_reconcile(&ctx, asset, ticket.run, &fault).ok();
            }
        }
        Op::Settle(asset, balance) => {
            if let Ok((ticket, _)) = store.begin_reconcile(&ctx, asset) {
                let sight = Sight { balance, length: 0, fee: 10 };
                store.settle_reconcile(&ctx, asset, ticket.run, &sight).ok();
            }
        }
        Op::Source(asset) => drop(store.set_price_source(&ctx, asset, source())),
        Op::Price(asset, good) => {
            if let Ok(ticket) = store.begin_price(&ctx, asset) {
                let answer = if good { Ok(answer(now)) } else { Err(Refusal::Pending) };
                store.settle_price(&ctx, &ticket, answer).ok();
            }
        }
        Op::Freeze(asset) => drop(store.freeze_price(&ctx, asset)),
        Op::Thaw(asset) => drop(store.thaw_price(&boss, asset)),
        Op::Register => {
            *registered += 1;
            store.register_asset(&ctx, &crate::support::token(*registered)).expect("a new ledger");
        }
        Op::Reopen(_) => {}
    }
}

/// As the page for operators would have it, asset by asset.
fn expected(store: &World, now: Timestamp) -> Alarms {
    let mut alarms = Alarms::default();
    let late = |since: Option<Timestamp>| {
        since.is_some_and(|since| now.saturating_since(since) >= SUSPENSE_ALARM)
    };
    for (id, row) in store.all_assets() {
        let reconciliation = store.reconciliation(id);
        let price = store.price(id.wire(), now).expect("an asset");
        let lists = [
            (late(row.suspense_since), &mut alarms.suspense),
            (late(reconciliation.since), &mut alarms.differences),
            (reconciliation.failures >= MANY_FAILURES, &mut alarms.failing),
            (
                price.row.source.is_some() && price.status != Some(PriceStatus::Fresh),
                &mut alarms.unpriced,
            ),
        ];
        for (_, list) in lists.into_iter().filter(|(alarms, _)| *alarms) {
            list.push(id);
        }
    }
    alarms
}

fn compare(store: &World, memory: &SparseMemory, now: u64) {
    let unread = World::open(memory.clone()).expect("its own state");
    for later in [0, 1, MAX_AGE, MAX_AGE + 1, DAY - 1, DAY, DAY + 1, 3 * DAY] {
        let now = Timestamp::from_nanos(now + later);
        let expected = expected(store, now);
        assert_eq!(store.alarms(now), expected, "kept, {later} later");
        assert_eq!(unread.alarms(now), expected, "read from the rows, {later} later");
    }
}

proptest! {
    #[test]
    fn what_is_kept_is_what_the_rows_say(
        steps in proptest::collection::vec((ops(), 0..3_u8), 1..30),
    ) {
        let (memory, mut store) = begun();
        store.learn();
        let (mut now, mut registered) = (START + DAY, 2);
        for (op, pause) in steps {
            now += [SECOND, MAX_AGE / 2, DAY / 2][usize::from(pause)];
            if let Op::Reopen(learn) = op {
                store = World::open(memory.clone()).expect("its own state");
                if learn {
                    store.learn();
                }
            }
            apply(&mut store, &op, now, &mut registered);
            compare(&store, &memory, now);
        }
    }
}

#[test]
fn each_alarm_counts_from_its_moment_on() {
    let (memory, mut store) = begun();
    store.learn();
    let (first, second) = (Id::new(1).expect("a number"), Id::new(2).expect("a number"));
    let seen = |store: &World, now| store.alarms(Timestamp::from_nanos(now));
    let mut registered = 2;
    let mut now = START + DAY;
    assert_eq!(seen(&store, now), Alarms::default());
    apply(&mut store, &Op::Suspend(2, -5), now, &mut registered);
    assert_eq!(seen(&store, now + DAY - 1), Alarms::default());
    let alarms = Alarms { suspense: vec![second], ..Alarms::default() };
    assert_eq!(seen(&store, now + DAY), alarms);
    apply(&mut store, &Op::Suspend(2, 5), now, &mut registered);
    assert_eq!(seen(&store, now + DAY), Alarms::default());
    apply(&mut store, &Op::Source(1), now, &mut registered);
    assert_eq!(seen(&store, now).unpriced, [first], "no quote yet");
    now = now / (60 * SECOND) * 60 * SECOND;
    apply(&mut store, &Op::Price(1, true), now, &mut registered);
    assert_eq!(seen(&store, now + MAX_AGE), Alarms::default());
    assert_eq!(seen(&store, now + MAX_AGE + 1).unpriced, [first], "too old");
    for _ in 0..MANY_FAILURES {
        assert_eq!(seen(&store, now).failing, []);
        apply(&mut store, &Op::Fail(1), now, &mut registered);
    }
    assert_eq!(seen(&store, now).failing, [first]);
    compare(&store, &memory, now);
}
