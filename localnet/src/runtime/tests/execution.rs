//! Entry points, `start`, callbacks, images, and where messages run.

use crate::{
    message::{Entry, Keep, Response},
    runtime::{
        ExecutionState, StableMemory, StateImage, Visibility,
        testing::{
            ENGINE, callback, canister, compile, env, go, install, number, query, replied, run,
            update,
        },
        with_large_stack,
    },
};

const COUNTER: &str = r#"
    (global $count (mut i64) (i64.const 0))
    (global $half (mut f64) (f64.const 0.5))
    (func $begin (i32.store (i32.const 100) (i32.add (i32.load (i32.const 100)) (i32.const 1))))
    (start $begin)
    (func (export "canister_update go")
        (global.set $count (i64.add (global.get $count) (i64.const 1)))
        (global.set $half (f64.add (global.get $half) (f64.const 0.25)))
        (drop (memory.grow (i32.const 1)))
        (i64.store (i32.const 65536) (global.get $count))
        (call $reply_i64 (global.get $count)))
    (func (export "canister_query count") (call $reply_i64 (global.get $count)))
    (func (export "canister_query starts") (call $reply_i32 (i32.load (i32.const 100))))
    (func (export "canister_query half") (call $reply_i64 (i64.reinterpret_f64 (global.get $half))))
    (func (export "canister_query grow")
        (drop (memory.grow (i32.const 3)))
        (call $reply_i32 (memory.size)))
"#;

fn ask(state: &mut ExecutionState, method: &str) -> u64 {
    number(&replied(state.run(query(method), Keep::Discard)))
}

#[test]
fn start_runs_once_whatever_happens() {
    let mut state = install(&canister(COUNTER));
    assert_eq!(ask(&mut state, "starts"), 1);
    // A query that grows the heap is undone by a new instance.
    assert_eq!(ask(&mut state, "grow"), 4);
    assert_eq!(ask(&mut state, "grow"), 4);
    assert_eq!(ask(&mut state, "starts"), 1);
    let module = state.module().clone();
    let mut restored = ExecutionState::from_image(&ENGINE, module, state.image());
    assert_eq!(ask(&mut restored, "starts"), 1);
}

#[test]
fn start_runs_within_its_own_message() {
    let mut state = ExecutionState::new(&ENGINE, compile(&canister(COUNTER)), StableMemory::new());
    assert_eq!(state.heap_bytes(), 65_536);
    let outcome = state.run(env(Entry::Start), Keep::Commit);
    assert_eq!(outcome.fault, None);
    // Entry, two constants, load, constant, add, store.
    assert_eq!(outcome.instructions, 1 + 6);
    assert_eq!(ask(&mut state, "starts"), 1);
}

#[test]
fn an_image_restores_heap_and_globals() {
    let mut state = install(&canister(COUNTER));
    for expected in 1..=3 {
        assert_eq!(number(&replied(state.run(go(), Keep::Commit))), expected);
    }
    let image = state.image();
    let mut restored = ExecutionState::from_image(&ENGINE, state.module().clone(), image.clone());
    assert_eq!(restored.image(), image);
    assert_eq!(restored.heap_bytes(), 4 * 65_536);
    assert_eq!(ask(&mut restored, "count"), 3);
    assert_eq!(ask(&mut restored, "half"), 1.25f64.to_bits());
    // The two go separate ways from here.
    replied(state.run(go(), Keep::Commit));
    assert_eq!(ask(&mut restored, "count"), 3);
    assert_eq!(restored.image(), image);
    assert_ne!(state.image(), image);
}

#[test]
fn a_query_changes_nothing() {
    let wat = canister(
        r#"(func (export "canister_init") (drop (call $stable64_grow (i64.const 1))))
           (func (export "canister_query poke")
               (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
               (call $stable64_write (i64.const 5) (i64.const 0) (i64.const 4))
               (drop (call $stable64_grow (i64.const 2)))
               (call $reply_i32 (i32.load (i32.const 0))))"#,
    );
    let mut state = install(&wat);
    let before = state.image();
    for _ in 0..3 {
        let outcome = state.run(query("poke"), Keep::Discard);
        assert_eq!(outcome.dirty_stable_pages, 1);
        assert_eq!(number(&replied(outcome)), 1);
        assert_eq!(state.image(), before);
    }
}

#[test]
fn absent_entry_points_succeed_without_effect() {
    let mut state = install(&update(""));
    let before = state.image();
    for entry in [
        Entry::PreUpgrade,
        Entry::PostUpgrade,
        Entry::Heartbeat,
        Entry::GlobalTimer,
        Entry::LowWasmMemory,
        Entry::InspectMessage { method: "go".into() },
    ] {
        let outcome = state.run(env(entry), Keep::Commit);
        assert_eq!(outcome.fault, None);
        assert_eq!(outcome.instructions, 0);
        assert_eq!(outcome.heap_bytes, 65_536);
    }
    assert_eq!(state.image(), before);
}

#[test]
fn callbacks_get_their_environment() {
    let wat = canister(
        "(table 3 funcref) (elem (i32.const 1) $back $plain)
           (func $back (param i32) (call $reply_i32 (local.get 0)))
           (func $plain)",
    );
    let mut state = install(&wat);
    let call = |function| Entry::Reply { callback: callback(function), composite: false };
    assert_eq!(number(&replied(state.run(env(call(1)), Keep::Commit))), 7);
    let null = state.run(env(call(0)), Keep::Commit).fault.unwrap();
    assert!(null.message.contains("non-existent Wasm function 0"), "{}", null.message);
    let wrong = state.run(env(call(2)), Keep::Commit).fault.unwrap();
    assert_eq!(wrong.message, "Canister trapped: indirect call type mismatch");
}

#[test]
fn table_changes_last_one_message() {
    // The Internet Computer runs each message on a fresh instance, so it forgets them as well.
    let wat = canister(
        r#"(table $t 2 funcref) (elem (i32.const 0) $one $one) (elem declare func $two)
           (data $text "abc")
           (type $answer (func (result i32)))
           (func $one (result i32) (i32.const 1))
           (func $two (result i32) (i32.const 2))
           (func (export "canister_update go")
               (table.set $t (i32.const 0) (ref.func $two))
               (memory.init $text (i32.const 0) (i32.const 0) (i32.const 3))
               (data.drop $text)
               (call $reply_i32 (call_indirect (type $answer) (i32.const 0))))
           (func (export "canister_query look")
               (memory.init $text (i32.const 0) (i32.const 0) (i32.const 3))
               (call $reply_i32 (call_indirect (type $answer) (i32.const 0))))"#,
    );
    let mut state = install(&wat);
    assert_eq!(number(&replied(state.run(go(), Keep::Commit))), 2);
    assert_eq!(ask(&mut state, "look"), 1);
    assert_eq!(number(&replied(state.run(go(), Keep::Commit))), 2);
}

#[test]
fn a_module_without_memory_runs() {
    let wat = r#"(module (import "ic0" "msg_reply" (func $reply))
        (func (export "canister_update go") (call $reply)))"#;
    let mut state = install(wat);
    assert_eq!(state.heap_bytes(), 0);
    assert!(replied(state.run(go(), Keep::Commit)).is_empty());
}

