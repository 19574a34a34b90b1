//! Input that means harm: whatever comes in, the answer is an error that says what is wrong, the
//! process lives on, and its memory stays bounded.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::TcpStream,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use candid::{Encode, Principal};
use localnet::{
    certification::cbor,
    network::NetworkConfig,
    server::{InstanceSpec, Server, ServerConfig},
};
use pocket_ic::PocketIc;

use crate::{
    launcher::{launch, status},
    support::{builder, data, http, install, sample, server},
};

const ANYONE: Principal = Principal::anonymous();
const CANISTER: &str = "lxzze-o7777-77777-aaaaa-cai";
/// What a server may grow by while it is treated badly.
const GROWTH_MAX_KIB: u64 = 96 * 1024;

/// Memory of a process in use, in KiB; none where the system does not tell.
fn resident_kib(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Runs `attack`, after which the process must not have become much larger.
fn bounded(process: u32, attack: impl FnOnce()) {
    let before = resident_kib(process);
    attack();
    let (Some(before), Some(after)) = (before, resident_kib(process)) else {
        eprintln!("this system does not tell how much memory a process has");
        return;
    };
    eprintln!("resident: {before} KiB before, {after} KiB after");
    assert!(after < before + GROWTH_MAX_KIB, "it grew from {before} to {after} KiB");
}

fn is_well(port: u16) {
    assert_eq!(http(port, "GET", "/api/v2/status", "localhost", b"").status, 200);
}

fn endpoints() -> [String; 5] {
    let canister = |end: &str| format!("/api/{end}").replace("ID", CANISTER);
    [
        canister("v2/canister/ID/query"),
        canister("v3/canister/ID/query"),
        canister("v2/canister/ID/call"),
        canister("v4/canister/ID/call"),
        canister("v3/canister/ID/read_state"),
    ]
}

/// A request of these fields without a signature.
fn envelope(fields: Vec<(&str, ciborium::Value)>) -> Vec<u8> {
    let fields = fields.into_iter().map(|(name, value)| (cbor::text(name), value)).collect();
    cbor::encode(&cbor::map([("content", ciborium::Value::Map(fields))]))
}

fn malformed() -> Vec<(&'static str, Vec<u8>)> {
    let number = |number: u64| ciborium::Value::Integer(number.into());
    let anonymous = || ("sender", cbor::bytes(ANYONE.as_slice()));
    let deep = |levels: usize| {
        let mut path = number(1);
        for _ in 0..levels {
            path = ciborium::Value::Array(vec![path]);
        }
        path
    };
    vec![
        ("nothing", Vec::new()),
        ("text", b"GET / HTTP/1.1".to_vec()),
        ("a number", cbor::encode(&7)),
        ("an empty map", cbor::encode(&ciborium::Value::Map(Vec::new()))),
        ("content that is no map", cbor::encode(&cbor::map([("content", cbor::text("x"))]))),
        ("an empty content", envelope(Vec::new())),
        ("a sender that is no principal", envelope(vec![("sender", cbor::bytes([0; 30]))])),
        (
            "an expiry that is text",
            envelope(vec![anonymous(), ("ingress_expiry", cbor::text("x"))]),
        ),
        (
            "an unknown type",
            envelope(vec![
                anonymous(),
                ("ingress_expiry", number(u64::MAX)),
                ("request_type", cbor::text("guess")),
            ]),
        ),
        (
            "paths that nest",
            envelope(vec![
                anonymous(),
                ("ingress_expiry", number(u64::MAX)),
                ("request_type", cbor::text("read_state")),
                ("paths", deep(300)),
            ]),
        ),
        ("a tag of a tag of a tag", [vec![0xc1; 5_000], vec![0]].concat()),
        ("arrays a million deep", vec![0x81; 1_000_000]),
        ("maps a million deep", [0xa1, 0x01].repeat(500_000)),
        ("strings a million deep", vec![0x5f; 1_000_000]),
        ("an array of 2^64 values", vec![0x9b, 255, 255, 255, 255, 255, 255, 255, 255]),
        ("a map of 2^64 entries", vec![0xbb, 255, 255, 255, 255, 255, 255, 255, 255]),
        ("a string of 2^63 bytes", vec![0x5b, 0x7f, 255, 255, 255, 255, 255, 255, 255, 1]),
        ("a text of 2^40 bytes", vec![0x7b, 0, 0, 1, 0, 0, 0, 0, 0, b'x']),
        ("five million empty arrays", [vec![0x9f], vec![0x80; 5_000_000], vec![0xff]].concat()),
        ("five million numbers", [vec![0x9a, 0, 0x4c, 0x4b, 0x40], vec![1; 5_000_000]].concat()),
    ]
}

#[test]
fn malformed_requests_and_cbor_bombs_are_refused_with_a_reason() {
    let dir = tempfile::tempdir().unwrap();
    let launcher = launch(dir.path(), &[]);
    let port = status(dir.path()).gateway_port;
    bounded(launcher.0.id(), || {
        for (what, body) in malformed() {
            for path in endpoints() {
                let answer = http(port, "POST", &path, "localhost", &body);
                let said = answer.text();
                assert_eq!(answer.status, 400, "{what} at {path}: {said}");
                assert!(!said.is_empty() && said.len() < 500, "{what} at {path}: {said}");
            }
        }
    });
    is_well(port);
}

#[test]
fn bodies_that_are_too_large_or_break_off_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let launcher = launch(dir.path(), &[]);
    let port = status(dir.path()).gateway_port;
    bounded(launcher.0.id(), || {
        for path in endpoints().iter().map(String::as_str).chain(["/page"]) {
            let announced = format!(
                "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1099511627776\r\n\r\n"
            );
            assert!(talk(port, announced.as_bytes()).contains(" 413 "), "{path}");
            let mut endless = format!(
                "POST {path} HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n"
            )
            .into_bytes();
            for _ in 0..90 {
                endless.extend_from_slice(b"10000\r\n");
                endless.extend_from_slice(&vec![b'x'; 0x1_0000]);
                endless.extend_from_slice(b"\r\n");
            }
            assert!(talk(port, &endless).contains(" 413 "), "{path}, in pieces");
        }
        for broken in ["content-length: 100\r\n\r\nabc", "transfer-encoding: chunked\r\n\r\nzz\r\n"]
        {
            let request = format!("POST /api/v2/canister/{CANISTER}/call HTTP/1.1\r\n{broken}");
            let said = talk(port, request.as_bytes());
            assert!(said.is_empty() || said.contains(" 400 "), "{said}");
        }
    });
    is_well(port);
}

