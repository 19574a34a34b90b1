//! What callers of the network hand in and get back.

use std::{collections::BTreeSet, path::PathBuf};

use candid::Principal;
use pocket_ic::RejectResponse;
pub use pocket_ic::common::rest::SubnetKind;
use serde::{Deserialize, Serialize};

use super::Network;
use crate::{lazy_certificate::LazyCertificate, runtime::Engine};

/// 6 May 2021 21:17:10 UTC, the earliest initial time a network accepts, in nanoseconds.
pub const GENESIS_TIME_NS: u64 = 1_620_328_630_000_000_000;

/// Identifies an ingress message; agents compute it from the request, tests may leave it to us.
pub type MessageId = [u8; 32];

/// DER-encoded public key of the `index`-th subnet of a network; the subnet's id follows from it.
pub type SubnetKeyFn = fn(seed: u64, index: u32, kind: SubnetKind) -> Vec<u8>;

/// How a network is set up. The same configuration and the same calls give the same network,
/// byte for byte.
#[derive(Clone, Debug)]
pub struct NetworkConfig {
    /// Feeds `raw_rand`, message ids and subnet keys.
    pub seed: u64,
    /// Time before the first round, in nanoseconds since 1970; None is [`GENESIS_TIME_NS`].
    pub initial_time_ns: Option<u64>,
    /// Subnets in the order in which they get ids and canister ranges.
    pub subnets: Vec<SubnetKind>,
    /// Positions in `subnets` of those whose messages may run as long as a benchmark needs.
    pub benchmarking: BTreeSet<usize>,
    /// Where compiled modules are kept between runs; None keeps them in memory only.
    pub compile_cache_dir: Option<PathBuf>,
    /// An engine to share, so that networks of one process compile a module once; None starts
    /// one for this network alone.
    pub engine: Option<Engine>,
    /// DER-encoded public root key, what `ic0.root_key_copy` answers.
    pub root_key_der: Vec<u8>,
    pub subnet_public_key: SubnetKeyFn,
    /// Instructions after which a round starts no further message.
    pub round_instruction_limit: u64,
    /// Storage of each subnet.
    pub storage: StorageLimits,
    /// Executions remembered by [`Network::executions`].
    pub trace_capacity: usize,
    /// Whether native stand-ins answer for the cycles ledger, the cycles minting canister and the
    /// ICP ledger. They live on an NNS and an II subnet; see [`NetworkConfig::with_stand_ins`].
    pub stand_ins: bool,
    /// Whether a canister may be created under any id that is free, and not only under one of the
    /// main network: for copies of canisters of other networks. Such a network is not saved.
    pub any_id: bool,
}

/// How much a subnet can store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StorageLimits {
    /// Bytes above which canisters pay ahead for what they take up.
    pub threshold_bytes: u64,
    pub capacity_bytes: u64,
}

impl Default for StorageLimits {
    /// Those of the Internet Computer: 750 GiB of 2 TiB.
    fn default() -> Self {
        const GIB: u64 = 1 << 30;
        Self { threshold_bytes: 750 * GIB, capacity_bytes: 2_048 * GIB }
    }
}

impl NetworkConfig {
    /// The same with stand-ins for system canisters, and the subnets they live on. Ids of the
    /// other subnets' canisters stay what they are.
    #[must_use]
    pub fn with_stand_ins(mut self) -> Self {
        for home in [SubnetKind::NNS, SubnetKind::II] {
            if !self.subnets.contains(&home) {
                self.subnets.push(home);
            }
        }
        self.stand_ins = true;
        self
    }
}

impl Default for NetworkConfig {
    fn default() -> Self {
        Self {
            seed: 0,
            initial_time_ns: None,
            subnets: vec![SubnetKind::Application],
            benchmarking: BTreeSet::new(),
            compile_cache_dir: None,
            engine: None,
            root_key_der: vec![0; 133],
            subnet_public_key: super::topology::placeholder_public_key,
            round_instruction_limit: 7_000_000_000,
            storage: StorageLimits::default(),
            trace_capacity: 1_024,
            stand_ins: false,
            any_id: false,
        }
    }
}

/// Where an ingress message or query to the management canister is to be routed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum EffectivePrincipal {
    /// Derived from the message itself.
    #[default]
    None,
    Subnet(Principal),
    Canister(Principal),
}

/// An update call from outside.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IngressMessage {
    pub sender: Principal,
    pub canister_id: Principal,
    pub method: String,
    /// Candid-encoded argument.
    #[serde(with = "serde_bytes")]
    pub arg: Vec<u8>,
    pub effective: EffectivePrincipal,
    /// None lets the network number the message; a repeated id is the same message.
    pub message_id: Option<MessageId>,
    /// Whether the canister's `canister_inspect_message` may refuse it.
    pub inspect: bool,
}

/// How far an ingress message got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum IngressStatus {
    /// Never seen, or forgotten five minutes after it was answered.
    Unknown,
    /// Waiting for a round.
    Received,
    /// Its call context is open.
    Processing,
    Replied(Vec<u8>),
    Rejected(RejectResponse),
}

impl IngressStatus {
    /// Whether the answer is final.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Replied(_) | Self::Rejected(_))
    }
}

/// What the network remembers of an ingress message.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IngressRecord {
    pub sender: Principal,
    pub canister_id: Principal,
    /// The canister by which the message is routed and its status is certified.
    pub effective_canister_id: Option<Principal>,
    pub subnet_id: Principal,
    pub method: String,
    pub status: IngressStatus,
    pub received_ns: u64,
    /// Time of the final answer.
    pub finished_ns: Option<u64>,
}

/// A non-replicated query from outside.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct QueryCall {
    pub sender: Principal,
    pub canister_id: Principal,
    pub method: String,
    /// Candid-encoded argument.
    #[serde(with = "serde_bytes")]
    pub arg: Vec<u8>,
    /// Data certificate shown to the canister; None asks the [`Certifier`], when there is one.
    pub certificate: Option<Vec<u8>>,
}

/// Makes the data certificates that queries see.
pub trait Certifier: Send + Sync {
    /// CBOR-encoded certificate of `/canister/<canister>/certified_data`.
    /// None for a canister that no subnet has.
    fn data_certificate(&self, network: &Network, canister: Principal) -> Option<LazyCertificate>;
}

pub use crate::runtime::Visibility;

/// One execution of canister code, as benchmarks read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecutionTrace {
    pub canister: Principal,
    /// Entry point in the form `update transfer`, `post_upgrade`, `reply callback of transfer`.
    pub entry: String,
    /// Instructions by the weights of the Internet Computer.
    pub instructions: u64,
    /// Heap size after the message, in 64 KiB pages.
    pub heap_pages: u64,
    /// Stable memory size after the message, in 64 KiB pages.
    pub stable_pages: u64,
    /// Whether the message failed.
    pub failed: bool,
}

/// Where all cycles ever created are. `minted = burned + balances + in_flight` holds after every
/// public call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CyclesAccount {
    /// Created by provisional calls and by [`Network::add_cycles`].
    pub minted: u128,
    /// Fees, `cycles_burn128`, deleted canisters and refunds of calls that timed out.
    pub burned: u128,
    /// On canisters, and in accounts of the cycles ledger's stand-in.
    pub balances: u128,
    /// Attached to messages, available in call contexts, or prepaid for responses.
    pub in_flight: u128,
}
