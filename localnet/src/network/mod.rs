//! The network: canisters, their messages, rounds and time.
//!
//! Everything is single-threaded and deterministic: the same configuration and the same calls
//! give the same answers, ids, balances and certified state. Nothing here reads a clock or draws
//! randomness from outside; whoever wants real time sets it.
//!
//! - [`types`]: what callers hand in and get back; [`rejects`]: every reject and its text
//! - [`topology`]: subnets, canister ranges, ids
//! - `rounds`: time and what a round does; `pool`: the queues messages wait in
//! - `deliver`: calls, responses, call contexts; `execute`: one message and its effects
//! - `xnet`: messages between subnets
//! - `ingress`, `query`, `outcalls`: the doors to the outside
//! - `cycles`: who pays and the account of all cycles; `storage`: what subnets hold and what is
//!   paid ahead for it; `access`, `metrics`: reading the state
//! - `persist`, `blobs`, `journal`: a network on disk, and what happened since it was saved

mod access;
mod blobs;
pub(crate) mod canister;
pub(crate) mod consumed;
pub(crate) mod context;
pub(crate) mod counters;
mod cycles;
pub(crate) mod deliver;
pub(crate) mod execute;
pub(crate) mod history;
mod ingress;
pub(crate) mod journal;
pub(crate) mod logs;
mod metrics;
pub(crate) mod outcalls;
pub(crate) mod persist;
pub(crate) mod pool;
mod query;
pub mod rejects;
pub(crate) mod rng;
mod rounds;
pub(crate) mod settings;
pub(crate) mod storage;
pub mod topology;
pub mod types;
mod xnet;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use candid::Principal;

pub use metrics::SubnetMetrics;
pub use topology::{CanisterRange, Subnet, Topology};
pub use types::{
    Certifier, CyclesAccount, EffectivePrincipal, ExecutionTrace, GENESIS_TIME_NS, IngressMessage,
    IngressRecord, IngressStatus, MessageId, NetworkConfig, QueryCall, StorageLimits, SubnetKeyFn,
    SubnetKind, Visibility,
};

use self::{
    canister::Canister,
    context::{CallContext, ContextId, PendingCall},
    counters::{Blocks, SubnetCounters},
    journal::Journal,
    outcalls::Outcall,
    pool::{CallId, Pool},
    rng::Rng,
};
use crate::{
    faults::Faults,
    runtime::{Engine, EngineConfig},
    standins::StandIns,
};

/// A network of canisters.
pub struct Network {
    pub(crate) config: NetworkConfig,
    pub(crate) engine: Engine,
    pub(crate) topology: Topology,
    pub(crate) root_key: Arc<Vec<u8>>,
    pub(crate) rng: Rng,
    certifier: Option<Arc<dyn Certifier>>,
    epoch: u64,
    pub(crate) time_ns: u64,
    certified_time_ns: u64,
    pub(crate) canisters: BTreeMap<Principal, Canister>,
    contexts: BTreeMap<ContextId, CallContext>,
    next_context: ContextId,
    calls: BTreeMap<CallId, PendingCall>,
    next_call: CallId,
    pub(crate) pool: Pool,
    ingress: BTreeMap<MessageId, IngressRecord>,
    /// Messages by the time they came, for those that may still wait.
    received: VecDeque<(u64, MessageId)>,
    /// Messages by the time they were answered.
    answered: VecDeque<(u64, MessageId)>,
    outcalls: BTreeMap<u64, Outcall>,
    next_outcall: u64,
    minted: u128,
    burned: u128,
    pub(crate) blocks: Blocks,
    pub(crate) counters: BTreeMap<Principal, SubnetCounters>,
    traces: VecDeque<ExecutionTrace>,
    /// Executions so far, by subnet.
    transactions: BTreeMap<Principal, u64>,
    round_instructions: u64,
    /// What goes wrong on purpose; not saved with the network.
    pub(crate) faults: Faults,
    /// Where what the network is asked is written down, when it is kept on disk.
    journal: Option<Journal>,
    /// What stands in for system canisters, when the network has that.
    pub(crate) stand_ins: Option<StandIns>,
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Network")
            .field("time_ns", &self.time_ns)
            .field("canisters", &self.canisters.len())
            .finish_non_exhaustive()
    }
}

impl Network {
    /// Starts an empty network. Fails on an initial time before [`GENESIS_TIME_NS`], without
    /// subnets, or when the machine cannot run the engine.
    pub fn new(config: NetworkConfig) -> Result<Self, String> {
        let initial = config.initial_time_ns.unwrap_or(GENESIS_TIME_NS);
        if initial < GENESIS_TIME_NS {
            return Err(format!(
                "The initial timestamp (unix timestamp in nanoseconds) must be no earlier than \
                 {GENESIS_TIME_NS} (provided {initial})."
            ));
        }
        let engine = match &config.engine {
            Some(engine) => engine.clone(),
            None => Engine::new(EngineConfig { cache_dir: config.compile_cache_dir.clone() })?,
        };
        let topology = Topology::new(config.seed, &config.subnets, config.subnet_public_key)?;
        let stand_ins = if config.stand_ins { Some(StandIns::on(&topology)?) } else { None };
        let minted = stand_ins.as_ref().map_or(0, StandIns::cycles);
        Ok(Self {
            root_key: Arc::new(config.root_key_der.clone()),
            rng: Rng::new(config.seed),
            config,
            engine,
            topology,
            certifier: None,
            epoch: 0,
            time_ns: initial + 1,
            certified_time_ns: initial + 1,
            canisters: BTreeMap::new(),
            contexts: BTreeMap::new(),
            next_context: 0,
            calls: BTreeMap::new(),
            next_call: 0,
            pool: Pool::default(),
            ingress: BTreeMap::new(),
            received: VecDeque::new(),
            answered: VecDeque::new(),
            outcalls: BTreeMap::new(),
            next_outcall: 0,
            minted,
            burned: 0,
            blocks: Blocks::default(),
            counters: BTreeMap::new(),
            traces: VecDeque::new(),
            transactions: BTreeMap::new(),
            round_instructions: 0,
            faults: Faults::default(),
            journal: None,
            stand_ins,
        })
    }

    /// What the network was started with.
    pub fn config(&self) -> &NetworkConfig {
        &self.config
    }

    /// Sets who makes the data certificates of queries.
    pub fn set_certifier(&mut self, certifier: Arc<dyn Certifier>) {
        self.certifier = Some(certifier);
    }

    /// Grows with every change of the state that certificates show: what was derived in one epoch
    /// stays valid in it.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Begins a new epoch: the state is about to change outside of a round.
    pub(crate) fn touch(&mut self) {
        self.epoch += 1;
    }
}

#[cfg(test)]
mod tests;
