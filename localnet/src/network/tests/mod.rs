//! Tests of the network, on a small canister that executes programs it is sent.

mod basics;
mod benchmarking;
mod calls;
mod chain_keys;
mod costs;
mod cycles;
mod faults;
mod journal;
mod lifecycle;
mod management;
mod persist;
mod platform_faults;
mod properties;
mod puppet;
mod queries;
mod replays;
mod reports;
mod snapshot_data;
mod storage;
mod subnets;
mod time;
mod world;
