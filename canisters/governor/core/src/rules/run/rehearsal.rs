//! A release tried on copies: each canister's snapshot in a scratch canister, the new code in it,
//! its migration, its invariants, its digest; and nothing of it stays (N3).

use crate::limits;
use crate::records::run::{Copy, JournalHead, Op, Question, Run, RunKind, StepRow, StepState};
use crate::records::{CopyWay, Event, EventKind, Rehearsal, Rehearsed};
use crate::rules::run::ask::{Digested, Life, Status};
use crate::rules::run::{Said, Work, critical, heard, looks, short};
use crate::types::{Hash, Principal, ProposalState};

/// States in which a rehearsal is of use: before approvals are counted for good.
pub const REHEARSABLE: &[ProposalState] = &[
    ProposalState::Audited,
    ProposalState::Rehearsed,
    ProposalState::Discussion,
    ProposalState::Voting,
];

/// Whom a question is about; none when it is not there any more.
pub(crate) fn peer(run: &Run, question: Question, op: Op, target: &Principal) -> Option<Principal> {
    let of_target = match question {
        Question::Head
        | Question::Snapshots
        | Question::Take
        | Question::Delete
        | Question::Create => true,
        Question::Digest => op == Op::DigestBefore,
        Question::Status
        | Question::Version
        | Question::Clear
        | Question::Upload
        | Question::Prepare
        | Question::Drain
        | Question::Stop
        | Question::Start
        | Question::Load
        | Question::Install
        | Question::Health
        | Question::Validate
        | Question::Migration
        | Question::Resume
        | Question::Wake
        | Question::Connect
        | Question::Remove
        | Question::Controllers
        | Question::Settings
        | Question::Call => false,
    };
    if of_target || !is_on_copy(op) {
        return Some(*target);
    }
    run.copy_of(target).map(|copy| copy.scratch)
}

const fn is_on_copy(op: Op) -> bool {
    matches!(
        op,
        Op::LoadCopy
            | Op::StageCopy
            | Op::InstallCopy
            | Op::MigrateCopy
            | Op::ValidateCopy
            | Op::DigestAfter
            | Op::DeleteCopy
    )
}

/// True for a step that has nothing to do any more.
pub(crate) fn is_moot(work: &Work<'_>, step: &StepRow) -> bool {
    if work.run.kind == RunKind::Execution {
        return false;
    }
    if step.op == Op::DeleteCopy {
        return work.run.copy_of(&step.target).is_none();
    }
    row(&work.run, &step.target).is_some_and(|row| !row.problem.is_empty())
}

fn row<'a>(run: &'a Run, target: &Principal) -> Option<&'a Rehearsed> {
    run.rehearsed.iter().find(|row| row.target == *target)
}

/// What was found of the canister, to be added to.
fn note(work: &mut Work<'_>, change: impl FnOnce(&mut Rehearsed)) {
    let target = work.step().target;
    if let Some(row) = work.run.rehearsed.iter_mut().find(|row| row.target == target) {
        change(row);
        return;
    }
    let Some(item) = work.item(&target) else { return };
    let mut row = Rehearsed {
        target,
        // Until there is a copy, the network itself stands for it.
        scratch: Principal::management_canister(),
        module: item.module,
        digest_before: None,
        digest_after: None,
        schema_before: item.schema_from,
        schema_after: item.schema_from,
        records: 0,
        violations: 0,
        slices: 0,
        cycles: 0,
        problem: String::new(),
    };
    change(&mut row);
    work.run.rehearsed.push(row);
}

/// A step of a rehearsal failed: that is what the rehearsal found. The copy is deleted anyway.
pub(crate) fn failed(work: &mut Work<'_>, why: &str) {
    let step = work.step();
    if step.op == Op::DeleteCopy {
        let loaned = work.run.loaned.iter().any(|one| one.target == step.target);
        let on_copy =
            !matches!(work.run.place.question, Some(Question::Snapshots | Question::Delete));
        if loaned && on_copy {
            // The snapshot goes even when the copy does not.
            work.step_with(|step| step.tries = 0);
            work.run.place.refused = false;
            work.run.next_at = None;
            work.go(Question::Snapshots);
            return;
        }
    } else {
        let text = short(why);
        note(work, |row| {
            if row.problem.is_empty() {
                row.problem = text;
            }
        });
    }
    work.close(StepState::Failed, why);
    work.advance();
}

