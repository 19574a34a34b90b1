//! The rules and the store of `execution`, on memory like a canister's. One program: each costs a
//! newcomer the compilation of everything it calls.

mod catalogue;
mod golden;
mod model;
mod support;
mod taking_in;
mod transfer;
mod verbs;
