//! How failing messages are reported.

use pocket_ic::ErrorCode;

use crate::{
    message::{Entry, Keep},
    runtime::{
        report,
        testing::{callback, canister, env, fault, go, id, install, query, run, update},
    },
};

#[test]
fn traps_are_named() {
    for (body, message) in [
        ("unreachable", "unreachable"),
        ("(drop (i32.load (i32.const 65533)))", "heap out of bounds"),
        ("(drop (i32.div_s (i32.const 1) (i32.const 0)))", "integer division by 0"),
        ("(call $msg_reply_data_append (i32.const 65535) (i32.const 2))", "heap out of bounds"),
        (
            "(call $stable64_write (i64.const 0) (i64.const 0) (i64.const 1))",
            "stable memory out of bounds",
        ),
        ("(call $stable64_read (i64.const 0) (i64.const -1) (i64.const 2))", "heap out of bounds"),
    ] {
        let fault = fault(body, go());
        assert_eq!(fault.code, ErrorCode::CanisterTrapped, "{body}");
        let expected =
            if body.contains("const -1") { "stable memory out of bounds" } else { message };
        assert_eq!(fault.message, format!("Canister trapped: {expected}"), "{body}");
    }
}

#[test]
fn explicit_trap_quotes_and_logs_its_message() {
    let wat = canister(
        r#"(data (i32.const 16) "no \ff money")
           (func (export "canister_update go")
               (call $debug_print (i32.const 16) (i32.const 2))
               (call $trap (i32.const 16) (i32.const 10)))"#,
    );
    let outcome = run(&wat, go());
    let fault = outcome.fault.unwrap();
    assert_eq!(fault.code, ErrorCode::CanisterCalledTrap);
    assert_eq!(fault.message, "Canister called `ic0.trap` with message: 'no \u{fffd} money'");
    assert_eq!(outcome.logs, ["no", "[TRAP]: no \u{fffd} money"]);
}

#[test]
fn engine_traps_are_logged_and_effects_dropped() {
    let body = "(call $debug_print (i32.const 0) (i32.const 1))
        (call $reply_i32 (i32.const 1))
        (call $certified_data_set (i32.const 0) (i32.const 1))
        (drop (call $global_timer_set (i64.const 5)))
        unreachable";
    let outcome = run(&update(body), go());
    assert_eq!(outcome.logs, ["\0", "[TRAP]: unreachable"]);
    assert!(outcome.instructions > 1_500);
    assert_eq!(outcome.response, None);
    assert_eq!(outcome.certified_data, None);
    assert_eq!(outcome.global_timer, None);
}

#[test]
fn runaway_code_stops_at_the_limit_given() {
    let mut message = go();
    message.instruction_limit = 1_000_000;
    let outcome = run(&update("(loop (br 0))"), message);
    let fault = outcome.fault.unwrap();
    assert_eq!(fault.code, ErrorCode::CanisterInstructionLimitExceeded);
    assert_eq!(
        fault.message,
        "Canister exceeded the limit of 1000000 instructions for single message execution."
    );
    assert_eq!(outcome.instructions, 1_000_000);
}

#[test]
fn system_calls_count_towards_the_limit() {
    let mut message = go();
    message.instruction_limit = 1_000;
    let outcome = run(&update("(drop (call $time)) (drop (call $time))"), message);
    assert_eq!(outcome.fault.unwrap().code, ErrorCode::CanisterInstructionLimitExceeded);
    assert_eq!(outcome.instructions, 1_000);
}

#[test]
fn endless_recursion_is_a_stack_overflow() {
    let wat = canister(
        r#"(func $deeper (param i64) (result i64)
               (i64.add (local.get 0) (call $deeper (i64.add (local.get 0) (i64.const 1)))))
           (func (export "canister_update go") (drop (call $deeper (i64.const 0))))"#,
    );
    let mut state = install(&wat);
    for _ in 0..2 {
        let fault = state.run(go(), Keep::Commit).fault.unwrap();
        assert_eq!(fault.code, ErrorCode::CanisterTrapped);
        assert_eq!(fault.message, "Canister trapped: stack overflow");
    }
}

#[test]
fn missing_methods_are_named() {
    let mut state = install(&update(""));
    let missing = |entry| (entry, ErrorCode::CanisterMethodNotFound);
    for ((entry, code), message) in [
        (missing(Entry::Update { method: "x".into() }), "Canister has no update method 'x'."),
        (missing(query("x").entry), "Canister has no query method 'x'."),
        (
            missing(Entry::CompositeQuery { method: "x".into() }),
            "Canister has no composite_query method 'x'.",
        ),
        (
            (
                Entry::Reply { callback: callback(3), composite: false },
                ErrorCode::CanisterFunctionNotFound,
            ),
            "Canister requested to invoke a non-existent Wasm function 3 from table 0",
        ),
    ] {
        let fault = state.run(env(entry), Keep::Commit).fault.unwrap();
        assert_eq!((fault.code, fault.message.as_str()), (code, message));
    }
}

#[test]
fn a_report_names_the_canister() {
    let fault = fault("unreachable", go());
    let expected = format!("Error from Canister {}: Canister trapped: unreachable", id(1));
    assert_eq!(fault.reported_by(&id(1)), expected);
    assert_eq!(report(&id(1), "Canister trapped: unreachable"), expected);
}

#[test]
fn the_soft_heap_limit_stops_new_work_only() {
    let wat = canister(
        r#"(func (export "canister_update go") (drop (memory.grow (i32.const 1))))
           (func (export "canister_query peek") (drop (memory.grow (i32.const 1))))
           (func (export "canister_update noop"))"#,
    );
    let mut state = install(&wat);
    let limited = |mut message: crate::message::MessageEnv, pages: u64| {
        message.heap_limit_bytes = Some(pages * 65_536);
        message
    };
    let fault = state.run(limited(go(), 1), Keep::Commit).fault.unwrap();
    assert_eq!(fault.code, ErrorCode::CanisterWasmMemoryLimitExceeded);
    assert!(fault.message.starts_with(
        "Canister exceeded its current Wasm memory limit of 65536 bytes. The peak Wasm memory \
         usage was 131072 bytes."
    ));
    assert_eq!(state.heap_bytes(), 65_536);
    assert_eq!(state.run(limited(query("peek"), 1), Keep::Discard).fault, None);
    assert_eq!(state.run(limited(go(), 2), Keep::Commit).fault, None);
    assert_eq!(state.heap_bytes(), 131_072);
    // Above the limit nothing new starts, however small.
    let noop = env(Entry::Update { method: "noop".into() });
    let fault = state.run(limited(noop, 1), Keep::Commit).fault.unwrap();
    assert_eq!(fault.code, ErrorCode::CanisterWasmMemoryLimitExceeded);
}
