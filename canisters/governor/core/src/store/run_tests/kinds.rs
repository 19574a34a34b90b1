//! Proposals that are no release.

use super::world::{CREW, Fate, Play, new, old, recovery, release};
use crate::errors::{GovernorError, StateFault};
use crate::records::payload::{Call, CallKind};
use crate::records::run::RunKind;
use crate::records::{CanisterSettings, Method, Payload, SnapshotState};
use crate::rules::fixtures::{own, person, placement, target};
use crate::rules::run::ask::Life;
use crate::store::{Ask, Ticket};
use crate::types::ProposalState;

fn done(what: Payload, prepare: impl FnOnce(&mut Play)) -> (Play, u64) {
    let mut play = Play::new();
    prepare(&mut play);
    let id = play.propose(what, ProposalState::Ready);
    play.execute(id).expect("it is ready");
    play.finish(id);
    play.sound();
    (play, id)
}

fn settings() -> Payload {
    let settings =
        CanisterSettings { freezing_threshold_s: Some(90 * 86_400), ..CanisterSettings::default() };
    Payload::ChangeCanisterSettings { target: target(12), settings }
}

fn call() -> Payload {
    let call =
        Call { target: target(12), method: "arm_seat".to_owned(), arg: b"DIDL\0\0".to_vec() };
    Payload::Call { kind: CallKind::ArmGuardianSeat, call }
}

fn take(pinned: bool) -> Payload {
    Payload::TakeFleetSnapshot { targets: vec![], pinned }
}

#[test]
fn n1_a_fleet_snapshot_is_of_one_moment_and_everything_works_on() {
    let (play, id) = done(take(true), |_| {});
    assert_eq!(play.state(id), ProposalState::Completed);
    let epoch = play.store.totals().newest_epoch - 1;
    let snapshot = play.store.snapshot(epoch).expect("it was taken");
    assert_eq!((snapshot.state, snapshot.pinned), (SnapshotState::Complete, true));
    assert_eq!(snapshot.shots.len(), 3);
    assert!(play.is_as_before());
    let of = |needle: &str| {
        let calls = play.fleet.called.iter().enumerate();
        calls.filter(|(_, call)| call.contains(needle)).map(|(at, _)| at).collect::<Vec<_>>()
    };
    assert!(of(" Stop").last() < of("TakeSnapshot").first(), "all stand still before the first");
    assert!(of("TakeSnapshot").last() < of(" Start").first());
    assert!(play.store.totals().newest_snapshot.is_some());
}

#[test]
fn n1_a_whole_fleet_goes_back_across_releases_and_reconciles() {
    let (mut play, _) = done(take(false), |_| {});
    let epoch = play.store.totals().newest_epoch - 1;
    let next = play.propose(release(), ProposalState::Ready);
    play.execute(next).expect("it is ready");
    play.finish(next);
    assert_eq!(play.modules(), CREW.map(new));
    let back = play.propose(Payload::Rollback { epoch }, ProposalState::Ready);
    play.execute(back).expect("it is ready");
    play.finish(back);
    assert_eq!(play.state(back), ProposalState::Completed);
    assert!(play.is_as_before());
    assert_eq!(CREW.map(|n| play.fleet.at(target(n)).reconciled), [1, 1, 1]);
    assert_eq!(play.store.target(&target(11)).and_then(|row| row.module), Some(old(11)));
    play.sound();
}

#[test]
fn v8_a_restore_that_fails_calls_people_and_one_that_cannot_begin_changes_nothing() {
    let (mut play, _) = done(take(false), |_| {});
    let epoch = play.store.totals().newest_epoch - 1;
    let back = play.propose(Payload::Rollback { epoch }, ProposalState::Ready);
    play.execute(back).expect("it is ready");
    let unlucky = |_: u32, ticket: &Ticket| {
        let second = ticket.peer == target(11);
        let loads = matches!(ticket.ask, Ask::LoadSnapshot { .. });
        if loads && second { Fate::Refused } else { Fate::Fine }
    };
    play.run(RunKind::Execution, back, &unlucky, &|_| false);
    assert_eq!(play.state(back), ProposalState::RollbackFailed);
    assert!(play.all_run(), "V9");
    assert_eq!(play.store.totals().open_incidents, 1);
    let hung = play.propose(Payload::Rollback { epoch }, ProposalState::Ready);
    play.fleet.at_mut(target(12)).hangs = true;
    play.execute(hung).expect("it is ready");
    play.finish(hung);
    assert_eq!(play.state(hung), ProposalState::RolledBack);
    assert!(play.all_run(), "V9");
    play.sound();
}

