//! Services with their breakers and outcomes; alerts.

use granary_resilience::breaker::Breaker;
use granary_resilience::outcomes;
use granary_stable::slots::Slot;

use granary_kernel::row::{RowReader, RowWriter, damaged, number};

use crate::limits;
use crate::types::{AlertKind, AlertState, Level, Principal, Timestamp};

/// Bytes a breaker takes at most.
const BREAKER_BYTES: u8 = 80;

/// The stored row of a service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServiceRow {
    /// Whether it is asked now.
    pub breaker: Breaker,
    /// Number of the part that has begun.
    pub(crate) newest: u64,
    /// Failures and samples by part.
    pub(crate) parts: [(u32, u32); limits::OUTCOME_PARTS],
    /// When an outcome was told last.
    pub last_at: Option<Timestamp>,
}

impl ServiceRow {
    fn number(at: Timestamp) -> u64 {
        at.as_nanos().checked_div(limits::OUTCOME_PART.as_nanos()).unwrap_or(0)
    }

    fn place(number: u64) -> usize {
        let parts = u64::try_from(limits::OUTCOME_PARTS).unwrap_or(1);
        number.checked_rem(parts).and_then(|at| usize::try_from(at).ok()).unwrap_or(0)
    }

    fn advanced(mut self, now: Timestamp) -> Self {
        let (newest, parts) =
            (Self::number(now), u64::try_from(limits::OUTCOME_PARTS).unwrap_or(u64::MAX));
        for step in 0..newest.saturating_sub(self.newest).min(parts) {
            if let Some(part) = self.parts.get_mut(Self::place(newest.saturating_sub(step))) {
                *part = (0, 0);
            }
        }
        self.newest = self.newest.max(newest);
        self
    }

    /// With one outcome more.
    pub fn counted(self, failed: bool, now: Timestamp) -> Self {
        let mut row = self.advanced(now);
        let place = Self::place(row.newest);
        if let Some((failures, samples)) = row.parts.get_mut(place) {
            *failures = failures.saturating_add(failed.into());
            *samples = samples.saturating_add(1);
        }
        row.last_at = Some(now);
        row
    }

    /// Failures and samples of the part that has begun and the five before it.
    pub fn recent(&self, now: Timestamp) -> (u64, u64) {
        let sum = |(failures, samples): (u64, u64), part: &(u32, u32)| {
            (failures.saturating_add(part.0.into()), samples.saturating_add(part.1.into()))
        };
        self.advanced(now).parts.iter().fold((0, 0), sum)
    }

    /// What they mean: below 5 % healthy, up to 10 % degraded, above critical; both bounds are
    /// degraded, and fewer than 20 samples say nothing.
    pub fn level(&self, now: Timestamp) -> granary_resilience::checker::Level {
        let (failures, samples) = self.recent(now);
        outcomes::level(failures, samples)
    }
}

impl Slot for ServiceRow {
    const SIZE: u32 = 160;

    fn write(&self, out: &mut [u8]) {
        let breaker = minicbor::to_vec(self.breaker).unwrap_or_default();
        let mut row = RowWriter::new(out, 1);
        row.raw().short(&breaker, BREAKER_BYTES);
        row.u64(self.newest).opt_time(self.last_at);
        for (failures, samples) in self.parts {
            row.u32(failures).u32(samples);
        }
    }

    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 1, "a service row");
        let breaker = row.raw().short(BREAKER_BYTES);
        Self {
            breaker: minicbor::decode(breaker).unwrap_or_else(|_| damaged()),
            newest: row.u64(),
            last_at: row.opt_time(),
            parts: core::array::from_fn(|_| (row.u32(), row.u32())),
        }
    }
}

