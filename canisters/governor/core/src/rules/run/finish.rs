//! What is true when a step, or all of them, are over.

use crate::limits;
use crate::records::run::{Direction, Op, Place, RunKind, StepRow, StepState};
use crate::records::{
    Event, EventKind, Incident, IncidentPhase, Note, Payload, SnapshotState, Target,
};
use crate::rules::constitution;
use crate::rules::run::{Work, rehearsal, short, snapshots};
use crate::types::{Duration, ProposalState};

/// The step is done: what follows from it, and the turn goes on.
pub(crate) fn done(work: &mut Work<'_>) {
    let step = work.step();
    match step.op {
        Op::Load => {
            let event = Event::new(EventKind::SnapshotRestoredOf, work.run.proposal);
            work.change.events.push(event.party(step.target).number(step.epoch));
        }
        Op::Prune => snapshots::without(work, step.epoch, &step.target),
        Op::TakeControl => adopt(work, &step),
        Op::GiveControl => {
            work.change.fleet.targets.insert(step.target, None);
            let event = Event::new(EventKind::TargetReleased, work.run.proposal);
            work.change.events.push(event.party(step.target));
        }
        Op::Call => call_done(work),
        Op::Observe => {
            if watch_on(work, &step) {
                return;
            }
        }
        Op::Inspect
        | Op::Stage
        | Op::Drain
        | Op::Stop
        | Op::Snapshot
        | Op::Install
        | Op::Start
        | Op::Health
        | Op::Migrate
        | Op::Validate
        | Op::Resume
        | Op::WakeJobs
        | Op::Connect
        | Op::Unstage
        | Op::ResumeRestored
        | Op::Settings
        | Op::CreateCopy
        | Op::LoadCopy
        | Op::DigestBefore
        | Op::StageCopy
        | Op::InstallCopy
        | Op::MigrateCopy
        | Op::ValidateCopy
        | Op::DigestAfter
        | Op::DeleteCopy => {}
    }
    work.advance();
}

/// A canister is under control from now on (V16).
fn adopt(work: &mut Work<'_>, step: &StepRow) {
    let Payload::AdoptCanister { placement, .. } = work.payload else { return };
    let module = work.run.seen_of(&step.target).and_then(|seen| seen.module);
    let row = Target::adopted(placement.clone(), work.now);
    let row = Target { module, seen_at: work.now, ..row };
    work.change.fleet.targets.insert(step.target, Some(row));
    let event = Event::new(EventKind::TargetAdopted, work.run.proposal).party(step.target);
    work.change.events.push(event.name(&placement.name));
}

/// The committee recovery confirmed is the one this canister knows from now on.
fn call_done(work: &mut Work<'_>) {
    let Payload::ChangeRecoveryCommittee { members, quorum } = work.payload else { return };
    work.change.config = Some(constitution::with_committee(work.config, members, *quorum));
    let event = Event::new(EventKind::CommitteeChanged, work.run.proposal);
    work.change.events.push(event.number((*quorum).into()));
}

/// After the last canister of a round the next round begins, until the observation is over.
fn watch_on(work: &mut Work<'_>, step: &StepRow) -> bool {
    let next = usize::try_from(work.run.at).unwrap_or(usize::MAX).saturating_add(1);
    let is_last = work.run.steps.get(next).is_none_or(|next| next.op != Op::Observe);
    let until = work.run.observe_until.unwrap_or(work.now);
    if !is_last || work.now >= until {
        return false;
    }
    let begun = work.looked.proposal.since;
    let whole = until.saturating_since(begun).as_nanos();
    let gap = whole.checked_div(limits::OBSERVATIONS.into()).unwrap_or_default();
    let again = work.now.saturating_add(Duration::from_nanos(gap.max(1))).min(until);
    for row in work.run.steps.iter_mut().filter(|row| row.op == Op::Observe) {
        *row = StepRow::new(Op::Observe, row.target, step.epoch);
    }
    let first = work.run.steps.iter().position(|row| row.op == Op::Observe);
    work.run.at = first.and_then(|at| u32::try_from(at).ok()).unwrap_or(work.run.at);
    work.run.place = Place::default();
    work.run.next_at = Some(again);
    true
}

/// All steps are over.
pub(crate) fn all_over(work: &mut Work<'_>) {
    if work.run.kind == RunKind::Rehearsal {
        rehearsal::over(work);
        return;
    }
    if work.run.broken {
        let reason = work.run.reason.clone();
        open_incident(work, "the way back failed", &reason);
        end(work, ProposalState::RollbackFailed, &reason);
        return;
    }
    if work.run.direction == Direction::Back {
        let reason = work.run.reason.clone();
        end(work, ProposalState::RolledBack, &reason);
        return;
    }
    if work.payload.is_release() && prove(work) {
        return;
    }
    end(work, ProposalState::Completed, "");
}

/// The release held: its snapshot leads back to a state that was good, and older ones may go.
/// True when steps follow.
fn prove(work: &mut Work<'_>) -> bool {
    let epoch = work.run.epoch;
    let complete = work.snapshot(epoch).filter(|one| one.state == SnapshotState::Complete);
    let Some(mut snapshot) = complete else { return false };
    snapshot.state = SnapshotState::Good;
    work.put_snapshot(epoch, snapshot);
    let steps = snapshots::retention(work);
    let follow = !steps.is_empty();
    work.run.steps.extend(steps);
    follow
}

/// Other code runs than the proposal was made for, and nothing was done yet (V6).
pub(crate) fn stale(work: &mut Work<'_>, why: &str) {
    skip_rest(work);
    end(work, ProposalState::Stale, why);
}

/// Something may have been done and nobody can look it up: people must.
pub(crate) fn unclear(work: &mut Work<'_>, why: &str) {
    skip_rest(work);
    let reason = format!("its outcome is unknown: {why}");
    open_incident(work, "the outcome is unknown", &reason);
    end(work, ProposalState::RollbackFailed, &reason);
}

fn skip_rest(work: &mut Work<'_>) {
    for step in &mut work.run.steps {
        if step.state == StepState::Waiting {
            step.state = StepState::Skipped;
        }
    }
}

fn end(work: &mut Work<'_>, state: ProposalState, why: &str) {
    let (proposal, event) = work.looked.ended(state, &short(why), work.now);
    work.looked.proposal = proposal;
    work.change.events.push(event);
    work.run.ended_at = Some(work.now);
    work.run.busy_until = None;
    work.run.next_at = None;
    work.run.place = Place::default();
}

/// What people are called for (K9). Without room for one more the proposal says it alone.
fn open_incident(work: &mut Work<'_>, title: &str, why: &str) {
    let Some(id) = work.around.next_incident() else { return };
    let number = work.run.proposal;
    let note = Note {
        phase: IncidentPhase::ImmediateActions,
        at: work.now,
        by: work.config.own,
        text: why.to_owned(),
    };
    let incident = Incident {
        title: format!("Proposal {number}: {title}"),
        phase: IncidentPhase::ImmediateActions,
        opened_at: work.now,
        proposal: Some(number),
        notes: vec![note],
    };
    work.change.incident = Some((id, incident));
    work.change.events.push(Event::new(EventKind::IncidentOpened, id.wire()).number(number));
}
