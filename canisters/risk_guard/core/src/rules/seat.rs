//! Guardians' seats: armed by a governor, used once, disarmed by silence (R4, R10).

use granary_kernel::{Fault, checks};

use crate::errors::{AccessFault, GuardError, StateFault};
use crate::limits;
use crate::records::{Event, EventKind, SeatRow};
use crate::rules::{AlertCall, Change, Ctx, Wake, within};
use crate::types::{AlertKind, Duration, Level, Principal, Scope, SeatId, SeatState, Timestamp};

/// Arms a seat: the one of this scope and holder, or a new one.
pub fn arm(
    known: Option<(SeatId, SeatRow)>,
    next: Option<SeatId>,
    (scope, holder, heartbeat): (Scope, Principal, Duration),
    ctx: &Ctx,
) -> Result<Change, GuardError> {
    checks::person("holder", &holder)?;
    within("heartbeat_ns", heartbeat, limits::HEARTBEAT_LEAST, limits::HEARTBEAT_MOST)?;
    let alive_until = ctx.now.saturating_add(heartbeat);
    let (what, max) = ("the table of seats", limits::MAX_SEATS);
    let before = known.map(|(_, row)| row);
    let free = next.filter(|id| id.wire() <= max);
    let id = known.map(|(id, _)| id).or(free).ok_or(Fault::Full { what, max })?;
    let row = SeatRow {
        scope,
        holder,
        heartbeat,
        alive_until,
        state: SeatState::Armed,
        armed_at: ctx.now,
        times_armed: before.map_or(0, |row| row.times_armed).saturating_add(1),
        times_used: before.map_or(0, |row| row.times_used),
    };
    let mut change = Change::with(Event::new(EventKind::SeatArmed, id.wire()).party(holder));
    change.seat = Some((id, row));
    change.wake = Some(Wake::Seat(id, alive_until));
    change.alerts.push(cleared(id));
    Ok(change)
}

/// A governor takes a seat back.
pub fn disarm(id: SeatId, row: &SeatRow, ctx: &Ctx) -> Result<Change, GuardError> {
    need_armed(row, ctx)?;
    let mut change = Change::with(Event::new(EventKind::SeatDisarmed, id.wire()));
    change.seat = Some((id, SeatRow { state: SeatState::Disarmed, ..*row }));
    Ok(change)
}

/// The holder shows that it is there. A seat that lapsed is armed by a governor only.
pub fn heartbeat(id: SeatId, row: &SeatRow, ctx: &Ctx) -> Result<Change, GuardError> {
    if row.holder != ctx.actor {
        return Err(AccessFault::NotHolder.into());
    }
    need_armed(row, ctx)?;
    let alive_until = ctx.now.saturating_add(row.heartbeat).max(row.alive_until);
    let mut change = Change::with(Event::new(EventKind::GuardianHeartbeat, id.wire()));
    change.seat = Some((id, SeatRow { alive_until, ..*row }));
    Ok(change)
}

fn need_armed(row: &SeatRow, ctx: &Ctx) -> Result<(), GuardError> {
    match row.state_at(ctx.now) {
        SeatState::Armed => Ok(()),
        actual @ (SeatState::Used | SeatState::Lapsed | SeatState::Disarmed) => {
            Err(StateFault::Seat { actual }.into())
        }
    }
}

/// No sign of life came; or when to look again. Nothing when it is not armed.
pub fn lapse(id: SeatId, row: &SeatRow, ctx: &Ctx) -> Result<Option<Change>, Timestamp> {
    if row.state != SeatState::Armed {
        return Ok(None);
    }
    if ctx.now <= row.alive_until {
        return Err(row.alive_until.saturating_add(Duration::from_nanos(1)));
    }
    let mut change = Change::with(Event::new(EventKind::SeatLapsed, id.wire()));
    change.seat = Some((id, SeatRow { state: SeatState::Lapsed, ..*row }));
    change.alerts.push(AlertCall::Raise {
        kind: AlertKind::GuardianLapsed,
        subject: id.wire(),
        level: Level::Warning,
        value: ctx.now.saturating_since(row.alive_until).as_secs().into(),
        threshold: row.heartbeat.as_secs().into(),
    });
    Ok(Some(change))
}

