//! Calls between canisters: callbacks, cleanup, order, queues, deadlines, starvation.

use pocket_ic::ErrorCode;

use super::{
    management::{http_request, respond},
    puppet::{call, manage, program},
    world::{World, number, record, stranger, user},
};
use crate::network::NetworkConfig;

#[test]
fn a_call_chain_ends_within_one_round() {
    let mut world = World::new();
    let (a, b, c) = (world.puppet(), world.puppet(), world.puppet());
    let inner = call(c, program().count(1).append(b"deep").reply())
        .on_reply(program().append_arg().reply());
    let outer = call(b, program().call(inner)).on_reply(program().append_arg().reply());
    let id = world.submit(user(), a, "run", program().call(outer).0).expect("taken");
    world.net.tick();
    assert!(world.net.ingress_status(&id).is_final(), "one round is enough");
    assert_eq!(world.wait(&id).expect("reply"), b"deep");
    assert_eq!(world.count(c), 1);
    assert!(!world.net.has_pending());
}

#[test]
fn a_callee_trap_reaches_the_reject_callback_and_undoes_only_the_callee() {
    let mut world = World::new();
    let (a, b) = (world.puppet(), world.puppet());
    let outgoing = call(b, program().count(4).trap("oops"))
        .on_reject(program().count(2).append_reject().reply());
    let reply = world.run(a, program().count(1).call(outgoing)).expect("reply");
    assert_eq!(reply[0], 5);
    let text = String::from_utf8_lossy(&reply[1..]).into_owned();
    assert!(text.contains("oops") && text.contains(&b.to_text()), "{text}");
    assert_eq!((world.count(a), world.count(b)), (3, 0));
}

#[test]
fn cleanup_runs_on_the_state_before_the_callback_that_trapped() {
    let mut world = World::new();
    let (a, b) = (world.puppet(), world.puppet());
    let outgoing = call(b, program().reply())
        .on_reply(program().count(100).trap("in callback"))
        .on_cleanup(program().count(10));
    let error = world.run(a, program().count(1).call(outgoing)).expect_err("trapped");
    assert_eq!(error.error_code, ErrorCode::CanisterCalledTrap);
    assert!(error.reject_message.contains("in callback"), "{}", error.reject_message);
    assert_eq!(world.count(a), 11, "first message and cleanup, not the callback");
}

#[test]
fn a_trap_in_cleanup_is_dropped() {
    let mut world = World::new();
    let (a, b) = (world.puppet(), world.puppet());
    let outgoing = call(b, program().reply())
        .on_reply(program().count(100).trap("in callback"))
        .on_cleanup(program().count(10).trap("in cleanup"));
    let error = world.run(a, program().count(1).call(outgoing)).expect_err("trapped");
    assert!(error.reject_message.contains("in callback"), "{}", error.reject_message);
    assert_eq!(world.count(a), 1);
    world.run(a, program().count(1).reply()).expect("the canister still works");
}

#[test]
fn a_context_ends_with_its_last_call_whatever_happened_to_the_others() {
    let mut world = World::new();
    let (a, b, c) = (world.puppet(), world.puppet(), world.puppet());
    let first = call(b, program().reply()).on_reply(program().count(1).trap("first"));
    let second = call(c, program().reply()).on_reply(program().count(10).append(b"ok").reply());
    let reply = world.run(a, program().call(first).call(second)).expect("second answers");
    assert_eq!(reply, b"ok");
    assert_eq!(world.count(a), 10);
    // Nobody answers: the caller is told.
    let silent = call(b, program().reply()).on_reply(program().count(1));
    let error = world.run(a, program().call(silent)).expect_err("starved");
    assert_eq!(error.error_code, ErrorCode::CanisterDidNotReply);
}

#[test]
fn a_second_reply_traps() {
    let mut world = World::new();
    let (a, b) = (world.puppet(), world.puppet());
    let outgoing = call(b, program().reply()).on_reply(program().count(1).reply());
    let reply = world.run(a, program().append(b"early").reply().call(outgoing)).expect("reply");
    assert_eq!(reply, b"early");
    world.net.tick();
    assert_eq!(world.count(a), 0, "the callback replied again and trapped");
}

#[test]
fn requests_between_two_canisters_start_in_the_order_they_were_sent() {
    let mut world = World::new();
    let (a, b) = (world.puppet(), world.puppet());
    let mut many = program();
    for n in 0..8u8 {
        // Each request writes its number behind the ones before it.
        many = many.call(call(b, program().stable_write(u32::from(n), &[n]).print(&n.to_string())));
    }
    world.run(a, many.reply()).expect("reply");
    world.net.run_until_idle(10);
    let logs: Vec<_> = world.net.canisters[&b].logs.records().map(|r| r.content[0]).collect();
    assert_eq!(logs, b"01234567");
}

#[test]
fn the_queue_to_one_canister_holds_500_calls() {
    let mut world = World::new();
    let (a, b) = (world.puppet(), world.puppet());
    let mut many = program();
    for _ in 0..505 {
        many = many.call(call(b, program().count(1).reply()));
    }
    let reply = world.run(a, many.append_refusals().reply()).expect("reply");
    assert_eq!(reply, [5]);
    assert!(world.net.run_until_idle(10));
    world.check();
    assert_eq!(world.count(b), 500);
    assert!(world.net.canisters[&a].in_flight.is_empty());
}

