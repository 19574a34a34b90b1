//! localnet: an Internet Computer network in one process, for development and tests.

mod activity;
mod agent;
mod bounds;
pub mod certification;
mod chain_keys;
pub mod faults;
pub mod fees;
mod gateway;
mod instance;
mod lazy_certificate;
mod listen;
mod management;
pub mod message;
pub mod network;
mod pocketic;
pub mod runtime;
pub mod server;
mod standins;
pub mod system_api;
mod tariff;
mod untrusted;
pub mod wasm;
