//! The rules and the store of `execution`, on memory like a canister's. One program, because each
//! compiles everything it calls once more.

mod catalogue;
mod golden;
mod model;
mod support;
mod taking_in;
mod transfer;
mod verbs;
