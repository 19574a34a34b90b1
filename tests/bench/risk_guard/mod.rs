//! `risk_guard`.

pub(crate) mod scenarios;
pub(crate) mod seed;
