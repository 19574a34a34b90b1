//! What canisters can learn of subnets and of what cycles went into.

use candid::{Nat, Principal};
use ic_management_canister_types as mg;
use pocket_ic::ErrorCode;

use super::{
    puppet::{Program, manage, program},
    world::{World, stranger, user},
};
use crate::network::QueryCall;

/// Lets a puppet ask the management canister.
fn ask<T: candid::CandidType + serde::de::DeserializeOwned>(
    world: &mut World,
    canister: Principal,
    method: &'static str,
    arg: impl candid::CandidType,
) -> T {
    let arg = candid::encode_one(arg).expect("encodes");
    let outgoing = manage(method, arg).on_reply(program().append_arg().reply());
    let outgoing = outgoing.on_reject(program().append_reject().reply());
    let reply = world.run(canister, program().call(outgoing)).expect("relayed");
    candid::decode_one(&reply).expect("the answer decodes")
}

fn day_later(world: &mut World) {
    let later = world.net.time_ns() + 86_400_000_000_000;
    world.net.set_time(later).expect("future");
    world.net.tick();
}

#[test]
fn subnets_tell_version_blocks_and_metrics() {
    let mut world = World::new();
    let canister = world.puppet();
    let subnet_id = world.net.subnet_of(canister).expect("a subnet");
    let args = mg::SubnetInfoArgs { subnet_id };
    let info: mg::SubnetInfoResult = ask(&mut world, canister, "subnet_info", args);
    assert!(info.replica_version.contains("localnet"), "{}", info.replica_version);

    let start_at_timestamp_nanos = world.net.time_ns();
    let args = mg::NodeMetricsHistoryArgs { subnet_id, start_at_timestamp_nanos };
    let none: mg::NodeMetricsHistoryResult =
        ask(&mut world, canister, "node_metrics_history", args.clone());
    assert_eq!(none, [], "the day is not over");
    day_later(&mut world);
    day_later(&mut world);
    let days: mg::NodeMetricsHistoryResult =
        ask(&mut world, canister, "node_metrics_history", args);
    assert_eq!(days.len(), 2);
    let blocks: Vec<_> =
        days.iter().map(|day| day.node_metrics[0].num_blocks_proposed_total).collect();
    assert_eq!(blocks[1], blocks[0] + 1);
    assert_eq!(days[0].node_metrics[0].node_id, crate::certification::node_id(subnet_id, 0));

    let args = mg::SubnetMetricsArgs { subnet_id };
    let before: mg::SubnetMetricsResult = ask(&mut world, canister, "subnet_metrics", args.clone());
    let other = world.puppet();
    world.manage("stop_canister", (mg::CanisterIdRecord { canister_id: other },)).expect("stopped");
    world.manage("delete_canister", (mg::CanisterIdRecord { canister_id: other },)).expect("gone");
    let after: mg::SubnetMetricsResult = ask(&mut world, canister, "subnet_metrics", args);
    assert_eq!(before.num_canisters, 1u8);
    assert_eq!(after.num_canisters, 1u8);
    assert!(after.block_height > before.block_height);
    assert!(after.update_transactions_total > before.update_transactions_total);
    let taken = after.consumed_cycles_total - before.consumed_cycles_total;
    assert!(taken >= 99_000_000_000_000u64, "the deleted balance counts: {taken}");
}

