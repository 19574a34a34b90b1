//! The state of one canister's code between messages, and the execution of a message on it.

use std::sync::Arc;

use pocket_ic::ErrorCode;
use wasmtime::Trap;

use super::{
    Engine, Module, StableMemory,
    instance::{GlobalValue, Live, Target},
    limits::WASM_PAGE_BYTES,
    pages::Pages,
};
use crate::{
    message::{Entry, ExecutionFault, Keep, MessageEnv, Outcome},
    system_api::{Host, heap_limit},
    wasm::START,
};

/// Heap, globals and stable memory of a canister, without the code. Cheap to clone: memories
/// share their pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateImage {
    /// Heap and globals; None until a message first ran, while they are as the module says.
    heap: Option<HeapImage>,
    stable: StableMemory,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct HeapImage {
    pages: Pages,
    globals: Vec<GlobalValue>,
}

impl StateImage {
    pub fn stable(&self) -> &StableMemory {
        &self.stable
    }

    /// Whether heap and globals are equal.
    pub fn has_heap_of(&self, other: &Self) -> bool {
        self.heap == other.heap
    }

    /// Content of the heap; None while it is still as the module declares it.
    pub fn heap(&self) -> Option<Vec<u8>> {
        self.heap.as_ref().map(|heap| heap.pages.iter().flatten().copied().collect())
    }

    /// Heap and globals for storage; None while they are still as the module declares them.
    pub(crate) fn heap_parts(&self) -> Option<(Vec<u8>, Vec<GlobalValue>)> {
        Some((self.heap()?, self.heap.as_ref()?.globals.clone()))
    }

    /// Inverse of [`StateImage::heap_parts`] and [`StateImage::stable`].
    pub(crate) fn from_parts(
        heap: Option<(Vec<u8>, Vec<GlobalValue>)>,
        stable: StableMemory,
    ) -> Self {
        let heap =
            heap.map(|(bytes, globals)| HeapImage { pages: Pages::from_bytes(&bytes), globals });
        Self { heap, stable }
    }

    /// Memories of so many pages, all zero, and no globals.
    pub(crate) fn zeroed(heap_pages: u64, stable_pages: u64) -> Self {
        let pages = Pages::zeroed(usize::try_from(heap_pages).unwrap_or(usize::MAX));
        let mut stable = StableMemory::new();
        stable.grow(stable_pages);
        Self { heap: Some(HeapImage { pages, globals: Vec::new() }), stable }
    }

    /// The same with other globals.
    pub(crate) fn with_globals(&self, globals: Vec<GlobalValue>) -> Self {
        let mut image = self.clone();
        if let Some(heap) = &mut image.heap {
            heap.globals = globals;
        }
        image
    }

    /// Values of the mutable globals; none while they are still as the module declares them.
    pub(crate) fn globals(&self) -> &[GlobalValue] {
        self.heap.as_ref().map_or(&[], |heap| &heap.globals)
    }

    pub(crate) fn heap_bytes(&self) -> u64 {
        self.heap.as_ref().map_or(0, |heap| heap.pages.len() as u64)
    }

    /// Bytes of the heap; the range must lie inside.
    pub(crate) fn read_heap(&self, offset: usize, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        if let Some(heap) = &self.heap {
            heap.pages.read(offset, &mut bytes);
        }
        bytes
    }

    /// Replaces bytes of the heap; the range must lie inside.
    pub(crate) fn write_heap(&mut self, offset: usize, bytes: &[u8]) {
        if let Some(heap) = &mut self.heap {
            heap.pages.write(offset, bytes);
        }
    }

    /// Replaces bytes of stable memory; beyond its end nothing happens.
    pub(crate) fn write_stable(&mut self, offset: u64, bytes: &[u8]) {
        let written = self.stable.write(offset, bytes);
        debug_assert!(written.is_ok(), "the range was checked before");
    }