#[test]
fn v14_the_last_good_snapshot_is_not_pruned() {
    let mut play = Play::new();
    play.keep_good(1, &[11, 12], false);
    play.keep_good(2, &[11], false);
    let prune = |play: &mut Play, epoch| {
        let id = play.propose(Payload::PruneSnapshot { epoch }, ProposalState::Ready);
        let begun = play.execute(id);
        play.finish(id);
        (begun.map(drop), play.state(id))
    };
    let last = GovernorError::from(StateFault::SnapshotPinned { epoch: 1 });
    assert_eq!(prune(&mut play, 1), (Err(last), ProposalState::Ready), "the only one of 12");
    assert_eq!(prune(&mut play, 2), (Ok(()), ProposalState::Completed));
    assert_eq!(play.store.snapshot(2).map(|one| one.state), Some(SnapshotState::Pruned));
    assert_eq!(play.fleet.at(target(11)).snapshots.len(), 1);
    play.sound();
}

#[test]
fn settings_are_looked_at_after_they_were_changed() {
    let (play, id) = done(settings(), |_| {});
    assert_eq!(play.state(id), ProposalState::Completed);
    let found = &play.fleet.at(target(12)).settings;
    assert_eq!(found.freezing_threshold_s, Some(90 * 86_400));
    let mut play = Play::new();
    let id = play.propose(settings(), ProposalState::Ready);
    play.execute(id).expect("it is ready");
    let unlucky = |_: u32, ticket: &Ticket| match ticket.ask {
        Ask::SetSettings { .. } => Fate::Refused,
        _ => Fate::Fine,
    };
    play.run(RunKind::Execution, id, &unlucky, &|_| false);
    assert_eq!(play.state(id), ProposalState::RolledBack);
    assert_eq!(play.reason(id), "risk_guard: bad luck");
}

#[test]
fn a_call_is_made_once_and_an_unknown_outcome_is_shown() {
    for (fate, state, calls) in [
        (Fate::Fine, ProposalState::Completed, 1),
        (Fate::Refused, ProposalState::RolledBack, 1),
        (Fate::DoneUnsaid, ProposalState::RollbackFailed, 1),
        (Fate::UndoneUnsaid, ProposalState::RollbackFailed, 1),
        (Fate::Late, ProposalState::RollbackFailed, 1),
        (Fate::Silent, ProposalState::RollbackFailed, 1),
        (Fate::Upgraded, ProposalState::Completed, 1),
        // Nothing happened, they say: it is tried as often as a step is.
        (Fate::Busy, ProposalState::RolledBack, 5),
    ] {
        let mut play = Play::new();
        let id = play.propose(call(), ProposalState::Ready);
        play.execute(id).expect("it is ready");
        play.run(RunKind::Execution, id, &|_, _| fate, &|_| false);
        assert_eq!((play.state(id), play.calls), (state, calls), "{fate:?}");
        let unknown = state == ProposalState::RollbackFailed;
        assert_eq!(play.store.totals().open_incidents, u64::from(unknown), "{fate:?}");
        assert_eq!(play.reason(id).contains("outcome is unknown"), unknown, "{fate:?}");
        play.sound();
    }
}

#[test]
fn a_registered_method_and_a_batch_of_assets_are_called() {
    let method = Method { target: "registry".to_owned(), method: "set_fee".to_owned() };
    let call = Call { target: target(11), method: "set_fee".to_owned(), arg: vec![] };
    let (play, id) = done(Payload::Call { kind: CallKind::CallRegisteredMethod, call }, |play| {
        let mut config = play.store.config().clone();
        config.methods = vec![method];
        play.store.set_config(config);
    });
    assert_eq!(play.state(id), ProposalState::Completed);
    let assets = Payload::AssetRelease { target: target(13), batch: 4, evidence: [8; 32] };
    let (play, id) = done(assets.clone(), |_| {});
    assert_eq!(play.state(id), ProposalState::Completed);
    assert!(play.fleet.called[0].contains("CommitBatch { batch: 4"));
    // Committed, and nobody said so: the second time there is no such batch.
    let mut play = Play::new();
    let id = play.propose(assets, ProposalState::Ready);
    play.execute(id).expect("it is ready");
    let unlucky = |call: u32, _: &Ticket| [Fate::DoneUnsaid, Fate::Refused][usize::from(call > 1)];
    play.run(RunKind::Execution, id, &unlucky, &|_| false);
    assert_eq!(play.state(id), ProposalState::RollbackFailed);
    assert_eq!(play.store.totals().open_incidents, 1);
}

