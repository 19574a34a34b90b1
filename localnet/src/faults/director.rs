//! Which rules fire, where chances come from, and the record of both.

use std::collections::VecDeque;

use candid::Principal;
use serde::{Deserialize, Serialize};

use super::plan::{ALWAYS, Action, FaultPlan, Order, Point};
use crate::network::rng::Rng;

/// What a plan did: enough to do it again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRecord {
    /// Where the choices came from.
    pub seed: u64,
    /// Every choice between more than one possibility, in order.
    pub choices: Vec<Choice>,
    /// Every rule that fired, in order.
    #[serde(default)]
    pub hits: Vec<Hit>,
    /// How many choices were in place when a recorded one no longer fitted: from there on this is
    /// another run. None while everything fits.
    #[serde(default)]
    pub diverged: Option<u64>,
}

/// One choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// How many possibilities there were.
    pub of: u64,
    /// The one that was taken, counted from 0.
    pub picked: u64,
}

/// One rule that fired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// Position of the rule in its plan.
    pub rule: usize,
    /// Round of the plan, counted from 1.
    pub round: u64,
    /// What it happened to.
    pub what: String,
    /// Why it did not succeed, when it did not: an upgrade that was refused, say.
    pub failed: Option<String>,
}

/// Where choices come from.
#[derive(Clone, Debug)]
pub(super) enum Draws {
    Seeded(Rng),
    Recorded(VecDeque<Choice>),
}

impl Draws {
    pub(super) fn seeded(seed: u64) -> Self {
        Self::Seeded(Rng::new(seed))
    }

    pub(super) fn recorded(choices: Vec<Choice>) -> Self {
        Self::Recorded(choices.into())
    }
}

/// What a rule is held against.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    pub(super) canister: Principal,
    pub(super) sender: Principal,
    pub(super) name: String,
}

impl std::fmt::Display for Scene {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} from {} to {}", self.name, self.sender, self.canister)
    }
}

/// A rule that fired: its position in the plan, and the place of its record.
#[derive(Clone, Debug)]
pub(super) struct Fired {
    pub(super) action: Action,
    hit: usize,
}

/// A plan in progress.
#[derive(Debug)]
pub(super) struct Director {
    plan: FaultPlan,
    draws: Draws,
    record: FaultRecord,
    /// For each rule how many matched and how often it fired.
    counts: Vec<(u64, u64)>,
}

impl Director {
    pub(super) fn new(plan: FaultPlan, seed: u64, draws: Draws) -> Self {
        let counts = vec![(0, 0); plan.rules.len()];
        Self { plan, draws, record: FaultRecord { seed, ..FaultRecord::default() }, counts }
    }

    pub(super) fn record(&self) -> &FaultRecord {
        &self.record
    }

    pub(super) fn into_record(self) -> FaultRecord {
        self.record
    }

    pub(super) fn messages_per_round(&self) -> u64 {
        self.plan.messages_per_round.unwrap_or(u64::MAX)
    }

    pub(super) fn chooses(&self) -> bool {
        self.plan.order == Order::Chosen
    }

    /// A number below `of`. A single possibility is no choice and leaves no record.
    pub(super) fn choose(&mut self, of: u64) -> u64 {
        if of <= 1 {
            return 0;
        }
        let picked = match &mut self.draws {
            Draws::Seeded(rng) => {
                let bytes = rng.draw("fault plan");
                let (word, _) = bytes.split_first_chunk().expect("a draw has 32 bytes");
                u64::from_be_bytes(*word) % of
            }
            Draws::Recorded(choices) => match choices.pop_front() {
                Some(choice) if choice.of == of && choice.picked < of => choice.picked,
                Some(_) => {
                    let place = u64::try_from(self.record.choices.len()).unwrap_or(u64::MAX);
                    self.record.diverged.get_or_insert(place);
                    0
                }
                None => 0,
            },
        };
        self.record.choices.push(Choice { of, picked });
        picked
    }

    /// Every rule for this point that fires.
    pub(super) fn all(&mut self, point: Point, scene: &Scene, round: u64) -> Vec<Fired> {
        let rules = 0..self.plan.rules.len();
        rules.filter_map(|rule| self.try_rule(rule, point, scene, round, |_| true)).collect()
    }

    /// The first rule for this point that fires, of those whose action is `possible`.
    pub(super) fn first(
        &mut self,
        point: Point,
        scene: &Scene,
        round: u64,
        possible: impl Fn(&Action) -> bool,
    ) -> Option<Fired> {
        let mut rules = 0..self.plan.rules.len();
        rules.find_map(|rule| self.try_rule(rule, point, scene, round, &possible))
    }

    fn try_rule(
        &mut self,
        number: usize,
        point: Point,
        scene: &Scene,
        round: u64,
        possible: impl Fn(&Action) -> bool,
    ) -> Option<Fired> {
        let rule = &self.plan.rules[number];
        let fits = |asked: Option<Principal>, is: Principal| asked.is_none_or(|id| id == is);
        let matches = rule.action.point() == point
            && fits(rule.to.canister, scene.canister)
            && fits(rule.to.sender, scene.sender)
            && rule.to.name.as_ref().is_none_or(|name| *name == scene.name)
            && possible(&rule.action);
        if !matches {
            return None;
        }
        let (skip, times, permille) = (rule.skip, rule.times, rule.permille);
        self.counts[number].0 += 1;
        let (seen, fired) = self.counts[number];
        if seen <= skip || times.is_some_and(|times| fired >= times) {
            return None;
        }
        // 0, what a replay chooses when it has nothing left, is that nothing happens.
        let unlikely = u64::from(ALWAYS - permille);
        if unlikely > 0 && self.choose(u64::from(ALWAYS)) < unlikely {
            return None;
        }
        self.counts[number].1 += 1;
        let hit = self.record.hits.len();
        self.record.hits.push(Hit { rule: number, round, what: scene.to_string(), failed: None });
        Some(Fired { action: self.plan.rules[number].action.clone(), hit })
    }

    /// Notes why what fired did not succeed.
    pub(super) fn note_failure(&mut self, fired: &Fired, why: String) {
        if let Some(hit) = self.record.hits.get_mut(fired.hit) {
            hit.failed = Some(why);
        }
    }
}
