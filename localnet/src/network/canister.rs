//! One canister: its code and state, its settings, its balance and what is open on it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use candid::Principal;
use pocket_ic::RejectResponse;
use serde::{Deserialize, Serialize};

use super::{
    consumed::Consumed,
    context::{ContextId, Origin},
    history::History,
    logs::LogRing,
    rejects,
    settings::Settings,
};
use crate::{
    message::RunStatus,
    runtime::{ExecutionState, GlobalValue, Module, StateImage, Width},
};

/// Code and state of a canister that is not empty.
#[derive(Debug)]
pub(crate) struct Installed {
    pub(crate) state: ExecutionState,
    /// The module as it was given, for snapshots and persistence.
    pub(crate) wasm: Arc<Vec<u8>>,
}

impl Installed {
    pub(crate) fn module(&self) -> &Arc<Module> {
        self.state.module()
    }

    fn custom_section_bytes(&self) -> u64 {
        self.module().custom_sections().iter().map(|section| len(&section.content)).sum()
    }

    /// Bytes that code and state occupy.
    fn bytes(&self) -> u64 {
        self.state.heap_bytes()
            + self.state.stable().size_bytes()
            + len(&self.wasm)
            + self.custom_section_bytes()
    }
}

/// Somebody waiting for a canister to stop.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StopWaiter {
    pub(crate) origin: Origin,
    /// Cycles to hand back with the answer.
    pub(crate) refund: u128,
    pub(crate) since_ns: u64,
}

/// Whether a canister takes messages.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Status {
    Running,
    Stopping { waiters: Vec<StopWaiter> },
    Stopped,
}

/// Whether `canister_on_low_wasm_memory` is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum LowMemoryHook {
    /// Enough heap is left.
    Idle,
    /// To run before the canister's next message.
    Due,
    /// Ran; not again before enough heap is left.
    Done,
}

/// A point a canister can be taken back to.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    pub(crate) id: Vec<u8>,
    pub(crate) taken_at_ns: u64,
    pub(crate) canister_version: u64,
    pub(crate) wasm: Arc<Vec<u8>>,
    /// Compiled; None for an uploaded one, whose module may be incomplete.
    pub(crate) module: Option<Arc<Module>>,
    /// The state; of an uploaded one without its globals.
    pub(crate) image: StateImage,
    pub(crate) certified_data: Vec<u8>,
    pub(crate) chunks: BTreeMap<[u8; 32], Arc<Vec<u8>>>,
    /// None leaves the canister's as it is.
    pub(crate) global_timer: Option<u64>,
    /// None leaves the canister's as it is.
    pub(crate) low_memory: Option<LowMemoryHook>,
    /// The globals of one that was uploaded instead of taken.
    pub(crate) uploaded: Option<Vec<GlobalValue>>,
}

impl Snapshot {
    /// Bytes it occupies.
    pub(crate) fn size_bytes(&self) -> u64 {
        self.image.size_bytes() + len(&self.wasm) + len(&self.certified_data) + bytes(&self.chunks)
    }
}

/// A canister of the network.
#[derive(Debug)]
pub(crate) struct Canister {
    pub(crate) id: Principal,
    pub(crate) subnet: Principal,
    pub(crate) installed: Option<Installed>,
    pub(crate) settings: Settings,
    pub(crate) status: Status,
    pub(crate) balance: u128,
    /// Cycles set aside for storage, spent before the balance.
    pub(crate) reserved: u128,
    /// Counts changes of code, settings and state.
    pub(crate) version: u64,
    pub(crate) certified_data: Vec<u8>,
    /// Nanoseconds since 1970; 0 when no timer is set.
    pub(crate) global_timer: u64,
    pub(crate) low_memory: LowMemoryHook,
    pub(crate) history: History,
    pub(crate) logs: LogRing,
    pub(crate) chunks: BTreeMap<[u8; 32], Arc<Vec<u8>>>,
    pub(crate) snapshots: BTreeMap<Vec<u8>, Snapshot>,
    pub(crate) snapshots_taken: u64,
    /// Open call contexts, deleted ones included.
    pub(crate) contexts: BTreeSet<ContextId>,
    /// Calls without a response yet, by callee.
    pub(crate) in_flight: Arc<BTreeMap<Principal, usize>>,
    /// Until when storage and allocations are paid.
    pub(crate) paid_until_ns: u64,
    pub(crate) query_stats: QueryStats,
    pub(crate) consumed: Consumed,
}

/// What queries used since the canister was created.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct QueryStats {
    pub(crate) calls: u64,
    pub(crate) instructions: u64,
    pub(crate) request_bytes: u64,
    pub(crate) response_bytes: u64,
}

