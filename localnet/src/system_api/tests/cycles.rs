//! Cycles in, cycles burned, balances.

use crate::{
    message::{Entry, Keep},
    runtime::testing::{
        callback, canister, env, fault, go, install, number, replied, reply, run, update,
    },
};

const HUGE: u128 = 1 << 70;

fn wide(bytes: &[u8]) -> u128 {
    u128::from_le_bytes(bytes.try_into().expect("16 bytes"))
}

/// Replies with the 16 bytes the call writes to address 0.
fn told(call: &str) -> String {
    format!("(call ${call} (i32.const 0)) (call $reply_bytes (i32.const 0) (i32.const 16))")
}

#[test]
fn balances_are_told_in_both_widths() {
    let mut message = go();
    message.balance = HUGE;
    message.freezing_limit = 5;
    assert_eq!(wide(&reply(&told("canister_cycle_balance128"), message.clone())), HUGE);
    assert_eq!(wide(&reply(&told("canister_liquid_cycle_balance128"), message.clone())), HUGE - 5);
    let narrow = "(call $reply_i64 (call $canister_cycle_balance))";
    assert_eq!(
        fault(narrow, message.clone()).message,
        "Canister trapped: cycles amount exceeds 64-bit representation"
    );
    message.balance = 12;
    assert_eq!(number(&reply(narrow, message.clone())), 12);
    message.freezing_limit = 13;
    assert_eq!(wide(&reply(&told("canister_liquid_cycle_balance128"), message)), 0);
}

#[test]
fn cycles_are_accepted_up_to_what_is_there() {
    let mut message = go();
    message.cycles_available = 100;
    message.balance = 1_000;
    let body = "(drop (call $msg_cycles_accept (i64.const 30)))
        (call $msg_cycles_accept128 (i64.const 1) (i64.const 0) (i32.const 0))
        (call $canister_cycle_balance128 (i32.const 16))
        (call $msg_cycles_available128 (i32.const 32))
        (call $reply_bytes (i32.const 0) (i32.const 48))";
    let outcome = run(&update(body), message);
    assert_eq!(outcome.cycles_accepted, 100);
    let bytes = replied(outcome);
    assert_eq!([wide(&bytes[..16]), wide(&bytes[16..32]), wide(&bytes[32..])], [70, 1_100, 0]);
}

#[test]
fn an_answer_returns_what_was_not_accepted() {
    let mut message = go();
    message.cycles_available = 100;
    let body = "(call $msg_reply)
        (if (i64.ne (call $msg_cycles_available) (i64.const 0)) (then unreachable))
        (if (i64.ne (call $msg_cycles_accept (i64.const 9)) (i64.const 0)) (then unreachable))";
    let outcome = run(&update(body), message);
    assert_eq!((outcome.fault, outcome.cycles_accepted), (None, 0));
}

#[test]
fn burning_stops_at_the_freezing_limit() {
    let mut message = go();
    message.balance = 1_000;
    message.freezing_limit = 400;
    let body = "(call $cycles_burn128 (i64.const 0) (i64.const 250) (i32.const 0))
        (call $cycles_burn128 (i64.const 9) (i64.const 0) (i32.const 16))
        (call $canister_cycle_balance128 (i32.const 32))
        (call $reply_bytes (i32.const 0) (i32.const 48))";
    let outcome = run(&update(body), message);
    assert_eq!(outcome.cycles_burned, 600);
    let bytes = replied(outcome);
    assert_eq!([wide(&bytes[..16]), wide(&bytes[16..32]), wide(&bytes[32..])], [250, 350, 400]);
}

#[test]
fn a_callback_sees_its_refund() {
    let wat = canister(
        "(table funcref (elem $back))
           (func $back (param i32) (call $reply_i64 (call $msg_cycles_refunded)))",
    );
    let mut message = env(Entry::Reply { callback: callback(0), composite: false });
    message.cycles_refunded = 55;
    let outcome = install(&wat).run(message, Keep::Commit);
    assert_eq!(number(&replied(outcome)), 55);
}

