//! What the clock does about a run: the next step is decided and written down, the shell asks, and
//! the answer is decided over what is stored when it comes.

use granary_kernel::{Class, Ctx};
use ic_stable_structures::Memory;

use crate::errors::GovernorError;
use crate::limits;
use crate::records::run::RunKind;
use crate::records::{FleetSnapshot, Module, Payload, Run, Target};
use crate::rules::run::ask::{Ask, Outcome};
use crate::rules::run::next::{self, Next};
use crate::rules::run::{Around, Work, heard, rehearsal};
use crate::rules::{Change, Looked};
use crate::store::{EXECUTE, REHEARSE, Store};
use crate::types::{Duration, Hash, IncidentId, Principal, ProposalId, ProposalState, Timestamp};

/// What the shell does about a run.
#[derive(Clone, Debug)]
pub enum Step {
    /// Nothing more.
    Over,
    /// Look again then.
    Wait(Timestamp),
    /// Ask, and bring the answer to [`Store::settle`].
    Call(Box<Ticket>),
}

/// A question that was written down and may be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// About the run of which proposal.
    pub proposal: ProposalId,
    /// Which run of it.
    pub kind: RunKind,
    /// Which question of it; the answer names it.
    pub turn: u64,
    /// Whom to ask, or, for what the network's management does, to whom it is done.
    pub peer: Principal,
    /// What to ask.
    pub ask: Ask,
    /// Until when the answer counts as under way.
    pub lease_until: Timestamp,
}

/// How soon a run that lets another one go first looks again.
const ASIDE: Duration = Duration::seconds(15);

