//! Releases through the governor: staged, audited, rehearsed, approved, waited for, executed,
//! observed, and taken back when anything is wrong.

use std::collections::BTreeSet;

use candid::{Encode, Principal};
use granary_api::{common as c, governor as g};
use granary_tests::{
    digest::{self, StateDigest},
    governed::{Governed, WAIT},
    modules,
    people::Who,
    reply::Expect,
    world::World,
};
use serde_bytes::ByteBuf;

use crate::localnet;

/// What the canisters are: code and state, without the configuration, which counts the drains.
fn fleet(governed: &Governed) -> Vec<(Vec<u8>, StateDigest)> {
    let lasting = |world: &World| {
        let mut state = digest::state(world);
        state.remove("config");
        state
    };
    let worlds = governed.suite.worlds();
    worlds.into_iter().map(|world| (world.module_hash(), lasting(world))).collect()
}

/// All three run, and take work.
fn all_run(governed: &Governed) {
    for world in governed.suite.worlds() {
        let health: c::Health = world.caller(Who::Stranger).plain("health_check").value("it runs");
        assert_ne!(health.status, c::HealthStatus::Critical, "{:?}", health.reasons);
        let drain: c::DrainStatus = world.caller(Who::Stranger).plain("get_drain_status").value("");
        assert_eq!(drain.state, c::DrainState::Running, "{}", world.subject().name);
    }
}

/// The same code under other hashes, for all three.
fn next(governed: &Governed, number: usize) -> g::Payload {
    let worlds = governed.suite.worlds();
    let modules: Vec<Vec<u8>> = worlds.iter().map(|world| world.subject().next(number)).collect();
    let pairs: Vec<(&World, &[u8])> =
        worlds.iter().copied().zip(modules.iter().map(Vec::as_slice)).collect();
    governed.release(&pairs)
}

fn failed(audit: &g::Audit) -> Vec<&str> {
    let failed = audit.checks.iter().filter(|check| check.verdict == g::Verdict::Fail);
    failed.map(|check| check.name.as_str()).collect()
}

fn steps_of(run: &g::Execution, name: &str) -> Vec<Principal> {
    run.steps.iter().filter(|step| step.step == name).map(|step| step.target).collect()
}

#[test]
fn s16_a_release_goes_its_whole_way() {
    let governed = Governed::new(localnet());
    let before = fleet(&governed);
    let id = governed.propose(next(&governed, 1));
    assert_eq!(governed.state(id), g::ProposalState::Staged);
    let audit = governed.audit(id);
    assert!(audit.can_proceed, "{:?}", failed(&audit));
    assert_eq!(governed.state(id), g::ProposalState::Audited);
    let report = governed.rehearse(id);
    let problems: Vec<_> = report.canisters.iter().map(|one| one.problem.as_str()).collect();
    assert!(report.is_success, "{problems:?}");
    for one in &report.canisters {
        assert_eq!((one.violations, one.digest_after.is_some()), (0, true));
        assert_eq!(one.digest_before, one.digest_after, "the same schema keeps the state");
    }
    let proposal = governed.proposal(id).proposal;
    assert_eq!(proposal.state, g::ProposalState::Voting);
    assert_eq!(proposal.rehearsal.as_ref(), Some(&report.hash));
    assert_eq!(fleet(&governed), before, "nothing was touched by the rehearsal");

    let early = g::ProposalArgs { proposal: id };
    governed.approve(id, &[1, 2, 3]);
    let refused = governed.as_member(4).receipt("execute", &early).code("it waits");
    assert_eq!(refused, "governor.timelock.running");
    governed.governor.advance(WAIT);
    governed.as_member(4).receipt("execute", &early).value("its wait is over");
    governed.until("it is observed", || governed.state(id) == g::ProposalState::Observing);
    all_run(&governed);
    assert_eq!(governed.finish(id), g::ProposalState::Completed);

    let after = fleet(&governed);
    for (before, after) in before.iter().zip(&after) {
        assert_ne!(before.0, after.0, "new code");
        assert_eq!(before.1, after.1, "the same state");
    }
    let run = governed.run(id, g::RunKind::Execution);
    let [registry, portfolio, grants] = governed.suite.worlds().map(|world| world.canister);
    assert_eq!(steps_of(&run, "Install"), [portfolio, registry, grants], "phase by phase");
    assert_eq!(steps_of(&run, "Drain"), [grants, registry, portfolio], "callers first");
    let place = |name: &str| run.steps.iter().position(|step| step.step == name).expect(name);
    let last = |name: &str| run.steps.iter().rposition(|step| step.step == name).expect(name);
    assert!(last("Stage") < place("Drain"), "everything is here before anything is drained");
    assert!(last("Stop") < place("Snapshot") && last("Snapshot") < place("Install"), "one moment");
    let snapshots: g::SnapshotPage = governed
        .as_member(1)
        .query("list_snapshots", &c::PageArgs { after: None, limit: 10 })
        .value("a page");
    assert_eq!(snapshots.items.len(), 1);
    assert_eq!(snapshots.items[0].state, g::SnapshotState::Good);
    assert_eq!(snapshots.items[0].canisters.len(), 3);
}

