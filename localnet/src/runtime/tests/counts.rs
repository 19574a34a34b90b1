//! Exact instruction counts of small modules. Each number is the sum written beside it, by the
//! Internet Computer's weights; entering a function costs 1.

use crate::{
    message::{Entry, Keep},
    runtime::testing::{canister, env, go, install, number, replied, run, update},
};

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
fn an_empty_method_costs_its_entry() {
    assert_eq!(count(""), 1);
}

#[test]
fn a_reply_of_six_bytes_costs_1019() {
    // Entry 1, two constants, two calls of 5, 500 + 6 for the bytes, 500.
    let body = "(call $msg_reply_data_append (i32.const 0) (i32.const 6)) (call $msg_reply)";
    assert_eq!(count(body), 1 + 2 + 5 + 506 + 5 + 500);
}

#[test]
fn plain_instructions() {
    let constants = "(drop (i32.add (i32.const 1) (i32.const 2)))";
    assert_eq!(cost(constants), 2 + 1 + 1);
    assert_eq!(cost("(drop (i32.div_u (i32.const 9) (i32.const 2)))"), 2 + 10 + 1);
    assert_eq!(cost("(drop (i64.rem_s (i64.const 9) (i64.const 2)))"), 2 + 10 + 1);
    assert_eq!(cost("(drop (i32.load (i32.const 8)))"), 1 + 1 + 1);
    assert_eq!(cost("(i64.store (i32.const 8) (i64.const 1))"), 2 + 1);
    assert_eq!(cost("(nop) (return)"), 1 + 1);
    assert_eq!(cost("(drop (select (i32.const 1) (i32.const 2) (i32.const 3)))"), 3 + 1 + 1);
}

#[test]
fn control_flow() {
    // Taken branch: constant, if 2, constant, drop.
    assert_eq!(cost("(if (i32.const 1) (then (drop (i32.const 5))))"), 1 + 2 + 2);
    assert_eq!(cost("(if (i32.const 0) (then (drop (i32.const 5))) (else (nop)))"), 1 + 2 + 1);
    assert_eq!(cost("(block (br 0))"), 2);
    assert_eq!(cost("(block (br_if 0 (i32.const 0)))"), 1 + 2);
    assert_eq!(cost("(block (br_table 0 0 (i32.const 0)))"), 1 + 2);
    // Ten rounds of: get 1, constant 1, sub 1, tee 1, br_if 2; before it constant 1, set 1.
    let body = "(local i32) (local.set 0 (i32.const 10))
        (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))";
    assert_eq!(cost(body), 2 + 10 * 6);
}

#[test]
fn calls_globals_and_tables() {
    let functions = r#"
        (global $g (mut i32) (i32.const 0))
        (table 2 funcref) (elem (i32.const 0) $callee $callee)
        (func $callee)
        (func (export "canister_update go") (call $callee))
        (func (export "canister_update indirect") (call_indirect (i32.const 1)))
        (func (export "canister_update global") (global.set $g (global.get $g)))
    "#;
    let mut state = install(&canister(functions));
    let mut count = |method: &str| {
        let entry = Entry::Update { method: method.into() };
        state.run(env(entry), Keep::Commit).instructions
    };
    assert_eq!(count("go"), 1 + 5 + 1);
    assert_eq!(count("indirect"), 1 + 1 + 10 + 1);
    assert_eq!(count("global"), 1 + 2 + 2);
}

#[test]
fn memory_instructions() {
    assert_eq!(cost("(drop (memory.size))"), 20 + 1);
    assert_eq!(cost("(drop (memory.grow (i32.const 1)))"), 1 + 300 + 1);
    // A growth that is refused costs the same.
    assert_eq!(cost("(drop (memory.grow (i32.const 100)))"), 1 + 300 + 1);
    let fill = "(memory.fill (i32.const 0) (i32.const 1) (i32.const 77))";
    assert_eq!(cost(fill), 3 + 100 + 77);
    let copy = "(memory.copy (i32.const 0) (i32.const 100) (i32.const 33))";
    assert_eq!(cost(copy), 3 + 100 + 33);
}

#[test]
fn heavy_instructions_cost_300() {
    let functions = r#"
        (table 1 9 funcref) (data $d "xyz") (elem $e func $callee) (func $callee)
        (func (export "canister_update table") (drop (table.grow (ref.null func) (i32.const 2))))
        (func (export "canister_update full") (drop (table.grow (ref.null func) (i32.const 99))))
        (func (export "canister_update data") (data.drop $d))
        (func (export "canister_update elements") (elem.drop $e) (elem.drop $e))
        (func (export "canister_update init")
            (memory.init $d (i32.const 0) (i32.const 0) (i32.const 3))
            (table.init $e (i32.const 0) (i32.const 0) (i32.const 1)))
    "#;
    let mut state = install(&canister(functions));
    let mut count = |method: &str| {
        let entry = Entry::Update { method: method.into() };
        let outcome = state.run(env(entry), Keep::Commit);
        assert_eq!(outcome.fault, None);
        outcome.instructions
    };
    assert_eq!(count("table"), 1 + 2 + 300 + 1);
    assert_eq!(count("full"), 1 + 2 + 300 + 1);
    assert_eq!(count("data"), 1 + 300);
    assert_eq!(count("elements"), 1 + 2 * 300);
    assert_eq!(count("init"), 1 + 3 + 100 + 3 + 3 + 100 + 1);
}

