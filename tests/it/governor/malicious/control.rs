//! Control: over the governor itself, and over a canister that nobody would control any more.

use candid::Principal;
use granary_api::governor as g;
use granary_tests::{
    fixtures,
    governed::Governed,
    people::{Who, person},
    reply::Expect,
    subject::{EXECUTION, GOVERNOR},
    world::World,
};
use serde_bytes::ByteBuf;

use super::refused;
use crate::{access::governor::creation, localnet, world_of};

fn placement(name: &str) -> g::Placement {
    g::Placement { name: name.to_owned(), phase: 3, order: 1, dependencies: vec![] }
}

#[test]
fn v15_no_proposal_has_the_governor_itself_as_its_target() {
    let world = world_of(&GOVERNOR);
    let target = world.canister;
    let item = g::ReleaseItem {
        target,
        module: fixtures::hash("mine"),
        from_module: fixtures::hash("theirs"),
        arg: ByteBuf::new(),
        memory: g::MemoryPersistence::Unset,
        schema_from: 1,
        schema_to: 1,
        may_break_callers: false,
    };
    let text = |text: &str| text.to_owned();
    let release = g::Release {
        version: text("9.9.9"),
        items: vec![item],
        repository: text("https://example.org/mine"),
        commit: text("0123abcd"),
        sbom: None,
        window: text("now"),
        rollback_plan: text("none"),
        communication: text("none"),
    };
    let settings = g::CanisterSettings { compute_allocation: Some(1), ..Default::default() };
    let call =
        g::RegisteredCall { target, method: text("define_risk_profile"), arg: ByteBuf::new() };
    for payload in [
        g::Payload::UpgradeRelease(release),
        g::Payload::ChangeCanisterSettings { target, settings },
        g::Payload::AdoptCanister { target, placement: placement("registry two") },
        g::Payload::ReleaseControl { target, to: person("me") },
        g::Payload::AssetRelease { target, evidence: fixtures::hash("assets"), batch: 1 },
        g::Payload::CallRegisteredMethod(call),
        g::Payload::TakeFleetSnapshot { pinned: false, targets: vec![target] },
    ] {
        let kind = format!("{payload:?}");
        assert_eq!(refused(&world, payload), "governor.target.self", "{kind}");
    }
}

#[test]
fn v16_the_last_controller_is_never_removed() {
    let governed = Governed::new(localnet());
    let governor = governed.governor.canister;
    let registry = &governed.suite.registry;
    let (target, network) = (registry.canister, registry.network());
    let controller = Some(Who::Controller.principal());
    network.set_controllers(target, controller, vec![governor]).expect("its controller");
    let give = |to| creation(g::Payload::ReleaseControl { target, to });
    for (to, code) in [
        (Principal::anonymous(), "common.person.invalid"),
        (Principal::management_canister(), "common.person.invalid"),
        (governor, "governor.payload.invalid"),
        (target, "governor.payload.invalid"),
    ] {
        let answer = governed.as_member(1).receipt("create_proposal", &give(to));
        assert_eq!(answer.code("nobody would control it"), code, "{to}");
    }
    let heir = person("an heir");
    let id = governed.propose(g::Payload::ReleaseControl { target, to: heir });
    governed.execute(id, &[1, 2, 3]);
    governed.until("it is given away", || {
        assert_ne!(network.get_controllers(target), [], "at every moment somebody controls it");
        governed.state(id) == g::ProposalState::Completed
    });
    assert_eq!(network.get_controllers(target), [heir]);
}

#[test]
fn v16_a_canister_the_governor_does_not_control_keeps_its_controllers() {
    let governed = Governed::new(localnet());
    let other = World::on(governed.suite.registry.shared(), &EXECUTION);
    let target = other.canister;
    let payload = g::Payload::AdoptCanister { target, placement: placement("execution") };
    let id = governed.propose(payload);
    governed.execute(id, &[1, 2, 3]);
    let end = governed.finish(id);
    assert_eq!(end, g::ProposalState::RolledBack, "{:?}", governed.proposal(id).proposal.reason);
    assert_eq!(other.network().get_controllers(target), [Who::Controller.principal()]);
    let known: Vec<g::Target> = governed.as_member(1).plain("list_targets").value("targets");
    assert!(known.iter().all(|one| one.canister != target));
}
