//! Payloads that make no sense are refused, field by field.

use super::*;
use crate::records::{Item, MemberSpec, Shot};
use crate::rules::fixtures::{
    DAY, config, item, later, none_denied, own, person, placement, release, rules, seat, target,
    targets, world,
};

fn ask(payload: &Payload) -> Result<(), GovernorError> {
    let targets = targets();
    check(payload, &config(), &world(&targets), later(0))
}

fn upgrade(change: impl FnOnce(&mut Release)) -> Result<(), GovernorError> {
    let mut release = release();
    change(&mut release);
    ask(&Payload::UpgradeRelease(release))
}

fn wrong_with(field: &'static str, problem: &'static str) -> Result<(), GovernorError> {
    Err(InputFault::Payload { field, problem }.into())
}

#[test]
fn a_release_names_canisters_once_and_says_what_people_need() {
    assert_eq!(upgrade(|_| {}), Ok(()));
    let items = "items";
    assert_eq!(
        upgrade(|release| release.items.clear()),
        wrong_with(items, "are none, or more than sixteen")
    );
    assert_eq!(
        upgrade(|release| release.items.push(item(11))),
        wrong_with(items, "name a canister twice")
    );
    assert_eq!(
        upgrade(|release| release.items[0].from_module = release.items[0].module),
        wrong_with(items, "install what runs already")
    );
    assert_eq!(
        upgrade(|release| release.items[0].schema_to = 0),
        wrong_with(items, "lead to an older schema, or from none")
    );
    assert_eq!(
        upgrade(|release| release.items[0].arg = vec![0; 65_537]),
        wrong_with(items, "have an argument of more than 64 KiB")
    );
    for empty in [
        upgrade(|release| release.rollback_plan.clear()),
        upgrade(|release| release.window.clear()),
        upgrade(|release| release.communication.clear()),
        upgrade(|release| release.commit.clear()),
    ] {
        assert!(matches!(empty, Err(GovernorError::Kernel(_))), "{empty:?}");
    }
}

#[test]
fn v15_the_governor_is_never_its_own_target() {
    let item = Item { target: own(), ..item(11) };
    let refused = Err(AccessFault::SelfTarget.into());
    assert_eq!(upgrade(|release| release.items = vec![item]), refused);
    let placement = placement("governor");
    assert_eq!(ask(&Payload::AdoptCanister { target: own(), placement }), refused);
    let settings = CanisterSettings { compute_allocation: Some(1), ..CanisterSettings::default() };
    assert_eq!(ask(&Payload::ChangeCanisterSettings { target: own(), settings }), refused);
    let stranger = Payload::TakeFleetSnapshot { targets: vec![target(99)], pinned: false };
    assert_eq!(ask(&stranger), Err(Missing::Target { canister: target(99) }.into()));
}

#[test]
fn v6_a_release_is_made_for_what_runs() {
    let mut targets = targets();
    targets[0].1.module = Some([5; 32]);
    let payload = Payload::UpgradeRelease(release());
    let refused = check(&payload, &config(), &world(&targets), later(0));
    assert_eq!(refused, Err(StateFault::FromModule { canister: target(11) }.into()));
}

#[test]
fn a_denied_module_is_not_proposed() {
    let targets = targets();
    let denied = |hash: &Hash| *hash == [11; 32];
    let world = World { denied: &denied, ..world(&targets) };
    let refused = check(&Payload::UpgradeRelease(release()), &config(), &world, later(0));
    assert_eq!(refused, Err(StateFault::Denied { module: [11; 32] }.into()));
    assert!(!none_denied(&[11; 32]));
}

#[test]
fn v8_only_a_complete_snapshot_leads_back() {
    let targets = targets();
    let shot = Shot {
        target: target(11),
        snapshot: vec![1],
        module: [1; 32],
        bytes: 9,
        at: later(0),
        schema: 1,
    };
    let with = |state| {
        move |epoch: u64| {
            let snapshot = FleetSnapshot {
                proposal: 1,
                at: later(0),
                shots: vec![shot.clone()],
                pinned: false,
                state,
            };
            (epoch == 7).then_some(snapshot)
        }
    };
    let try_it = |payload: &Payload, snapshot: &dyn Fn(u64) -> Option<FleetSnapshot>| {
        let world = World { snapshot, ..world(&targets) };
        check(payload, &config(), &world, later(0))
    };
    let back = Payload::Rollback { epoch: 7 };
    let good = with.clone()(SnapshotState::Good);
    assert_eq!(try_it(&back, &good), Ok(()));
    let missing = Err(Missing::Snapshot { epoch: 8 }.into());
    assert_eq!(try_it(&Payload::Rollback { epoch: 8 }, &good), missing);
    let unfit = || Err(StateFault::SnapshotState { epoch: 7 }.into());
    let partial = with.clone()(SnapshotState::Partial);
    assert_eq!(try_it(&back, &partial), unfit());
    assert_eq!(try_it(&Payload::PruneSnapshot { epoch: 7 }, &partial), Ok(()));
    let pruned = with(SnapshotState::Pruned);
    assert_eq!(try_it(&Payload::PruneSnapshot { epoch: 7 }, &pruned), unfit());

    // Y3: what repairs the governor is not taken back by a vote about the suite.
    let mut config = config();
    let committee = vec![person(6), person(7), person(8)];
    config.recovery = Some(crate::records::Recovery { canister: target(11), committee, quorum: 2 });
    let world = World { snapshot: &good, ..world(&targets) };
    let problem = "holds recovery, which is never taken back";
    assert_eq!(check(&back, &config, &world, later(0)), wrong_with("snapshot", problem));
    let prune = Payload::PruneSnapshot { epoch: 7 };
    assert_eq!(check(&prune, &config, &world, later(0)), Ok(()));
}

