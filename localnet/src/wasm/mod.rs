//! Checking and rewriting of canister modules before they are compiled.
//!
//! - `gzip` unpacks compressed modules,
//! - `check` applies the rules a canister module must keep and collects what the runtime needs
//!   to know about it,
//! - `exports` holds the rules for exported methods,
//! - `globals` reads the globals that snapshots show,
//! - `sections` holds the rules for custom sections,
//! - `width` tells modules with a 64-bit memory from all others,
//! - `meter` adds the weight that heavy instructions lack in the engine's table,
//! - `rewrite` exports functions, the memory, the table, the mutable globals and `start` under
//!   names of our own, so that a state can be saved, restored and rolled back exactly.

mod check;
mod exports;
mod globals;
mod gzip;
mod meter;
mod rewrite;
mod sections;
mod width;

#[cfg(test)]
mod tests;

pub(crate) use check::{Facts, check};
pub(crate) use globals::{Global, visible_globals};
pub(crate) use gzip::unpack;
pub(crate) use rewrite::{MEMORY, START, TABLE, VERSION, function_name, global_name, rewrite};
pub use sections::{CustomSection, Visibility};
pub use width::Width;

/// Largest module, unpacked, in bytes.
pub const MAX_MODULE_BYTES: usize = 100 * 1024 * 1024;
/// Largest code section in bytes.
pub const MAX_CODE_BYTES: u32 = 10 * 1024 * 1024;
/// Functions a module may declare.
pub const MAX_FUNCTIONS: usize = 50_000;
/// Globals a module may declare.
pub const MAX_GLOBALS: usize = 1_000;
/// Update, query and composite query methods a module may export.
pub const MAX_METHODS: usize = 1_000;
/// Sum of the lengths of the exported methods' names in bytes.
pub const MAX_METHOD_NAMES_BYTES: usize = 20_000;
/// Custom sections with the prefix `icp:` a module may have.
pub const MAX_CUSTOM_SECTIONS: usize = 16;
/// Sum of the names and contents of these custom sections in bytes.
pub const MAX_CUSTOM_SECTIONS_BYTES: usize = 1024 * 1024;
