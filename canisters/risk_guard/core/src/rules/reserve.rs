//! Taking capacity for an intent.

use granary_resilience::breaker::BreakerState;

use crate::errors::{GuardError, StateFault};
use crate::limits;
use crate::records::reservation::Outflow;
use crate::records::{Event, EventKind, ReservationRow, ServiceRow};
use crate::rules::outflow::{Denial, OutflowView, Pass, decide};
use crate::rules::{AlertCall, Change, Ctx, Wake};
use crate::types::{
    AlertKind, AnnouncementState, Level, ReservationId, ReservationState, Service, Timestamp,
};

/// What an intent has.
pub type Existing = Option<(ReservationId, ReservationRow)>;

/// The answer to `reserve_outflow`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The capacity is taken.
    Held(ReservationId, ReservationRow),
    /// It may not leave.
    Denied(Denial),
}

/// What reserving reads beside the outflow.
#[derive(Debug)]
pub struct ReserveView<'a> {
    /// What the decision reads, with the windows as of [`ReserveView::time`].
    pub outflow: OutflowView<'a>,
    /// The row of the asset's ledger.
    pub service: ServiceRow,
    /// The number of the next reservation.
    pub next: ReservationId,
    /// The time flows are counted at: never before the newest.
    pub time: Timestamp,
}

/// The reservation an intent already has, when it answers the request; no outflow stands for one
/// that names nothing.
pub fn again(
    existing: &Existing,
    outflow: Option<&Outflow>,
) -> Result<Option<Verdict>, GuardError> {
    let Some((id, row)) = existing else { return Ok(None) };
    match row.state {
        ReservationState::Held if outflow == Some(&row.outflow) => {
            Ok(Some(Verdict::Held(*id, *row)))
        }
        ReservationState::Held => Err(StateFault::ReservationConflict { held: *id }.into()),
        ReservationState::Committed => {
            let allowed = &[ReservationState::Released, ReservationState::Expired];
            let actual = ReservationState::Committed;
            Err(StateFault::Reservation { actual, allowed }.into())
        }
        ReservationState::Released | ReservationState::Expired => Ok(None),
    }
}

/// The record of a denial.
pub fn denied(intent: u64, asset: Option<u32>, denial: &Denial) -> Change {
    let event = Event::new(EventKind::OutflowDenied, intent)
        .name(denial.rule.name())
        .units(denial.remaining);
    let mut change = Change::with(Event { asset, ..event });
    change.denied = Some(denial.rule);
    change
}

/// Takes the capacity, or says which rule denies.
pub fn reserve(view: ReserveView<'_>, outflow: Outflow, ctx: &Ctx) -> (Change, Verdict) {
    let id = view.next;
    let pass = match decide(&view.outflow, &outflow, view.time) {
        Ok(pass) => pass,
        Err(denial) => {
            let change = denied(outflow.intent, Some(outflow.asset.get()), &denial);
            return (change, Verdict::Denied(denial));
        }
    };
    let expires_at = view.time.saturating_add(limits::HOLD);
    let row = ReservationRow {
        outflow,
        state: ReservationState::Held,
        needs: pass.needs,
        reserved_at: ctx.now,
        expires_at,
        counted_at: (!pass.is_announced).then_some(view.time),
        turn: pass.permit.turn(),
        is_told: false,
        settled_at: None,
        settled_event: 0,
    };
    let event = Event::new(EventKind::OutflowReserved, id.wire())
        .number(outflow.intent)
        .digest(outflow.destination)
        .of(outflow.asset.get(), outflow.amount);
    let mut change = Change::with(event);
    change.reservation = Some((id, row));
    change.wake = Some(Wake::Held(expires_at));
    tried(&mut change, &view, &pass, ctx);
    used(&mut change, &view, &outflow, &pass);
    taken(&mut change, view, &outflow, &pass);
    (change, Verdict::Held(id, row))
}

/// A breaker that was open is tried: the outflow is one of its probes (R6).
fn tried(change: &mut Change, view: &ReserveView<'_>, pass: &Pass, ctx: &Ctx) {
    if pass.breaker == view.service.breaker {
        return;
    }
    let Some((_, row)) = &change.reservation else { return };
    let service = Service::Ledger(row.outflow.asset);
    let was_open = matches!(view.service.breaker.state(), BreakerState::Open { .. });
    if was_open {
        let event = Event::new(EventKind::BreakerHalfOpened, service.slot());
        change.events.push(event.name(&service.name()));
    }
    let row = ServiceRow { breaker: pass.breaker, last_at: Some(ctx.now), ..view.service };
    change.service = Some((service, row));
}

/// The announcement is the intent's from now on.
fn used(change: &mut Change, view: &ReserveView<'_>, outflow: &Outflow, pass: &Pass) {
    let (Some(id), Some(row)) = (outflow.announcement, view.outflow.announcement) else { return };
    if !pass.is_announced {
        return;
    }
    let intent = Some(outflow.intent);
    let mut row = row;
    (row.state, row.intent) = (AnnouncementState::Used, intent);
    change.announcement = Some((id, row));
    change.events.push(Event::new(EventKind::AnnouncementUsed, id.wire()).number(intent));
}

/// The asset's row and windows with the outflow in them.
fn taken(change: &mut Change, view: ReserveView<'_>, outflow: &Outflow, pass: &Pass) {
    let mut row = view.outflow.row;
    row.clock = view.time;
    row.held_count = row.held_count.saturating_add(1);
    row.held = row.held.saturating_add(outflow.amount);
    row.since = row.since.saturating_add(outflow.amount);
    if !pass.is_announced {
        let mut flows = view.outflow.flows;
        for flow in flows.iter_mut() {
            flow.add(outflow.amount);
        }
        change.flows = Some((outflow.asset, flows));
    }
    if pass.used_bps >= limits::NEARLY_USED_BPS && !row.is_nearly_used {
        row.is_nearly_used = true;
        change.alerts.push(AlertCall::Raise {
            kind: AlertKind::LimitNearlyUsed,
            subject: outflow.asset.wire(),
            level: Level::Warning,
            value: pass.used_bps,
            threshold: limits::NEARLY_USED_BPS,
        });
    }
    change.assets.push((outflow.asset, row));
}
