//! The governor itself under its committee, with all it governs: its code is replaced, and nothing
//! of what it decides, has decided or does just now is lost.

use granary_api::{common as c, governor as g, recovery as r};
use granary_tests::{
    chain,
    clock::{DAY, MINUTE},
    digest::{self, StateDigest},
    governed::{Governed, WAIT, first, rules},
    people::Who,
    reply::Expect,
    subject::{GOVERNOR, RECOVERY, governor_args, recovery_args},
    suite::Suite,
    world::{World, encode},
};

use super::{MEMBERS, Repair, delays};
use crate::{access::governor::deny, localnet};

/// A governor with its suite, and the committee that repairs it.
pub(crate) struct Repaired {
    /// The suite, and who governs it.
    pub(crate) governed: Governed,
    /// The committee, and the same governor.
    pub(crate) repair: Repair,
}

/// Rules that leave time for the committee's delay: votes and windows last days.
fn patient() -> g::Rules {
    g::Rules {
        voting_period_ns: 4 * DAY,
        execution_window_ns: 4 * DAY,
        approval_ttl_ns: 30 * DAY,
        rehearsal_ttl_ns: 30 * DAY,
        heartbeat_ns: 30 * DAY,
        ..rules()
    }
}

impl Repaired {
    /// A fresh network. Each of the two controls the other, beside the tests' own controller, and
    /// holds its role `Governor`.
    pub(crate) fn new() -> Self {
        let suite = Suite::new(localnet());
        let network = suite.registry.shared();
        let governor = World::on(network, &GOVERNOR);
        let recovery = World::on(network, &RECOVERY);
        let spec = g::RecoverySpec {
            canister: recovery.canister,
            committee: MEMBERS.map(Who::principal).to_vec(),
            quorum: 2,
        };
        let args = g::InitArgs {
            governor: recovery.canister,
            roles: governor_args().roles,
            rules: Some(patient()),
            recovery: Some(spec),
            ..first(&suite)
        };
        let governed = Governed::installed(suite, governor, args);
        let args = r::InitArgs {
            governor: governed.governor.canister,
            target: governed.governor.canister,
            delays: Some(delays()),
            ..recovery_args()
        };
        recovery.install_encoded(encode(&r::InstallArgs::Init(args)));
        let all = Self { repair: Repair::of(recovery, governed.governor.clone()), governed };
        let [governor, recovery] = [&all.repair.governor, &all.repair.recovery];
        for (kept, keeper) in [(governor, recovery), (recovery, governor)] {
            let controller = Who::Controller.principal();
            let both = vec![controller, keeper.canister];
            let network = kept.network();
            network.set_controllers(kept.canister, Some(controller), both).expect("its controller");
        }
        all
    }
}

/// What a governor knows, but for when it looked at its targets last: it does that by itself.
fn known(governor: &World) -> (StateDigest, Vec<g::Target>, g::Members, g::Config) {
    let mut state = digest::state(governor);
    state.remove("targets");
    let caller = governor.caller(Who::Stranger);
    let mut targets: Vec<g::Target> = caller.plain("list_targets").value("the targets");
    for target in &mut targets {
        assert!(target.seen_at_ns.take().is_some(), "it was looked at");
    }
    let members = caller.plain("get_members").value("the members");
    (state, targets, members, caller.plain("get_config").value("the rules"))
}

/// The same code of the whole suite under other hashes.
pub(crate) fn next(governed: &Governed) -> g::Payload {
    let worlds = governed.suite.worlds();
    let modules = worlds.map(|world| world.subject().next(1));
    let pairs: Vec<(&World, &[u8])> =
        worlds.into_iter().zip(modules.iter().map(Vec::as_slice)).collect();
    governed.release(&pairs)
}

