//! Stories over several messages: load, decide, record the intent, call, settle. What an answer
//! leads to is decided over the state at the time of the answer.

pub mod reconcile;
pub mod refresh_price;
