//! Snapshots: room for one, which of them is the one just taken, and which may go (V8, V14, K16).

use crate::limits;
use crate::records::run::{Op, Question, SnapshotName, StepRow};
use crate::records::{Event, EventKind, FleetSnapshot, Payload, Shot, SnapshotState};
use crate::rules::run::ask::Held;
use crate::rules::run::{Said, Work, critical, heard, plan};
use crate::types::Principal;
use sha2::{Digest, Sha256};

/// The network's list of a canister's snapshots.
pub(crate) fn listed(work: &mut Work<'_>, op: Op, held: &[Held]) -> Said {
    if op == Op::Inspect {
        return room(work, held);
    }
    if matches!(op, Op::Snapshot | Op::LoadCopy) {
        return after_list(work, op, held);
    }
    let name = of_step(work);
    if held.iter().any(|one| Some(&one.snapshot) == name.as_ref()) {
        return heard::not_yet(work, Question::Delete, "its snapshot was not deleted");
    }
    if op == Op::DeleteCopy {
        let target = work.step().target;
        work.run.loaned.retain(|one| one.target != target);
        if work.run.copy_of(&target).is_some() {
            return critical("its copy could not be deleted");
        }
    }
    Said::Done
}

/// A snapshot of it can be taken.
fn room(work: &Work<'_>, held: &[Held]) -> Said {
    let target = work.step().target;
    if is_full(held) && replaceable(work, &target, held).is_none() {
        let name = work.name(&target);
        return critical(format!("{name} has no room for a snapshot: one must be pruned first"));
    }
    Said::Done
}

fn is_full(held: &[Held]) -> bool {
    u32::try_from(held.len()).unwrap_or(u32::MAX) >= limits::MAX_SNAPSHOTS
}

/// Before a snapshot is taken its names are remembered; afterwards the new one among them is it.
fn after_list(work: &mut Work<'_>, op: Op, held: &[Held]) -> Said {
    let target = work.step().target;
    if work.run.place.known.is_none() {
        let name = |one: &Held| SnapshotName { target, name: one.snapshot.clone() };
        work.run.place.known = Some(held.iter().map(name).collect());
        if is_full(held) {
            let Some(old) = replaceable(work, &target, held) else {
                let name = work.name(&target);
                return critical(format!("{name} has no room for a snapshot"));
            };
            work.run.place.replace = Some(SnapshotName { target, name: old.1 });
        }
        return Said::Ask(Question::Take);
    }
    let known = work.run.place.known.clone().unwrap_or_default();
    let is_new = |one: &&Held| {
        !known.iter().any(|old| old.name == one.snapshot) && !is_recorded(work, &one.snapshot)
    };
    match held.iter().find(is_new).cloned() {
        Some(held) => taken(work, op, &held),
        None => heard::not_yet(work, Question::Take, "no snapshot was taken"),
    }
}

fn is_recorded(work: &Work<'_>, name: &[u8]) -> bool {
    let in_fleet =
        |snapshot: &FleetSnapshot| snapshot.shots.iter().any(|shot| shot.snapshot == name);
    work.around.snapshots().iter().any(|(_, snapshot)| in_fleet(snapshot))
        || work.run.loaned.iter().any(|one| one.name == name)
}

/// A snapshot was taken.
pub(crate) fn taken(work: &mut Work<'_>, op: Op, held: &Held) -> Said {
    let target = work.step().target;
    if let Some(old) = work.run.place.replace.take() {
        forget(work, &old);
    }
    if op == Op::LoadCopy {
        let name = held.snapshot.clone();
        work.run.loaned.push(SnapshotName { target, name });
        work.step_with(|step| step.tries = 0);
        return Said::Ask(Question::Status);
    }
    let seen = work.run.seen_of(&target).copied();
    let Some(module) = seen.and_then(|seen| seen.module) else {
        return critical(format!("{} has no code", work.name(&target)));
    };
    let epoch = work.run.epoch;
    let pinned = matches!(work.payload, Payload::TakeFleetSnapshot { pinned: true, .. });
    let mut snapshot = work.snapshot(epoch).unwrap_or_else(|| FleetSnapshot {
        proposal: work.run.proposal,
        at: work.now,
        shots: vec![],
        pinned,
        state: SnapshotState::Partial,
    });
    snapshot.shots.retain(|shot| shot.target != target);
    snapshot.shots.push(Shot {
        target,
        snapshot: held.snapshot.clone(),
        module,
        bytes: held.bytes,
        at: held.at,
        schema: seen.map_or(0, |seen| seen.schema),
    });
    // V8: all of them, or it leads back nowhere.
    let wanted = work.run.steps.iter().filter(|step| step.op == Op::Snapshot).count();
    if snapshot.shots.len() == wanted {
        snapshot.state = SnapshotState::Complete;
    }
    work.put_snapshot(epoch, snapshot);
    let event = Event::new(EventKind::SnapshotTaken, work.run.proposal).party(target);
    let name = Sha256::digest(&held.snapshot).into();
    work.change.events.push(event.number(epoch).digest(name));
    Said::Done
}

