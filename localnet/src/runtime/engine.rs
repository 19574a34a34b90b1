//! The engine: for each width of memory one configuration and one linker, and the caches of
//! compiled modules.

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
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
    wasm::{self, Facts, Width},
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
    narrow: Machine,
    /// Started with the first module that has a 64-bit memory.
    wide: OnceLock<Machine>,
    /// Held while a module is compiled, so that nobody compiles it a second time meanwhile.
    cache: Mutex<Cache>,
    artifacts: Option<Artifacts>,
    /// Modules this engine compiled itself.
    compiled: AtomicU64,
    workers: Workers,
}

/// What runs modules of one width, whose instructions have their own weights.
struct Machine {
    engine: wasmtime::Engine,
    linker: Linker<Host>,
}

impl Machine {
    fn new(width: Width) -> wasmtime::Result<Self> {
        let engine = wasmtime::Engine::new(&settings(width))?;
        Ok(Self { linker: system_api::linker(&engine, width), engine })
    }
}

impl Engine {
    /// Fails when the machine cannot run the engine or the cache directory cannot be created.
    pub fn new(config: EngineConfig) -> Result<Self, String> {
        let EngineConfig { cache_dir } = config;
        let narrow = Machine::new(Width::Wasm32)
            .map_err(|error| format!("cannot start the Wasm engine: {error:#}"))?;
        let artifacts = match cache_dir {
            Some(dir) => Some(Artifacts::open(&dir, &narrow.engine).map_err(|error| {
                format!("cannot use {} for compiled modules: {error}", dir.display())
            })?),
            None => None,
        };
        let shared = Shared {
            narrow,
            wide: OnceLock::new(),
            cache: Mutex::default(),
            workers: Workers::default(),
            compiled: AtomicU64::new(0),
            artifacts,
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
        let artifacts = self.shared.artifacts.as_ref();
        let size = bytes.len() as u64;
        if let Some(kept) = artifacts
            && let Some((key, facts)) = kept.facts(&hash)
        {
            let machine = self.machine(facts.width)?;
            if let Some(code) = kept.code(&machine.engine, &key) {
                return Module::link(&machine.linker, hash, size, facts, &code);
            }
        }
        let unpacked = wasm::unpack(bytes)?;
        let facts = wasm::check(&unpacked)?;
        let machine = self.machine(facts.width)?;
        let rewritten = wasm::rewrite(&unpacked, &facts)?;
        let code = self.shared.code(&machine.engine, &hash, &rewritten, &facts)?;
        Module::link(&machine.linker, hash, size, facts, &code)
    }

    fn machine(&self, width: Width) -> Result<&Machine, WasmFault> {
        if width == Width::Wasm32 {
            return Ok(&self.shared.narrow);
        }
        if let Some(machine) = self.shared.wide.get() {
            return Ok(machine);
        }
        let machine = Machine::new(width).map_err(WasmFault::engine)?;
        Ok(self.shared.wide.get_or_init(|| machine))
    }

    /// How many modules it compiled itself.
    #[cfg(test)]
    pub(super) fn compiled(&self) -> u64 {
        self.shared.compiled.load(Ordering::Relaxed)
    }

    pub(super) fn workers(&self) -> &Workers {
        &self.shared.workers
    }
}

impl Shared {
    /// The machine code of a rewritten module, compiled when no module has led to it before.
    fn code(
        &self,
        engine: &wasmtime::Engine,
        hash: &[u8; 32],
        rewritten: &[u8],
        facts: &Facts,
    ) -> Result<wasmtime::Module, WasmFault> {
        let Some(kept) = &self.artifacts else { return self.compile(engine, rewritten) };
        let key = CodeKey::of(rewritten);
        let code = match kept.code(engine, &key) {
            Some(code) => code,
            None => self.compile_in_turn(engine, kept, &key, rewritten)?,
        };
        kept.store_facts(hash, key, facts);
        Ok(code)
    }

    /// Compiles, unless another process did so while this one waited for its turn.
    fn compile_in_turn(
        &self,
        engine: &wasmtime::Engine,
        kept: &Artifacts,
        key: &CodeKey,
        rewritten: &[u8],
    ) -> Result<wasmtime::Module, WasmFault> {
        let _turn = kept.turn();
        if let Some(code) = kept.code(engine, key) {
            return Ok(code);
        }
        let code = self.compile(engine, rewritten)?;
        kept.store_code(key, &code);
        Ok(code)
    }

    fn compile(
        &self,
        engine: &wasmtime::Engine,
        rewritten: &[u8],
    ) -> Result<wasmtime::Module, WasmFault> {
        self.compiled.fetch_add(1, Ordering::Relaxed);
        wasmtime::Module::new(engine, rewritten).map_err(WasmFault::engine)
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("artifacts", &self.shared.artifacts)
            .field("compiled", &self.shared.compiled)
            .finish_non_exhaustive()
    }
}

/// The engine's settings. All that can make two executions of a message differ is pinned here.
fn settings(width: Width) -> Config {
    let mut config = Config::new();
    config
        .consume_fuel(true)
        .operator_cost(weights(width))
        .cranelift_nan_canonicalization(true)
        // Canisters run briefly and are compiled often.
        .cranelift_opt_level(OptLevel::None)
        .max_wasm_stack(WASM_STACK_BYTES)
        // Not used, but the engine insists that it is not below the Wasm stack.
        .async_stack_size(THREAD_STACK_BYTES)
        .wasm_backtrace_max_frames(None)
        .generate_address_map(false)
        .wasm_memory64(width == Width::Wasm64)
        .wasm_multi_memory(false)
        .wasm_relaxed_simd(false)
        .wasm_wide_arithmetic(false)
        .wasm_custom_page_sizes(false);
    config
}
