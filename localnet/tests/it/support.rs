//! What the tests share: the server, canisters in WebAssembly text, and plain HTTP.

use std::{
    collections::BTreeMap,
    io::{Read as _, Write as _},
    net::TcpStream,
    path::PathBuf,
};

use candid::Principal;
use ciborium::Value;
use ic_certification::{Certificate, Delegation, HashTree, empty, fork, labeled, leaf, pruned};
use pocket_ic::{PocketIc, PocketIcBuilder};

/// The program under test.
pub(crate) fn server() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_localnet"))
}

/// A network to be set up, on the program under test.
pub(crate) fn builder() -> PocketIcBuilder {
    PocketIcBuilder::new().with_server_binary(server())
}

/// A network with one application subnet.
pub(crate) fn network() -> PocketIc {
    builder().with_application_subnet().build()
}

/// A canister that counts, echoes, tells time and caller, certifies data, and fails on request.
pub(crate) fn sample() -> Vec<u8> {
    wat::parse_str(
        r#"(module
            (import "ic0" "msg_reply" (func $reply))
            (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
            (import "ic0" "msg_arg_data_size" (func $arg_size (result i32)))
            (import "ic0" "msg_arg_data_copy" (func $arg_copy (param i32 i32 i32)))
            (import "ic0" "msg_caller_size" (func $caller_size (result i32)))
            (import "ic0" "msg_caller_copy" (func $caller_copy (param i32 i32 i32)))
            (import "ic0" "certified_data_set" (func $certify (param i32 i32)))
            (import "ic0" "data_certificate_size" (func $cert_size (result i32)))
            (import "ic0" "data_certificate_copy" (func $cert_copy (param i32 i32 i32)))
            (import "ic0" "time" (func $time (result i64)))
            (import "ic0" "trap" (func $trap (param i32 i32)))
            (import "ic0" "msg_reject" (func $reject (param i32 i32)))
            (memory (export "memory") 40)
            (data (i32.const 16) "on purpose")
            (func $send (param $from i32) (param $size i32)
                (call $append (local.get $from) (local.get $size))
                (call $reply))
            (func (export "canister_update bump")
                (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
                (call $send (i32.const 0) (i32.const 4)))
            (func $value (call $send (i32.const 0) (i32.const 4)))
            (export "canister_query value" (func $value))
            (func $clock
                (i64.store (i32.const 8) (call $time))
                (call $send (i32.const 8) (i32.const 8)))
            (export "canister_update clock" (func $clock))
            (export "canister_query clock_now" (func $clock))
            (func $whoami
                (call $caller_copy (i32.const 64) (i32.const 0) (call $caller_size))
                (call $send (i32.const 64) (call $caller_size)))
            (export "canister_query whoami" (func $whoami))
            (export "canister_update whoami_certified" (func $whoami))
            (func (export "canister_update echo")
                (call $arg_copy (i32.const 64) (i32.const 0) (call $arg_size))
                (call $send (i32.const 64) (call $arg_size)))
            (func (export "canister_update certify")
                (call $arg_copy (i32.const 64) (i32.const 0) (call $arg_size))
                (call $certify (i32.const 64) (call $arg_size))
                (call $reply))
            (func (export "canister_query certificate")
                (call $cert_copy (i32.const 64) (i32.const 0) (call $cert_size))
                (call $send (i32.const 64) (call $cert_size)))
            (func $fail (call $trap (i32.const 16) (i32.const 10)))
            (export "canister_update fail" (func $fail))
            (export "canister_query fail_query" (func $fail))
            (func (export "canister_update refuse")
                (call $reject (i32.const 16) (i32.const 10)))
            (func $deeper (param i32) (result i32)
                (i32.add (call $deeper (i32.add (local.get 0) (i32.const 1))) (i32.const 1)))
            (func (export "canister_update overflow") (drop (call $deeper (i32.const 0))))
            (@custom "icp:public greeting" "hello")
            (@custom "icp:private secret" "hidden"))"#,
    )
    .unwrap()
}

/// A canister that takes ingress messages only when their argument is empty.
pub(crate) fn guarded() -> Vec<u8> {
    wat::parse_str(
        r#"(module
            (import "ic0" "msg_reply" (func $reply))
            (import "ic0" "msg_arg_data_size" (func $arg_size (result i32)))
            (import "ic0" "accept_message" (func $accept))
            (func (export "canister_inspect_message")
                (if (i32.eqz (call $arg_size)) (then (call $accept))))
            (func (export "canister_update work") (call $reply)))"#,
    )
    .unwrap()
}

