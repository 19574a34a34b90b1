//! What things cost, who pays, and where every cycle is.

use candid::Principal;
use pocket_ic::RejectResponse;

use super::{
    Network,
    canister::{Canister, Status},
    consumed::UseCase,
    pool::Message,
    rejects,
    settings::Settings,
    types::CyclesAccount,
};
use crate::{runtime::Width, standins::StandIns, tariff::Tariff};

/// Storage and allocations are charged in steps of at least this many nanoseconds.
const CHARGE_PERIOD_NS: u64 = 10_000_000_000;
const NS_PER_SECOND: u64 = 1_000_000_000;

impl Network {
    /// The tariff of the subnet `canister` is on.
    pub(crate) fn tariff(&self, canister: Principal) -> Tariff {
        let known = self.canisters.get(&canister);
        let subnet = known
            .and_then(|known| self.topology.subnet(known.subnet))
            .unwrap_or_else(|| self.topology.default_subnet());
        let width = known.map_or(Width::Wasm32, Canister::width);
        Tariff { nodes: subnet.nodes, charges: subnet.charges(), width }
    }

    /// The tariff of a subnet.
    pub(crate) fn subnet_tariff(&self, subnet: Principal) -> Tariff {
        let subnet = self.topology.subnet(subnet).unwrap_or_else(|| self.topology.default_subnet());
        Tariff { nodes: subnet.nodes, charges: subnet.charges(), width: Width::Wasm32 }
    }

    /// Cycles an idle canister uses in a day.
    pub(crate) fn idle_per_day(&self, canister: Principal) -> u128 {
        self.canisters.get(&canister).map_or(0, |known| {
            let percent = known.settings.compute_allocation;
            self.tariff(canister).idle_per_day(known.charged_bytes(), percent)
        })
    }

    /// The balance below which a canister is frozen. What it has paid ahead counts for it.
    pub(crate) fn freezing_limit(&self, canister: Principal) -> u128 {
        self.canisters.get(&canister).map_or(0, |known| {
            let Settings { compute_allocation, freezing_threshold, .. } = known.settings;
            let bytes = known.charged_bytes();
            let tariff = self.tariff(canister);
            tariff
                .freezing_limit(bytes, compute_allocation, freezing_threshold)
                .saturating_sub(known.reserved)
        })
    }

    /// Refuses a cost that would freeze the canister.
    pub(crate) fn check_affordable(
        &self,
        canister: Principal,
        cost: u128,
    ) -> Result<(), RejectResponse> {
        let balance = self.cycles(canister).ok_or_else(|| rejects::canister_not_found(canister))?;
        let available = balance.saturating_sub(self.freezing_limit(canister));
        if cost > available {
            return Err(rejects::out_of_cycles(canister, available, cost));
        }
        Ok(())
    }

    /// Takes `cost` from a canister's balance unless that would freeze it.
    pub(crate) fn withdraw(
        &mut self,
        canister: Principal,
        cost: u128,
    ) -> Result<(), RejectResponse> {
        self.check_affordable(canister, cost)?;
        if let Some(known) = self.canisters.get_mut(&canister) {
            known.balance -= cost;
        }
        Ok(())
    }

    /// Takes `cost` from a canister's balance and destroys it.
    pub(crate) fn charge(
        &mut self,
        canister: Principal,
        use_case: UseCase,
        cost: u128,
    ) -> Result<(), RejectResponse> {
        self.withdraw(canister, cost)?;
        self.consume(canister, use_case, cost);
        Ok(())
    }

    /// Records cycles that nobody owns any more.
    pub(crate) fn burn(&mut self, amount: u128) {
        self.burned = self.burned.saturating_add(amount);
    }

    /// Gives cycles to a canister; they are burned when it is gone.
    pub(crate) fn credit(&mut self, canister: Principal, amount: u128) {
        match self.canisters.get_mut(&canister) {
            Some(known) => known.balance = known.balance.saturating_add(amount),
            None => self.burn(amount),
        }
    }

    /// Creates cycles that nobody holds yet; whoever calls this gives them to somebody at once.
    pub(crate) fn create_cycles(&mut self, amount: u128) {
        self.minted = self.minted.saturating_add(amount);
    }

    /// Creates cycles out of nothing on a canister, as only test networks can.
    pub(crate) fn mint(&mut self, canister: Principal, amount: u128) {
        self.minted = self.minted.saturating_add(amount);
        self.credit(canister, amount);
    }

    /// Charges storage and allocations for the time since the last charge. A canister that cannot
    /// pay loses its code.
    pub(crate) fn charge_idle(&mut self) {
        let now = self.time_ns;
        let due: Vec<_> = self
            .canisters
            .values()
            .map(|known| (known.id, now.saturating_sub(known.paid_until_ns)))
            .filter(|(_, elapsed)| *elapsed >= CHARGE_PERIOD_NS)
            .collect();
        for (canister, elapsed) in due {
            let seconds = elapsed / NS_PER_SECOND;
            let tariff = self.tariff(canister);
            let Some(known) = self.canisters.get_mut(&canister) else { continue };
            known.paid_until_ns += seconds * NS_PER_SECOND;
            let memory = tariff.idle(known.charged_bytes(), 0, seconds);
            let compute = tariff.idle(0, known.settings.compute_allocation, seconds);
            let cost = memory.saturating_add(compute);
            // What was paid ahead is used first.
            let ahead = cost.min(known.reserved);
            known.reserved -= ahead;
            let paid = ahead + (cost - ahead).min(known.balance);
            known.balance -= paid - ahead;
            if paid == cost {
                self.consume(canister, UseCase::Memory, memory);
                self.consume(canister, UseCase::ComputeAllocation, compute);
            } else {
                self.consume(canister, UseCase::Uninstall, paid);
                self.run_out_of_cycles(canister);
            }
        }
    }

    /// Where all cycles are. `minted = burned + balances + in_flight` at all times.
    pub fn cycles_account(&self) -> CyclesAccount {
        let messages = self.pool.iter().map(|message| match message {
            Message::Request(request) => request.cycles,
            Message::Response { refund, .. } => *refund,
            Message::Ingress { .. } | Message::Outcall { .. } => 0,
        });
        let waiting = self.canisters.values().flat_map(Canister::stop_refunds);
        CyclesAccount {
            minted: self.minted,
            burned: self.burned,
            balances: self
                .canisters
                .values()
                .map(|known| known.balance + known.reserved)
                .sum::<u128>()
                + self.stand_ins.as_ref().map_or(0, StandIns::cycles),
            in_flight: messages.sum::<u128>()
                + self.contexts.values().map(|context| context.available).sum::<u128>()
                + self.calls.values().map(|call| call.prepaid).sum::<u128>()
                + self.outcalls.values().map(|outcall| outcall.refund).sum::<u128>()
                + waiting.sum::<u128>(),
        }
    }
}

impl Canister {
    /// Cycles that go back to those who wait for the canister to stop.
    fn stop_refunds(&self) -> Vec<u128> {
        match &self.status {
            Status::Stopping { waiters } => waiters.iter().map(|waiter| waiter.refund).collect(),
            Status::Running | Status::Stopped => Vec::new(),
        }
    }
}
