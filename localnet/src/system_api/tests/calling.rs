//! Calls to other canisters.

use std::{collections::BTreeMap, fmt::Write, sync::Arc};

use pocket_ic::ErrorCode;

use crate::{
    fees,
    message::{Callback, Entry, MAX_CALLS_PER_PAIR, MessageEnv, Outcome},
    runtime::{
        Width,
        testing::{canister, env, go, id, number, replied, run},
    },
};

/// A call to canister 9, method `ping`, callbacks (1, 10) and (2, 20).
const NEW: &str = "(call $call_new (i32.const 100) (i32.const 10) (i32.const 120) (i32.const 4)
    (i32.const 1) (i32.const 10) (i32.const 2) (i32.const 20))";

fn wat(body: &str) -> String {
    let bytes = id(9).as_slice().iter().fold(String::new(), |mut text, byte| {
        write!(text, "\\{byte:02x}").expect("writing to a string cannot fail");
        text
    });
    canister(&format!(
        r#"(data (i32.const 100) "{bytes}") (data (i32.const 120) "ping")
           (func (export "canister_update go") {body})
           (func (export "canister_composite_query go2") {body})"#
    ))
}

fn make(body: &str, message: MessageEnv) -> Outcome {
    run(&wat(body), message)
}

fn violation(body: &str) -> String {
    let fault = make(body, go()).fault.expect("the message fails");
    assert_eq!(fault.code, ErrorCode::CanisterContractViolation);
    fault.message
}

const PERFORM: &str = "(call $reply_i32 (call $call_perform))";

#[test]
fn a_call_carries_what_was_assembled() {
    let body = format!(
        "{NEW}
        (call $call_data_append (i32.const 120) (i32.const 2))
        (call $call_data_append (i32.const 122) (i32.const 2))
        (call $call_on_cleanup (i32.const 3) (i32.const 30))
        (call $call_cycles_add (i64.const 7))
        (call $call_cycles_add128 (i64.const 0) (i64.const 5))
        (call $call_with_best_effort_response (i32.const 900))
        {PERFORM}"
    );
    let outcome = make(&body, go());
    let fee = fees::call_total(4, 4, 13, Width::Wasm32);
    assert_eq!((outcome.cycles_sent, outcome.call_fees), (12, fee));
    let [call] = outcome.calls.as_slice() else { panic!("one call, not {:?}", outcome.calls) };
    assert_eq!((call.callee, call.method.as_str()), (id(9), "ping"));
    assert_eq!((call.arg.as_slice(), call.cycles, call.fee), (b"ping".as_slice(), 12, fee));
    assert_eq!(call.on_reply, Callback { function: 1, environment: 10 });
    assert_eq!(call.on_reject, Callback { function: 2, environment: 20 });
    assert_eq!(call.on_cleanup, Some(Callback { function: 3, environment: 30 }));
    // Longer waits than 300 s are shortened.
    assert_eq!(call.timeout_seconds, Some(300));
    assert_eq!(number(&replied(outcome)), 0);
}

#[test]
fn the_balance_pays_for_calls() {
    let body = format!(
        "{NEW} (call $call_cycles_add (i64.const 1000)) (drop (call $call_perform))
        (call $reply_i64 (call $canister_cycle_balance))"
    );
    let balance = go().balance;
    let left = balance - 1_000 - fees::call_total(4, 0, 13, Width::Wasm32);
    assert_eq!(u128::from(number(&replied(make(&body, go())))), left);
}

#[test]
fn cycles_of_calls_not_made_return() {
    for body in [
        format!("{NEW} (call $call_cycles_add (i64.const 1000)) {NEW}"),
        format!("{NEW} (call $call_cycles_add (i64.const 1000))"),
    ] {
        let tail = "(call $reply_i64 (call $canister_cycle_balance))";
        let outcome = make(&format!("{body} {tail}"), go());
        assert_eq!((outcome.cycles_sent, outcome.calls.len()), (0, 0));
        let told = u128::from(number(&replied(outcome)));
        let expected = if body.ends_with(NEW) { 0 } else { 1_000 };
        assert_eq!(told, go().balance - expected);
    }
}