/// Sends bytes, ends the sending side, and reads what comes back until the other side ends.
fn talk(port: u16, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    // The server may answer and close before it has read everything.
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let mut said = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer) {
            Ok(count @ 1..) => said.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => panic!("left open"),
            // Closed, or broken off: there were bytes the server did not read.
            Ok(_) | Err(_) => return String::from_utf8_lossy(&said).into_owned(),
        }
    }
}

#[test]
fn wrong_paths_methods_and_heads_are_errors_that_say_so() {
    let dir = tempfile::tempdir().unwrap();
    let _launcher = launch(dir.path(), &[]);
    let port = status(dir.path()).gateway_port;
    let cases = [
        ("GET", "/api/v2/nothing", 404, "no endpoint"),
        ("POST", "/api/v9/canister/aaaaa-aa/call", 404, "no endpoint"),
        ("POST", "/api/v2/canister/not-a-principal/call", 400, "principal"),
        ("GET", "/api/v2/canister/aaaaa-aa/call", 404, "no endpoint"),
        ("DELETE", "/api/v2/status", 404, "no endpoint"),
        ("GET", "/instances/0/read/everything", 404, "no operation"),
        ("POST", "/instances/99/update/tick", 404, "does not exist"),
        ("POST", "/instances/x/update/tick", 400, ""),
        ("POST", "/instances/-1/update/tick", 400, ""),
        ("PATCH", "/instances", 405, ""),
        ("POST", "/instances/0/update/tick", 422, "invalid body"),
        ("POST", "/instances", 400, "invalid body"),
        ("GET", "/", 400, "no canister named"),
        ("GET", "/?canisterId=%00", 400, "no canister named"),
        ("GET", "/%2e%2e/%2e%2e/etc/passwd", 400, "no canister named"),
    ];
    for (method, path, status, words) in cases {
        let answer = http(port, method, path, "127.0.0.1", b"");
        let said = answer.text();
        assert_eq!(answer.status, status, "{method} {path}: {said}");
        assert!(said.contains(words), "{method} {path}: {said}");
    }
    let heads: [&[u8]; 4] = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello, this is TLS",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: a\r\nhost:\x00b\r\n\r\n",
        b"\r\n\r\n\r\n\r\n",
    ];
    for head in heads {
        let said = talk(port, head);
        assert!(said.is_empty() || said.contains(" 400 ") || said.contains(" 505 "), "{said}");
    }
    let long = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(1_000_000));
    let said = talk(port, long.as_bytes());
    assert!(said.is_empty() || said.contains(" 414 ") || said.contains(" 431 "), "{said:.100}");
    is_well(port);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_say_nothing_are_closed_and_disturb_nobody() {
    let instance =
        InstanceSpec { network: NetworkConfig::default(), live: true, ..Default::default() };
    let config = ServerConfig {
        instance: Some(instance),
        header_time: Duration::from_millis(600),
        ..ServerConfig::default()
    };
    let server = Server::start(config).await.unwrap();
    let port = server.port();
    let check = move || {
        let begin = Instant::now();
        let slow = ["", "G", "GET /api/v2/status HTTP/1.1\r\n", "GET / HTTP/1.1\r\nhost: x\r\nx: "];
        let mut silent: Vec<TcpStream> = (0..200)
            .map(|number| {
                let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
                stream.write_all(slow[number % slow.len()].as_bytes()).unwrap();
                stream
            })
            .collect();
        is_well(port);
        for stream in &mut silent {
            stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            let mut said = Vec::new();
            stream.read_to_end(&mut said).expect("closed by the server");
            let said = String::from_utf8_lossy(&said);
            assert!(said.is_empty() || said.contains(" 408 "), "{said}");
        }
        assert!(begin.elapsed() >= Duration::from_millis(500), "closed before the time was over");
        is_well(port);
    };
    tokio::task::spawn_blocking(check).await.unwrap();
    server.stop().await.unwrap();
}

