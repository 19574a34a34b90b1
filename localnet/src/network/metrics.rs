//! What a subnet tells of itself.

use candid::Principal;

use super::Network;

/// Figures of one subnet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubnetMetrics {
    pub canisters: u64,
    /// Everything its canisters occupy, in bytes.
    pub state_bytes: u64,
    /// Cycles that the canisters of the whole network consumed, deleted ones included.
    pub consumed_cycles: u128,
    /// Messages, tasks and callbacks that were executed in rounds.
    pub transactions: u64,
}

impl Network {
    /// The figures of a subnet; none when there is no such subnet.
    pub fn subnet_figures(&self, subnet: Principal) -> Option<SubnetMetrics> {
        self.topology.subnet(subnet)?;
        let own = self.canisters.values().filter(|canister| canister.subnet == subnet);
        let (canisters, state_bytes) = own
            .fold((0, 0), |(count, bytes), canister| (count + 1, bytes + canister.memory_bytes()));
        Some(SubnetMetrics {
            canisters,
            state_bytes,
            consumed_cycles: self.burned,
            transactions: self.transactions.get(&subnet).copied().unwrap_or(0),
        })
    }

    /// Counts an execution of a canister.
    pub(super) fn count_transaction(&mut self, canister: Principal) {
        if let Some(known) = self.canisters.get(&canister) {
            *self.transactions.entry(known.subnet).or_default() += 1;
        }
    }
}
