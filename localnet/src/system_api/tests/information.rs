//! Identity, status, time, timer, controllers, certified data, environment variables.

use std::{collections::BTreeMap, sync::Arc};

use pocket_ic::ErrorCode;

use crate::{
    message::{MessageEnv, RunStatus},
    runtime::testing::{canister, fault, go, id, number, query, replied, reply, run, update},
};

fn ask(call: &str, message: MessageEnv) -> u64 {
    number(&reply(&format!("(call $reply_i32 (call ${call}))"), message))
}

fn ask_wide(call: &str, message: MessageEnv) -> u64 {
    number(&reply(&format!("(call $reply_i64 (call ${call}))"), message))
}

fn blob(name: &str, message: MessageEnv) -> Vec<u8> {
    let body = format!(
        "(call ${name}_copy (i32.const 100) (i32.const 0) (call ${name}_size))
         (call $reply_bytes (i32.const 100) (call ${name}_size))"
    );
    reply(&body, message)
}

#[test]
fn a_canister_knows_itself_and_its_place() {
    let mut message = go();
    message.canister_version = 1 << 40;
    message.root_key = Arc::new(vec![3; 133]);
    message.subnet_nodes = 34;
    assert_eq!(blob("canister_self", message.clone()), id(1).as_slice());
    assert_eq!(blob("subnet_self", message.clone()), id(200).as_slice());
    assert_eq!(blob("root_key", message.clone()), [3; 133]);
    assert_eq!(ask("subnet_self_node_count", message.clone()), 34);
    assert_eq!(ask_wide("canister_version", message.clone()), 1 << 40);
    assert_eq!(ask_wide("time", message.clone()), message.time_ns);
    for (status, answer) in
        [(RunStatus::Running, 1), (RunStatus::Stopping, 2), (RunStatus::Stopped, 3)]
    {
        message.status = status;
        assert_eq!(ask("canister_status", message.clone()), answer);
    }
}

#[test]
fn replication_is_told() {
    assert_eq!(ask("in_replicated_execution", go()), 1);
    let wat = canister(
        r#"(func (export "canister_query go") (call $reply_i32 (call $in_replicated_execution)))"#,
    );
    assert_eq!(number(&replied(run(&wat, query("go")))), 0);
    let mut replicated = query("go");
    replicated.entry = crate::message::Entry::Query { method: "go".into(), replicated: true };
    assert_eq!(number(&replied(run(&wat, replicated))), 1);
}

#[test]
fn setting_the_timer_answers_the_previous_one() {
    let mut message = go();
    message.global_timer = 11;
    let body = "(drop (call $global_timer_set (i64.const 12)))
        (call $reply_i64 (call $global_timer_set (i64.const 13)))";
    let outcome = run(&update(body), message.clone());
    assert_eq!(outcome.global_timer, Some(13));
    assert_eq!(number(&replied(outcome)), 12);
    let once = "(call $reply_i64 (call $global_timer_set (i64.const 0)))";
    assert_eq!(number(&reply(once, message)), 11);
}

#[test]
fn controllers_are_recognised() {
    let mut message = go();
    message.controllers = Arc::new(vec![id(5), id(2)]);
    // The caller is controller 2; its ten bytes are copied and asked about.
    let body = |size: u32| {
        format!(
            "(call $msg_caller_copy (i32.const 0) (i32.const 0) (call $msg_caller_size))
             (call $reply_i32 (call $is_controller (i32.const 0) (i32.const {size})))"
        )
    };
    assert_eq!(number(&reply(&body(10), message.clone())), 1);
    assert_eq!(number(&reply(&body(9), message.clone())), 0);
    let violation = fault(&body(30), message);
    assert_eq!(violation.code, ErrorCode::CanisterContractViolation);
}

#[test]
fn certified_data_has_at_most_32_bytes() {
    let body = "(call $certified_data_set (i32.const 0) (i32.const 32))";
    assert_eq!(run(&update(body), go()).certified_data, Some(vec![0; 32]));
    let body = "(call $certified_data_set (i32.const 0) (i32.const 33))";
    assert_eq!(fault(body, go()).code, ErrorCode::CanisterContractViolation);
    assert_eq!(run(&update(""), go()).certified_data, None);
}

