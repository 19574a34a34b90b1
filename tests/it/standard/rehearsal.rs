//! A copy on which an upgrade is tried: it has the state, migrates and answers, and does nothing
//! else until a plain upgrade makes a canister of it.

use granary_api::common::{
    DependencyReport, GetStateDigestArgs, HealthStatus, Mode, StateDigest, Version,
};
use granary_errors::common;
use granary_tests::{
    clock::{HOUR, MINUTE},
    fixtures,
    people::Who,
    reply::Expect,
    subject::CommonUpgrade,
    world::World,
};

use super::beat::assert_beats;

/// Bytes after which a call ends that must stay small.
const SMALL: u32 = 2_048;

/// The digest of the whole state, and how many calls it took.
#[track_caller]
pub(crate) fn digest(world: &World, who: Who, max_bytes: u32) -> (StateDigest, u32) {
    let caller = world.caller(who);
    let mut cursor = None;
    let mut calls = 0;
    loop {
        let args = GetStateDigestArgs { cursor, max_bytes };
        let done = caller.get_state_digest(&args).value("a piece of the digest");
        calls += 1;
        if done.next.is_none() {
            return (done, calls);
        }
        cursor = done.next;
    }
}

/// The digest in one number.
#[track_caller]
pub(crate) fn whole(world: &World) -> StateDigest {
    digest(world, Who::Backup, u32::MAX).0
}

/// A copy of the canister on which an upgrade to this module is tried, started.
#[track_caller]
pub(crate) fn rehearse(world: &World, module: Vec<u8>) -> World {
    let snapshot = world.snapshot();
    let copy = world.copy(&snapshot);
    world.forget(&snapshot);
    let args = CommonUpgrade { rehearsal: Some(true), ..CommonUpgrade::default() };
    copy.upgrade_common(module, args).expect("the upgrade of the copy");
    copy.start();
    copy.settle();
    copy
}

/// What every message that runs in a canister counts up.
pub(crate) fn messages(world: &World) -> u64 {
    version(world).canister_version
}

fn version(world: &World) -> Version {
    world.caller(Who::Stranger).get_version().value("version")
}

/// Fails unless an upgrade of a filled canister can be tried on a copy, which leaves both alone.
#[track_caller]
pub(super) fn assert_rehearses(world: &World) {
    let governor = world.caller(Who::Governor);
    let epoch = governor.get_drain_status().value("drain").epoch + 1;
    governor.prepare_upgrade(epoch, world.now_ns() + HOUR).value("drained");
    let before = whole(world);
    the_digest_is_one(world, &before);
    let copy = rehearse(world, world.subject().next(1));
    the_copy_is_the_canister(world, &copy, &before);
    the_copy_does_nothing(&copy);
    the_copy_takes_nothing(&copy);
    assert_eq!(whole(&copy), before, "after all that");
    // What it takes: the drain. The newest epoch is a part of the state.
    let governor = copy.caller(Who::Governor);
    governor.resume(epoch, false).value("the drain came with the state");
    governor.prepare_upgrade(epoch + 1, copy.now_ns() + HOUR).value("a newer one");
    governor.resume(epoch + 1, false).value("and its end");
    copy.upgrade();
    assert_eq!(version(&copy).rehearsal, None, "the next upgrade ends it");
    assert_beats(&copy, "after the rehearsal");
    governor.set_mode(Mode::ReadOnly, "it works").value("it takes work again");
    let mode = world.caller(Who::Stranger).health_check().value("health").mode;
    assert_eq!((mode, version(world).rehearsal), (Mode::Full, None), "it was a copy");
    world.caller(Who::Governor).resume(epoch, false).value("work goes on");
}

/// The same for everybody who may ask, in pieces of any size, and before and after an upgrade.
#[track_caller]
fn the_digest_is_one(world: &World, before: &StateDigest) {
    assert!(before.records > 0 && before.digest.len() == 32, "{before:?}");
    for who in [Who::Auditor, Who::Governor, Who::Backup] {
        let (digest, calls) = digest(world, who, SMALL);
        assert_eq!(digest, *before, "{who:?}");
        assert!(calls > 1, "{calls} calls");
    }
    world.upgrade();
    assert_eq!(whole(world), *before, "after an upgrade");
}

#[track_caller]
fn the_copy_is_the_canister(world: &World, copy: &World, before: &StateDigest) {
    assert_ne!(copy.canister, world.canister);
    assert_eq!((whole(copy), whole(world)), (before.clone(), before.clone()));
    fixtures::assert_valid(copy);
    assert_eq!((version(copy).rehearsal, version(world).rehearsal), (Some(true), None));
    // A place in the one is no place in the other.
    let first = GetStateDigestArgs { cursor: None, max_bytes: SMALL };
    let cursor = world.caller(Who::Backup).get_state_digest(&first).value("a piece").next;
    let stray = GetStateDigestArgs { cursor, max_bytes: SMALL };
    let code = copy.caller(Who::Backup).get_state_digest(&stray).code("another one's cursor");
    assert_eq!(code, common::PAGE_CURSOR.as_str());
}

/// No alarm rings, whatever was due and however long it waits.
#[track_caller]
fn the_copy_does_nothing(copy: &World) {
    let look = || {
        let operator = copy.caller(Who::Operator);
        let health = operator.get_system_health().value("system health");
        (messages(copy), health.last_check_ns, operator.get_jobs_status().value("jobs"))
    };
    let before = look();
    copy.advance(HOUR);
    copy.advance(MINUTE);
    assert_eq!(look(), before, "no message ran");
    let health = copy.caller(Who::Stranger).health_check().value("health");
    assert!(
        health.reasons.iter().any(|reason| reason.starts_with("rehearsal: ")),
        "{:?}",
        health.reasons
    );
    let quiet = ["jobs: ", "dependencies: "];
    let noise = |reason: &&String| quiet.iter().any(|name| reason.starts_with(name));
    assert_eq!(health.reasons.iter().find(noise), None, "it misses nothing");
    assert_ne!(health.status, HealthStatus::Healthy);
}

/// Verbs are refused under one code; waking it goes on with a migration, of which there is none.
#[track_caller]
fn the_copy_takes_nothing(copy: &World) {
    let governor = copy.caller(Who::Governor);
    let refused = common::LIFECYCLE_REHEARSING.as_str();
    assert_eq!(governor.set_mode(Mode::Full, "why").code("a verb"), refused);
    let asked = governor.update_plain::<DependencyReport>("check_dependencies");
    assert_eq!(asked.code("a call to others"), refused);
    let receipt = copy.caller(Who::Stranger).resume_jobs().value("wake it");
    assert_eq!(receipt.id, 0, "no more of a migration");
    let status = copy.caller(Who::Stranger).get_migration_status().value("migration");
    assert_eq!((status.schema, status.phase.as_str()), (status.target, ""));
    let before = messages(copy);
    copy.advance(HOUR);
    assert_eq!(messages(copy), before, "waking it armed nothing");
}