#[test]
fn a_full_queue_refuses_and_returns_the_cycles() {
    let body = format!("{NEW} (call $call_cycles_add (i64.const 1000)) {PERFORM}");
    let waiting = |calls: usize| {
        let mut message = go();
        message.calls_in_flight = Arc::new(BTreeMap::from([(id(9), calls)]));
        make(&body, message)
    };
    let full = waiting(MAX_CALLS_PER_PAIR);
    assert_eq!((full.cycles_sent, full.call_fees, full.calls.len()), (0, 0, 0));
    assert_eq!(number(&replied(full)), 2);
    assert_eq!(number(&replied(waiting(MAX_CALLS_PER_PAIR - 1))), 0);
}

#[test]
fn calls_of_the_message_itself_fill_the_queue() {
    let body = format!(
        "(local i32 i32)
        (loop
            {NEW}
            (local.set 1 (i32.add (local.get 1) (i32.eqz (call $call_perform))))
            (local.set 0 (i32.add (local.get 0) (i32.const 1)))
            (br_if 0 (i32.lt_u (local.get 0) (i32.const 510))))
        (call $reply_i32 (local.get 1))"
    );
    let outcome = make(&body, go());
    assert_eq!(outcome.calls.len(), MAX_CALLS_PER_PAIR);
    assert_eq!(number(&replied(outcome)), MAX_CALLS_PER_PAIR as u64);
}

#[test]
fn a_call_that_would_freeze_the_canister_is_refused() {
    let cost = fees::call_total(4, 0, 13, Width::Wasm32);
    let body = format!("{NEW} {PERFORM}");
    let perform = |balance: u128| {
        let mut message = go();
        message.freezing_limit = 50;
        message.balance = balance;
        let outcome = make(&body, message);
        (outcome.calls.len(), number(&replied(outcome)))
    };
    assert_eq!(perform(cost + 50), (1, 0));
    assert_eq!(perform(cost + 49), (0, 2));
}

#[test]
fn composite_queries_call_for_free() {
    let mut message = env(Entry::CompositeQuery { method: "go2".into() });
    message.balance = 0;
    let outcome = make(&format!("{NEW} {PERFORM}"), message);
    assert_eq!((outcome.calls.len(), outcome.call_fees), (1, 0));
    assert_eq!(number(&replied(outcome)), 0);
}

#[test]
fn more_cycles_than_liquid_end_the_message() {
    let mut message = go();
    message.balance = 100;
    message.freezing_limit = 40;
    let body = format!("{NEW} (call $call_cycles_add (i64.const 61))");
    let fault = make(&body, message).fault.expect("the message fails");
    assert_eq!(fault.code, ErrorCode::InsufficientCyclesInCall);
    assert_eq!(
        fault.message,
        format!(
            "Canister {} is out of cycles: please top up the canister with at least 1 additional \
             cycles",
            id(1)
        )
    );
}

#[test]
fn the_builder_insists_on_its_order() {
    for call in [
        "(call $call_data_append (i32.const 0) (i32.const 0))",
        "(call $call_on_cleanup (i32.const 0) (i32.const 0))",
        "(call $call_cycles_add (i64.const 0))",
        "(call $call_with_best_effort_response (i32.const 1))",
        "(drop (call $call_perform))",
    ] {
        assert!(violation(call).contains("no call is under construction"));
        let after = format!("{NEW} (drop (call $call_perform)) {call}");
        assert!(violation(&after).contains("no call is under construction"));
    }
    for twice in [
        "(call $call_on_cleanup (i32.const 0) (i32.const 0))",
        "(call $call_with_best_effort_response (i32.const 1))",
    ] {
        assert!(violation(&format!("{NEW} {twice} {twice}")).contains("at most once"));
    }
    let long_callee =
        NEW.replace("(i32.const 10) (i32.const 120)", "(i32.const 30) (i32.const 120)");
    assert!(violation(&long_callee).contains("longer than the allowed 29"));
    let long_name = NEW.replace("(i32.const 4)\n", "(i32.const 20001)\n");
    assert!(violation(&long_name).contains("longer than the allowed 20000"));
}

#[test]
fn arguments_are_limited() {
    let append = "(call $call_data_append (i32.const 0) (i32.const 5242880))";
    let grow = "(drop (memory.grow (i32.const 90)))";
    assert_eq!(make(&format!("{grow} {NEW} {append} {append}"), go()).fault, None);
    let one_more = "(call $call_data_append (i32.const 0) (i32.const 1))";
    let message = violation(&format!("{grow} {NEW} {append} {append} {one_more}"));
    assert!(message.contains("larger than the allowed 10485760"), "{message}");
}
