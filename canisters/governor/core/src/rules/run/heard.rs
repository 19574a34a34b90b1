//! What an answer means for the step whose question it answers.

use granary_resilience::failure::{Failure, FailureKind};

use crate::limits;
use crate::records::run::{Op, Question, RunKind, StepState};
use crate::rules::run::ask::{Life, Outcome, Status};
use crate::rules::run::next::first;
use crate::rules::run::{
    Said, Work, back, control, critical, finish, looks, rehearsal, short, snapshots,
};
use crate::types::Trigger;

/// Takes the answer to the newest question, decided over what is stored now.
pub fn heard(work: &mut Work<'_>, outcome: &Outcome) {
    let step = work.step();
    if step.state != StepState::Begun || work.run.ended_at.is_some() {
        return;
    }
    let question = work.run.place.question.unwrap_or_else(|| first(step.op));
    let said = match outcome.failure() {
        Some(failure) => failed(work, question, step.op, failure),
        None => answered(work, question, step.op, outcome),
    };
    apply(work, said);
}

/// Moves the run where what was said leads.
pub(crate) fn apply(work: &mut Work<'_>, said: Said) {
    let op = work.step().op;
    match said {
        Said::Ask(question) => {
            work.run.next_at = None;
            work.go(question);
        }
        Said::Later(question, at) => {
            work.run.next_at = Some(at);
            work.go(question);
        }
        Said::Done => {
            work.close(StepState::Done, "");
            finish::done(work);
        }
        Said::Failed(_, why) if work.run.kind == RunKind::Rehearsal => {
            rehearsal::failed(work, &why);
        }
        Said::Failed(_, why) if work.run.place.attempted => apply(work, Said::Unclear(why)),
        Said::Failed(_, why) if work.is_soft(op) => {
            work.close(StepState::Failed, &why);
            work.advance();
        }
        Said::Failed(trigger, why) => back::turn(work, trigger, &why),
        Said::Stale(why) => {
            work.close(StepState::Failed, &why);
            finish::stale(work, &why);
        }
        Said::Unclear(why) => {
            work.close(StepState::Failed, &why);
            finish::unclear(work, &why);
        }
    }
}

/// Nothing was said: a refusal, or silence.
fn failed(work: &mut Work<'_>, question: Question, op: Op, failure: &Failure) -> Said {
    let refused = failure.kind == FailureKind::Permanent;
    let unknown = failure.kind == FailureKind::OutcomeUnknown;
    let why = short(&failure.reason);
    work.step_with(|step| {
        step.tries = step.tries.saturating_add(1);
        step.error.clone_from(&why);
    });
    work.run.place.refused |= refused && changes(question);
    match (op, question) {
        (Op::Call, _) => return control::call_failed(work, failure),
        (Op::GiveControl, Question::Status) if refused && work.run.place.asked => {
            // Who controls it no more is not told how it is: that is the proof.
            return Said::Done;
        }
        (Op::WakeJobs, _) if failure.kind == FailureKind::RateLimited => return Said::Done,
        (Op::CreateCopy, _) if unknown => {
            let why = "nobody knows whether its copy was created: cycles may be lost";
            return critical(why);
        }
        (Op::LoadCopy, Question::Head) if refused => return rehearsal::no_head(work),
        (Op::DigestBefore | Op::DigestAfter, _) if refused => {
            return rehearsal::no_digest(work);
        }
        (Op::Health | Op::Connect | Op::Observe, Question::Health | Question::Connect)
            if !refused && !unknown =>
        {
            return looks::patience(work, trigger_of(op), &why);
        }
        _ => {}
    }
    let look = look_after(op, question);
    // What changed something is looked at, whatever was heard; the look decides (K48).
    if look == question && (is_hopeless(work) || (refused && !is_last_way(work, op))) {
        return Said::Failed(trigger_of(op), format!("{}: {why}", work.name(&work.step().target)));
    }
    if unknown && look != question {
        return Said::Ask(look);
    }
    Said::Later(look, work.again(failure))
}

/// True when the step was tried as often as it is tried.
fn is_hopeless(work: &Work<'_>) -> bool {
    let step = work.step();
    step.tries >= work.tries(step.op)
}

/// True for a step that is tried on even when it is refused: there is no other way.
fn is_last_way(work: &Work<'_>, op: Op) -> bool {
    !work.goes_forward() || matches!(op, Op::Start | Op::Load | Op::ResumeRestored)
}

