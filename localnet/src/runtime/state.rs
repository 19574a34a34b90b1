//! The state of one canister's code between messages.

use std::sync::Arc;

use super::{Engine, Module, StableMemory, pages::Pages};
use crate::message::{ExecutionFault, Keep, MessageEnv, Outcome};

/// Heap, globals and stable memory of a canister, without the code. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateImage {
    heap: Pages,
    stable: StableMemory,
}

impl StateImage {
    pub fn stable(&self) -> &StableMemory {
        &self.stable
    }

    /// Bytes of heap and stable memory together.
    pub fn size_bytes(&self) -> u64 {
        self.heap.len() as u64 + self.stable.size_bytes()
    }
}

/// A module together with its state, ready to execute messages.
#[derive(Debug)]
pub struct ExecutionState {
    module: Arc<Module>,
    heap: Pages,
    stable: StableMemory,
}

impl ExecutionState {
    /// The state after installation: the heap as the module declares it, its `start` function not
    /// yet run.
    pub fn new(_engine: &Engine, module: Arc<Module>, stable: StableMemory) -> Self {
        Self { module, heap: Pages::zeroed(0), stable }
    }

    /// The state an image was taken of. The module must be the one it was taken with.
    pub fn from_image(_engine: &Engine, module: Arc<Module>, image: StateImage) -> Self {
        Self { module, heap: image.heap, stable: image.stable }
    }

    /// Executes one message. The state changes only if it succeeds and `keep` is
    /// [`Keep::Commit`].
    pub fn run(&mut self, _env: MessageEnv, _keep: Keep) -> Outcome {
        let fault = ExecutionFault::trapped("execution is not built yet");
        Outcome { fault: Some(fault), ..Outcome::default() }
    }

    pub fn module(&self) -> &Arc<Module> {
        &self.module
    }

    /// Heap size in bytes.
    pub fn heap_bytes(&self) -> u64 {
        self.heap.len() as u64
    }

    pub fn stable(&self) -> &StableMemory {
        &self.stable
    }

    /// Replaces the stable memory, as tests may.
    pub fn set_stable(&mut self, stable: StableMemory) {
        self.stable = stable;
    }

    /// A copy of the state that shares its pages.
    pub fn image(&self) -> StateImage {
        StateImage { heap: self.heap.clone(), stable: self.stable.clone() }
    }
}
