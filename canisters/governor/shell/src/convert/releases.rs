//! The core's types to the wire's: modules, audits, rehearsals, executions, targets, snapshots.

use governor_core::records::run::{Direction, RunKind, StepRow, StepState};
use governor_core::records::{
    Attestation, Audit, AuditCheck, CopyWay, Drift, FleetSnapshot, Module, Packing, Rehearsal,
    Rehearsed, Run, Shot, SnapshotState, Target, Verdict,
};
use governor_core::types::{Hash, Principal, Timestamp, Trigger};
use granary_api::governor as g;

use super::output::{hash, opt_hash, opt_time, placement};

const fn packing(packing: Packing) -> g::Packing {
    match packing {
        Packing::Raw => g::Packing::Raw,
        Packing::Gzip => g::Packing::Gzip,
    }
}

/// A module.
pub fn module(hash: &Hash, module: &Module, is_denied: bool) -> g::Module {
    g::Module {
        hash: self::hash(hash),
        uploader: module.uploader,
        begun_at_ns: module.begun_at.as_nanos(),
        finished_at_ns: opt_time(module.finished_at),
        bytes: module.bytes,
        packing: packing(module.packing),
        plain: self::hash(&module.plain),
        canister: module.stated.canister.clone(),
        version: module.stated.version.clone(),
        commit: module.stated.commit.clone(),
        schema_oldest: module.stated.schema_oldest,
        schema_newest: module.stated.schema_newest,
        problems: module.stated.problems.clone(),
        attestations: module.attestations,
        is_denied,
    }
}

/// A module with everything that is known about it.
pub fn module_details(
    hash: &Hash,
    row: &Module,
    is_denied: bool,
    attestations: &[(Principal, Attestation)],
) -> g::ModuleDetails {
    let chunk = |chunk: &governor_core::records::Chunk| g::ModuleChunk {
        hash: self::hash(&chunk.hash),
        bytes: chunk.bytes,
    };
    let attestation = |(member, row): &(Principal, Attestation)| g::Attestation {
        member: *member,
        commit: row.commit.clone(),
        builder: row.builder.clone(),
        result: self::hash(&row.result),
        audit: opt_hash(row.audit.as_ref()),
        at_ns: row.at.as_nanos(),
        is_equal: row.result == *hash,
    };
    g::ModuleDetails {
        module: module(hash, row, is_denied),
        chunks: row.chunks.iter().map(chunk).collect(),
        interface: row.stated.interface.clone(),
        attestations: attestations.iter().map(attestation).collect(),
    }
}

/// What an audit found.
pub fn audit(proposal: u64, audit: Audit) -> g::Audit {
    let can_proceed = audit.can_proceed();
    let check = |check: AuditCheck| g::AuditCheck {
        name: check.name,
        verdict: match check.verdict {
            Verdict::Pass => g::Verdict::Pass,
            Verdict::Warn => g::Verdict::Warn,
            Verdict::Fail => g::Verdict::Fail,
        },
        detail: check.detail,
    };
    g::Audit {
        proposal,
        at_ns: audit.at.as_nanos(),
        by: audit.by,
        checks: audit.checks.into_iter().map(check).collect(),
        can_proceed,
    }
}

/// What a rehearsal found.
pub fn rehearsal(proposal: u64, report: Rehearsal) -> g::RehearsalReport {
    let (hash_of_it, is_success) = (report.hash(), report.succeeded());
    let canister = |one: Rehearsed| g::RehearsedCanister {
        target: one.target,
        scratch: one.scratch,
        module: hash(&one.module),
        digest_before: opt_hash(one.digest_before.as_ref()),
        digest_after: opt_hash(one.digest_after.as_ref()),
        schema_before: one.schema_before,
        schema_after: one.schema_after,
        records: one.records,
        violations: one.violations,
        slices: one.slices,
        cycles: one.cycles,
        problem: one.problem,
    };
    g::RehearsalReport {
        proposal,
        hash: hash(&hash_of_it),
        digest: hash(&report.digest),
        begun_at_ns: report.begun_at.as_nanos(),
        ended_at_ns: opt_time(report.ended_at),
        way: match report.way {
            CopyWay::Loaded => g::CopyWay::Loaded,
            CopyWay::Carried => g::CopyWay::Carried,
        },
        canisters: report.canisters.into_iter().map(canister).collect(),
        is_success,
    }
}

