//! Code: bytes that are swapped behind the vote, and approvals of another rehearsal.

use granary_api::governor as g;
use granary_tests::{
    digest,
    governed::{Governed, WAIT},
    modules,
    people::Who,
    reply::Expect,
};
use serde_bytes::ByteBuf;

use crate::localnet;

/// New code for `registry`.
fn proposed(governed: &Governed) -> (u64, Vec<u8>) {
    let module = governed.suite.registry.subject().next(1);
    let id = governed.propose(governed.release(&[(&governed.suite.registry, &module)]));
    governed.audit(id);
    assert!(governed.rehearse(id).is_success);
    (id, module)
}

#[test]
fn v5_bytes_that_are_swapped_after_the_vote_are_not_taken() {
    let governed = Governed::new(localnet());
    let (id, module) = proposed(&governed);
    governed.approve(id, &[1, 2, 3]);
    let g::Payload::UpgradeRelease(release) = governed.proposal(id).payload else { panic!("it") };
    let hash = release.items[0].module.clone();
    let before: g::ModuleDetails = governed
        .as_member(1)
        .query("get_module", &g::ModuleArgs { module: hash.clone() })
        .value("a module");
    let other = ByteBuf::from(modules::empty());
    let whole = module.len().div_ceil(512 * 1_024);
    let of = u32::try_from(whole).expect("few chunks");
    for (of, place) in [(of, 0), (of, of - 1), (1, 0), (of + 1, of)] {
        let args = g::StageWasmChunkArgs { module: hash.clone(), of, place, chunk: other.clone() };
        let answer = governed.as_member(1).receipt("stage_wasm_chunk", &args);
        assert_eq!(answer.code("it is complete"), "governor.module.complete", "{place} of {of}");
    }
    let again =
        governed.as_member(1).receipt("finalize_wasm", &g::ModuleArgs { module: hash.clone() });
    assert_eq!(again.code("it is complete"), "governor.module.complete");
    let after = governed
        .as_member(1)
        .query("get_module", &g::ModuleArgs { module: hash.clone() })
        .value("a module");
    assert_eq!(before, after);
    governed.governor.advance(WAIT);
    governed.as_member(4).receipt("execute", &g::ProposalArgs { proposal: id }).value("it is time");
    assert_eq!(governed.finish(id), g::ProposalState::Completed);
    assert_eq!(governed.suite.registry.module_hash(), hash.as_slice());
}

/// True when a step of this name is over.
fn is_done(governed: &Governed, id: u64, name: &str) -> bool {
    let run = governed.run(id, g::RunKind::Execution);
    run.steps.iter().any(|step| step.step == name && step.state == g::StepState::Done)
}

#[test]
fn v5_bytes_that_are_swapped_at_the_canister_itself_are_not_installed() {
    let governed = Governed::new(localnet());
    let registry = &governed.suite.registry;
    let before = (registry.module_hash(), digest::state(registry)["users"]);
    let (id, module) = proposed(&governed);
    governed.approve(id, &[1, 2, 3]);
    governed.governor.advance(WAIT);
    governed.as_member(4).receipt("execute", &g::ProposalArgs { proposal: id }).value("it is time");
    for _ in 0..60 {
        if is_done(&governed, id, "Stage") {
            break;
        }
        governed.governor.settle();
    }
    assert!(is_done(&governed, id, "Stage") && !is_done(&governed, id, "Stop"));
    // Somebody who still controls it puts other chunks where the approved ones were.
    let (network, controller) = (registry.network(), Some(Who::Controller.principal()));
    network.clear_chunk_store(registry.canister, controller).expect("a controller");
    let other = governed.suite.portfolio.subject().next(1);
    for chunk in [&module[..module.len() / 3], &other[..other.len() / 2]] {
        network.upload_chunk(registry.canister, controller, chunk.to_vec()).expect("a controller");
    }
    assert_eq!(governed.finish(id), g::ProposalState::RolledBack);
    let run = governed.run(id, g::RunKind::Execution);
    assert_eq!(run.trigger, Some(g::Trigger::CriticalFunction), "{}", run.reason);
    assert!(run.reason.contains("chunk"), "{}", run.reason);
    assert_eq!((registry.module_hash(), digest::state(registry)["users"]), before);
    let health = registry.caller(Who::Stranger).health_check().value("it runs");
    assert_ne!(health.status, granary_api::common::HealthStatus::Critical);
}

#[test]
fn v11_approvals_from_before_another_rehearsal_do_not_count() {
    let governed = Governed::new(localnet());
    let (id, _) = proposed(&governed);
    governed.approve(id, &[1, 2]);
    let old = governed.seen(id);
    let args = g::ProposalArgs { proposal: id };
    governed.as_member(1).receipt("rehearse_release", &args).value("it may be tried again");
    let moved = || governed.proposal(id).proposal.rehearsal != old.rehearsal;
    governed.until("it was rehearsed again", moved);
    let tally = governed.proposal(id).proposal.tally;
    assert_eq!((tally.approving, tally.needed), (0, 3), "they saw another rehearsal");
    let answer = governed.as_member(3).receipt("approve", &old);
    assert_eq!(answer.code("the old one"), "governor.vote.not_seen");
    governed.approve(id, &[3]);
    assert_eq!(governed.state(id), g::ProposalState::Voting);
    let early = governed.as_member(4).receipt("execute", &args);
    assert_eq!(early.code("one of three"), "governor.proposal.state");
    // Who approved the old one says so again, for the new one.
    governed.approve(id, &[1, 2]);
    assert_eq!(governed.state(id), g::ProposalState::Timelocked);
    // And what is approved already falls back to the vote with the next rehearsal.
    let refused = governed.as_member(1).receipt("rehearse_release", &args);
    assert_eq!(refused.code("it is decided"), "governor.proposal.state");
}
