//! A small world for the tests: people, assets, a store over memory that can be reopened.
#![allow(dead_code, reason = "each test uses another part of it, so none can expect it")]

pub(crate) mod histories;
pub(crate) mod sparse;

use candid::Principal;
use granary_kernel::Ctx;
use granary_units::Timestamp;
use portfolio_core::records::{AssetKind, LedgerAccount, Profile, Role};
use portfolio_core::rules::register_asset::AssetInput;
use portfolio_core::store::{PostInput, PostingInput, ReferenceInput, Settings, Store, Tuning};
use portfolio_core::types::{Duration, EntryKind, Owner, Signed};
use sparse::SparseMemory;

pub(crate) type World = Store<SparseMemory>;

pub(crate) const SECOND: u64 = 1_000_000_000;
pub(crate) const START: u64 = 1_700_000_000 * SECOND;
/// How long a block waits for its entry in these tests.
pub(crate) const GRACE: u64 = 100 * SECOND;

pub(crate) fn person(n: u8) -> Principal {
    Principal::from_slice(&[n, 7])
}
pub(crate) fn governor() -> Principal {
    person(1)
}
pub(crate) fn execution() -> Principal {
    person(2)
}
pub(crate) fn operator() -> Principal {
    person(3)
}
pub(crate) fn ledger(n: u8) -> Principal {
    person(100 + n)
}

pub(crate) fn at(now: u64, actor: Principal) -> Ctx {
    Ctx { now: Timestamp::from_nanos(now), actor, trace_id: now % 1_000 }
}

pub(crate) fn settings(importing: bool) -> Settings {
    Settings {
        base: granary_kernel::Install {
            governor: governor(),
            roles: vec![(Role::Execution, execution()), (Role::Operator, operator())],
            profile: Profile::Testing,
            importing,
            peers: vec![],
            code_version: "0.1.0".to_owned(),
        },
        tuning: Tuning { reconcile_grace: Some(Duration::from_nanos(GRACE)), ..Tuning::default() },
    }
}

pub(crate) fn token(n: u8) -> AssetInput {
    AssetInput {
        symbol: format!("TUSD{n}"),
        decimals: 6,
        kind: AssetKind::Icrc { ledger: ledger(n), fee: 10 },
        treasury: LedgerAccount { owner: person(9), subaccount: [0; 32] },
        first_block: 0,
    }
}

/// A store with two assets.
pub(crate) fn world() -> (SparseMemory, World) {
    let memory = SparseMemory::default();
    let ctx = at(START, operator());
    let mut store = Store::install(memory.clone(), settings(false), &ctx).expect("empty memory");
    for n in 1..=2 {
        store.register_asset(&ctx, &token(n)).expect("a new asset");
    }
    (memory, store)
}

pub(crate) fn leg(owner: Owner, asset: u64, delta: i128) -> PostingInput {
    let delta = Signed::new(delta < 0, delta.unsigned_abs());
    PostingInput { owner, asset, delta }
}

pub(crate) fn entry(kind: EntryKind, postings: Vec<PostingInput>) -> PostInput {
    PostInput { kind, intent: None, external_ref: None, postings }
}

pub(crate) fn block(asset: u64, block: u64) -> ReferenceInput {
    let n = u8::try_from(asset).expect("few assets");
    ReferenceInput::Icrc { ledger: ledger(n), block }
}

pub(crate) const WALLET: Owner = Owner::External([8; 32]);

/// Value for `owner` out of the world outside.
pub(crate) fn fund(store: &mut World, owner: Owner, asset: u64, amount: i128) {
    let legs = vec![leg(owner, asset, amount), leg(WALLET, asset, -amount)];
    let input = entry(EntryKind::Deposit, legs);
    store.post_entry(&at(START, execution()), &input, None).expect("it balances");
}

/// A store with a bit of everything.
pub(crate) fn rich() -> (SparseMemory, World) {
    let (memory, mut store) = world();
    fund(&mut store, Owner::Treasury, 1, 1_000);
    fund(&mut store, Owner::User(7), 1, 50);
    fund(&mut store, Owner::User(7), 2, 60);
    let ctx = at(START + SECOND, execution());
    let promise = vec![leg(Owner::Treasury, 1, -300), leg(Owner::GrantCommitment(4), 1, 300)];
    let mut input = entry(EntryKind::GrantCommitted, promise);
    input.intent = Some(11);
    store.post_entry(&ctx, &input, Some("first")).expect("funded");
    let paid = vec![
        leg(Owner::GrantCommitment(4), 1, -110),
        leg(WALLET, 1, 100),
        leg(Owner::External([9; 32]), 1, 10),
    ];
    let mut input = entry(EntryKind::GrantPaid, paid);
    input.external_ref = Some(block(1, 5));
    store.post_entry(&ctx, &input, None).expect("promised");
    let ctx = at(START + 2 * SECOND, operator());
    let legs = vec![leg(Owner::Suspense, 2, -5), leg(Owner::Treasury, 2, 5)];
    store.post_entry(&ctx, &entry(EntryKind::Adjustment, legs), None).expect("an adjustment");
    (memory, store)
}