    /// Bytes of heap and stable memory together.
    pub fn size_bytes(&self) -> u64 {
        let heap = self.heap.as_ref().map_or(0, |heap| heap.pages.len() as u64);
        heap + self.stable.size_bytes()
    }
}

/// A module together with its state, ready to execute messages.
#[derive(Debug)]
pub struct ExecutionState {
    engine: Engine,
    /// Absent only while a message runs.
    inner: Option<Box<Inner>>,
}

struct Inner {
    module: Arc<Module>,
    image: StateImage,
    /// An instance in exactly the state of `image`, if there is one.
    live: Option<Live>,
}

impl ExecutionState {
    /// The state after installation: the heap as the module declares it, its `start` function not
    /// yet run.
    pub fn new(engine: &Engine, module: Arc<Module>, stable: StableMemory) -> Self {
        Self::from_image(engine, module, StateImage { heap: None, stable })
    }

    /// The state an image was taken of. The module must be the one it was taken with.
    pub fn from_image(engine: &Engine, module: Arc<Module>, image: StateImage) -> Self {
        let inner = Inner { module, image, live: None };
        Self { engine: engine.clone(), inner: Some(Box::new(inner)) }
    }

    /// The state of an upgrade that keeps the heap: the heap of `image` under another module, whose
    /// globals start as it declares them. Its data segments are not written, and a heap smaller
    /// than it declares is extended with zeros.
    pub(crate) fn keeping_heap(
        engine: &Engine,
        module: Arc<Module>,
        mut image: StateImage,
    ) -> Result<Self, ExecutionFault> {
        if let Some(heap) = &mut image.heap {
            let mut fresh = Live::fresh(&module).map_err(|error| fault_of(&error, u64::MAX))?;
            heap.globals = fresh.globals();
            let declared = usize::try_from(fresh.heap_pages()).unwrap_or(usize::MAX);
            heap.pages.resize(heap.pages.count().max(declared));
        }
        Ok(Self::from_image(engine, module, image))
    }

    /// Whether a state from outside can be one of the module: sizes and types of globals fit.
    pub(crate) fn check(module: &Module, image: &StateImage) -> Result<(), String> {
        let Some(heap) = &image.heap else { return Ok(()) };
        let declared = module.facts().memory_pages;
        let pages = heap.pages.count() as u64;
        let most = declared.map_or(0, |_| module.width().max_heap_pages());
        if pages < declared.unwrap_or(0) || pages > most {
            return Err(format!("the module cannot have a heap of {pages} pages"));
        }
        match Live::restored(module, &heap.pages, &heap.globals) {
            Ok(live) if live.globals_count() == heap.globals.len() => Ok(()),
            Ok(_) => Err("the number of globals is not the module's".to_owned()),
            Err(error) => Err(format!("{error:#}")),
        }
    }

    /// Executes one message. The state changes only if it succeeds and `keep` is
    /// [`Keep::Commit`]. An entry point the module does not export succeeds without doing
    /// anything, except that a missing method is a fault.
    pub fn run(&mut self, env: MessageEnv, keep: Keep) -> Outcome {
        let mut inner = self.inner.take().expect("messages of one canister run one after another");
        let (inner, outcome) = self.engine.workers().run(move || {
            let outcome = inner.run(env, keep);
            (inner, outcome)
        });
        self.inner = Some(inner);
        outcome
    }

    pub fn module(&self) -> &Arc<Module> {
        &self.inner().module
    }

    /// Heap size in bytes.
    pub fn heap_bytes(&self) -> u64 {
        self.inner().heap_bytes()
    }

    pub fn stable(&self) -> &StableMemory {
        &self.inner().image.stable
    }

    /// Replaces the stable memory, outside of any message.
    pub fn set_stable(&mut self, stable: StableMemory) {
        let inner = self.inner.as_mut().expect("no message is running");
        inner.image.stable = stable;
    }

