//! The rows, one stage each.

use granary_resilience::breaker::BreakerState;
use granary_stable::keys::FixedKey;
use ic_stable_structures::Memory;

use crate::invariants::{Check, Twice};
use crate::limits;
use crate::records::guard::ACTIVE;
use crate::records::reservation::HELD;
use crate::records::{ChangeState, ReservationRow};
use crate::types::{
    AlertState, AnnouncementState, AssetId, ReservationId, ReservationState, SealState, SeatState,
    Span,
};

fn add(count: Option<&mut u64>) {
    if let Some(count) = count {
        *count = count.saturating_add(1);
    }
}

impl<M: Memory + 'static> Check<'_, M> {
    /// R1, R7: an asset keeps what its windows hold, shorter windows within longer ones.
    pub(super) fn asset(&mut self) -> bool {
        let Some(slot) = self.next(self.store.assets.len()) else { return false };
        let Some(id) = AssetId::from_slot(slot) else { return true };
        let row = self.store.asset(id);
        if row.limits.is_some() {
            add(self.cursor.counts.first_mut());
        }
        self.sum(|cursor| &mut cursor.held.kept, row.held);
        let flows = self.store.flows(id);
        let totals: Vec<u128> = flows.iter().map(|flow| flow.total().0).collect();
        if totals.is_sorted() {
            for (twice, total) in self.cursor.windows.iter_mut().zip(&totals) {
                match twice.kept.checked_add(*total) {
                    Some(more) => twice.kept = more,
                    None => self.cursor.is_beyond = true,
                }
            }
        } else {
            self.violation("R1", "asset", slot, "a short window holds more than a longer one");
        }
        if (row.held_count == 0) != (row.held == 0) {
            self.violation("R2", "asset", slot, "what is held and by how many do not agree");
        }
        true
    }

    /// R1, R2: a reservation is in the list while it is held, is found by its intent, and counts in
    /// the windows unless it gave its capacity back.
    pub(super) fn reservation(&mut self) -> bool {
        let Some(slot) = self.next(self.store.reservations.len()) else { return false };
        let Some(row) = self.store.reservations.get(slot) else { return true };
        let place = ReservationState::ALL.iter().position(|state| *state == row.state);
        add(place.and_then(|at| self.cursor.reservations.get_mut(at)));
        let is_held = row.state == ReservationState::Held;
        let is_listed = HELD.list_of(&self.store.reservations, slot).ok().flatten().is_some();
        if is_held != is_listed {
            self.violation("R2", "reservation", slot, "it is held and not listed, or listed");
        }
        if is_held == row.settled_at.is_some() {
            self.violation("R2", "reservation", slot, "its end and its state do not agree");
        }
        let newest = self.store.newest_of(row.outflow.intent).map(ReservationId::slot);
        if newest.is_none_or(|newest| newest < slot) || (is_held && newest != Some(slot)) {
            self.violation("R2", "reservation", slot, "its intent does not find it");
        }
        if row.outflow.amount == 0 {
            self.violation("R1", "reservation", slot, "it takes nothing");
        }
        if is_held {
            self.sum(|cursor| &mut cursor.held.found, row.outflow.amount);
        }
        self.counted(slot, &row);
        true
    }

    fn counted(&mut self, slot: u64, row: &ReservationRow) {
        let counts = matches!(row.state, ReservationState::Held | ReservationState::Committed);
        let Some(at) = row.counted_at.filter(|_| counts) else { return };
        let flows = self.store.flows(row.outflow.asset);
        let spans = Span::ALL.into_iter().zip(flows.iter());
        if spans.clone().any(|(span, flow)| flow.is_behind(span, at)) {
            self.violation("R1", "reservation", slot, "a window is older than what it counts");
        }
        let is_in: Vec<bool> = spans.map(|(span, flow)| flow.counts(span, at)).collect();
        for (Twice { found, .. }, is_in) in self.cursor.windows.iter_mut().zip(is_in) {
            let amount = if is_in { row.outflow.amount } else { 0 };
            match found.checked_add(amount) {
                Some(more) => *found = more,
                None => self.cursor.is_beyond = true,
            }
        }
    }

    /// R7: what is known of a destination is found.
    pub(super) fn destination(&mut self) -> bool {
        let Some(slot) = self.next(self.store.destination_rows.len()) else { return false };
        let Some(entry) = self.store.destination_rows.get(slot) else { return true };
        let found = self.store.destinations.get(&FixedKey(entry.key));
        if found.map(u64::from) != Some(slot) {
            self.violation("R7", "destination", slot, "its key does not find it");
        }
        true
    }

