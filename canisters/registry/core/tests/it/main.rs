//! The rules and the store of `registry`, on memory like a canister's. One program, because each
//! compiles everything it calls once more.

mod catalogue;
mod first;
mod golden;
mod migration;
mod model;
mod support;
mod transfer;