#[test]
fn calls_are_those_their_kind_names_or_the_list_has() {
    let call = |kind, n, method: &str| {
        let call = Call { target: target(n), method: method.to_owned(), arg: vec![] };
        Payload::Call { kind, call }
    };
    assert_eq!(ask(&call(CallKind::ArmGuardianSeat, 12, "arm_seat")), Ok(()));
    let not_it = || wrong_with("call", "is not the method its kind names");
    assert_eq!(ask(&call(CallKind::ArmGuardianSeat, 11, "arm_seat")), not_it());
    assert_eq!(ask(&call(CallKind::ArmGuardianSeat, 12, "propose_policy")), not_it());
    let free = call(CallKind::CallRegisteredMethod, 11, "define_risk_profile");
    let method = "define_risk_profile".to_owned();
    assert_eq!(ask(&free), Err(AccessFault::Unregistered { method: method.clone() }.into()));
    let mut listed = config();
    listed.methods = vec![Method { target: "registry".to_owned(), method }];
    let targets = targets();
    assert_eq!(check(&free, &listed, &world(&targets), later(0)), Ok(()));
}

#[test]
fn the_list_of_methods_is_no_way_around_a_release() {
    for method in ["resume", "prepare_upgrade", "import_state", "resolve_quarantine"] {
        let listed = Method { target: "registry".to_owned(), method: method.to_owned() };
        let methods = Some(vec![listed]);
        let payload = Payload::ChangeConfig { rules: rules(), methods, escalation: None };
        let problem = "name one that only a release or a proposal calls";
        assert_eq!(ask(&payload), wrong_with("methods", problem));
    }
}

#[test]
fn settings_keep_a_canister_alive() {
    let with = |settings| ask(&Payload::ChangeCanisterSettings { target: target(11), settings });
    let none = CanisterSettings::default();
    assert_eq!(with(none.clone()), wrong_with("settings", "change nothing"));
    let days = |days: u64| CanisterSettings {
        freezing_threshold_s: Some(days * 86_400),
        ..CanisterSettings::default()
    };
    assert!(with(days(29)).is_err());
    assert_eq!(with(days(30)), Ok(()));
    let percent = CanisterSettings { compute_allocation: Some(101), ..none };
    assert!(with(percent).is_err());
}

#[test]
fn v16_adopted_once_and_given_to_somebody() {
    let adopt = |n, name: &str| {
        ask(&Payload::AdoptCanister { target: target(n), placement: placement(name) })
    };
    assert_eq!(adopt(13, "execution"), Ok(()));
    assert_eq!(adopt(11, "execution"), Err(StateFault::Adopted { canister: target(11) }.into()));
    assert_eq!(adopt(13, "registry"), Err(StateFault::Adopted { canister: target(13) }.into()));
    let give = |n, to| ask(&Payload::ReleaseControl { target: target(n), to });
    assert_eq!(give(11, person(1)), Ok(()));
    assert_eq!(give(11, own()), wrong_with("to", "is the governor itself"));
    assert_eq!(give(11, target(11)), wrong_with("to", "is the canister itself"));
    assert_eq!(give(11, target(12)), Ok(()), "another canister may control it");
    assert!(give(11, Principal::anonymous()).is_err());
    assert_eq!(give(13, person(1)), Err(Missing::Target { canister: target(13) }.into()));
}

#[test]
fn v12_members_and_committee_stay_apart() {
    let mut config = config();
    let committee = vec![person(6), person(7), person(8)];
    config.recovery = Some(crate::records::Recovery { canister: target(14), committee, quorum: 2 });
    let targets = targets();
    let change = |people: &[u8]| {
        let members: Vec<MemberSpec> = people.iter().map(|n| seat(*n)).collect();
        let payload = Payload::ChangeMembers { members, threshold: 3 };
        check(&payload, &config, &world(&targets), later(DAY)).is_ok()
    };
    assert!(change(&[1, 2, 3, 6]));
    assert!(!change(&[1, 2, 6, 7]), "two of the committee are its quorum");
}

#[test]
fn lists_that_only_grow_are_bounded() {
    let targets = targets();
    let ask = |payload: &Payload, snapshots, denied, known: &dyn Fn(&Hash) -> bool| {
        let kept = Kept { snapshots, denied };
        let world = World { kept, denied: known, ..world(&targets) };
        check(payload, &config(), &world, later(0))
    };
    let full = |what, max| Err(Fault::Full { what, max }.into());
    let two = [1, 2].map(|n| Denied { module: [n; 32] }).to_vec();
    let deny = Payload::DenyModules { hashes: two };
    assert_eq!(ask(&deny, 0, 9_998, &none_denied), Ok(()));
    assert_eq!(
        ask(&deny, 0, 9_999, &none_denied),
        full("the list of denied modules", limits::MAX_DENIED)
    );
    let first = |hash: &Hash| *hash == [1; 32];
    assert_eq!(ask(&deny, 0, 9_999, &first), Ok(()), "one of them is on the list");
    let take = Payload::TakeFleetSnapshot { targets: vec![], pinned: false };
    for payload in [take, Payload::UpgradeRelease(release())] {
        assert_eq!(ask(&payload, 9_999, 0, &none_denied), Ok(()));
        assert_eq!(
            ask(&payload, 10_000, 0, &none_denied),
            full("the list of fleet snapshots", limits::MAX_FLEET_SNAPSHOTS)
        );
    }
}
