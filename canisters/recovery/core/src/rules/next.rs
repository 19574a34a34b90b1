//! The next call of an execution. Nothing is called here: what this answers is written down first.

use crate::limits;
use crate::records::{Operation, Run, Step};
use crate::types::{Duration, Timestamp};

/// What the governor or the network is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Whether the governor runs, and which module it has.
    Status,
    /// Which snapshots of it there are.
    Snapshots,
    /// Stop it.
    Stop,
    /// Take a snapshot, in the place of this one.
    Snapshot {
        /// This canister's own previous one, if it is still there.
        replace: Option<Vec<u8>>,
    },
    /// Install the approved module.
    Install,
    /// Load the snapshot.
    Load,
    /// Start it.
    Start,
    /// Tell it that it was restored.
    Resume,
    /// Ask it how it is.
    Health,
    /// Have it take other members.
    Rotate,
}

impl Ask {
    /// The name in the journal; none for what only looks.
    pub const fn name(&self) -> Option<&'static str> {
        match self {
            Self::Status | Self::Snapshots | Self::Health => None,
            Self::Stop => Some("Stop"),
            Self::Snapshot { .. } => Some("Snapshot"),
            Self::Install => Some("Install"),
            Self::Load => Some("Load"),
            Self::Start => Some("Start"),
            Self::Resume => Some("Resume"),
            Self::Rotate => Some("Rotate"),
        }
    }
}

/// How an execution ended: why, when it failed.
pub type End = Result<(), String>;

/// What to do about an execution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing before this time.
    Wait(Timestamp),
    /// Ask.
    Ask(Ask),
    /// It ended.
    End(End),
}

/// How often a step is tried.
const fn tries(step: Step) -> u32 {
    match step {
        Step::Start => limits::START_TRIES,
        Step::Health => limits::HEALTH_TRIES,
        Step::Stop | Step::Snapshot | Step::Install | Step::Load | Step::Resume | Step::Rotate => {
            limits::TRIES
        }
    }
}

/// Steps whose state cannot be looked at: their answer is what is known.
const fn is_blind(step: Step) -> bool {
    matches!(step, Step::Resume | Step::Health | Step::Rotate)
}

/// Decides the next call. `own` is this canister's previous snapshot.
pub fn next(
    operation: &Operation,
    run: &mut Run,
    own: Option<&[u8]>,
    lease: Duration,
    now: Timestamp,
) -> Next {
    if let Some(until) = run.busy_until {
        if now < until {
            return Next::Wait(until);
        }
        // The answer is lost: what became of the call is looked at.
        run.busy_until = None;
        run.acts = false;
    }
    if now < run.not_before {
        return Next::Wait(run.not_before);
    }
    let late = now.saturating_since(run.started) > lease;
    if late && run.failure.is_none() {
        let ended = give_up(operation, run, "it took too long".to_owned(), now);
        if let Some(end) = ended {
            return Next::End(end);
        }
    }
    if is_blind(run.step) && run.tries >= tries(run.step) {
        let ended = exhausted(operation, run, now);
        if let Some(end) = ended {
            return Next::End(end);
        }
    }
    let ask = ask(run, own);
    if run.acts || is_blind(run.step) {
        run.tries = run.tries.saturating_add(1);
    }
    Next::Ask(ask)
}

fn ask(run: &Run, own: Option<&[u8]>) -> Ask {
    match (run.step, run.acts) {
        (Step::Resume, _) => Ask::Resume,
        (Step::Health, _) => Ask::Health,
        (Step::Rotate, _) => Ask::Rotate,
        (Step::Snapshot, false) => Ask::Snapshots,
        (Step::Stop | Step::Install | Step::Load | Step::Start, false) => Ask::Status,
        (Step::Stop, true) => Ask::Stop,
        (Step::Install, true) => Ask::Install,
        (Step::Load, true) => Ask::Load,
        (Step::Start, true) => Ask::Start,
        (Step::Snapshot, true) => {
            let known = run.snapshots_before.as_deref().unwrap_or_default();
            let is_there = |id: &&[u8]| known.iter().any(|there| there.as_slice() == *id);
            Ask::Snapshot { replace: own.filter(is_there).map(<[u8]>::to_vec) }
        }
    }
}

/// The step is done: on to the next, or to the end.
pub(super) fn advance(operation: &Operation, run: &mut Run, now: Timestamp) -> Option<End> {
    if let Some(reason) = &run.failure {
        return Some(Err(reason.clone()));
    }
    let steps = operation.steps().iter();
    match steps.skip_while(|step| **step != run.step).nth(1) {
        Some(step) => {
            enter(run, *step, now);
            None
        }
        None => Some(Ok(())),
    }
}

/// The step is given up. What stopped the governor starts it again, whatever failed.
pub(super) fn give_up(
    operation: &Operation,
    run: &mut Run,
    reason: String,
    now: Timestamp,
) -> Option<End> {
    if let Some(first) = &run.failure {
        return Some(Err(format!("{first}; and the governor does not start: {reason}")));
    }
    let mut before_start = operation.steps().iter().take_while(|step| **step != Step::Start);
    if before_start.any(|step| *step == run.step) && operation.steps().contains(&Step::Start) {
        run.failure = Some(reason);
        enter(run, Step::Start, now);
        return None;
    }
    Some(Err(reason))
}

/// Has the step done, as long as it has tries left.
pub(super) fn act(operation: &Operation, run: &mut Run, now: Timestamp) -> Option<End> {
    if run.tries >= tries(run.step) {
        return exhausted(operation, run, now);
    }
    run.acts = true;
    None
}

fn exhausted(operation: &Operation, run: &mut Run, now: Timestamp) -> Option<End> {
    // A governor that cannot be told of its restore works: its own leases end by themselves.
    if run.step == Step::Resume {
        return advance(operation, run, now);
    }
    let why = run.error.take().unwrap_or_else(|| "it had no effect".to_owned());
    give_up(operation, run, format!("{}: {why}", run.step.name()), now)
}

fn enter(run: &mut Run, step: Step, now: Timestamp) {
    let Run { started, turn, module_before, failure, .. } = run;
    let (module_before, failure) = (module_before.take(), failure.take());
    *run = Run { started: *started, turn: *turn, module_before, failure, ..Run::new(step, now) };
}
