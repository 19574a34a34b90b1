//! Stable memory with many requests, of which almost all expired: a committee of twenty asks for
//! three repairs each, week after week.

use granary_kernel::{CanisterStore, Ctx, Profile};
use granary_tests::people::{Who, person};
use granary_units::Timestamp;
use ic_stable_structures::VectorMemory;
use recovery_core::{
    errors::RecoveryError,
    limits::MAX_OPEN_OF_MEMBER,
    records::{Committee, Operation, Role},
    store::{Install, Store},
};

use crate::subject;

/// Time of the first request: the network's earliest time and a day.
const BEGIN_NS: u64 = 1_620_414_000_000_000_000;
const DAY_NS: u64 = 86_400_000_000_000;
/// Members of the committee.
pub(crate) const MEMBERS: u64 = 20;

/// A growing state.
pub(crate) struct Seed {
    memory: VectorMemory,
    store: Store<VectorMemory>,
    rows: u64,
}

impl Seed {
    /// An installed canister without requests.
    pub(crate) fn new() -> Result<Self, String> {
        let memory = VectorMemory::default();
        let common = granary_kernel::Install {
            governor: Who::Governor.principal(),
            roles: vec![(Role::Operator, Who::Operator.principal())],
            profile: Profile::Testing,
            importing: false,
            peers: vec![],
            code_version: "0.1.0".to_owned(),
        };
        let members = (0..MEMBERS).map(member).collect();
        let install = Install {
            common,
            target: person("governor"),
            own: person("recovery"),
            committee: Committee { members, quorum: 11 },
            delays: None,
        };
        let ctx = ctx(Who::Controller.principal(), BEGIN_NS - DAY_NS / 2);
        let store = Store::install(memory.clone(), install, &ctx).map_err(|e| e.to_string())?;
        Ok(Self { memory, store, rows: 0 })
    }

    fn add(&mut self, number: u64) -> Result<(), RecoveryError> {
        let now = at(number);
        // What ran out makes room for what comes.
        if number >= per_week() {
            self.store.tick(&ctx(person("recovery"), now), &mut || true)?;
        }
        let ctx = ctx(member(number % MEMBERS), now);
        self.store.submit_request(&ctx, install(number), None)?;
        Ok(())
    }
}

impl subject::Seed for Seed {
    fn grow_to(&mut self, rows: u64) -> Result<(), String> {
        while self.rows < rows {
            self.add(self.rows).map_err(|error| granary_errors::Error::from(error).to_string())?;
            self.rows += 1;
        }
        Ok(())
    }

    fn image(&self) -> Vec<u8> {
        self.memory.borrow().clone()
    }

    fn time_after(&self, rows: u64) -> u64 {
        at(rows) + 8 * DAY_NS
    }
}

/// A member of the committee, from 0.
pub(crate) fn member(number: u64) -> candid::Principal {
    person(&format!("member {number}"))
}

fn per_week() -> u64 {
    MEMBERS * u64::try_from(MAX_OPEN_OF_MEMBER).expect("small")
}

/// When the request with this number is made.
fn at(number: u64) -> u64 {
    BEGIN_NS + number / per_week() * 8 * DAY_NS
}

/// A module of forty chunks.
fn install(number: u64) -> Operation {
    let mut wasm_hash = [7; 32];
    wasm_hash[..8].copy_from_slice(&number.to_be_bytes());
    let chunk_hashes = vec![wasm_hash.into(); 40];
    Operation::Install { wasm_hash: wasm_hash.into(), chunk_hashes, arg: vec![0; 1_000].into() }
}

fn ctx(actor: candid::Principal, now_ns: u64) -> Ctx {
    Ctx { now: Timestamp::from_nanos(now_ns), actor, trace_id: now_ns }
}
