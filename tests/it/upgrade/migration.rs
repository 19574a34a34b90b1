//! A release with another schema: its chunked migration is interrupted by everything there is.
//!
//! The release is this code built with the feature `rehearsal`, whose schema goes through every
//! application, a hundred in each message.

use granary_api::{
    common::{HealthStatus, MigrationStatus},
    micro_grants::{ApplicationState, ListApplicationsArgs},
};
use granary_build::BuildOptions;
use granary_tests::{
    chain,
    clock::SECOND,
    digest::{self, StateDigest},
    fixtures::{self, DOLLAR},
    people::{Who, applicant},
    reply::Expect,
    world::{World, encode, marked, wasm},
};

use crate::world;

/// Applications: several pieces of the migration.
pub(super) const APPLICATIONS: usize = 450;
/// Applications one piece goes through.
pub(super) const PIECE: u64 = 100;

/// The release with the next schema; two in a row have two hashes.
pub(super) fn rehearsal(number: usize) -> Vec<u8> {
    let options = BuildOptions { version: None, features: vec!["rehearsal".to_owned()] };
    let built = granary_build::canister_with("micro_grants", &options)
        .unwrap_or_else(|error| panic!("{error}"));
    marked(&built, number)
}

pub(super) fn filled() -> (World, u64) {
    let world = world();
    let program = fixtures::open_program(&world);
    let bytes = encode(&fixtures::submission(program, fixtures::content(DOLLAR)));
    let sent: Vec<_> = (0..APPLICATIONS)
        .map(|number| {
            let sender = applicant(number % 40);
            let network = world.network();
            network
                .submit_call(world.canister, sender, "submit_application", bytes.clone())
                .expect("a running canister takes calls")
        })
        .collect();
    for id in sent {
        world.network().await_call(id).expect("submitted");
    }
    (world, program)
}

pub(super) fn status(world: &World) -> MigrationStatus {
    world.by(Who::Auditor).get_migration_status().value("migration status")
}

fn schema_health(world: &World) -> HealthStatus {
    let health = world.by(Who::Operator).get_system_health().value("system health");
    health.components.into_iter().find(|one| one.name == "schema").expect("watched").status
}

/// The records without the schema that pages are marked with.
fn records(world: &World) -> StateDigest {
    digest::state(world)
}

#[test]
fn a_migration_is_interrupted_by_everything_and_completes() {
    let (world, program) = filled();
    let before = records(&world);
    let schema = status(&world).schema;
    assert_eq!(status(&world).target, schema, "nothing to migrate");

    world.upgrade_to(rehearsal(0), None).expect("the upgrade");
    let begun = status(&world);
    assert_eq!((begun.schema, begun.target), (schema, schema + 1), "the number changes last");
    assert!(!begun.phase.is_empty());
    assert_eq!((begun.done, begun.total), (0, APPLICATIONS as u64));
    assert_eq!(schema_health(&world), HealthStatus::Degraded);

    // A piece, and then another upgrade in the middle.
    world.advance(SECOND);
    let first = status(&world);
    assert!(first.done >= PIECE && first.done < first.total, "in the middle: {first:?}");
    world.upgrade_to(rehearsal(1), None).expect("an upgrade in the middle");
    assert!(status(&world).done >= first.done, "it goes on from its place");
    assert_eq!(status(&world).schema, schema);

    // Work goes on meanwhile.
    let added = fixtures::submit(&world, program, fixtures::content(2 * DOLLAR));
    world.by(Who::Applicant).withdraw_application(added).value("withdraw");
    let list = ListApplicationsArgs { program: Some(program), limit: 100, ..Default::default() };
    let page = world.by(Who::Auditor).list_applications(list).value("a page");
    assert_eq!(page.items.len(), 100);

    // Stopped and started.
    world.stop();
    world.advance(SECOND);
    world.start();
    world.settle();
    // Taken back to a snapshot of the middle.
    let middle = status(&world);
    assert!(middle.done > first.done && middle.schema == schema, "still in the middle: {middle:?}");
    let snapshot = world.snapshot();
    world.advance(SECOND);
    assert!(status(&world).done > middle.done || status(&world).schema > schema);
    world.restore(&snapshot);
    // A piece may have run between the snapshot and the look.
    let back = status(&world);
    assert!(back.done <= middle.done && back.schema == schema, "back in the middle: {back:?}");
    world.by(Who::Stranger).resume_jobs().value("wake the timer");

    for _ in 0..20 {
        world.advance(SECOND);
        if status(&world).schema == schema + 1 {
            break;
        }
    }
    let done = status(&world);
    assert_eq!((done.schema, done.target), (schema + 1, schema + 1), "{done:?}");
    assert!(done.phase.is_empty());
    assert_eq!(schema_health(&world), HealthStatus::Healthy);
    let withdrawn = world.by(Who::Auditor).get_application(added).value("the application");
    assert_eq!(withdrawn.state, ApplicationState::Withdrawn);
    let after = records(&world);
    for domain in ["roles", "reviews", "grants", "payouts"] {
        assert_eq!(after[domain], before[domain], "{domain}");
    }
    chain::checked(&world.by(Who::Auditor));
    fixtures::assert_valid(&world);
    refuses_the_code_before(&world, &after);
}

/// Once a migration is complete there is no way back to the code before (C4).
fn refuses_the_code_before(world: &World, state: &StateDigest) {
    let module = world.module_hash();
    let reject = world.upgrade_to(wasm().bytes, None).expect_err("a downgrade");
    assert!(reject.reject_message.contains("schema"), "{reject}");
    assert_eq!(world.module_hash(), module);
    assert_eq!(records(world), *state);
}

#[test]
fn before_a_migration_is_complete_the_way_back_is_open() {
    let (world, _) = filled();
    let before = records(&world);
    world.upgrade_to(rehearsal(0), None).expect("the upgrade");
    world.advance(SECOND);
    assert!(status(&world).done > 0, "it has begun");
    world.upgrade_to(wasm().bytes, None).expect("back to the code before");
    assert_eq!(records(&world), before);
    let history = world.by(Who::Auditor).get_upgrade_history().value("history");
    assert_eq!(history.len(), 2);
    fixtures::assert_valid(&world);
    // And forward again, to the end.
    world.upgrade_to(rehearsal(1), None).expect("forward again");
    for _ in 0..20 {
        world.advance(SECOND);
    }
    assert_eq!(status(&world).phase, "");
    assert_eq!(records(&world), before);
    fixtures::assert_valid(&world);
}
