//! Execution of one message on one canister: engine, compiled modules, limits, and a live instance
//! whose state after a failed message is exactly the state before it.

pub mod limits;

mod engine;
mod fault;
mod module;
mod pages;
mod stable;
mod state;

pub use engine::{Engine, EngineConfig};
pub use fault::{WasmFault, report};
pub use module::{CustomSection, Module, Visibility};
pub use stable::{OutOfBounds, StableMemory};
pub use state::{ExecutionState, StateImage};
