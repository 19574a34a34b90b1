//! The vocabulary between the runtime, which executes one message on one canister's Wasm, and the
//! network, which decides what runs, pays for it and delivers its effects.

use std::{collections::BTreeMap, sync::Arc};

use candid::Principal;
use pocket_ic::ErrorCode;

use crate::{
    fees::{self, Saturation},
    lazy_certificate::LazyCertificate,
    runtime::limits,
    tariff::Tariff,
};

/// The entry point a message enters a canister by. It decides which system calls are permitted
/// and which instruction limit applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// The Wasm `start` function, run once on a fresh heap.
    Start,
    Init,
    PreUpgrade,
    PostUpgrade,
    Update {
        method: String,
    },
    /// A query method. `replicated` is true when it runs as an update call, in which case its
    /// state changes are dropped but its reply is certified.
    Query {
        method: String,
        replicated: bool,
    },
    CompositeQuery {
        method: String,
    },
    /// A query method that reshapes the response of an HTTP outcall.
    HttpTransform {
        method: String,
    },
    /// `canister_inspect_message` for an ingress message to `method`.
    InspectMessage {
        method: String,
    },
    Heartbeat,
    GlobalTimer,
    LowWasmMemory,
    /// A reply callback; `composite` when the caller was a composite query.
    Reply {
        callback: Callback,
        composite: bool,
    },
    /// A reject callback; `composite` when the caller was a composite query.
    Reject {
        callback: Callback,
        composite: bool,
    },
    /// The cleanup callback that runs after a reply or reject callback trapped.
    Cleanup {
        callback: Callback,
        composite: bool,
    },
}

impl Entry {
    /// The instruction limit the Internet Computer gives to this entry point.
    pub fn instruction_limit(&self) -> u64 {
        match self {
            Self::Start | Self::Init | Self::PreUpgrade | Self::PostUpgrade => {
                limits::INSTALL_INSTRUCTIONS
            }
            Self::Query { replicated: false, .. }
            | Self::CompositeQuery { .. }
            | Self::HttpTransform { .. }
            | Self::Reply { composite: true, .. }
            | Self::Reject { composite: true, .. }
            | Self::Cleanup { composite: true, .. } => limits::QUERY_INSTRUCTIONS,
            Self::InspectMessage { .. } => limits::INSPECT_INSTRUCTIONS,
            Self::Update { .. }
            | Self::Query { replicated: true, .. }
            | Self::Heartbeat
            | Self::GlobalTimer
            | Self::LowWasmMemory
            | Self::Reply { .. }
            | Self::Reject { .. }
            | Self::Cleanup { .. } => limits::UPDATE_INSTRUCTIONS,
        }
    }
}

impl Entry {
    /// Whether what the message takes up of its subnet's storage stays taken.
    pub(crate) fn takes_up_storage(&self) -> bool {
        match self {
            Self::Update { .. }
            | Self::Heartbeat
            | Self::GlobalTimer
            | Self::LowWasmMemory
            | Self::Reply { composite: false, .. }
            | Self::Reject { composite: false, .. }
            | Self::Cleanup { composite: false, .. } => true,
            // Installations are looked at as a whole; queries leave nothing behind.
            Self::Start
            | Self::Init
            | Self::PreUpgrade
            | Self::PostUpgrade
            | Self::Query { .. }
            | Self::CompositeQuery { .. }
            | Self::HttpTransform { .. }
            | Self::InspectMessage { .. }
            | Self::Reply { .. }
            | Self::Reject { .. }
            | Self::Cleanup { .. } => false,
        }
    }
}

/// A function table index and the environment value handed to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Callback {
    pub function: u64,
    pub environment: u64,
}

/// What `ic0.canister_status` answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunStatus {
    Running,
    Stopping,
    Stopped,
}

/// A reject as a callback sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectInfo {
    /// 1–6, see the interface specification, "Reject codes".
    pub code: u32,
    pub message: String,
}

/// Everything a canister can learn, and every bound it runs under, during one message.
#[derive(Clone, Debug)]
pub struct MessageEnv {
    pub entry: Entry,
    pub canister: Principal,
    pub caller: Principal,
    /// What the canister that signed for the caller says about it; None for every other caller.
    pub caller_info: Option<Arc<CallerInfo>>,
    /// Candid argument of a call, or the reply data in a reply callback.
    pub arg: Vec<u8>,
    /// Present in reject callbacks and in the cleanup after them.
    pub reject: Option<RejectInfo>,
    pub time_ns: u64,
    /// Deadline of a bounded-wait call being served, 0 when there is none.
    pub deadline_ns: u64,
    /// The call context has already answered, or has nobody to answer, so a reply is refused.
    pub responded: bool,
    pub cycles_available: u128,
    pub cycles_refunded: u128,
    /// Balance the message may spend; the execution itself is already prepaid.
    pub balance: u128,
    /// Balance below which outgoing calls fail, from the freezing threshold.
    pub freezing_limit: u128,
    pub status: RunStatus,
    pub canister_version: u64,
    pub controllers: Arc<Vec<Principal>>,
    /// Data certificate, present only in non-replicated queries.
    pub certificate: Option<LazyCertificate>,
    pub subnet: Principal,
    pub subnet_nodes: u32,
    /// What the canister pays by.
    pub(crate) tariff: Tariff,
    pub storage: Storage,
    /// DER-encoded root public key.
    pub root_key: Arc<Vec<u8>>,
    pub environment: Arc<BTreeMap<String, String>>,
    pub global_timer: u64,
    /// Calls still unanswered, by destination: the queue to one canister holds at most
    /// [`MAX_CALLS_PER_PAIR`].
    pub calls_in_flight: Arc<BTreeMap<Principal, usize>>,
    pub instruction_limit: u64,
    /// `wasm_memory_limit` of the settings in bytes; None means the platform's own bound.
    pub heap_limit_bytes: Option<u64>,
    /// Instructions the call context has used in earlier messages (`performance_counter(1)`).
    pub context_instructions: u64,
    /// What goes wrong on purpose.
    pub sabotage: Sabotage,
}

