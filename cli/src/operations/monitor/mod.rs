//! What an operator watches: every canister at one glance, and who is told when something turns.
//!
//! | room | holds |
//! |---|---|
//! | `fleet` | all canisters, read once |
//! | `findings` | what of it somebody has to look at |
//! | `watch` | what turned since the look before |
//! | `sink` | where notices go: a stream, a file, a webhook |

pub(crate) mod findings;
pub(crate) mod fleet;
pub(crate) mod sink;
pub(crate) mod watch;
