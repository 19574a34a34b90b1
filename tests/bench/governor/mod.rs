//! `governor`.

pub(crate) mod scenarios;
pub(crate) mod seed;