#[test]
fn a_thousand_connections_at_once_are_served() {
    let dir = tempfile::tempdir().unwrap();
    let launcher = launch(dir.path(), &[]);
    let port = status(dir.path()).gateway_port;
    is_well(port);
    bounded(launcher.0.id(), || {
        let request =
            b"GET /api/v2/status HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        let mut streams: Vec<TcpStream> = (0..1_000)
            .map(|_| TcpStream::connect(("127.0.0.1", port)).expect("connected"))
            .collect();
        for stream in &mut streams {
            stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
            stream.write_all(request).expect("taken");
        }
        for (number, stream) in streams.iter_mut().enumerate() {
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).unwrap_or_else(|why| panic!("{number}: {why}"));
            assert!(answer.starts_with(b"HTTP/1.1 200"), "connection {number}");
        }
    });
    is_well(port);
}

/// Candid of the type `record { canister_id : principal; <unknown> : vec null }`, a list of 2^40
/// values of no bytes.
fn candid_bomb() -> Vec<u8> {
    let mut bytes = b"DIDL\x02\x6d\x7f\x6c\x02".to_vec();
    for (hash, kind) in [(candid::idl_hash("canister_id"), 0x68), (u32::MAX, 0)] {
        leb128(&mut bytes, hash.into());
        bytes.push(kind);
    }
    bytes.extend_from_slice(&[1, 1, 1, 0]);
    leb128(&mut bytes, 1 << 40);
    bytes
}