/// What is wrong with a canister that only pretends to be `registry`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    Install,
    Health,
    Connection,
    Data,
}

fn ok<T: candid::CandidType>(value: T) -> Vec<u8> {
    Encode!(&Ok::<T, granary_api::Error>(value)).expect("a wire type encodes")
}

/// A module that says all the right things, and one wrong one.
fn impostor(wrong: Wrong, schema: u32) -> Vec<u8> {
    let (mut status, mut violations, mut dependencies) =
        (c::HealthStatus::Healthy, vec![], c::HealthStatus::Healthy);
    match wrong {
        Wrong::Install => {}
        Wrong::Health => status = c::HealthStatus::Critical,
        Wrong::Connection => dependencies = c::HealthStatus::Critical,
        Wrong::Data => violations.push(c::Violation {
            rule: "U1".to_owned(),
            entity: "user".to_owned(),
            id: 1,
            message: "an identity of two users".to_owned(),
        }),
    }
    let text = |text: &str| text.to_owned();
    let plain = |bytes: Result<Vec<u8>, candid::Error>| bytes.expect("a wire type encodes");
    let receipt = c::Receipt { id: 1, event: 0, at_ns: 1 };
    let health = c::Health {
        status,
        version: text("9.9.9"),
        schema,
        mode: c::Mode::Full,
        reasons: vec![text("it pretends")],
    };
    let version = c::Version {
        version: text("9.9.9"),
        schema,
        git_commit: String::new(),
        installed_at_ns: 1,
        upgraded_at_ns: 1,
        upgrade_count: 1,
        canister_version: 1,
        rehearsal: None,
    };
    let migration =
        c::MigrationStatus { schema, target: schema, phase: String::new(), done: 0, total: 0 };
    let drain = c::DrainStatus {
        state: c::DrainState::Running,
        epoch: u64::MAX,
        deadline_ns: 0,
        jobs_running: 0,
        calls_outstanding: 0,
    };
    let report = c::ValidationReport { violations, checked: 1, next: None };
    let peer = c::Dependency {
        name: text("portfolio"),
        canister: Some(Principal::from_slice(&[1])),
        status: dependencies,
        reason: text("it does not answer"),
        version: None,
        latency_ns: 0,
        checked_at_ns: 1,
    };
    let reached = c::DependencyReport { overall: dependencies, dependencies: vec![peer] };
    let methods = [
        ("canister_query health_check", plain(Encode!(&health))),
        ("canister_query get_version", plain(Encode!(&version))),
        ("canister_query get_migration_status", plain(Encode!(&migration))),
        ("canister_query get_drain_status", plain(Encode!(&drain))),
        ("canister_query validate_state", ok(report)),
        ("canister_update check_dependencies", ok(reached)),
        ("canister_update prepare_upgrade", ok(receipt)),
        ("canister_update resume", ok(receipt)),
        ("canister_update resume_jobs", ok(receipt)),
    ];
    let module = modules::answering(&methods, wrong == Wrong::Install);
    claims(&module, &format!("1-{schema}"))
}

