//! What a message pays for the memory it takes up: a canister must not freeze itself, and on a
//! subnet that is short of storage it pays ahead.

use pocket_ic::ErrorCode;
use wasmtime::Result;

use super::{host::Host, modes::Modes};
use crate::message::ExecutionFault;

/// Where a canister may not grow until it is frozen. Responses have to be handled, and the hooks of
/// an installation are looked at when it is done.
const CHECKED: Modes = Modes::U.or(Modes::T);

/// Where storage is paid ahead.
const PAYING_AHEAD: Modes = CHECKED.or(Modes::RY).or(Modes::RT).or(Modes::C);

impl Host {
    /// Takes up so many bytes more. False when the subnet has no room for them, a fault when the
    /// canister cannot pay for them.
    pub(super) fn occupy(&mut self, bytes: u64) -> Result<bool> {
        let storage = self.env.storage;
        let before = storage.charged(self.grown);
        let after = storage.charged(self.grown.saturating_add(bytes));
        let more = after.saturating_sub(before);
        let taken = before.saturating_sub(storage.charged(0));
        let subnet = storage.subnet.plus(taken);
        if more > 0 {
            if !subnet.has_room(more) {
                return Ok(false);
            }
            let reserved = storage.reserved.saturating_add(self.effects.cycles_reserved);
            let limit = self
                .env
                .tariff
                .freezing_limit(after, storage.compute_percent, storage.freezing_seconds)
                .saturating_sub(reserved);
            if CHECKED.contains(self.mode) && self.balance < limit {
                return Err(self.too_expensive(bytes, limit));
            }
            let mut ahead = 0;
            if PAYING_AHEAD.contains(self.mode) {
                ahead = self.env.tariff.reservation(subnet, more);
                self.pay_ahead(bytes, reserved, ahead)?;
            }
            self.env.freezing_limit = limit.saturating_sub(ahead);
        }
        self.grown = self.grown.saturating_add(bytes);
        Ok(true)
    }

    fn pay_ahead(&mut self, bytes: u64, reserved: u128, ahead: u128) -> Result<()> {
        let limit = self.env.storage.reserved_limit;
        let wanted = reserved.saturating_add(ahead);
        if ahead > 0 && wanted > limit {
            return Err(ExecutionFault::new(
                ErrorCode::ReservedCyclesLimitExceededInMemoryGrow,
                format!(
                    "Canister cannot grow memory by {bytes} bytes due to its reserved cycles \
                     limit. The current limit ({limit}) would be exceeded by {}.",
                    wanted - limit
                ),
            )
            .into());
        }
        if self.balance < ahead {
            return Err(self.too_expensive(bytes, ahead));
        }
        self.balance -= ahead;
        self.effects.cycles_reserved += ahead;
        Ok(())
    }

    /// Only controllers are told how much is missing.
    fn too_expensive(&self, bytes: u64, needed: u128) -> wasmtime::Error {
        let missing = needed.saturating_sub(self.balance);
        let told = self.env.controllers.contains(&self.env.caller);
        let more = told.then(|| format!(" At least {missing} additional cycles are required."));
        let text = format!(
            "Canister cannot grow memory by {bytes} bytes due to insufficient cycles.{}",
            more.unwrap_or_default()
        );
        ExecutionFault::new(ErrorCode::InsufficientCyclesInMemoryGrow, text).into()
    }
}
