//! Records for rules and readers.

use granary_kernel::row::damaged;
use granary_kernel::{Ctx, Profile};
use granary_resilience::breaker::BreakerRule;
use granary_stable::keys::FixedKey;
use granary_stable::list::Direction;
use ic_stable_structures::Memory;

use crate::errors::{GuardError, Missing};
use crate::limits;
use crate::records::guard::{ACTIVE, ACTIVE_LIST};
use crate::records::policy::PolicyChange;
use crate::records::reservation::Outflow;
use crate::records::{
    AlertRow, AnnouncementRow, AssetRow, ChangeRow, DestinationEntry, DestinationRow, FlowRow,
    Refresh, ReservationRow, Rules, SealRow, SeatRow, ServiceRow, Totals, TreasuryRow,
};
use crate::rules::outflow::OutflowView;
use crate::rules::policy::PolicyView;
use crate::rules::settle::SettleView;
use crate::rules::{Flows, advanced, treasury};
use crate::store::Store;
use crate::types::{
    AlertId, AnnouncementId, AssetId, ChangeId, Hash, ReservationId, Scope, SealId, SeatId,
    Service, Timestamp,
};

impl<M: Memory + 'static> Store<M> {
    /// The running figures.
    pub fn totals(&self) -> Totals {
        self.totals.get(0).unwrap_or_else(damaged)
    }

    /// What holds for all assets.
    pub fn rules(&self) -> &Rules {
        self.rules.get().unwrap_or_else(damaged)
    }

    /// Where the question about the treasury stands.
    pub fn refresh(&self) -> &Refresh {
        self.refresh.get().unwrap_or_else(damaged)
    }

    /// What is known of the whole treasury.
    pub fn treasury_row(&self) -> TreasuryRow {
        self.treasury.get(0).unwrap_or_else(damaged)
    }

    /// The floors the canister holds itself to.
    pub fn profile(&self) -> Profile {
        self.base().profile
    }

    pub(crate) fn breaker_rule(&self) -> BreakerRule {
        treasury::policy(self.profile()).breaker
    }

    /// An asset; one that was never named is empty.
    pub fn asset(&self, id: AssetId) -> AssetRow {
        self.assets.get(id.slot()).unwrap_or_default()
    }

    /// Every asset there is a row of.
    pub fn all_assets(&self) -> impl Iterator<Item = (AssetId, AssetRow)> + '_ {
        self.assets.iter_from(0).filter_map(|(slot, row)| Some((AssetId::from_slot(slot)?, row)))
    }

    /// The rolling windows of an asset, as they are stored.
    pub fn flows(&self, id: AssetId) -> Box<Flows> {
        let first = id.slot().saturating_mul(4);
        let mut flows = Box::new([FlowRow::default(); 4]);
        for (at, flow) in (first..).zip(flows.iter_mut()) {
            *flow = self.flows.get(at).unwrap_or_default();
        }
        flows
    }

    /// What is known of a destination.
    pub fn destination(&self, key: &Hash) -> DestinationRow {
        let known = self.destinations.get(&FixedKey(*key));
        known.map_or_else(DestinationRow::default, |number| self.destination_row(number).row)
    }

    pub(crate) fn destination_row(&self, number: u32) -> DestinationEntry {
        self.destination_rows.get(number.into()).unwrap_or_else(damaged)
    }

    /// A service; one that was never told of is well.
    pub fn service(&self, service: Service) -> ServiceRow {
        self.services.get(service.slot()).unwrap_or_default()
    }

    /// The newest reservation of an intent.
    pub fn reservation_of(
        &self,
        intent: u64,
    ) -> Result<(ReservationId, ReservationRow), GuardError> {
        let id = self.newest_of(intent).ok_or(Missing::Reservation { intent })?;
        Ok((id, self.reservations.get(id.slot()).unwrap_or_else(damaged)))
    }

    /// An announcement.
    pub fn announcement(&self, id: u64) -> Result<(AnnouncementId, AnnouncementRow), GuardError> {
        let found = AnnouncementId::from_wire(id)
            .and_then(|number| Some((number, self.announcements.get(number.slot())?)));
        Ok(found.ok_or(Missing::Announcement { id })?)
    }

    /// A seal.
    pub fn seal_row(&self, id: u64) -> Result<(SealId, SealRow), GuardError> {
        let found =
            SealId::from_wire(id).and_then(|number| Some((number, self.seals.get(number.slot())?)));
        Ok(found.ok_or(Missing::Seal { id })?)
    }

    /// A seat.
    pub fn seat(&self, id: u64) -> Result<(SeatId, SeatRow), GuardError> {
        let found =
            SeatId::from_wire(id).and_then(|number| Some((number, self.seats.get(number.slot())?)));
        Ok(found.ok_or(Missing::Seat { id })?)
    }

    /// Every seat; bounded by [`limits::MAX_SEATS`].
    pub fn all_seats(&self) -> Vec<(SeatId, SeatRow)> {
        let seats = self.seats.iter_from(0);
        seats.filter_map(|(slot, row)| Some((SeatId::from_slot(slot)?, row))).collect()
    }

    /// An alert.
    pub fn alert(&self, id: u64) -> Result<(AlertId, AlertRow), GuardError> {
        let found = AlertId::from_wire(id)
            .and_then(|number| Some((number, self.alerts.get(number.slot())?)));
        Ok(found.ok_or(Missing::Alert { id })?)
    }

    /// A change of the policy.
    pub fn change(&self, id: u64) -> Result<(ChangeId, ChangeRow), GuardError> {
        let found = ChangeId::from_wire(id)
            .and_then(|number| Some((number, self.changes.get(&number.get())?.0)));
        Ok(found.ok_or(Missing::Change { id })?)
    }

    /// Changes that wait: all were compared with the policy there is, so they are the newest.
    pub(crate) fn waiting(&self, now: Timestamp) -> u64 {
        let version = self.rules().version;
        let newest = self.changes.iter().rev().take(100).map(|entry| entry.value().0);
        let open = newest.take_while(|row| row.base_version == version);
        let waits =
            |row: &ChangeRow| row.state_at(version, now) == crate::records::ChangeState::Proposed;
        u64::try_from(open.filter(waits).count()).unwrap_or(u64::MAX)
    }

    /// Seals on the list of active ones; at most [`limits::MAX_SEALS`].
    pub fn active_seals(&self) -> Vec<(SealId, SealRow)> {
        let anchor = self.totals().seals;
        if anchor.is_empty() {
            return vec![];
        }
        let most = usize::try_from(limits::MAX_SEALS).unwrap_or(usize::MAX);
        let slots = ACTIVE.page(&self.seals, ACTIVE_LIST, &anchor, None, most, Direction::Forward);
        let slots = slots.unwrap_or_else(|_| damaged());
        let row = |slot: u64| Some((SealId::from_slot(slot)?, self.seals.get(slot)?));
        slots.into_iter().filter_map(row).collect()
    }

    /// The end of the seal that stops an outflow for longest.
    fn sealed(&self, totals: &Totals, outflow: &Outflow, now: Timestamp) -> Option<Timestamp> {
        if totals.seals.is_empty() {
            return None;
        }
        let scopes = [
            Scope::All,
            Scope::Asset(outflow.asset),
            Scope::Purpose(outflow.purpose),
            Scope::Destination(outflow.destination),
        ];
        let stops = |row: &SealRow| row.is_active(now) && scopes.contains(&row.scope);
        let seals = self.active_seals().into_iter().map(|(_, row)| row);
        seals.filter(stops).map(|row| row.expires_at).max()
    }

    /// What deciding about an outflow reads, with the windows as of `time`. `row` is the asset's.
    pub(crate) fn outflow_view<'a>(
        &'a self,
        outflow: &Outflow,
        row: &AssetRow,
        service: &ServiceRow,
        breaker_rule: &'a BreakerRule,
        (now, time): (Timestamp, Timestamp),
    ) -> OutflowView<'a> {
        let (rules, totals) = (self.rules(), self.totals());
        let whole = limits::WHOLE_BPS;
        let by_value = rules.drawdown_bps < whole || rules.concentration_bps < whole;
        let announcement = outflow.announcement.and_then(|id| self.announcements.get(id.slot()));
        OutflowView {
            rules,
            row: *row,
            flows: advanced(self.flows(outflow.asset), time),
            sealed: self.sealed(&totals, outflow, now),
            breaker: service.breaker,
            breaker_rule,
            is_insolvent: totals.is_insolvent,
            treasury: by_value.then(|| Box::new(self.treasury_row())),
            destination: self.destination(&outflow.destination),
            announcement,
        }
    }

    pub(crate) fn settle_view(&self, id: ReservationId, row: ReservationRow) -> SettleView {
        let outflow = row.outflow;
        SettleView {
            id,
            row,
            asset: self.asset(outflow.asset),
            flows: self.flows(outflow.asset),
            destination: self.destination(&outflow.destination),
            announcement: outflow.announcement.and_then(|id| self.announcements.get(id.slot())),
            service: self.service(Service::Ledger(outflow.asset)),
            breaker_rule: self.breaker_rule(),
            run: self.refresh().run,
            next_event: self.journal_head().0,
        }
    }

    /// The parts of the policy a change names.
    pub(crate) fn policy_view(&self, change: &PolicyChange, ctx: &Ctx) -> PolicyView<'_> {
        let asset = |row: &crate::records::policy::AssetChange| {
            let id = AssetId::new(row.asset)?;
            Some((id, self.asset(id)))
        };
        let destination = |row: &crate::records::policy::DestinationChange| {
            (row.destination, self.destination(&row.destination))
        };
        let next = self.changes.len();
        PolicyView {
            rules: self.rules(),
            profile: self.profile(),
            assets: change.assets.iter().filter_map(asset).collect(),
            destinations: change.destinations.iter().map(destination).collect(),
            waiting: self.waiting(ctx.now),
            next: ChangeId::from_slot(next).filter(|_| next < limits::MAX_CHANGES),
        }
    }
}
