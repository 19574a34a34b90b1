//! `micro_grants`.

pub(crate) mod scenarios;
pub(crate) mod seed;
