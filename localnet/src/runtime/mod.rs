//! Execution of one message on one canister.
//!
//! - [`Engine`] compiles modules (`engine`, `cache`, `artifact`, `deserialize`) under the Internet
//!   Computer's weights (`weights`),
//! - [`Module`] is a checked, compiled module,
//! - [`ExecutionState`] runs messages on a live instance (`state`, `instance`) whose state after a
//!   failed message is exactly the state before it (`pages`, `stable`),
//! - `workers` are the threads that have the stack for it,
//! - `limits` holds the bounds, `fault` the texts of failures.

pub mod limits;

mod artifact;
mod cache;
mod deserialize;
mod engine;
mod fault;
mod instance;
mod module;
mod pages;
mod stable;
mod state;
mod weights;
mod workers;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use engine::{Engine, EngineConfig};
pub use fault::{WasmFault, report};
pub(crate) use instance::GlobalValue;
pub use module::Module;
pub(crate) use stable::Journal;
pub use stable::{OutOfBounds, StableMemory};
pub use state::{ExecutionState, StateImage};
pub use workers::with_large_stack;

pub use crate::wasm::{CustomSection, Visibility, Width};
