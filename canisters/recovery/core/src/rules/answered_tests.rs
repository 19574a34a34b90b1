//! An execution against a small governor that can fail at every call.

use super::*;
use crate::records::Delays;
use crate::rules::fixtures::{at, install};
use crate::rules::next::Next;

const SECOND: u64 = 1_000_000_000;

/// A governor as the network keeps it.
struct Governor {
    running: Running,
    module: Option<Hash>,
    snapshots: Vec<Vec<u8>>,
    seen: Seen,
}

impl Governor {
    fn new() -> Self {
        let module = Some([9; 32]);
        Self { running: Running::Running, module, snapshots: vec![vec![1]], seen: Seen::Healthy }
    }

    fn does(&mut self, operation: &Operation, ask: &Ask) -> Outcome {
        match ask {
            Ask::Status => {
                return Outcome::Status(Status { running: self.running, module: self.module });
            }
            Ask::Snapshots => return Outcome::Snapshots(self.snapshots.clone()),
            Ask::Health => return Outcome::Seen(self.seen),
            Ask::Stop => self.running = Running::Stopped,
            Ask::Start => self.running = Running::Running,
            Ask::Install => {
                let Operation::Install { wasm_hash, .. } = operation else { panic!("it") };
                self.module = Some(**wasm_hash);
            }
            Ask::Snapshot { replace } => {
                self.snapshots.retain(|id| Some(id) != replace.as_ref());
                let id = vec![2, u8::try_from(self.snapshots.len()).expect("few")];
                self.snapshots.push(id.clone());
                return Outcome::Taken(id);
            }
            Ask::Load | Ask::Resume | Ask::Rotate => {}
        }
        Outcome::Done
    }
}

/// Runs to the end; `fault` may change what a call does and what is heard of it.
fn play(
    operation: &Operation,
    own: Option<&[u8]>,
    governor: &mut Governor,
    mut fault: impl FnMut(&Ask, &mut Governor) -> Option<Outcome>,
) -> (End, Vec<Ask>, Option<Vec<u8>>) {
    let mut run = Run::new(operation.steps()[0], at(0));
    let (mut now, mut asked, mut taken) = (at(0), vec![], None);
    for _ in 0..1_000 {
        let lease = Delays::DEFAULT.lease;
        let ask = match next::next(operation, &mut run, own, lease, now) {
            Next::Wait(until) => {
                now = until;
                continue;
            }
            Next::End(end) => return (end, asked, taken),
            Next::Ask(ask) => ask,
        };
        asked.push(ask.clone());
        let outcome = fault(&ask, governor).unwrap_or_else(|| governor.does(operation, &ask));
        let settled = answered(operation, &mut run, &ask, outcome, now);
        taken = settled.snapshot.or(taken);
        if let Some(end) = settled.end {
            return (end, asked, taken);
        }
        now = now.saturating_add(crate::types::Duration::from_nanos(SECOND));
    }
    panic!("it never ends: {run:?}");
}

fn lost() -> Outcome {
    Outcome::Failed("no answer".to_owned())
}

#[test]
fn an_installation_goes_step_by_step() {
    let mut governor = Governor::new();
    let (end, asked, taken) = play(&install(7), Some(&[1]), &mut governor, |_, _| None);
    assert_eq!(end, Ok(()));
    let replace = Some(vec![1]);
    let expected = [
        Ask::Status,
        Ask::Stop,
        Ask::Status,
        Ask::Snapshots,
        Ask::Snapshot { replace },
        Ask::Status,
        Ask::Install,
        Ask::Status,
        Ask::Status,
        Ask::Start,
        Ask::Status,
        Ask::Health,
    ];
    assert_eq!(asked, expected);
    assert_eq!(taken, Some(vec![2, 0]));
    assert_eq!((governor.module, governor.running), (Some([7; 32]), Running::Running));
}

#[test]
fn k16_only_its_own_previous_snapshot_is_replaced() {
    let mut governor = Governor::new();
    let (end, asked, _) = play(&Operation::Snapshot, Some(&[5]), &mut governor, |_, _| None);
    assert_eq!(end, Ok(()));
    assert!(asked.contains(&Ask::Snapshot { replace: None }), "somebody removed it");
    assert_eq!(governor.snapshots, [vec![1], vec![2, 1]]);
}

#[test]
fn k8_a_governor_that_does_not_stop_is_started_and_nothing_is_installed() {
    let mut governor = Governor::new();
    let (end, asked, _) = play(&install(7), None, &mut governor, |ask, governor| {
        if *ask != Ask::Stop {
            return None;
        }
        governor.running = Running::Stopping;
        Some(lost())
    });
    assert_eq!(end, Err("Stop: no answer".to_owned()));
    assert_eq!(asked.iter().filter(|ask| **ask == Ask::Stop).count(), 3);
    assert!(!asked.contains(&Ask::Install));
    assert_eq!((governor.running, governor.module), (Running::Running, Some([9; 32])));
}

