//! What cycles of canisters went into, as `canister_metrics` tells it.

use candid::{Nat, Principal};
use ic_management_canister_types as mg;
use serde::{Deserialize, Serialize};

use super::Network;

/// What cycles can go into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UseCase {
    Memory,
    ComputeAllocation,
    Ingress,
    Instructions,
    /// Requests and responses between canisters.
    Transmission,
    /// The rest of a balance that was too small for the canister's storage.
    Uninstall,
    Creation,
    HttpOutcalls,
    /// `cycles_burn128`.
    Burned,
}

/// What one canister has consumed since it exists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Consumed {
    memory: u128,
    compute_allocation: u128,
    ingress: u128,
    instructions: u128,
    transmission: u128,
    uninstall: u128,
    creation: u128,
    http_outcalls: u128,
    burned: u128,
}

impl Consumed {
    fn add(&mut self, use_case: UseCase, amount: u128) {
        let counter = match use_case {
            UseCase::Memory => &mut self.memory,
            UseCase::ComputeAllocation => &mut self.compute_allocation,
            UseCase::Ingress => &mut self.ingress,
            UseCase::Instructions => &mut self.instructions,
            UseCase::Transmission => &mut self.transmission,
            UseCase::Uninstall => &mut self.uninstall,
            UseCase::Creation => &mut self.creation,
            UseCase::HttpOutcalls => &mut self.http_outcalls,
            UseCase::Burned => &mut self.burned,
        };
        *counter = counter.saturating_add(amount);
    }

    pub(crate) fn total(&self) -> u128 {
        let Self {
            memory,
            compute_allocation,
            ingress,
            instructions,
            transmission,
            uninstall,
            creation,
            http_outcalls,
            burned,
        } = *self;
        let fees = memory + compute_allocation + ingress + instructions + transmission;
        fees + uninstall + creation + http_outcalls + burned
    }

    /// The form the management canister reports.
    pub(crate) fn reported(&self) -> mg::CyclesConsumed {
        mg::CyclesConsumed {
            memory: Nat::from(self.memory),
            compute_allocation: Nat::from(self.compute_allocation),
            ingress_induction: Nat::from(self.ingress),
            instructions: Nat::from(self.instructions),
            request_and_response_transmission: Nat::from(self.transmission),
            uninstall: Nat::from(self.uninstall),
            canister_creation: Nat::from(self.creation),
            http_outcalls: Nat::from(self.http_outcalls),
            burned_cycles: Nat::from(self.burned),
        }
    }
}

impl Network {
    /// Destroys cycles that were a canister's and says what for.
    pub(crate) fn consume(&mut self, canister: Principal, use_case: UseCase, amount: u128) {
        self.burn(amount);
        if let Some(known) = self.canisters.get_mut(&canister) {
            known.consumed.add(use_case, amount);
        }
    }
}
