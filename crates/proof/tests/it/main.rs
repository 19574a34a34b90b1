//! Trees, blocks and statements, as others compute them.

mod bitcoin;
mod statement;
mod trees;