/// The stored row of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlertRow {
    /// What it is about.
    pub kind: AlertKind,
    /// Which one of that kind.
    pub subject: u64,
    /// How much it matters; the worst there was.
    pub level: Level,
    /// What was found last.
    pub value: u128,
    /// What it was compared with.
    pub threshold: u128,
    /// When it was raised first.
    pub first_at: Timestamp,
    /// When it was raised last.
    pub last_at: Timestamp,
    /// How often.
    pub count: u32,
    /// Where it stands.
    pub state: AlertState,
    /// Who acknowledged or resolved it.
    pub by: Option<Principal>,
}

impl AlertRow {
    /// The component it is about.
    pub fn component(&self) -> String {
        self.kind.component(self.subject)
    }
}

impl Slot for AlertRow {
    const SIZE: u32 = 128;

    fn write(&self, out: &mut [u8]) {
        let mut row = RowWriter::new(out, 1);
        row.u8(number(&AlertKind::ALL, &self.kind)).u64(self.subject);
        row.u8(number(&Level::ALL, &self.level)).u128(self.value).u128(self.threshold);
        row.time(self.first_at).time(self.last_at).u32(self.count);
        row.u8(number(&AlertState::ALL, &self.state)).u8(self.by.is_some().into());
        row.principal(&self.by.unwrap_or(Principal::anonymous()));
    }

    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 1, "an alert row");
        let mut read = Self {
            kind: row.case(&AlertKind::ALL),
            subject: row.u64(),
            level: row.case(&Level::ALL),
            value: row.u128(),
            threshold: row.u128(),
            first_at: row.time(),
            last_at: row.time(),
            count: row.u32(),
            state: row.case(&AlertState::ALL),
            by: None,
        };
        let is_named = row.u8() != 0;
        read.by = Some(row.principal()).filter(|_| is_named);
        read
    }
}

#[cfg(test)]
mod tests {
    use granary_resilience::breaker::BreakerRule;
    use granary_resilience::checker::Level as Health;
    use granary_resilience::failure::FailureKind;

    use super::*;
    use crate::types::Duration;

    fn at(seconds: u32) -> Timestamp {
        Timestamp::ZERO.saturating_add(Duration::seconds(10_000_000 + seconds))
    }

    #[test]
    fn rates_follow_the_house_s_bounds_over_an_hour() {
        let told = |failures: u32, all: u32| {
            (0..all).fold(ServiceRow::default(), |row, n| row.counted(n < failures, at(0)))
        };
        let level = |failures, all| told(failures, all).level(at(0));
        assert_eq!(level(19, 19), Health::Healthy, "too few");
        assert_eq!([level(4, 100), level(5, 100)], [Health::Healthy, Health::Degraded]);
        assert_eq!([level(10, 100), level(11, 100)], [Health::Degraded, Health::Critical]);
        let row = told(50, 100);
        assert_eq!(row.level(at(2_999)), Health::Critical, "five whole parts later");
        assert_eq!(row.recent(at(4_200)), (0, 0), "an hour later nothing counts");
    }

    #[test]
    fn rows_come_back() {
        let rule = BreakerRule {
            failure_threshold: 1,
            success_threshold: 1,
            open_for: Duration::from_nanos(u64::MAX),
            probe_budget: 1,
            probe_timeout: Duration::seconds(1),
        };
        let mut row = ServiceRow::default().counted(true, at(1));
        let permit = row.breaker.admit(&rule, at(1)).expect("closed");
        row.breaker.record(&rule, permit, Some(FailureKind::Temporary), at(1));
        let mut bytes = [0; 160];
        row.write(&mut bytes);
        assert_eq!(ServiceRow::read(&bytes), row);
        let alert = AlertRow {
            kind: AlertKind::HealthCheckSlow,
            subject: u64::MAX,
            level: Level::Critical,
            value: u128::MAX,
            threshold: 1,
            first_at: at(1),
            last_at: at(2),
            count: 3,
            state: AlertState::Resolved,
            by: Some(Principal::from_slice(&[1; 29])),
        };
        let mut bytes = [0; 128];
        alert.write(&mut bytes);
        assert_eq!(AlertRow::read(&bytes), alert);
    }
}
