//! Wire types as the core knows them.

use granary_api::recovery as r;
use granary_kernel::{Fault, checks};
use recovery_core::records::{Committee, Delays, Operation, Role};
use recovery_core::rules::answered::{Running, Status};
use recovery_core::types::{ByteArray, Duration, Hash};
use serde_bytes::ByteBuf;

use crate::ports::{StatusKind, StatusReply};

/// A role.
pub const fn role(role: r::Role) -> Role {
    match role {
        r::Role::Auditor => Role::Auditor,
        r::Role::Operator => Role::Operator,
        r::Role::Backup => Role::Backup,
        r::Role::Governor => Role::Governor,
    }
}

/// Who decides.
pub fn committee(committee: r::Committee) -> Committee {
    let r::Committee { members, quorum } = committee;
    Committee { members, quorum }
}

/// How long things take.
pub const fn delays(delays: r::Delays) -> Delays {
    Delays {
        request_ttl: Duration::from_nanos(delays.request_ttl_ns),
        delay: Duration::from_nanos(delays.delay_ns),
        outage: Duration::from_nanos(delays.outage_ns),
        lease: Duration::from_nanos(delays.lease_ns),
        apart: Duration::from_nanos(delays.apart_ns),
    }
}

/// A digest.
pub fn digest(bytes: &ByteBuf) -> Result<Hash, Fault> {
    checks::hash("digest", bytes)
}

/// What is asked for.
pub fn operation(operation: r::Operation) -> Result<Operation, Fault> {
    Ok(match operation {
        r::Operation::Install(r::Install { wasm_hash, chunk_hashes, arg }) => {
            let chunk = |hash: &ByteBuf| checks::hash("chunk_hashes", hash).map(ByteArray::from);
            Operation::Install {
                wasm_hash: checks::hash("wasm_hash", &wasm_hash)?.into(),
                chunk_hashes: chunk_hashes.iter().map(chunk).collect::<Result<_, _>>()?,
                arg: arg.into_vec().into(),
            }
        }
        r::Operation::Snapshot => Operation::Snapshot,
        r::Operation::Restore { snapshot_id } => {
            Operation::Restore { snapshot_id: snapshot_id.into_vec().into() }
        }
        r::Operation::Start => Operation::Start,
        r::Operation::RotateGovernorMembers(r::RotateMembersArgs { members, threshold }) => {
            Operation::RotateGovernorMembers { members, threshold }
        }
    })
}

/// The governor as the network describes it.
pub fn status(reply: StatusReply) -> Status {
    let running = match reply.status {
        StatusKind::Running => Running::Running,
        StatusKind::Stopping => Running::Stopping,
        StatusKind::Stopped => Running::Stopped,
    };
    let module = reply.module_hash.and_then(|hash| Hash::try_from(hash.into_vec()).ok());
    Status { running, module }
}