/// What a canister occupies when a message starts, and by what it pays for more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Storage {
    /// Bytes in use.
    pub used: u64,
    /// Bytes the settings allocate; up to them growing costs nothing.
    pub allocation: u64,
    pub compute_percent: u64,
    /// The freezing threshold in seconds.
    pub freezing_seconds: u64,
    /// Cycles paid ahead, and how many they may become.
    pub reserved: u128,
    pub reserved_limit: u128,
    pub subnet: Saturation,
}

impl Storage {
    /// Bytes that are paid for once `grown` more are in use.
    pub(crate) fn charged(&self, grown: u64) -> u64 {
        self.used.saturating_add(grown).max(self.allocation)
    }
}

/// What a fault plan makes fail within one message; nothing by default. A message that is cut off
/// at an instruction has a lower [`MessageEnv::instruction_limit`] instead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sabotage {
    /// The system call, counted from 1, that traps before it does anything.
    pub system_call: Option<u64>,
    /// The growth of the heap, counted from 1, that is refused.
    pub heap_growth: Option<u64>,
    /// The growth of stable memory, counted from 1, that is refused.
    pub stable_growth: Option<u64>,
}

/// Attributes of a caller that is authenticated by a canister signature.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallerInfo {
    pub data: Vec<u8>,
    /// The canister that signed, as raw principal bytes.
    pub signer: Vec<u8>,
}

impl MessageEnv {
    /// An environment with nothing in it: no caller, no argument, no cycles, time zero, no
    /// controllers, the default instruction limit of the entry point. Set what the message has.
    pub fn new(entry: Entry, canister: Principal, subnet: Principal) -> Self {
        let instruction_limit = entry.instruction_limit();
        Self {
            entry,
            canister,
            caller: Principal::management_canister(),
            caller_info: None,
            arg: Vec::new(),
            reject: None,
            time_ns: 0,
            deadline_ns: 0,
            responded: false,
            cycles_available: 0,
            cycles_refunded: 0,
            balance: 0,
            freezing_limit: 0,
            status: RunStatus::Running,
            canister_version: 0,
            controllers: Arc::default(),
            certificate: None,
            subnet,
            subnet_nodes: fees::REFERENCE_NODES,
            tariff: Tariff::default(),
            storage: Storage::default(),
            root_key: Arc::default(),
            environment: Arc::default(),
            global_timer: 0,
            calls_in_flight: Arc::default(),
            instruction_limit,
            heap_limit_bytes: None,
            context_instructions: 0,
            sabotage: Sabotage::default(),
        }
    }
}

/// Requests between one pair of canisters that may be unanswered at a time.
pub const MAX_CALLS_PER_PAIR: usize = 500;

/// A call a message made; sent only when the message succeeds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingCall {
    pub callee: Principal,
    pub method: String,
    pub arg: Vec<u8>,
    pub cycles: u128,
    /// What the call costs beside its cycles: sending it, and the largest possible response and
    /// callback, of which the unused part is due back to the caller.
    pub fee: u128,
    pub on_reply: Callback,
    pub on_reject: Callback,
    pub on_cleanup: Option<Callback>,
    /// Some for bounded-wait calls: how long to wait before the caller is told `SYS_UNKNOWN`.
    pub timeout_seconds: Option<u32>,
}

/// The answer a message gave to its call context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    Reply(Vec<u8>),
    Reject(String),
}

/// Why a message failed; all of its effects but its logs and its instruction use are undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecutionFault {
    pub code: ErrorCode,
    pub message: String,
}

/// What a message did. On a fault every effect field is empty; `logs` and `instructions` are not.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    pub fault: Option<ExecutionFault>,
    pub response: Option<Response>,
    /// `accept_message` was called, which only `canister_inspect_message` can do.
    pub accepted: bool,
    pub cycles_accepted: u128,
    pub cycles_burned: u128,
    /// Cycles set aside for storage the message took up.
    pub cycles_reserved: u128,
    /// Cycles taken from the balance and attached to [`Outcome::calls`].
    pub cycles_sent: u128,
    /// Sum of [`OutgoingCall::fee`], also taken from the balance.
    pub call_fees: u128,
    pub calls: Vec<OutgoingCall>,
    pub certified_data: Option<Vec<u8>>,
    pub global_timer: Option<u64>,
    pub logs: Vec<String>,
    pub instructions: u64,
    /// Heap size after the message, in bytes.
    pub heap_bytes: u64,
    /// Stable memory size after the message, in 64 KiB pages.
    pub stable_pages: u64,
    /// 4 KiB stable pages this message was the first to dirty.
    pub dirty_stable_pages: u64,
}

/// Whether a successful message changes the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    Commit,
    Discard,
}
