//! Upgrades to the same schema, drains and restores: nothing is lost and nothing goes on that must
//! not.

use granary_api::common::{DrainState, Mode};
use granary_errors::{Category, common};
use granary_tests::{
    chain,
    clock::{HOUR, MINUTE},
    digest, fixtures,
    people::Who,
    reply::Expect,
    subject::CommonUpgrade,
    world::World,
};

use super::beat::assert_beats;

/// Fails unless the state, the journal and the jobs of a filled canister survive.
#[track_caller]
pub(super) fn assert_survives(world: &World) {
    upgrades_keep_everything(world);
    snapshots_bring_it_back(world);
    drains_end_as_they_began(world);
    modes_come_with_an_upgrade(world);
    fixtures::assert_valid(world);
}

fn upgrades_keep_everything(world: &World) {
    let reader = world.caller(Who::Auditor);
    let events = chain::checked(&reader);
    let version = reader.get_version().value("version");
    for number in 0..3 {
        let module = world.subject().next(number);
        let before = digest::state(world);
        world.upgrade_to(module, None).expect("the upgrade");
        assert_eq!(digest::state(world), before, "upgrade {number}");
        // What is due meanwhile may change the state; the next upgrade may not.
        world.advance(MINUTE);
    }
    let after = reader.get_version().value("version");
    assert_eq!(after.installed_at_ns, version.installed_at_ns, "installed once");
    assert_eq!(after.upgrade_count, version.upgrade_count + 3);
    let history = reader.get_upgrade_history().value("history");
    let journal = chain::checked(&reader);
    assert_eq!(journal[..events.len()], events[..], "the journal goes on");
    for record in history.iter().rev().take(3) {
        assert_eq!((record.schema_from, record.schema_to), (version.schema, version.schema));
        assert!(record.records > 0, "what was found is counted");
        // The head that each release found is the journal's own.
        let last = usize::try_from(record.events).unwrap() - 1;
        assert_eq!(journal[last].hash, record.log_head, "upgrade {}", record.number);
    }
    assert_beats(world, "after three upgrades");
}

fn snapshots_bring_it_back(world: &World) {
    let governor = world.caller(Who::Governor);
    let before = digest::state(world);
    let snapshot = world.snapshot();
    governor.set_mode(Mode::ReadOnly, "after the snapshot").value("a change");
    assert_ne!(digest::state(world), before, "the mode is a part of the state");
    world.restore(&snapshot);
    assert_eq!(digest::state(world), before);
    let epoch = governor.get_drain_status().value("drain").epoch + 1;
    governor.resume(epoch, true).value("resume after a restore");
    let last = chain::checked(&governor).pop().expect("an event");
    assert_eq!(last.kind, "SnapshotRestored");
    assert_beats(world, "after the restore");
}

fn drains_end_as_they_began(world: &World) {
    let governor = world.caller(Who::Governor);
    let epoch = governor.get_drain_status().value("drain").epoch + 1;
    let deadline = world.now_ns() + HOUR;
    let stranger = world.caller(Who::Stranger).prepare_upgrade(epoch, deadline);
    stranger.refused(Category::Unauthorized, "a stranger");
    governor.prepare_upgrade(epoch, deadline).value("drain");
    let status = governor.get_drain_status().value("status");
    assert_eq!((status.state, status.epoch), (DrainState::Drained, epoch), "{status:?}");
    assert_eq!((status.jobs_running, status.calls_outstanding), (0, 0));
    world.upgrade();
    let status = governor.get_drain_status().value("status");
    assert_eq!((status.state, status.epoch), (DrainState::Drained, epoch), "it survives");
    let code = governor.resume(epoch + 1, false).code("another epoch");
    assert_eq!(code, common::EPOCH_STALE.as_str());
    governor.resume(epoch, false).value("resume");
    let state = governor.get_drain_status().value("status").state;
    assert_eq!(state, DrainState::Running);
    let code = governor.resume(epoch, false).code("twice");
    assert_eq!(code, common::LIFECYCLE_NOT_DRAINING.as_str());
    let code = governor.prepare_upgrade(epoch, world.now_ns() + HOUR).code("an old epoch");
    assert_eq!(code, common::EPOCH_STALE.as_str());
}

fn modes_come_with_an_upgrade(world: &World) {
    let args = CommonUpgrade { mode: Some(Mode::ReadOnly), ..CommonUpgrade::default() };
    world.upgrade_common(world.subject().next(1), args).expect("the upgrade");
    let governor = world.caller(Who::Governor);
    assert_eq!(governor.health_check().value("health").mode, Mode::ReadOnly);
    governor.set_mode(Mode::Full, "back").value("the governor can loosen it");
    assert_eq!(governor.health_check().value("health").mode, Mode::Full);
}