/// `bytes` as a data string of WebAssembly text.
pub(crate) fn data(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "\\{byte:02x}").unwrap();
        text
    })
}

/// A new canister that runs `wasm`, controlled by the anonymous principal.
pub(crate) fn install(network: &PocketIc, wasm: Vec<u8>) -> Principal {
    let canister = network.create_canister();
    network.install_canister(canister, wasm, Vec::new(), None);
    canister
}

/// A number as [`sample`] replies it.
pub(crate) fn number(reply: &[u8]) -> u32 {
    u32::from_le_bytes(reply.try_into().unwrap())
}

/// A time as [`sample`] replies it, in nanoseconds.
pub(crate) fn nanoseconds(reply: &[u8]) -> u64 {
    u64::from_le_bytes(reply.try_into().unwrap())
}

/// The answer to a plain HTTP request.
#[derive(Debug)]
pub(crate) struct HttpAnswer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl HttpAnswer {
    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Sends one request to a server on this machine and reads the answer to its end.
pub(crate) fn http(port: u16, method: &str, path: &str, host: &str, body: &[u8]) -> HttpAnswer {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\ncontent-length: {}\r\n\
         content-type: application/cbor\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    HttpAnswer { status, head, body: answer[end + 4..].to_vec() }
}

/// The text of a panic.
pub(crate) fn panic_text(outcome: std::thread::Result<impl std::fmt::Debug>) -> String {
    let payload = outcome.unwrap_err();
    payload
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| payload.downcast_ref::<&str>().map(ToString::to_string))
        .unwrap()
}

/// Runs `action`, which must panic, and returns the text of the panic.
pub(crate) fn refused(action: impl FnOnce() + std::panic::UnwindSafe) -> String {
    panic_text(std::panic::catch_unwind(action))
}

/// A certificate as a canister receives it.
pub(crate) fn certificate(bytes: &[u8]) -> Certificate {
    let mut fields = fields(localnet::certification::cbor::decode(bytes).unwrap());
    let delegation = fields.remove("delegation").map(|delegation| {
        let mut fields = self::fields(delegation);
        let mut take = |name: &str| fields.remove(name).unwrap().into_bytes().unwrap();
        Delegation { subnet_id: take("subnet_id"), certificate: take("certificate") }
    });
    let signature = fields.remove("signature").unwrap().into_bytes().unwrap();
    Certificate { tree: hash_tree(fields.remove("tree").unwrap()), signature, delegation }
}

fn fields(map: Value) -> BTreeMap<String, Value> {
    let entries = map.into_map().unwrap().into_iter();
    entries.map(|(name, value)| (name.into_text().unwrap(), value)).collect()
}

fn hash_tree(node: Value) -> HashTree {
    let mut parts = node.into_array().unwrap().into_iter();
    let kind = u64::try_from(parts.next().unwrap().into_integer().unwrap()).unwrap();
    let mut next = || parts.next().unwrap();
    match kind {
        0 => empty(),
        1 => fork(hash_tree(next()), hash_tree(next())),
        2 => labeled(next().into_bytes().unwrap(), hash_tree(next())),
        3 => leaf(next().into_bytes().unwrap()),
        _ => pruned(<[u8; 32]>::try_from(next().into_bytes().unwrap()).unwrap()),
    }
}
