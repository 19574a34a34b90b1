//! The way back: all canisters whose code may have changed get their snapshots, or people are
//! called; and whatever happens, what stands still is started (V8, V9, K8, K9).

use crate::limits;
use crate::records::run::{Direction, Op, Place, RunKind, StepRow, StepState};
use crate::records::{Event, EventKind, Payload};
use crate::rules::run::{Work, plan, short};
use crate::types::{Principal, ProposalState, Trigger};

/// True when canisters that stand still for the run would soon take work again by themselves: what
/// is proven behind that could not go back without a loss.
pub(crate) fn is_late(work: &Work<'_>) -> bool {
    let Some(until) = work.run.drained_until else { return false };
    let still = matches!(
        work.step().op,
        Op::Drain
            | Op::Stop
            | Op::Snapshot
            | Op::Install
            | Op::Start
            | Op::Health
            | Op::Migrate
            | Op::Validate
    );
    let may_go_back = !matches!(work.payload, Payload::Rollback { .. });
    work.goes_forward() && still && may_go_back && {
        work.now.saturating_add(limits::DRAIN_MARGIN) >= until
    }
}

/// The run turns round: the step it is at failed, or members want it back.
pub(crate) fn turn(work: &mut Work<'_>, trigger: Trigger, why: &str) {
    if !work.goes_forward() {
        broken(work, why);
        return;
    }
    let state = if trigger == Trigger::Members { StepState::Skipped } else { StepState::Failed };
    if work.run.step().is_some_and(|step| step.state == StepState::Begun) {
        work.close(state, why);
    }
    for step in &mut work.run.steps {
        if matches!(step.state, StepState::Waiting | StepState::Begun) {
            step.state = StepState::Skipped;
        }
    }
    work.run.trigger = Some(trigger);
    work.run.reason = short(why);
    work.run.direction = Direction::Back;
    // Whatever is under way is not heard any more.
    work.run.busy_until = None;
    work.run.turn = work.run.turn.saturating_add(1);
    if work.change.fleet.migrating.is_some_and(|at| at != (0, 0)) || stood_in_migration(work) {
        work.change.fleet.migrating = Some((0, 0));
    }
    let event = Event::new(EventKind::RollbackTriggered, work.run.proposal).name(trigger.name());
    work.change.events.push(event.because(why));
    let steps = steps(work);
    if steps.iter().any(|step| step.op == Op::Start) {
        work.move_to(ProposalState::RollingBack, None);
    }
    work.run.at = u32::try_from(work.run.steps.len()).unwrap_or(u32::MAX);
    work.run.steps.extend(steps);
    work.run.place = Place::default();
    work.run.next_at = None;
}

fn stood_in_migration(work: &Work<'_>) -> bool {
    let migrates = |step: &&StepRow| step.op == Op::Migrate && step.begun_at.is_some();
    work.run.kind == RunKind::Execution && work.run.steps.iter().any(|step| migrates(&step))
}

/// The steps of the way back from where the run stands.
fn steps(work: &mut Work<'_>) -> Vec<StepRow> {
    let targets: Vec<Principal> = {
        let mut all = vec![];
        for step in &work.run.steps {
            if !all.contains(&step.target) {
                all.push(step.target);
            }
        }
        plan::in_order(&all, work.around)
    };
    let run = &work.run;
    let of = |op: Op| -> Vec<Principal> {
        targets.iter().copied().filter(|target| run.began(op, target)).collect()
    };
    let epoch = run.epoch;
    let (staged, stopped, resumed) = (of(Op::Stage), of(Op::Stop), of(Op::Resume));
    let (drained, loaded) = (of(Op::Drain), of(Op::Load));
    let disturbed: Vec<Principal> = targets
        .iter()
        .copied()
        .filter(|one| drained.contains(one) || stopped.contains(one))
        .collect();
    if !loaded.is_empty() {
        // A restore that fails has no way back of its own.
        work.run.broken = true;
        let restored: Vec<_> =
            loaded.iter().copied().filter(|one| work.run.did(Op::Load, one)).collect();
        let mut steps = plan::each(Op::Start, &disturbed, epoch);
        steps.extend(plan::each(
            Op::ResumeRestored,
            &plan::speaking(&restored, work.around),
            epoch,
        ));
        return steps;
    }
    let touched = of(Op::Install);
    let speak = |list: &[Principal]| plan::speaking(list, work.around);
    let untouched: Vec<Principal> =
        drained.iter().copied().filter(|one| !touched.contains(one)).collect();
    let mut steps = vec![];
    let busy: Vec<_> = touched.iter().copied().filter(|one| resumed.contains(one)).collect();
    steps.extend(plan::reversed(Op::Drain, &busy, epoch));
    steps.extend(plan::reversed(Op::Stop, &touched, epoch));
    steps.extend(plan::reversed(Op::Load, &touched, epoch));
    steps.extend(plan::each(Op::Start, &disturbed, epoch));
    steps.extend(plan::each(Op::ResumeRestored, &speak(&touched), epoch));
    steps.extend(plan::each(Op::Resume, &speak(&untouched), epoch));
    steps.extend(plan::each(Op::WakeJobs, &speak(&disturbed), epoch));
    steps.extend(plan::each(Op::Validate, &speak(&touched), epoch));
    let full = staged.iter().copied().filter(|one| !run.did(Op::Unstage, one));
    steps.extend(plan::each(Op::Unstage, &full.collect::<Vec<_>>(), epoch));
    if touched.is_empty() {
        // They lead back to where everything is already.
        steps.extend(plan::each(Op::Prune, &of(Op::Snapshot), epoch));
    }
    steps
}

/// The way back failed: nothing more is loaded, and what stands still is started. What was restored
/// already is told so, since its memory ends before what it did last (E7).
fn broken(work: &mut Work<'_>, why: &str) {
    work.close(StepState::Failed, why);
    work.run.broken = true;
    let reason = format!("{}; and on the way back {why}", work.run.reason);
    work.run.reason = short(&reason);
    let loaded: Vec<Principal> = {
        let done = |step: &&StepRow| step.op == Op::Load && step.state == StepState::Done;
        work.run.steps.iter().filter(done).map(|step| step.target).collect()
    };
    for step in &mut work.run.steps {
        let goes_on = step.op == Op::Start
            || (step.op == Op::ResumeRestored && loaded.contains(&step.target));
        if step.state == StepState::Waiting && !goes_on {
            step.state = StepState::Skipped;
        }
    }
    work.advance();
}
