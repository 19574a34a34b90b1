//! A small world for the tests: a committee, a store over memory that can be reopened.
#![allow(dead_code, reason = "each test uses another part of it, so none can expect it")]

pub(crate) mod sparse;

use candid::Principal;
use granary_kernel::Ctx;
use granary_units::Timestamp;
use recovery_core::records::{Committee, Delays, Operation, Profile, Role, Seen};
use recovery_core::rules::answered::{Outcome, Running, Status};
use recovery_core::rules::next::Ask;
use recovery_core::store::{Begun, Install, Store, Ticket, Upgrade};
use sparse::SparseMemory;

pub(crate) type World = Store<SparseMemory>;

pub(crate) const SECOND: u64 = 1_000_000_000;
pub(crate) const HOUR: u64 = 3_600 * SECOND;
pub(crate) const DAY: u64 = 24 * HOUR;
pub(crate) const START: u64 = 1_700_000_000 * SECOND;

pub(crate) fn person(n: u8) -> Principal {
    Principal::from_slice(&[n, 7])
}
pub(crate) fn governor() -> Principal {
    person(90)
}
pub(crate) fn own() -> Principal {
    person(91)
}
/// Members of the committee, from 1 on.
pub(crate) fn member(n: u8) -> Principal {
    person(n)
}

pub(crate) fn at(now: u64, actor: Principal) -> Ctx {
    Ctx { now: Timestamp::from_nanos(now), actor, trace_id: now % 1_000 }
}

pub(crate) fn committee(members: core::ops::RangeInclusive<u8>, quorum: u32) -> Committee {
    Committee { members: members.map(person).collect(), quorum }
}

pub(crate) fn settings(importing: bool) -> Install {
    let common = granary_kernel::Install {
        governor: governor(),
        roles: vec![(Role::Auditor, person(70)), (Role::Backup, person(71))],
        profile: Profile::Production,
        importing,
        peers: vec![],
        code_version: "0.1.0".to_owned(),
    };
    let committee = committee(1..=5, 3);
    Install { common, target: governor(), own: own(), committee, delays: None }
}

pub(crate) fn testing(delays: Delays) -> Install {
    let mut install = settings(false);
    install.common.profile = Profile::Testing;
    Install { delays: Some(delays), ..install }
}

pub(crate) fn upgrade() -> Upgrade {
    let common = granary_kernel::Upgrade { code_version: "0.2.0".to_owned(), ..Default::default() };
    Upgrade { common, own: own(), target: None }
}

pub(crate) fn world() -> (SparseMemory, World) {
    let memory = SparseMemory::default();
    let ctx = at(START, person(80));
    let store = Store::install(memory.clone(), settings(false), &ctx).expect("empty memory");
    (memory, store)
}

pub(crate) fn install(module: u8) -> Operation {
    Operation::Install {
        wasm_hash: [module; 32].into(),
        chunk_hashes: vec![[module; 32].into(), [0; 32].into()],
        arg: b"DIDL\0\0".to_vec().into(),
    }
}

pub(crate) fn submit(store: &mut World, now: u64, n: u8, operation: Operation) -> u64 {
    store.submit_request(&at(now, member(n)), operation, None).expect("a member").id
}

pub(crate) fn approve(store: &mut World, now: u64, n: u8, request: u64) {
    let digest = store.request(request).expect("it").1.digest;
    store.approve_request(&at(now, member(n)), request, &digest).expect("a member");
}

/// A request that three of the five members approved.
pub(crate) fn ready(store: &mut World, now: u64, operation: Operation) -> u64 {
    let request = submit(store, now, 1, operation);
    approve(store, now, 2, request);
    approve(store, now, 3, request);
    request
}

/// The call the request makes next, which is thereby under way.
pub(crate) fn ask(store: &mut World, now: u64, request: u64) -> Ticket {
    match store.begin_step(&at(now, own()), request).expect("running") {
        Begun::Call(ticket) => *ticket,
        other => panic!("nothing is asked: {other:?}"),
    }
}

/// A governor as the network keeps it.
#[derive(Clone, Debug)]
pub(crate) struct Governor {
    pub(crate) running: Running,
    pub(crate) module: [u8; 32],
    pub(crate) snapshots: Vec<(Vec<u8>, [u8; 32])>,
    pub(crate) taken: u8,
    pub(crate) changes: Vec<Ask>,
}

