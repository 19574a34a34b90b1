//! What becomes of capacity that was taken: the money left, did not, or nobody said in time (R2).

use granary_resilience::breaker::{BreakerRule, Permit};

use crate::errors::{GuardError, StateFault};
use crate::records::{
    AnnouncementRow, AssetRow, DestinationRow, Event, EventKind, ReservationRow, ServiceRow,
};
use crate::rules::{AlertCall, Change, Ctx, Flows, Wake, advanced};
use crate::types::{
    AlertKind, AnnouncementState, Level, ReservationId, ReservationState, Service, Span,
};

/// What settling reads.
#[derive(Debug)]
pub struct SettleView {
    /// The reservation.
    pub id: ReservationId,
    /// Its row.
    pub row: ReservationRow,
    /// Its asset.
    pub asset: AssetRow,
    /// The asset's rolling windows, as they are stored.
    pub flows: Box<Flows>,
    /// What is known of the destination.
    pub destination: DestinationRow,
    /// What it was announced with.
    pub announcement: Option<AnnouncementRow>,
    /// The ledger of the asset.
    pub service: ServiceRow,
    /// When breakers open and close.
    pub breaker_rule: BreakerRule,
    /// Number of the newest question about the treasury.
    pub run: u64,
    /// Index of the next event.
    pub next_event: u64,
}

/// The money left. Never refused: it has happened. None when that was known.
pub fn commit(mut view: SettleView, ctx: &Ctx) -> Option<Change> {
    let before = view.row.state;
    if before == ReservationState::Committed {
        return None;
    }
    let outflow = view.row.outflow;
    let event = Event::new(EventKind::OutflowCommitted, view.id.wire());
    let event = event.number(outflow.intent).of(outflow.asset.get(), outflow.amount);
    let mut change = Change::with(event);
    let is_late = before == ReservationState::Expired || ctx.now >= view.row.expires_at;
    if before == ReservationState::Released {
        change.alerts.push(surprise(&view, AlertKind::CommitAfterRelease, Level::Critical));
    } else if is_late {
        change.alerts.push(surprise(&view, AlertKind::LateCommit, Level::Warning));
    }
    if before == ReservationState::Held {
        view.asset.held_count = view.asset.held_count.saturating_sub(1);
        view.asset.held = view.asset.held.saturating_sub(outflow.amount);
    } else {
        // The capacity had come back and may be taken by others: it counts anew, from now.
        recount(&mut view, &mut change, ctx);
    }
    left(&mut view);
    if view.destination.first_used_at.is_none() {
        let row = DestinationRow { first_used_at: Some(ctx.now), ..view.destination };
        change.destinations.push((outflow.destination, row));
    }
    answered(&mut view, &mut change, ctx);
    change.assets.push((outflow.asset, view.asset));
    Some(ended(&view, change, ReservationState::Committed, ctx))
}

/// The money did not leave and will not. None when that was known.
pub fn release(view: SettleView, ctx: &Ctx) -> Result<Option<Change>, GuardError> {
    match view.row.state {
        ReservationState::Released => Ok(None),
        ReservationState::Held => {
            let event = Event::new(EventKind::OutflowReleased, view.id.wire());
            Ok(Some(back(view, event, ReservationState::Released, ctx)))
        }
        // The capacity is back already; that the money stays is worth knowing.
        ReservationState::Expired => {
            let event = Event::new(EventKind::OutflowReleased, view.id.wire());
            let change = Change::with(event.number(view.row.outflow.intent));
            Ok(Some(ended(&view, change, ReservationState::Released, ctx)))
        }
        ReservationState::Committed => {
            let allowed = &[ReservationState::Held, ReservationState::Expired];
            Err(StateFault::Reservation { actual: ReservationState::Committed, allowed }.into())
        }
    }
}