fn leb128(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(u8::try_from(number & 0x7f).unwrap() | 0x80);
        number >>= 7;
    }
    bytes.push(u8::try_from(number).unwrap());
}

/// Candid whose one type is a chain of a hundred thousand options.
fn deep_type() -> Vec<u8> {
    let mut bytes = b"DIDL".to_vec();
    let levels = 100_000;
    leb128(&mut bytes, levels + 1);
    for next in 1..=levels {
        bytes.push(0x6e);
        leb128(&mut bytes, next);
    }
    bytes.extend_from_slice(&[0x6e, 0x7f, 1, 0, 1, 1, 1]);
    bytes
}

#[test]
fn candid_bombs_are_refused_in_no_time() {
    let network = builder().with_application_subnet().build();
    let begin = Instant::now();
    let bombs =
        [candid_bomb(), deep_type(), b"DIDL".to_vec(), b"DIDL\xff\xff\xff\xff\x0f".to_vec()];
    for (number, bomb) in bombs.into_iter().enumerate() {
        for method in ["provisional_create_canister_with_cycles", "raw_rand"] {
            let management = Principal::management_canister();
            let answer = network.update_call(management, ANYONE, method, bomb.clone());
            let reject = answer.expect_err("no argument");
            eprintln!("bomb {number} to {method}: {:.90}", reject.reject_message);
        }
    }
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
    let canister = install(&network, sample());
    network.update_call(canister, ANYONE, "bump", Vec::new()).unwrap();
}

#[test]
fn a_page_that_is_a_candid_bomb_is_a_bad_gateway() {
    let mut network = builder().with_application_subnet().build();
    for bomb in [candid_bomb(), deep_type()] {
        let wasm = wat::parse_str(format!(
            r#"(module
                (import "ic0" "msg_reply" (func $reply))
                (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
                (memory 64)
                (data (i32.const 0) "{}")
                (func (export "canister_query http_request")
                    (call $append (i32.const 0) (i32.const {}))
                    (call $reply)))"#,
            data(&bomb),
            bomb.len()
        ));
        let canister = install(&network, wasm.unwrap());
        let port = network.make_live(None).port().unwrap();
        let begin = Instant::now();
        let answer = http(port, "GET", "/", &format!("{canister}.localhost"), b"");
        assert_eq!(answer.status, 502, "{:.300}", answer.text());
        assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
        network.stop_live();
    }
}

/// The program on a port of its own, and what it says at the start.
fn serve(arguments: &[&str]) -> (Child, String) {
    use std::io::BufRead as _;
    let mut child = Command::new(server()).args(arguments).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    let mut lines = std::io::BufReader::new(child.stderr.as_mut().unwrap());
    for _ in 0..2 {
        lines.read_line(&mut said).unwrap();
    }
    (child, said)
}

#[test]
fn it_listens_on_this_machine_only_and_says_that_its_key_is_public() {
    for arguments in [&["--ttl", "20"][..], &["launcher"][..]] {
        let (mut child, said) = serve(arguments);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(said.contains("listens at http://127.0.0.1:"), "{said}");
        assert!(said.contains("root key is public"), "{said}");
        assert!(said.contains("this machine only"), "{said}");
    }
}

#[test]
fn messages_that_are_too_large_are_rejects() {
    let network: PocketIc = builder().with_application_subnet().build();
    let canister = install(&network, sample());
    let reject = network
        .update_call(canister, ANYONE, "echo", vec![0; 3 * 1024 * 1024])
        .expect_err("larger than a message");
    assert!(reject.reject_message.contains("bytes"), "{reject}");
    let arg = Encode!(&vec![0_u8; 10]).unwrap();
    network.update_call(canister, ANYONE, "echo", arg).unwrap();
}
