//! Several subnets: who is where, and when messages between them arrive.

use candid::{Principal, encode_one};
use ic_management_canister_types as mg;

use super::{
    puppet::{self, Outgoing, Program, call, manage, program},
    world::{World, record, user},
};
use crate::network::{
    EffectivePrincipal, IngressMessage, MessageId, Network, NetworkConfig, SubnetKind,
};

/// A root subnet and two application subnets.
fn world() -> World {
    let subnets = vec![SubnetKind::NNS, SubnetKind::Application, SubnetKind::Application];
    World::with(NetworkConfig { subnets, ..NetworkConfig::default() })
}

/// The id of the subnet with this position.
fn subnet(world: &World, position: usize) -> Principal {
    world.net.topology().subnets()[position].id
}

pub(super) fn create_on(world: &mut World, subnet: Principal) -> Principal {
    let args = mg::ProvisionalCreateCanisterWithCyclesArgs {
        amount: Some(100_000_000_000_000_u64.into()),
        ..Default::default()
    };
    let id = world.net.submit_ingress(IngressMessage {
        sender: user(),
        canister_id: Principal::management_canister(),
        method: "provisional_create_canister_with_cycles".to_owned(),
        arg: encode_one(args).expect("arguments encode"),
        effective: EffectivePrincipal::Subnet(subnet),
        message_id: None,
        inspect: true,
    });
    let reply = world.wait(&id.expect("taken")).expect("created");
    let created: mg::CanisterIdRecord = candid::decode_one(&reply).expect("canister id");
    created.canister_id
}

fn puppet_on(world: &mut World, position: usize) -> Principal {
    let subnet = subnet(world, position);
    let puppet = create_on(world, subnet);
    assert_eq!(world.net.subnet_of(puppet), Some(subnet));
    world.install(puppet, puppet::wasm(), program());
    puppet
}

/// The same call, whose outcome is passed on: `+` and the reply, or `-`, the code and the text.
fn telling(call: Outgoing) -> Outgoing {
    call.on_reply(program().append(b"+").append_arg().reply())
        .on_reject(program().append(b"-").append_reject().reply())
}

fn submit(world: &mut World, puppet: Principal, program: Program) -> MessageId {
    world.submit(user(), puppet, "run", program.0).expect("taken")
}

/// What a puppet tells of a call, and how many rounds that took.
fn told(world: &mut World, puppet: Principal, call: Outgoing) -> (String, usize) {
    let id = submit(world, puppet, program().call(telling(call)));
    let mut rounds = 0;
    while !world.net.ingress_status(&id).is_final() {
        world.net.tick();
        world.check();
        rounds += 1;
        assert!(rounds < 20, "no answer");
    }
    let answer = world.wait(&id).expect("the puppet answers");
    let text = match &answer[..] {
        [b'-', code, text @ ..] => format!("{code}: {}", String::from_utf8_lossy(text)),
        _ => String::from_utf8_lossy(&answer).into_owned(),
    };
    (text, rounds)
}

#[test]
fn a_call_to_another_subnet_takes_a_round_each_way() {
    let mut world = world();
    let [one, beside, far] = [1, 1, 2].map(|position| puppet_on(&mut world, position));
    let hello = || program().append(b"hello").reply();
    assert_eq!(told(&mut world, one, call(beside, hello())), ("+hello".to_owned(), 1));
    assert_eq!(told(&mut world, one, call(far, hello())), ("+hello".to_owned(), 3));
    let root = puppet_on(&mut world, 0);
    assert_eq!(told(&mut world, far, call(root, hello())), ("+hello".to_owned(), 3));
    // There and back twice: each way of each call is a round.
    let nested = call(far, program().call(telling(call(one, hello()))));
    assert_eq!(told(&mut world, beside, nested), ("++hello".to_owned(), 5));
    let nobody = crate::network::topology::canister_id(u64::MAX - 5);
    let (text, rounds) = told(&mut world, one, call(nobody, hello()));
    assert!(text.starts_with("3: ") && rounds < 3, "{text} after {rounds}");
}

