//! What a canister pays by: its subnet's size and kind, and the width of its module.

use crate::{
    fees::{self, HttpUsage, Saturation},
    runtime::Width,
};

const SECONDS_PER_DAY: u64 = 86_400;

/// The prices one canister pays. Everything is free on system subnets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tariff {
    pub(crate) nodes: u32,
    /// Whether canisters pay at all.
    pub(crate) charges: bool,
    pub(crate) width: Width,
}

impl Default for Tariff {
    /// A subnet of the published prices.
    fn default() -> Self {
        Self { nodes: fees::REFERENCE_NODES, charges: true, width: Width::default() }
    }
}

impl Tariff {
    /// The fee, or nothing where canisters do not pay.
    pub(crate) fn charge(self, fee: u128) -> u128 {
        if self.charges { fee } else { 0 }
    }

    /// The same for a module of another width.
    pub(crate) fn of_width(self, width: Width) -> Self {
        Self { width, ..self }
    }

    pub(crate) fn execution(self, instructions: u64) -> u128 {
        self.charge(fees::execution(instructions, self.nodes, self.width))
    }

    pub(crate) fn ingress(self, bytes: usize) -> u128 {
        self.charge(fees::ingress(bytes, self.nodes))
    }

    /// Everything a call takes from the balance besides the cycles it carries.
    pub(crate) fn call(self, method_bytes: u64, arg_bytes: u64) -> u128 {
        self.charge(fees::call_total(method_bytes, arg_bytes, self.nodes, self.width))
    }

    pub(crate) fn response(self, bytes: usize) -> u128 {
        self.charge(fees::response(bytes, self.nodes))
    }

    /// What a call sets aside until its response was handled.
    pub(crate) fn response_reserve(self) -> u128 {
        self.charge(fees::response_reserve(self.nodes))
            .saturating_add(self.charge(fees::callback_reserve(self.nodes, self.width)))
    }

    pub(crate) fn creation(self) -> u128 {
        self.charge(fees::scale(fees::CREATE_CANISTER, self.nodes))
    }

    pub(crate) fn snapshot(self, bytes: u64) -> u128 {
        // The management canister's own work costs the same for every module.
        self.of_width(Width::Wasm32)
            .execution(fees::SNAPSHOT_BASE_INSTRUCTIONS.saturating_add(bytes))
    }

    pub(crate) fn snapshot_data(self, bytes: u64) -> u128 {
        self.of_width(Width::Wasm32)
            .execution(fees::SNAPSHOT_DATA_BASE_INSTRUCTIONS.saturating_add(bytes))
    }

    pub(crate) fn http_outcall(self, request_bytes: u64, max_response_bytes: u64) -> u128 {
        self.charge(fees::http_outcall(request_bytes, max_response_bytes, self.nodes))
    }

    pub(crate) fn http_outcall_v2(self, usage: &HttpUsage) -> u128 {
        self.charge(fees::http_outcall_v2(usage, self.nodes))
    }

    /// Cycles that storage and compute allocation use in a day.
    pub(crate) fn idle_per_day(self, bytes: u64, compute_percent: u64) -> u128 {
        self.memory_per_day(bytes).saturating_add(self.compute_per_day(compute_percent))
    }

    /// What storage and compute allocation are charged for `seconds`: each by its rate per day.
    pub(crate) fn idle(self, bytes: u64, compute_percent: u64, seconds: u64) -> u128 {
        let part =
            |per_day: u128| per_day.saturating_mul(seconds.into()) / u128::from(SECONDS_PER_DAY);
        part(self.memory_per_day(bytes)).saturating_add(part(self.compute_per_day(compute_percent)))
    }

    /// The balance below which a canister of that size is frozen, when nothing is paid ahead.
    pub(crate) fn freezing_limit(self, bytes: u64, compute_percent: u64, seconds: u64) -> u128 {
        let per_day = self.idle_per_day(bytes, compute_percent);
        per_day.saturating_mul(seconds.into()) / u128::from(SECONDS_PER_DAY)
    }

    /// What is paid ahead for `bytes` more on a subnet that is as full as that.
    pub(crate) fn reservation(self, subnet: Saturation, bytes: u64) -> u128 {
        self.charge(fees::reservation(subnet, bytes, self.nodes))
    }

    fn memory_per_day(self, bytes: u64) -> u128 {
        self.charge(fees::memory(bytes, SECONDS_PER_DAY, self.nodes))
    }

    fn compute_per_day(self, percent: u64) -> u128 {
        self.charge(fees::compute(percent, SECONDS_PER_DAY, self.nodes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    #[test]
    fn idle_costs_are_those_of_a_day_and_parts_of_it() {
        let tariff = Tariff::default();
        assert_eq!(tariff.idle_per_day(GIB, 2), 127_000 * 86_400 + 2 * 10_000_000 * 86_400);
        assert_eq!(tariff.idle(GIB, 0, 10), 1_270_000);
        assert_eq!(tariff.idle(0, 3, 10), 300_000_000);
        // A megabyte costs 124.02 a second: nothing is lost to rounding within a day.
        assert_eq!(tariff.idle(1 << 20, 0, 10), 1_240);
        assert_eq!(tariff.freezing_limit(1 << 20, 0, 100), 12_402);
        // 127,000 × 86,400 × 34 ÷ 13 a day, cut off before the 13 seconds are.
        let large = Tariff { nodes: 34, ..tariff };
        assert_eq!(large.idle_per_day(GIB, 0), 28_698_092_307);
        assert_eq!(large.idle(GIB, 0, 13), 127_000 * 34 - 1);
    }

    #[test]
    fn system_subnets_are_free() {
        let free = Tariff { charges: false, ..Tariff::default() };
        let full = Saturation { usage: 90, threshold: 10, capacity: 100 };
        let fees = [
            free.execution(5),
            free.ingress(5),
            free.call(5, 5),
            free.response_reserve(),
            free.creation(),
            free.http_outcall(1, 1),
            free.http_outcall_v2(&HttpUsage::default()),
            free.idle(GIB, 1, 1_000),
            free.freezing_limit(GIB, 1, 1_000),
            free.reservation(full, 10),
        ];
        assert_eq!(fees, [0; 10]);
    }
}
