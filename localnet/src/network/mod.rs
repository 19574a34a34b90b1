//! The network: canisters, their messages, rounds and time. Single-threaded and deterministic.

pub mod rejects;
pub(crate) mod rng;
pub mod topology;
mod types;

use std::{collections::BTreeMap, path::Path, sync::Arc};

use candid::Principal;
use pocket_ic::{
    RejectResponse,
    common::rest::{CanisterHttpRequest, MockCanisterHttpResponse},
};

pub use topology::{CanisterRange, Subnet, Topology};
pub use types::{
    Certifier, CyclesAccount, EffectivePrincipal, ExecutionTrace, GENESIS_TIME_NS, IngressMessage,
    IngressRecord, IngressStatus, MessageId, NetworkConfig, QueryCall, SubnetKeyFn, SubnetKind,
    Visibility,
};

/// A network of canisters.
pub struct Network {
    config: NetworkConfig,
    topology: Topology,
    time_ns: u64,
    certified_time_ns: u64,
    epoch: u64,
    ingress: BTreeMap<MessageId, IngressRecord>,
    certifier: Option<Arc<dyn Certifier>>,
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Network").field("time_ns", &self.time_ns).finish_non_exhaustive()
    }
}

impl Network {
    /// Starts an empty network; its first round has already run.
    pub fn new(config: NetworkConfig) -> Result<Self, String> {
        let initial = config.initial_time_ns.unwrap_or(GENESIS_TIME_NS);
        if initial < GENESIS_TIME_NS {
            return Err(format!(
                "The initial timestamp (unix timestamp in nanoseconds) must be no earlier than \
                 {GENESIS_TIME_NS} (provided {initial})."
            ));
        }
        let topology = Topology::new(config.seed, &config.subnets, config.subnet_public_key)?;
        Ok(Self {
            config,
            topology,
            time_ns: initial + 1,
            certified_time_ns: initial + 1,
            epoch: 0,
            ingress: BTreeMap::new(),
            certifier: None,
        })
    }

    pub fn config(&self) -> &NetworkConfig {
        &self.config
    }
    /// Sets who makes the data certificates of queries.
    pub fn set_certifier(&mut self, certifier: Arc<dyn Certifier>) {
        self.certifier = Some(certifier);
    }
    /// Grows with every change of state: what was derived from one epoch stays valid in it.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }
    /// Saves everything to a directory.
    pub fn save(&self, _dir: &Path) -> Result<(), String> {
        Err("saving a network is not available yet".to_owned())
    }
    pub fn load(_dir: &Path, _config: NetworkConfig) -> Result<Self, String> {
        Err("loading a network is not available yet".to_owned())
    }

    pub fn submit_ingress(&mut self, message: IngressMessage) -> Result<MessageId, RejectResponse> {
        Err(rejects::uncertified(rejects::canister_not_found(message.canister_id)))
    }
    pub fn ingress_status(&self, id: &MessageId) -> IngressStatus {
        self.ingress.get(id).map_or(IngressStatus::Unknown, |record| record.status.clone())
    }
    pub fn ingress_record(&self, id: &MessageId) -> Option<&IngressRecord> {
        self.ingress.get(id)
    }
    pub fn ingress_records(&self) -> impl Iterator<Item = (&MessageId, &IngressRecord)> {
        self.ingress.iter()
    }
    pub fn query(&mut self, call: QueryCall) -> Result<Vec<u8>, RejectResponse> {
        Err(rejects::uncertified(rejects::canister_not_found(call.canister_id)))
    }
    pub fn tick(&mut self) {
        self.epoch += 1;
        self.time_ns += 1;
        self.certified_time_ns = self.time_ns;
    }
    pub fn run_until_idle(&mut self, _max_rounds: usize) -> bool {
        true
    }
    pub fn has_pending(&self) -> bool {
        false
    }
    pub fn time_ns(&self) -> u64 {
        self.time_ns
    }
    pub fn certified_time_ns(&self) -> u64 {
        self.certified_time_ns
    }
    /// Err contains `SettingTimeIntoPast`.
    pub fn set_time(&mut self, time_ns: u64) -> Result<(), String> {
        self.time_ns = time_ns;
        Ok(())
    }
    pub fn set_certified_time(&mut self, time_ns: u64) -> Result<(), String> {
        self.time_ns = time_ns;
        self.certified_time_ns = time_ns;
        Ok(())
    }
    /// None: no such canister. The new balance.
    pub fn add_cycles(&mut self, _canister: Principal, _amount: u128) -> Option<u128> {
        None
    }
    pub fn cycles(&self, _canister: Principal) -> Option<u128> {
        None
    }
    pub fn cycles_account(&self) -> CyclesAccount {
        CyclesAccount::default()
    }
    pub fn canister_exists(&self, _canister: Principal) -> bool {
        false
    }
    pub fn canister_ids(&self) -> Vec<Principal> {
        Vec::new()
    }
    pub fn controllers(&self, _canister: Principal) -> Option<&[Principal]> {
        None
    }
    pub fn module_hash(&self, _canister: Principal) -> Option<[u8; 32]> {
        None
    }
    pub fn metadata(&self, _canister: Principal, _name: &str) -> Option<(Visibility, Vec<u8>)> {
        None
    }
    pub fn metadata_names(&self, _canister: Principal) -> Vec<String> {
        Vec::new()
    }
    pub fn certified_data(&self, _canister: Principal) -> Option<&[u8]> {
        None
    }
    pub fn subnet_of(&self, canister: Principal) -> Option<Principal> {
        self.topology.route(canister).map(|s| s.id)
    }
    pub fn topology(&self) -> &Topology {
        &self.topology
    }
    pub fn stable_memory(&self, canister: Principal) -> Result<Vec<u8>, RejectResponse> {
        Err(rejects::canister_not_found(canister))
    }
    pub fn set_stable_memory(
        &mut self,
        canister: Principal,
        _bytes: &[u8],
    ) -> Result<(), RejectResponse> {
        Err(rejects::canister_not_found(canister))
    }
    pub fn pending_http_requests(&self) -> Vec<CanisterHttpRequest> {
        Vec::new()
    }
    /// Err text contains `InvalidMockCanisterHttpResponses` or names the unknown request.
    pub fn mock_http_response(&mut self, response: MockCanisterHttpResponse) -> Result<(), String> {
        Err(format!(
            "InvalidCanisterHttpRequestId(({}, {}))",
            response.subnet_id, response.request_id
        ))
    }
    pub fn executions(&self) -> impl Iterator<Item = &ExecutionTrace> {
        std::iter::empty()
    }
    pub fn last_instructions(&self, _canister: Principal, _entry: &str) -> Option<u64> {
        None
    }
    pub fn state_digest(&self, _canister: Principal) -> Option<[u8; 32]> {
        None
    }
}
