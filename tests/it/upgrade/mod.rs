//! What an upgrade may do, and what it may never do.

mod every_index;
mod failures;
mod migration;
mod on_a_copy;
mod released;
mod timers;
