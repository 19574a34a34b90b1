//! What must be known: raised, acknowledged, resolved; and what the canister sees of itself.

use granary_kernel::Fault;
use granary_kernel::checks;

use crate::errors::{GuardError, StateFault};
use crate::limits;
use crate::records::{AlertRow, Escalation, Event, EventKind};
use crate::rules::{AlertCall, Change, within};
use crate::types::{AlertId, AlertKind, AlertState, Level, Timestamp};

/// The row of an alert that is raised, over the row there was if it is not resolved.
pub fn raised(
    known: Option<AlertRow>,
    (kind, subject): (AlertKind, u64),
    level: Level,
    (value, threshold): (u128, u128),
    now: Timestamp,
) -> AlertRow {
    let fresh = AlertRow {
        kind,
        subject,
        level,
        value,
        threshold,
        first_at: now,
        last_at: now,
        count: 1,
        state: AlertState::Firing,
        by: None,
    };
    let Some(known) = known.filter(|row| row.state != AlertState::Resolved) else { return fresh };
    let is_worse = level > known.level;
    AlertRow {
        level: level.max(known.level),
        value,
        threshold,
        last_at: now.max(known.last_at),
        count: known.count.saturating_add(1),
        // Somebody looks after what it was, not after what it became.
        state: if is_worse { AlertState::Firing } else { known.state },
        ..known
    }
}

/// Somebody looks after it.
pub fn acknowledge(id: AlertId, row: &AlertRow) -> Result<Change, GuardError> {
    act(id, row, AlertState::Acknowledged, EventKind::AlertAcknowledged)
}

/// Somebody says that it is over.
pub fn resolve(id: AlertId, row: &AlertRow) -> Result<Change, GuardError> {
    act(id, row, AlertState::Resolved, EventKind::AlertResolved)
}

fn act(id: AlertId, row: &AlertRow, to: AlertState, kind: EventKind) -> Result<Change, GuardError> {
    let is_possible = match to {
        AlertState::Acknowledged => row.state == AlertState::Firing,
        AlertState::Firing | AlertState::Resolved => row.state != AlertState::Resolved,
    };
    if !is_possible {
        return Err(StateFault::Alert { actual: row.state }.into());
    }
    let mut change = Change::with(Event::new(kind, id.wire()).name(row.kind.name()));
    change.acted = Some((id, to));
    Ok(change)
}

/// Says whom alerts reach.
pub fn set_escalation(escalation: Escalation) -> Result<Change, GuardError> {
    let max = limits::MAX_CONTACT_BYTES;
    checks::text("primary", &escalation.primary, max)?;
    checks::text("backup", &escalation.backup, max)?;
    checks::text("channel", &escalation.channel, max)?;
    let (count, most) = (escalation.path.len(), limits::MAX_ESCALATION);
    if count > most {
        let field = "escalation_path".to_owned();
        return Err(Fault::ListSize { field, count, max: most }.into());
    }
    for step in &escalation.path {
        checks::text("escalation_path", step, max)?;
    }
    let given = escalation.acknowledge_within;
    within("acknowledge_within_ns", given, limits::ESCALATE_LEAST, limits::ESCALATE_MOST)?;
    let mut change = Change::with(Event::new(EventKind::EscalationChanged, 0));
    change.escalation = Some(escalation);
    Ok(change)
}

/// What the canister sees of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vitals {
    /// The share of memory in use, basis points.
    pub memory_bps: u128,
    /// The balance.
    pub cycles: u128,
    /// Days until it is gone; none when no burn was seen.
    pub runway_days: Option<u32>,
    /// How long the slowest of the other canisters took to say how it is, nanoseconds.
    pub slowest_ns: u64,
}

/// What alerts are told of it: each kind raised, or cleared.
pub fn vitals(seen: &Vitals) -> Vec<AlertCall> {
    let runway = seen.runway_days.map_or(u128::MAX, u128::from);
    vec![
        above(
            AlertKind::MemoryHigh,
            seen.memory_bps,
            (limits::MEMORY_WARNS_BPS.saturating_sub(1), limits::MEMORY_CRITICAL_BPS),
        ),
        below(AlertKind::CyclesLow, seen.cycles, (limits::CYCLES_WARN, limits::CYCLES_CRITICAL)),
        below(
            AlertKind::RunwayShort,
            runway,
            (limits::RUNWAY_WARNS_DAYS, limits::RUNWAY_CRITICAL_DAYS),
        ),
        above(
            AlertKind::HealthCheckSlow,
            seen.slowest_ns.into(),
            (limits::HEALTH_SLOW_NS, u128::MAX),
        ),
    ]
}

