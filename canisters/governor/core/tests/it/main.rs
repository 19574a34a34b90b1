//! The rules and the store of `governor`, on memory like a canister's. One program, because each
//! compiles everything it calls once more.

mod catalogue;
mod golden;
mod model;
mod support;
mod transfer;
mod verbs;
