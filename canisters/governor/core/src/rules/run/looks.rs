//! What the canisters themselves say: how they are, what is left of their work, how far they came.

use granary_kernel::Profile;

use crate::limits;
use crate::records::Payload;
use crate::records::run::{Op, Question, Seen};
use crate::rules::run::ask::{Drain, Drained, Health, Life, Migration, Status, Validated};
use crate::rules::run::{Said, Work, critical, heard, plan, rehearsal};
use crate::types::{Duration, Hash, Timestamp, Trigger};

/// V6, V14, K16, K17: what must be so before anything is drained.
pub(crate) fn inspect(work: &mut Work<'_>, status: &Status) -> Said {
    let target = work.step().target;
    let name = work.name(&target);
    if !status.controllers.contains(&work.config.own) {
        return critical(format!("{name} is not controlled by the governor"));
    }
    work.run.seen.retain(|seen| seen.target != target);
    work.run.seen.push(Seen { target, module: status.module, schema: 0 });
    if matches!(work.payload, Payload::Rollback { .. }) {
        // Whatever state it is in, it is the one people want to leave.
        return Said::Done;
    }
    if work.item(&target).is_some_and(|item| status.module != Some(item.from_module)) {
        return Said::Stale(format!("{name} runs other code than the proposal was made for"));
    }
    if status.life != Life::Running {
        return critical(format!("{name} does not run"));
    }
    if status.cycles < status.frozen_below.saturating_add(limits::MIN_TARGET_CYCLES) {
        return critical(format!("{name} has too few cycles"));
    }
    let speaks = plan::speaks(&target, work.around);
    Said::Ask(if speaks { Question::Version } else { Question::Snapshots })
}

/// The schema it says it has is the one the release was made for.
pub(crate) fn version(work: &mut Work<'_>, schema: u32) -> Said {
    let target = work.step().target;
    if let Some(seen) = work.run.seen.iter_mut().find(|seen| seen.target == target) {
        seen.schema = schema;
    }
    if let Some(from) = work.item(&target).map(|item| item.schema_from)
        && from != schema
    {
        let name = work.name(&target);
        return critical(format!("{name} has schema {schema} and the release expects {from}"));
    }
    Said::Ask(Question::Snapshots)
}

/// The next chunk of the module, or the end.
pub(crate) fn upload_next(work: &mut Work<'_>) -> Said {
    let target = work.step().target;
    let module = work.item(&target).and_then(|item| work.around.module(&item.module));
    let Some(module) = module else { return critical("its module is not here any more") };
    let total = u64::try_from(module.chunks.len()).unwrap_or(u64::MAX);
    work.run.place.progress.1 = total;
    if work.run.place.progress.0 >= total { Said::Done } else { Said::Ask(Question::Upload) }
}

/// A chunk arrived, with this hash.
pub(crate) fn chunk(work: &mut Work<'_>, hash: &Hash) -> Said {
    let target = work.step().target;
    let at = usize::try_from(work.run.place.progress.0).unwrap_or(usize::MAX);
    let module = work.item(&target).and_then(|item| work.around.module(&item.module));
    let expected = module.and_then(|module| module.chunks.get(at).map(|chunk| chunk.hash));
    if expected != Some(*hash) {
        return critical(format!("chunk {at} did not arrive as it was sent"));
    }
    work.step_with(|step| step.tries = 0);
    work.run.place.progress.0 = work.run.place.progress.0.saturating_add(1);
    upload_next(work)
}

/// C10: nothing runs and nothing is outstanding before it is stopped (K8).
pub(crate) fn drained(work: &mut Work<'_>, drain: &Drain) -> Said {
    let step = work.step();
    let forward = work.goes_forward();
    let epoch = if forward { work.run.epoch } else { work.run.epoch.saturating_add(1) };
    work.run.place.progress.0 = drain.left;
    match drain.state {
        Drained::Drained if drain.epoch == epoch => Said::Done,
        Drained::Draining if drain.epoch == epoch => {
            let since = *work.run.place.moved_at.get_or_insert(work.now);
            if work.now >= since.saturating_add(limits::DRAIN) {
                let name = work.name(&step.target);
                return critical(format!("{name} did not finish its work in time"));
            }
            Said::Later(Question::Drain, soon(work))
        }
        Drained::Running | Drained::Draining | Drained::Drained => {
            heard::not_yet(work, Question::Prepare, "its drain ended by itself")
        }
    }
}

/// It takes work again, or has to be told so, in the words of the drain it is in.
pub(crate) fn resumed(work: &mut Work<'_>, drain: &Drain) -> Said {
    work.run.place.progress.0 = drain.epoch;
    match drain.state {
        Drained::Running => Said::Done,
        Drained::Draining | Drained::Drained => {
            heard::not_yet(work, Question::Resume, "it takes no work again")
        }
    }
}

