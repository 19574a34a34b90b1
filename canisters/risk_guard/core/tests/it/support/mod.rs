//! A small world for the tests: people, a policy, a store over memory that can be reopened.
#![allow(dead_code, reason = "each test uses another part of it, so none can expect it")]

use candid::Principal;
use granary_kernel::{Ctx, Peer, Profile};
use granary_units::{Duration, Timestamp};
use ic_stable_structures::VectorMemory;
use risk_guard_core::records::policy::{AssetChange, DestinationChange, PolicyChange, Steward};
use risk_guard_core::records::{AssetLimits, Role, Rules, Tier, WindowLimit};
use risk_guard_core::rules::announce;
use risk_guard_core::rules::reserve::Verdict;
use risk_guard_core::rules::seal;
use risk_guard_core::rules::treasury::{Because, Figure};
use risk_guard_core::store::{Install, Store, Wanted};
use risk_guard_core::types::{AssetId, Parameter, Purpose, Scope, Service, Span, Standing};

pub(crate) type World = Store<VectorMemory>;

pub(crate) const SECOND: u64 = 1_000_000_000;
pub(crate) const HOUR: u64 = 3_600 * SECOND;
pub(crate) const DAY: u64 = 24 * HOUR;
/// A multiple of the longest window and of its parts.
pub(crate) const START: u64 = 2_592_000 * 650 * SECOND;
/// What holds a value of one.
pub(crate) const ONE: u128 = 100_000_000;

pub(crate) fn person(n: u8) -> Principal {
    Principal::from_slice(&[n, 7])
}
pub(crate) fn execution() -> Principal {
    person(1)
}
pub(crate) fn steward() -> Principal {
    person(2)
}
pub(crate) fn operator() -> Principal {
    person(3)
}
pub(crate) fn governor() -> Principal {
    person(4)
}
pub(crate) fn guardian() -> Principal {
    person(5)
}
pub(crate) fn portfolio() -> Principal {
    person(6)
}

pub(crate) fn at(now: u64, actor: Principal) -> Ctx {
    Ctx { now: Timestamp::from_nanos(now), actor, trace_id: now % 1_000 }
}

/// 1,000 for one outflow; 1,500 an hour, 5,000 a day or a fifth of the balance; 40 outflows.
pub(crate) fn limits() -> AssetLimits {
    let window = |max_amount, max_bps| Some(WindowLimit { max_amount, max_bps });
    AssetLimits {
        decimals: 0,
        max_per_tx: 1_000,
        windows: [window(1_500, None), window(5_000, Some(2_000)), None, None],
        max_tx_per_window: 40,
        min_retained_bps: 0,
        min_amount_to_limit: 0,
        reference_value: ONE,
    }
}

pub(crate) fn rules() -> Rules {
    let mut rules = Rules::first(
        Timestamp::from_nanos(START),
        Duration::from_nanos(2 * DAY),
        Duration::from_nanos(3 * DAY),
    );
    rules.allow_list_only = false;
    rules.first_use_delay = Duration::from_nanos(HOUR);
    rules.tiers = vec![
        Tier { up_to_value: 500 * ONE, approvals: 1, delay: Duration::ZERO },
        Tier { up_to_value: u128::MAX, approvals: 2, delay: Duration::from_nanos(DAY) },
    ];
    rules.steward = Steward { max_change_bps: 1_000, min_delay: Duration::from_nanos(DAY) };
    rules
}

/// The policy of the small world: assets 1 and 2, one destination blocked.
pub(crate) fn policy() -> PolicyChange {
    let limited = |asset| AssetChange { asset, limits: Some(limits()) };
    PolicyChange {
        rules: Some(rules()),
        assets: vec![limited(1), limited(2)],
        destinations: vec![DestinationChange::new([66; 32], Standing::Blocked)],
    }
}

pub(crate) fn install_args(importing: bool, profile: Profile) -> Install {
    Install {
        common: granary_kernel::Install {
            governor: governor(),
            roles: vec![
                (Role::Execution, execution()),
                (Role::Steward, steward()),
                (Role::Operator, operator()),
            ],
            profile,
            importing,
            peers: vec![Peer { name: "portfolio".to_owned(), canister: portfolio() }],
            code_version: "0.1.0".to_owned(),
        },
        policy: policy(),
    }
}

pub(crate) fn world() -> (VectorMemory, World) {
    let memory = VectorMemory::default();
    let args = install_args(false, Profile::Production);
    let store = World::install(memory.clone(), args, &at(START, governor())).expect("fresh memory");
    (memory, store)
}

pub(crate) fn wanted(intent: u64, amount: u128) -> Wanted {
    Wanted {
        intent,
        asset: 1,
        amount,
        destination: [9; 32],
        initiator: person(20),
        purpose: Purpose::Grant,
        announcement: None,
    }
}

/// True when the capacity was taken.
pub(crate) fn reserve(store: &mut World, now: u64, wanted: &Wanted) -> bool {
    let verdict = store.reserve_outflow(&at(now, execution()), wanted).expect("an answer");
    matches!(verdict, Verdict::Held(..))
}

