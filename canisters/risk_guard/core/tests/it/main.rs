//! The rules and the store of `risk_guard`, on memory like a canister's. One program, because each
//! compiles everything it calls once more.

mod catalogue;
mod course;
mod golden;
mod model;
mod support;
mod transfer;
