//! Tests of the system interface.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod calling;
mod cycles;
mod information;
mod permissions;
mod requests;
mod stable;
