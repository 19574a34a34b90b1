//! Stopping outflows at once, for a bounded time (R4, R5).

use granary_kernel::{Fault, checks};

use crate::errors::{AccessFault, GuardError, StateFault};
use crate::limits;
use crate::records::{Event, EventKind, SealRow, SeatRow};
use crate::rules::{AlertCall, Change, Ctx, Wake, within};
use crate::types::{
    AlertKind, Duration, Level, Scope, SealId, SealState, SeatId, SeatState, Timestamp,
};

/// What is to be stopped, for how long and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// What.
    pub scope: Scope,
    /// How long from now.
    pub duration: Duration,
    /// Why.
    pub reason: String,
}

/// What sealing reads.
#[derive(Clone, Debug)]
pub struct View {
    /// True when the caller governs.
    pub is_governor: bool,
    /// Seats of the caller.
    pub seats: Vec<(SeatId, SeatRow)>,
    /// The active seal of exactly this scope.
    pub active: Option<(SealId, SealRow)>,
    /// Seals that are active.
    pub count: u64,
    /// The number of the next seal.
    pub next: Option<SealId>,
}

/// Seals. A governor seals anything and moves the end of a seal there is; a guardian uses its seat
/// up, and never touches a seal there is.
pub fn seal(view: &View, input: Input, ctx: &Ctx) -> Result<Change, GuardError> {
    checks::text("reason", &input.reason, limits::MAX_REASON_BYTES)?;
    within("duration_ns", input.duration, limits::SEAL_LEAST, limits::SEAL_MOST)?;
    let expires_at = ctx.now.saturating_add(input.duration);
    let seat = if view.is_governor { None } else { Some(seat_for(view, &input.scope, ctx)?) };
    if let Some((id, row)) = &view.active {
        if seat.is_some() {
            return Err(StateFault::SealActive { until: row.expires_at }.into());
        }
        return Ok(extended(*id, row, expires_at));
    }
    let (what, max) = ("the list of active seals", limits::MAX_SEALS);
    let id = view.next.filter(|_| view.count < max).ok_or(Fault::Full { what, max })?;
    let row = SealRow {
        scope: input.scope,
        by: ctx.actor,
        seat: seat.as_ref().map(|(id, _)| *id),
        at: ctx.now,
        expires_at,
        state: SealState::Active,
        reason: input.reason,
    };
    let event = Event::new(EventKind::Sealed, id.wire()).party(ctx.actor);
    let mut change = Change::with(event.number(expires_at.as_secs()));
    if let Some((seat, row)) = seat {
        change.events.push(Event::new(EventKind::SeatUsed, seat.wire()).number(id.wire()));
        let times_used = row.times_used.saturating_add(1);
        change.seat = Some((seat, SeatRow { state: SeatState::Used, times_used, ..row }));
    }
    change.seal = Some((id, row));
    change.wake = Some(Wake::Seal(id, expires_at));
    change.alerts.push(AlertCall::Raise {
        kind: AlertKind::SealActive,
        subject: id.wire(),
        level: Level::Warning,
        value: input.duration.as_secs().into(),
        threshold: 0,
    });
    change.events.push(Event::new(EventKind::ProtectiveActionTaken, id.wire()).name("seal"));
    Ok(change)
}

fn seat_for(view: &View, scope: &Scope, ctx: &Ctx) -> Result<(SeatId, SeatRow), GuardError> {
    let covering = |(_, row): &&(SeatId, SeatRow)| row.scope.covers(scope);
    let armed = |(_, row): &&(SeatId, SeatRow)| row.state_at(ctx.now) == SeatState::Armed;
    // The narrowest that will do: a seat for everything is worth more.
    let seats = || view.seats.iter().filter(covering).filter(armed);
    let narrow = seats().find(|(_, row)| row.scope == *scope);
    match narrow.or_else(|| seats().next()) {
        Some(seat) => Ok(*seat),
        None => Err(AccessFault::NoSeat.into()),
    }
}

fn extended(id: SealId, row: &SealRow, expires_at: Timestamp) -> Change {
    let event = Event::new(EventKind::SealExtended, id.wire());
    let mut change = Change::with(event.number(expires_at.as_secs()));
    change.seal = Some((id, SealRow { expires_at, ..row.clone() }));
    change.wake = Some(Wake::Seal(id, expires_at));
    change
}

/// A governor ends a seal.
pub fn lift(id: SealId, row: &SealRow, ctx: &Ctx) -> Result<Change, GuardError> {
    if !row.is_active(ctx.now) {
        let actual = if row.state == SealState::Active { SealState::Expired } else { row.state };
        return Err(StateFault::Seal { actual }.into());
    }
    Ok(ended(id, row, SealState::Lifted, EventKind::SealLifted))
}

/// A seal ends by itself; or when to look again. Nothing when it has ended.
pub fn expire(id: SealId, row: &SealRow, ctx: &Ctx) -> Result<Option<Change>, Timestamp> {
    match row.state {
        SealState::Lifted | SealState::Expired => Ok(None),
        SealState::Active if ctx.now < row.expires_at => Err(row.expires_at),
        SealState::Active => Ok(Some(ended(id, row, SealState::Expired, EventKind::SealExpired))),
    }
}