#[test]
fn costs_are_those_of_the_subnet() {
    let cost = |call: &str, arguments: &str, nodes: u32| {
        let mut message = go();
        message.tariff.nodes = nodes;
        let body = format!(
            "(call ${call} {arguments} (i32.const 0))
             (call $reply_bytes (i32.const 0) (i32.const 16))"
        );
        wide(&reply(&body, message))
    };
    assert_eq!(cost("cost_create_canister", "", 13), 500_000_000_000);
    assert_eq!(cost("cost_create_canister", "", 34), 1_307_692_307_692);
    let sizes = "(i64.const 4) (i64.const 6)";
    assert_eq!(cost("cost_call", sizes, 13), 270_000 + 2_097_152_000 + 40_005_000_000);
    assert_eq!(cost("cost_http_request", "(i64.const 1) (i64.const 2)", 13), 49_166_000);
}

#[test]
fn signatures_cost_by_key() {
    let wat = |call: &str, curve: u32, key: &str| {
        canister(&format!(
            r#"(data (i32.const 32) "{key}")
               (func (export "canister_update go") (local i32)
                   (local.set 0 (call ${call}
                       (i32.const 32) (i32.const {}) (i32.const {curve}) (i32.const 4)))
                   (i32.store (i32.const 0) (local.get 0))
                   (call $reply_bytes (i32.const 0) (i32.const 20)))"#,
            key.len()
        ))
    };
    let cost = |call: &str, curve: u32, key: &str| {
        let bytes = replied(run(&wat(call, curve, key), go()));
        (number(&bytes[..4]), wide(&bytes[4..]))
    };
    assert_eq!(cost("cost_sign_with_ecdsa", 0, "key_1"), (0, 26_153_846_153));
    assert_eq!(cost("cost_sign_with_schnorr", 1, "test_key_1"), (0, 10_000_000_000));
    assert_eq!(cost("cost_vetkd_derive_key", 0, "dfx_test_key"), (0, 10_000_000_000));
    assert_eq!(cost("cost_sign_with_ecdsa", 1, "key_1"), (1, 0));
    assert_eq!(cost("cost_sign_with_schnorr", 0, "key_9"), (2, 0));
}

#[test]
fn the_second_http_price_reads_candid() {
    #[expect(non_camel_case_types, reason = "these are the names on the wire")]
    #[derive(candid::CandidType)]
    enum Kind {
        fully_replicated(candid::Reserved),
        non_replicated(candid::Reserved),
    }
    #[derive(candid::CandidType)]
    struct Params {
        request_bytes: u64,
        http_roundtrip_time_ms: u64,
        raw_response_bytes: u64,
        transformed_response_bytes: u64,
        transform_instructions: u64,
        outcall_type: Option<Kind>,
    }
    let run_with = |outcall_type: Option<Kind>| {
        let params = Params {
            request_bytes: 10,
            http_roundtrip_time_ms: 2_000,
            raw_response_bytes: 300,
            transformed_response_bytes: 200,
            transform_instructions: 130,
            outcall_type,
        };
        let mut message = go();
        message.arg = candid::encode_one(params).unwrap();
        let body =
            "(call $msg_arg_data_copy (i32.const 100) (i32.const 0) (call $msg_arg_data_size))
            (call $cost_http_request_v2 (i32.const 100) (call $msg_arg_data_size) (i32.const 0))
            (call $reply_bytes (i32.const 0) (i32.const 16))";
        run(&update(body), message)
    };
    let per_node = 1_000_000 + 140_000 * 13 + 800 * 169 + 500 + 15_000 + 600_000 + 10 + 156_000;
    for kind in [None, Some(Kind::fully_replicated(candid::Reserved))] {
        let bytes = replied(run_with(kind));
        assert_eq!(wide(&bytes), per_node * 13);
    }
    let other = run_with(Some(Kind::non_replicated(candid::Reserved))).fault.unwrap();
    assert!(other.message.contains("localnet prices fully replicated outcalls only"));
}
