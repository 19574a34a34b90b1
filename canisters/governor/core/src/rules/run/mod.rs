//! How an approved proposal is executed, watched and taken back, and how a release is rehearsed.
//!
//! A run is a list of steps. Each step asks one question after the other; what was asked is stored
//! before it is asked, and what an answer means is decided over what is stored then. A question
//! whose answer was lost is one nobody knows the outcome of: whatever changes something is looked
//! at before it is asked for again (K48).
//!
//! | room | decides |
//! |---|---|
//! | [`ask`] | what may be asked and answered |
//! | [`plan`] | the steps of each kind of payload, in their order |
//! | [`next`] | what is asked now |
//! | [`heard`] | what an answer means for the step |
//! | [`looks`] | what answers of the canisters themselves mean |
//! | [`snapshots`] | room, names and retention of snapshots (V14) |
//! | [`control`] | controllers, settings and approved calls (V16) |
//! | [`back`] | the way back (V8, V9) |
//! | [`rehearsal`] | the steps on copies |
//! | [`take_back`] | members who want a release taken back |
//! | [`finish`] | what is true when a step, or all of them, are over |

pub mod ask;
pub mod back;
pub mod control;
pub mod finish;
pub mod heard;
pub mod looks;
pub mod next;
pub mod plan;
pub mod rehearsal;
pub mod snapshots;
pub mod take_back;

use granary_kernel::Profile;
use granary_resilience::failure::Failure;

use crate::limits;
use crate::records::run::{Direction, Op, Place, Question, StepRow, StepState};
use crate::records::{
    Config, Event, EventKind, FleetSnapshot, Item, Module, Payload, Proposal, Run, Target,
};
use crate::rules::{Change, Looked};
use crate::types::{Duration, Hash, IncidentId, Principal, Timestamp, Trigger};

/// What a run reads beside its own row.
pub trait Around {
    /// A canister under control.
    fn target(&self, canister: &Principal) -> Option<Target>;
    /// Canisters under control.
    fn targets(&self) -> Vec<(Principal, Target)>;
    /// The fleet snapshot of an epoch.
    fn snapshot(&self, epoch: u64) -> Option<FleetSnapshot>;
    /// Fleet snapshots that hold room, newest first.
    fn snapshots(&self) -> Vec<(u64, FleetSnapshot)>;
    /// A module.
    fn module(&self, hash: &Hash) -> Option<Module>;
    /// The number the next incident gets; none when there is no room.
    fn next_incident(&self) -> Option<IncidentId>;
}

/// A run being worked on: what is stored, what changes, and what the journal says about it.
pub struct Work<'a> {
    /// When.
    pub now: Timestamp,
    /// The run.
    pub run: Run,
    /// Its proposal, as it is stored.
    pub looked: Looked,
    /// What the proposal would do.
    pub payload: &'a Payload,
    /// Members and rules.
    pub config: &'a Config,
    /// What is read beside them.
    pub around: &'a dyn Around,
    /// What is written beside the run and the proposal.
    pub change: Change,
}

impl core::fmt::Debug for Work<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let at = self.run.at;
        f.debug_struct("Work").field("run", &self.run.proposal).field("at", &at).finish()
    }
}

/// What an answer means for the step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// Ask this next.
    Ask(Question),
    /// Ask this, not before then.
    Later(Question, Timestamp),
    /// The step is done.
    Done,
    /// The step failed.
    Failed(Trigger, String),
    /// The proposal was made for other code (V6).
    Stale(String),
    /// Something may have happened and nobody can look it up.
    Unclear(String),
}

/// A failure of what must just work.
pub(crate) fn critical(why: impl Into<String>) -> Said {
    Said::Failed(Trigger::CriticalFunction, why.into())
}

