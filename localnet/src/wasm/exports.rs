//! Rules for what a canister module exports.

use std::collections::BTreeMap;

use super::{MAX_METHOD_NAMES_BYTES, MAX_METHODS, rewrite::OWN_PREFIX};
use crate::runtime::WasmFault;

/// Entry points besides methods.
const ENTRY_POINTS: [&str; 7] = [
    "canister_init",
    "canister_inspect_message",
    "canister_pre_upgrade",
    "canister_post_upgrade",
    "canister_heartbeat",
    "canister_on_low_wasm_memory",
    "canister_global_timer",
];

/// Kinds of methods; the name follows after one space.
const METHODS: [&str; 3] = ["canister_update ", "canister_query ", "canister_composite_query "];

/// Collects the exported functions of a module and holds them to the rules.
#[derive(Debug, Default)]
pub(super) struct Exports {
    functions: BTreeMap<String, u32>,
    methods: BTreeMap<String, &'static str>,
    method_name_bytes: usize,
}

impl Exports {
    /// Adds an exported function; `plain` tells that it takes and returns nothing.
    pub(super) fn function(&mut self, name: &str, plain: bool) -> Result<(), WasmFault> {
        own_name(name)?;
        if name.starts_with("canister_") {
            self.entry_point(name)?;
            if !plain {
                return Err(fault(format_args!(
                    "The function \"{name}\" must take and return nothing."
                )));
            }
        }
        let position = u32::try_from(self.functions.len()).map_err(WasmFault::undecodable)?;
        self.functions.insert(name.into(), position);
        Ok(())
    }

    /// Adds an export that is no function.
    pub(super) fn other(name: &str) -> Result<(), WasmFault> {
        own_name(name)
    }

    fn entry_point(&mut self, name: &str) -> Result<(), WasmFault> {
        if ENTRY_POINTS.contains(&name) {
            return Ok(());
        }
        let Some(kind) = METHODS.iter().find(|kind| name.starts_with(**kind)) else {
            return Err(fault(format_args!(
                "The name \"{name}\" is reserved: it starts with \"canister_\" and is no known \
                 entry point."
            )));
        };
        let method = &name[kind.len()..];
        if let Some(other) = self.methods.insert(method.into(), kind) {
            return Err(fault(format_args!(
                "The method \"{method}\" is exported as both \"{}\" and \"{}\".",
                other.trim_end(),
                kind.trim_end()
            )));
        }
        self.method_name_bytes += method.len();
        if self.methods.len() > MAX_METHODS {
            return Err(fault(format_args!("More than {MAX_METHODS} methods are exported.")));
        }
        if self.method_name_bytes > MAX_METHOD_NAMES_BYTES {
            return Err(fault(format_args!(
                "The names of the exported methods add up to more than \
                 {MAX_METHOD_NAMES_BYTES} bytes."
            )));
        }
        Ok(())
    }

    pub(super) fn into_functions(self) -> BTreeMap<String, u32> {
        self.functions
    }
}

/// The runtime exports parts of the module under this prefix, so no canister may.
fn own_name(name: &str) -> Result<(), WasmFault> {
    if name.starts_with(OWN_PREFIX) {
        return Err(fault(format_args!("The prefix \"{OWN_PREFIX}\" is reserved by localnet.")));
    }
    Ok(())
}

fn fault(reason: std::fmt::Arguments<'_>) -> WasmFault {
    WasmFault::invalid(format_args!("Wasm module has an invalid export section. {reason}"))
}
