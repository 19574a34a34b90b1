//! Changing the settings of a canister.

use ic_management_canister_types as mg;
use pocket_ic::{ErrorCode, RejectResponse};

use super::{Request, reply};
use crate::network::{
    Network,
    canister::Canister,
    pool::Payload,
    rejects::{self, reject},
    settings::Settings,
};

impl Network {
    pub(super) fn update_settings(&mut self, request: &mut Request) -> Payload {
        let args: mg::UpdateSettingsArgs = request.decode()?;
        let id = args.canister_id;
        let author = request.author(args.sender_canister_version);
        let now = self.time_ns;
        let canister = self.controlled(id, request.sender)?;
        let next = canister.settings.patched(&args.settings)?;
        self.change_settings(id, next)?;
        let canister =
            self.canisters.get_mut(&id).ok_or_else(|| rejects::canister_not_found(id))?;
        canister.version += 1;
        canister.logs.set_limit(canister.settings.log_memory_limit);
        canister.refresh_low_memory();
        if args.settings.controllers.is_some() {
            let controllers = canister.settings.controllers.clone();
            let details =
                mg::ChangeDetails::ControllersChange(mg::ControllersChangeRecord { controllers });
            canister.history.push(now, canister.version, author, details);
        }
        reply(())
    }

    /// Puts settings in force, unless the canister cannot pay for what they allocate.
    fn change_settings(
        &mut self,
        id: candid::Principal,
        next: Settings,
    ) -> Result<(), RejectResponse> {
        let tariff = self.tariff(id);
        let canister =
            self.canisters.get_mut(&id).ok_or_else(|| rejects::canister_not_found(id))?;
        if next.reserved_cycles_limit < canister.reserved {
            return Err(reject(
                ErrorCode::ReservedCyclesLimitIsTooLow,
                format!(
                    "Cannot set the reserved cycles limit {} below the reserved cycles balance of \
                     the canister {}.",
                    next.reserved_cycles_limit, canister.reserved
                ),
            ));
        }
        let bytes = canister.memory_bytes().max(next.memory_allocation);
        if next.compute_allocation > canister.settings.compute_allocation {
            let limit = tariff
                .freezing_limit(bytes, next.compute_allocation, next.freezing_threshold)
                .saturating_sub(canister.reserved);
            check_compute(canister, next.compute_allocation, limit)?;
        }
        let (allocation, before) = (next.memory_allocation, canister.charged_bytes());
        let raises = allocation > canister.settings.memory_allocation;
        let old = std::mem::replace(&mut canister.settings, next);
        if !raises {
            return Ok(());
        }
        self.pay_ahead(id, (before, bytes), 0).map_err(|shortage| {
            if let Some(canister) = self.canisters.get_mut(&id) {
                canister.settings = old;
            }
            shortage.of_allocation(allocation)
        })
    }
}

fn check_compute(canister: &Canister, percent: u64, limit: u128) -> Result<(), RejectResponse> {
    if canister.balance >= limit {
        return Ok(());
    }
    let missing = limit - canister.balance;
    Err(reject(
        ErrorCode::InsufficientCyclesInComputeAllocation,
        format!(
            "Cannot increase compute allocation to {percent} due to insufficient cycles. At least \
             {missing} additional cycles are required."
        ),
    ))
}
