//! localnet from outside: the `localnet` program driven by the unmodified `PocketIC` client, and
//! the agent interface driven by an unmodified agent.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod agent_calls;
mod agent_identities;
mod agent_state;
mod agent_versions;
mod calls;
mod canisters;
mod faults;
mod icp;
mod instances;
mod launcher;
mod live;
mod outcalls;
mod pages;
mod process;
mod state;
mod support;
mod time;
