//! What the naive model keeps of each entity.

use std::collections::BTreeMap;

use micro_grants_core::records::Recommendation;
use micro_grants_core::types::{ApplicationState, GrantState, MilestoneState, PayoutState};

use ApplicationState::{Appealed, Submitted, UnderReview};
use GrantState::{Accepted, Active, AtRisk, Terminated};
use MilestoneState as Ms;

#[derive(Clone, Debug)]
pub(crate) struct App {
    pub(crate) who: u8,
    pub(crate) state: ApplicationState,
    pub(crate) version: u16,
    pub(crate) panel: u8,
    pub(crate) requested: u128,
    pub(crate) milestones: u64,
    pub(crate) grant: Option<u64>,
    pub(crate) decided_at: u64,
    /// True: recused.
    pub(crate) declared: BTreeMap<u8, bool>,
    pub(crate) reviews: BTreeMap<(u16, u8, u8), (Recommendation, u32)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) amount: u128,
    pub(crate) due: u64,
    pub(crate) state: MilestoneState,
}

#[derive(Clone, Debug)]
pub(crate) struct Stream {
    pub(crate) start: u64,
    pub(crate) cliff: u64,
    pub(crate) end: u64,
    pub(crate) paused: Option<u64>,
}

#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) who: u8,
    pub(crate) app: u64,
    pub(crate) state: GrantState,
    pub(crate) award: u128,
    pub(crate) paid: u128,
    pub(crate) queued: u128,
    pub(crate) steps: Vec<Step>,
    pub(crate) stream: Option<Stream>,
    pub(crate) offered_at: u64,
    pub(crate) active_at: u64,
    pub(crate) last: u64,
    pub(crate) notice: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct Payout {
    pub(crate) grant: u64,
    pub(crate) step: Option<u64>,
    pub(crate) amount: u128,
    pub(crate) state: PayoutState,
}

impl App {
    pub(crate) fn begin(&mut self) {
        if [Submitted, Appealed].contains(&self.state) {
            self.state = UnderReview;
        }
    }

    pub(crate) fn eligible(&self, seat: u8) -> bool {
        let recused = self.declared.get(&seat) == Some(&true);
        let first = self.panel == 1 && self.reviews.keys().any(|k| k.1 == 0 && k.2 == seat);
        !recused && !first
    }
}

impl Grant {
    pub(crate) fn wake(&mut self, now: u64) {
        if self.state == Accepted && now >= self.active_at {
            self.state = Active;
        }
    }

    pub(crate) fn alive(&mut self, now: u64) {
        self.last = now;
        if self.state == AtRisk {
            self.state = Active;
        }
    }

    pub(crate) fn vested(&self, now: u64) -> Option<u128> {
        let stream = self.stream.as_ref()?;
        if self.state == Terminated {
            return Some(self.award);
        }
        let t = stream.paused.map_or(now, |p| p.min(now)).min(stream.end);
        if t < stream.cliff {
            return Some(0);
        }
        let (run, whole) = (t - stream.start, stream.end - stream.start);
        Some(self.award * u128::from(run) / u128::from(whole))
    }

    pub(crate) fn terminate(&mut self, now: u64) {
        let kept = if let Some(vested) = self.vested(now) {
            vested
        } else if self.steps.is_empty() {
            self.paid + self.queued
        } else {
            let earned = [Ms::Accepted, Ms::PayoutQueued, Ms::Paid];
            let kept = self.steps.iter().filter(|step| earned.contains(&step.state));
            let sum = kept.fold(0, |sum, step| sum + step.amount);
            for step in self.steps.iter_mut().filter(|step| !earned.contains(&step.state)) {
                step.state = Ms::Cancelled;
            }
            sum
        };
        self.award = kept;
        self.state = Terminated;
    }
}