impl Canister {
    pub(crate) fn new(
        id: Principal,
        subnet: Principal,
        settings: Settings,
        balance: u128,
        now_ns: u64,
    ) -> Self {
        let mut logs = LogRing::default();
        logs.set_limit(settings.log_memory_limit);
        Self {
            id,
            subnet,
            installed: None,
            settings,
            status: Status::Running,
            balance,
            reserved: 0,
            version: 0,
            certified_data: Vec::new(),
            global_timer: 0,
            low_memory: LowMemoryHook::Idle,
            history: History::default(),
            logs,
            chunks: BTreeMap::new(),
            snapshots: BTreeMap::new(),
            snapshots_taken: 0,
            contexts: BTreeSet::new(),
            in_flight: Arc::default(),
            paid_until_ns: now_ns,
            query_stats: QueryStats::default(),
            consumed: Consumed::default(),
        }
    }

    pub(crate) fn run_status(&self) -> RunStatus {
        match self.status {
            Status::Running => RunStatus::Running,
            Status::Stopping { .. } => RunStatus::Stopping,
            Status::Stopped => RunStatus::Stopped,
        }
    }

    pub(crate) fn is_running(&self) -> bool {
        matches!(self.status, Status::Running)
    }

    /// Refuses what only a running canister takes.
    pub(crate) fn check_running(&self) -> Result<(), RejectResponse> {
        match self.status {
            Status::Running => Ok(()),
            Status::Stopping { .. } => Err(rejects::stopping(self.id)),
            Status::Stopped => Err(rejects::stopped(self.id)),
        }
    }

    /// Whether the module exports a function of this name.
    pub(crate) fn exports(&self, name: &str) -> bool {
        self.installed.as_ref().is_some_and(|installed| installed.module().has_export(name))
    }

    /// Width of the module's memory.
    pub(crate) fn width(&self) -> Width {
        self.installed.as_ref().map_or(Width::Wasm32, |installed| installed.module().width())
    }

    pub(crate) fn heap_bytes(&self) -> u64 {
        self.installed.as_ref().map_or(0, |installed| installed.state.heap_bytes())
    }

    pub(crate) fn stable_bytes(&self) -> u64 {
        self.installed.as_ref().map_or(0, |installed| installed.state.stable().size_bytes())
    }

    pub(crate) fn wasm_bytes(&self) -> u64 {
        self.installed.as_ref().map_or(0, |installed| len(&installed.wasm))
    }

    pub(crate) fn custom_section_bytes(&self) -> u64 {
        self.installed.as_ref().map_or(0, Installed::custom_section_bytes)
    }

    /// Bytes it would occupy more with other code and state.
    pub(crate) fn growth_by(&self, next: &Installed) -> u64 {
        let now = self.installed.as_ref().map_or(0, Installed::bytes);
        next.bytes().saturating_sub(now)
    }

    pub(crate) fn chunk_bytes(&self) -> u64 {
        bytes(&self.chunks)
    }

    pub(crate) fn snapshot_bytes(&self) -> u64 {
        self.snapshots.values().map(Snapshot::size_bytes).sum()
    }

    pub(crate) fn log_bytes(&self) -> u64 {
        u64::try_from(self.logs.bytes()).unwrap_or(u64::MAX)
    }

    /// Everything the canister occupies, in bytes.
    pub(crate) fn memory_bytes(&self) -> u64 {
        self.installed.as_ref().map_or(0, Installed::bytes)
            + self.history.bytes()
            + self.chunk_bytes()
            + self.snapshot_bytes()
            + self.log_bytes()
    }

    /// Bytes the canister is charged for.
    pub(crate) fn charged_bytes(&self) -> u64 {
        self.memory_bytes().max(self.settings.memory_allocation)
    }

    /// Counts one call more or less on its way to `callee`.
    pub(crate) fn call_sent(&mut self, callee: Principal) {
        *Arc::make_mut(&mut self.in_flight).entry(callee).or_default() += 1;
    }

    pub(crate) fn call_answered(&mut self, callee: Principal) {
        let in_flight = Arc::make_mut(&mut self.in_flight);
        if let Some(count) = in_flight.get_mut(&callee) {
            *count -= 1;
            if *count == 0 {
                in_flight.remove(&callee);
            }
        }
    }

    /// Decides anew whether the low memory hook is due.
    pub(crate) fn refresh_low_memory(&mut self) {
        let limit = self.settings.wasm_memory_limit;
        let threshold = self.settings.wasm_memory_threshold;
        let left = limit.saturating_sub(self.heap_bytes());
        let low = threshold > 0 && limit > 0 && self.installed.is_some() && left < threshold;
        self.low_memory = match (low, self.low_memory) {
            (false, _) => LowMemoryHook::Idle,
            (true, LowMemoryHook::Done) => LowMemoryHook::Done,
            (true, _) => LowMemoryHook::Due,
        };
    }

    /// Removes code and state; what is open stays open.
    pub(crate) fn clear_code(&mut self) {
        self.installed = None;
        self.certified_data.clear();
        self.global_timer = 0;
        self.low_memory = LowMemoryHook::Idle;
        self.logs.clear();
    }
}

fn len(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

fn bytes(chunks: &BTreeMap<[u8; 32], Arc<Vec<u8>>>) -> u64 {
    chunks.values().map(|chunk| len(chunk)).sum()
}
