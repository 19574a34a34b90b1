//! localnet: an Internet Computer network in one process, for development and tests.

pub mod fees;
mod management;
pub mod message;
pub mod network;
pub mod runtime;
pub mod system_api;
pub mod wasm;