/// What steps are for, as it is asked.
pub const fn given_kind(kind: g::RunKind) -> RunKind {
    match kind {
        g::RunKind::Execution => RunKind::Execution,
        g::RunKind::Rehearsal => RunKind::Rehearsal,
    }
}

fn step(step: StepRow) -> g::Step {
    g::Step {
        target: step.target,
        step: step.op.name(),
        state: match step.state {
            StepState::Waiting => g::StepState::Waiting,
            StepState::Begun => g::StepState::Begun,
            StepState::Done => g::StepState::Done,
            StepState::Failed => g::StepState::Failed,
            StepState::Skipped => g::StepState::Skipped,
        },
        begun_at_ns: opt_time(step.begun_at),
        ended_at_ns: opt_time(step.ended_at),
        tries: step.tries,
        error: step.error,
        snapshot: Some(step.epoch).filter(|epoch| *epoch != 0),
    }
}

const fn trigger(trigger: Trigger) -> g::Trigger {
    match trigger {
        Trigger::HealthCheckFailed => g::Trigger::HealthCheckFailed,
        Trigger::ConnectionFailed => g::Trigger::ConnectionFailed,
        Trigger::CriticalFunction => g::Trigger::CriticalFunction,
        Trigger::DataInconsistent => g::Trigger::DataInconsistent,
        Trigger::Members => g::Trigger::Members,
    }
}

/// The steps of a proposal.
pub fn execution(run: Run) -> g::Execution {
    let (progress_done, progress_total) = run.place.progress;
    g::Execution {
        proposal: run.proposal,
        kind: match run.kind {
            RunKind::Execution => g::RunKind::Execution,
            RunKind::Rehearsal => g::RunKind::Rehearsal,
        },
        epoch: run.epoch,
        direction: match run.direction {
            Direction::Forward => g::Direction::Forward,
            Direction::Back => g::Direction::Back,
        },
        steps: run.steps.into_iter().map(step).collect(),
        at: run.at,
        trigger: run.trigger.map(trigger),
        reason: run.reason,
        progress_done,
        progress_total,
        begun_at_ns: run.begun_at.as_nanos(),
        ended_at_ns: opt_time(run.ended_at),
        observe_until_ns: opt_time(run.observe_until),
        next_at_ns: opt_time(run.next_at),
    }
}

/// A canister under control.
pub fn target((canister, row): (Principal, Target)) -> g::Target {
    g::Target {
        canister,
        placement: placement(&row.placement),
        module: opt_hash(row.module.as_ref()),
        schema: row.schema,
        other_controllers: row.others,
        seen_at_ns: Some(row.seen_at).filter(|at| *at > Timestamp::ZERO).map(Timestamp::as_nanos),
        drifted_since_ns: opt_time(row.drifted_since),
        drift: row.drift.map(|drift| match drift {
            Drift::Code => g::Drift::Code,
            Drift::Controllers => g::Drift::Controllers,
            Drift::Lost => g::Drift::Lost,
        }),
        adopted_at_ns: row.adopted_at.as_nanos(),
    }
}

/// A fleet snapshot.
pub fn snapshot((id, row): (u64, FleetSnapshot)) -> g::FleetSnapshot {
    let shot = |shot: Shot| g::CanisterSnapshot {
        target: shot.target,
        snapshot_id: shot.snapshot.into(),
        module: hash(&shot.module),
        bytes: shot.bytes,
        at_ns: shot.at.as_nanos(),
        schema: shot.schema,
    };
    g::FleetSnapshot {
        id,
        proposal: row.proposal,
        at_ns: row.at.as_nanos(),
        canisters: row.shots.into_iter().map(shot).collect(),
        pinned: row.pinned,
        state: match row.state {
            SnapshotState::Partial => g::SnapshotState::Partial,
            SnapshotState::Complete => g::SnapshotState::Complete,
            SnapshotState::Good => g::SnapshotState::Good,
            SnapshotState::Pruned => g::SnapshotState::Pruned,
        },
    }
}

/// SHA-256 of the bytes.
pub fn sha256(bytes: &[u8]) -> Hash {
    granary_module::sha256(bytes)
}

/// SHA-256 of a program as it would be installed, and how it is packed.
pub fn program_hash(program: &[u8]) -> g::ProgramHash {
    let packed = program.starts_with(&GZIP);
    let packing = if packed { g::Packing::Gzip } else { g::Packing::Raw };
    g::ProgramHash { hash: hash(&sha256(program)), packing }
}

/// How a packed program begins.
const GZIP: [u8; 2] = [0x1f, 0x8b];