fn cleared(id: SeatId) -> AlertCall {
    AlertCall::Clear { kind: AlertKind::GuardianLapsed, subject: id.wire() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::{after, ctx, governor, guardian, seat};

    const DAY: u32 = 86_400;

    fn armed(known: Option<(SeatId, SeatRow)>) -> SeatRow {
        let asked = (Scope::All, guardian(), Duration::seconds(7 * DAY));
        let change = arm(known, SeatId::new(1), asked, &ctx(governor())).expect("governs");
        assert!(change.wake.is_some());
        change.seat.expect("a seat").1
    }

    #[test]
    fn r10_a_lapsed_heartbeat_disarms_and_warns() {
        let (id, row) = (SeatId::new(1).expect("one"), armed(None));
        let at = |seconds| Ctx { now: after(seconds), ..ctx(guardian()) };
        assert_eq!(row.state_at(after(7 * DAY)), SeatState::Armed);
        assert_eq!(row.state_at(after(7 * DAY + 1)), SeatState::Lapsed);
        assert!(lapse(id, &row, &at(7 * DAY)).is_err());
        let over = lapse(id, &row, &at(7 * DAY + 1)).expect("over").expect("a change");
        assert_eq!(over.seat.expect("the seat").1.state, SeatState::Lapsed);
        let raised = AlertCall::Raise {
            kind: AlertKind::GuardianLapsed,
            subject: 1,
            level: Level::Warning,
            value: 1,
            threshold: (7 * DAY).into(),
        };
        assert_eq!(over.alerts, [raised]);
        let late = heartbeat(id, &row, &at(7 * DAY + 1)).err();
        let actual = SeatState::Lapsed;
        assert_eq!(late, Some(StateFault::Seat { actual }.into()), "silence is not undone");
        let shown = heartbeat(id, &row, &at(DAY)).expect("in time").seat.expect("the seat").1;
        assert_eq!(shown.alive_until, after(8 * DAY));
    }

    #[test]
    fn r4_only_arming_gives_a_seat_another_use() {
        let id = SeatId::new(1).expect("one");
        let used = SeatRow { state: SeatState::Used, times_used: 1, ..armed(None) };
        let actual = SeatState::Used;
        let refused = heartbeat(id, &used, &ctx(guardian())).err();
        assert_eq!(refused, Some(StateFault::Seat { actual }.into()));
        let again = armed(Some((id, used)));
        assert_eq!((again.state, again.times_armed, again.times_used), (SeatState::Armed, 2, 1));
        let gone = disarm(id, &again, &ctx(governor())).expect("armed").seat.expect("it").1;
        assert!(matches!(lapse(id, &gone, &ctx(governor())), Ok(None)));
    }

    #[test]
    fn the_holder_alone_shows_itself() {
        let refused = heartbeat(SeatId::new(1).expect("one"), &seat(Scope::All), &ctx(governor()));
        assert_eq!(refused.err(), Some(AccessFault::NotHolder.into()));
    }

    #[test]
    fn nobody_has_no_seat_and_times_are_bounded() {
        let asked = |holder, seconds| {
            let heartbeat = Duration::seconds(seconds);
            arm(None, SeatId::new(1), (Scope::All, holder, heartbeat), &ctx(governor()))
        };
        assert!(asked(Principal::anonymous(), 7 * DAY).is_err());
        assert!(asked(guardian(), 3_599).is_err());
        assert!(asked(guardian(), 90 * DAY + 1).is_err());
        let full = arm(
            None,
            SeatId::new(65),
            (Scope::All, guardian(), Duration::seconds(DAY)),
            &ctx(governor()),
        );
        assert!(matches!(full, Err(GuardError::Kernel(Fault::Full { .. }))));
    }
}
