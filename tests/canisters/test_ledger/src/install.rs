//! First install and upgrade. Both refuse mainnet: this ledger gives money away.

use granary_api::test_ledger::InitArgs;
use granary_env::message;
use ic_stable_structures::DefaultMemoryImpl;

use crate::ledger::Ledger;
use crate::state;

/// Installs on empty memory.
pub fn init(args: &InitArgs) {
    refuse_mainnet();
    let now_ns = message::now().as_nanos();
    match Ledger::install(DefaultMemoryImpl::default(), args, now_ns) {
        Ok(ledger) => state::put(ledger),
        Err(reason) => message::trap(&format!("install arguments: {reason}")),
    }
}

/// Opens what is stored.
pub fn post_upgrade() {
    refuse_mainnet();
    match Ledger::open(DefaultMemoryImpl::default()) {
        Some(ledger) => state::put(ledger),
        None => message::trap("the stable memory holds no ledger"),
    }
}

fn refuse_mainnet() {
    if message::is_mainnet() {
        message::trap("this ledger is for tests and refuses mainnet");
    }
}
