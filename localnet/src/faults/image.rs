//! The state of a canister at one moment, to be compared with another.

use candid::Principal;

use crate::{network::Network, runtime::StateImage};

/// Code and state of a canister: all that a failed message must leave alone. Taking and comparing
/// it costs little, because memories share the pages that did not change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CanisterImage {
    module: Option<[u8; 32]>,
    memories: Option<StateImage>,
    certified_data: Vec<u8>,
    global_timer: u64,
}

impl CanisterImage {
    /// The parts in which two states differ, empty when they are equal.
    pub fn differences(&self, other: &Self) -> Vec<&'static str> {
        let (stable, heap) = match (&self.memories, &other.memories) {
            (Some(mine), Some(theirs)) => {
                (mine.stable() == theirs.stable(), mine.has_heap_of(theirs))
            }
            (mine, theirs) => (mine == theirs, mine == theirs),
        };
        let parts = [
            ("module", self.module != other.module),
            ("stable memory", !stable),
            ("heap", !heap),
            ("certified data", self.certified_data != other.certified_data),
            ("global timer", self.global_timer != other.global_timer),
        ];
        parts.into_iter().filter(|(_, differs)| *differs).map(|(part, _)| part).collect()
    }
}

impl Network {
    /// The state of a canister now; None when there is no such canister.
    pub fn canister_image(&self, canister: Principal) -> Option<CanisterImage> {
        let known = self.canisters.get(&canister)?;
        Some(CanisterImage {
            module: known.installed.as_ref().map(|installed| installed.module().hash()),
            memories: known.installed.as_ref().map(|installed| installed.state.image()),
            certified_data: known.certified_data.clone(),
            global_timer: known.global_timer,
        })
    }
}
