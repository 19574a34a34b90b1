//! What a run asks now: a decision over what is stored, and nothing else. Whatever a crash, an
//! upgrade or a restore left behind is a stored run, and each has a next question.

use granary_resilience::failure::{Failure, FailureKind};

use crate::limits;
use crate::records::run::{Op, Place, Question, StepState};
use crate::records::{EventKind, Payload};
use crate::rules::run::ask::{Ask, Outcome};
use crate::rules::run::{Said, Work, back, critical, finish, heard, rehearsal, snapshots};
use crate::types::{Principal, ProposalState, Timestamp, Trigger};

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing more.
    Over,
    /// Look again then.
    Wait(Timestamp),
    /// Ask this canister, and bring the answer.
    Ask(Principal, Ask),
}

/// Decides, changing what changes by time alone.
pub fn next(work: &mut Work<'_>) -> Next {
    if let Some(until) = work.run.busy_until {
        // A clock that was wrong once locks nobody out: never longer than the whole lease.
        let until = until.min(work.now.saturating_add(limits::CALL_LEASE));
        if work.now < until {
            return Next::Wait(until);
        }
        work.run.busy_until = None;
        heard::heard(work, &lost());
    }
    // Each turn of the loop ends a step or the run; a run has fewer steps than this.
    for _ in 0..MAX_TURNS {
        if work.run.ended_at.is_some() {
            return Next::Over;
        }
        if let Some(at) = work.run.next_at {
            if work.now < at {
                return Next::Wait(at);
            }
            work.run.next_at = None;
        }
        if let Some(decided) = decide(work) {
            return decided;
        }
    }
    Next::Wait(work.now.saturating_add(limits::LOOK_AGAIN))
}

const MAX_TURNS: u32 = 2_000;

/// The answer that never came.
fn lost() -> Outcome {
    let why = "nobody heard what became of the call";
    Outcome::Done(Err(Failure::new(FailureKind::OutcomeUnknown, why)))
}

/// One decision; none when the run changed and the next one decides.
fn decide(work: &mut Work<'_>) -> Option<Next> {
    let Some(step) = work.run.step().cloned() else {
        finish::all_over(work);
        return None;
    };
    if back::is_late(work) {
        let why = "the canisters would take work again before the release is proven";
        back::turn(work, Trigger::CriticalFunction, why);
        return None;
    }
    if step.state != StepState::Begun {
        if rehearsal::is_moot(work, &step) {
            work.close(StepState::Skipped, "");
            work.advance();
            return None;
        }
        begin(work);
        return None;
    }
    let question = work.run.place.question.unwrap_or_else(|| first(step.op));
    work.go(question);
    if let Some((peer, ask)) = ask(work, question, step.op, &step.target) {
        return Some(Next::Ask(peer, ask));
    }
    heard::apply(work, gone(step.op));
    None
}

fn begin(work: &mut Work<'_>) {
    let (now, step) = (work.now, work.step());
    work.run.place = Place::default();
    work.step_with(|step| {
        step.state = StepState::Begun;
        step.begun_at = Some(now);
    });
    work.say(EventKind::StepStarted, &step.target, step.op, "");
    if step.op == Op::Drain && work.goes_forward() && work.run.drained_until.is_none() {
        work.run.drained_until = Some(now.saturating_add(limits::DRAIN_DEADLINE));
    }
    if step.op == Op::Observe && work.run.observe_until.is_none() {
        let until = now.saturating_add(work.config.rules.observation);
        work.run.observe_until = Some(until);
        work.run.drained_until = None;
        work.move_to(ProposalState::Observing, Some(until));
    }
}

/// What a step is about is not here any more.
fn gone(op: Op) -> Said {
    if matches!(op, Op::Prune | Op::DeleteCopy) {
        return Said::Done;
    }
    critical("what it is about is not here any more")
}

/// With which question a step begins.
pub const fn first(op: Op) -> Question {
    match op {
        Op::Inspect
        | Op::Stop
        | Op::Install
        | Op::Start
        | Op::Load
        | Op::Settings
        | Op::TakeControl
        | Op::GiveControl
        | Op::InstallCopy
        | Op::DeleteCopy
        | Op::Observe => Question::Status,
        Op::Stage | Op::Unstage | Op::StageCopy => Question::Clear,
        Op::Drain => Question::Prepare,
        Op::Snapshot | Op::Prune => Question::Snapshots,
        Op::Health => Question::Health,
        Op::Migrate | Op::MigrateCopy => Question::Migration,
        Op::Validate | Op::ValidateCopy => Question::Validate,
        Op::Resume => Question::Drain,
        Op::ResumeRestored => Question::Resume,
        Op::WakeJobs => Question::Wake,
        Op::Connect => Question::Connect,
        Op::Call => Question::Call,
        Op::CreateCopy => Question::Create,
        Op::LoadCopy => Question::Head,
        Op::DigestBefore | Op::DigestAfter => Question::Digest,
    }
}

