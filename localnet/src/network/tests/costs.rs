//! What the `cost_*` calls tell is what is charged, in both widths, on small, large and free
//! subnets.

use candid::Principal;
use ic_management_canister_types as mg;
use pocket_ic::common::rest::{CanisterHttpReply, CanisterHttpResponse, MockCanisterHttpResponse};

use super::world::{World, user};
use crate::network::{NetworkConfig, SubnetKind};

/// Cycles attached besides the cost.
const EXTRA: u64 = 7_000_000_000_000;

/// A canister that asks and does.
fn wasm(wide: bool) -> Vec<u8> {
    let (pointer, memory) = if wide { ("i64", "i64") } else { ("i32", "") };
    let text = include_str!("costs.wat").replace("PTR", pointer).replace("MEM", memory);
    wat::parse_str(text).expect("valid WAT")
}

fn on(kind: SubnetKind, wide: bool) -> (World, Principal) {
    let mut world = World::with(NetworkConfig { subnets: vec![kind], ..Default::default() });
    let canister = world.create();
    world.install(canister, wasm(wide), super::puppet::program());
    (world, canister)
}

fn wide(bytes: &[u8]) -> u128 {
    u128::from_le_bytes(bytes[..16].try_into().expect("sixteen bytes"))
}

/// Every kind of subnet with its nodes, and whether it is free.
const SUBNETS: [(SubnetKind, u32); 3] =
    [(SubnetKind::Application, 13), (SubnetKind::Fiduciary, 34), (SubnetKind::System, 0)];

#[test]
fn cost_call_is_what_sending_a_call_takes() {
    for (kind, nodes) in SUBNETS {
        for is_wide in [false, true] {
            let (mut world, canister) = on(kind, is_wide);
            let told = world.update(user(), canister, "call", vec![]).expect("told");
            let taken = wide(&told) - wide(&told[16..]);
            let callback = if is_wide { 80_005_000_000 } else { 40_005_000_000u128 };
            let expected = 260_000 * u128::from(nodes) / 13
                + 14_000 * u128::from(nodes) / 13
                + 2_097_152_000 * u128::from(nodes) / 13
                + callback * u128::from(nodes) / 13;
            assert_eq!(taken, wide(&told[32..]), "{kind:?} {is_wide}");
            assert!(taken.abs_diff(expected) <= 3, "{kind:?} {is_wide}: {taken} is not {expected}");
        }
    }
}

#[test]
fn cost_create_canister_is_what_a_new_canister_lacks() {
    for (kind, nodes) in SUBNETS {
        let (mut world, canister) = on(kind, false);
        let args = candid::encode_one(mg::CreateCanisterArgs::default()).expect("encodes");
        let arg = [EXTRA.to_le_bytes().to_vec(), args.clone()].concat();
        let burned = world.net.cycles_account().burned;
        let told = world.update(user(), canister, "create", arg).expect("created");
        let created: mg::CanisterIdRecord = candid::decode_one(&told[16..]).expect("an id");
        assert_eq!(world.balance(created.canister_id), u128::from(EXTRA), "{kind:?}");
        let fee = 500_000_000_000 * u128::from(nodes) / 13;
        assert!(world.net.cycles_account().burned - burned >= fee, "{kind:?}");
        if nodes > 0 {
            let less = [(-1i64).to_le_bytes().to_vec(), args].concat();
            world.update(user(), canister, "create", less).expect_err("one cycle is missing");
        }
    }
}

#[test]
fn cost_http_request_is_what_an_outcall_takes() {
    for (kind, nodes) in SUBNETS {
        let (mut world, canister) = on(kind, true);
        let args = mg::HttpRequestArgs {
            url: "https://example.com/price".into(),
            max_response_bytes: Some(1_000),
            headers: vec![mg::HttpHeader { name: "accept".into(), value: "text".into() }],
            body: Some(b"body".to_vec()),
            ..Default::default()
        };
        let sizes = ("https://example.com/price".len() + "accepttext".len() + "body".len()) as u64;
        let args = candid::encode_one(args).expect("encodes");
        let arg = |extra: i64| {
            let numbers = [extra.to_le_bytes(), sizes.to_le_bytes(), 1_000u64.to_le_bytes()];
            [numbers.concat(), args.clone()].concat()
        };
        let open = world.submit(user(), canister, "http", arg(77)).expect("taken");
        world.net.tick();
        let pending = world.net.pending_http_requests().remove(0);
        let reply = CanisterHttpReply { status: 200, headers: vec![], body: b"hello".to_vec() };
        let mock = MockCanisterHttpResponse {
            subnet_id: pending.subnet_id,
            request_id: pending.request_id,
            response: CanisterHttpResponse::CanisterHttpReply(reply),
            additional_responses: vec![],
        };
        world.net.mock_http_response(mock).expect("mocked");
        let told = world.wait(&open).expect("answered");
        assert_eq!(wide(&told), 77, "{kind:?}: what was attached besides the cost comes back");
        if nodes > 0 {
            world.update(user(), canister, "http", arg(-1)).expect_err("one cycle is missing");
        }
    }
}

#[derive(candid::CandidType)]
struct Question {
    request_bytes: u64,
    http_roundtrip_time_ms: u64,
    raw_response_bytes: u64,
    transformed_response_bytes: u64,
    transform_instructions: u64,
}

#[test]
fn cost_http_request_v2_is_what_an_outcall_uses() {
    for (kind, nodes) in SUBNETS {
        let (mut world, canister) = on(kind, false);
        let args = mg::HttpRequestArgs {
            url: "https://example.com/price".into(),
            pricing_version: Some(2),
            ..Default::default()
        };
        let args = candid::encode_one(args).expect("encodes");
        let body = b"hello".to_vec();
        let told = mg::HttpRequestResult { status: 200u8.into(), headers: vec![], body };
        let answer = candid::encode_one(&told).expect("encodes");
        let question = |transformed_response_bytes: u64| {
            candid::encode_one(Question {
                request_bytes: 25,
                http_roundtrip_time_ms: 2_500,
                raw_response_bytes: 5,
                transformed_response_bytes,
                transform_instructions: 0,
            })
            .expect("encodes")
        };
        let arg = |extra: i64, question: Vec<u8>| {
            let numbers = [extra.to_le_bytes(), (question.len() as u64).to_le_bytes()].concat();
            [numbers, question, args.clone()].concat()
        };
        let mut attempt = |arg: Vec<u8>| {
            let open = world.submit(user(), canister, "http_v2", arg).expect("taken");
            world.net.tick();
            let pending = world.net.pending_http_requests().remove(0);
            assert_eq!(format!("{:?}", pending.pricing_version), "PayAsYouGo");
            let later = world.net.time_ns() + 2_500_000_000;
            world.net.set_time(later).expect("future");
            let reply = CanisterHttpReply { status: 200, headers: vec![], body: b"hello".to_vec() };
            let mock = MockCanisterHttpResponse {
                subnet_id: pending.subnet_id,
                request_id: pending.request_id,
                response: CanisterHttpResponse::CanisterHttpReply(reply),
                additional_responses: vec![],
            };
            world.net.mock_http_response(mock).expect("mocked");
            world.wait(&open)
        };
        let bytes = answer.len() as u64;
        let told = attempt(arg(77, question(bytes))).expect("answered");
        assert_eq!(wide(&told), 77, "{kind:?}: what was attached besides the use comes back");
        assert_eq!(told[16..], answer);
        if nodes > 0 {
            attempt(arg(-1, question(bytes))).expect_err("one cycle is missing");
        }
    }
}