#[test]
fn v15_the_committee_replaces_the_governors_code_and_nothing_is_forgotten() {
    let Repaired { governed, repair } = Repaired::new();
    let governor = &governed.governor;
    let open = governed.propose(deny("a module"));
    governed.approve(open, &[1, 2]);
    let draft = governed.propose(next(&governed));
    governor.advance(2 * MINUTE);
    let (before, events) = (known(governor), chain::checked(&governor.caller(Who::Stranger)));
    let votes = governed.proposal(open).votes;

    let module = governor.subject().next(1);
    let install = repair.stage(&module);
    assert_ne!(governor.module_hash(), install.wasm_hash.as_slice());
    let done = repair.done(&r::Operation::Install(install.clone()));
    assert_eq!(governor.module_hash(), install.wasm_hash.as_slice());
    assert_eq!(done.counted, 2);
    assert_eq!(known(governor), before, "an upgrade changes nothing that was decided");
    let after = chain::checked(&governor.caller(Who::Stranger));
    assert_eq!(after[..events.len()], events[..], "the journal goes on from where it was");
    let upgrades: Vec<c::UpgradeRecord> =
        governor.caller(Who::Stranger).get_upgrade_history().value("history");
    assert_eq!(upgrades.len(), 1);

    // Two words from before and one from after are three.
    assert_eq!(governed.proposal(open).votes, votes);
    assert_eq!(
        (governed.state(open), governed.state(draft)),
        (g::ProposalState::Voting, g::ProposalState::Staged)
    );
    governed.approve(open, &[3]);
    governor.advance(WAIT);
    let args = g::ProposalArgs { proposal: open };
    governed.as_member(4).receipt("execute", &args).value("its wait is over");
    assert_eq!(governed.state(open), g::ProposalState::Completed);
    assert!(governed.audit(draft).can_proceed, "its modules are here still");
    repair.assert_governor_runs();
}

/// Lets what is due happen until a step of this name began; time stands still meanwhile.
fn until_begun(governed: &Governed, proposal: u64, name: &str) {
    for _ in 0..60 {
        let run = governed.run(proposal, g::RunKind::Execution);
        if run.steps.iter().any(|step| step.step == name && step.begun_at_ns.is_some()) {
            return;
        }
        governed.governor.settle();
    }
    panic!("no {name}: {:?}", governed.run(proposal, g::RunKind::Execution));
}

#[test]
fn k47_a_release_goes_on_in_the_code_that_came_in_its_middle() {
    let Repaired { governed, repair } = Repaired::new();
    let governor = &governed.governor;
    let id = governed.propose(next(&governed));
    governed.audit(id);
    assert!(governed.rehearse(id).is_success);
    governed.approve(id, &[1, 2, 3]);
    let install = repair.stage(&governor.subject().next(1));
    let request = repair.ready(&r::Operation::Install(install.clone()));
    let r::RequestState::Ready { eta_ns } = repair.request(request).state else {
        panic!("two of three want it");
    };
    governor.advance(eta_ns - governor.now_ns() - MINUTE);
    let args = g::ProposalArgs { proposal: id };
    governed.as_member(4).receipt("execute", &args).value("its wait is over");
    until_begun(&governed, id, "Drain");
    assert!(governor.now_ns() < eta_ns, "the committee's time has not come");
    governor.set_time(eta_ns);
    let state = repair.ended(request);
    assert!(matches!(state, r::RequestState::Completed { .. }), "{state:?}");
    assert_eq!(governor.module_hash(), install.wasm_hash.as_slice());
    assert_eq!(governed.finish(id), g::ProposalState::Completed);

    let history = governor.caller(Who::Stranger).get_upgrade_history().value("history");
    let [upgrade] = &history[..] else { panic!("{history:?}") };
    let run = governed.run(id, g::RunKind::Execution);
    let begun = |name: &str, before: bool| {
        let of = run.steps.iter().filter(|step| step.step == name);
        let at = |step: &g::Step| step.begun_at_ns.is_some_and(|at| (at < upgrade.at_ns) == before);
        of.filter(|step| at(step)).count()
    };
    assert_eq!(begun("Stage", true), 3, "before it came everything was here");
    assert!(begun("Drain", true) > 0, "and something was drained");
    assert_eq!(begun("Install", false), 3, "all code was replaced by the new governor: {run:?}");
    for world in governed.suite.worlds() {
        let health = world.caller(Who::Stranger).health_check().value("it runs");
        assert_ne!(health.status, c::HealthStatus::Critical, "{:?}", health.reasons);
        let drain = world.caller(Who::Stranger).get_drain_status().value("it takes work");
        assert_eq!(drain.state, c::DrainState::Running);
        granary_tests::fixtures::assert_valid(world);
    }
    repair.assert_governor_runs();
}
