//! What a canister does when others fail, are slow, or ask too much.
//!
//! Everything here is a small machine of integers that is told the time and, where one is needed,
//! a trace id in place of randomness. Whatever must outlive a message or an upgrade can be stored:
//! it encodes as a part of the record of whoever owns it. Nothing sleeps and nothing awaits; a wait
//! is a time at which a job is due (docs/adr/0017).
//!
//! | room | holds |
//! |---|---|
//! | [`failure`] | what kind of failure something is, and from which answers it follows |
//! | [`retry`] | when to try again: exponential waits, a cap, jitter from a trace id |
//! | [`recovery`] | one operation's attempts and its last ten errors |
//! | [`breaker`] | stop asking who does not answer, and find out carefully when it does |
//! | [`limiter`] | so many per time: one number per caller |
//! | [`quota`] | an allowance per principal that grows back |
//! | [`cache`] | the most recently used, and what is still fresh |
//! | [`lazy`] | computed once, until reset |
//! | [`batch`] | work in groups by size, age and instructions |
//! | [`latency`] | how long things take: nearest-rank percentiles, buckets, totals |
//! | [`outcomes`] | how often things fail, and how many there are |
//! | [`checker`] | healthy, degraded or critical, from what was seen |
//! | [`profile`] | the figures for production, development and tests |

#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::float_arithmetic,
        clippy::indexing_slicing,
        clippy::integer_division,
        clippy::string_slice,
        clippy::unwrap_used,
        clippy::wildcard_enum_match_arm
    )
)]
#![warn(missing_docs)]

pub mod batch;
pub mod breaker;
pub mod cache;
pub mod checker;
pub mod failure;
pub mod latency;
pub mod lazy;
pub mod limiter;
pub mod outcomes;
pub mod profile;
pub mod quota;
pub mod recovery;
pub mod retry;

mod ring;
