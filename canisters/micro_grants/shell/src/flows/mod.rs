//! Stories over several messages: load, decide, record the intent, call, settle.
//!
//! There is none yet: the only peer this canister will call is `execution`, and the story
//! `send_payout` comes with it. Until then [`crate::ports::Unwired`] stands for it.
