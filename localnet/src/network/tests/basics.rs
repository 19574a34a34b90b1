//! One canister and one message: replies, rejects, traps and what they leave behind.

use pocket_ic::{ErrorCode, RejectCode};

use super::{
    puppet::{self, program},
    world::{World, number, stranger, user},
};
use crate::network::{EffectivePrincipal, IngressMessage, IngressStatus, Network, NetworkConfig};

#[test]
fn a_network_can_move_between_threads() {
    fn assert_send<T: Send>() {}
    assert_send::<Network>();
}

#[test]
fn an_early_initial_time_is_refused() {
    let config = NetworkConfig { initial_time_ns: Some(7), ..NetworkConfig::default() };
    let error = Network::new(config).expect_err("too early");
    assert_eq!(
        error,
        "The initial timestamp (unix timestamp in nanoseconds) must be no earlier than \
         1620328630000000000 (provided 7)."
    );
}

#[test]
fn an_update_keeps_its_state_and_a_query_does_not() {
    let mut world = World::new();
    let canister = world.puppet();
    assert_eq!(canister.to_text(), "lxzze-o7777-77777-aaaaa-cai");
    let reply = world.run(canister, program().count(5).append(b"done").reply());
    assert_eq!(reply.expect("reply"), b"done");
    assert_eq!(world.status(canister).version, 2, "installed once, updated once");
    assert_eq!(world.count(canister), 5);
    let counted = world.query(canister, "read", program().count(9).append_count().reply());
    assert_eq!(counted.expect("query"), 14u32.to_le_bytes());
    assert_eq!(world.count(canister), 5);
    // A query method called as an update answers, and its changes are dropped too.
    let replicated =
        world.update(user(), canister, "read", program().count(9).append_count().reply().0);
    assert_eq!(replicated.expect("replicated query"), 14u32.to_le_bytes());
    assert_eq!(world.count(canister), 5);
}

#[test]
fn a_trap_undoes_heap_globals_stable_memory_and_effects() {
    let mut world = World::new();
    let canister = world.puppet();
    world.run(canister, program().count(1).stable_write(0, b"keep").reply()).expect("reply");
    let state = program().append_global().append_heap_pages().append_stable(0);
    let before = world.query(canister, "read", state.clone().reply()).expect("state");
    let data_before = world.net.certified_data(canister).map(<[u8]>::to_vec);
    let version = world.status(canister).version;
    let faulty = program()
        .count(10)
        .grow_heap(3)
        .stable_write(0, b"lost")
        .certify(b"lost")
        .timer(5)
        .append(b"lost")
        .reply()
        .trap("too bad");
    let error = world.run(canister, faulty).expect_err("trap");
    assert_eq!(error.error_code, ErrorCode::CanisterCalledTrap);
    assert_eq!(error.reject_code, RejectCode::CanisterError);
    assert_eq!(
        error.reject_message,
        format!(
            "Error from Canister {canister}: Canister called `ic0.trap` with message: 'too bad'"
        )
    );
    assert!(error.certified);
    assert_eq!(world.count(canister), 1);
    assert_eq!(world.query(canister, "read", state.reply()).expect("state"), before);
    assert_eq!(world.net.certified_data(canister).map(<[u8]>::to_vec), data_before);
    assert_eq!(world.status(canister).version, version);
}

#[test]
fn rejects_and_missing_targets_say_what_is_wrong() {
    let mut world = World::new();
    let canister = world.puppet();
    let error = world.run(canister, program().reject("no thanks")).expect_err("reject");
    assert_eq!(
        (error.error_code, error.reject_message.as_str()),
        (ErrorCode::CanisterRejectedMessage, "no thanks")
    );
    let error = world.run(canister, program().count(3)).expect_err("silent");
    assert_eq!(error.error_code, ErrorCode::CanisterDidNotReply);
    assert!(error.reject_message.contains("did not reply"), "{}", error.reject_message);
    assert_eq!(world.count(canister), 3, "a message without reply still counts");
    let error = world.update(user(), canister, "nothing", vec![]).expect_err("no method");
    assert_eq!(error.error_code, ErrorCode::CanisterMethodNotFound);
    let error = world.update(user(), canister, "compose", vec![]).expect_err("composite");
    assert_eq!(error.error_code, ErrorCode::CompositeQueryCalledInReplicatedMode);
    let empty = world.create();
    let error = world.update(user(), empty, "run", vec![]).expect_err("empty");
    assert_eq!(error.error_code, ErrorCode::CanisterWasmModuleNotFound);
    let error = world.update(user(), stranger(), "run", vec![]).expect_err("unknown");
    assert_eq!(error.error_code, ErrorCode::CanisterNotFound);
    assert!(!error.certified, "refused before execution");
    assert!(error.reject_message.contains("not found"), "{}", error.reject_message);
}

