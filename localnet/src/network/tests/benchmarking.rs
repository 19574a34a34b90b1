//! Subnets that are there for benchmarks: one message may take what a hundred could.

use pocket_ic::{ErrorCode, common::rest::SubnetKind};

use super::{puppet::program, subnets::create_on, world::World};
use crate::{
    message::Entry,
    network::{Network, NetworkConfig},
    runtime::limits::{BENCHMARK_INSTRUCTIONS, QUERY_INSTRUCTIONS, UPDATE_INSTRUCTIONS},
};

/// Fills 64 MiB 80 times, at an instruction a byte: more than a query may.
const LONG: &str = r#"(module
  (import "ic0" "msg_reply" (func $reply))
  (memory 1024)
  (func (export "canister_query read") (local $left i32)
    (local.set $left (i32.const 80))
    (loop $more
      (memory.fill (i32.const 0) (local.get $left) (i32.const 0x4000000))
      (br_if $more (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
    (call $reply)))"#;

/// A network with two subnets, the second for benchmarks.
fn network() -> World {
    let subnets = vec![SubnetKind::Application; 2];
    World::with(NetworkConfig { subnets, benchmarking: [1].into(), ..NetworkConfig::default() })
}

#[test]
fn a_benchmark_runs_beyond_the_limits_of_messages() {
    let mut world = network();
    let subnets: Vec<_> = world.net.topology().subnets().iter().map(|subnet| subnet.id).collect();
    let mut read = |subnet| {
        let canister = create_on(&mut world, subnet);
        world.install(canister, wat::parse_str(LONG).expect("valid WAT"), program());
        let answer = world.query(canister, "read", program());
        (answer, world.net.last_instructions(canister, "query read").expect("traced"))
    };
    let (answer, _) = read(subnets[0]);
    let code = answer.expect_err("beyond the limit").error_code;
    assert_eq!(code, ErrorCode::CanisterInstructionLimitExceeded);
    let (answer, instructions) = read(subnets[1]);
    assert_eq!(answer, Ok(Vec::new()));
    assert!(instructions > QUERY_INSTRUCTIONS, "{instructions}");

    let update = Entry::Update { method: "run".to_owned() };
    let limits = [0, 1].map(|index| world.net.instruction_limit(subnets[index], &update));
    assert_eq!(limits, [UPDATE_INSTRUCTIONS, BENCHMARK_INSTRUCTIONS]);
    let install = |index: usize| world.net.instruction_limit(subnets[index], &Entry::Init);
    assert_eq!(install(0), install(1), "installing has one limit everywhere");
}

#[test]
fn what_a_subnet_is_for_outlives_a_save() {
    let world = network();
    let folder = tempfile::tempdir().expect("a folder");
    world.net.save(folder.path()).expect("saved");
    let back = Network::load(folder.path(), NetworkConfig::default()).expect("loaded");
    let subnets = back.topology().subnets();
    assert_eq!(subnets.iter().map(|s| back.benchmarks(s.id)).collect::<Vec<_>>(), [false, true]);
}
