//! What is kept in stable memory, each structure against a plain one.

mod dedup;
mod jobs;
mod journal;
mod lists;
mod log_ring;
mod migrate;
