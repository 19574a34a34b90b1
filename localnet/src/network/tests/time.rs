//! Time, timers, heartbeats and hooks.

use ic_management_canister_types as mg;

use super::{
    puppet::{self, program},
    world::{World, number},
};
use crate::{faults::Intervention, network::GENESIS_TIME_NS};

fn seen(world: &mut World, canister: candid::Principal) -> u64 {
    number(&world.query(canister, "read", program().append_time().reply()).expect("time"))
}

#[test]
fn time_moves_as_it_is_set_and_by_one_nanosecond_otherwise() {
    let mut world = World::new();
    assert_eq!(world.net.time_ns(), GENESIS_TIME_NS + 1);
    world.net.tick();
    assert_eq!(world.net.time_ns(), GENESIS_TIME_NS + 2);
    let canister = world.puppet();
    let before = seen(&mut world, canister);
    let noon = 1_650_000_000_000_000_000;
    world.net.set_time(noon).expect("future");
    assert_eq!(world.net.time_ns(), noon);
    assert_eq!(seen(&mut world, canister), before, "queries see it after a round");
    world.net.tick();
    assert_eq!((world.net.time_ns(), seen(&mut world, canister)), (noon, noon));
    world.net.tick();
    assert_eq!(world.net.time_ns(), noon + 1);
    world.net.set_certified_time(noon + 100).expect("future");
    assert_eq!(seen(&mut world, canister), noon + 100, "at once");
    world.net.tick();
    assert_eq!(world.net.time_ns(), noon + 101);
    let error = world.net.set_time(noon).expect_err("past");
    assert!(error.contains("SettingTimeIntoPast"), "{error}");
    assert!(world.net.set_certified_time(noon).is_err());
}

#[test]
fn messages_of_one_round_see_one_time() {
    let mut world = World::new();
    let canister = world.puppet();
    let ask = program().append_time().reply().0;
    let user = super::world::user();
    let first = world.submit(user, canister, "run", ask.clone()).expect("taken");
    let second = world.submit(user, canister, "run", ask).expect("taken");
    let (a, b) = (world.wait(&first).expect("time"), world.wait(&second).expect("time"));
    assert_eq!(a, b);
}

#[test]
fn a_timer_fires_once_in_the_first_round_at_or_after_its_time() {
    let mut world = World::new();
    let canister = world.puppet();
    let due = world.net.time_ns() + 5_000_000_000;
    let setup = program().on_timer(&program().count(1)).timer(due);
    world.run(canister, setup.reply()).expect("reply");
    world.net.tick();
    assert_eq!(world.count(canister), 0);
    world.net.set_time(due).expect("future");
    world.net.tick();
    assert_eq!(world.count(canister), 1);
    world.net.tick();
    assert_eq!(world.count(canister), 1);
}

#[test]
fn a_timer_that_arms_itself_fires_once_per_round() {
    let mut world = World::new();
    let canister = world.puppet();
    let again = program().count(1).timer(1);
    world.run(canister, program().on_timer(&again).timer(1).reply()).expect("reply");
    for round in 1..=3 {
        world.net.tick();
        assert_eq!(world.count(canister), round);
    }
    // A timer that traps does not arm itself again, nor lose the canister's state.
    world
        .run(canister, program().on_timer(&program().count(50).timer(1).trap("x")).reply())
        .expect("reply");
    world.net.tick();
    let after = world.count(canister);
    world.net.tick();
    assert_eq!(world.count(canister), after);
}

#[test]
fn the_next_timer_is_the_first_of_a_running_canister_on_the_clock_of_the_network() {
    let mut world = World::new();
    assert_eq!(world.net.next_timer_ns(), None);
    let (late, early) = (world.puppet(), world.puppet());
    let due = world.net.time_ns() + 5_000_000_000;
    for (canister, due) in [(late, due + 10), (early, due)] {
        world.run(canister, program().timer(due).reply()).expect("reply");
    }
    assert_eq!(world.net.next_timer_ns(), Some(due));
    let slow = Intervention::Skew { canister: early, by_ns: -60 };
    world.net.intervene(&slow).expect("it exists");
    assert_eq!(world.net.next_timer_ns(), Some(due + 10));
    let id = mg::CanisterIdRecord { canister_id: late };
    world.manage("stop_canister", (id,)).expect("stopped");
    assert_eq!(world.net.next_timer_ns(), Some(due + 60));
    world.net.set_time(due + 60).expect("future");
    world.net.tick();
    assert_eq!(world.net.next_timer_ns(), None, "it has fired");
}

#[test]
fn heartbeats_come_with_every_round_while_the_canister_runs() {
    let mut world = World::new();
    let canister = world.create();
    let exports = r#"(export "canister_heartbeat" (func $on_heartbeat))"#;
    world.install(
        canister,
        puppet::wasm_with(exports),
        program().on_heartbeat(&program().count(1)),
    );
    let before = world.count(canister);
    for _ in 0..3 {
        world.net.tick();
    }
    assert_eq!(world.count(canister), before + 3);
    world
        .manage("stop_canister", (mg::CanisterIdRecord { canister_id: canister },))
        .expect("stopped");
    world.net.tick();
    world.net.tick();
    world
        .manage("start_canister", (mg::CanisterIdRecord { canister_id: canister },))
        .expect("started");
    assert!(world.count(canister) <= before + 6, "no heartbeat while stopped");
}

#[test]
fn the_low_memory_hook_runs_once_when_the_heap_gets_scarce() {
    let mut world = World::new();
    let canister = world.create();
    let exports = r#"(export "canister_on_low_wasm_memory" (func $on_heartbeat))"#;
    world.install(
        canister,
        puppet::wasm_with(exports),
        program().on_heartbeat(&program().count(1)),
    );
    world.update_settings(
        canister,
        mg::CanisterSettings {
            wasm_memory_limit: Some((64u64 * 65_536).into()),
            wasm_memory_threshold: Some((60u64 * 65_536).into()),
            ..Default::default()
        },
    );
    assert_eq!(world.count(canister), 0);
    world.run(canister, program().grow_heap(8).reply()).expect("reply");
    world.net.tick();
    world.net.tick();
    assert_eq!(world.count(canister), 1);
}

#[test]
fn a_round_starts_no_message_beyond_its_instructions() {
    let mut world = World::new();
    let canister = world.puppet();
    let user = super::world::user();
    let busy = program().count(1).reply().0;
    let ids: Vec<_> = (0..3_600)
        .map(|_| world.submit(user, canister, "run", busy.clone()).expect("taken"))
        .collect();
    world.net.tick();
    assert!(world.net.has_pending(), "two million instructions each do not fit into one round");
    assert!(world.net.run_until_idle(5));
    assert!(ids.iter().all(|id| world.net.ingress_status(id).is_final()));
    assert_eq!(world.count(canister), 3_600);
}
