//! The rules and the store of `micro_grants`, on memory like a canister's. One program, because
//! each compiles everything it calls once more.

mod catalogue;
mod golden;
mod migration;
mod model;
mod size;
mod support;
mod transfer;