impl Work<'_> {
    /// The step whose turn it is; a made-up one behind the last, which nothing asks about.
    pub(crate) fn step(&self) -> StepRow {
        let none = || StepRow::new(Op::Inspect, self.config.own, 0);
        self.run.step().cloned().unwrap_or_else(none)
    }

    /// Changes the step whose turn it is.
    pub(crate) fn step_with(&mut self, change: impl FnOnce(&mut StepRow)) {
        if let Some(step) = self.run.step_mut() {
            change(step);
        }
    }

    /// The release's item about a canister.
    pub(crate) fn item(&self, target: &Principal) -> Option<&Item> {
        let Payload::UpgradeRelease(release) = self.payload else { return None };
        release.items.iter().find(|item| item.target == *target)
    }

    /// The canister's name, for people.
    pub(crate) fn name(&self, target: &Principal) -> String {
        let known = self.target(target).map(|target| target.placement.name);
        known.unwrap_or_else(|| target.to_text())
    }

    /// A canister under control, as this change leaves it.
    pub(crate) fn target(&self, canister: &Principal) -> Option<Target> {
        let changed = self.change.fleet.targets.get(canister).cloned();
        changed.unwrap_or_else(|| self.around.target(canister))
    }

    /// A fleet snapshot, as this change leaves it.
    pub(crate) fn snapshot(&self, epoch: u64) -> Option<FleetSnapshot> {
        let changed = self.change.fleet.snapshots.get(&epoch).cloned();
        changed.or_else(|| self.around.snapshot(epoch))
    }

    /// Writes a fleet snapshot.
    pub(crate) fn put_snapshot(&mut self, epoch: u64, snapshot: FleetSnapshot) {
        self.change.fleet.snapshots.insert(epoch, snapshot);
    }

    /// Remembers what runs on a target from now on; none when nobody knows.
    pub(crate) fn now_runs(&mut self, target: &Principal, module: Option<Hash>, schema: u32) {
        if let Some(row) = self.target(target) {
            let row = Target { module, schema, seen_at: self.now, ..row };
            self.change.fleet.targets.insert(*target, Some(row));
        }
    }

    /// Writes into the journal about a canister.
    pub(crate) fn say(&mut self, kind: EventKind, target: &Principal, op: Op, why: &str) {
        let event = Event::new(kind, self.run.proposal).party(*target).name(&op.name());
        let event =
            if why.is_empty() { event.number(self.run.at.into()) } else { event.because(why) };
        self.change.events.push(event);
    }

    /// Where the step's next question stands.
    pub(crate) fn go(&mut self, question: Question) {
        self.run.place.question = Some(question);
    }

    /// The turn goes to the next step that is not over.
    pub(crate) fn advance(&mut self) {
        self.run.place = Place::default();
        self.run.next_at = None;
        self.run.at = self.run.at.saturating_add(1);
        while self.run.step().is_some_and(|step| step.state != StepState::Waiting) {
            self.run.at = self.run.at.saturating_add(1);
        }
    }

    /// Ends the step whose turn it is.
    pub(crate) fn close(&mut self, state: StepState, why: &str) {
        let (now, step) = (self.now, self.step());
        let text = short(why);
        self.step_with(|step| {
            step.state = state;
            step.ended_at = Some(now);
            if !text.is_empty() {
                step.error = text;
            }
        });
        let kind = match state {
            StepState::Done => EventKind::StepSucceeded,
            StepState::Failed => EventKind::StepFailed,
            StepState::Waiting | StepState::Begun | StepState::Skipped => return,
        };
        let why = if state == StepState::Failed { why } else { "" };
        self.say(kind, &step.target, step.op, why);
    }

    /// True while the run may still go back by itself.
    pub(crate) fn goes_forward(&self) -> bool {
        self.run.direction == Direction::Forward
    }

    /// How often the step is tried. The way back, a start, and a restore are the last way there is.
    pub(crate) fn tries(&self, op: Op) -> u32 {
        let last_way = matches!(op, Op::Start | Op::Load | Op::ResumeRestored | Op::DeleteCopy);
        if op == Op::Install {
            limits::INSTALL_TRIES
        } else if last_way || !self.goes_forward() {
            limits::BACK_TRIES
        } else {
            limits::STEP_TRIES
        }
    }

    /// When a step that failed is tried again: later each time, and not before the failure allows.
    pub(crate) fn again(&self, failure: &Failure) -> Timestamp {
        let later = self.now.saturating_add(pause(self.config.base.profile, self.step().tries));
        failure.not_before.map_or(later, |at| at.max(later))
    }

    /// True for a step whose failure stops nothing.
    pub(crate) fn is_soft(&self, op: Op) -> bool {
        let prunes = matches!(self.payload, Payload::PruneSnapshot { .. });
        // Whoever cannot finish its work is stopped all the same when it is to be restored.
        let restores = !self.goes_forward() || matches!(self.payload, Payload::Rollback { .. });
        self.run.broken
            || op == Op::Unstage
            || (op == Op::Prune && !prunes)
            || (op == Op::Drain && restores)
    }

    /// The proposal in another running state.
    pub(crate) fn move_to(&mut self, state: crate::types::ProposalState, until: Option<Timestamp>) {
        let (proposal, event) = self.looked.moved(state, until, self.now);
        self.looked.proposal = proposal;
        self.change.events.push(event);
    }

    /// What is written.
    pub fn finish(self) -> Change {
        let Self { run, looked: Looked { id, proposal }, mut change, .. } = self;
        change.run = Some(run);
        change.proposal = Some((id, proposal));
        change
    }

    /// The proposal as this change leaves it.
    pub fn proposal(&self) -> &Proposal {
        &self.looked.proposal
    }
}

/// A reason, cut to what a row keeps of one.
pub(crate) fn short(why: &str) -> String {
    let end = why.floor_char_boundary(limits::MAX_REASON_BYTES);
    why.get(..end).unwrap_or_default().to_owned()
}

/// How long to wait before something is tried again: twice as long each time, up to a bound.
fn pause(profile: Profile, tries: u32) -> Duration {
    let longest = match profile {
        Profile::Production | Profile::Development => limits::MAX_PAUSE,
        Profile::Testing => limits::TEST_MAX_PAUSE,
    };
    let doubled = 1_u32.checked_shl(tries).map_or(longest, Duration::seconds);
    doubled.clamp(limits::LOOK_AGAIN, longest)
}
