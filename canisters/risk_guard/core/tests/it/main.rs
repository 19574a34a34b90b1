//! The rules and the store of `risk_guard`, on memory like a canister's. One program: each costs a
//! newcomer the compilation of everything it calls.

mod catalogue;
mod course;
mod golden;
mod model;
mod support;
mod transfer;
