//! One change in one go: rows, indexes, lists, totals, jobs, alerts, journal.

use granary_kernel::{Ctx, NO_ROOM, Receipt};
use granary_resilience::breaker::BreakerState;
use granary_stable::keys::FixedKey;
use granary_stable::record::Stored;
use ic_stable_structures::Memory;

use crate::records::guard::{ACTIVE, ACTIVE_LIST};
use crate::records::reservation::{HELD, HELD_LIST};
use crate::records::{
    AnnouncementRow, AssetRow, ChangeRow, Config, DestinationEntry, DestinationRow, ReservationRow,
    SealRow, SeatRow, ServiceRow, Totals,
};
use crate::rules::{Change, Flows, Wake};
use crate::store::{ANNOUNCEMENT, EXPIRE, SEAL, SEAT, Store};
use crate::types::{
    AnnouncementId, AnnouncementState, AssetId, ChangeId, Hash, ReservationId, ReservationState,
    SealId, SealState, SeatId, SeatState, Service,
};

/// A list field contradicts its rows.
const BAD_LIST: &str = "BUG: a list is damaged";

impl<M: Memory + 'static> Store<M> {
    /// Applies `change` and answers its receipt.
    ///
    /// # Panics
    /// When stable memory has no room, which takes the whole message back.
    pub(crate) fn commit(&mut self, change: Change, ctx: &Ctx) -> Receipt {
        let before = self.totals();
        let mut totals = before;
        let mut events = change.events;
        for (id, row) in &change.assets {
            self.put_asset(*id, row, &mut totals);
        }
        if let Some((id, flows)) = &change.flows {
            self.put_flows(*id, flows);
        }
        if let Some((id, row)) = &change.reservation {
            self.put_reservation(*id, row, &mut totals);
        }
        for (key, row) in change.destinations {
            self.put_destination(key, row);
        }
        if let Some((id, row)) = &change.announcement {
            self.put_announcement(*id, row, &mut totals);
        }
        if let Some((id, row)) = &change.seal {
            self.put_seal(*id, row, &mut totals);
        }
        if let Some((id, row)) = &change.seat {
            self.put_seat(*id, row, &mut totals);
        }
        if let Some((service, row)) = &change.service {
            self.put_service(*service, row, &mut totals);
        }
        if let Some(row) = &change.treasury {
            totals.refreshed_at = row.valued_at;
            self.treasury.set(0, row).expect(NO_ROOM);
        }
        if let Some(refresh) = change.refresh {
            self.refresh.set(Some(refresh)).expect(NO_ROOM);
        }
        if let Some(rules) = change.rules {
            self.rules.set(Some(rules)).expect(NO_ROOM);
        }
        if let Some((id, row)) = change.policy {
            self.put_change(id, row);
        }
        if let Some(escalation) = change.escalation {
            let config = Config { escalation: Some(escalation), ..self.config().clone() };
            self.set_config(config);
        }
        if let Some(rule) = change.denied
            && let Some(count) = totals.denied.get_mut(rule.at())
        {
            *count = count.saturating_add(1);
        }
        totals.is_insolvent = change.is_insolvent.unwrap_or(totals.is_insolvent);
        self.tell_alerts(&change.alerts, change.acted, &mut totals, &mut events, ctx);
        self.wake(change.wake, &before);
        if totals != before {
            self.totals.set(0, &totals).expect(NO_ROOM);
        }
        self.record(&events, ctx)
    }

    fn wake(&mut self, wake: Option<Wake>, before: &Totals) {
        match wake {
            // While others are held their job is in the table, and due earlier.
            Some(Wake::Held(at)) if before.held.is_empty() => {
                self.ensure_job(EXPIRE, 0, at);
            }
            Some(Wake::Held(_)) | None => {}
            Some(Wake::Seal(id, at)) => drop(self.ensure_job(SEAL, id.wire(), at)),
            Some(Wake::Seat(id, at)) => drop(self.ensure_job(SEAT, id.wire(), at)),
            Some(Wake::Announcement(id, at)) => {
                self.ensure_job(ANNOUNCEMENT, id.wire(), at);
            }
        }
    }

    pub(crate) fn put_asset(&mut self, id: AssetId, row: &AssetRow, totals: &mut Totals) {
        let had = self.assets.get(id.slot()).is_some_and(|row| row.limits.is_some());
        let until = id.slot().saturating_add(1);
        self.assets.extend_to(until, &AssetRow::default()).expect(NO_ROOM);
        self.assets.set(id.slot(), row).expect(NO_ROOM);
        match (had, row.limits.is_some()) {
            (false, true) => totals.assets = totals.assets.saturating_add(1),
            (true, false) => totals.assets = totals.assets.saturating_sub(1),
            (true, true) | (false, false) => {}
        }
    }

    pub(crate) fn put_flows(&mut self, id: AssetId, flows: &Flows) {
        let first = id.slot().saturating_mul(4);
        let empty = crate::records::FlowRow::default();
        self.flows.extend_to(first.saturating_add(4), &empty).expect(NO_ROOM);
        for (at, flow) in (first..).zip(flows) {
            self.flows.set(at, flow).expect(NO_ROOM);
        }
    }

    pub(crate) fn put_destination(&mut self, key: Hash, row: DestinationRow) {
        let entry = DestinationEntry { key, row };
        if let Some(number) = self.destinations.get(&FixedKey(key)) {
            self.destination_rows.set(number.into(), &entry).expect(NO_ROOM);
            return;
        }
        let slot = self.destination_rows.push(&entry).expect(NO_ROOM);
        let number = u32::try_from(slot).expect(NO_ROOM);
        self.destinations.insert(&FixedKey(key), number).expect(NO_ROOM);
    }

    pub(crate) fn put_reservation(
        &mut self,
        id: ReservationId,
        row: &ReservationRow,
        totals: &mut Totals,
    ) {
        let slot = id.slot();
        let Some(old) = self.reservations.get(slot) else {
            let pushed = self.reservations.push(row).expect(NO_ROOM);
            assert!(pushed == slot, "BUG: a reservation's number is not the next");
            self.set_newest(row.outflow.intent, id);
            count(totals, None, row.state);
            if row.state == ReservationState::Held {
                let anchor = &mut totals.held;
                HELD.push_back(&mut self.reservations, HELD_LIST, anchor, slot).expect(BAD_LIST);
            }
            return;
        };
        self.reservations.write_part(slot, 0, &row.part()).expect(NO_ROOM);
        if old.state == row.state {
            return;
        }
        count(totals, Some(old.state), row.state);
        if old.state == ReservationState::Held {
            let anchor = &mut totals.held;
            HELD.unlink(&mut self.reservations, HELD_LIST, anchor, slot).expect(BAD_LIST);
        }
    }

    pub(crate) fn put_announcement(
        &mut self,
        id: AnnouncementId,
        row: &AnnouncementRow,
        totals: &mut Totals,
    ) {
        let waits = |row: &AnnouncementRow| row.state == AnnouncementState::Announced;
        let before = self.announcements.get(id.slot());
        if before.is_some() {
            self.announcements.set(id.slot(), row).expect(NO_ROOM);
        } else {
            let pushed = self.announcements.push(row).expect(NO_ROOM);
            assert!(pushed == id.slot(), "BUG: an announcement's number is not the next");
        }
        step(&mut totals.announced, before.as_ref().is_some_and(waits), waits(row));
    }

    pub(crate) fn put_seal(&mut self, id: SealId, row: &SealRow, totals: &mut Totals) {
        let slot = id.slot();
        let Some(old) = self.seals.get(slot) else {
            let pushed = self.seals.push(row).expect(NO_ROOM);
            assert!(pushed == slot, "BUG: a seal's number is not the next");
            if row.state == SealState::Active {
                let anchor = &mut totals.seals;
                ACTIVE.push_back(&mut self.seals, ACTIVE_LIST, anchor, slot).expect(BAD_LIST);
            }
            return;
        };
        self.seals.write_part(slot, 0, &row.part()).expect(NO_ROOM);
        if old.state == SealState::Active && row.state != SealState::Active {
            let anchor = &mut totals.seals;
            ACTIVE.unlink(&mut self.seals, ACTIVE_LIST, anchor, slot).expect(BAD_LIST);
        }
    }

    pub(crate) fn put_seat(&mut self, id: SeatId, row: &SeatRow, totals: &mut Totals) {
        let armed = |row: &SeatRow| row.state == SeatState::Armed;
        let before = self.seats.get(id.slot());
        if before.is_some() {
            self.seats.set(id.slot(), row).expect(NO_ROOM);
        } else {
            let pushed = self.seats.push(row).expect(NO_ROOM);
            assert!(pushed == id.slot(), "BUG: a seat's number is not the next");
        }
        step(&mut totals.armed, before.as_ref().is_some_and(armed), armed(row));
    }

    pub(crate) fn put_service(&mut self, service: Service, row: &ServiceRow, totals: &mut Totals) {
        let open = |row: &ServiceRow| !matches!(row.breaker.state(), BreakerState::Closed { .. });
        let slot = service.slot();
        let before = self.services.get(slot);
        let until = slot.saturating_add(1);
        self.services.extend_to(until, &ServiceRow::default()).expect(NO_ROOM);
        self.services.set(slot, row).expect(NO_ROOM);
        step(&mut totals.open_breakers, before.as_ref().is_some_and(open), open(row));
    }

    pub(crate) fn put_change(&mut self, id: ChangeId, row: ChangeRow) {
        self.changes.insert(id.get(), Stored(row));
    }
}

/// A count of rows of which one may have come or gone.
fn step(count: &mut u64, before: bool, after: bool) {
    match (before, after) {
        (false, true) => *count = count.saturating_add(1),
        (true, false) => *count = count.saturating_sub(1),
        (true, true) | (false, false) => {}
    }
}

fn count(totals: &mut Totals, from: Option<ReservationState>, to: ReservationState) {
    let states = ReservationState::ALL.into_iter().zip(totals.reservations.iter_mut());
    for (state, count) in states {
        let (left, came) = (from == Some(state), to == state);
        if came && !left {
            *count = count.saturating_add(1);
        } else if left && !came {
            *count = count.saturating_sub(1);
        }
    }
}