/// There is a copy.
pub(crate) fn created(work: &mut Work<'_>, scratch: Principal) -> Said {
    let target = work.step().target;
    work.run.copies.push(Copy { target, scratch, gone: false });
    note(work, |row| row.scratch = scratch);
    Said::Done
}

/// The answer came after it was given up: the copy is there all the same, and must go, even when
/// the rehearsal is over.
pub fn created_late(work: &mut Work<'_>, target: &Principal, scratch: Principal) {
    if work.run.copy_of(target).is_some() {
        return;
    }
    work.run.ended_at = None;
    work.run.copies.push(Copy { target: *target, scratch, gone: false });
    let waits = |step: &StepRow| {
        step.op == Op::DeleteCopy && step.target == *target && step.state == StepState::Waiting
    };
    if !work.run.steps.iter().any(waits) {
        work.run.steps.push(StepRow::new(Op::DeleteCopy, *target, 0));
    }
}

/// The journal's head of the target: before its snapshot, and after its digest.
pub(crate) fn head(work: &mut Work<'_>, op: Op, length: u64, hash: Hash) -> Said {
    let found = JournalHead { length, hash };
    if op == Op::LoadCopy {
        work.run.head = Some(found);
        return Said::Ask(Question::Snapshots);
    }
    if work.run.head != Some(found) {
        // It worked meanwhile: its digest is not that of the snapshot.
        note(work, |row| row.digest_before = None);
    }
    Said::Done
}

/// A piece of a digest.
pub(crate) fn digested(work: &mut Work<'_>, op: Op, found: &Digested) -> Said {
    if found.next.is_some() {
        return looks::go_on(work, Question::Digest, found.next.as_deref());
    }
    let digest = found.digest;
    if op == Op::DigestBefore {
        note(work, |row| row.digest_before = digest);
        return Said::Ask(Question::Head);
    }
    let records = found.records;
    note(work, |row| {
        row.digest_after = digest;
        row.records = records;
    });
    let target = work.step().target;
    let Some(row) = row(&work.run, &target) else { return Said::Done };
    let same_schema = row.schema_before == row.schema_after;
    let differ = row.digest_before.is_some() && row.digest_before != row.digest_after;
    if same_schema && differ {
        return critical(format!("the new code changes the state of {}", work.name(&target)));
    }
    Said::Done
}

/// The target says nothing about its journal: whether it worked meanwhile is not known.
pub(crate) fn no_head(work: &mut Work<'_>) -> Said {
    work.run.head = None;
    Said::Ask(Question::Snapshots)
}

/// The canister offers no digest, or no head beside it: nothing is compared.
pub(crate) fn no_digest(work: &mut Work<'_>) -> Said {
    note(work, |row| row.digest_before = None);
    Said::Done
}

/// Violations that a copy has.
pub(crate) fn violations(work: &mut Work<'_>, op: Op, count: u64) {
    if op == Op::ValidateCopy {
        note(work, |row| row.violations = row.violations.saturating_add(count));
    }
}

/// One more slice of a copy's migration.
pub(crate) fn slice(work: &mut Work<'_>, op: Op, schema: u32) {
    if op == Op::MigrateCopy {
        note(work, |row| {
            row.slices = row.slices.saturating_add(1);
            row.schema_after = schema;
        });
    }
}