#[test]
fn calls_to_a_canister_on_another_subnet_keep_their_order() {
    let mut world = world();
    let (one, far) = (puppet_on(&mut world, 1), puppet_on(&mut world, 2));
    let write = |text: &[u8; 8]| call(far, program().stable_write(0, text).reply());
    let calls = [b"number 1", b"number 2", b"number 3"].map(write);
    let all = calls.into_iter().fold(program(), Program::call);
    submit(&mut world, one, all.reply());
    assert!(world.net.run_until_idle(5));
    world.check();
    let last = world.query(far, "read", program().append_stable(0).reply()).expect("stable");
    assert_eq!(&last[..8], b"number 3");
}

#[test]
fn cycles_on_their_way_are_accounted_for_and_what_is_left_comes_back() {
    let mut world = world();
    let (one, far) = (puppet_on(&mut world, 1), puppet_on(&mut world, 2));
    let before = world.balance(far);
    let pay = call(far, program().accept(3_000).reply()).cycles(5_000);
    let pay = pay.on_reply(program().append_refund().reply());
    let id = submit(&mut world, one, program().call(pay));
    world.net.tick();
    world.check();
    assert!(world.net.cycles_account().in_flight >= 5_000);
    assert_eq!(world.balance(far), before, "not there yet");
    let refund = world.wait(&id).expect("reply");
    assert_eq!(super::world::number(&refund), 2_000);
}

#[test]
fn a_canister_on_another_subnet_is_managed_by_messages() {
    let mut world = world();
    let (one, far) = (puppet_on(&mut world, 1), puppet_on(&mut world, 2));
    world.share(one, one);
    world.share(far, one);
    let status = |of| manage("canister_status", record(of));
    assert_eq!(told(&mut world, one, status(one)).1, 1);
    assert_eq!(told(&mut world, one, status(far)).1, 3);
    let (text, _) = told(&mut world, one, manage("stop_canister", record(far)));
    assert!(text.starts_with('+'), "{text}");
    let (text, _) = told(&mut world, one, call(far, program().reply()));
    assert!(text.contains("is stopped"), "{text}");
}

#[test]
fn only_the_root_creates_canisters_on_other_subnets() {
    let mut world = world();
    let (one, root) = (puppet_on(&mut world, 1), puppet_on(&mut world, 0));
    let create = |at: Principal| {
        let args = encode_one(mg::CreateCanisterArgs::default()).expect("arguments encode");
        let mut call = manage("create_canister", args).cycles(1_000_000_000_000);
        call.callee = at;
        call
    };
    let (own, far) = (subnet(&world, 1), subnet(&world, 2));
    let (text, _) = told(&mut world, one, create(far));
    assert!(text.starts_with("5: Cannot create canister. Sender should be"), "{text}");
    let created = |world: &mut World, puppet, at| {
        let before = world.net.canister_ids();
        let (text, _) = told(world, puppet, create(at));
        assert!(text.starts_with('+'), "{text}");
        let new = world.net.canister_ids().into_iter().find(|id| !before.contains(id));
        world.net.subnet_of(new.expect("a canister"))
    };
    assert_eq!(created(&mut world, one, own), Some(own));
    assert_eq!(created(&mut world, one, Principal::management_canister()), Some(own));
    assert_eq!(created(&mut world, root, far), Some(far));
    let mut random = manage("raw_rand", candid::encode_args(()).expect("nothing encodes"));
    random.callee = far;
    let (text, _) = told(&mut world, one, random);
    assert!(text.contains("Incorrect sender subnet id"), "{text}");
}

#[test]
fn a_bounded_wait_call_can_end_before_it_arrives() {
    let mut world = world();
    let (one, far) = (puppet_on(&mut world, 1), puppet_on(&mut world, 2));
    let late = telling(call(far, program().count(1).reply()).timeout(1));
    let id = submit(&mut world, one, program().call(late));
    world.net.tick();
    world.net.set_time(world.net.time_ns() + 2_000_000_000).expect("future");
    world.net.tick();
    world.check();
    assert_eq!(world.wait(&id).expect("answered")[..2], [b'-', 6]);
    assert_eq!(world.count(far), 0);
}

#[test]
fn composite_queries_stay_on_their_subnet() {
    let mut world = world();
    let [one, beside, far] = [1, 1, 2].map(|position| puppet_on(&mut world, position));
    let mut ask = |of| {
        let inner = telling(call(of, program().append(b"here").reply()).method("read"));
        world.query(one, "compose", program().call(inner)).expect("composed")
    };
    assert_eq!(ask(beside), b"+here");
    let refused = String::from_utf8_lossy(&ask(far)[2..]).into_owned();
    assert!(refused.contains("on another subnet"), "{refused}");
}