    /// A copy of the state that shares its pages.
    pub fn image(&self) -> StateImage {
        self.inner().image.clone()
    }

    fn inner(&self) -> &Inner {
        self.inner.as_ref().expect("no message is running")
    }
}

impl Clone for ExecutionState {
    /// The copy shares all pages until one of the two writes.
    fn clone(&self) -> Self {
        Self::from_image(&self.engine, self.module().clone(), self.image())
    }
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inner")
            .field("module", &self.module)
            .field("image", &self.image)
            .finish_non_exhaustive()
    }
}

impl Inner {
    fn heap_bytes(&self) -> u64 {
        match &self.image.heap {
            Some(heap) => heap.pages.len() as u64,
            None => self.module.facts().memory_pages.unwrap_or(0) * WASM_PAGE_BYTES,
        }
    }

    fn run(&mut self, env: MessageEnv, keep: Keep) -> Outcome {
        let target = match self.target(&env) {
            // There is nothing to run, and the heap is not waiting to be initialised either.
            Ok(Target::Nothing) if self.image.heap.is_some() => return self.unchanged(None),
            Ok(target) => target,
            Err(fault) => return self.unchanged(Some(fault)),
        };
        let live = match self.live.take() {
            Some(live) => Ok(live),
            None => match &self.image.heap {
                Some(heap) => Live::restored(&self.module, &heap.pages, &heap.globals),
                None => Live::fresh(&self.module),
            },
        };
        match live {
            Ok(live) => self.execute(live, &target, env, keep),
            Err(error) => self.unchanged(Some(fault_of(&error, env.instruction_limit))),
        }
    }

    /// The function to enter by, unless the message must not run at all.
    fn target(&self, env: &MessageEnv) -> Result<Target, ExecutionFault> {
        if let Some(limit) = heap_limit(env)
            && self.heap_bytes() > limit
        {
            return Err(ExecutionFault::heap_limit(limit, self.heap_bytes()));
        }
        let method = |kind: &str, method: &str| {
            let name = format!("canister_{kind} {method}");
            let missing = || ExecutionFault::no_method(kind, method);
            self.module.code_name(&name).map(Target::Export).ok_or_else(missing)
        };
        let name = match &env.entry {
            Entry::Update { method: name } => return method("update", name),
            Entry::Query { method: name, .. } | Entry::HttpTransform { method: name } => {
                return method("query", name);
            }
            Entry::CompositeQuery { method: name } => return method("composite_query", name),
            Entry::Reply { callback, .. }
            | Entry::Reject { callback, .. }
            | Entry::Cleanup { callback, .. } => return Ok(Target::Callback(*callback)),
            Entry::Start => {
                let start = self.module.facts().start.map(|_| Target::Export(START.into()));
                return Ok(start.unwrap_or(Target::Nothing));
            }
            Entry::Init => "canister_init",
            Entry::PreUpgrade => "canister_pre_upgrade",
            Entry::PostUpgrade => "canister_post_upgrade",
            Entry::InspectMessage { .. } => "canister_inspect_message",
            Entry::Heartbeat => "canister_heartbeat",
            Entry::GlobalTimer => "canister_global_timer",
            Entry::LowWasmMemory => "canister_on_low_wasm_memory",
        };
        Ok(self.module.code_name(name).map_or(Target::Nothing, Target::Export))
    }

    /// The outcome of a message that did not run.
    fn unchanged(&self, fault: Option<ExecutionFault>) -> Outcome {
        Outcome {
            fault,
            heap_bytes: self.heap_bytes(),
            stable_pages: self.image.stable.size_pages(),
            ..Outcome::default()
        }
    }