/// The copy gets the target's state while it stands still: the old code must not begin to work.
pub(crate) fn loading(work: &mut Work<'_>, status: &Status) -> Said {
    let target = work.step().target;
    match status.life {
        Life::Running => heard::not_yet(work, Question::Stop, "its copy does not stop"),
        Life::Stopping => {
            let later = work.now.saturating_add(limits::LOOK_AGAIN);
            Said::Later(Question::Status, later)
        }
        Life::Stopped if !work.run.place.asked => {
            heard::not_yet(work, Question::Load, "its snapshot was not loaded")
        }
        Life::Stopped => {
            let before = work.item(&target).map(|item| item.from_module);
            if before.is_some() && status.module == before {
                return Said::Done;
            }
            let name = work.name(&target);
            critical(format!("{name} runs other code than the release was made for"))
        }
    }
}

/// New code only into a copy that stands still; then it is started, its timers and calls off.
pub(crate) fn installing(work: &mut Work<'_>, status: &Status) -> Said {
    let target = work.step().target;
    let Some(wanted) = work.item(&target).map(|item| item.module) else {
        return critical("it is not in the release");
    };
    if status.module == Some(wanted) {
        if status.life == Life::Running {
            return Said::Done;
        }
        if !work.run.place.asked {
            work.run.place.asked = true;
            work.run.place.refused = false;
            work.step_with(|step| step.tries = 0);
        }
        return heard::not_yet(work, Question::Start, "its copy does not start");
    }
    if status.life != Life::Stopped {
        return critical(format!("the copy of {} does not stand still", work.name(&target)));
    }
    heard::not_yet(work, Question::Install, "the copy runs the old code still")
}

/// The copy goes; what it spent was the rehearsal's price.
pub(crate) fn deleting(work: &mut Work<'_>, status: &Status) -> Said {
    match status.life {
        Life::Running => heard::not_yet(work, Question::Stop, "its copy does not stop"),
        Life::Stopping => {
            let later = work.now.saturating_add(limits::LOOK_AGAIN);
            Said::Later(Question::Status, later)
        }
        Life::Stopped => {
            let spent = limits::SCRATCH_CYCLES.saturating_sub(status.cycles);
            note(work, |row| row.cycles = spent);
            heard::not_yet(work, Question::Remove, "its copy was not deleted")
        }
    }
}

/// The network knows the copy no more.
pub(crate) fn deleted(work: &mut Work<'_>) -> Said {
    let target = work.step().target;
    for copy in work.run.copies.iter_mut().filter(|copy| copy.target == target) {
        copy.gone = true;
    }
    work.step_with(|step| step.tries = 0);
    work.run.place.refused = false;
    if work.run.loaned.iter().any(|one| one.target == target) {
        return Said::Ask(Question::Snapshots);
    }
    Said::Done
}

/// All copies were tried: the report, and the proposal that is voted on with it.
pub(crate) fn over(work: &mut Work<'_>) {
    work.run.ended_at = Some(work.now);
    work.run.busy_until = None;
    if work.run.reported {
        return;
    }
    work.run.reported = true;
    let proposal = &work.looked.proposal;
    let report = Rehearsal {
        digest: proposal.digest,
        begun_at: work.run.begun_at,
        ended_at: Some(work.now),
        way: CopyWay::Loaded,
        canisters: work.run.rehearsed.clone(),
    };
    let (hash, succeeded) = (report.hash(), report.succeeded());
    let name = if succeeded { "succeeded" } else { "failed" };
    let event = Event::new(EventKind::RehearsalCompleted, work.run.proposal);
    work.change.events.push(event.digest(hash).name(name));
    work.change.rehearsal = Some((work.looked.id, report));
    // What people approved already stays what they approved.
    if !REHEARSABLE.contains(&proposal.state) {
        return;
    }
    let until = proposal.until;
    if proposal.state == ProposalState::Audited {
        work.move_to(ProposalState::Rehearsed, until);
        // The discussion begins with the next look.
        work.change.wake = Some(work.now);
    }
    let proposal = &mut work.looked.proposal;
    proposal.rehearsal = Some(hash);
    proposal.rehearsed_at = Some(work.now);
    proposal.rehearsal_failed = !succeeded;
}
