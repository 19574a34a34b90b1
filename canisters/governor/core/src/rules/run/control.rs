//! Controllers, settings, and calls that were approved (V16, K18).

use granary_resilience::failure::{Failure, FailureKind};

use crate::records::run::Question;
use crate::records::{CanisterSettings, Payload};
use crate::rules::run::ask::Status;
use crate::rules::run::{Said, Work, critical, heard, short};

/// The settings took.
pub(crate) fn settings(work: &mut Work<'_>, status: &Status) -> Said {
    let Payload::ChangeCanisterSettings { settings, .. } = work.payload else {
        return critical("it changes no settings");
    };
    if took(settings, &status.settings) {
        return Said::Done;
    }
    attempt(work, Question::Settings, "its settings are not those that were approved")
}

/// Asks for a change; from then on only a look can say that nothing of it remains.
fn attempt(work: &mut Work<'_>, act: Question, why: &str) -> Said {
    let said = heard::not_yet(work, act, why);
    work.run.place.attempted = matches!(said, Said::Ask(_));
    said
}

/// True when everything wanted is so.
fn took(wanted: &CanisterSettings, found: &CanisterSettings) -> bool {
    fn same<T: PartialEq + Copy>(wanted: Option<T>, found: Option<T>) -> bool {
        wanted.is_none() || wanted == found
    }
    same(wanted.compute_allocation, found.compute_allocation)
        && same(wanted.memory_allocation, found.memory_allocation)
        && same(wanted.freezing_threshold_s, found.freezing_threshold_s)
        && same(wanted.reserved_cycles_limit, found.reserved_cycles_limit)
        && same(wanted.wasm_memory_limit, found.wasm_memory_limit)
        && same(wanted.wasm_memory_threshold, found.wasm_memory_threshold)
        && same(wanted.public_logs, found.public_logs)
        && same(wanted.public_snapshots, found.public_snapshots)
}

/// V16: this canister controls it before anybody else is taken away.
pub(crate) fn take(work: &mut Work<'_>, status: &Status) -> Said {
    let own = work.config.own;
    if !status.controllers.contains(&own) {
        return critical("the governor is not a controller of it yet");
    }
    if status.controllers == [own] {
        work.run.seen.push(crate::records::run::Seen {
            target: work.step().target,
            module: status.module,
            schema: 0,
        });
        return Said::Done;
    }
    work.run.place.controllers = vec![own];
    attempt(work, Question::Controllers, "others control it still")
}

/// V16: the new controller is seen before this one goes; nobody is left without a controller.
pub(crate) fn give(work: &mut Work<'_>, status: &Status) -> Said {
    let Payload::ReleaseControl { to, .. } = work.payload else {
        return critical("it gives no control away");
    };
    let own = work.config.own;
    let (mine, theirs) = (status.controllers.contains(&own), status.controllers.contains(to));
    if theirs && !mine {
        return Said::Done;
    }
    if !mine {
        return critical("the governor is not a controller of it");
    }
    let others = status.controllers.iter().copied().filter(|one| *one != own);
    if theirs {
        if !work.run.place.asked {
            // From here on it is about something else: the tries begin anew.
            work.step_with(|step| step.tries = 0);
            work.run.place.asked = true;
        }
        work.run.place.controllers = others.collect();
        let said = attempt(work, Question::Controllers, "the governor controls it still");
        // Two control it now: that is not nothing, and people must see it.
        work.run.place.attempted = true;
        return said;
    }
    work.run.place.asked = false;
    work.run.place.controllers = status.controllers.iter().copied().chain([*to]).collect();
    attempt(work, Question::Controllers, "the new controller is not there")
}

/// An approved call did not succeed. What may have happened and cannot be looked up is never
/// repeated, and people see it.
pub(crate) fn call_failed(work: &mut Work<'_>, failure: &Failure) -> Said {
    let step = work.step();
    let why = short(&failure.reason);
    let unknown = matches!(failure.kind, FailureKind::OutcomeUnknown | FailureKind::Timeout);
    // These may be asked twice: the second time changes nothing, or is refused.
    let repeats = matches!(
        work.payload,
        Payload::AssetRelease { .. } | Payload::ChangeRecoveryCommittee { .. }
    );
    work.run.place.asked |= unknown;
    if unknown && !repeats {
        return Said::Unclear(why);
    }
    let over = failure.kind == FailureKind::Permanent || step.tries >= crate::limits::STEP_TRIES;
    if over && work.run.place.asked {
        return Said::Unclear(why);
    }
    if over {
        return critical(why);
    }
    Said::Later(Question::Call, work.again(failure))
}