#[test]
fn v12_the_committee_recovery_confirmed_is_the_one_that_is_known() {
    let members = [24, 25, 26].map(person).to_vec();
    let what = Payload::ChangeRecoveryCommittee { members: members.clone(), quorum: 2 };
    let mut play = Play::new();
    let id = play.propose(what, ProposalState::Ready);
    play.execute(id).expect("it is ready");
    let unlucky = |call: u32, _: &Ticket| [Fate::Fine, Fate::DoneUnsaid][usize::from(call == 1)];
    play.run(RunKind::Execution, id, &unlucky, &|_| false);
    assert_eq!(play.state(id), ProposalState::Completed);
    let known = play.store.config().recovery.clone().expect("a committee");
    assert_eq!((known.canister, known.committee), (recovery(), members));
    assert!(play.fleet.called.iter().all(|call| call.contains("SetCommittee")));
    play.sound();
}

fn adopting() -> Payload {
    Payload::AdoptCanister { target: target(20), placement: placement("oracle") }
}

fn stranger(play: &mut Play, controllers: Vec<crate::types::Principal>) {
    let mut canister = super::fleet::canister(own(), Some(old(11)), 9_000_000_000_000);
    canister.controllers = controllers;
    play.fleet.canisters.insert(target(20), canister);
}

#[test]
fn v16_adopting_takes_the_others_away_only_when_the_governor_is_there() {
    let (play, id) = done(adopting(), |play| stranger(play, vec![person(1), own()]));
    assert_eq!(play.state(id), ProposalState::Completed);
    assert_eq!(play.fleet.at(target(20)).controllers, [own()]);
    let row = play.store.target(&target(20)).expect("a target");
    assert_eq!((row.placement.name.as_str(), row.module), ("oracle", Some(old(11))));
    let (play, id) = done(adopting(), |play| stranger(play, vec![person(1)]));
    assert_eq!(play.state(id), ProposalState::RolledBack);
    assert_eq!(play.fleet.at(target(20)).controllers, [person(1)]);
    assert!(play.store.target(&target(20)).is_none());
}

#[test]
fn v16_giving_away_sees_the_new_controller_before_the_governor_goes() {
    let what = Payload::ReleaseControl { target: target(13), to: person(70) };
    for at in 0..=6 {
        for fate in Fate::BAD {
            let mut play = Play::new();
            let id = play.propose(what.clone(), ProposalState::Ready);
            play.execute(id).expect("it is ready");
            let unlucky = |call: u32, _: &Ticket| if call == at { fate } else { Fate::Fine };
            play.run(RunKind::Execution, id, &unlucky, &|_| false);
            let found = play.fleet.at(target(13)).controllers.clone();
            let is_target = play.store.target(&target(13)).is_some();
            match play.state(id) {
                ProposalState::Completed => {
                    assert_eq!((found, is_target), (vec![person(70)], false));
                }
                ProposalState::RolledBack => assert_eq!((found, is_target), (vec![own()], true)),
                ProposalState::RollbackFailed => {
                    assert_eq!((found, is_target), (vec![own(), person(70)], true));
                    assert_eq!(play.store.totals().open_incidents, 1);
                }
                other => panic!("{fate:?} at {at}: {other:?}"),
            }
            if fate != Fate::Refused {
                assert_eq!(play.state(id), ProposalState::Completed, "{fate:?} at {at}");
            }
            play.sound();
        }
    }
}

#[test]
fn what_changes_the_governor_alone_needs_no_run() {
    let denied = crate::records::Denied { module: [77; 32] };
    let (play, id) = done(Payload::DenyModules { hashes: vec![denied] }, |_| {});
    assert_eq!((play.state(id), play.calls), (ProposalState::Completed, 0));
    assert!(CREW.iter().all(|n| play.fleet.at(target(*n)).life == Life::Running));
}
