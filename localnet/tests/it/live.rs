//! Real-time mode: time follows the clock, rounds run by themselves, ports serve browsers.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use candid::Principal;
use pocket_ic::PocketIc;

use crate::support::{builder, http, install, nanoseconds, network, number, sample};

const ANYONE: Principal = Principal::anonymous();

fn wall_clock_ns() -> u64 {
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos()).unwrap()
}

fn lag_ns(network: &PocketIc) -> u64 {
    wall_clock_ns().abs_diff(network.get_time().as_nanos_since_unix_epoch())
}

#[test]
fn time_follows_the_clock_while_progress_is_automatic() {
    let network = network();
    let canister = install(&network, sample());
    assert!(!network.auto_progress_enabled());
    let start = wall_clock_ns();
    network.auto_progress();
    assert!(network.auto_progress_enabled());
    assert!(lag_ns(&network) < 5_000_000_000);
    let reply = network.query_call(canister, ANYONE, "clock_now", vec![]).unwrap();
    assert!(nanoseconds(&reply) >= start, "certified time lags behind");
    std::thread::sleep(Duration::from_millis(300));
    let later = network.query_call(canister, ANYONE, "clock_now", vec![]).unwrap();
    assert!(nanoseconds(&later) > nanoseconds(&reply), "no round ran by itself");
    network.stop_progress();
    assert!(!network.auto_progress_enabled());
    let stopped = network.get_time();
    std::thread::sleep(Duration::from_millis(150));
    assert_eq!(network.get_time(), stopped);
}

#[test]
fn calls_are_answered_without_asking_for_rounds() {
    let network = network();
    let canister = install(&network, sample());
    network.auto_progress();
    let call = network.submit_call(canister, ANYONE, "bump", vec![]).unwrap();
    let reply = network.await_call_no_ticks(call).unwrap();
    assert_eq!(number(&reply), 1);
}

#[test]
fn an_instance_can_start_live() {
    let network = builder().with_application_subnet().with_auto_progress().build();
    assert!(network.auto_progress_enabled());
    assert!(lag_ns(&network) < 5_000_000_000);
}

#[test]
fn going_live_twice_gives_the_same_url() {
    let mut network = network();
    let url = network.make_live(None);
    assert_eq!(network.make_live(None).port(), url.port());
}

#[test]
fn going_live_after_automatic_progress_opens_a_port() {
    let mut network = network();
    network.auto_progress();
    let url = network.make_live(None);
    let port = url.port().unwrap();
    assert_eq!(http(port, "GET", "/api/v2/status", "localhost", b"").status, 200);
    network.stop_live();
    assert!(!network.auto_progress_enabled());
    let closed = (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        std::net::TcpStream::connect(("127.0.0.1", port)).is_err()
    });
    assert!(closed, "the port stays open after the gateway was stopped");
}

#[test]
fn open_gateways_are_listed() {
    let mut network = network();
    let port = network.make_live(None).port().unwrap();
    let server = network.get_server_url().port().unwrap();
    let list = http(server, "GET", "/http_gateway", "localhost", b"");
    let list: serde_json::Value = serde_json::from_slice(&list.body).unwrap();
    let listed = list.as_array().unwrap().iter().any(|gateway| gateway["port"] == port);
    assert!(listed, "{list}");
}

/// A method that serves a fixed page; the Candid reply is data of the module, at `address`.
fn page(method: &str, address: u32, body: &str, upgrade: bool) -> String {
    #[derive(candid::CandidType)]
    struct Response {
        status_code: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
        upgrade: Option<bool>,
    }
    let reply = candid::encode_one(Response {
        status_code: 203,
        headers: vec![("x-from".to_owned(), "canister".to_owned())],
        body: body.as_bytes().to_vec(),
        upgrade: Some(upgrade),
    })
    .unwrap();
    let (data, size) = (crate::support::data(&reply), reply.len());
    format!(
        r#"(data (i32.const {address}) "{data}")
        (func (export "{method}")
            (call $append (i32.const {address}) (i32.const {size}))
            (call $reply))"#
    )
}

/// A canister that serves these pages.
fn pages(pages: &[String]) -> Vec<u8> {
    wat::parse_str(format!(
        r#"(module
            (import "ic0" "msg_reply" (func $reply))
            (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
            (memory 1)
            {})"#,
        pages.concat()
    ))
    .unwrap()
}

#[test]
fn a_port_serves_pages_of_canisters() {
    let mut network = network();
    let page = page("canister_query http_request", 0, "a page", false);
    let canister = install(&network, pages(&[page]));
    let port = network.make_live(None).port().unwrap();
    let by_host = http(port, "GET", "/", &format!("{canister}.raw.localhost:{port}"), b"");
    assert_eq!((by_host.status, by_host.text().as_str()), (203, "a page"));
    assert!(by_host.head.contains("x-from: canister"), "{}", by_host.head);
    let by_query =
        http(port, "GET", &format!("/x?canisterId={canister}&raw=true"), "localhost", b"");
    assert_eq!(by_query.text(), "a page");
    let unknown = "rwlgt-iiaaa-aaaaa-aaaaa-cai";
    let nobody = http(port, "GET", &format!("/?canisterId={unknown}"), "localhost", b"");
    assert_eq!(nobody.status, 404);
    assert!(nobody.text().contains("canister not found"), "{}", nobody.text());
    assert_eq!(http(port, "GET", "/", "localhost", b"").status, 400);
}

#[test]
fn a_page_may_ask_to_be_served_by_an_update_call() {
    let mut network = network();
    let query = page("canister_query http_request", 0, "not yet", true);
    let update = page("canister_update http_request_update", 4_096, "certified", false);
    let canister = install(&network, pages(&[query, update]));
    let port = network.make_live(None).port().unwrap();
    let answer = http(port, "GET", "/", &format!("{canister}.localhost"), b"");
    assert_eq!((answer.status, answer.text().as_str()), (203, "certified"));
    network.stop_progress();
    let answer = http(port, "GET", "/", &format!("{canister}.localhost"), b"");
    assert_eq!(answer.status, 503);
    assert!(answer.text().contains("real-time mode"), "{}", answer.text());
}
