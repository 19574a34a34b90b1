//! The test ledger and the price feed: what the stories rely on is shown here first.
//!
//! | file | shows |
//! |---|---|
//! | [`conformance`] | the public test suite of ICRC-1 and ICRC-2, by name |
//! | [`blocks`] | ICRC-3: chain, certificate, pages |
//! | [`faults`] | every fault, and that it ends |
//! | [`life`] | upgrade, snapshot, strangers, a long log |
//! | [`prices`] | the price feed: answers, cycles, faults |

mod blocks;
mod conformance;
mod faults;
mod life;
mod prices;

use candid::Principal;
use granary_tests::{
    engine::Engine,
    ledger::{self, TestLedger},
    people::{Who, person},
};
use pocket_ic::PocketIc;

use crate::localnet;

/// What the first person has from the beginning.
const RICHES: u128 = 1_000_000_000;

fn network() -> PocketIc {
    // Built first: the server's time to live must not run out meanwhile.
    let _ = ledger::wasm();
    Engine::shared(localnet()).instance()
}

fn controller() -> Principal {
    Who::Controller.principal()
}

/// Somebody with [`RICHES`].
fn rich() -> Principal {
    person("rich")
}

/// Somebody with nothing.
fn poor() -> Principal {
    person("poor")
}

fn install(network: &PocketIc) -> TestLedger<'_> {
    let args = ledger::init_args(&[(rich().into(), RICHES)]);
    TestLedger::install(network, controller(), &args)
}