#[test]
fn floating_point_and_vectors() {
    assert_eq!(cost("(drop (f32.add (f32.const 1) (f32.const 2)))"), 2 + 2 + 1);
    assert_eq!(cost("(drop (f64.div (f64.const 1) (f64.const 2)))"), 2 + 5 + 1);
    assert_eq!(cost("(drop (f64.max (f64.const 1) (f64.const 2)))"), 2 + 18 + 1);
    assert_eq!(cost("(drop (f64.sqrt (f64.const 4)))"), 1 + 8 + 1);
    assert_eq!(cost("(drop (f64.lt (f64.const 1) (f64.const 2)))"), 2 + 3 + 1);
    assert_eq!(cost("(drop (f64.convert_i64_u (i64.const 4)))"), 1 + 16 + 1);
    assert_eq!(cost("(drop (i32.trunc_f64_s (f64.const 4)))"), 1 + 20 + 1);
    let multiply = "(drop (i64x2.mul (v128.const i64x2 1 2) (v128.const i64x2 3 4)))";
    assert_eq!(cost(multiply), 2 + 4 + 1);
    let root = "(drop (f64x2.sqrt (v128.const f64x2 1 2)))";
    assert_eq!(cost(root), 1 + 14 + 1);
}

#[test]
fn stable_memory_calls() {
    let grow = "(drop (call $stable64_grow (i64.const 1)))";
    assert_eq!(cost(grow), 1 + 5 + 100 + 1);
    assert_eq!(cost("(drop (call $stable64_size))"), 5 + 1);
    let write = "(call $stable64_write (i64.const 0) (i64.const 0) (i64.const 512))";
    // The first write to a 4 KiB page costs 1,000 more, the second does not.
    assert_eq!(cost(&format!("{grow} {write}")), 107 + 3 + 5 + 20 + 512 + 1_000);
    assert_eq!(cost(&format!("{grow} {write} {write}")), 107 + 2 * (3 + 5 + 20 + 512) + 1_000);
    let across = "(call $stable64_write (i64.const 4095) (i64.const 0) (i64.const 2))";
    assert_eq!(cost(&format!("{grow} {across}")), 107 + 3 + 5 + 20 + 2 + 2_000);
    let read = "(call $stable64_read (i64.const 0) (i64.const 0) (i64.const 100))";
    assert_eq!(cost(&format!("{grow} {read}")), 107 + 3 + 5 + 20 + 100);
}

#[test]
fn dirty_pages_are_charged_again_in_the_next_message() {
    let functions = r#"
        (func (export "canister_init") (drop (call $stable64_grow (i64.const 1))))
        (func (export "canister_update go")
            (call $stable64_write (i64.const 0) (i64.const 0) (i64.const 8)))
    "#;
    let mut state = install(&canister(functions));
    for _ in 0..3 {
        let outcome = state.run(go(), Keep::Commit);
        assert_eq!(outcome.instructions, 1 + 3 + 5 + 20 + 8 + 1_000);
        assert_eq!(outcome.dirty_stable_pages, 1);
    }
}

#[test]
fn system_calls_have_their_own_charges() {
    assert_eq!(cost("(drop (call $time))"), 5 + 500 + 1);
    assert_eq!(
        cost("(call $msg_caller_copy (i32.const 0) (i32.const 0) (i32.const 10))"),
        3 + 5 + 510
    );
    assert_eq!(cost("(call $debug_print (i32.const 0) (i32.const 9))"), 2 + 5 + 109);
    assert_eq!(cost("(drop (call $is_controller (i32.const 0) (i32.const 4)))"), 2 + 5 + 1_004 + 1);
    let call = "(call $call_new (i32.const 0) (i32.const 4) (i32.const 0) (i32.const 3)
        (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)) (drop (call $call_perform))";
    assert_eq!(cost(call), 8 + 5 + 1_507 + 5 + 5_000 + 1);
}

#[test]
fn performance_counter_tells_the_instructions_so_far() {
    let body = "(call $reply_i64 (call $performance_counter (i32.const 0)))";
    // Entry, constant, call and the counter's own charge.
    assert_eq!(number(&replied(run(&update(body), go()))), 1 + 1 + 5 + 200);

    let grown = "(drop (memory.grow (i32.const 1)))
        (call $reply_i64 (call $performance_counter (i32.const 0)))";
    assert_eq!(number(&replied(run(&update(grown), go()))), 1 + 302 + 1 + 5 + 200);

    let body = "(call $reply_i64 (call $performance_counter (i32.const 1)))";
    let mut message = go();
    message.context_instructions = 5_000;
    assert_eq!(number(&replied(run(&update(body), message))), 5_000 + 207);
}
