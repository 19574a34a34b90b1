//! What the core knows, as others are told and asked.

use candid::Principal;
use granary_api::common::HealthStatus;
use granary_api::recovery as r;
use granary_kernel::Page;
use granary_units::Timestamp;
use recovery_core::records::{Approval, Delays, Operation, Role, Seen, State};
use recovery_core::rules::standing;
use recovery_core::store::RequestView;
use recovery_core::types::ByteArray;
use serde_bytes::ByteBuf;

use crate::ports::{ChunkHash, InstallArgs, InstallMode};
use crate::state::Healer;

fn bytes(bytes: &[u8]) -> ByteBuf {
    ByteBuf::from(bytes.to_vec())
}

/// A role.
pub const fn role(role: Role) -> r::Role {
    match role {
        Role::Auditor => r::Role::Auditor,
        Role::Operator => r::Role::Operator,
        Role::Backup => r::Role::Backup,
        Role::Governor => r::Role::Governor,
    }
}

/// Who decides about whom, and how long it takes.
pub fn committee(store: &Healer) -> r::CommitteeInfo {
    let config = store.config();
    let committee = &config.committee;
    let Delays { request_ttl, delay, outage, lease, apart } = config.delays;
    r::CommitteeInfo {
        target: config.target,
        committee: r::Committee { members: committee.members.clone(), quorum: committee.quorum },
        delays: r::Delays {
            request_ttl_ns: request_ttl.as_nanos(),
            delay_ns: delay.as_nanos(),
            outage_ns: outage.as_nanos(),
            lease_ns: lease.as_nanos(),
            apart_ns: apart.as_nanos(),
        },
    }
}

/// What was seen of the governor, and what was done to it.
pub fn status(store: &Healer, now: Timestamp) -> r::RecoveryStatus {
    let (config, outlook, totals) = (store.config(), store.outlook(), store.totals());
    let health = |seen| match seen {
        Seen::Healthy => HealthStatus::Healthy,
        Seen::Degraded => HealthStatus::Degraded,
        Seen::Critical | Seen::Silent => HealthStatus::Critical,
    };
    r::RecoveryStatus {
        target: config.target,
        last_seen: outlook.last.map(|(_, seen)| health(seen)),
        last_seen_ns: outlook.last.map_or(0, |(at, _)| at.as_nanos()),
        failing_since_ns: outlook.failing_since.map(Timestamp::as_nanos),
        is_outage: standing::is_outage(outlook, &config.delays, now),
        running: totals.running.map(|(id, _)| id.into()),
        last_execution: totals.last.map(|(id, _)| id.into()),
        last_execution_ns: totals.last.map_or(0, |(_, at)| at.as_nanos()),
        snapshot_id: totals.snapshot.as_ref().map(|(_, id)| bytes(id)),
    }
}

fn operation(operation: Operation) -> r::Operation {
    match operation {
        Operation::Install { wasm_hash, chunk_hashes, arg } => r::Operation::Install(r::Install {
            wasm_hash: bytes(wasm_hash.as_slice()),
            chunk_hashes: chunk_hashes.iter().map(|hash| bytes(hash.as_slice())).collect(),
            arg: ByteBuf::from(Vec::from(arg)),
        }),
        Operation::Snapshot => r::Operation::Snapshot,
        Operation::Restore { snapshot_id } => {
            r::Operation::Restore { snapshot_id: ByteBuf::from(Vec::from(snapshot_id)) }
        }
        Operation::Start => r::Operation::Start,
        Operation::RotateGovernorMembers { members, threshold } => {
            r::Operation::RotateGovernorMembers(r::RotateMembersArgs { members, threshold })
        }
    }
}

/// A request as it stands.
pub fn request(store: &Healer, view: RequestView) -> r::Request {
    let RequestView { id, request, counted, eta } = view;
    let state = match request.state {
        State::Open => r::RequestState::Open,
        State::Ready { since } => {
            r::RequestState::Ready { eta_ns: eta.unwrap_or(since).as_nanos() }
        }
        State::Executing(run) => {
            let lease_until = run.started.saturating_add(store.config().delays.lease);
            let (step, lease_until_ns) = (run.step.name().to_owned(), lease_until.as_nanos());
            r::RequestState::Executing { step, lease_until_ns }
        }
        State::Completed { at } => r::RequestState::Completed { at_ns: at.as_nanos() },
        State::Failed { at, reason } => r::RequestState::Failed { at_ns: at.as_nanos(), reason },
        State::Expired { at } => r::RequestState::Expired { at_ns: at.as_nanos() },
    };
    let approval = |Approval { member, at }| r::Approval { member, at_ns: Timestamp::as_nanos(at) };
    r::Request {
        id: id.wire(),
        operation: operation(request.operation),
        digest: bytes(&request.digest),
        created_by: request.created_by,
        created_at_ns: request.created_at.as_nanos(),
        expires_at_ns: request.expires_at.as_nanos(),
        approvals: request.approvals.into_iter().map(approval).collect(),
        counted,
        state,
        snapshot_id: request.snapshot.map(|id| ByteBuf::from(Vec::from(id))),
    }
}

/// A page of requests.
pub fn requests(store: &Healer, page: Page<RequestView>) -> r::RequestPage {
    let Page { items, next } = page.map(|view| request(store, view));
    r::RequestPage { items, next }
}

/// What the network is asked to install.
pub fn installation(
    target: Principal,
    wasm_hash: &ByteArray<32>,
    chunk_hashes: &[ByteArray<32>],
    arg: &[u8],
) -> InstallArgs {
    let chunk = |hash: &ByteArray<32>| ChunkHash { hash: bytes(hash.as_slice()) };
    InstallArgs {
        mode: InstallMode::Upgrade,
        target_canister: target,
        store_canister: None,
        chunk_hashes_list: chunk_hashes.iter().map(chunk).collect(),
        wasm_module_hash: bytes(wasm_hash.as_slice()),
        arg: bytes(arg),
    }
}
