//! The steps of each kind of payload, in their order.

use crate::errors::{GovernorError, Missing, StateFault};
use crate::records::run::{Op, StepRow};
use crate::records::{Payload, StepRow as Row};
use crate::rules::run::{Around, snapshots};
use crate::types::Principal;

/// Canisters of the suite that do not speak the suite's own interface: nothing is drained and
/// nothing validated there; the network's word has to do.
const SILENT: [&str; 1] = ["frontend"];

/// The steps of a proposal's execution. `epoch` names its drain and its snapshot.
pub fn steps(
    payload: &Payload,
    epoch: u64,
    recovery: Option<Principal>,
    around: &dyn Around,
) -> Result<Vec<StepRow>, GovernorError> {
    let one = |op, target: &Principal| vec![Row::new(op, *target, 0)];
    Ok(match payload {
        Payload::UpgradeRelease(release) => {
            let targets: Vec<_> = release.items.iter().map(|item| item.target).collect();
            of_release(&targets, epoch, around)
        }
        Payload::Rollback { epoch: from } => {
            let snapshot = around.snapshot(*from).ok_or(Missing::Snapshot { epoch: *from })?;
            let targets: Vec<_> = snapshot.shots.iter().map(|shot| shot.target).collect();
            of_rollback(&targets, epoch, *from, around)
        }
        Payload::TakeFleetSnapshot { targets, .. } => {
            // Recovery stays out of it: a snapshot that holds it leads nowhere.
            let of_suite = |canister: &Principal| Some(*canister) != recovery;
            let known = || around.targets().into_iter().map(|(canister, _)| canister);
            let all = || known().filter(of_suite).collect();
            let targets = if targets.is_empty() { all() } else { targets.clone() };
            of_snapshot(&targets, epoch, around)
        }
        Payload::PruneSnapshot { epoch: old } => {
            let snapshot = around.snapshot(*old).ok_or(Missing::Snapshot { epoch: *old })?;
            if snapshots::is_last_good(*old, &snapshot, &around.snapshots()) {
                return Err(StateFault::SnapshotPinned { epoch: *old }.into());
            }
            let targets = snapshot.shots.iter().map(|shot| shot.target);
            targets.map(|target| Row::new(Op::Prune, target, *old)).collect()
        }
        Payload::ChangeCanisterSettings { target, .. } => one(Op::Settings, target),
        Payload::AssetRelease { target, .. } => one(Op::Call, target),
        Payload::Call { call, .. } => one(Op::Call, &call.target),
        Payload::AdoptCanister { target, .. } => one(Op::TakeControl, target),
        Payload::ReleaseControl { target, .. } => one(Op::GiveControl, target),
        Payload::ChangeRecoveryCommittee { .. } => {
            one(Op::Call, &recovery.ok_or(StateFault::NoRecovery)?)
        }
        Payload::ChangeMembers { .. }
        | Payload::ChangeConfig { .. }
        | Payload::DenyModules { .. } => vec![],
    })
}

/// The canisters in the order in which they are replaced: whoever is called before its callers.
pub fn in_order(targets: &[Principal], around: &dyn Around) -> Vec<Principal> {
    let mut placed: Vec<_> = targets
        .iter()
        .map(|canister| {
            let target = around.target(canister);
            let at = target.map_or((0, 0), |one| (one.placement.phase, one.placement.order));
            (at, *canister)
        })
        .collect();
    placed.sort();
    placed.into_iter().map(|(_, canister)| canister).collect()
}

/// True for a canister that can be drained, asked and validated.
pub fn speaks(canister: &Principal, around: &dyn Around) -> bool {
    let target = around.target(canister);
    target.is_none_or(|target| !SILENT.contains(&target.placement.name.as_str()))
}

/// Rows of one step on each canister, in the order given.
pub(crate) fn each(op: Op, targets: &[Principal], epoch: u64) -> Vec<StepRow> {
    targets.iter().map(|target| Row::new(op, *target, epoch)).collect()
}

