//! HTTP outcalls: pending until a test answers them, refused in real-time mode.

use candid::{Decode, Encode, Principal};
use ic_management_canister_types::{HttpMethod, HttpRequestArgs, HttpRequestResult};
use pocket_ic::{
    PocketIc, RejectCode,
    common::rest::{
        CanisterHttpHeader, CanisterHttpMethod, CanisterHttpReject, CanisterHttpReply,
        CanisterHttpRequest, CanisterHttpResponse, MockCanisterHttpResponse, RawMessageId,
    },
};

use crate::support::{data, install, network, refused};

const ANYONE: Principal = Principal::anonymous();

/// Calls `http_request` of the management canister and passes the answer on.
fn fetcher() -> Vec<u8> {
    let arg = Encode!(&HttpRequestArgs {
        url: "https://example.org/price".to_owned(),
        max_response_bytes: Some(1_000),
        method: HttpMethod::GET,
        ..HttpRequestArgs::default()
    })
    .unwrap();
    let size = arg.len();
    let arg = data(&arg);
    wat::parse_str(format!(
        r#"(module
            (import "ic0" "msg_reply" (func $reply))
            (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
            (import "ic0" "msg_arg_data_size" (func $arg_size (result i32)))
            (import "ic0" "msg_arg_data_copy" (func $arg_copy (param i32 i32 i32)))
            (import "ic0" "msg_reject_msg_size" (func $msg_size (result i32)))
            (import "ic0" "msg_reject_msg_copy" (func $msg_copy (param i32 i32 i32)))
            (import "ic0" "msg_reject" (func $reject (param i32 i32)))
            (import "ic0" "call_new"
                (func $call_new (param i32 i32 i32 i32 i32 i32 i32 i32)))
            (import "ic0" "call_data_append" (func $call_append (param i32 i32)))
            (import "ic0" "call_cycles_add128" (func $call_cycles (param i64 i64)))
            (import "ic0" "call_perform" (func $perform (result i32)))
            (memory 1)
            (table 2 funcref)
            (elem (i32.const 0) $replied $rejected)
            (data (i32.const 0) "http_request")
            (data (i32.const 16) "{arg}")
            (func $replied (param i32)
                (call $arg_copy (i32.const 4096) (i32.const 0) (call $arg_size))
                (call $append (i32.const 4096) (call $arg_size))
                (call $reply))
            (func $rejected (param i32)
                (call $msg_copy (i32.const 4096) (i32.const 0) (call $msg_size))
                (call $reject (i32.const 4096) (call $msg_size)))
            (func (export "canister_update fetch")
                (call $call_new (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 12)
                    (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 0))
                (call $call_append (i32.const 16) (i32.const {size}))
                (call $call_cycles (i64.const 0) (i64.const 1000000000000))
                (drop (call $perform))))"#
    ))
    .unwrap()
}

/// A network on which an outcall is pending.
fn pending() -> (PocketIc, RawMessageId, CanisterHttpRequest) {
    let network = network();
    let canister = install(&network, fetcher());
    let call = network.submit_call(canister, ANYONE, "fetch", vec![]).unwrap();
    network.tick();
    network.tick();
    let mut requests = network.get_canister_http();
    assert_eq!(requests.len(), 1, "{requests:?}");
    (network, call, requests.remove(0))
}

fn mock(request: &CanisterHttpRequest, response: CanisterHttpResponse) -> MockCanisterHttpResponse {
    MockCanisterHttpResponse {
        subnet_id: request.subnet_id,
        request_id: request.request_id,
        response,
        additional_responses: vec![],
    }
}

fn page() -> CanisterHttpResponse {
    CanisterHttpResponse::CanisterHttpReply(CanisterHttpReply {
        status: 200,
        headers: vec![CanisterHttpHeader { name: "x".to_owned(), value: "y".to_owned() }],
        body: b"42 cents".to_vec(),
    })
}

#[test]
fn a_mocked_response_reaches_the_canister() {
    let (network, call, request) = pending();
    assert_eq!(request.url, "https://example.org/price");
    assert_eq!(request.http_method, CanisterHttpMethod::GET);
    assert_eq!(request.max_response_bytes, Some(1_000));
    network.mock_canister_http_response(mock(&request, page()));
    assert!(network.get_canister_http().is_empty());
    let reply = network.await_call(call).unwrap();
    let result = Decode!(&reply, HttpRequestResult).unwrap();
    assert_eq!((result.status, result.body), (200_u8.into(), b"42 cents".to_vec()));
}

#[test]
fn a_mocked_reject_reaches_the_canister() {
    let (network, call, request) = pending();
    let reject = CanisterHttpReject { reject_code: 2, message: "no route".to_owned() };
    let response = CanisterHttpResponse::CanisterHttpReject(reject);
    network.mock_canister_http_response(mock(&request, response));
    let error = network.await_call(call).unwrap_err();
    assert_eq!(error.reject_code, RejectCode::CanisterReject);
    assert!(error.reject_message.contains("no route"), "{error}");
}

#[test]
fn an_outcall_is_answered_once() {
    let text = refused(|| {
        let (network, _, request) = pending();
        network.mock_canister_http_response(mock(&request, page()));
        network.mock_canister_http_response(mock(&request, page()));
    });
    assert!(text.contains("InvalidCanisterHttpRequestId"), "{text}");
}

#[test]
fn an_outcall_that_nobody_answers_times_out() {
    let (network, call, _) = pending();
    network.advance_time(std::time::Duration::from_secs(61));
    let error = network.await_call(call).unwrap_err();
    assert!(error.reject_message.contains("Canister http request timed out"), "{error}");
}

#[test]
fn real_time_mode_refuses_outcalls_by_name() {
    let network = network();
    let canister = install(&network, fetcher());
    network.auto_progress();
    let call = network.submit_call(canister, ANYONE, "fetch", vec![]).unwrap();
    let error = network.await_call_no_ticks(call).unwrap_err();
    assert!(error.reject_message.contains("performs no HTTP outcalls"), "{error}");
}
