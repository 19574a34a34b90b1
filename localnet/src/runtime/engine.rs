//! The engine: one configuration, one linker, and the caches of compiled modules.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use sha2::{Digest, Sha256};
use wasmtime::{Config, Linker, OptLevel};

use super::{
    Module, WasmFault,
    artifact::{Artifacts, CodeKey},
    cache::Cache,
    limits::{THREAD_STACK_BYTES, WASM_STACK_BYTES},
    weights::weights,
    workers::Workers,
};
use crate::{
    system_api::{self, Host},
    wasm::{self, Facts},
};

/// How an engine is set up.
#[derive(Clone, Debug, Default)]
pub struct EngineConfig {
    /// Where compiled modules are kept between processes; None keeps them in memory only.
    pub cache_dir: Option<PathBuf>,
}

/// Compiles and runs canister modules. Clones share everything.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

struct Shared {
    engine: wasmtime::Engine,
    linker: Linker<Host>,
    /// Held while a module is compiled, so that nobody compiles it a second time meanwhile.
    cache: Mutex<Cache>,
    artifacts: Option<Artifacts>,
    workers: Workers,
}

impl Engine {
    /// Fails when the machine cannot run the engine or the cache directory cannot be created.
    pub fn new(config: EngineConfig) -> Result<Self, String> {
        let EngineConfig { cache_dir } = config;
        let engine = wasmtime::Engine::new(&settings())
            .map_err(|error| format!("cannot start the Wasm engine: {error:#}"))?;
        let artifacts = match cache_dir {
            Some(dir) => Some(Artifacts::open(&dir, &engine).map_err(|error| {
                format!("cannot use {} for compiled modules: {error}", dir.display())
            })?),
            None => None,
        };
        let shared = Shared {
            linker: system_api::linker(&engine),
            cache: Mutex::default(),
            workers: Workers::default(),
            artifacts,
            engine,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Checks and compiles a module given as Wasm or gzip. The same bytes are compiled once.
    pub fn compile(&self, bytes: &[u8]) -> Result<Arc<Module>, WasmFault> {
        let hash: [u8; 32] = Sha256::digest(bytes).into();
        let mut cache = self.shared.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(module) = cache.get(&hash) {
            return Ok(module);
        }
        let module = Arc::new(self.load_or_build(hash, bytes)?);
        cache.insert(module.clone());
        Ok(module)
    }

    fn load_or_build(&self, hash: [u8; 32], bytes: &[u8]) -> Result<Module, WasmFault> {
        let Shared { engine, linker, artifacts, .. } = &*self.shared;
        let size = bytes.len() as u64;
        if let Some(kept) = artifacts
            && let Some((key, facts)) = kept.facts(&hash)
            && let Some(code) = kept.code(engine, &key)
        {
            return Module::link(linker, hash, size, facts, &code);
        }
        let unpacked = wasm::unpack(bytes)?;
        let facts = wasm::check(&unpacked)?;
        let code = self.load_or_compile(&hash, &wasm::rewrite(&unpacked, &facts)?, &facts)?;
        Module::link(linker, hash, size, facts, &code)
    }

    /// The machine code of a rewritten module, compiled when no module has led to it before.
    fn load_or_compile(
        &self,
        hash: &[u8; 32],
        rewritten: &[u8],
        facts: &Facts,
    ) -> Result<wasmtime::Module, WasmFault> {
        let Shared { engine, artifacts, .. } = &*self.shared;
        let compile = || wasmtime::Module::new(engine, rewritten).map_err(WasmFault::engine);
        let Some(kept) = artifacts else { return compile() };
        let key = CodeKey::of(rewritten);
        let code = match kept.code(engine, &key) {
            Some(code) => code,
            None => {
                let code = compile()?;
                kept.store_code(&key, &code);
                code
            }
        };
        kept.store_facts(hash, key, facts);
        Ok(code)
    }

    pub(super) fn workers(&self) -> &Workers {
        &self.shared.workers
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("artifacts", &self.shared.artifacts).finish_non_exhaustive()
    }
}

/// The engine's settings. All that can make two executions of a message differ is pinned here.
fn settings() -> Config {
    let mut config = Config::new();
    config
        .consume_fuel(true)
        .operator_cost(weights())
        .cranelift_nan_canonicalization(true)
        // Canisters run briefly and are compiled often.
        .cranelift_opt_level(OptLevel::None)
        .max_wasm_stack(WASM_STACK_BYTES)
        // Not used, but the engine insists that it is not below the Wasm stack.
        .async_stack_size(THREAD_STACK_BYTES)
        .wasm_backtrace_max_frames(None)
        .generate_address_map(false)
        .wasm_memory64(false)
        .wasm_multi_memory(false)
        .wasm_relaxed_simd(false)
        .wasm_wide_arithmetic(false)
        .wasm_custom_page_sizes(false);
    config
}
