//! Cycles: attached, accepted, refunded, charged, and what happens without them.

use candid::{Nat, Principal};
use ic_management_canister_types as mg;
use pocket_ic::ErrorCode;

use super::{
    puppet::{self, Program, call, program},
    world::{World, number, user},
};

/// Attaches 1000 cycles to a call of `callee`; answers the refund.
fn refund_of(world: &mut World, a: Principal, b: Principal, callee: Program) -> u64 {
    let answer = program().append_refund().reply();
    let outgoing = call(b, callee).cycles(1_000).on_reply(answer.clone()).on_reject(answer);
    number(&world.run(a, program().call(outgoing)).expect("refund"))
}

#[test]
fn what_a_callee_does_not_accept_comes_back_on_every_path() {
    let mut world = World::new();
    let (a, b) = (world.puppet(), world.puppet());
    assert_eq!(refund_of(&mut world, a, b, program().accept(300).reply()), 700);
    assert_eq!(refund_of(&mut world, a, b, program().accept(5_000).reply()), 0);
    assert_eq!(refund_of(&mut world, a, b, program().accept(300).reject("no")), 700);
    assert_eq!(refund_of(&mut world, a, b, program().accept(300).trap("no")), 1_000);
    assert_eq!(refund_of(&mut world, a, b, program().accept(300)), 700, "starved");
    let nested = program()
        .accept(100)
        .call(call(a, program().reply()).on_reply(program().accept(50).reply()));
    assert_eq!(refund_of(&mut world, a, b, nested), 850, "accepted in a callback too");
    let late = program().accept(100).reply().accept(50);
    assert_eq!(refund_of(&mut world, a, b, late), 900, "nothing is left after the reply");
}

#[test]
fn available_cycles_shrink_as_they_are_accepted() {
    let mut world = World::new();
    let (a, b) = (world.puppet(), world.puppet());
    let callee = program().append_available().accept(400).append_available().reply();
    let outgoing = call(b, callee).cycles(1_000).on_reply(program().append_arg().reply());
    let reply = world.run(a, program().call(outgoing)).expect("reply");
    assert_eq!((number(&reply), number(&reply[8..])), (1_000, 600));
}

#[test]
fn an_execution_costs_its_base_and_its_instructions() {
    let mut world = World::new();
    let canister = world.puppet();
    let arg = program().count(1).reply();
    let bytes = arg.0.len() + "run".len();
    let before = world.balance(canister);
    world.run(canister, arg).expect("reply");
    let used = world.net.last_instructions(canister, "update run").expect("traced");
    let ingress = 1_200_000 + 2_000 * bytes as u128;
    assert_eq!(before - world.balance(canister), ingress + 5_000_000 + u128::from(used));
}

#[test]
fn a_call_costs_its_bytes_and_the_unused_reserve_comes_back() {
    let mut world = World::new();
    let (a, b) = (world.puppet(), world.puppet());
    let callee = program().append(&[7; 100]).reply();
    let call_bytes = "run".len() + callee.0.len();
    let arg = program().call(call(b, callee).on_reply(program().reply()));
    let ingress = 1_200_000 + 2_000 * (arg.0.len() + "run".len()) as u128;
    let before = world.balance(a);
    world.run(a, arg).expect("reply");
    let first = world.net.last_instructions(a, "update run").expect("traced");
    let callback = world.net.last_instructions(a, "reply callback of run").expect("traced");
    let executions = 2 * 5_000_000 + u128::from(first) + u128::from(callback);
    let transmission = 260_000 + 1_000 * (call_bytes + 100) as u128;
    assert_eq!(before - world.balance(a), ingress + executions + transmission);
}

#[test]
fn burned_cycles_are_gone() {
    let mut world = World::new();
    let canister = world.puppet();
    let before = world.net.cycles_account();
    world.run(canister, program().burn(1_000_000_000).reply()).expect("reply");
    let after = world.net.cycles_account();
    assert!(after.burned >= before.burned + 1_000_000_000);
    assert_eq!(after.minted, before.minted);
}

