//! A small world for the tests: five members, two targets, a store over memory that can be
//! reopened.
#![allow(dead_code, reason = "each test uses another part of it, so none can expect it")]

use candid::Principal;
use governor_core::records::{
    Escalation, MemberSpec, MemoryPersistence, Method, Payload, PayloadV1, Placement, Recovery,
    Release, Role, Rules,
};
use governor_core::records::{Item, payload::Denied};
use governor_core::rules::create_proposal::Input;
use governor_core::rules::modules;
use governor_core::rules::vote::Seen;
use governor_core::store::{Install, Store};
use governor_core::types::{Hash, Permissions, VotingRule};
use granary_kernel::{CanisterStore, Ctx, Profile};
use granary_units::{Duration, Timestamp};
use ic_stable_structures::VectorMemory;
use sha2::{Digest, Sha256};

pub(crate) type World = Store<VectorMemory>;

pub(crate) const HOUR: u64 = 3_600_000_000_000;
pub(crate) const DAY: u64 = 24 * HOUR;
pub(crate) const START: u64 = 20_000 * DAY;

pub(crate) fn person(n: u8) -> Principal {
    Principal::from_slice(&[n, 9])
}

pub(crate) fn own() -> Principal {
    Principal::from_slice(&[200, 1])
}

pub(crate) fn recovery() -> Principal {
    Principal::from_slice(&[201, 1])
}

pub(crate) fn registry() -> Principal {
    Principal::from_slice(&[11, 1])
}

pub(crate) fn risk_guard() -> Principal {
    Principal::from_slice(&[12, 1])
}

pub(crate) fn at(now: u64, actor: Principal) -> Ctx {
    Ctx { now: Timestamp::from_nanos(now), actor, trace_id: now % 1_000 }
}

pub(crate) fn seat(n: u8) -> MemberSpec {
    MemberSpec { principal: person(n), permissions: Permissions::ALL, weight: 1, expires_at: None }
}

/// Talk a day, vote five, wait two or four, execute within three.
pub(crate) fn rules() -> Rules {
    let days = |days: u64| Duration::from_nanos(days * DAY);
    Rules {
        threshold: 3,
        voting: VotingRule::OneMemberOneVote,
        min_delay: days(2),
        long_delay: days(4),
        approval_ttl: days(20),
        discussion: days(1),
        voting_period: days(5),
        execution_window: days(3),
        observation: days(1),
        rehearsal_ttl: days(20),
        late_quorum: Duration::ZERO,
        late_extension: Duration::ZERO,
        heartbeat: days(30),
        attestations: 0,
    }
}

fn placement(name: &str, phase: u8) -> Placement {
    Placement { name: name.to_owned(), phase, order: 1, dependencies: vec![] }
}

pub(crate) fn install_args(importing: bool) -> Install {
    let committee = [21, 22, 23].map(person).to_vec();
    Install {
        common: granary_kernel::Install {
            governor: recovery(),
            roles: vec![(Role::Operator, person(31)), (Role::Auditor, person(32))],
            profile: Profile::Production,
            importing,
            peers: vec![],
            code_version: "0.1.0".to_owned(),
        },
        own: own(),
        members: (1..=5).map(seat).collect(),
        rules: rules(),
        recovery: Some(Recovery { canister: recovery(), committee, quorum: 2 }),
        methods: vec![Method {
            target: "registry".to_owned(),
            method: "define_risk_profile".to_owned(),
        }],
        escalation: Escalation::default(),
        targets: vec![
            (registry(), placement("registry", 1)),
            (risk_guard(), placement("risk_guard", 2)),
        ],
    }
}

pub(crate) fn world() -> (VectorMemory, World) {
    let memory = VectorMemory::default();
    let ctx = at(START, person(99));
    let store = World::install(memory.clone(), install_args(false), &ctx).expect("fresh memory");
    (memory, store)
}

pub(crate) fn proposal(payload: Payload) -> PayloadV1 {
    PayloadV1 {
        title: "A proposal".to_owned(),
        description: "What it does and why it is good for the treasury.".to_owned(),
        payload,
    }
}

