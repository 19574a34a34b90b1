//! The code and the stable memory of a canister, held against what they were.

use candid::Principal;
use pocket_ic::PocketIc;

use crate::{engine::Engine, faults::Faults, world::World};

/// A canister as it was at one moment.
///
/// `localnet` compares the states itself, heap and timers included, without copying a byte; from
/// any other server the stable memory is read before and after.
#[derive(Debug)]
pub struct Untouched {
    canister: Principal,
    module: Vec<u8>,
    /// The stable memory, where the server does not compare.
    stable: Option<Vec<u8>>,
}

impl Untouched {
    /// Remembers the canister.
    pub fn now(world: &World, engine: &Engine) -> Self {
        let (canister, network) = (world.canister, world.network());
        let stable = if engine.is_localnet() {
            Faults::on(network).mark(canister);
            None
        } else {
            Some(network.get_stable_memory(canister))
        };
        Self { canister, module: world.module_hash(), stable }
    }

    /// Fails when the canister is not what it was.
    ///
    /// # Panics
    /// When code or state changed.
    #[track_caller]
    pub fn assert(self, world: &World) {
        assert_eq!(world.module_hash(), self.module, "the old code is there");
        let changes = self.changes(world.network());
        assert!(changes.is_empty(), "as it was, to the byte, but for: {changes:?}");
    }

    fn changes(self, network: &PocketIc) -> Vec<String> {
        match self.stable {
            None => Faults::on(network).changes(self.canister),
            Some(before) if before == network.get_stable_memory(self.canister) => vec![],
            Some(_) => vec!["stable memory".to_owned()],
        }
    }
}