    /// R11: one that is used names the intent, and that intent's reservation names it.
    pub(super) fn announcement(&mut self) -> bool {
        let Some(slot) = self.next(self.store.announcements.len()) else { return false };
        let Some(row) = self.store.announcements.get(slot) else { return true };
        if row.state == AnnouncementState::Announced {
            add(self.cursor.counts.get_mut(1));
        }
        if row.earliest_at > row.latest_at || row.earliest_at < row.announced_at {
            self.violation("R11", "announcement", slot, "its times are out of order");
        }
        let is_used = row.state == AnnouncementState::Used;
        let user = row.intent.and_then(|intent| self.store.reservation_of(intent).ok());
        let named = user.and_then(|(_, row)| row.outflow.announcement);
        let is_named = named.is_some_and(|id| id.slot() == slot);
        if is_used != row.intent.is_some() || (is_used && !is_named) {
            self.violation("R11", "announcement", slot, "its intent does not use it");
        }
        true
    }

    /// R4: a seal is in the list while it is active, and ends.
    pub(super) fn seal(&mut self) -> bool {
        let Some(slot) = self.next(self.store.seals.len()) else { return false };
        let Some(row) = self.store.seals.get(slot) else { return true };
        let is_listed = ACTIVE.list_of(&self.store.seals, slot).ok().flatten().is_some();
        if (row.state == SealState::Active) != is_listed {
            self.violation("R4", "seal", slot, "it is active and not listed, or listed");
        }
        let lasts = row.expires_at.saturating_since(row.at);
        if lasts < limits::SEAL_LEAST || (row.seat.is_some() && row.expires_at < row.at) {
            self.violation("R4", "seal", slot, "it is shorter than a seal may be");
        }
        true
    }

    /// R4, R10: a seat was used at most as often as it was armed.
    pub(super) fn seat(&mut self) -> bool {
        let Some(slot) = self.next(self.store.seats.len()) else { return false };
        let Some(row) = self.store.seats.get(slot) else { return true };
        if row.state == SeatState::Armed {
            add(self.cursor.counts.get_mut(2));
        }
        if row.times_used > row.times_armed {
            self.violation("R4", "seat", slot, "it was used more often than it was armed");
        }
        if row.alive_until < row.armed_at {
            self.violation("R10", "seat", slot, "its sign of life is older than itself");
        }
        true
    }

    /// R6: no more probes than the budget has.
    pub(super) fn service(&mut self) -> bool {
        let Some(slot) = self.next(self.store.services.len()) else { return false };
        let Some(row) = self.store.services.get(slot) else { return true };
        match row.breaker.state() {
            BreakerState::Closed { .. } => {}
            BreakerState::Open { .. } => add(self.cursor.counts.get_mut(3)),
            BreakerState::HalfOpen { probes, .. } => {
                add(self.cursor.counts.get_mut(3));
                if probes > self.store.breaker_rule().probe_budget.max(1) {
                    self.violation("R6", "service", slot, "more probes than the budget has");
                }
            }
        }
        true
    }

    /// R9: an alert that is open is found by its kind and subject, and counted by its level.
    pub(super) fn alert(&mut self) -> bool {
        let Some(slot) = self.next(self.store.alerts.len()) else { return false };
        let Some(row) = self.store.alerts.get(slot) else { return true };
        let found = self.store.open_alert(row.kind, row.subject).map(|(id, _)| id.slot());
        let place = match row.state {
            AlertState::Firing => Some(row.level.at()),
            AlertState::Acknowledged => row.level.at().checked_add(3),
            AlertState::Resolved => None,
        };
        add(place.and_then(|at| self.cursor.alerts.get_mut(at)));
        if (place.is_some()) != (found == Some(slot)) {
            self.violation("R9", "alert", slot, "it is open and not found, or found");
        }
        if row.count == 0 || row.first_at > row.last_at {
            self.violation("R9", "alert", slot, "its times or its count are wrong");
        }
        true
    }

    /// R3: what loosens was not applied before its time.
    pub(super) fn change(&mut self) -> bool {
        let Some(slot) = self.next(self.store.changes.len()) else { return false };
        let Ok((_, row)) = self.store.change(slot.saturating_add(1)) else {
            self.violation("R3", "change", slot, "it is missing");
            return true;
        };
        let is_early = row.ended_at.is_some_and(|end| end < row.eta);
        if row.state == ChangeState::Applied && !row.loosens.is_empty() && is_early {
            self.violation("R3", "change", slot, "it loosens and was applied before its time");
        }
        if !row.loosens.is_empty() && row.eta <= row.at {
            self.violation("R3", "change", slot, "it loosens and did not have to wait");
        }
        true
    }
}
