//! The rules and the store of `registry`, on memory like a canister's. One program: each costs a
//! newcomer the compilation of everything it calls.

mod catalogue;
mod first;
mod golden;
mod migration;
mod model;
mod support;
mod transfer;
