//! localnet from outside: the `localnet` program driven by the unmodified `PocketIC` client, and
//! the agent interface driven by an unmodified agent.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod agent_calls;
mod agent_identities;
mod agent_state;
mod agent_versions;
mod calls;
mod canister_signatures;
mod canisters;
mod durable;
mod faults;
mod hostile;
mod icp;
mod instances;
mod launcher;
mod live;
mod outcalls;
mod pages;
mod process;
mod rest;
mod state;
mod subnets;
mod support;
mod time;