/// True for a question that changes something.
const fn changes(question: Question) -> bool {
    !matches!(
        question,
        Question::Status
            | Question::Version
            | Question::Snapshots
            | Question::Drain
            | Question::Health
            | Question::Validate
            | Question::Migration
            | Question::Digest
            | Question::Head
            | Question::Connect
    )
}

/// How what was asked for is looked at; the question itself where repeating it is the look.
const fn look_after(op: Op, question: Question) -> Question {
    match question {
        Question::Prepare => Question::Drain,
        Question::Stop
        | Question::Start
        | Question::Load
        | Question::Install
        | Question::Controllers
        | Question::Settings
        | Question::Remove => Question::Status,
        Question::Take | Question::Delete => Question::Snapshots,
        Question::Resume => {
            if matches!(op, Op::Resume) {
                Question::Drain
            } else {
                Question::Resume
            }
        }
        Question::Status
        | Question::Version
        | Question::Snapshots
        | Question::Clear
        | Question::Upload
        | Question::Drain
        | Question::Health
        | Question::Validate
        | Question::Migration
        | Question::Digest
        | Question::Head
        | Question::Wake
        | Question::Connect
        | Question::Create
        | Question::Call => question,
    }
}

/// Which trigger a step's failure is.
pub(crate) const fn trigger_of(op: Op) -> Trigger {
    if matches!(op, Op::Health | Op::Observe) {
        Trigger::HealthCheckFailed
    } else if matches!(op, Op::Connect) {
        Trigger::ConnectionFailed
    } else if matches!(op, Op::Validate) {
        Trigger::DataInconsistent
    } else {
        Trigger::CriticalFunction
    }
}

/// It is not as it must be: asks for it, unless it was asked for in vain.
pub(crate) fn not_yet(work: &Work<'_>, act: Question, why: &str) -> Said {
    let step = work.step();
    let refused = work.run.place.refused && !is_last_way(work, step.op);
    if !is_hopeless(work) && !refused {
        return Said::Ask(act);
    }
    let name = work.name(&step.target);
    let why = if step.error.is_empty() { why } else { &step.error };
    Said::Failed(trigger_of(step.op), format!("{name}: {why}"))
}

/// What the asked said.
fn answered(work: &mut Work<'_>, question: Question, op: Op, outcome: &Outcome) -> Said {
    match outcome {
        Outcome::Done(_) => acted(work, question, op),
        Outcome::Status(Ok(Some(status))) => status_of(work, op, status),
        Outcome::Status(_) => missing(work, op),
        Outcome::Version(Ok(version)) => looks::version(work, version.schema),
        Outcome::Chunk(Ok(hash)) => looks::chunk(work, hash),
        Outcome::Drain(Ok(drain)) if op == Op::Drain => looks::drained(work, drain),
        Outcome::Drain(Ok(drain)) => looks::resumed(work, drain),
        Outcome::Snapshots(Ok(held)) => snapshots::listed(work, op, held),
        Outcome::Taken(Ok(held)) => snapshots::taken(work, op, held),
        Outcome::Health(Ok(health)) => looks::health(work, op, health),
        Outcome::Validated(Ok(found)) => looks::validated(work, op, found),
        Outcome::Migration(Ok(found)) => looks::migrated(work, op, *found),
        Outcome::Digest(Ok(found)) => rehearsal::digested(work, op, found),
        Outcome::Head(Ok((length, hash))) => rehearsal::head(work, op, *length, *hash),
        Outcome::Connections(Ok(broken)) => looks::connected(work, broken),
        Outcome::Created(Ok(scratch)) => rehearsal::created(work, *scratch),
        Outcome::Version(Err(_))
        | Outcome::Chunk(Err(_))
        | Outcome::Drain(Err(_))
        | Outcome::Snapshots(Err(_))
        | Outcome::Taken(Err(_))
        | Outcome::Health(Err(_))
        | Outcome::Validated(Err(_))
        | Outcome::Migration(Err(_))
        | Outcome::Digest(Err(_))
        | Outcome::Head(Err(_))
        | Outcome::Connections(Err(_))
        | Outcome::Created(Err(_)) => Said::Ask(question),
    }
}

