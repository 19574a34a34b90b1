//! Storage of subnets: how much of it is in use, and what canisters pay ahead for more.

use candid::Principal;
use pocket_ic::{ErrorCode, RejectResponse};

use super::{
    Network,
    canister::Canister,
    consumed::UseCase,
    rejects::{self, reject},
};
use crate::{
    fees::Saturation,
    message::{Entry, Storage},
};

/// Why a canister cannot have more storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shortage {
    /// The subnet is full.
    Room { wanted: u64, left: u64 },
    /// Cycles are missing.
    Cycles { missing: u128 },
    /// More would be paid ahead than the settings allow.
    Reserve { limit: u128, excess: u128 },
}

impl Shortage {
    /// The refusal of something that takes up `bytes` more.
    pub(crate) fn of_growth(self, bytes: u64) -> RejectResponse {
        let start = format!("Canister cannot grow memory by {bytes} bytes due to");
        match self {
            Self::Room { wanted, left } => oversubscribed(wanted, left),
            Self::Cycles { missing } => reject(
                ErrorCode::InsufficientCyclesInMemoryGrow,
                format!(
                    "{start} insufficient cycles. At least {missing} additional cycles are \
                     required."
                ),
            ),
            Self::Reserve { limit, excess } => reject(
                ErrorCode::ReservedCyclesLimitExceededInMemoryGrow,
                format!(
                    "{start} its reserved cycles limit. The current limit ({limit}) would be \
                     exceeded by {excess}."
                ),
            ),
        }
    }

    /// The refusal of an allocation of `bytes`.
    pub(crate) fn of_allocation(self, bytes: u64) -> RejectResponse {
        let start = format!("Cannot increase memory allocation to {bytes} due to");
        match self {
            Self::Room { wanted, left } => oversubscribed(wanted, left),
            Self::Cycles { missing } => reject(
                ErrorCode::InsufficientCyclesInMemoryAllocation,
                format!(
                    "{start} insufficient cycles. At least {missing} additional cycles are \
                     required."
                ),
            ),
            Self::Reserve { limit, excess } => reject(
                ErrorCode::ReservedCyclesLimitExceededInMemoryAllocation,
                format!(
                    "{start} its reserved cycles limit. The current limit ({limit}) would be \
                     exceeded by {excess}."
                ),
            ),
        }
    }
}

fn oversubscribed(wanted: u64, left: u64) -> RejectResponse {
    reject(
        ErrorCode::SubnetOversubscribed,
        format!(
            "Canister requested {wanted} bytes of memory but only {left} bytes are available in \
             the subnet."
        ),
    )
}

impl Network {
    /// How full a subnet is.
    pub(crate) fn saturation(&self, subnet: Principal) -> Saturation {
        let there = self.canisters.values().filter(|canister| canister.subnet == subnet);
        let usage = there.map(Canister::charged_bytes).fold(0, u64::saturating_add);
        let limits = self.config.storage;
        Saturation { usage, threshold: limits.threshold_bytes, capacity: limits.capacity_bytes }
    }

    /// What a message of a canister starts with, and by what it grows.
    pub(crate) fn storage_of(&self, canister: &Canister, entry: &Entry) -> Storage {
        let settings = &canister.settings;
        let subnet = if entry.takes_up_storage() {
            self.saturation(canister.subnet)
        } else {
            Saturation::default()
        };
        Storage {
            used: canister.memory_bytes(),
            allocation: settings.memory_allocation,
            compute_percent: settings.compute_allocation,
            freezing_seconds: settings.freezing_threshold,
            reserved: canister.reserved,
            reserved_limit: settings.reserved_cycles_limit,
            subnet,
        }
    }

    /// Lets a canister take up `bytes` more, outside of its own messages, and charges `cost`.
    /// Refused, it changes nothing.
    pub(crate) fn occupy(
        &mut self,
        id: Principal,
        bytes: u64,
        cost: u128,
    ) -> Result<(), RejectResponse> {
        self.check_affordable(id, cost)?;
        let canister = self.canisters.get(&id).ok_or_else(|| rejects::canister_not_found(id))?;
        let allocation = canister.settings.memory_allocation;
        let after = canister.memory_bytes().saturating_add(bytes).max(allocation);
        let before = canister.charged_bytes();
        self.pay_ahead(id, (before, after), cost).map_err(|shortage| shortage.of_growth(bytes))?;
        self.charge(id, UseCase::Instructions, cost)
    }

    /// Lets the bytes a canister is charged for grow: there is room for them, they do not freeze
    /// it even when it pays `cost` besides, and what has to be paid ahead moves out of its balance.
    pub(crate) fn pay_ahead(
        &mut self,
        id: Principal,
        (before, after): (u64, u64),
        cost: u128,
    ) -> Result<(), Shortage> {
        let more = after.saturating_sub(before);
        let tariff = self.tariff(id);
        let Some(canister) = self.canisters.get(&id).filter(|_| more > 0) else { return Ok(()) };
        let subnet = self.saturation(canister.subnet);
        if !subnet.has_room(more) {
            let left = subnet.capacity.saturating_sub(subnet.usage);
            return Err(Shortage::Room { wanted: more, left });
        }
        let ahead = tariff.reservation(subnet, more);
        let (limit, settings) = (canister.settings.reserved_cycles_limit, &canister.settings);
        let reserved = canister.reserved.saturating_add(ahead);
        if ahead > 0 && reserved > limit {
            return Err(Shortage::Reserve { limit, excess: reserved - limit });
        }
        let needed = tariff
            .freezing_limit(after, settings.compute_allocation, settings.freezing_threshold)
            .saturating_sub(reserved)
            .saturating_add(ahead)
            .saturating_add(cost);
        if canister.balance < needed {
            return Err(Shortage::Cycles { missing: needed - canister.balance });
        }
        if let Some(canister) = self.canisters.get_mut(&id) {
            canister.balance -= ahead;
            canister.reserved = reserved;
        }
        Ok(())
    }
}