#[test]
fn certificates_are_for_queries_only() {
    let wat = canister(
        r#"(func $present (call $reply_i32 (call $data_certificate_present)))
           (func (export "canister_update go") (call $present))
           (func (export "canister_query present") (call $present))
           (func (export "canister_query copy")
               (call $data_certificate_copy (i32.const 0) (i32.const 1) (i32.const 2))
               (call $reply_bytes (i32.const 0) (i32.const 2)))"#,
    );
    let certified = |mut message: MessageEnv| {
        message.certificate = Some(vec![1, 2, 3].into());
        message
    };
    assert_eq!(number(&replied(run(&wat, certified(query("present"))))), 1);
    assert_eq!(number(&replied(run(&wat, query("present")))), 0);
    assert_eq!(number(&replied(run(&wat, certified(go())))), 0);
    assert_eq!(replied(run(&wat, certified(query("copy")))), [2, 3]);
    let fault = run(&wat, query("copy")).fault.unwrap();
    assert_eq!(fault.code, ErrorCode::CanisterContractViolation);
}

#[test]
fn environment_variables_are_found_by_index_and_name() {
    let mut message = go();
    let variables = [("A", "one"), ("PUBLIC:b", "")];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    message.environment = Arc::new(BTreeMap::from(variables));
    assert_eq!(ask("env_var_count", message.clone()), 2);

    let name = |index: u32| {
        format!(
            "(call $env_var_name_copy (i32.const {index}) (i32.const 0) (i32.const 0)
                 (call $env_var_name_size (i32.const {index})))
             (call $reply_bytes (i32.const 0) (call $env_var_name_size (i32.const {index})))"
        )
    };
    assert_eq!(reply(&name(0), message.clone()), b"A");
    assert_eq!(reply(&name(1), message.clone()), b"PUBLIC:b");
    assert_eq!(fault(&name(2), message.clone()).code, ErrorCode::CanisterContractViolation);

    let value = |name: &str| {
        canister(&format!(
            r#"(data (i32.const 50) "{name}")
               (func (export "canister_update go")
                   (call $env_var_value_copy (i32.const 50) (i32.const {n}) (i32.const 0)
                       (i32.const 0) (call $env_var_value_size (i32.const 50) (i32.const {n})))
                   (call $reply_bytes (i32.const 0)
                       (call $env_var_value_size (i32.const 50) (i32.const {n}))))
               (func (export "canister_update exists")
                   (call $reply_i32 (call $env_var_name_exists (i32.const 50) (i32.const {n}))))"#,
            n = name.len()
        ))
    };
    assert_eq!(replied(run(&value("A"), message.clone())), b"one");
    assert_eq!(replied(run(&value("PUBLIC:b"), message.clone())), b"");
    let missing = run(&value("B"), message.clone()).fault.unwrap();
    assert!(missing.message.contains("there is no environment variable 'B'"));
    let exists = |name: &str| {
        let mut message = message.clone();
        message.entry = crate::message::Entry::Update { method: "exists".into() };
        number(&replied(run(&value(name), message)))
    };
    assert_eq!((exists("A"), exists("B")), (1, 0));
    let long = run(&value(&"x".repeat(129)), message).fault.unwrap();
    assert!(long.message.contains("longer than the allowed 128"));
}

#[test]
fn debug_print_never_fails() {
    let body = "(call $debug_print (i32.const 65535) (i32.const 2))
        (i32.store8 (i32.const 0) (i32.const 104))
        (call $debug_print (i32.const 0) (i32.const 1))";
    let outcome = run(&update(body), go());
    assert_eq!(outcome.fault, None);
    assert_eq!(outcome.logs, ["(debug_print message out of memory bounds)", "h"]);
}

#[test]
fn unknown_counters_are_refused() {
    let violation = fault("(drop (call $performance_counter (i32.const 2)))", go());
    assert!(violation.message.contains("the counter type 2 does not exist"));
}