/// It was done, the asked says.
fn acted(work: &mut Work<'_>, question: Question, op: Op) -> Said {
    // What is looked at afterwards counts as tried: it may be done again and again in vain.
    let look = look_after(op, question);
    if look != question {
        work.step_with(|step| step.tries = step.tries.saturating_add(1));
    }
    match (op, question) {
        (Op::Stage | Op::StageCopy, Question::Clear) => looks::upload_next(work),
        (Op::Load | Op::LoadCopy, Question::Load) => {
            work.run.place.asked = true;
            Said::Ask(look)
        }
        (Op::GiveControl, Question::Controllers) if work.run.place.asked => Said::Done,
        (_, _) if look == question => Said::Done,
        (_, _) => Said::Ask(look),
    }
}

/// The network knows no such canister.
fn missing(work: &mut Work<'_>, op: Op) -> Said {
    if op == Op::DeleteCopy {
        return rehearsal::deleted(work);
    }
    critical(format!("the network knows no canister {}", work.name(&work.step().target)))
}

/// The network's word about the canister.
fn status_of(work: &mut Work<'_>, op: Op, status: &Status) -> Said {
    match op {
        Op::Inspect => looks::inspect(work, status),
        Op::Stop => stop(work, status),
        Op::Install => install(work, status),
        Op::Start => match status.life {
            Life::Running => Said::Done,
            Life::Stopping | Life::Stopped => not_yet(work, Question::Start, "it did not start"),
        },
        Op::Load => load(work, status),
        Op::Observe => looks::observed(work, status),
        Op::Settings => control::settings(work, status),
        Op::TakeControl => control::take(work, status),
        Op::GiveControl => control::give(work, status),
        Op::LoadCopy => rehearsal::loading(work, status),
        Op::InstallCopy => rehearsal::installing(work, status),
        Op::DeleteCopy => rehearsal::deleting(work, status),
        Op::Stage
        | Op::Drain
        | Op::Snapshot
        | Op::Health
        | Op::Migrate
        | Op::Validate
        | Op::Resume
        | Op::WakeJobs
        | Op::Connect
        | Op::Unstage
        | Op::ResumeRestored
        | Op::Prune
        | Op::Call
        | Op::CreateCopy
        | Op::DigestBefore
        | Op::StageCopy
        | Op::MigrateCopy
        | Op::ValidateCopy
        | Op::DigestAfter => Said::Done,
    }
}

/// A canister that does not stop is started again by the way back, and its code left alone (K8).
fn stop(work: &mut Work<'_>, status: &Status) -> Said {
    let step = work.step();
    match status.life {
        Life::Stopped => Said::Done,
        Life::Running => not_yet(work, Question::Stop, "it did not stop"),
        Life::Stopping => {
            let since = *work.run.place.moved_at.get_or_insert(work.now);
            if work.now < since.saturating_add(limits::CALL_LEASE) {
                return Said::Later(Question::Status, work.now.saturating_add(limits::LOOK_AGAIN));
            }
            if work.goes_forward() {
                return critical(format!("{} did not stop in time", work.name(&step.target)));
            }
            not_yet(work, Question::Stop, "it did not stop in time")
        }
    }
}

/// V5, K8: new code only into a canister that stands still, and what runs afterwards decides.
fn install(work: &mut Work<'_>, status: &Status) -> Said {
    let target = work.step().target;
    let Some(item) = work.item(&target) else { return critical("it is not in the release") };
    let (wanted, before, schema) = (item.module, item.from_module, item.schema_from);
    if status.module == Some(wanted) {
        work.now_runs(&target, Some(wanted), schema);
        return Said::Done;
    }
    if status.module != Some(before) {
        let name = work.name(&target);
        return critical(format!("{name} runs other code than before and than approved"));
    }
    if status.life != Life::Stopped {
        return critical(format!("{} does not stand still", work.name(&target)));
    }
    not_yet(work, Question::Install, "it runs the old code still")
}

/// K14, K15: a snapshot is loaded into a canister that stands still.
fn load(work: &mut Work<'_>, status: &Status) -> Said {
    let step = work.step();
    let Some(shot) = snapshots::shot_of(work, step.epoch, &step.target) else {
        return critical(format!("there is no snapshot of {}", work.name(&step.target)));
    };
    if status.life != Life::Stopped {
        return critical(format!("{} does not stand still", work.name(&step.target)));
    }
    if work.run.place.asked && status.module == Some(shot.module) {
        work.now_runs(&step.target, Some(shot.module), shot.schema);
        return Said::Done;
    }
    not_yet(work, Question::Load, "its snapshot was not loaded")
}
