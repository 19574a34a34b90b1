//! Tests of the network, on a small canister that executes programs it is sent.

mod basics;
mod calls;
mod cycles;
mod faults;
mod lifecycle;
mod management;
mod persist;
mod properties;
mod puppet;
mod queries;
mod replays;
mod snapshot_data;
mod time;
mod world;
