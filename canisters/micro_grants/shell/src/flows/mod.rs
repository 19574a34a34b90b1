//! Stories over several messages: load, decide, call, and decide again with the answer.
//!
//! [`informed`] is the story of every verb that depends on what the registry knows about people.
//! The other peer this canister will call is `execution`, and the story `send_payout` comes with
//! it; until then [`crate::ports::Unwired`] stands for it.

pub mod informed;