/// Nobody said in time. None when it is not held, or not yet over.
pub fn expire(view: SettleView, ctx: &Ctx) -> Option<Change> {
    let is_over = view.row.state == ReservationState::Held && ctx.now >= view.row.expires_at;
    is_over.then(|| {
        let event = Event::new(EventKind::OutflowExpired, view.id.wire());
        back(view, event, ReservationState::Expired, ctx)
    })
}

/// Gives the capacity of a held reservation back, once.
fn back(mut view: SettleView, event: Event, to: ReservationState, ctx: &Ctx) -> Change {
    let outflow = view.row.outflow;
    let event = event.number(outflow.intent).of(outflow.asset.get(), outflow.amount);
    let mut change = Change::with(event);
    let asset = &mut view.asset;
    asset.held_count = asset.held_count.saturating_sub(1);
    asset.held = asset.held.saturating_sub(outflow.amount);
    asset.since = asset.since.saturating_sub(outflow.amount);
    let time = ctx.now.max(asset.clock);
    asset.clock = time;
    if let Some(at) = view.row.counted_at {
        let mut flows = advanced(core::mem::take(&mut view.flows), time);
        for (span, flow) in Span::ALL.into_iter().zip(flows.iter_mut()) {
            flow.take_back(span, at, outflow.amount);
        }
        change.flows = Some((outflow.asset, flows));
    }
    if let (Some(id), Some(row)) = (outflow.announcement, view.announcement)
        && row.state == AnnouncementState::Used
        && row.intent == Some(outflow.intent)
    {
        let is_over = ctx.now > row.latest_at;
        let state = if is_over { AnnouncementState::Lapsed } else { AnnouncementState::Announced };
        change.announcement = Some((id, AnnouncementRow { state, intent: None, ..row }));
        change.wake = (!is_over).then_some(Wake::Announcement(id, row.latest_at));
    }
    change.assets.push((outflow.asset, view.asset));
    ended(&view, change, to, ctx)
}

/// The row at the end of its course.
fn ended(view: &SettleView, mut change: Change, state: ReservationState, ctx: &Ctx) -> Change {
    let mut row = ReservationRow { state, ..view.row };
    (row.settled_at, row.settled_event) = (Some(ctx.now), view.next_event);
    change.reservation = Some((view.id, row));
    change
}

fn recount(view: &mut SettleView, change: &mut Change, ctx: &Ctx) {
    let amount = view.row.outflow.amount;
    let time = ctx.now.max(view.asset.clock);
    view.asset.clock = time;
    view.asset.since = view.asset.since.saturating_add(amount);
    if view.row.counted_at.is_none() {
        // An announcement took it past the windows, and still does.
        return;
    }
    view.row.counted_at = Some(time);
    let mut flows = advanced(core::mem::take(&mut view.flows), time);
    for flow in flows.iter_mut() {
        flow.add(amount);
    }
    change.flows = Some((view.row.outflow.asset, flows));
}

/// What left while the books are being asked may still be in their answer.
fn left(view: &mut SettleView) {
    let asset = &mut view.asset;
    if asset.left_run != view.run {
        (asset.left_run, asset.left) = (view.run, 0);
    }
    asset.left = asset.left.saturating_add(view.row.outflow.amount);
}

/// A commitment is an answer of the ledger, unless the outcome was told before.
fn answered(view: &mut SettleView, change: &mut Change, ctx: &Ctx) {
    if view.row.is_told {
        return;
    }
    let before = view.service;
    let mut service = before;
    service.breaker.record(&view.breaker_rule, Permit::of_turn(view.row.turn), None, ctx.now);
    if service.breaker == before.breaker {
        return;
    }
    let name = Service::Ledger(view.row.outflow.asset);
    crate::rules::outcome::turned(change, name, &before, &service);
    service.last_at = Some(ctx.now);
    view.row.is_told = true;
    change.service = Some((name, service));
}

fn surprise(view: &SettleView, kind: AlertKind, level: Level) -> AlertCall {
    let outflow = &view.row.outflow;
    let (value, threshold) = (outflow.amount, 0);
    AlertCall::Raise { kind, subject: outflow.asset.wire(), level, value, threshold }
}
