//! Modules with a 64-bit memory: the same machine with wider addresses and weights of its own.

use pocket_ic::ErrorCode;

use crate::{
    message::{Callback, Entry, Keep, Response},
    runtime::{
        ExecutionState, StableMemory, Width,
        limits::{MAX_WIDE_HEAP_PAGES, WASM_PAGE_BYTES},
        testing::{ENGINE, compile, env, go, install, number, replied, run, wide_canister},
    },
};

fn update(body: &str) -> String {
    wide_canister(&format!(r#"(func (export "canister_update go") {body})"#))
}

fn count(body: &str) -> u64 {
    let outcome = run(&update(body), go());
    assert_eq!(outcome.fault, None, "in {body}");
    outcome.instructions
}

/// What a body costs beyond an empty one.
fn cost(body: &str) -> u64 {
    count(body) - count("")
}

#[test]
fn loads_and_stores_cost_two_and_everything_else_what_it_costs() {
    assert_eq!(count(""), 1);
    assert_eq!(cost("(drop (i64.load (i64.const 8)))"), 1 + 2 + 1);
    assert_eq!(cost("(drop (i32.load16_s (i64.const 8)))"), 1 + 2 + 1);
    assert_eq!(cost("(drop (f64.load (i64.const 8)))"), 1 + 2 + 1);
    assert_eq!(cost("(drop (v128.load (i64.const 8)))"), 1 + 2 + 1);
    assert_eq!(cost("(i64.store (i64.const 8) (i64.const 1))"), 2 + 2);
    assert_eq!(cost("(i32.store8 (i64.const 8) (i32.const 1))"), 2 + 2);
    let lane = "(v128.store8_lane 1 (i64.const 8) (v128.const i64x2 0 0))";
    assert_eq!(cost(lane), 2 + 2);
    assert_eq!(cost("(drop (i64.add (i64.const 1) (i64.const 2)))"), 2 + 1 + 1);
    assert_eq!(cost("(drop (memory.size))"), 20 + 1);
    assert_eq!(cost("(drop (memory.grow (i64.const 1)))"), 1 + 300 + 1);
    assert_eq!(cost("(memory.fill (i64.const 0) (i32.const 1) (i64.const 77))"), 3 + 100 + 77);
    assert_eq!(cost("(memory.copy (i64.const 0) (i64.const 9) (i64.const 33))"), 3 + 100 + 33);
    let reply = "(call $msg_reply_data_append (i64.const 0) (i64.const 6)) (call $msg_reply)";
    assert_eq!(count(reply), 1 + 2 + 5 + 506 + 5 + 500);
    let grow = "(drop (call $stable64_grow (i64.const 1)))";
    let write = "(call $stable64_write (i64.const 0) (i64.const 0) (i64.const 512))";
    assert_eq!(cost(&format!("{grow} {write}")), 107 + 3 + 5 + 20 + 512 + 1_000);
}

#[test]
fn addresses_beyond_four_gibibytes_are_ordinary() {
    // One byte beyond 4 GiB is written and read, by an instruction and by a system call.
    let body = "
        (drop (memory.grow (i64.const 65536)))
        (i32.store8 (i64.const 0x1_0000_0001) (i32.const 77))
        (call $msg_reply_data_append (i64.const 0x1_0000_0001) (i64.const 1))
        (call $msg_reply)";
    let outcome = install(&update(body)).run(go(), Keep::Discard);
    assert_eq!(outcome.fault, None);
    assert_eq!(outcome.heap_bytes, 65_537 * WASM_PAGE_BYTES);
    assert_eq!(outcome.response, Some(Response::Reply(vec![77])));
}

#[test]
fn a_heap_grows_to_six_gibibytes_and_no_further() {
    let most = MAX_WIDE_HEAP_PAGES - 1;
    let grown = |pages: u64| {
        let body = format!("(call $reply_i64 (memory.grow (i64.const {pages})))");
        let mut state = install(&update(&body));
        number(&replied(state.run(go(), Keep::Discard)))
    };
    assert_eq!(grown(most), 1);
    assert_eq!(grown(most + 1), u64::MAX);
}

#[test]
fn ranges_are_checked_without_wrapping() {
    let fault = |body: &str| run(&update(body), go()).fault.unwrap();
    let end = "(call $msg_reply_data_append (i64.const -8) (i64.const 16))";
    assert_eq!(fault(end).message, "Canister trapped: heap out of bounds");
    let beyond = "(call $msg_caller_copy (i64.const 65530) (i64.const 0) (i64.const 10))";
    assert_eq!(fault(beyond).message, "Canister trapped: heap out of bounds");
    let offset = "(call $msg_caller_copy (i64.const 0) (i64.const -1) (i64.const 2))";
    assert_eq!(fault(offset).code, ErrorCode::CanisterContractViolation);
    // Bytes are charged before they are looked for.
    let size = "(call $msg_reply_data_append (i64.const 0) (i64.const -1))";
    assert_eq!(fault(size).code, ErrorCode::CanisterInstructionLimitExceeded);
    let name = "(drop (call $env_var_name_size (i64.const -1)))";
    assert_eq!(fault(name).code, ErrorCode::CanisterContractViolation);
}

#[test]
fn callbacks_get_all_of_their_environment() {
    let wat = wide_canister(
        "(table funcref (elem $back $narrow))
         (func $back (param i64) (call $reply_i64 (local.get 0)))
         (func $narrow (param i32))",
    );
    let reply = |function: u64| Entry::Reply {
        callback: Callback { function, environment: 0x1_2345_6789 },
        composite: false,
    };
    assert_eq!(number(&replied(run(&wat, env(reply(0))))), 0x1_2345_6789);
    let fault = run(&wat, env(reply(1))).fault.unwrap();
    assert_eq!(fault.message, "Canister trapped: indirect call type mismatch");
    let fault = run(&wat, env(reply(2))).fault.unwrap();
    assert_eq!(fault.code, ErrorCode::CanisterFunctionNotFound);
    let fault = run(&wat, env(reply(u64::MAX))).fault.unwrap();
    assert_eq!(fault.code, ErrorCode::CanisterFunctionNotFound);
}

#[test]
fn a_call_carries_wide_functions_and_costs_more() {
    let body = r"(call $call_new (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 4)
            (i64.const 3) (i64.const 0x1_0000_0000) (i64.const 4) (i64.const 5))
        (call $call_on_cleanup (i64.const 6) (i64.const -1))
        (call $call_data_append (i64.const 0) (i64.const 4))
        (drop (call $call_perform))
        (call $cost_call (i64.const 4) (i64.const 4) (i64.const 16))
        (call $reply_bytes (i64.const 16) (i64.const 16))";
    let mut message = go();
    message.balance = 1 << 60;
    let outcome = run(&update(body), message);
    let call = outcome.calls.first().unwrap().clone();
    assert_eq!(call.on_reply, Callback { function: 3, environment: 1 << 32 });
    assert_eq!(call.on_cleanup, Some(Callback { function: 6, environment: u64::MAX }));
    // Sending 260,008,000 of request and 2 MiB of response, and a callback at twice the price.
    assert_eq!(call.fee, 268_000 + 2_097_152_000 + 80_005_000_000);
    let told = u128::from_le_bytes(replied(outcome).try_into().unwrap());
    assert_eq!(told, call.fee, "cost_call tells what is charged");
}

#[test]
fn a_trap_at_any_instruction_leaves_the_state_as_it_was() {
    let wat = wide_canister(
        r#"(global $g (mut i64) (i64.const 0))
        (func (export "canister_init")
            (drop (call $stable64_grow (i64.const 1)))
            (memory.fill (i64.const 64) (i32.const 9) (i64.const 9000)))
        (func (export "canister_update go") (local i64)
            (loop
                (i64.store (i64.mul (local.get 0) (i64.const 512)) (local.get 0))
                (global.set $g (i64.add (global.get $g) (i64.const 1)))
                (call $stable64_write (local.get 0) (i64.const 64) (i64.const 700))
                (drop (memory.grow (i64.const 1)))
                (local.set 0 (i64.add (local.get 0) (i64.const 1)))
                (br_if 0 (i64.lt_u (local.get 0) (i64.const 20)))))"#,
    );
    let mut state = install(&wat);
    let before = state.image();
    let full = state.clone().run(go(), Keep::Commit);
    assert_eq!(full.fault, None);
    let last = full.instructions - 1;
    for cut in (0..last).step_by(397).chain([last]) {
        let mut message = go();
        message.instruction_limit = cut;
        assert!(state.run(message, Keep::Commit).fault.is_some(), "cut at {cut}");
        assert_eq!(state.image(), before, "cut at {cut}");
    }
    let again = state.run(go(), Keep::Commit);
    assert_eq!((again.fault, again.instructions), (None, full.instructions));
}

/// What compilers emit that keep the heap: data in passive segments, copied in by `start`.
#[test]
fn a_kept_heap_is_not_initialised_again() {
    let module = |text: &str, pages: u64| {
        wide_canister(&format!(
            r#"(data $text "{text}")
            (data (i64.const 32) "active {text}")
            (global $runs (mut i64) (i64.const 5))
            (func (export "canister_init")
                (memory.init $text (i64.const 0) (i32.const 0) (i32.const 3))
                (drop (memory.grow (i64.const {pages}))))
            (func (export "canister_post_upgrade")
                (memory.init $text (i64.const 8) (i32.const 0) (i32.const 3)))
            (func (export "canister_update go")
                (global.set $runs (i64.add (global.get $runs) (i64.const 1)))
                (i64.store8 (i64.const 16) (global.get $runs))
                (call $reply_bytes (i64.const 0) (i64.const 48)))"#
        ))
    };
    let mut old = install(&module("old", 2));
    old.run(go(), Keep::Commit);
    let image = old.image();
    let mut new = ExecutionState::keeping_heap(&ENGINE, compile(&module("new", 0)), image).unwrap();
    assert_eq!(new.run(env(Entry::PostUpgrade), Keep::Commit).fault, None);
    let told = replied(new.run(go(), Keep::Commit));
    assert_eq!(&told[..3], b"old", "the heap stayed");
    assert_eq!(&told[8..11], b"new", "passive segments are the new module's");
    assert_eq!(told[16], 6, "globals start anew");
    assert_eq!(&told[32..42], b"active old", "active segments are not written");
    assert_eq!(new.heap_bytes(), 3 * WASM_PAGE_BYTES);
}

#[test]
fn a_kept_heap_is_as_large_as_the_new_module_needs() {
    let narrow = r#"(module (memory 1) (data (i32.const 0) "kept")
        (func (export "canister_init")))"#;
    let old = install(narrow);
    let wide = r#"(module (memory i64 3) (func (export "canister_update go")))"#;
    let mut new = ExecutionState::keeping_heap(&ENGINE, compile(wide), old.image()).unwrap();
    assert_eq!(new.run(go(), Keep::Commit).fault, None);
    assert_eq!(new.heap_bytes(), 3 * WASM_PAGE_BYTES);
    assert_eq!(&new.image().heap().unwrap()[..5], b"kept\0");
}

#[test]
fn the_width_is_known_and_kept_with_compiled_code() {
    let dir = tempfile::tempdir().unwrap();
    let config = || crate::runtime::EngineConfig { cache_dir: Some(dir.path().into()) };
    let wasm = wat::parse_str(update("(call $reply_i64 (i64.const 42))")).unwrap();
    for _ in 0..2 {
        let engine = crate::runtime::Engine::new(config()).unwrap();
        let module = engine.compile(&wasm).unwrap();
        assert_eq!(module.width(), Width::Wasm64);
        let mut state = ExecutionState::new(&engine, module, StableMemory::new());
        assert_eq!(number(&replied(state.run(go(), Keep::Commit))), 42);
    }
}
