//! What the tests of the runtime and of the system interface share.

use std::{
    fmt::Write,
    sync::{Arc, LazyLock},
};

use candid::Principal;

use super::{Engine, EngineConfig, ExecutionState, Module, StableMemory, Width};
use crate::{
    message::{Callback, Entry, ExecutionFault, Keep, MessageEnv, Outcome, Response},
    system_api,
};

/// One engine for all tests, so that they share compiled modules.
pub(crate) static ENGINE: LazyLock<Engine> =
    LazyLock::new(|| Engine::new(EngineConfig::default()).expect("the engine starts"));

/// Functions every test canister has: replying with what a call answered.
const PRELUDE: &str = "
    (func $reply_i32 (param i32)
        (i32.store (i32.const 65000) (local.get 0))
        (call $msg_reply_data_append (i32.const 65000) (i32.const 4))
        (call $msg_reply))
    (func $reply_i64 (param i64)
        (i64.store (i32.const 65000) (local.get 0))
        (call $msg_reply_data_append (i32.const 65000) (i32.const 8))
        (call $msg_reply))
    (func $reply_bytes (param i32 i32)
        (call $msg_reply_data_append (local.get 0) (local.get 1))
        (call $msg_reply))
";

/// A canister with one page of heap, every system call imported under its own name, and the given
/// functions.
pub(crate) fn canister(functions: &str) -> String {
    let imports = imports(Width::Wasm32);
    format!(r#"(module {imports} (memory (export "memory") 1 100) {PRELUDE} {functions})"#)
}

/// The same with a heap of 64-bit addresses.
pub(crate) fn wide_canister(functions: &str) -> String {
    let imports = imports(Width::Wasm64);
    let prelude = PRELUDE
        .replace("(i32.const 65000)", "(i64.const 65000)")
        .replace("(i32.const 4)", "(i64.const 4)")
        .replace("(i32.const 8)", "(i64.const 8)")
        .replace("(param i32 i32)", "(param i64 i64)");
    format!(r#"(module {imports} (memory (export "memory") i64 1 100000) {prelude} {functions})"#)
}

fn imports(width: Width) -> String {
    let mut imports = String::new();
    for call in system_api::CALLS.iter().filter(|call| call.wide || width == Width::Wasm32) {
        let types =
            |notation: &str| notation.chars().map(|letter| wat_type(letter, width)).collect();
        let (params, result): (String, String) = (types(call.params), types(call.result));
        let name = call.name;
        writeln!(
            imports,
            r#"(import "ic0" "{name}" (func ${name} (param{params}) (result{result})))"#
        )
        .expect("writing to a string cannot fail");
    }
    imports
}

/// The type that a letter of the table of calls stands for.
pub(crate) fn wat_type(letter: char, width: Width) -> &'static str {
    match (letter, width) {
        ('i', _) | ('p', Width::Wasm32) => " i32",
        _ => " i64",
    }
}

/// A canister whose update method `go` has the given body.
pub(crate) fn update(body: &str) -> String {
    canister(&format!(r#"(func (export "canister_update go") {body})"#))
}

pub(crate) fn compile(wat: &str) -> Arc<Module> {
    let wasm = wat::parse_str(wat).expect("the test's module is well-formed");
    ENGINE.compile(&wasm).expect("the test's module is valid")
}

/// The state of a freshly installed module.
pub(crate) fn install(wat: &str) -> ExecutionState {
    let mut state = ExecutionState::new(&ENGINE, compile(wat), StableMemory::new());
    for entry in [Entry::Start, Entry::Init] {
        let outcome = state.run(env(entry), Keep::Commit);
        assert_eq!(outcome.fault, None, "installing fails");
    }
    state
}

pub(crate) fn id(number: u8) -> Principal {
    Principal::from_slice(&[0, 0, 0, 0, 0, 0, 0, number, 1, 1])
}

/// An environment with plenty of cycles.
pub(crate) fn env(entry: Entry) -> MessageEnv {
    let mut env = MessageEnv::new(entry, id(1), id(200));
    env.caller = id(2);
    env.balance = 100_000_000_000_000;
    env.time_ns = 1_620_328_630_000_000_001;
    env
}

pub(crate) fn go() -> MessageEnv {
    env(Entry::Update { method: "go".into() })
}

pub(crate) fn query(method: &str) -> MessageEnv {
    env(Entry::Query { method: method.into(), replicated: false })
}

pub(crate) fn callback(function: u64) -> Callback {
    Callback { function, environment: 7 }
}

/// Installs the canister and runs one message.
pub(crate) fn run(wat: &str, env: MessageEnv) -> Outcome {
    install(wat).run(env, Keep::Commit)
}

/// What `go` replies.
pub(crate) fn reply(body: &str, env: MessageEnv) -> Vec<u8> {
    replied(run(&update(body), env))
}

pub(crate) fn replied(outcome: Outcome) -> Vec<u8> {
    assert_eq!(outcome.fault, None);
    match outcome.response {
        Some(Response::Reply(bytes)) => bytes,
        other => panic!("expected a reply, got {other:?}"),
    }
}

/// The fault of `go`.
pub(crate) fn fault(body: &str, env: MessageEnv) -> ExecutionFault {
    run(&update(body), env).fault.expect("the message fails")
}

/// The low 64 bits a reply holds.
pub(crate) fn number(bytes: &[u8]) -> u64 {
    let mut wide = [0; 8];
    let length = bytes.len().min(8);
    wide[..length].copy_from_slice(&bytes[..length]);
    u64::from_le_bytes(wide)
}
