//! Small values for the tests of the rules.

use crate::records::{Approval, Committee, Operation, Request, State};
use crate::rules::operation;
use crate::types::{Principal, RequestId, Timestamp};

pub(crate) fn person(n: u8) -> Principal {
    Principal::from_slice(&[n, 7])
}

pub(crate) fn at(now: u64) -> Timestamp {
    Timestamp::from_nanos(now)
}

pub(crate) fn number(n: u32) -> RequestId {
    RequestId::new(n).expect("not 0")
}

/// Three members, two of whom must agree.
pub(crate) fn committee() -> Committee {
    Committee { members: (1..=3).map(person).collect(), quorum: 2 }
}

pub(crate) fn governor() -> Principal {
    person(90)
}

pub(crate) fn install(module: u8) -> Operation {
    Operation::Install {
        wasm_hash: [module; 32].into(),
        chunk_hashes: vec![[module; 32].into()],
        arg: vec![].into(),
    }
}

/// A request that these members approved at time 0.
pub(crate) fn request(operation: Operation, approved: &[u8], state: State) -> Request {
    Request {
        digest: operation::digest(&governor(), &operation),
        operation,
        created_by: person(1),
        created_at: at(0),
        expires_at: at(1_000),
        restore_epoch: 0,
        approvals: approved.iter().map(|n| Approval { member: person(*n), at: at(0) }).collect(),
        state,
        snapshot: None,
    }
}