#[test]
fn metrics_say_what_cycles_went_into() {
    let mut world = World::new();
    let (a, b) = (world.puppet(), world.puppet());
    let metrics = |world: &mut World, canister: Principal| {
        let reply =
            world.manage("canister_metrics", (mg::CanisterIdRecord { canister_id: canister },));
        let result: mg::CanisterMetricsResult =
            candid::decode_one(&reply.expect("metrics")).expect("decodes");
        result.cycles_consumed
    };
    let before = metrics(&mut world, a);
    assert!(before.instructions > 0u8, "installing executes");
    let balance = world.balance(a);
    let arg: Program = program()
        .burn(1_000)
        .call(super::puppet::call(b, program().reply()).on_reply(program().reply()));
    world.run(a, arg).expect("reply");
    let spent = balance - world.balance(a);
    day_later(&mut world);
    let after = metrics(&mut world, a);
    assert_eq!(after.burned_cycles.clone() - before.burned_cycles.clone(), 1_000u32);
    assert!(after.memory > before.memory);
    assert_eq!(after.compute_allocation, before.compute_allocation);
    let transmission = after.request_and_response_transmission.clone();
    assert!(transmission > before.request_and_response_transmission);
    let parts = |consumed: &mg::CyclesConsumed| {
        consumed.instructions.clone()
            + consumed.ingress_induction.clone()
            + consumed.request_and_response_transmission.clone()
            + consumed.burned_cycles.clone()
    };
    // Asking for the metrics is ingress too; everything else was spent on the message.
    assert!(parts(&after) - parts(&before) > spent);
    let arg = candid::encode_one(mg::CanisterIdRecord { canister_id: a }).expect("encodes");
    let error = world
        .manage_as(stranger(), "canister_metrics", (mg::CanisterIdRecord { canister_id: a },))
        .expect_err("controllers only");
    assert_eq!(error.error_code, ErrorCode::CanisterInvalidController);
    let query = QueryCall {
        sender: user(),
        canister_id: Principal::management_canister(),
        method: "canister_metrics".into(),
        arg,
        certificate: None,
    };
    world.net.query(query).expect("a query too");
}

#[test]
fn composite_queries_ask_the_management_canister() {
    let mut world = World::new();
    let (a, b) = (world.puppet(), world.puppet());
    world.share(b, a);
    let arg = candid::encode_one(mg::CanisterIdRecord { canister_id: b }).expect("encodes");
    let outgoing = manage("canister_status", arg)
        .on_reply(program().append_arg().reply())
        .on_reject(program().append_reject().reply());
    let reply = world.query(a, "compose", program().call(outgoing)).expect("answered");
    let status: mg::CanisterStatusResult = candid::decode_one(&reply).expect("a status");
    assert_eq!(status.settings.controllers.len(), 2);
    let stranger = candid::encode_one(mg::CanisterIdRecord { canister_id: a }).expect("encodes");
    let outgoing = manage("fetch_canister_logs", stranger).on_reply(program().append(b"?").reply());
    let outgoing = outgoing.on_reject(program().append(b"refused").reply());
    let reply = world.query(b, "compose", program().call(outgoing)).expect("answered");
    assert_eq!(reply, b"refused", "a canister does not control itself by itself");
}

#[test]
fn calls_of_other_canisters_can_be_asked_to_carry_cycles() {
    let mut world = World::new();
    let (a, b) = (world.puppet(), world.puppet());
    world.update_settings(
        b,
        mg::CanisterSettings {
            minimum_incoming_canister_call_cycles: Some(Nat::from(500u32)),
            ..Default::default()
        },
    );
    assert_eq!(world.status(b).settings.minimum_incoming_canister_call_cycles, 500u32);
    let balance = world.balance(b);
    let mut attempt = |from: Principal, cycles: u64| {
        let outgoing = super::puppet::call(b, program().reply())
            .cycles(cycles)
            .on_reply(program().append(b"taken").reply())
            .on_reject(program().append_refund().append_reject().reply());
        world.run(from, program().call(outgoing)).expect("answered")
    };
    let refused = attempt(a, 499);
    assert_eq!(super::world::number(&refused), 499, "it comes back");
    assert!(refused.ends_with(b"499 were attached."), "{}", String::from_utf8_lossy(&refused));
    assert_eq!(attempt(a, 500), b"taken");
    assert_eq!(attempt(b, 0), b"taken", "its own calls are its own affair");
    world.run(b, program().reply()).expect("users attach nothing");
    assert!(world.balance(b) < balance + 500);
}