impl Governor {
    pub(crate) fn new() -> Self {
        let running = Running::Running;
        Self { running, module: [200; 32], snapshots: vec![], taken: 0, changes: vec![] }
    }

    pub(crate) fn does(&mut self, ticket: &Ticket) -> Outcome {
        assert_eq!(ticket.target, governor(), "nobody else is ever asked");
        if ticket.ask.name().is_some() {
            self.changes.push(ticket.ask.clone());
        }
        match (&ticket.ask, &ticket.operation) {
            (Ask::Status, _) => {
                let module = Some(self.module);
                return Outcome::Status(Status { running: self.running, module });
            }
            (Ask::Snapshots, _) => {
                return Outcome::Snapshots(
                    self.snapshots.iter().map(|(id, _)| id.clone()).collect(),
                );
            }
            (Ask::Health, _) => return Outcome::Seen(Seen::Healthy),
            (Ask::Stop, _) => self.running = Running::Stopped,
            (Ask::Start, _) => self.running = Running::Running,
            (Ask::Install, Operation::Install { wasm_hash, .. }) => {
                assert_eq!(self.running, Running::Stopped, "K8");
                self.module = **wasm_hash;
            }
            (Ask::Snapshot { replace }, _) => {
                assert_eq!(self.running, Running::Stopped, "K15");
                self.snapshots.retain(|(id, _)| Some(id) != replace.as_ref());
                self.taken += 1;
                self.snapshots.push((vec![self.taken], self.module));
                return Outcome::Taken(vec![self.taken]);
            }
            (Ask::Load, Operation::Restore { snapshot_id }) => {
                assert_eq!(self.running, Running::Stopped, "K15");
                let found = self.snapshots.iter().find(|(id, _)| id == &**snapshot_id);
                let Some((_, module)) = found else {
                    return Outcome::Failed("no such snapshot".to_owned());
                };
                self.module = *module;
            }
            (Ask::Resume | Ask::Rotate, _) => {}
            other => panic!("{other:?} is not asked"),
        }
        Outcome::Done
    }
}

/// Takes an execution to its end; answers when that was.
pub(crate) fn drive(store: &mut World, now: u64, request: u64, governor: &mut Governor) -> u64 {
    let mut now = now;
    for _ in 0..100 {
        match store.begin_step(&at(now, own()), request).expect("running") {
            Begun::Over => return now,
            Begun::Wait(until) => now = until.as_nanos(),
            Begun::Call(ticket) => {
                let outcome = governor.does(&ticket);
                store.settle(&at(now, own()), &ticket, outcome).expect("running");
            }
        }
        now += SECOND;
    }
    panic!("the execution never ends");
}

/// One request in every state: 1 completed, 2 expired, 3 failed, 4 executing, 5 ready, 6 open.
pub(crate) fn rich() -> (SparseMemory, World) {
    let (memory, mut store) = world();
    let mut there = Governor::new();
    let first = ready(&mut store, START, install(1));
    drive(&mut store, START + DAY, first, &mut there);
    let second = submit(&mut store, START, 4, Operation::Snapshot);
    let missing = Operation::Restore { snapshot_id: vec![99].into() };
    let third = ready(&mut store, START + 6 * DAY, missing);
    granary_kernel::CanisterStore::tick(&mut store, &at(START + 7 * DAY, own()), &mut || true)
        .expect("running");
    drive(&mut store, START + 7 * DAY, third, &mut there);
    let fourth = ready(&mut store, START + 7 * DAY, Operation::Snapshot);
    for _ in 0..2 {
        let ticket = ask(&mut store, START + 8 * DAY, fourth);
        let outcome = there.does(&ticket);
        store.settle(&at(START + 8 * DAY, own()), &ticket, outcome).expect("running");
    }
    ask(&mut store, START + 8 * DAY, fourth);
    let rotate =
        Operation::RotateGovernorMembers { members: (20..25).map(person).collect(), threshold: 3 };
    ready(&mut store, START + 8 * DAY, rotate);
    let last = submit(&mut store, START + 8 * DAY, 5, Operation::Start);
    assert_eq!((second, last), (2, 6));
    store.note_health(&at(START + 8 * DAY, own()), Seen::Silent).expect("running");
    (memory, store)
}
