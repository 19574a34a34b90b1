//! Limits, retries and breakers against plain oracles.

mod oracles;
mod properties;