/// Its own word; a canister that just started may call itself critical for a while.
pub(crate) fn health(work: &mut Work<'_>, op: Op, health: &Health) -> Said {
    if !health.critical {
        return Said::Done;
    }
    patience(work, heard::trigger_of(op), &health.reason)
}

/// Looks again until it was so for a while.
pub(crate) fn patience(work: &mut Work<'_>, trigger: Trigger, why: &str) -> Said {
    let step = work.step();
    // Since it was first seen so: an answer that never came says nothing.
    let since = *work.run.place.moved_at.get_or_insert(work.now);
    if work.now < since.saturating_add(settle(work.config.base.profile)) {
        let question = work.run.place.question.unwrap_or(Question::Health);
        return Said::Later(question, soon(work));
    }
    Said::Failed(trigger, format!("{}: {why}", work.name(&step.target)))
}

/// How long what is wrong at first may stay so.
const fn settle(profile: Profile) -> Duration {
    match profile {
        Profile::Production | Profile::Development => limits::SETTLE,
        Profile::Testing => limits::TEST_SETTLE,
    }
}

/// It reaches those it depends on, or says whom it does not.
pub(crate) fn connected(work: &mut Work<'_>, broken: &[String]) -> Said {
    match broken.first() {
        None => Said::Done,
        Some(first) => patience(work, Trigger::ConnectionFailed, first),
    }
}

/// A piece of its state was checked.
pub(crate) fn validated(work: &mut Work<'_>, op: Op, found: &Validated) -> Said {
    let target = work.step().target;
    if found.violations > 0 {
        rehearsal::violations(work, op, found.violations);
        let text = format!("{}: {}", work.name(&target), found.first);
        return Said::Failed(Trigger::DataInconsistent, text);
    }
    go_on(work, Question::Validate, found.next.as_deref())
}

/// The next piece of something; the same piece again and again is a failure.
pub(crate) fn go_on(work: &mut Work<'_>, question: Question, next: Option<&[u8]>) -> Said {
    let Some(next) = next else { return Said::Done };
    if next.is_empty() || next == work.run.place.cursor {
        let name = work.name(&work.step().target);
        return Said::Failed(Trigger::DataInconsistent, format!("{name} does not go on"));
    }
    work.run.place.cursor = next.to_vec();
    work.step_with(|step| step.tries = 0);
    Said::Ask(question)
}

/// How far its migration is. One that stands still for long is a failure, and so is one that leads
/// elsewhere.
pub(crate) fn migrated(work: &mut Work<'_>, op: Op, found: Migration) -> Said {
    let target = work.step().target;
    let Some(item) = work.item(&target) else { return critical("it is not in the release") };
    let (from, to, module) = (item.schema_from, item.schema_to, item.module);
    let name = work.name(&target);
    let real = op == Op::Migrate;
    rehearsal::slice(work, op, found.schema);
    work.step_with(|step| step.tries = 0);
    if found.schema == found.target {
        if real {
            work.change.fleet.migrating = Some((0, 0));
        }
        if found.schema != to {
            let text = format!("{name} has schema {} and not {to}", found.schema);
            return Said::Failed(Trigger::DataInconsistent, text);
        }
        if real {
            work.now_runs(&target, Some(module), to);
            work.change.fleet.migrated = u64::from(from != to);
        }
        return Said::Done;
    }
    let progress = (found.done, found.total);
    if real {
        work.change.fleet.migrating = Some(progress);
    }
    let place = &mut work.run.place;
    let since = place.moved_at.filter(|_| place.progress == progress).unwrap_or(work.now);
    place.moved_at = Some(since);
    place.progress = progress;
    if work.now >= since.saturating_add(limits::MIGRATION_STALLED) {
        if real {
            work.change.fleet.migrating = Some((0, 0));
        }
        let (done, total) = progress;
        return critical(format!("the migration of {name} stands still at {done} of {total}"));
    }
    Said::Later(Question::Migration, soon(work))
}

/// The network's word while a release is watched.
pub(crate) fn observed(work: &Work<'_>, status: &Status) -> Said {
    let target = work.step().target;
    let name = work.name(&target);
    if status.life != Life::Running {
        return critical(format!("{name} does not run"));
    }
    if work.item(&target).is_none_or(|item| status.module != Some(item.module)) {
        return critical(format!("{name} runs other code than was approved"));
    }
    if !status.controllers.contains(&work.config.own) {
        return critical(format!("{name} is not controlled by the governor"));
    }
    if plan::speaks(&target, work.around) { Said::Ask(Question::Health) } else { Said::Done }
}

fn soon(work: &Work<'_>) -> Timestamp {
    work.now.saturating_add(limits::LOOK_AGAIN)
}
