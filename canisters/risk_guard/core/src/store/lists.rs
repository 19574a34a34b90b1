//! Pages by cursor, and figures for readers.

use granary_kernel::lists::{by_number, threaded};
use granary_kernel::{Ctx, Page, checks};
use ic_stable_structures::Memory;

use crate::errors::GuardError;
use crate::records::reservation::{HELD, HELD_LIST};
use crate::records::{
    AlertRow, AnnouncementRow, AssetRow, ChangeRow, ReservationRow, SealRow, WindowLimit,
};
use crate::rules::outflow::{capacity, free};
use crate::store::Store;
use crate::types::{
    AlertId, AlertState, AnnouncementId, AssetId, ChangeId, ReservationId, SealId, Span, Timestamp,
};

/// One window of one asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowStatus {
    /// Which.
    pub span: Span,
    /// Its limit; none when it is counted only.
    pub limit: Option<WindowLimit>,
    /// What is taken.
    pub used: u128,
    /// By how many.
    pub count: u32,
    /// What it lets through with everything that binds it.
    pub capacity: Option<u128>,
    /// When the oldest of it leaves the window.
    pub frees_at: Option<Timestamp>,
}

/// One asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitsStatus {
    /// Which.
    pub asset: AssetId,
    /// Its row.
    pub row: AssetRow,
    /// Its windows.
    pub windows: Vec<WindowStatus>,
    /// What may leave so that enough remains; none when nothing must.
    pub free: Option<u128>,
}

impl<M: Memory + 'static> Store<M> {
    /// Where the limits of an asset stand.
    pub fn limits_status(&self, ctx: &Ctx, asset: u64) -> Result<LimitsStatus, GuardError> {
        let id = self.known_asset(asset)?;
        let row = self.asset(id);
        let time = ctx.now.max(row.clock);
        let flows = crate::rules::advanced(self.flows(id), time);
        let windows = Span::ALL.into_iter().zip(flows.iter()).map(|(span, flow)| {
            let limit = row.limits.and_then(|limits| limits.window(span));
            let (used, count) = flow.total();
            let bound = |limit: &WindowLimit| Some(capacity(limit, row.limits.as_ref()?, &row));
            WindowStatus {
                span,
                limit,
                used,
                count,
                capacity: limit.as_ref().and_then(bound),
                frees_at: flow.frees_at(span, 1, 1),
            }
        });
        let windows: Vec<_> = windows.collect();
        let today = windows.iter().find(|window| window.span == Span::Day);
        let today = today.map_or(0, |window| window.used);
        let free = row.limits.map(|limits| free(&limits, &row, today));
        Ok(LimitsStatus { asset: id, row, windows, free: free.filter(|free| *free < u128::MAX) })
    }

    /// Reservations by number; or only those that are held, in the order in which they expire.
    pub fn list_reservations(
        &self,
        only_held: bool,
        after: Option<u64>,
        limit: u32,
    ) -> Result<Page<(ReservationId, ReservationRow)>, GuardError> {
        let limit = checks::page(limit, granary_kernel::limits::MAX_PAGE)?;
        let page = if only_held {
            let anchor = self.totals().held;
            threaded(HELD, &self.reservations, HELD_LIST, &anchor, after, limit)?
        } else {
            by_number(after, limit, self.reservations.len())
        };
        Ok(keep(page, |number| {
            let id = ReservationId::from_wire(number)?;
            Some((id, self.reservations.get(id.slot())?))
        }))
    }

    /// Alerts by number; or only those that are not resolved, in the order of their kinds.
    pub fn list_alerts(
        &self,
        only_open: bool,
        after: Option<u64>,
        limit: u32,
    ) -> Result<Page<(AlertId, AlertRow)>, GuardError> {
        let limit = checks::page(limit, granary_kernel::limits::MAX_PAGE)?;
        let row = |number: u64| {
            let id = AlertId::from_wire(number)?;
            Some((id, self.alerts.get(id.slot())?))
        };
        if !only_open {
            return Ok(keep(by_number(after, limit, self.alerts.len()), row));
        }
        // The cursor is the number of an alert: those behind it in the order of numbers.
        let mut open: Vec<u64> =
            self.open_alerts.iter().map(|entry| u64::from(entry.value())).collect();
        open.sort_unstable();
        open.retain(|number| after.is_none_or(|after| *number > after));
        let goes_on = open.len() > limit;
        open.truncate(limit);
        let next = open.last().copied().filter(|_| goes_on);
        Ok(keep(Page { items: open, next }, row))
    }

    /// Changes of the policy by number.
    pub fn list_changes(
        &self,
        after: Option<u64>,
        limit: u32,
    ) -> Result<Page<(ChangeId, ChangeRow)>, GuardError> {
        let limit = checks::page(limit, granary_kernel::limits::MAX_PAGE)?;
        let page = by_number(after, limit, self.changes.len());
        Ok(keep(page, |number| self.change(number).ok()))
    }

    /// Announcements by number.
    pub fn list_announcements(
        &self,
        after: Option<u64>,
        limit: u32,
    ) -> Result<Page<(AnnouncementId, AnnouncementRow)>, GuardError> {
        let limit = checks::page(limit, granary_kernel::limits::MAX_PAGE)?;
        let page = by_number(after, limit, self.announcements.len());
        Ok(keep(page, |number| self.announcement(number).ok()))
    }

    /// Seals by number.
    pub fn list_seals(
        &self,
        after: Option<u64>,
        limit: u32,
    ) -> Result<Page<(SealId, SealRow)>, GuardError> {
        let limit = checks::page(limit, granary_kernel::limits::MAX_PAGE)?;
        let page = by_number(after, limit, self.seals.len());
        Ok(keep(page, |number| self.seal_row(number).ok()))
    }

    /// Reservations there ever were.
    pub fn reservation_count(&self) -> u64 {
        self.reservations.len()
    }

    /// Alerts that are open: firing and acknowledged.
    pub fn open_alert_count(&self) -> u64 {
        self.open_alerts.len()
    }

    /// True when the state of an alert says that it is open.
    pub(crate) fn is_open(row: &AlertRow) -> bool {
        row.state != AlertState::Resolved
    }
}

fn keep<T, U>(page: Page<T>, look: impl FnMut(T) -> Option<U>) -> Page<U> {
    Page { items: page.items.into_iter().filter_map(look).collect(), next: page.next }
}
