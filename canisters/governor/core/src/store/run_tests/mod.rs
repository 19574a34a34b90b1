//! Runs from their first question to their last, against a fleet in memory: whatever is refused,
//! lost or late on the way, all canisters end with the new code or with the old, and all run.

mod faults;
mod fleet;
mod kinds;
mod rehearse;
mod release;
mod world;

/// True when every fault is tried at every call, instead of one after the other.
fn all_faults() -> bool {
    std::env::var_os("GRANARY_FAULTS").is_some_and(|value| value == "all")
}
