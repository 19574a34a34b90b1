//! The engine: one configuration, one linker, and the cache of compiled modules.

use std::{path::PathBuf, sync::Arc};

use super::{Module, WasmFault};

/// How an engine is set up.
#[derive(Clone, Debug, Default)]
pub struct EngineConfig {
    /// Where compiled modules are kept between processes; None keeps them in memory only.
    pub cache_dir: Option<PathBuf>,
}

/// Compiles and runs canister modules. Clones share everything.
#[derive(Clone, Debug)]
pub struct Engine {}

impl Engine {
    /// Fails only when the machine cannot run the engine at all.
    pub fn new(_config: EngineConfig) -> Result<Self, String> {
        Ok(Self {})
    }

    /// Checks and compiles a module given as Wasm or gzip. The same bytes are compiled once.
    pub fn compile(&self, _wasm: &[u8]) -> Result<Arc<Module>, WasmFault> {
        Err(WasmFault::unsupported("anything yet"))
    }
}