/// The same backwards.
pub(crate) fn reversed(op: Op, targets: &[Principal], epoch: u64) -> Vec<StepRow> {
    targets.iter().rev().map(|target| Row::new(op, *target, epoch)).collect()
}

/// Those of the canisters that speak.
pub(crate) fn speaking(targets: &[Principal], around: &dyn Around) -> Vec<Principal> {
    targets.iter().copied().filter(|target| speaks(target, around)).collect()
}

/// Whatever can be found out and prepared comes before anything is drained. Then everything stands
/// still while one after the other is replaced and proven, and works again when all are.
fn of_release(targets: &[Principal], epoch: u64, around: &dyn Around) -> Vec<StepRow> {
    let all = in_order(targets, around);
    let able = speaking(&all, around);
    let mut steps = each(Op::Inspect, &all, epoch);
    steps.extend(each(Op::Stage, &all, epoch));
    steps.extend(reversed(Op::Drain, &able, epoch));
    steps.extend(reversed(Op::Stop, &all, epoch));
    steps.extend(each(Op::Snapshot, &all, epoch));
    for target in &all {
        let silent = [Op::Install, Op::Start];
        let asked = [Op::Install, Op::Start, Op::Health, Op::Migrate, Op::Validate];
        let ops: &[Op] = if able.contains(target) { &asked } else { &silent };
        steps.extend(ops.iter().map(|op| Row::new(*op, *target, epoch)));
    }
    // Whether they reach each other is known before any of them takes work again: up to here going
    // back loses nothing that somebody was promised.
    for op in [Op::Connect, Op::Resume, Op::WakeJobs] {
        steps.extend(each(op, &able, epoch));
    }
    // The chunks are not needed any more, and each day of them is paid for.
    steps.extend(each(Op::Unstage, &all, epoch));
    steps.extend(each(Op::Observe, &all, epoch));
    steps
}

fn of_rollback(targets: &[Principal], epoch: u64, from: u64, around: &dyn Around) -> Vec<StepRow> {
    let all = in_order(targets, around);
    let able = speaking(&all, around);
    let mut steps = each(Op::Inspect, &all, epoch);
    steps.extend(reversed(Op::Drain, &able, epoch));
    steps.extend(reversed(Op::Stop, &all, epoch));
    steps.extend(reversed(Op::Load, &all, from));
    steps.extend(each(Op::Start, &all, epoch));
    for op in [Op::ResumeRestored, Op::WakeJobs, Op::Validate] {
        steps.extend(each(op, &able, epoch));
    }
    steps
}

fn of_snapshot(targets: &[Principal], epoch: u64, around: &dyn Around) -> Vec<StepRow> {
    let all = in_order(targets, around);
    let able = speaking(&all, around);
    let mut steps = each(Op::Inspect, &all, epoch);
    steps.extend(reversed(Op::Drain, &able, epoch));
    steps.extend(reversed(Op::Stop, &all, epoch));
    steps.extend(each(Op::Snapshot, &all, epoch));
    steps.extend(each(Op::Start, &all, epoch));
    for op in [Op::Resume, Op::WakeJobs] {
        steps.extend(each(op, &able, epoch));
    }
    steps
}

/// The steps of a rehearsal: one canister after the other, each from its copy's creation to its
/// deletion.
pub fn rehearsal(targets: &[Principal], around: &dyn Around) -> Vec<StepRow> {
    let silent = [Op::CreateCopy, Op::LoadCopy, Op::StageCopy, Op::InstallCopy, Op::DeleteCopy];
    let asked = [
        Op::CreateCopy,
        Op::LoadCopy,
        Op::DigestBefore,
        Op::StageCopy,
        Op::InstallCopy,
        Op::MigrateCopy,
        Op::ValidateCopy,
        Op::DigestAfter,
        Op::DeleteCopy,
    ];
    let mut steps = vec![];
    for target in in_order(targets, around) {
        let ops: &[Op] = if speaks(&target, around) { &asked } else { &silent };
        steps.extend(ops.iter().map(|op| Row::new(*op, target, 0)));
    }
    steps
}