impl<M: Memory + 'static> Store<M> {
    /// The next step of a proposal's run. What is to be asked was written down when this answers:
    /// the message that asks must not do so before it ended well.
    pub fn begin_step(
        &mut self,
        ctx: &Ctx,
        kind: RunKind,
        proposal: u64,
    ) -> Result<Step, GovernorError> {
        self.gate(ctx, Class::Finish)?;
        let Some((id, run)) = self.open_run(kind, proposal) else { return Ok(Step::Over) };
        if let Some(until) = self.steps_aside(&run, ctx.now) {
            return Ok(Step::Wait(until));
        }
        let (looked, events) = self.now(proposal, ctx.now)?;
        let (step, change) = {
            let payload = self.payload(id).payload;
            let mut work = self.work(run.clone(), looked.clone(), &payload, ctx.now);
            work.change.events = events;
            let step = match next::next(&mut work) {
                Next::Over => Step::Over,
                Next::Wait(at) => Step::Wait(at),
                Next::Ask(peer, ask) => {
                    let lease_until = ctx.now.saturating_add(limits::CALL_LEASE);
                    work.run.turn = work.run.turn.saturating_add(1);
                    work.run.busy_until = Some(lease_until);
                    let turn = work.run.turn;
                    let ticket = Ticket { proposal: id, kind, turn, peer, ask, lease_until };
                    Step::Call(Box::new(ticket))
                }
            };
            let is_as_it_was = work.run == run
                && work.looked.proposal == looked.proposal
                && work.change.events.is_empty();
            (step, (!is_as_it_was).then(|| work.finish()))
        };
        if let Some(change) = change {
            self.commit(change, ctx);
        }
        Ok(step)
    }

    /// Takes the answer to a ticket, whenever it comes; one to an older question is not heard.
    /// Wakes the run's job.
    #[expect(clippy::needless_pass_by_value, reason = "an answer is heard once")]
    pub fn settle(
        &mut self,
        ctx: &Ctx,
        ticket: &Ticket,
        outcome: Outcome,
    ) -> Result<(), GovernorError> {
        self.gate(ctx, Class::Finish)?;
        let number = ticket.proposal.wire();
        let id = ticket.proposal;
        let Some(run) = self.run(ticket.kind, id) else { return Ok(()) };
        let is_newest = run.turn == ticket.turn && run.busy_until.is_some();
        let late_copy = match (&outcome, is_newest) {
            (Outcome::Created(Ok(scratch)), false) => Some(*scratch),
            (_, false) => return Ok(()),
            (_, true) => None,
        };
        let (looked, events) = self.now(number, ctx.now)?;
        let payload = self.payload(id).payload;
        let mut work = self.work(run, looked, &payload, ctx.now);
        work.change.events = events;
        if let Some(scratch) = late_copy {
            rehearsal::created_late(&mut work, &ticket.peer, scratch);
        } else {
            work.run.busy_until = None;
            heard::heard(&mut work, &outcome);
        }
        let change = work.finish();
        self.commit(change, ctx);
        self.wake_run(ticket.kind, number, ctx.now);
        Ok(())
    }

    /// Has the clock look at a run at once.
    pub(crate) fn wake_run(&mut self, kind: RunKind, proposal: u64, now: Timestamp) {
        let job = match kind {
            RunKind::Execution => EXECUTE,
            RunKind::Rehearsal => REHEARSE,
        };
        self.ensure_job(job, proposal, now);
    }

    pub(crate) fn run_is_open(&self, kind: RunKind, proposal: u64) -> bool {
        self.open_run(kind, proposal).is_some()
    }

    /// A run that is not over.
    fn open_run(&self, kind: RunKind, proposal: u64) -> Option<(ProposalId, Run)> {
        let id = ProposalId::from_wire(proposal)?;
        let run = self.run(kind, id).filter(|run| run.ended_at.is_none())?;
        Some((id, run))
    }

    /// Until when the run lets something else go first: the governor's own drain, so that it can be
    /// repaired; an execution, before a rehearsal; a rehearsal's call that is under way, before an
    /// execution, so that each knows which snapshots are its own.
    fn steps_aside(&self, run: &Run, now: Timestamp) -> Option<Timestamp> {
        let later = now.saturating_add(ASIDE);
        if self.drain(now).is_some() {
            return Some(later);
        }
        let totals = self.totals();
        let state = self.stored(totals.running).map(|one| one.proposal.state);
        let works = matches!(state, Ok(ProposalState::Executing | ProposalState::RollingBack));
        if !works {
            return None;
        }
        if run.kind == RunKind::Rehearsal {
            return Some(later);
        }
        let (_, other) = self.open_run(RunKind::Rehearsal, totals.rehearsing)?;
        let latest = now.saturating_add(limits::CALL_LEASE);
        other.busy_until.map(|until| until.min(latest)).filter(|until| now < *until)
    }

    pub(crate) fn work<'a>(
        &'a self,
        run: Run,
        looked: Looked,
        payload: &'a Payload,
        now: Timestamp,
    ) -> Work<'a> {
        let (config, around) = (self.config(), self);
        Work { now, run, looked, payload, config, around, change: Change::default() }
    }
}

impl<M: Memory + 'static> Around for Store<M> {
    fn target(&self, canister: &Principal) -> Option<Target> {
        Self::target(self, canister)
    }

    fn targets(&self) -> Vec<(Principal, Target)> {
        self.all_targets()
    }

    fn snapshot(&self, epoch: u64) -> Option<FleetSnapshot> {
        Self::snapshot(self, epoch)
    }

    fn snapshots(&self) -> Vec<(u64, FleetSnapshot)> {
        let rows = self.snapshots.iter().rev();
        rows.map(|entry| (u64::from_be_bytes(entry.key().0), entry.value().0))
            .filter(|(_, snapshot)| !snapshot.shots.is_empty())
            .collect()
    }

    fn module(&self, hash: &Hash) -> Option<Module> {
        Self::module(self, hash)
    }

    fn next_incident(&self) -> Option<IncidentId> {
        let count = self.incidents.len();
        (count < limits::MAX_INCIDENTS).then(|| IncidentId::from_slot(count)).flatten()
    }
}
