//! A checked and compiled canister module.

use wasmtime::{InstancePre, Linker};

use super::{CustomSection, Visibility, WasmFault};
use crate::{
    system_api::Host,
    wasm::{Facts, Width, function_name},
};

/// A canister module that passed every check and is ready to run.
pub struct Module {
    hash: [u8; 32],
    wasm_size: u64,
    facts: Facts,
    code: InstancePre<Host>,
}

impl Module {
    /// Puts machine code and facts together.
    pub(super) fn link(
        linker: &Linker<Host>,
        hash: [u8; 32],
        wasm_size: u64,
        facts: Facts,
        code: &wasmtime::Module,
    ) -> Result<Self, WasmFault> {
        let code = linker.instantiate_pre(code).map_err(WasmFault::engine)?;
        Ok(Self { hash, wasm_size, facts, code })
    }

    /// SHA-256 of the bytes as they were given, compressed or not.
    pub fn hash(&self) -> [u8; 32] {
        self.hash
    }

    /// Length of the bytes as they were given.
    pub fn wasm_size(&self) -> u64 {
        self.wasm_size
    }

    /// Instructions the module contains, by which compiling it is charged.
    pub fn instruction_count(&self) -> u64 {
        self.facts.instruction_count
    }

    pub fn has_update(&self, method: &str) -> bool {
        self.has_export(&format!("canister_update {method}"))
    }

    pub fn has_query(&self, method: &str) -> bool {
        self.has_export(&format!("canister_query {method}"))
    }

    pub fn has_composite_query(&self, method: &str) -> bool {
        self.has_export(&format!("canister_composite_query {method}"))
    }

    /// Whether the module exports a function under exactly this name, such as
    /// `canister_heartbeat`.
    pub fn has_export(&self, name: &str) -> bool {
        self.facts.functions.contains_key(name)
    }

    /// Under which name the machine code has the function exported as `name`.
    pub(super) fn code_name(&self, name: &str) -> Option<String> {
        self.facts.functions.get(name).copied().map(function_name)
    }

    /// Names of the exported functions, in order.
    pub fn exported_functions(&self) -> impl Iterator<Item = &str> {
        self.facts.functions.keys().map(String::as_str)
    }

    /// The custom section of this name, without its `icp:` prefix.
    pub fn custom_section(&self, name: &str) -> Option<(Visibility, &[u8])> {
        let section = self.custom_sections().iter().find(|section| section.name == name)?;
        Some((section.visibility, &section.content))
    }

    pub fn custom_sections(&self) -> &[CustomSection] {
        &self.facts.custom_sections
    }

    /// Width of its memory.
    pub fn width(&self) -> Width {
        self.facts.width
    }

    pub(super) fn facts(&self) -> &Facts {
        &self.facts
    }

    pub(super) fn code(&self) -> &InstancePre<Host> {
        &self.code
    }
}

impl std::fmt::Debug for Module {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Module")
            .field("hash", &hex::encode(self.hash))
            .field("wasm_size", &self.wasm_size)
            .finish_non_exhaustive()
    }
}