#[test]
fn what_a_canister_pays_grows_with_its_subnet() {
    let kinds = [SubnetKind::NNS, SubnetKind::Application, SubnetKind::Fiduciary];
    let config = NetworkConfig { subnets: kinds.to_vec(), ..NetworkConfig::default() };
    let mut world = World::with(config);
    let cost = [0, 1, 2].map(|position| {
        let puppet = puppet_on(&mut world, position);
        let before = world.balance(puppet);
        world.run(puppet, program().reply()).expect("reply");
        before - world.balance(puppet)
    });
    assert_eq!(cost[0], 0, "the root subnet asks for nothing");
    assert!(cost[1] > 5_000_000, "{cost:?}");
    let expected = cost[1] * 34 / 13;
    assert!(cost[2].abs_diff(expected) <= 3, "13 nodes and 34: {cost:?}, expected {expected}");
}

#[test]
fn a_network_is_saved_with_messages_between_subnets() {
    let dir = tempfile::tempdir().expect("directory");
    let mut world = world();
    let (one, far) = (puppet_on(&mut world, 1), puppet_on(&mut world, 2));
    let ask = telling(call(far, program().append(b"hello").reply()).cycles(1_000));
    let id = submit(&mut world, one, program().call(ask));
    world.net.tick();
    world.net.save(dir.path()).expect("saved");
    let config = NetworkConfig::default();
    let mut back = World { net: Network::load(dir.path(), config).expect("loaded") };
    back.check();
    assert_eq!(back.net.subnet_of(far), Some(subnet(&world, 2)));
    assert_eq!(back.wait(&id).expect("reply"), b"+hello");
}

/// A canister that sends as many bytes as it is told to another one, and passes on what becomes of
/// it.
const SENDER: &str = r#"(module
    (import "ic0" "msg_arg_data_copy" (func $arg (param i32 i32 i32)))
    (import "ic0" "call_new" (func $call (param i32 i32 i32 i32 i32 i32 i32 i32)))
    (import "ic0" "call_data_append" (func $data (param i32 i32)))
    (import "ic0" "call_perform" (func $perform (result i32)))
    (import "ic0" "msg_reply" (func $reply))
    (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
    (import "ic0" "msg_reject_msg_size" (func $size (result i32)))
    (import "ic0" "msg_reject_msg_copy" (func $copy (param i32 i32 i32)))
    (memory 64)
    (table 2 funcref)
    (elem (i32.const 0) $done $failed)
    (data (i32.const 0) "done")
    (data (i32.const 8) "take")
    (func $done (param i32) (call $append (i32.const 0) (i32.const 4)) (call $reply))
    (func $failed (param i32)
        (call $copy (i32.const 64) (i32.const 0) (call $size))
        (call $append (i32.const 64) (call $size))
        (call $reply))
    (func (export "canister_update send")
        (call $arg (i32.const 16) (i32.const 0) (i32.const 14))
        (call $call (i32.const 16) (i32.const 10) (i32.const 8) (i32.const 4)
            (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 0))
        (call $data (i32.const 0) (i32.load (i32.const 26)))
        (drop (call $perform)))
    (func (export "canister_update take") (call $reply)))"#;

#[test]
fn what_is_too_large_for_another_subnet_is_not_sent() {
    let mut world = world();
    let wasm = wat::parse_str(SENDER).expect("valid text");
    let [one, beside, far] = [1, 1, 2].map(|position| {
        let at = subnet(&world, position);
        let canister = create_on(&mut world, at);
        world.install(canister, wasm.clone(), program());
        canister
    });
    let mut send = |to: Principal, bytes: u32| {
        let arg = [to.as_slice(), &bytes.to_le_bytes()].concat();
        let answer = world.update(user(), one, "send", arg).expect("reply");
        String::from_utf8_lossy(&answer).into_owned()
    };
    let most = 2 * 1024 * 1024 - 4;
    assert_eq!(send(far, most), "done", "method name and argument together");
    assert_eq!(send(beside, most + 1), "done");
    let refused = send(far, most + 1);
    assert!(refused.contains("a message of size 2097153 exceeding the limit 2097152"), "{refused}");
}