#[test]
fn calls_to_nobody_and_to_stopped_canisters_are_rejected_with_a_full_refund() {
    let mut world = World::new();
    let (a, b) = (world.puppet(), world.puppet());
    world
        .manage(
            "stop_canister",
            (ic_management_canister_types::CanisterIdRecord { canister_id: b },),
        )
        .expect("stopped");
    for (callee, code) in [(stranger(), 3), (b, 5)] {
        let outgoing = call(callee, program())
            .cycles(1_000_000)
            .on_reject(program().append_refund().append_reject().reply());
        let reply = world.run(a, program().call(outgoing)).expect("reply");
        assert_eq!((number(&reply), reply[8]), (1_000_000, code));
    }
}

#[test]
fn a_bounded_wait_ends_with_an_unknown_outcome() {
    let mut world = World::new();
    let (a, b) = (world.puppet(), world.puppet());
    // The outcall is not answered for now, so b stays silent.
    let never = manage("http_request", http_request(None))
        .cycles(100_000_000_000)
        .on_reply(program().count(10).append(b"late").reply());
    let outgoing = call(b, program().count(1).call(never))
        .cycles(500)
        .timeout(10)
        .on_reject(program().append_refund().append_reject().reply());
    let id = world.submit(user(), a, "run", program().call(outgoing).0).expect("taken");
    world.net.tick();
    world.net.tick();
    assert!(!world.net.ingress_status(&id).is_final());
    let later = world.net.time_ns() + 11_000_000_000;
    world.net.set_time(later).expect("future");
    let reply = world.wait(&id).expect("reply");
    assert_eq!((number(&reply), reply[8]), (0, 6), "no refund, SYS_UNKNOWN");
    assert_eq!(world.count(b), 1);
    // The late answer changes nothing for a; the cycles it refunds are lost.
    let burned = world.net.cycles_account().burned;
    let request = world.net.pending_http_requests().remove(0);
    respond(&mut world, request.request_id, b"hi");
    world.net.run_until_idle(10);
    world.check();
    assert_eq!(world.count(b), 11);
    assert!(world.net.cycles_account().burned >= burned + 500);
}

#[test]
fn the_callee_of_a_bounded_wait_sees_its_deadline() {
    let mut world = World::new();
    let (a, b) = (world.puppet(), world.puppet());
    let ask = program().append_deadline().reply();
    let bounded = call(b, ask.clone()).timeout(20).on_reply(program().append_arg().reply());
    let reply = world.run(a, program().call(bounded)).expect("reply");
    assert_eq!(number(&reply), world.net.certified_time_ns() + 20_000_000_000);
    let unbounded = call(b, ask).on_reply(program().append_arg().reply());
    let reply = world.run(a, program().call(unbounded)).expect("reply");
    assert_eq!(number(&reply), 0);
}

#[test]
fn an_uninstalled_canister_rejects_its_callers_and_drops_late_responses() {
    let mut world = World::new();
    let (a, b) = (world.puppet(), world.puppet());
    world.share(b, b);
    // b asks for its own uninstallation and would answer afterwards.
    let uninstall = manage("uninstall_code", record(b)).on_reply(program().count(1).reply());
    let outgoing = call(b, program().call(uninstall))
        .cycles(77)
        .on_reject(program().append_refund().append_reject().reply());
    let reply = world.run(a, program().call(outgoing)).expect("reply");
    assert_eq!((number(&reply), reply[8]), (77, 4));
    assert!(world.net.run_until_idle(10));
    world.check();
    assert!(world.net.module_hash(b).is_none());
    assert!(world.net.canisters[&b].contexts.is_empty());
}

#[test]
fn a_bounded_call_that_never_started_is_taken_back_with_its_cycles() {
    // One message per round.
    let config = NetworkConfig { round_instruction_limit: 1, ..NetworkConfig::default() };
    let mut world = World::with(config);
    let (a, b) = (world.puppet(), world.puppet());
    let outgoing = call(b, program().count(1).reply())
        .cycles(500)
        .timeout(10)
        .on_reject(program().append_refund().append_reject().reply());
    let id = world.submit(user(), a, "run", program().call(outgoing).0).expect("taken");
    world.net.tick();
    let later = world.net.time_ns() + 11_000_000_000;
    world.net.set_time(later).expect("future");
    let reply = world.wait(&id).expect("reply");
    assert_eq!((number(&reply), reply[8]), (500, 6));
    assert_eq!(world.count(b), 0);
}

#[test]
fn no_callback_of_an_uninstalled_canister_runs_on_the_code_that_follows() {
    let mut world = World::new();
    let canister = world.puppet();
    let outcall = manage("http_request", http_request(None))
        .cycles(100_000_000_000)
        .on_reply(program().count(1));
    let arg = program().call(outcall).0;
    let id = world.submit(user(), canister, "run", arg.clone()).expect("taken");
    world.net.tick();
    let args = ic_management_canister_types::UninstallCodeArgs {
        canister_id: canister,
        sender_canister_version: None,
    };
    world.manage("uninstall_code", (args,)).expect("uninstalled");
    let error = world.wait(&id).expect_err("rejected");
    assert!(error.reject_message.contains("has been uninstalled"), "{}", error.reject_message);
    world.install(canister, super::puppet::wasm(), program());
    // The same call again puts the same callback to the same place of the new heap.
    let again = world.submit(user(), canister, "run", arg).expect("taken");
    world.net.tick();
    let balance = world.balance(canister);
    let requests = world.net.pending_http_requests();
    respond(&mut world, requests[0].request_id, b"late");
    assert!(world.net.run_until_idle(5));
    world.check();
    assert_eq!(world.count(canister), 0);
    assert!(world.balance(canister) > balance, "refund and reserve came back");
    respond(&mut world, requests[1].request_id, b"in time");
    world.wait(&again).expect_err("the callback does not reply");
    assert_eq!(world.count(canister), 1, "the new code's own callback ran");
    assert!(world.net.canisters[&canister].contexts.is_empty());
}
