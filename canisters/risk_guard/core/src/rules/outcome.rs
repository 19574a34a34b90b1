//! A service answered, or did not (R6); money came.

use granary_resilience::breaker::{BreakerRule, BreakerState, Permit};
use granary_resilience::checker::Level as Health;
use granary_resilience::failure::FailureKind;

use crate::records::{AssetRow, Event, EventKind, ServiceRow};
use crate::rules::{AlertCall, Change, Ctx, ratio_bps};
use crate::types::{AlertKind, AssetId, Level, Service};

/// Share of failures from which a service is degraded, basis points.
const DEGRADED_BPS: u128 = 500;
/// Share of failures above which it is critical, basis points.
const CRITICAL_BPS: u128 = 1_000;

/// What recording an outcome reads.
#[derive(Clone, Copy, Debug)]
pub struct OutcomeView {
    /// Which service.
    pub service: Service,
    /// Its row.
    pub row: ServiceRow,
    /// The breaker's turn in which the operation was admitted; none when it was not asked.
    pub turn: Option<u64>,
    /// When breakers open and close.
    pub rule: BreakerRule,
}

/// Counts an outcome and lets the breaker judge it.
pub fn record(view: &OutcomeView, answered: bool, ctx: &Ctx) -> Change {
    let OutcomeView { service, row: before, turn, rule } = *view;
    let mut after = before.counted(!answered, ctx.now);
    let permit = match turn {
        Some(turn) => Some(Permit::of_turn(turn)),
        // An operation nobody asked leave for is a probe when there is room for one.
        None => after.breaker.admit(&rule, ctx.now).ok(),
    };
    if let Some(permit) = permit {
        let failure = (!answered).then_some(FailureKind::Temporary);
        after.breaker.record(&rule, permit, failure, ctx.now);
    }
    let event = Event::new(EventKind::OutcomeRecorded, service.slot());
    let mut change = Change::with(event.name(&service.name()).number(u64::from(answered)));
    turned(&mut change, service, &before, &after);
    rated(&mut change, service, &before, &after, ctx);
    change.service = Some((service, after));
    change
}

/// Says that a breaker turned.
pub(crate) fn turned(
    change: &mut Change,
    service: Service,
    before: &ServiceRow,
    after: &ServiceRow,
) {
    let (old, new) = (before.breaker.state(), after.breaker.state());
    if old.name() == new.name() {
        return;
    }
    let (kind, subject) = (AlertKind::CircuitOpen, service.slot());
    let what = match new {
        BreakerState::Open { .. } => {
            let value = u128::from(after.breaker.times_opened());
            let level = Level::Warning;
            change.alerts.push(AlertCall::Raise { kind, subject, level, value, threshold: 0 });
            EventKind::BreakerOpened
        }
        BreakerState::HalfOpen { .. } => EventKind::BreakerHalfOpened,
        BreakerState::Closed { .. } => {
            change.alerts.push(AlertCall::Clear { kind, subject });
            EventKind::BreakerClosed
        }
    };
    change.events.push(Event::new(what, subject).name(&service.name()));
}

/// Says that a service fails more often, or less often, than it may.
fn rated(
    change: &mut Change,
    service: Service,
    before: &ServiceRow,
    after: &ServiceRow,
    ctx: &Ctx,
) {
    let (old, new) = (before.level(ctx.now), after.level(ctx.now));
    let (kind, subject) = (AlertKind::FailureRate, service.slot());
    let (failures, samples) = after.recent(ctx.now);
    let value = ratio_bps(failures.into(), samples.into());
    let raise = |level, threshold| AlertCall::Raise { kind, subject, level, value, threshold };
    match new {
        _ if old == new => {}
        Health::Healthy => change.alerts.push(AlertCall::Clear { kind, subject }),
        Health::Degraded => change.alerts.push(raise(Level::Warning, DEGRADED_BPS)),
        Health::Critical => change.alerts.push(raise(Level::Critical, CRITICAL_BPS)),
    }
}

/// Money came. It frees no window; the books are asked soon.
pub fn inflow(id: AssetId, row: AssetRow, amount: u128) -> Change {
    let event = Event::new(EventKind::InflowRecorded, id.wire()).of(id.get(), amount);
    let mut change = Change::with(event);
    let row = AssetRow { inflow: row.inflow.saturating_add(amount), ..row };
    change.assets.push((id, row));
    change
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::{at, breaker_rule, ctx, execution};

    fn told(row: ServiceRow, answered: bool, seconds: u32) -> (ServiceRow, Change) {
        let view = OutcomeView { service: Service::Bitcoin, row, turn: None, rule: breaker_rule() };
        let ctx = Ctx { now: at(seconds), ..ctx(execution()) };
        let change = record(&view, answered, &ctx);
        (change.service.expect("a row").1, change)
    }

    fn kinds(change: &Change) -> Vec<EventKind> {
        change.events.iter().map(|event| event.kind).collect()
    }

    #[test]
    fn r6_failures_open_a_success_budget_closes_and_one_failure_reopens() {
        let rule = breaker_rule();
        let mut row = ServiceRow::default();
        for n in 1..=rule.failure_threshold {
            let (next, change) = told(row, false, 0);
            row = next;
            let opened = kinds(&change).contains(&EventKind::BreakerOpened);
            assert_eq!(opened, n == rule.failure_threshold, "{n}");
        }
        let (same, change) = told(row, true, 1);
        assert_eq!(same.breaker, row.breaker, "an answer while it is open changes nothing");
        assert_eq!(kinds(&change), [EventKind::OutcomeRecorded]);
        let later = u32::try_from(rule.open_for.as_secs()).expect("short") + 1;
        let (half, change) = told(row, true, later);
        assert_eq!(half.breaker.state().name(), "half_open");
        assert!(kinds(&change).contains(&EventKind::BreakerHalfOpened));
        let (open, change) = told(half, false, later);
        assert_eq!(open.breaker.state().name(), "open");
        assert!(kinds(&change).contains(&EventKind::BreakerOpened));
        let mut closing = half;
        for _ in 1..rule.success_threshold {
            closing = told(closing, true, later).0;
        }
        assert_eq!(closing.breaker.state().name(), "closed");
    }

    #[test]
    fn r6_half_open_admits_no_more_than_its_budget() {
        let rule = breaker_rule();
        let mut row = ServiceRow::default();
        for _ in 0..rule.failure_threshold {
            row = told(row, false, 0).0;
        }
        let later = at(u32::try_from(rule.open_for.as_secs()).expect("short") + 1);
        let admitted =
            (0..rule.probe_budget + 3).filter(|_| row.breaker.admit(&rule, later).is_ok()).count();
        assert_eq!(u32::try_from(admitted), Ok(rule.probe_budget));
    }

    #[test]
    fn a_rate_alarms_when_it_changes_its_level_and_not_each_time() {
        let mut row = ServiceRow::default();
        let mut alerts = vec![];
        for n in 0..40_u32 {
            let (next, change) = told(row, n % 10 != 0, n);
            row = next;
            alerts.extend(change.alerts);
        }
        let raised: Vec<_> = alerts
            .iter()
            .filter_map(|call| match call {
                AlertCall::Raise {
                    kind: AlertKind::FailureRate, level, value, threshold, ..
                } => Some((*level, *value, *threshold)),
                _ => None,
            })
            .collect();
        assert_eq!(raised.first(), Some(&(Level::Warning, 1_000, 500)), "exactly 10 % of 20");
        assert!(raised.len() < 8, "{raised:?}");
        assert!(raised.windows(2).all(|two| two[0].0 != two[1].0), "{raised:?}");
    }
}