fn ended(id: SealId, row: &SealRow, state: SealState, kind: EventKind) -> Change {
    let mut change = Change::with(Event::new(kind, id.wire()));
    change.seal = Some((id, SealRow { state, ..row.clone() }));
    let (kind, subject) = (AlertKind::SealActive, id.wire());
    change.alerts.push(AlertCall::Clear { kind, subject });
    change
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::{after, asset, ctx, governor, guardian, seat};

    fn view(is_governor: bool) -> View {
        let seats = vec![(SeatId::new(1).expect("a number"), seat(Scope::Asset(asset())))];
        let seats = if is_governor { vec![] } else { seats };
        View { is_governor, seats, active: None, count: 0, next: SealId::new(1) }
    }

    fn input(hours: u32) -> Input {
        Input {
            scope: Scope::Asset(asset()),
            duration: Duration::seconds(hours * 3_600),
            reason: "a key may be lost".to_owned(),
        }
    }

    #[test]
    fn r4_a_seal_lasts_an_hour_to_two_weeks() {
        for (hours, fits) in [(0, false), (1, true), (14 * 24, true), (14 * 24 + 1, false)] {
            for is_governor in [true, false] {
                let by = if is_governor { governor() } else { guardian() };
                let sealed = seal(&view(is_governor), input(hours), &ctx(by));
                assert_eq!(sealed.is_ok(), fits, "{hours} {is_governor}");
            }
        }
    }

    #[test]
    fn r4_a_seat_seals_once_and_only_what_it_covers() {
        let first = seal(&view(false), input(2), &ctx(guardian())).expect("armed");
        let (_, used) = first.seat.expect("used up");
        assert_eq!((used.state, used.times_used), (SeatState::Used, 1));
        let again = View { seats: vec![(SeatId::new(1).expect("one"), used)], ..view(false) };
        let no_seat = Some(GuardError::from(AccessFault::NoSeat));
        assert_eq!(seal(&again, input(2), &ctx(guardian())).err(), no_seat);
        let all = Input { scope: Scope::All, ..input(2) };
        assert_eq!(seal(&view(false), all, &ctx(guardian())).err(), no_seat);
        let wide =
            View { seats: vec![(SeatId::new(1).expect("one"), seat(Scope::All))], ..view(false) };
        assert!(seal(&wide, input(2), &ctx(guardian())).is_ok());
    }

    #[test]
    fn r10_a_seat_whose_time_is_over_seals_nothing() {
        let alive = seat(Scope::Asset(asset()));
        let late = Ctx {
            now: alive.alive_until.saturating_add(Duration::from_nanos(1)),
            ..ctx(guardian())
        };
        let refused = seal(&view(false), input(2), &late);
        assert_eq!(refused.err(), Some(AccessFault::NoSeat.into()));
        let just = Ctx { now: alive.alive_until, ..ctx(guardian()) };
        assert!(seal(&view(false), input(2), &just).is_ok());
    }

    #[test]
    fn r4_only_a_governor_extends() {
        let sealed = seal(&view(false), input(2), &ctx(guardian())).expect("armed");
        let active = sealed.seal;
        let again = View { active: active.clone(), count: 1, ..view(false) };
        let until = after(2 * 3_600);
        let refused = seal(&again, input(5), &ctx(guardian())).err();
        assert_eq!(refused, Some(StateFault::SealActive { until }.into()));
        let governing = View { active, count: 1, ..view(true) };
        let longer = seal(&governing, input(5), &ctx(governor())).expect("governs");
        let (id, row) = longer.seal.expect("the same seal");
        assert_eq!((id.wire(), row.expires_at), (1, after(5 * 3_600)));
        assert!(longer.seat.is_none());
    }

    #[test]
    fn r4_a_seal_ends_by_itself() {
        let sealed = seal(&view(true), input(1), &ctx(governor())).expect("governs");
        let (id, row) = sealed.seal.expect("a seal");
        let at = |seconds| Ctx { now: after(seconds), ..ctx(governor()) };
        assert!(row.is_active(after(3_599)) && !row.is_active(after(3_600)));
        assert_eq!(expire(id, &row, &at(3_599)).err(), Some(after(3_600)));
        let over = expire(id, &row, &at(3_600)).expect("over").expect("a change");
        assert_eq!(over.seal.expect("the seal").1.state, SealState::Expired);
        let actual = SealState::Expired;
        assert_eq!(lift(id, &row, &at(3_600)).err(), Some(StateFault::Seal { actual }.into()));
        let lifted = lift(id, &row, &at(5)).expect("active").seal.expect("the seal").1;
        assert_eq!(lifted.state, SealState::Lifted);
        assert!(matches!(expire(id, &lifted, &at(3_600)), Ok(None)));
    }

    #[test]
    fn the_list_of_active_seals_is_bounded() {
        let full = View { count: limits::MAX_SEALS, ..view(true) };
        let refused = seal(&full, input(1), &ctx(governor()));
        assert!(matches!(refused, Err(GuardError::Kernel(Fault::Full { .. }))));
    }
}