/// The question in full; none when what it is about is gone.
fn ask(
    work: &Work<'_>,
    question: Question,
    op: Op,
    target: &Principal,
) -> Option<(Principal, Ask)> {
    let run = &work.run;
    let peer = rehearsal::peer(run, question, op, target)?;
    let epoch = if work.goes_forward() { run.epoch } else { run.epoch.saturating_add(1) };
    let cursor = (!run.place.cursor.is_empty()).then(|| run.place.cursor.clone());
    let ask = match question {
        Question::Status => Ask::Status,
        Question::Version => Ask::Version,
        Question::Snapshots => Ask::Snapshots,
        Question::Clear => Ask::ClearChunks,
        Question::Upload => {
            let place = u32::try_from(run.place.progress.0).ok()?;
            Ask::UploadChunk { module: work.item(target)?.module, place }
        }
        Question::Prepare => {
            let deadline = work.now.saturating_add(limits::DRAIN_DEADLINE);
            let until = if work.goes_forward() { run.drained_until } else { None };
            Ask::PrepareUpgrade { epoch, deadline: until.unwrap_or(deadline) }
        }
        Question::Drain => Ask::DrainStatus,
        Question::Stop => Ask::Stop,
        Question::Start => Ask::Start,
        Question::Take => {
            Ask::TakeSnapshot { replace: run.place.replace.as_ref().map(|one| one.name.clone()) }
        }
        Question::Delete => Ask::DeleteSnapshot { snapshot: snapshots::of_step(work)? },
        Question::Load => Ask::LoadSnapshot { snapshot: snapshots::of_step(work)? },
        Question::Install => install(work, op, target)?,
        Question::Health => Ask::Health,
        Question::Validate => Ask::Validate { cursor },
        Question::Migration => Ask::MigrationStatus,
        Question::Digest => Ask::Digest { cursor },
        Question::Head => Ask::Head,
        Question::Resume => resume(work, op),
        Question::Wake => Ask::ResumeJobs,
        Question::Connect => Ask::CheckDependencies,
        Question::Create => Ask::CreateCanister { cycles: limits::SCRATCH_CYCLES },
        Question::Remove => Ask::DeleteCanister,
        Question::Controllers => Ask::SetControllers { controllers: run.place.controllers.clone() },
        Question::Settings => settings(work.payload)?,
        Question::Call => call(work.payload)?,
    };
    Some((peer, ask))
}

fn install(work: &Work<'_>, op: Op, target: &Principal) -> Option<Ask> {
    let item = work.item(target)?;
    let module = work.around.module(&item.module)?;
    Some(Ask::Install {
        module: item.module,
        chunks: module.chunks.iter().map(|chunk| chunk.hash).collect(),
        arg: item.arg.clone(),
        memory: item.memory,
        rehearsal: op == Op::InstallCopy,
    })
}

/// A canister knows best which drain it is in. One that was restored takes any epoch that is none
/// of its past.
fn resume(work: &Work<'_>, op: Op) -> Ask {
    let restored = op == Op::ResumeRestored;
    let newest = work.run.epoch.saturating_add(1);
    let epoch = if restored { newest } else { work.run.place.progress.0 };
    Ask::Resume { epoch, restored }
}

fn settings(payload: &Payload) -> Option<Ask> {
    let Payload::ChangeCanisterSettings { settings, .. } = payload else { return None };
    Some(Ask::SetSettings { settings: settings.clone() })
}

fn call(payload: &Payload) -> Option<Ask> {
    if let Payload::AssetRelease { batch, evidence, .. } = payload {
        return Some(Ask::CommitBatch { batch: *batch, evidence: *evidence });
    }
    if let Payload::ChangeRecoveryCommittee { members, quorum } = payload {
        return Some(Ask::SetCommittee { members: members.clone(), quorum: *quorum });
    }
    let Payload::Call { call, .. } = payload else { return None };
    Some(Ask::Call { method: call.method.clone(), arg: call.arg.clone() })
}