#[test]
fn k9_the_governor_runs_at_the_end_whatever_failed() {
    type Fails = fn(&Ask) -> bool;
    let fails: [(Fails, &str); 3] = [
        (|ask| matches!(ask, Ask::Snapshot { .. }), "Snapshot: no answer"),
        (|ask| *ask == Ask::Snapshots, "no answer"),
        (|ask| *ask == Ask::Install, "Install: no answer"),
    ];
    for (fails, reason) in fails {
        let mut governor = Governor::new();
        let fault = |ask: &Ask, _: &mut Governor| if fails(ask) { Some(lost()) } else { None };
        let (end, ..) = play(&install(7), None, &mut governor, fault);
        assert_eq!(end, Err(reason.to_owned()));
        assert_eq!(governor.running, Running::Running, "{reason}");
    }
}

#[test]
fn k48_what_a_lost_answer_did_is_read_from_the_status() {
    let mut governor = Governor::new();
    // Every change is done, and nothing is heard of it.
    let (end, asked, taken) = play(&install(7), None, &mut governor, |ask, governor| {
        ask.name()?;
        governor.does(&install(7), ask);
        Some(lost())
    });
    assert_eq!((end, taken), (Ok(()), Some(vec![2, 1])));
    assert_eq!(asked.iter().filter(|ask| ask.name().is_some()).count(), 4, "each once: {asked:?}");
    assert_eq!(governor.module, Some([7; 32]));
}

#[test]
fn k48_a_reply_is_not_believed_against_the_module_hash() {
    let mut governor = Governor::new();
    let (end, asked, _) = play(&install(7), None, &mut governor, |ask, governor| {
        if *ask != Ask::Install {
            return None;
        }
        governor.module = Some([8; 32]);
        Some(Outcome::Done)
    });
    assert_eq!(end, Err("another module is installed than was approved".to_owned()));
    assert_eq!(asked.iter().filter(|ask| **ask == Ask::Install).count(), 1);
    assert_eq!(governor.running, Running::Running);
}

#[test]
fn the_same_module_is_installed_again_for_its_argument() {
    let mut governor = Governor::new();
    let (end, asked, _) = play(&install(9), None, &mut governor, |_, _| None);
    assert_eq!(end, Ok(()));
    assert!(asked.contains(&Ask::Install), "the hash says nothing about the argument");
}

#[test]
fn a_restored_governor_that_cannot_be_told_so_is_asked_how_it_is() {
    let restore = Operation::Restore { snapshot_id: vec![1].into() };
    let mut governor = Governor::new();
    let (end, asked, _) =
        play(
            &restore,
            None,
            &mut governor,
            |ask, _| {
                if *ask == Ask::Resume { Some(lost()) } else { None }
            },
        );
    assert_eq!(end, Ok(()));
    assert_eq!(asked.iter().filter(|ask| **ask == Ask::Resume).count(), 3);
    assert_eq!(asked.last(), Some(&Ask::Health));
}

#[test]
fn a_repair_that_leaves_the_governor_critical_failed() {
    let mut governor = Governor { seen: Seen::Critical, ..Governor::new() };
    let (end, asked, _) = play(&Operation::Start, None, &mut governor, |_, _| None);
    assert_eq!(end, Err("Health: the governor is Critical".to_owned()));
    assert_eq!(asked.iter().filter(|ask| **ask == Ask::Health).count(), 6);
}

#[test]
fn what_the_governor_refuses_is_not_asked_again() {
    let rotate = Operation::RotateGovernorMembers { members: vec![], threshold: 2 };
    let mut governor = Governor::new();
    let refused = || Some(Outcome::Refused("governor.members.few".to_owned()));
    let (end, asked, _) = play(&rotate, None, &mut governor, |_, _| refused());
    assert_eq!((end, asked), (Err("governor.members.few".to_owned()), vec![Ask::Rotate]));
}

#[test]
fn an_execution_that_takes_longer_than_its_lease_starts_the_governor() {
    let lease = Delays::DEFAULT.lease;
    let mut run = Run::new(Step::Stop, at(0));
    let late = at(lease.as_nanos() + 1);
    assert_eq!(next::next(&install(7), &mut run, None, lease, late), Next::Ask(Ask::Status));
    assert_eq!((run.step, run.failure.as_deref()), (Step::Start, Some("it took too long")));
}