pub(crate) fn deny(n: u8) -> PayloadV1 {
    proposal(Payload::DenyModules { hashes: vec![Denied { module: [n; 32] }] })
}

pub(crate) fn release(module: Hash) -> PayloadV1 {
    let item = Item {
        target: registry(),
        module,
        from_module: [1; 32],
        arg: vec![],
        memory: MemoryPersistence::Unset,
        schema_from: 1,
        schema_to: 1,
        may_break_callers: false,
    };
    let text = |text: &str| text.to_owned();
    proposal(Payload::UpgradeRelease(Release {
        version: text("1.1.0"),
        items: vec![item],
        repository: text("https://example.org/granary"),
        commit: text("0123abcd"),
        sbom: None,
        window: text("Sunday, 02:00 to 04:00 UTC"),
        rollback_plan: text("The fleet snapshot is restored by itself."),
        communication: text("Grantees were told a week before."),
    }))
}

/// Proposes as member 1; answers the number.
pub(crate) fn propose(store: &mut World, now: u64, payload: PayloadV1) -> u64 {
    let ctx = at(now, person(1));
    store.create_proposal(&ctx, Input { payload }, None).expect("a member").id
}

pub(crate) fn seen(store: &World, id: u64, now: u64) -> Seen {
    let proposal = store.proposal(id, Timestamp::from_nanos(now)).expect("known").proposal;
    Seen { digest: proposal.digest, epoch: proposal.epoch, rehearsal: proposal.rehearsal }
}

pub(crate) fn approve(store: &mut World, now: u64, id: u64, n: u8) {
    let seen = seen(store, id, now);
    store.approve(&at(now, person(n)), id, seen).expect("a member, in the vote");
}

/// The name of the state time has left it in.
pub(crate) fn state(store: &World, id: u64, now: u64) -> &'static str {
    store.proposal(id, Timestamp::from_nanos(now)).expect("known").proposal.state.name()
}

pub(crate) fn tick(store: &mut World, now: u64) {
    let report = store.tick(&at(now, own()), &mut || true).expect("runs");
    assert!(report.failed.is_empty(), "{:?}", report.failed);
}

/// The smallest module: Wasm with nothing in it.
pub(crate) fn wasm() -> (Hash, Vec<u8>) {
    let bytes = b"\0asm\x01\0\0\0".to_vec();
    (Sha256::digest(&bytes).into(), bytes)
}

/// A history with something of everything.
pub(crate) fn rich() -> (VectorMemory, World) {
    let (memory, mut store) = world();
    let store_ref = &mut store;
    let (hash, bytes) = wasm();
    let chunk = modules::Input { module: hash, of: 1, place: 0, bytes };
    let member = |now| at(now, person(2));
    store_ref.stage_wasm_chunk(&member(START + 1), chunk).expect("taken");
    store_ref.finalize_wasm(&member(START + 2), hash).expect("complete");
    let built = modules::Built {
        module: hash,
        commit: "0123abcd".to_owned(),
        builder: "rust 1.95".to_owned(),
        result: hash,
        audit: Some([9; 32]),
    };
    store_ref.attest_build(&member(START + 3), built).expect("a member");
    let released = propose(store_ref, START + HOUR, release(hash));
    store_ref.audit_proposal(&member(START + 2 * HOUR), released, &[]).expect("audited");
    let denied = propose(store_ref, START + 3 * HOUR, deny(7));
    let vetoed = propose(store_ref, START + 3 * HOUR, deny(8));
    for n in [1, 2, 3] {
        approve(store_ref, START + 2 * DAY, denied, n);
        approve(store_ref, START + 2 * DAY, vetoed, n);
    }
    let ctx = at(START + 3 * DAY, person(4));
    store_ref.veto(&ctx, vetoed, "it is the wrong hash").expect("waits");
    let watcher = at(START + 3 * DAY, person(31));
    store_ref
        .open_incident(&watcher, "A wrong hash", "It was vetoed.", Some(vetoed))
        .expect("opens");
    tick(store_ref, START + 3 * DAY);
    (memory, store)
}
