//! Arguments, callers, rejects, and answers.

use std::sync::Arc;

use pocket_ic::ErrorCode;

use crate::{
    message::{CallerInfo, Entry, Keep, RejectInfo, Response},
    runtime::testing::{
        callback, canister, env, fault, go, id, install, number, query, replied, reply, run, update,
    },
};

/// Replies with the blob whose size and copy calls are given.
fn blob(name: &str) -> String {
    format!(
        "(call ${name}_copy (i32.const 100) (i32.const 0) (call ${name}_size))
         (call $reply_bytes (i32.const 100) (call ${name}_size))"
    )
}

#[test]
fn a_message_tells_its_argument_and_caller() {
    let mut message = go();
    message.arg = b"DIDL".to_vec();
    assert_eq!(reply(&blob("msg_arg_data"), message.clone()), b"DIDL");
    assert_eq!(reply(&blob("msg_caller"), message.clone()), id(2).as_slice());
    assert_eq!(reply(&blob("msg_caller_info_data"), message.clone()), b"");
    message.caller_info =
        Some(Arc::new(CallerInfo { data: b"verified".to_vec(), signer: vec![1, 2] }));
    assert_eq!(reply(&blob("msg_caller_info_data"), message.clone()), b"verified");
    assert_eq!(reply(&blob("msg_caller_info_signer"), message), [1, 2]);
}

#[test]
fn copies_stay_inside_blob_and_heap() {
    let mut message = go();
    message.arg = vec![9; 10];
    let copy = |dst: i64, offset: i64, size: i64| {
        format!(
            "(call $msg_arg_data_copy (i32.const {dst}) (i32.const {offset}) (i32.const {size}))"
        )
    };
    assert_eq!(run(&update(&copy(65_536, 10, 0)), message.clone()).fault, None);
    for (body, code) in [
        (copy(0, 1, 10), ErrorCode::CanisterContractViolation),
        (copy(0, 0xffff_ffff, 2), ErrorCode::CanisterContractViolation),
        (copy(65_530, 0, 10), ErrorCode::CanisterTrapped),
        (copy(65_537, 0, 0), ErrorCode::CanisterTrapped),
    ] {
        assert_eq!(fault(&body, message.clone()).code, code, "{body}");
    }
}

#[test]
fn a_deadline_is_told() {
    let mut message = go();
    message.deadline_ns = 77;
    assert_eq!(number(&reply("(call $reply_i64 (call $msg_deadline))", message)), 77);
}

#[test]
fn a_call_is_answered_once() {
    let twice = "(call $msg_reply) (call $msg_reply)";
    let violation = fault(twice, go());
    assert_eq!(violation.code, ErrorCode::CanisterContractViolation);
    assert!(violation.message.ends_with("ic0.msg_reply: the call is already replied to"));
    for body in [
        "(call $msg_reply) (call $msg_reject (i32.const 0) (i32.const 0))",
        "(call $msg_reply) (call $msg_reply_data_append (i32.const 0) (i32.const 0))",
    ] {
        assert_eq!(fault(body, go()).code, ErrorCode::CanisterContractViolation, "{body}");
    }
    let mut message = go();
    message.responded = true;
    assert_eq!(fault("(call $msg_reply)", message).code, ErrorCode::CanisterContractViolation);
}

#[test]
fn data_that_was_not_replied_is_dropped() {
    let append = "(call $msg_reply_data_append (i32.const 0) (i32.const 5))";
    assert_eq!(run(&update(append), go()).response, None);
    let rejected = format!("{append} (call $msg_reject (i32.const 0) (i32.const 1))");
    let outcome = run(&update(&rejected), go());
    assert_eq!(outcome.response, Some(Response::Reject("\0".into())));
    let invalid = "(i32.store8 (i32.const 0) (i32.const 255))
        (call $msg_reject (i32.const 0) (i32.const 1))";
    assert!(fault(invalid, go()).message.contains("not valid UTF-8"));
}

#[test]
fn responses_are_limited() {
    let wat = canister(
        r#"(func $fill (drop (memory.grow (i32.const 60)))
               (call $msg_reply_data_append (i32.const 0) (i32.const 2097152)))
           (func $more (call $fill) (call $msg_reply_data_append (i32.const 0) (i32.const 1)))
           (func (export "canister_update fits") (call $fill) (call $msg_reply))
           (func (export "canister_update over") (call $more))
           (func (export "canister_query more") (call $more) (call $msg_reply))
           (func (export "canister_query over") (call $fill) (call $fill))"#,
    );
    let mut state = install(&wat.replace(
        r#"(export "canister_query over") (call $fill) (call $fill)"#,
        r#"(export "canister_query most") (call $fill)
           (call $msg_reply_data_append (i32.const 0) (i32.const 1048577))"#,
    ));
    let update = |method: &str| env(Entry::Update { method: method.into() });
    assert_eq!(replied(state.run(update("fits"), Keep::Discard)).len(), 2_097_152);
    let over = state.run(update("over"), Keep::Discard).fault.unwrap();
    assert!(over.message.contains("(2097153) cannot be larger than 2097152"), "{}", over.message);
    assert_eq!(replied(state.run(query("more"), Keep::Discard)).len(), 2_097_153);
    let most = state.run(query("most"), Keep::Discard).fault.unwrap();
    assert!(most.message.contains("cannot be larger than 3145728"), "{}", most.message);
}

#[test]
fn rejects_are_seen_by_callbacks() {
    let wat = canister(&format!(
        "(table funcref (elem $message $code))
           (func $message (param i32) {})
           (func $code (param i32) (call $reply_i32 (call $msg_reject_code)))",
        blob("msg_reject_msg")
    ));
    let mut state = install(&wat);
    let mut rejected = env(Entry::Reject { callback: callback(0), composite: false });
    rejected.reject = Some(RejectInfo { code: 4, message: "no".into() });
    assert_eq!(replied(state.run(rejected.clone(), Keep::Commit)), b"no");
    rejected.entry = Entry::Reject { callback: callback(1), composite: false };
    assert_eq!(number(&replied(state.run(rejected, Keep::Commit))), 4);
    let reply = env(Entry::Reply { callback: callback(1), composite: false });
    assert_eq!(number(&replied(state.run(reply, Keep::Commit))), 0);
    let none = env(Entry::Reject { callback: callback(0), composite: false });
    let violation = state.run(none, Keep::Commit).fault.unwrap();
    assert!(violation.message.contains("there is no reject message"));
}

#[test]
fn an_inspection_accepts_once() {
    let wat = canister(
        r#"(func $accept_if (param i32)
               (if (i32.eq (local.get 0) (i32.const 97)) (then (call $accept_message))))
           (func (export "canister_inspect_message")
               (call $msg_method_name_copy
                   (i32.const 0) (i32.const 0) (call $msg_method_name_size))
               (call $accept_if (i32.load8_u (i32.const 0)))
               (call $accept_if (i32.load8_u (i32.const 1))))"#,
    );
    let mut state = install(&wat);
    let mut inspect = |method: &str| {
        state.run(env(Entry::InspectMessage { method: method.into() }), Keep::Discard)
    };
    assert!(inspect("ab").accepted);
    assert!(!inspect("bc").accepted);
    let twice = inspect("aa");
    assert!(!twice.accepted);
    assert_eq!(twice.fault.unwrap().code, ErrorCode::CanisterContractViolation);
}
