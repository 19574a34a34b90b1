//! The doors of a canister that only tries an upgrade: no alarm is set, no call leaves.
//!
//! The flag lives on the heap of one instance: the upgrade that says so shuts the doors, and the
//! next one finds them open.

use core::cell::Cell;

/// Why a call was not sent.
pub const NOT_SENT: &str = "not sent: this canister is a copy on which an upgrade is tried";

thread_local! {
    static ON: Cell<bool> = const { Cell::new(false) };
}

/// Shuts the doors until the next upgrade.
pub fn begin() {
    ON.set(true);
}

/// True while the doors are shut.
pub fn is_on() -> bool {
    ON.get()
}