    fn execute(&mut self, live: Live, target: &Target, env: MessageEnv, keep: Keep) -> Outcome {
        let limit = env.instruction_limit;
        let stable = std::mem::take(&mut self.image.stable);
        let mut live = live;
        let (result, mut host, fuel) = live.execute(target, Host::new(env, stable));
        let instructions = host.instructions(fuel);
        let mut effects = std::mem::take(&mut host.effects);
        let outcome = match result {
            Ok(()) => {
                effects.instructions = instructions;
                effects.heap_bytes = live.heap_pages() * WASM_PAGE_BYTES;
                effects.stable_pages = host.stable.size_pages();
                effects.dirty_stable_pages = host.journal.dirty_units();
                effects
            }
            Err(error) => {
                let fault = fault_of(&error, limit);
                let exhausted = fault.code == ErrorCode::CanisterInstructionLimitExceeded;
                let mut logs = effects.logs;
                logs.extend(log_line(&fault));
                let instructions = if exhausted { limit } else { instructions };
                Outcome { logs, instructions, ..self.unchanged(Some(fault)) }
            }
        };
        if keep == Keep::Commit && outcome.fault.is_none() {
            self.commit(live, host);
        } else {
            self.roll_back(live, host);
            if outcome.fault.is_some() {
                let stable_pages = self.image.stable.size_pages();
                return Outcome { stable_pages, ..outcome };
            }
        }
        outcome
    }

    /// Makes what the message left behind the state.
    fn commit(&mut self, mut live: Live, host: Host) {
        self.image.stable = host.stable;
        let globals = live.globals();
        let mut pages = self.image.heap.take().map(|heap| heap.pages).unwrap_or_default();
        pages.pull(live.heap());
        self.image.heap = Some(HeapImage { pages, globals });
        self.keep_alive(live);
    }

    /// Makes everything what it was before the message.
    fn roll_back(&mut self, mut live: Live, host: Host) {
        let Host { mut stable, journal, .. } = host;
        journal.undo(&mut stable);
        self.image.stable = stable;
        // A heap cannot shrink; one that grew, or has no image yet, needs a new instance.
        let Some(heap) = &self.image.heap else { return };
        if live.heap_pages() == heap.pages.count() as u64
            && live.reset(&heap.pages, &heap.globals).is_ok()
        {
            self.keep_alive(live);
        }
    }

    fn keep_alive(&mut self, live: Live) {
        if !self.module.facts().fresh_each_message {
            self.live = Some(live);
        }
    }
}

/// What the canister's log says about a failed message. `ic0.trap` has logged its own words.
fn log_line(fault: &ExecutionFault) -> Option<String> {
    let reason = fault.message.strip_prefix("Canister trapped: ")?;
    Some(format!("[TRAP]: {reason}"))
}

/// What a message failed of, from what the engine says.
fn fault_of(error: &wasmtime::Error, limit: u64) -> ExecutionFault {
    if let Some(fault) = error.downcast_ref::<ExecutionFault>() {
        return fault.clone();
    }
    let Some(trap) = error.downcast_ref::<Trap>() else {
        return ExecutionFault::new(
            ErrorCode::CanisterWasmEngineError,
            format!("Canister encountered a Wasm engine error: {error:#}"),
        );
    };
    match trap {
        Trap::OutOfFuel => ExecutionFault::instruction_limit(limit),
        Trap::StackOverflow => ExecutionFault::trapped("stack overflow"),
        Trap::MemoryOutOfBounds => ExecutionFault::trapped("heap out of bounds"),
        Trap::TableOutOfBounds => ExecutionFault::trapped("table out of bounds"),
        Trap::IntegerDivisionByZero => ExecutionFault::trapped("integer division by 0"),
        Trap::UnreachableCodeReached => ExecutionFault::trapped("unreachable"),
        Trap::IndirectCallToNull => ExecutionFault::trapped("uninitialized table element"),
        Trap::BadSignature => ExecutionFault::trapped("indirect call type mismatch"),
        Trap::IntegerOverflow => ExecutionFault::trapped("integer overflow"),
        Trap::BadConversionToInteger => ExecutionFault::trapped("invalid conversion to integer"),
        other => ExecutionFault::trapped(other),
    }
}