#[test]
fn a_canister_without_cycles_takes_no_messages() {
    let mut world = World::new();
    let canister = world.create_with(0, mg::CanisterSettings::default());
    let error = world
        .install_mode(canister, mg::CanisterInstallMode::Install, puppet::wasm(), program())
        .expect_err("no cycles");
    assert_eq!(error.error_code, ErrorCode::CanisterOutOfCycles);
    assert!(error.reject_message.contains("is out of cycles"), "{}", error.reject_message);
    world.net.add_cycles(canister, 1_000_000_000_000).expect("exists");
    world.install(canister, puppet::wasm(), program());
    world.run(canister, program().burn(u64::MAX).reply()).expect("burns down to the limit");
    let error = world.run(canister, program().reply()).expect_err("frozen");
    assert!(error.reject_message.contains("is out of cycles"), "{}", error.reject_message);
    let top_up = mg::ProvisionalTopUpCanisterArgs {
        canister_id: canister,
        amount: Nat::from(1_000_000_000_000u64),
    };
    world.manage("provisional_top_up_canister", (top_up,)).expect("topped up");
    world.run(canister, program().reply()).expect("thawed");
}

#[test]
fn storage_is_charged_over_time_and_a_canister_that_cannot_pay_loses_its_code() {
    let mut world = World::new();
    let canister = world.puppet();
    let idle = world.status(canister).idle_cycles_burned_per_day;
    let per_day = u128::try_from(idle.0).expect("fits");
    assert!(per_day > 0);
    let before = world.balance(canister);
    let day_later = world.net.time_ns() + 86_400_000_000_000;
    world.net.set_time(day_later).expect("future");
    world.net.tick();
    let paid = before - world.balance(canister);
    assert!(paid.abs_diff(per_day) <= per_day / 100, "{paid} for a day, {per_day} announced");
    let balance = world.balance(canister);
    world.net.tick();
    assert_eq!(world.balance(canister), balance, "nothing is charged twice");
    let century_later = world.net.time_ns() + 3_000_000_000_000_000_000;
    world.update_settings(
        canister,
        mg::CanisterSettings { compute_allocation: Some(Nat::from(1u8)), ..Default::default() },
    );
    world.net.set_time(century_later).expect("future");
    world.net.tick();
    world.check();
    assert_eq!(world.balance(canister), 0);
    assert!(world.net.module_hash(canister).is_none());
    let error = world.update(user(), canister, "run", vec![]).expect_err("empty and broke");
    assert!(error.reject_message.contains("is out of cycles"), "{}", error.reject_message);
}

#[test]
fn calls_stop_at_the_freezing_threshold() {
    let mut world = World::new();
    let (a, b) = (world.puppet(), world.puppet());
    let balance = world.balance(a);
    let spare = 70_000_000_000u128;
    let too_much = u64::try_from(balance - spare).expect("fits");
    let refused =
        world.run(a, program().call(call(b, program()).cycles(too_much)).append_refusals().reply());
    match refused {
        Ok(reply) => assert_eq!(reply, [1]),
        Err(error) => assert!(error.reject_message.contains("cycles"), "{}", error.reject_message),
    }
    assert!(world.balance(a) > spare, "the cycles stayed");
}

#[test]
fn nothing_is_charged_on_a_system_subnet() {
    let config = crate::network::NetworkConfig {
        subnets: vec![crate::network::SubnetKind::System],
        ..Default::default()
    };
    let mut world = World { net: crate::network::Network::new(config).expect("network starts") };
    let (a, b) = (world.puppet(), world.puppet());
    let before = (world.balance(a), world.balance(b));
    let outgoing = call(b, program().accept(5).reply()).cycles(10).on_reply(program().reply());
    world.run(a, program().call(outgoing)).expect("reply");
    let later = world.net.time_ns() + 86_400_000_000_000;
    world.net.set_time(later).expect("future");
    world.net.tick();
    assert_eq!((world.balance(a), world.balance(b)), (before.0 - 5, before.1 + 5));
}

#[test]
fn an_allocation_the_balance_cannot_keep_is_refused() {
    let mut world = World::new();
    let canister = world.create_with(1_000_000_000_000, mg::CanisterSettings::default());
    let settings =
        mg::CanisterSettings { compute_allocation: Some(Nat::from(100u8)), ..Default::default() };
    let args =
        mg::UpdateSettingsArgs { canister_id: canister, settings, sender_canister_version: None };
    let error = world.manage("update_settings", (args,)).expect_err("too expensive");
    assert_eq!(error.error_code, ErrorCode::InsufficientCyclesInComputeAllocation);
    assert_eq!(world.status(canister).settings.compute_allocation, 0u8);
}
