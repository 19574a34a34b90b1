//! The rules and the store of `micro_grants`, on memory like a canister's. One program: each costs a
//! newcomer the compilation of everything it calls.

mod catalogue;
mod golden;
mod migration;
mod model;
mod size;
mod support;
mod transfer;
