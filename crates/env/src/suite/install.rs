//! What the first install and every upgrade have in common. Both trap on anything wrong, and a trap
//! here leaves the canister as it was.

use granary_kernel::{Ctx, OpenFault, Profile};
use granary_stable::log_ring::Level;

use super::{Host, access, health, state, tasks};
use crate::{Env, message, origin, rehearsal};

/// The actor of an install.
pub fn actor() -> Ctx {
    access::actor(&Env::here())
}

/// Refuses the profile for tests where real money is (C13).
pub fn check_profile(profile: Profile) {
    if profile == Profile::Testing && message::is_mainnet() {
        message::trap("install arguments: the profile Testing is refused on mainnet");
    }
}

/// Puts the opened store in its place, logs what was done to it (`installed`, `upgraded`), and
/// wakes its jobs; shuts the doors of a rehearsal, whose jobs sleep.
pub fn start<H: Host>(store: Result<H::Store, OpenFault>, ctx: &Ctx, what: &str) {
    let mut store = match store {
        Ok(store) => store,
        Err(fault) => message::trap(&fault.to_string()),
    };
    let what = if store.is_rehearsing() { "rehearses" } else { what };
    let text = format!("{what} version {}, schema {}", origin::version(), store.header().schema);
    health::log::<H>(&mut store, ctx, Level::Info, "install", "", &text);
    if store.is_rehearsing() {
        rehearsal::begin();
    } else if store.header().upgrade_count == 0 {
        tasks::begin::<H>(&mut store, ctx);
    } else {
        tasks::begin_soon::<H>(ctx);
    }
    state::put::<H>(store);
}