/// The module with the sections of `registry`.
fn claims(module: &[u8], reads: &str) -> Vec<u8> {
    let section = |name: &'static str, text: &str| (name, text.as_bytes().to_vec());
    let root = granary_build::workspace_root().expect("tests run inside the checkout");
    let interface = std::fs::read_to_string(root.join("candid/registry.did")).expect("committed");
    let sections = [
        section("suite:canister", "registry"),
        section("suite:version", "9.9.9"),
        section("suite:schema", reads),
        section("candid:service", &interface),
    ];
    granary_build::with_public_sections(module, &sections).expect("a module takes sections")
}

/// Proposes new code for `portfolio` and this module for `registry`.
fn with_registry(governed: &Governed, module: &[u8]) -> u64 {
    let [registry, portfolio, _] = governed.suite.worlds();
    let good = portfolio.subject().next(1);
    governed.propose(governed.release(&[(portfolio, &good), (registry, module)]))
}

/// Executes it although its rehearsal failed, and lets it end.
fn forced(governed: &Governed, id: u64) -> g::ProposalState {
    let audit = governed.audit(id);
    assert!(audit.can_proceed, "{:?}", failed(&audit));
    let report = governed.rehearse(id);
    assert!(!report.is_success, "the rehearsal shows it");
    governed.approve(id, &[1, 2, 3]);
    assert_eq!(governed.state(id), g::ProposalState::Voting, "one more is needed");
    governed.execute(id, &[4]);
    governed.finish(id)
}

fn goes_back(wrong: Wrong, trigger: g::Trigger) {
    let governed = Governed::new(localnet());
    let registry = &governed.suite.registry;
    let version: c::Version = registry.caller(Who::Stranger).plain("get_version").value("asked");
    let before = fleet(&governed);
    let id = with_registry(&governed, &impostor(wrong, version.schema));
    assert_eq!(forced(&governed, id), g::ProposalState::RolledBack, "{wrong:?}");
    let run = governed.run(id, g::RunKind::Execution);
    assert_eq!((run.trigger, run.direction), (Some(trigger), g::Direction::Back), "{}", run.reason);
    assert_eq!(steps_of(&run, "Load").len(), 2, "{wrong:?}");
    assert_eq!(fleet(&governed), before, "all of it, or nothing");
    all_run(&governed);
}

#[test]
fn v8_a_canister_that_is_ill_takes_the_whole_release_back() {
    goes_back(Wrong::Health, g::Trigger::HealthCheckFailed);
}

#[test]
fn v8_a_canister_that_reaches_nobody_takes_the_whole_release_back() {
    goes_back(Wrong::Connection, g::Trigger::ConnectionFailed);
}

#[test]
fn v8_a_canister_with_a_wrong_state_takes_the_whole_release_back() {
    goes_back(Wrong::Data, g::Trigger::DataInconsistent);
}

#[test]
fn v8_a_module_that_traps_when_it_is_installed_takes_the_whole_release_back() {
    goes_back(Wrong::Install, g::Trigger::CriticalFunction);
}

#[test]
fn members_take_a_release_back_while_it_is_observed() {
    let governed = Governed::new(localnet());
    let before = fleet(&governed);
    let id = governed.propose(next(&governed, 1));
    governed.audit(id);
    governed.rehearse(id);
    governed.execute(id, &[1, 2, 3]);
    governed.until("it is observed", || governed.state(id) == g::ProposalState::Observing);
    let digest = governed.proposal(id).proposal.digest;
    let args = g::RollbackReleaseArgs { proposal: id, digest };
    for n in [1, 2] {
        governed.as_member(n).receipt("rollback_release", &args).value("a member");
        assert_eq!(governed.state(id), g::ProposalState::Observing, "three are needed");
    }
    governed.as_member(3).receipt("rollback_release", &args).value("the third");
    assert_eq!(governed.finish(id), g::ProposalState::RolledBack);
    assert_eq!(governed.run(id, g::RunKind::Execution).trigger, Some(g::Trigger::Members));
    assert_eq!(fleet(&governed), before);
    all_run(&governed);
}

