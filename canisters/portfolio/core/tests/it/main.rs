//! The rules and the store of `portfolio`, on memory like a canister's. One program: each costs a
//! newcomer the compilation of everything it calls.

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
