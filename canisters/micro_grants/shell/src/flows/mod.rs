//! Stories over several messages: load, decide, call, and decide again with the answer.
//!
//! [`informed`] is the story of every verb that depends on what the registry knows about people,
//! [`payout`] that of a queued payout on its way through `execution`.

pub mod informed;
pub mod payout;