#[test]
fn v6_a_release_for_other_code_than_runs_is_stale() {
    let governed = Governed::new(localnet());
    let id = governed.propose(next(&governed, 1));
    governed.audit(id);
    governed.rehearse(id);
    governed.approve(id, &[1, 2, 3]);
    governed.governor.advance(2 * WAIT);
    // Somebody who still controls it changes its code behind the governor's back.
    governed
        .suite
        .registry
        .upgrade_to(governed.suite.registry.subject().next(0), None)
        .expect("installs");
    let before = fleet(&governed);
    let args = g::ProposalArgs { proposal: id };
    let refused = governed.as_member(4).receipt("execute", &args);
    let state = match refused {
        Err(refused) => {
            let code = refused.code();
            assert!(
                ["governor.audit.failed", "governor.target.changed"].contains(&code.as_str()),
                "{code}"
            );
            governed.state(id)
        }
        Ok(_) => governed.finish(id),
    };
    assert_ne!(state, g::ProposalState::Completed);
    assert_eq!(fleet(&governed), before);
    all_run(&governed);
}

#[test]
fn a_release_that_is_wrong_in_itself_is_audited_away() {
    let governed = Governed::new(localnet());
    let registry = &governed.suite.registry;
    let version: c::Version = registry.caller(Who::Stranger).plain("get_version").value("asked");
    let reads = format!("1-{}", version.schema);
    let fails = |module: &[u8]| {
        let id = governed.propose(governed.release(&[(registry, module)]));
        let audit = governed.audit(id);
        let args = g::ProposalArgs { proposal: id };
        let code = governed.as_member(1).receipt("rehearse_release", &args).code("not audited");
        assert_eq!(code, "governor.proposal.state");
        governed
            .as_member(1)
            .receipt("cancel", &g::EndProposalArgs { proposal: id, reason: "wrong".to_owned() })
            .value("it is the proposer's");
        failed(&audit).into_iter().map(str::to_owned).collect::<BTreeSet<_>>()
    };
    let one = |name: &str| BTreeSet::from([name.to_owned()]);
    assert_eq!(fails(&claims(&modules::empty(), &reads)), one("registry.module"));
    let other = governed.suite.portfolio.subject().next(0);
    assert!(fails(&other).contains("registry.module"), "another canister's code");
    let old = impostor(Wrong::Health, version.schema - 1);
    assert_eq!(fails(&old), one("registry.schema"));
}

#[test]
fn an_upload_is_what_its_hash_says_or_nothing() {
    let governed = Governed::new(localnet());
    let bytes = b"\0asm\x01\0\0\0".to_vec();
    let hash = |bytes: &[u8]| {
        use sha2::Digest;
        ByteBuf::from(sha2::Sha256::digest(bytes).to_vec())
    };
    let member = governed.as_member(1);
    let chunk = |module: &ByteBuf, of, place, bytes: &[u8]| {
        let chunk = ByteBuf::from(bytes.to_vec());
        member.receipt(
            "stage_wasm_chunk",
            &g::StageWasmChunkArgs { module: module.clone(), of, place, chunk },
        )
    };
    let finalize = |module: &ByteBuf| {
        member.receipt("finalize_wasm", &g::ModuleArgs { module: module.clone() })
    };
    let module = hash(&bytes);
    assert_eq!(finalize(&module).code("unknown"), "governor.module.not_found");
    chunk(&module, 2, 0, &bytes[..4]).value("a chunk");
    assert_eq!(finalize(&module).code("half"), "governor.module.chunk");
    chunk(&module, 2, 1, b"xxxx").value("a wrong chunk");
    assert_eq!(finalize(&module).code("altered"), "governor.module.hash");
    chunk(&module, 2, 1, &bytes[4..]).value("the right one");
    finalize(&module).value("complete");
    assert_eq!(chunk(&module, 2, 1, b"swap").code("complete"), "governor.module.complete");
    let text = hash(b"no wasm");
    chunk(&text, 1, 0, b"no wasm").value("a chunk");
    assert_eq!(finalize(&text).code("no wasm"), "governor.module.invalid");
    let stranger = governed.governor.caller(Who::Stranger);
    let args =
        g::StageWasmChunkArgs { module: text, of: 1, place: 0, chunk: ByteBuf::from(vec![1]) };
    assert_eq!(
        stranger.receipt("stage_wasm_chunk", &args).code("no member"),
        "governor.member.needed"
    );
    let short = g::ModuleArgs { module: ByteBuf::from(vec![1; 31]) };
    assert_eq!(member.receipt("finalize_wasm", &short).code("short"), "common.hash.size");
}