#[test]
fn data_that_does_not_fit_fails_the_installation() {
    let wat = r#"(module (memory 1) (data (i32.const 65535) "ab"))"#;
    let mut state = ExecutionState::new(&ENGINE, compile(wat), StableMemory::new());
    let fault = state.run(env(Entry::Start), Keep::Commit).fault.unwrap();
    assert_eq!(fault.message, "Canister trapped: heap out of bounds");
}

#[test]
fn results_do_not_depend_on_the_thread() {
    let wat = update("(call $reply_i64 (call $performance_counter (i32.const 0)))");
    let here = run(&wat, go());
    let there = with_large_stack(move || run(&wat, go()));
    assert_eq!(here.instructions, there.instructions);
    assert_eq!(replied(here), replied(there));
}

#[test]
fn effects_of_a_message_are_reported() {
    let body = "(drop (memory.grow (i32.const 1)))
        (drop (call $stable64_grow (i64.const 2)))
        (call $msg_reject (i32.const 0) (i32.const 0))";
    let outcome = run(&update(body), go());
    assert_eq!(outcome.fault, None);
    assert_eq!(outcome.response, Some(Response::Reject(String::new())));
    assert_eq!(outcome.heap_bytes, 131_072);
    assert_eq!(outcome.stable_pages, 2);
    assert_eq!(outcome.dirty_stable_pages, 0);
}

#[test]
fn a_module_tells_what_it_exports() {
    let wat = r#"(module
        (func (export "canister_update a")) (func (export "canister_query b"))
        (func (export "canister_composite_query c")) (func (export "canister_heartbeat"))
        (@custom "icp:public candid:service" "service : {}")
        (@custom "icp:private notes" "n"))"#;
    let module = compile(wat);
    assert!(module.has_update("a") && !module.has_update("b"));
    assert!(module.has_query("b") && module.has_composite_query("c"));
    assert!(module.has_export("canister_heartbeat") && !module.has_export("canister_init"));
    let service = module.custom_section("candid:service");
    assert_eq!(service, Some((Visibility::Public, b"service : {}".as_slice())));
    assert_eq!(module.custom_section("notes"), Some((Visibility::Private, b"n".as_slice())));
    assert_eq!(module.custom_section("x"), None);
    // Four functions that consist of their end.
    assert_eq!(module.instruction_count(), 4);
}

#[test]
fn an_image_overrules_initial_data() {
    // The first message clears data that every fresh instance starts with.
    let wat = canister(
        r#"(data (i32.const 10) "one")
           (func (export "canister_update go")
               (drop (memory.grow (i32.const 2)))
               (memory.fill (i32.const 0) (i32.const 0) (i32.const 65536))
               (i32.store8 (i32.const 140000) (i32.const 5)))
           (func (export "canister_query first") (call $reply_i32 (i32.load (i32.const 10))))
           (func (export "canister_query last") (call $reply_i32 (i32.load (i32.const 140000))))"#,
    );
    let mut state = install(&wat);
    assert_ne!(ask(&mut state, "first"), 0);
    assert_eq!(state.run(go(), Keep::Commit).fault, None);
    let image = state.image();
    let stored = StateImage::from_parts(image.heap_parts(), image.stable().clone());
    assert_eq!(stored, image);
    for image in [image, stored] {
        let mut restored = ExecutionState::from_image(&ENGINE, state.module().clone(), image);
        assert_eq!(ask(&mut restored, "first"), 0);
        assert_eq!(ask(&mut restored, "last"), 5);
        assert_eq!(restored.image(), state.image());
    }
}
