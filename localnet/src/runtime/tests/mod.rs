//! Tests of execution: instruction counts, rollback, faults, modules and memories.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod caching;
mod counts;
mod execution;
mod faults;
mod memories;
mod rollback;
mod wide;
