//! What an answer means for an execution. It is decided over what is stored when it comes, and by
//! what the governor's status shows rather than by what a call said (K48).

use crate::limits;
use crate::records::{Operation, Run, Seen, Step};
use crate::rules::next::{self, Ask, End};
use crate::types::{ByteArray, ByteVec, Hash, Timestamp};

/// What a canister does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Running {
    /// It takes messages.
    Running,
    /// It takes none, and waits for its own calls.
    Stopping,
    /// It stands still.
    Stopped,
}

/// The governor as the network describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// What it does.
    pub running: Running,
    /// SHA-256 of its module; none without code.
    pub module: Option<Hash>,
}

/// An answer, by what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// To [`Ask::Status`].
    Status(Status),
    /// To [`Ask::Snapshots`].
    Snapshots(Vec<Vec<u8>>),
    /// To [`Ask::Snapshot`]: the name of the new one.
    Taken(Vec<u8>),
    /// To [`Ask::Health`].
    Seen(Seen),
    /// It was done.
    Done,
    /// It was understood and refused: asking again is of no use.
    Refused(String),
    /// It was not done, or nobody knows.
    Failed(String),
}

/// What an answer led to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// The end of the execution, when it is.
    pub end: Option<End>,
    /// The snapshot that was taken.
    pub snapshot: Option<Vec<u8>>,
}

/// Takes the answer to the newest call.
pub fn answered(
    operation: &Operation,
    run: &mut Run,
    ask: &Ask,
    outcome: Outcome,
    now: Timestamp,
) -> Settled {
    run.acts = false;
    let mut snapshot = None;
    let end = match outcome {
        Outcome::Status(status) => looked(operation, run, status, now),
        Outcome::Snapshots(there) => listed(operation, run, &there, now, &mut snapshot),
        Outcome::Taken(id) => {
            snapshot = Some(id);
            next::advance(operation, run, now)
        }
        Outcome::Seen(seen) if seen.fails() => {
            run.error = Some(format!("the governor is {}", seen.name()));
            run.not_before = now.saturating_add(limits::LOOK_AGAIN);
            None
        }
        Outcome::Seen(_) => next::advance(operation, run, now),
        Outcome::Done => match run.step {
            Step::Stop | Step::Install | Step::Start => {
                run.is_done = true;
                None
            }
            Step::Snapshot | Step::Load | Step::Resume | Step::Health | Step::Rotate => {
                next::advance(operation, run, now)
            }
        },
        Outcome::Refused(reason) => next::give_up(operation, run, cut(&reason), now),
        Outcome::Failed(reason) => failed(operation, run, ask, &reason, now),
    };
    Settled { end, snapshot }
}

/// Nothing is known of what was asked: look again in a while, a limited number of times.
fn failed(
    operation: &Operation,
    run: &mut Run,
    ask: &Ask,
    reason: &str,
    now: Timestamp,
) -> Option<End> {
    run.not_before = now.saturating_add(limits::LOOK_AGAIN);
    if matches!(ask, Ask::Status | Ask::Snapshots) {
        run.misses = run.misses.saturating_add(1);
        if run.misses >= limits::START_TRIES {
            return next::give_up(operation, run, cut(reason), now);
        }
    } else {
        run.error = Some(cut(reason));
    }
    None
}

/// The governor was looked at: is the step done, or to be done?
fn looked(operation: &Operation, run: &mut Run, status: Status, now: Timestamp) -> Option<End> {
    let Status { running, module } = status;
    run.misses = 0;
    if run.module_before.is_none() {
        run.module_before = module.map(ByteArray::from);
    }
    let stands = running == Running::Stopped;
    match (run.step, operation) {
        (Step::Stop, _) if stands => next::advance(operation, run, now),
        (Step::Stop, Operation::Install { .. }) if module.is_none() => {
            let text = "there is no code to upgrade".to_owned();
            next::give_up(operation, run, text, now)
        }
        (Step::Install | Step::Load, _) if !stands => {
            // K8: never a change of code while it could be at work.
            next::give_up(operation, run, "the governor does not stand still".to_owned(), now)
        }
        (Step::Install, Operation::Install { wasm_hash, .. }) if run.tries > 0 => {
            let is_approved = module == Some(**wasm_hash);
            let was_approved = run.module_before == Some(*wasm_hash);
            if is_approved && (run.is_done || !was_approved) {
                return next::advance(operation, run, now);
            }
            if run.is_done && !is_approved {
                let text = "another module is installed than was approved".to_owned();
                return next::give_up(operation, run, text, now);
            }
            next::act(operation, run, now)
        }
        (Step::Start, _) if running == Running::Running => next::advance(operation, run, now),
        _ => next::act(operation, run, now),
    }
}

/// The snapshots were listed: before the first try, or after one whose answer is not known.
fn listed(
    operation: &Operation,
    run: &mut Run,
    there: &[Vec<u8>],
    now: Timestamp,
    snapshot: &mut Option<Vec<u8>>,
) -> Option<End> {
    run.misses = 0;
    let Some(before) = &run.snapshots_before else {
        run.snapshots_before = Some(there.iter().cloned().map(ByteVec::from).collect());
        return next::act(operation, run, now);
    };
    let is_new = |id: &&Vec<u8>| !before.iter().any(|known| known.as_slice() == id.as_slice());
    match there.iter().find(is_new) {
        Some(id) => {
            *snapshot = Some(id.clone());
            next::advance(operation, run, now)
        }
        None => next::act(operation, run, now),
    }
}

/// A reason as long as it is kept.
fn cut(reason: &str) -> String {
    let end = reason.floor_char_boundary(limits::MAX_REASON_BYTES);
    reason.get(..end).unwrap_or_default().to_owned()
}

#[cfg(test)]
#[path = "answered_tests.rs"]
mod tests;