pub(crate) fn commit(store: &mut World, now: u64, intent: u64) {
    store.commit_outflow(&at(now, execution()), intent).expect("it has happened");
}

pub(crate) fn release(store: &mut World, now: u64, intent: u64) {
    store.release_outflow(&at(now, execution()), intent).expect("it is held");
}

pub(crate) fn tick(store: &mut World, now: u64) {
    let report = granary_kernel::CanisterStore::tick(store, &at(now, governor()), &mut || true);
    let report = report.expect("running");
    assert!(report.failed.is_empty(), "{report:?}");
}

pub(crate) fn asset(number: u32) -> AssetId {
    AssetId::new(number).expect("a number")
}

pub(crate) fn figure(number: u32, balance: u128) -> Figure {
    Figure {
        asset: asset(number),
        balance,
        assets: balance,
        owed: 0,
        decimals: 0,
        price: ONE,
        is_fresh: true,
        priced_at: Timestamp::from_nanos(START),
        deviation_bps: 1,
    }
}

/// The books say this.
pub(crate) fn refresh(store: &mut World, now: u64, figures: Vec<Figure>) {
    let ctx = at(now, operator());
    let (peer, ticket) = store.begin_refresh(&ctx, Because::Person).expect("nothing is open");
    assert_eq!(peer, portfolio());
    store.settle_refresh(&ctx, ticket, Ok(figures)).expect("the newest question");
}

pub(crate) fn announcement(amount: u128, from: u64, to: u64) -> announce::Input {
    announce::Input {
        asset: asset(1),
        amount,
        destination: [9; 32],
        earliest_at: Timestamp::from_nanos(from),
        latest_at: Timestamp::from_nanos(to),
    }
}

pub(crate) fn sealing(scope: Scope, hours: u32) -> seal::Input {
    let duration = Duration::seconds(hours * 3_600);
    seal::Input { scope, duration, reason: "a key may be lost".to_owned() }
}

/// A change of the limits of asset 1.
pub(crate) fn change_of(edit: impl FnOnce(&mut AssetLimits)) -> PolicyChange {
    let mut limits = limits();
    edit(&mut limits);
    let assets = vec![AssetChange { asset: 1, limits: Some(limits) }];
    PolicyChange { assets, ..PolicyChange::default() }
}

/// A world with something in every domain.
pub(crate) fn rich() -> (VectorMemory, World) {
    let (memory, mut store) = world();
    let gov = |now| at(now, governor());
    refresh(&mut store, START + 1, vec![figure(1, 30_000), figure(2, 20_000)]);
    for intent in 1..=4 {
        assert!(reserve(&mut store, START + 2, &wanted(intent, 100)));
    }
    commit(&mut store, START + 3, 1);
    release(&mut store, START + 3, 2);
    assert!(!reserve(&mut store, START + 4, &wanted(9, 1_001)));
    store
        .arm_seat(&gov(START + 5), Scope::All, guardian(), Duration::from_nanos(7 * DAY))
        .expect("allowed");
    let scope = Scope::Asset(asset(2));
    store.arm_seat(&gov(START + 5), scope, person(21), Duration::from_nanos(DAY)).expect("allowed");
    store.seal(&at(START + 6, guardian()), sealing(Scope::Asset(asset(2)), 48)).expect("allowed");
    store.seal(&gov(START + 7), sealing(Scope::Purpose(Purpose::Cycles), 1)).expect("allowed");
    let early = START + 4 * DAY;
    store
        .announce_outflow(&gov(START + 8), announcement(900, early, early + DAY), None)
        .expect("allowed");
    let ctx = at(START + 9, steward());
    store.announce_outflow(&ctx, announcement(800, early, early + DAY), None).expect("allowed");
    store.cancel_announcement(&at(START + 10, operator()), 2).expect("allowed");
    store.propose_policy(&gov(START + 11), change_of(|it| it.max_per_tx = 2_000)).expect("allowed");
    store.propose_policy(&gov(START + 12), change_of(|it| it.max_per_tx = 999)).expect("allowed");
    let up = Parameter::Window(Span::Day);
    store.steward_adjust(&at(START + DAY + 13, steward()), 1, up, 5_200).expect("allowed");
    let exec = at(START + DAY + 14, execution());
    store.record_outcome(&exec, Service::Ledger(asset(1)), false, Some(3)).expect("allowed");
    store.record_outcome(&exec, Service::Bitcoin, true, None).expect("allowed");
    store.record_inflow(&exec, 1, 77).expect("allowed");
    // Held reservations, a seat and a seal end.
    let late = START + 27 * HOUR;
    tick(&mut store, late);
    commit(&mut store, late + 1, 3);
    commit(&mut store, late + 1, 2);
    store.acknowledge_alert(&at(late + 2, operator()), 1).expect("allowed");
    assert!(reserve(&mut store, late + 3, &wanted(12, 50)));
    (memory, store)
}
