//! Reading the state, and the few ways to change it from outside without a message.

use candid::Principal;
use pocket_ic::RejectResponse;
use sha2::{Digest, Sha256};

use super::{
    Network, Visibility, journal::Asked, rejects, topology::Topology, types::ExecutionTrace,
};
use crate::runtime::StableMemory;

impl Network {
    /// Subnets, ranges and keys.
    pub fn topology(&self) -> &Topology {
        &self.topology
    }

    /// The subnet whose ranges hold the id, whether the canister exists or not.
    pub fn subnet_of(&self, canister: Principal) -> Option<Principal> {
        self.topology.route(canister).map(|subnet| subnet.id)
    }

    /// Ids of all canisters, empty ones included, in ascending order.
    pub fn canister_ids(&self) -> Vec<Principal> {
        self.canisters.keys().copied().collect()
    }

    pub fn canister_exists(&self, canister: Principal) -> bool {
        self.canisters.contains_key(&canister)
    }

    /// None when there is no such canister.
    pub fn controllers(&self, canister: Principal) -> Option<&[Principal]> {
        self.canisters.get(&canister).map(|known| known.settings.controllers.as_slice())
    }

    /// SHA-256 of the module as it was installed; None when there is none.
    pub fn module_hash(&self, canister: Principal) -> Option<[u8; 32]> {
        Some(self.canisters.get(&canister)?.installed.as_ref()?.module().hash())
    }

    /// A custom section `icp:public <name>` or `icp:private <name>` of the module.
    pub fn metadata(&self, canister: Principal, name: &str) -> Option<(Visibility, Vec<u8>)> {
        let installed = self.canisters.get(&canister)?.installed.as_ref()?;
        let (visibility, bytes) = installed.module().custom_section(name)?;
        Some((visibility, bytes.to_vec()))
    }

    /// Names of all custom sections [`Network::metadata`] knows.
    pub fn metadata_names(&self, canister: Principal) -> Vec<String> {
        let installed = self.canisters.get(&canister).and_then(|known| known.installed.as_ref());
        installed.map_or_else(Vec::new, |installed| {
            let sections = installed.module().custom_sections();
            sections.iter().map(|section| section.name.clone()).collect()
        })
    }

    /// What the canister asked to be certified; empty when it never asked.
    pub fn certified_data(&self, canister: Principal) -> Option<&[u8]> {
        self.canisters.get(&canister).map(|known| known.certified_data.as_slice())
    }

    /// Balance in cycles.
    pub fn cycles(&self, canister: Principal) -> Option<u128> {
        self.canisters.get(&canister).map(|known| known.balance)
    }

    /// Creates cycles on a canister and answers the new balance.
    pub fn add_cycles(&mut self, canister: Principal, amount: u128) -> Option<u128> {
        self.canisters.get(&canister)?;
        self.note(|_| Asked::AddCycles(canister, amount));
        self.epoch += 1;
        self.mint(canister, amount);
        self.cycles(canister)
    }

    /// Contents of stable memory. Rejects when the canister does not exist or is empty.
    pub fn stable_memory(&self, canister: Principal) -> Result<Vec<u8>, RejectResponse> {
        let known =
            self.canisters.get(&canister).ok_or_else(|| rejects::canister_not_found(canister))?;
        let installed =
            known.installed.as_ref().ok_or_else(|| rejects::no_wasm_module(canister))?;
        Ok(installed.state.stable().to_vec())
    }

    /// Replaces stable memory, padded with zeros to whole pages.
    pub fn set_stable_memory(
        &mut self,
        canister: Principal,
        bytes: &[u8],
    ) -> Result<(), RejectResponse> {
        self.note(|_| Asked::SetStableMemory(canister, bytes.to_vec().into()));
        let known = self
            .canisters
            .get_mut(&canister)
            .ok_or_else(|| rejects::canister_not_found(canister))?;
        let installed =
            known.installed.as_mut().ok_or_else(|| rejects::no_wasm_module(canister))?;
        installed.state.set_stable(StableMemory::from_bytes(bytes));
        self.epoch += 1;
        Ok(())
    }

    /// The last executions, oldest first.
    pub fn executions(&self) -> impl DoubleEndedIterator<Item = &ExecutionTrace> {
        self.traces.iter()
    }

    /// Forgets all executions.
    pub fn clear_executions(&mut self) {
        self.traces.clear();
    }

    /// Instructions of the last execution of `entry`, such as `update transfer` or
    /// `post_upgrade`, on the canister.
    pub fn last_instructions(&self, canister: Principal, entry: &str) -> Option<u64> {
        self.traces
            .iter()
            .rev()
            .find(|trace| trace.canister == canister && trace.entry == entry)
            .map(|trace| trace.instructions)
    }

    /// Hash of what an upgrade keeps: the module and stable memory.
    pub fn state_digest(&self, canister: Principal) -> Option<[u8; 32]> {
        let known = self.canisters.get(&canister)?;
        let mut hash = Sha256::new();
        match &known.installed {
            None => hash.update(b"empty"),
            Some(installed) => {
                hash.update(installed.module().hash());
                for page in installed.state.stable().iter_pages() {
                    hash.update(page);
                }
            }
        }
        Some(hash.finalize().into())
    }
}