fn above(kind: AlertKind, value: u128, (warns, critical): (u128, u128)) -> AlertCall {
    if value > critical {
        said(kind, Level::Critical, value, critical)
    } else if value > warns {
        said(kind, Level::Warning, value, warns)
    } else {
        AlertCall::Clear { kind, subject: 0 }
    }
}

fn below(kind: AlertKind, value: u128, (warns, critical): (u128, u128)) -> AlertCall {
    if value < critical {
        said(kind, Level::Critical, value, critical)
    } else if value < warns {
        said(kind, Level::Warning, value, warns)
    } else {
        AlertCall::Clear { kind, subject: 0 }
    }
}

const fn said(kind: AlertKind, level: Level, value: u128, threshold: u128) -> AlertCall {
    AlertCall::Raise { kind, subject: 0, level, value, threshold }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Duration;

    fn at(seconds: u32) -> Timestamp {
        Timestamp::ZERO.saturating_add(Duration::seconds(seconds))
    }

    #[test]
    fn r9_an_alert_has_level_component_value_and_threshold() {
        let about = (AlertKind::LimitNearlyUsed, 7);
        let first = raised(None, about, Level::Warning, (8_100, 8_000), at(1));
        assert_eq!((first.component().as_str(), first.count), ("asset:7", 1));
        assert_eq!((first.value, first.threshold), (8_100, 8_000));
        let seen = AlertRow { state: AlertState::Acknowledged, ..first };
        let again = raised(Some(seen), about, Level::Info, (9_000, 8_000), at(5));
        assert_eq!((again.level, again.count), (Level::Warning, 2));
        assert_eq!((again.first_at, again.last_at), (at(1), at(5)));
        assert_eq!(again.state, AlertState::Acknowledged);
        let worse = raised(Some(again), about, Level::Critical, (9_900, 8_000), at(6));
        assert_eq!((worse.state, worse.level), (AlertState::Firing, Level::Critical));
        let over = AlertRow { state: AlertState::Resolved, ..worse };
        let anew = raised(Some(over), about, Level::Warning, (1, 2), at(9));
        assert_eq!((anew.count, anew.first_at), (1, at(9)));
    }

    #[test]
    fn what_is_over_is_neither_acknowledged_nor_resolved_again() {
        let id = AlertId::new(1).expect("a number");
        let firing = raised(None, (AlertKind::CyclesLow, 0), Level::Warning, (1, 2), at(1));
        let with = |state| AlertRow { state, ..firing };
        assert!(acknowledge(id, &firing).is_ok());
        assert!(resolve(id, &with(AlertState::Acknowledged)).is_ok());
        for (state, may_resolve) in
            [(AlertState::Acknowledged, true), (AlertState::Resolved, false)]
        {
            let refused = GuardError::State(StateFault::Alert { actual: state });
            assert_eq!(acknowledge(id, &with(state)).err(), Some(refused));
            assert_eq!(resolve(id, &with(state)).is_ok(), may_resolve);
        }
    }

    #[test]
    fn the_canister_s_own_bounds() {
        let well = Vitals {
            memory_bps: 7_999,
            cycles: 1_000_000_000_000,
            runway_days: Some(30),
            slowest_ns: 10_000_000_000,
        };
        let levels = |seen: &Vitals| -> Vec<Option<Level>> {
            vitals(seen)
                .into_iter()
                .map(|call| match call {
                    AlertCall::Raise { level, .. } => Some(level),
                    AlertCall::Clear { .. } => None,
                })
                .collect()
        };
        assert_eq!(levels(&well), [None; 4]);
        let (memory_bps, cycles) = (8_000, 999_999_999_999);
        let poor = Vitals { memory_bps, cycles, runway_days: Some(29), slowest_ns: 10_000_000_001 };
        assert_eq!(levels(&poor), [Some(Level::Warning); 4]);
        let (memory_bps, cycles) = (9_001, 499_999_999_999);
        let bad = Vitals { memory_bps, cycles, runway_days: Some(6), ..poor };
        assert_eq!(levels(&bad)[..3], [Some(Level::Critical); 3]);
        assert_eq!(levels(&Vitals { runway_days: None, ..well }), [None; 4]);
    }
}