#[test]
fn endless_loops_end_at_the_instruction_limit() {
    let mut world = World::new();
    let canister = world.puppet();
    let error = world.query(canister, "read", program().loop_forever()).expect_err("endless");
    assert_eq!(error.error_code, ErrorCode::CanisterInstructionLimitExceeded);
    assert!(!error.certified);
}

/// Accepts ingress with an argument; answers everything with nothing.
const PICKY: &str = r#"(module
  (import "ic0" "msg_arg_data_size" (func $size (result i32)))
  (import "ic0" "accept_message" (func $accept))
  (import "ic0" "msg_reply" (func $reply))
  (func (export "canister_inspect_message") (if (call $size) (then (call $accept))))
  (func (export "canister_update run") (call $reply)))"#;

#[test]
fn inspection_may_refuse_ingress_but_not_calls() {
    let mut world = World::new();
    let (canister, caller) = (world.create(), world.puppet());
    world.install(canister, wat::parse_str(PICKY).expect("valid WAT"), program());
    let error = world.run(canister, program()).expect_err("not accepted");
    assert_eq!(error.reject_message, "Canister rejected the message");
    assert!(!error.certified);
    world.run(canister, program().reply()).expect("accepted");
    let outgoing = puppet::call(canister, program()).on_reply(program().reply());
    world.run(caller, program().call(outgoing)).expect("calls are not inspected");
    let unchecked = IngressMessage {
        sender: user(),
        canister_id: canister,
        method: "run".to_owned(),
        arg: Vec::new(),
        effective: EffectivePrincipal::None,
        message_id: None,
        inspect: false,
    };
    let id = world.net.submit_ingress(unchecked).expect("not inspected");
    world.wait(&id).expect("reply");
}

#[test]
fn an_ingress_message_is_executed_once_whatever_its_sender_repeats() {
    let mut world = World::new();
    let canister = world.puppet();
    let message = IngressMessage {
        sender: user(),
        canister_id: canister,
        method: "run".to_owned(),
        arg: program().count(1).reply().0,
        effective: EffectivePrincipal::None,
        message_id: Some([7; 32]),
        inspect: true,
    };
    let id = world.net.submit_ingress(message.clone()).expect("taken");
    assert_eq!(id, [7; 32]);
    assert_eq!(world.net.ingress_status(&id), IngressStatus::Received);
    world.net.submit_ingress(message.clone()).expect("known");
    world.wait(&id).expect("reply");
    world.net.submit_ingress(message).expect("still known");
    world.net.tick();
    assert_eq!(world.count(canister), 1);
    assert_eq!(world.net.ingress_status(&[8; 32]), IngressStatus::Unknown);
}

#[test]
fn ingress_that_waits_too_long_is_rejected_and_old_answers_are_forgotten() {
    let mut world = World::new();
    let canister = world.puppet();
    let id = world.submit(user(), canister, "run", program().count(1).reply().0).expect("taken");
    let later = world.net.time_ns() + 301_000_000_000;
    world.net.set_time(later).expect("future");
    let error = world.wait(&id).expect_err("expired");
    assert_eq!(error.error_code, ErrorCode::IngressMessageTimeout);
    assert_eq!(world.count(canister), 0);
    world.net.set_time(later + 302_000_000_000).expect("future");
    world.net.tick();
    assert_eq!(world.net.ingress_status(&id), IngressStatus::Unknown);
}

#[test]
fn benches_find_what_an_execution_used() {
    let mut world = World::new();
    let canister = world.puppet();
    world.run(canister, program().stable_write(0, b"x").reply()).expect("reply");
    let used = world.net.last_instructions(canister, "update run").expect("traced");
    assert!((1_000..100_000).contains(&used), "{used}");
    let trace = world.net.executions().next_back().expect("a trace").clone();
    assert_eq!((trace.entry.as_str(), trace.stable_pages, trace.failed), ("update run", 1, false));
    let digest = world.net.state_digest(canister);
    world.run(canister, program().count(1).reply()).expect("reply");
    assert_eq!(world.net.state_digest(canister), digest, "the heap is not part of the digest");
    world.run(canister, program().stable_write(0, b"y").reply()).expect("reply");
    assert_ne!(world.net.state_digest(canister), digest);
}

#[test]
fn stable_memory_can_be_read_and_set_from_outside() {
    let mut world = World::new();
    let canister = world.puppet();
    world.net.set_stable_memory(canister, b"planted!").expect("set");
    assert_eq!(world.net.stable_memory(canister).expect("memory").len(), 65_536);
    let read = world.query(canister, "read", program().append_stable(0).reply()).expect("query");
    assert_eq!(number(&read), u64::from_le_bytes(*b"planted!"));
    assert!(world.net.set_stable_memory(stranger(), b"").is_err());
}
