//! The rules and the store of `portfolio`, on memory like a canister's. One program, because each
//! compiles everything it calls once more.

mod alarms;
mod catalogue;
mod golden;
mod headers;
mod model;
mod prices;
mod proofs;
mod reconcile;
mod support;
mod transfer;
mod utxos;
