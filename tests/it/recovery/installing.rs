//! What is done to the governor, and what is not.

use granary_api::recovery as r;
use granary_tests::{
    chain,
    clock::{HOUR, MINUTE},
    digest, modules,
    people::{Who, person},
    reply::Expect,
    subject::CommonUpgrade,
};
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};

use super::{MEMBERS, Repair};

#[test]
fn v5_the_approved_module_is_installed_over_the_state_there_is() {
    let repair = Repair::new();
    crate::registry::admit(&repair.governor, person("somebody"));
    let before = digest::state(&repair.governor);
    let module = repair.governor.subject().next(1);
    let install = repair.stage(&module);
    let done = repair.done(&r::Operation::Install(install.clone()));
    assert_eq!(repair.governor.module_hash(), install.wasm_hash.as_slice());
    assert_eq!(digest::state(&repair.governor), before, "nothing is lost");
    let snapshot = done.snapshot_id.expect("taken before").into_vec();
    assert_eq!(repair.snapshots(), [snapshot]);
    let status = repair.status();
    assert_eq!((status.last_execution, status.running), (Some(done.id), None));
    let kinds: Vec<String> = chain::checked(&repair.recovery.caller(Who::Stranger))
        .into_iter()
        .map(|e| e.kind)
        .collect();
    for kind in ["ChunkStaged", "RequestReady", "ExecutionStarted", "RequestCompleted"] {
        assert!(kinds.iter().any(|known| known == kind), "{kind}: {kinds:?}");
    }
    repair.assert_governor_runs();
}

#[test]
fn k9_what_cannot_be_installed_leaves_the_governor_as_it_was() {
    let repair = Repair::new();
    let (hash, state) = (repair.governor.module_hash(), digest::state(&repair.governor));
    let untouched = |why: &str| {
        assert_eq!(repair.governor.module_hash(), hash, "{why}");
        assert_eq!(digest::state(&repair.governor), state, "{why}");
        repair.assert_governor_runs();
    };
    let module = repair.governor.subject().next(1);
    let install = repair.stage(&module);

    let mut chunks = install.clone();
    chunks.chunk_hashes[1] = ByteBuf::from(vec![7; 32]);
    let reason = repair.fails(&r::Operation::Install(chunks));
    assert!(reason.contains("Install"), "{reason}");
    untouched("a chunk that is not there");

    let mut other = install;
    other.wasm_hash = ByteBuf::from(vec![7; 32]);
    let reason = repair.fails(&r::Operation::Install(other));
    assert!(reason.contains("Install"), "{reason}");
    untouched("another module than was approved");

    let trapping = repair.stage(&modules::trapping_after_write());
    let reason = repair.fails(&r::Operation::Install(trapping));
    assert!(reason.contains("release that fails"), "{reason}");
    untouched("a trap in post_upgrade");
    assert_eq!(repair.snapshots().len(), 1, "each takes the place of the one before");
}

#[test]
fn k14_a_restored_governor_is_told_so() {
    let repair = Repair::new();
    crate::registry::admit(&repair.governor, person("before"));
    let before = digest::state(&repair.governor);
    let taken = repair.done(&r::Operation::Snapshot);
    let snapshot_id = taken.snapshot_id.expect("a snapshot");
    crate::registry::admit(&repair.governor, person("after"));
    assert_ne!(digest::state(&repair.governor), before);
    repair.done(&r::Operation::Restore { snapshot_id });
    assert_eq!(digest::state(&repair.governor)["users"], before["users"]);
    let last = chain::checked(&repair.governor.caller(Who::Auditor)).pop().expect("an event");
    assert_eq!(last.kind, "SnapshotRestored");
    let unknown = r::Operation::Restore { snapshot_id: ByteBuf::from(vec![1; 18]) };
    let reason = repair.fails(&unknown);
    assert!(reason.starts_with("Load: "), "{reason}");
    repair.assert_governor_runs();
}

#[test]
fn a_stopped_governor_is_started() {
    let repair = Repair::new();
    repair.governor.stop();
    let done = repair.done(&r::Operation::Start);
    assert_eq!(done.counted, 2);
    repair.assert_governor_runs();
}

#[test]
fn what_the_governor_does_not_know_fails_and_is_not_asked_for_ever() {
    let repair = Repair::new();
    let members = MEMBERS.map(Who::principal).to_vec();
    let rotate = r::RotateMembersArgs { members, threshold: 2 };
    let reason = repair.fails(&r::Operation::RotateGovernorMembers(rotate));
    assert!(reason.starts_with("Rotate: ") && reason.contains("rotate_members"), "{reason}");
    repair.assert_governor_runs();
}

#[test]
fn staged_chunks_are_removed_by_members() {
    let repair = Repair::new();
    let module = repair.governor.subject().next(1);
    let install = repair.stage(&module);
    let cleared = repair.recovery.caller(MEMBERS[1]).update_plain("clear_wasm_chunks");
    cleared.map(|_: granary_api::common::Receipt| ()).value("a member");
    let reason = repair.fails(&r::Operation::Install(install));
    assert!(reason.contains("hunk"), "{reason}");
    let large = r::StageWasmChunkArgs { chunk: ByteBuf::from(vec![0; 1_048_577]) };
    let code = repair
        .recovery
        .caller(MEMBERS[0])
        .update::<r::StagedChunk>("stage_wasm_chunk", &large)
        .code("too large");
    assert_eq!(code, "recovery.chunk.size");
    let full = ByteBuf::from(vec![3; 1_048_576]);
    let hash = Sha256::digest(&full).to_vec();
    let largest = r::StageWasmChunkArgs { chunk: full };
    let staged = repair.recovery.caller(MEMBERS[0]).update("stage_wasm_chunk", &largest);
    assert_eq!(staged.map(|staged: r::StagedChunk| staged.hash.into_vec()).value("1 MiB"), hash);
}

#[test]
fn y4_new_code_of_recovery_keeps_new_code_away_from_the_governor() {
    let repair = Repair::new();
    let module = repair.governor.subject().next(1);
    let install = repair.stage(&module);
    let request = repair.ready(&r::Operation::Install(install.clone()));
    repair.recovery.advance(11 * HOUR);
    let next = repair.recovery.subject().next(1);
    repair.recovery.upgrade_common(next, CommonUpgrade::default()).expect("the same schema");
    repair.recovery.advance(2 * HOUR);
    let args = r::RequestArgs { request };
    let code = repair.recovery.caller(MEMBERS[0]).receipt("execute_request", &args).code("early");
    assert_eq!(code, "recovery.request.apart");
    repair.recovery.advance(18 * HOUR + MINUTE);
    let state = repair.ended(request);
    assert!(matches!(state, r::RequestState::Completed { .. }), "{state:?}");
    assert_eq!(repair.governor.module_hash(), install.wasm_hash.as_slice());
}