/// The snapshot made room for another one: what it was part of leads back nowhere any more.
fn forget(work: &mut Work<'_>, old: &SnapshotName) {
    let found = work.around.snapshots().into_iter().find(|(_, snapshot)| {
        snapshot.shots.iter().any(|shot| shot.target == old.target && shot.snapshot == old.name)
    });
    if let Some((epoch, _)) = found {
        without(work, epoch, &old.target);
    }
}

/// A fleet snapshot without the part of one canister.
pub(crate) fn without(work: &mut Work<'_>, epoch: u64, target: &Principal) {
    let Some(mut snapshot) = work.snapshot(epoch) else { return };
    snapshot.shots.retain(|shot| shot.target != *target);
    if snapshot.state != SnapshotState::Pruned {
        snapshot.state = SnapshotState::Pruned;
        let event = Event::new(EventKind::SnapshotPruned, work.run.proposal).number(epoch);
        work.change.events.push(event);
    }
    work.put_snapshot(epoch, snapshot);
}

/// The part of a fleet snapshot.
pub(crate) fn shot_of(work: &Work<'_>, epoch: u64, target: &Principal) -> Option<Shot> {
    let snapshot = work.snapshot(epoch)?;
    snapshot.shots.into_iter().find(|shot| shot.target == *target)
}

/// The network's name for the snapshot a step is about.
pub(crate) fn of_step(work: &Work<'_>) -> Option<Vec<u8>> {
    let step = work.step();
    if matches!(step.op, Op::LoadCopy | Op::DeleteCopy) {
        let loaned = work.run.loaned.iter().find(|one| one.target == step.target);
        return loaned.map(|one| one.name.clone());
    }
    shot_of(work, step.epoch, &step.target).map(|shot| shot.snapshot)
}

/// The oldest snapshot of the canister that may make room: part of a fleet snapshot that is neither
/// pinned nor the last good one of anything (V14).
fn replaceable(work: &Work<'_>, target: &Principal, held: &[Held]) -> Option<(u64, Vec<u8>)> {
    let all = work.around.snapshots();
    let mut free = all.iter().rev().filter(|(epoch, snapshot)| {
        *epoch != work.run.epoch && !snapshot.pinned && !is_last_good(*epoch, snapshot, &all)
    });
    let of_target = |(epoch, snapshot): &(u64, FleetSnapshot)| {
        let shot = snapshot.shots.iter().find(|shot| shot.target == *target)?;
        let is_there = held.iter().any(|one| one.snapshot == shot.snapshot);
        is_there.then(|| (*epoch, shot.snapshot.clone()))
    };
    free.find_map(of_target)
}

/// True for a fleet snapshot without which one of its canisters had no good one (V14).
pub fn is_last_good(epoch: u64, snapshot: &FleetSnapshot, all: &[(u64, FleetSnapshot)]) -> bool {
    snapshot.state == SnapshotState::Good
        && snapshot.shots.iter().any(|shot| {
            !all.iter().any(|(other, good)| {
                *other != epoch
                    && good.state == SnapshotState::Good
                    && good.shots.iter().any(|one| one.target == shot.target)
            })
        })
}

/// What goes after a release has held: all but the newest few of each kind, what is pinned, and
/// the last good one of each canister (V14).
pub(crate) fn retention(work: &Work<'_>) -> Vec<StepRow> {
    let mut all = work.around.snapshots();
    for (epoch, snapshot) in &work.change.fleet.snapshots {
        all.retain(|(other, _)| other != epoch);
        all.push((*epoch, snapshot.clone()));
    }
    all.sort_by_key(|(epoch, _)| core::cmp::Reverse(*epoch));
    let (mut good, mut complete) = (0_u32, 0_u32);
    let mut old = vec![];
    for (epoch, snapshot) in &all {
        let count = match snapshot.state {
            SnapshotState::Good => &mut good,
            SnapshotState::Complete => &mut complete,
            SnapshotState::Partial | SnapshotState::Pruned => {
                old.push(*epoch);
                continue;
            }
        };
        if snapshot.pinned {
            continue;
        }
        *count = count.saturating_add(1);
        if *count > limits::KEPT_SNAPSHOTS {
            old.push(*epoch);
        }
    }
    let mut steps = vec![];
    for epoch in old.into_iter().rev() {
        let Some(at) = all.iter().position(|(one, _)| *one == epoch) else { continue };
        let Some((_, snapshot)) = all.get(at).cloned() else { continue };
        if is_last_good(epoch, &snapshot, &all) {
            continue;
        }
        all.remove(at);
        let targets: Vec<_> = snapshot.shots.iter().map(|shot| shot.target).collect();
        steps.extend(plan::each(Op::Prune, &targets, epoch));
    }
    steps
}
