//! Queries and composite queries.

use std::sync::Arc;

use candid::Principal;
use pocket_ic::ErrorCode;

use super::{
    puppet::{Program, call, program},
    world::{World, stranger},
};
use crate::{
    lazy_certificate::LazyCertificate,
    network::{Certifier, Network},
};

#[test]
fn a_composite_query_calls_queries_and_keeps_its_own_state_meanwhile() {
    let mut world = World::new();
    let (a, b) = (world.puppet(), world.puppet());
    let inner = call(b, program().count(5).append_count().reply())
        .method("read")
        .on_reply(program().append_count().append_arg().reply());
    let reply = world.query(a, "compose", program().count(3).call(inner)).expect("reply");
    assert_eq!(reply, [3, 0, 0, 0, 5, 0, 0, 0]);
    assert_eq!((world.count(a), world.count(b)), (0, 0), "nothing stays");
}

#[test]
fn composite_queries_nest_but_not_without_end() {
    let mut world = World::new();
    let a = world.puppet();
    let wrapped = |program: Program| {
        let inner = call(a, program)
            .method("compose")
            .on_reply(super::puppet::program().append_arg().reply())
            .on_reject(super::puppet::program().append_reject().reply());
        super::puppet::program().call(inner)
    };
    let mut nested = program().append(b"deep").reply();
    for _ in 0..3 {
        nested = wrapped(nested);
    }
    assert_eq!(world.query(a, "compose", nested.clone()).expect("reply"), b"deep");
    for _ in 0..5 {
        nested = wrapped(nested);
    }
    let reply = world.query(a, "compose", nested).expect("reply");
    assert!(String::from_utf8_lossy(&reply).contains("depth"), "{reply:?}");
}

#[test]
fn a_composite_query_sees_rejects_and_cleans_up_after_traps() {
    let mut world = World::new();
    let (a, b) = (world.puppet(), world.puppet());
    let failing = call(b, program().trap("inside"))
        .method("read")
        .on_reject(program().append_reject().reply());
    let reply = world.query(a, "compose", program().call(failing)).expect("reply");
    assert!(String::from_utf8_lossy(&reply).contains("inside"));
    let updates = call(b, program().reply()).on_reject(program().append_reject().reply());
    let reply = world.query(a, "compose", program().call(updates)).expect("reply");
    assert!(String::from_utf8_lossy(&reply).contains("no query method 'run'"));
    let trapping = call(b, program().reply())
        .method("read")
        .on_reply(program().trap("callback"))
        .on_cleanup(program().count(1));
    let error = world.query(a, "compose", program().call(trapping)).expect_err("trap");
    assert_eq!(error.error_code, ErrorCode::CanisterCalledTrap);
    let trapping = call(b, program().reply())
        .method("read")
        .on_reply(program().count(10).trap("callback"))
        .on_cleanup(program().count(1));
    let last = call(b, program().reply()).method("read").on_reply(program().append_count().reply());
    let reply = world.query(a, "compose", program().call(trapping).call(last)).expect("reply");
    assert_eq!(reply, 1u32.to_le_bytes(), "the cleanup counted, the callback did not");
    let unknown =
        call(stranger(), program()).method("read").on_reject(program().append_reject().reply());
    let reply = world.query(a, "compose", program().call(unknown)).expect("reply");
    assert_eq!(reply[0], 3);
    let silent = world.query(a, "compose", program().count(1)).expect_err("no answer");
    assert_eq!(silent.error_code, ErrorCode::CanisterDidNotReply);
}

struct Fixed;

impl Certifier for Fixed {
    fn data_certificate(&self, network: &Network, canister: Principal) -> Option<LazyCertificate> {
        Some(network.certified_data(canister)?.to_vec().into())
    }
}

#[test]
fn queries_see_the_certificate_of_the_certifier() {
    const SHOW: &str = r#"(module
      (import "ic0" "certified_data_set" (func $set (param i32 i32)))
      (import "ic0" "data_certificate_present" (func $present (result i32)))
      (import "ic0" "data_certificate_size" (func $size (result i32)))
      (import "ic0" "data_certificate_copy" (func $copy (param i32 i32 i32)))
      (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
      (import "ic0" "msg_reply" (func $reply))
      (memory 1) (data (i32.const 0) "certified")
      (func (export "canister_init") (call $set (i32.const 0) (i32.const 9)))
      (func (export "canister_query read")
        (if (call $present) (then
          (call $copy (i32.const 100) (i32.const 0) (call $size))
          (call $append (i32.const 100) (call $size))))
        (call $reply)))"#;
    let mut world = World::new();
    let canister = world.create();
    world.install(canister, wat::parse_str(SHOW).expect("valid WAT"), program());
    assert_eq!(world.query(canister, "read", program()).expect("reply"), b"");
    world.net.set_certifier(Arc::new(Fixed));
    assert_eq!(world.query(canister, "read", program()).expect("reply"), b"certified");
    // As an update the same method sees no certificate.
    let reply = world.update(super::world::user(), canister, "read", vec![]).expect("reply");
    assert_eq!(reply, b"");
}

#[test]
fn query_statistics_count_queries() {
    let mut world = World::new();
    let canister = world.puppet();
    world.query(canister, "read", program().append(b"12345").reply()).expect("reply");
    let stats = world.status(canister).query_stats;
    assert_eq!(stats.num_calls_total, 1u8);
    assert_eq!(stats.response_payload_bytes_total, 5u8);
}
