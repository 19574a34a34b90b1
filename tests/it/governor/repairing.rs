//! The canister that repairs the governor is itself replaced by the governor, and by nobody else.

use granary_api::{common as c, governor as g, recovery as r};
use granary_tests::{
    chain,
    clock::{DAY, HOUR, MINUTE},
    digest,
    governed::{Governed, WAIT},
    people::Who,
    reply::Expect,
};

use crate::{
    access::governor::creation,
    recovery::{MEMBERS, Repair, delays, repaired::Repaired},
};

/// The governor takes control of recovery, and nobody else has it any more. As long as the
/// governor's own code is young it leaves recovery alone, so a day passes first.
fn adopt(governed: &Governed, repair: &Repair) {
    governed.governor.advance(DAY);
    let placement =
        g::Placement { name: "recovery".to_owned(), phase: 1, order: 9, dependencies: vec![] };
    let target = repair.recovery.canister;
    let id = governed.propose(g::Payload::AdoptCanister { target, placement });
    governed.execute(id, &[1, 2, 3]);
    assert_eq!(governed.finish(id), g::ProposalState::Completed);
    let controllers = governed.governor.network().get_controllers(target);
    assert_eq!(controllers, [governed.governor.canister]);
}

/// New code of recovery is proposed, audited, rehearsed and approved.
fn approved(governed: &Governed, repair: &Repair) -> u64 {
    let module = repair.recovery.subject().next(1);
    let id = governed.propose(governed.release(&[(&repair.recovery, &module)]));
    let audit = governed.audit(id);
    assert!(audit.can_proceed, "{:?}", audit.checks);
    let report = governed.rehearse(id);
    assert!(report.is_success, "{report:?}");
    let [copy] = &report.canisters[..] else { panic!("one canister") };
    assert_eq!(copy.digest_before, copy.digest_after, "the same schema keeps the state");
    governed.approve(id, &[1, 2, 3]);
    id
}

/// What a committee has: its requests, its roles, itself.
fn kept(repair: &Repair) -> (digest::StateDigest, r::CommitteeInfo, r::RequestPage) {
    let mut state = digest::state(&repair.recovery);
    // The configuration counts the drains.
    state.remove("config");
    let caller = repair.recovery.caller(Who::Stranger);
    let page = c::PageArgs { after: None, limit: 20 };
    let requests = caller.query("list_requests", &page).value("the requests");
    (state, caller.plain("get_committee").value("the committee"), requests)
}

#[test]
fn y3_the_governor_replaces_recoverys_code_and_the_committee_goes_on() {
    let Repaired { governed, repair } = Repaired::new();
    adopt(&governed, &repair);
    let open = repair.submit(MEMBERS[0], &r::Operation::Start);
    let ready = repair.ready(&r::Operation::Snapshot);
    let (before, events) = (kept(&repair), chain::checked(&repair.recovery.caller(Who::Stranger)));
    let id = approved(&governed, &repair);

    // Who repairs the governor is a matter of the long delay.
    let proposal = governed.proposal(id).proposal;
    let waits = proposal.eta_ns.expect("an eta") - proposal.approved_at_ns.expect("approved");
    assert_eq!(waits, 2 * WAIT);
    let args = g::ProposalArgs { proposal: id };
    governed.governor.advance(WAIT);
    let early = governed.as_member(4).receipt("execute", &args).code("it waits still");
    assert_eq!(early, "governor.timelock.running");
    assert_eq!(kept(&repair), before, "nothing was touched until then");
    governed.governor.advance(WAIT);
    governed.as_member(4).receipt("execute", &args).value("its wait is over");
    assert_eq!(governed.finish(id), g::ProposalState::Completed);

    let g::Payload::UpgradeRelease(release) = governed.proposal(id).payload else {
        panic!("a release");
    };
    assert_eq!(repair.recovery.module_hash(), release.items[0].module.as_slice());
    assert_ne!(release.items[0].module, release.items[0].from_module);
    assert_eq!(kept(&repair), before);
    let after = chain::checked(&repair.recovery.caller(Who::Stranger));
    assert_eq!(after[..events.len()], events[..], "the journal goes on from where it was");

    // The word from before and one from after are a quorum, and what was ready is done.
    assert_eq!(repair.submit(MEMBERS[2], &r::Operation::Start), open);
    assert!(matches!(repair.request(open).state, r::RequestState::Ready { .. }));
    repair.recovery.advance(delays().delay_ns);
    let state = repair.ended(ready);
    assert!(matches!(state, r::RequestState::Completed { .. }), "{state:?}");
    let state = repair.ended(open);
    assert!(matches!(state, r::RequestState::Completed { .. }), "{state:?}");
    repair.assert_governor_runs();
}

