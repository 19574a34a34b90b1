//! A committee repairs a governor: `registry` stands in for it, as a canister that `recovery`
//! controls and that has the methods every canister has. The governor itself, and all it governs,
//! is in [`repaired`].

mod consent;
mod installing;
pub(crate) mod repaired;
mod rotating;
mod timing;

use std::{cell::RefCell, sync::Arc};

use candid::Principal;
use granary_api::{
    common::{self as c, Profile},
    recovery as r, registry,
};
use granary_tests::{
    clock::{DAY, HOUR, MINUTE},
    engine::Engine,
    people::Who,
    reply::Expect,
    subject::{RECOVERY, REGISTRY, SetRole, recovery_args},
    world::{World, encode},
};
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};

use crate::localnet;

/// The committee.
pub(crate) const MEMBERS: [Who; 3] = [Who::Treasurer, Who::Reviewer, Who::Guardian];

/// Delays of these tests.
pub(crate) fn delays() -> r::Delays {
    r::Delays {
        request_ttl_ns: 2 * DAY,
        delay_ns: 12 * HOUR,
        outage_ns: 2 * HOUR,
        lease_ns: HOUR,
        apart_ns: 20 * HOUR,
    }
}

/// A committee with its governor.
pub(crate) struct Repair {
    pub(crate) recovery: World,
    pub(crate) governor: World,
    /// Modules staged so far, so that each is staged once.
    staged: RefCell<Vec<Vec<u8>>>,
}

impl Repair {
    /// Both on one network; the governor is controlled by `recovery`, which governs it.
    pub(crate) fn new() -> Self {
        let network = Arc::new(Engine::shared(localnet()).instance());
        let governor = World::on(&network, &REGISTRY);
        governor.install_encoded((REGISTRY.init)());
        let recovery = World::on(&network, &RECOVERY);
        let args = r::InitArgs {
            target: governor.canister,
            delays: Some(delays()),
            profile: Profile::Testing,
            ..recovery_args()
        };
        recovery.install_encoded(encode(&r::InstallArgs::Init(args)));
        let controller = Who::Controller.principal();
        network
            .set_controllers(
                governor.canister,
                Some(controller),
                vec![controller, recovery.canister],
            )
            .expect("its controller");
        let role = registry::Role::Governor;
        let rights = SetRole { role, holder: recovery.canister, granted: true };
        governor.caller(Who::Governor).receipt("set_role", &rights).value("it may resume");
        Self::of(recovery, governor)
    }

    /// The committee of `recovery`, and the governor it repairs.
    pub(crate) fn of(recovery: World, governor: World) -> Self {
        Self { recovery, governor, staged: RefCell::default() }
    }

    /// Puts a module before the governor in two chunks; answers what installs it.
    pub(crate) fn stage(&self, module: &[u8]) -> r::Install {
        let (one, two) = module.split_at(module.len() / 2);
        let chunk_hashes = [one, two].map(|part| {
            let chunk = ByteBuf::from(part.to_vec());
            let hash = ByteBuf::from(Sha256::digest(part).to_vec());
            if !self.staged.borrow().iter().any(|known| known == part) {
                let staged: r::StagedChunk = self
                    .recovery
                    .caller(MEMBERS[0])
                    .update("stage_wasm_chunk", &r::StageWasmChunkArgs { chunk })
                    .value("a member");
                assert_eq!(staged.hash, hash);
                self.staged.borrow_mut().push(part.to_vec());
            }
            hash
        });
        r::Install {
            wasm_hash: ByteBuf::from(Sha256::digest(module).to_vec()),
            chunk_hashes: chunk_hashes.to_vec(),
            arg: ByteBuf::from(encode(&None::<registry::InstallArgs>)),
        }
    }

    /// This member asks for it; answers the request.
    pub(crate) fn submit(&self, who: Who, operation: &r::Operation) -> u64 {
        let operation = operation.clone();
        let args = r::SubmitRequestArgs { operation, idempotency_key: None };
        self.recovery.caller(who).receipt("submit_request", &args).value("a member").id
    }

    /// Two members ask for it.
    pub(crate) fn ready(&self, operation: &r::Operation) -> u64 {
        let request = self.submit(MEMBERS[0], operation);
        assert_eq!(self.submit(MEMBERS[1], operation), request);
        request
    }

    pub(crate) fn request(&self, request: u64) -> r::Request {
        let args = r::RequestArgs { request };
        self.recovery.caller(Who::Stranger).query("get_request", &args).value("it")
    }

    pub(crate) fn status(&self) -> r::RecoveryStatus {
        self.recovery.caller(Who::Stranger).plain("get_recovery_status").value("status")
    }

    /// Lets the clock come to the end of the request's execution; answers where that is.
    pub(crate) fn ended(&self, request: u64) -> r::RequestState {
        for _ in 0..60 {
            let state = self.request(request).state;
            match state {
                r::RequestState::Completed { .. } | r::RequestState::Failed { .. } => return state,
                _ => self.recovery.advance(11_000_000_000),
            }
        }
        panic!("it does not end: {:?}", self.request(request));
    }

    /// Waits for the delay and the execution.
    pub(crate) fn done(&self, operation: &r::Operation) -> r::Request {
        let request = self.ready(operation);
        self.recovery.advance(delays().delay_ns + MINUTE);
        let state = self.ended(request);
        assert!(matches!(state, r::RequestState::Completed { .. }), "{state:?}");
        self.request(request)
    }

    /// Waits for the delay and the execution, which fails for this reason.
    pub(crate) fn fails(&self, operation: &r::Operation) -> String {
        let request = self.ready(operation);
        self.recovery.advance(delays().delay_ns + MINUTE);
        match self.ended(request) {
            r::RequestState::Failed { reason, .. } => reason,
            other => panic!("{other:?}"),
        }
    }

    /// The governor answers, whatever was done to it.
    pub(crate) fn assert_governor_runs(&self) {
        let health = self.governor.caller(Who::Stranger).health_check().value("it answers");
        assert_ne!(health.status, c::HealthStatus::Critical, "{:?}", health.reasons);
        granary_tests::fixtures::assert_valid(&self.governor);
        granary_tests::fixtures::assert_valid(&self.recovery);
    }

    /// Names of snapshots of the governor.
    pub(crate) fn snapshots(&self) -> Vec<Vec<u8>> {
        let controller = Some(Who::Controller.principal());
        let network = self.governor.network();
        let all = network.list_canister_snapshots(self.governor.canister, controller);
        all.expect("its controller").into_iter().map(|snapshot| snapshot.id).collect()
    }

    /// The governor names another committee.
    pub(crate) fn names(&self, members: Vec<Principal>, quorum: u32) {
        let args = r::Committee { members, quorum };
        self.recovery.caller(Who::Governor).receipt("set_committee", &args).value("governs");
    }
}
