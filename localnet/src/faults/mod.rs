//! Faults and orders on purpose: what the platform may do to a canister at any time, done when a
//! test says so.
//!
//! A [`FaultPlan`] is an order of messages and a list of rules; each [`Rule`] says to what
//! something happens, how often, with what chance, and what. All chance comes from a seed or from
//! a recorded list of choices, so a run is repeated exactly by its seed, and by its
//! [`FaultRecord`] without the seed. Without a plan nothing here does anything.
//!
//! - [`plan`]: what can be asked for, as data; [`intervention`]: what can happen between messages;
//!   [`outcall`]: what can become of HTTP outcalls
//! - `director`: which rules fire, and the record; `apply`: what firing does to the network
//! - [`image`]: the state of a canister, to compare; `bytes`: byte strings in JSON

mod apply;
mod bytes;
mod director;
pub mod image;
pub mod intervention;
pub mod outcall;
pub mod plan;

use std::collections::{BTreeMap, BTreeSet};

use candid::Principal;

pub use director::{Choice, FaultRecord, Hit};
pub use image::CanisterImage;
pub use intervention::Intervention;
pub use outcall::OutcallFault;
pub use plan::{Action, Cut, FaultPlan, MemoryKind, Order, Pattern, Rule, Span};

use self::director::{Director, Draws};
use crate::network::{MessageId, Network, journal::Asked};

/// What a network keeps for its faults.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    director: Option<Director>,
    /// How far the clocks of canisters are off, in nanoseconds.
    skews: BTreeMap<Principal, i64>,
    /// How old certificates claim to be, in nanoseconds.
    pub(crate) certificate_age_ns: u64,
    marks: BTreeMap<Principal, CanisterImage>,
    /// Copies of ingress messages; they are not copied again.
    copies: BTreeSet<MessageId>,
    round: u64,
}

impl Faults {
    /// Whether anything goes wrong on purpose, or a clock is off.
    pub(crate) fn are_active(&self) -> bool {
        self.director.is_some() || !self.skews.is_empty()
    }
}

impl Network {
    /// From now on what happens follows the plan; its chances come from `seed`. Replaces the plan
    /// before. Fails, and changes nothing, when the plan contradicts itself.
    pub fn set_faults(&mut self, plan: FaultPlan, seed: u64) -> Result<(), String> {
        self.note(|_| Asked::SetFaults(plan.clone(), seed));
        self.start_faults(plan, seed, Draws::seeded(seed))
    }

    /// Repeats a run: the plan with the choices that were recorded, in their order. When they are
    /// used up the oldest message comes first and no chance comes true, so a shortened list is a
    /// shorter story.
    pub fn replay_faults(&mut self, plan: FaultPlan, record: &FaultRecord) -> Result<(), String> {
        self.note(|_| Asked::ReplayFaults(plan.clone(), record.clone()));
        self.start_faults(plan, record.seed, Draws::recorded(record.choices.clone()))
    }

    fn start_faults(&mut self, plan: FaultPlan, seed: u64, draws: Draws) -> Result<(), String> {
        plan.check()?;
        self.faults.round = 0;
        self.faults.copies.clear();
        self.faults.director = Some(Director::new(plan, seed, draws));
        Ok(())
    }

    /// What was chosen and what happened since the plan began; None without a plan.
    pub fn fault_record(&self) -> Option<&FaultRecord> {
        self.faults.director.as_ref().map(Director::record)
    }

    /// Ends the plan and lets responses go that it held. Clocks and the age of certificates stay as
    /// they are set.
    pub fn end_faults(&mut self) -> Option<FaultRecord> {
        self.note(|_| Asked::EndFaults);
        self.pool.release();
        self.faults.director.take().map(Director::into_record)
    }

    /// Remembers the state of a canister; None when there is no such canister.
    pub fn mark(&mut self, canister: Principal) -> Option<()> {
        let image = self.canister_image(canister)?;
        self.faults.marks.insert(canister, image);
        Some(())
    }

    /// The parts of a canister's state that differ from the last [`Network::mark`]; None without
    /// one.
    pub fn changes_since_mark(&self, canister: Principal) -> Option<Vec<&'static str>> {
        let now = self.canister_image(canister)?;
        Some(self.faults.marks.get(&canister)?.differences(&now))
    }

    /// The time on the clock of a canister that is at `time_ns` on the clock of the network.
    pub(crate) fn on_clock_of(&self, canister: Principal, time_ns: u64) -> u64 {
        let skew = self.faults.skews.get(&canister).copied().unwrap_or(0);
        time_ns.saturating_add_signed(skew)
    }

    /// The time on the clock of the network that is `time_ns` on the clock of a canister.
    pub(crate) fn on_clock_of_all(&self, canister: Principal, time_ns: u64) -> u64 {
        let skew = self.faults.skews.get(&canister).copied().unwrap_or(0);
        time_ns.saturating_sub_signed(skew)
    }
}