#[test]
fn y4_new_code_of_the_governor_keeps_new_code_away_from_recovery() {
    let Repaired { governed, repair } = Repaired::new();
    adopt(&governed, &repair);
    let id = approved(&governed, &repair);
    let install = repair.stage(&governed.governor.subject().next(1));
    repair.done(&r::Operation::Install(install));
    let before = repair.recovery.module_hash();
    let args = g::ProposalArgs { proposal: id };
    assert_eq!(governed.state(id), g::ProposalState::Ready);
    let apart = || governed.as_member(4).receipt("execute", &args);
    assert_eq!(apart().code("too close"), "governor.recovery.apart");
    governed.governor.advance(23 * HOUR);
    assert_eq!(apart().code("too close"), "governor.recovery.apart");
    assert_eq!(repair.recovery.module_hash(), before);
    governed.governor.advance(HOUR + MINUTE);
    apart().value("a day is over");
    assert_eq!(governed.finish(id), g::ProposalState::Completed);
    assert_ne!(repair.recovery.module_hash(), before);

    // And the other way round: recovery waits before it replaces the governor again.
    let install = repair.stage(&governed.governor.subject().next(0));
    let request = repair.ready(&r::Operation::Install(install));
    repair.recovery.advance(delays().delay_ns + MINUTE);
    let args = r::RequestArgs { request };
    let code = repair.recovery.caller(MEMBERS[0]).receipt("execute_request", &args);
    assert_eq!(code.code("too close"), "recovery.request.apart");
}

#[test]
fn y3_recovery_is_never_taken_back_to_an_earlier_committee() {
    let Repaired { governed, repair } = Repaired::new();
    adopt(&governed, &repair);
    let snapshots = || -> g::SnapshotPage {
        let page = c::PageArgs { after: None, limit: 10 };
        governed.as_member(1).query("list_snapshots", &page).value("a page")
    };
    let take = |targets: Vec<_>| {
        let id = governed.propose(g::Payload::TakeFleetSnapshot { pinned: true, targets });
        governed.execute(id, &[1, 2, 3]);
        assert_eq!(governed.finish(id), g::ProposalState::Completed);
        snapshots().items.remove(0)
    };
    let back = |snapshot: &g::FleetSnapshot| {
        let payload = g::Payload::Rollback { snapshot: snapshot.id };
        governed.as_member(1).receipt("create_proposal", &creation(payload))
    };
    let alone = take(vec![repair.recovery.canister]);
    assert_eq!(back(&alone).code("it holds a committee"), "governor.payload.invalid");
    // One of everything leaves it out, and so leads back.
    let all = take(vec![]);
    assert_eq!(all.canisters.len(), governed.suite.worlds().len());
    assert!(all.canisters.iter().all(|one| one.target != repair.recovery.canister));
    let id = back(&all).value("the suite goes back without it").id;
    let args = g::ProposalArgs { proposal: id };
    let rendered: g::Rendering =
        governed.as_member(1).query("render_proposal", &args).value("words");
    let said = |label: &str| rendered.lines.iter().filter(|line| line.label == label).count();
    let canisters = all.canisters.len();
    let lines = (said("For proposal"), said("Canister"), said("Its code then (SHA-256)"));
    assert_eq!(lines, (1, canisters, canisters), "voters read what would run again");
}

#[test]
fn nobody_but_the_governor_replaces_recoverys_code_or_its_committee() {
    let Repaired { governed, repair } = Repaired::new();
    adopt(&governed, &repair);
    let before = repair.recovery.module_hash();
    for who in [Who::Controller.principal(), MEMBERS[0].principal(), repair.recovery.canister] {
        let network = repair.recovery.network();
        let module = repair.recovery.subject().next(1);
        let refused = network.upgrade_canister(repair.recovery.canister, module, vec![], Some(who));
        refused.expect_err("no controller");
    }
    assert_eq!(repair.recovery.module_hash(), before);
    let members = MEMBERS.map(Who::principal).to_vec();
    let args = r::Committee { members, quorum: 2 };
    for who in [Who::Governor, Who::Controller, MEMBERS[0]] {
        let code = repair.recovery.caller(who).receipt("set_committee", &args).code("not theirs");
        assert_eq!(code, "common.not_allowed");
    }
}
