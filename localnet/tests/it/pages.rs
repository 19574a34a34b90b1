//! Pages of canisters: certified ones, raw ones, and those that come in pieces.

use candid::{CandidType, Principal, define_function};
use ic_http_certification::{
    CERTIFICATE_EXPRESSION_HEADER_NAME, DefaultCelBuilder, DefaultResponseCertification,
    HttpCertification, HttpCertificationPath, HttpCertificationTree, HttpCertificationTreeEntry,
    HttpResponse, StatusCode, utils::add_v2_certificate_header,
};
use pocket_ic::PocketIc;

use crate::support::{data, http, install, network};

/// Stands where the header with the certificate comes; long enough for two bytes of length.
const HERE: &str = const {
    const BYTES: [u8; 300] = [b'Q'; 300];
    match std::str::from_utf8(&BYTES) {
        Ok(text) => text,
        Err(_) => panic!("these are ASCII"),
    }
};
/// Stands where the encoded certificate comes.
const CERTIFICATE: [u8; 3] = [0xff; 3];
const CERTIFICATE_BASE64: &str = "////";

define_function!(More : (Token) -> (Piece) query);

#[derive(CandidType, Clone, Copy)]
struct Token {
    at: u64,
    of: u8,
}

#[derive(CandidType)]
struct Piece {
    body: Vec<u8>,
    token: Option<Token>,
}

#[derive(CandidType)]
enum Strategy {
    Callback { callback: More, token: Token },
}

#[derive(CandidType)]
struct Reply {
    status_code: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    streaming_strategy: Option<Strategy>,
}

/// Parts of the reply of a page that certifies itself, without the certificate of the moment.
struct Page {
    root: [u8; 32],
    reply: (Vec<u8>, Vec<u8>),
    header: (String, String),
}

/// A page at `/` that says `served` and is certified to say `certified`.
fn page(certified: &str, served: &str) -> Page {
    let shown = DefaultResponseCertification::certified_response_headers(vec!["x-from"]);
    let rule =
        DefaultCelBuilder::response_only_certification().with_response_certification(shown).build();
    let mut headers = vec![
        ("x-from".to_owned(), "canister".to_owned()),
        (CERTIFICATE_EXPRESSION_HEADER_NAME.to_owned(), rule.to_string()),
    ];
    let mut response = HttpResponse::builder()
        .with_status_code(StatusCode::OK)
        .with_headers(headers.clone())
        .with_body(certified.as_bytes())
        .build();
    let path = HttpCertificationPath::exact("/");
    let certification = HttpCertification::response_only(&rule, &response, None).unwrap();
    let entry = HttpCertificationTreeEntry::new(&path, certification);
    let mut tree = HttpCertificationTree::default();
    tree.insert(&entry);
    let witness = tree.witness(&entry, "/").unwrap();
    add_v2_certificate_header(&CERTIFICATE, &mut response, &witness, &path.to_expr_path());
    let (name, value) = response.headers().last().unwrap().clone();
    let (before, after) = value.split_once(CERTIFICATE_BASE64).unwrap();
    headers.push((name, HERE.to_owned()));
    let body = served.as_bytes().to_vec();
    let reply = Reply { status_code: 200, headers, body, streaming_strategy: None };
    let reply = candid::encode_one(reply).unwrap();
    let at = reply.windows(HERE.len()).position(|bytes| bytes == HERE.as_bytes()).unwrap();
    Page {
        root: tree.root_hash(),
        reply: (reply[..at - 2].to_vec(), reply[at + HERE.len()..].to_vec()),
        header: (before.to_owned(), after.to_owned()),
    }
}

/// Functions of a module that encodes the bytes from 65536 on in base64, to 196608, and lengths as
/// Candid has them; the digits are at 100.
const ENCODING: &str = r"
        (func $byte (param $at i32) (result i32)
          (i32.load8_u (i32.add (i32.const 65536) (local.get $at))))
        (func $digit (param $at i32) (param $bits i32)
          (i32.store8 (i32.add (i32.const 196608) (local.get $at))
            (i32.load8_u
              (i32.add (i32.const 100) (i32.and (local.get $bits) (i32.const 63))))))
        (func $pad (param $at i32)
          (i32.store8 (i32.add (i32.const 196608) (local.get $at)) (i32.const 61)))
        ;; Encodes so many bytes from 65536 on in base64 to 196608; how long that is.
        (func $encode (param $n i32) (result i32) (local $i i32) (local $o i32) (local $w i32)
          (loop $next
            (local.set $w
              (i32.or (i32.shl (call $byte (local.get $i)) (i32.const 16))
                (i32.or
                  (i32.shl (call $byte (i32.add (local.get $i) (i32.const 1))) (i32.const 8))
                  (call $byte (i32.add (local.get $i) (i32.const 2))))))
            (call $digit (local.get $o) (i32.shr_u (local.get $w) (i32.const 18)))
            (call $digit (i32.add (local.get $o) (i32.const 1))
              (i32.shr_u (local.get $w) (i32.const 12)))
            (call $digit (i32.add (local.get $o) (i32.const 2))
              (i32.shr_u (local.get $w) (i32.const 6)))
            (call $digit (i32.add (local.get $o) (i32.const 3)) (local.get $w))
            (local.set $i (i32.add (local.get $i) (i32.const 3)))
            (local.set $o (i32.add (local.get $o) (i32.const 4)))
            (br_if $next (i32.lt_u (local.get $i) (local.get $n))))
          (if (i32.rem_u (local.get $n) (i32.const 3))
            (then (call $pad (i32.sub (local.get $o) (i32.const 1)))))
          (if (i32.eq (i32.rem_u (local.get $n) (i32.const 3)) (i32.const 1))
            (then (call $pad (i32.sub (local.get $o) (i32.const 2)))))
          (local.get $o))
        ;; Appends a length as three bytes of LEB128.
        (func $length (param $n i32)
          (i32.store8 (i32.const 90) (i32.or (local.get $n) (i32.const 128)))
          (i32.store8 (i32.const 91)
            (i32.or (i32.shr_u (local.get $n) (i32.const 7)) (i32.const 128)))
          (i32.store8 (i32.const 92) (i32.shr_u (local.get $n) (i32.const 14)))
          (call $append (i32.const 90) (i32.const 3)))";

/// A canister that serves the page with the certificate of the moment.
fn certifying(page: &Page) -> Vec<u8> {
    let constants = [
        (1_000, page.reply.0.clone()),
        (2_000, page.header.0.clone().into_bytes()),
        (3_000, page.header.1.clone().into_bytes()),
        (5_000, page.reply.1.clone()),
    ];
    let segments = constants
        .iter()
        .map(|(at, bytes)| format!("(data (i32.const {at}) \"{}\")", data(bytes)))
        .collect::<Vec<_>>()
        .join("\n");
    let append = |(at, bytes): &(i32, Vec<u8>)| {
        format!("(call $append (i32.const {at}) (i32.const {}))\n", bytes.len())
    };
    let header = page.header.0.len() + page.header.1.len();
    wat::parse_str(format!(
        r#"(module
        (import "ic0" "msg_reply" (func $reply))
        (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
        (import "ic0" "certified_data_set" (func $certify (param i32 i32)))
        (import "ic0" "data_certificate_size" (func $size (result i32)))
        (import "ic0" "data_certificate_copy" (func $copy (param i32 i32 i32)))
        (memory 8)
        (data (i32.const 0) "{root}")
        (data (i32.const 100)
          "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        {segments}
        (func (export "canister_init") (call $certify (i32.const 0) (i32.const 32)))
        {ENCODING}
        (func (export "canister_query http_request") (local $o i32)
          (call $copy (i32.const 65536) (i32.const 0) (call $size))
          (local.set $o (call $encode (call $size)))
          {before}
          (call $length (i32.add (local.get $o) (i32.const {header})))
          {prefix}
          (call $append (i32.const 196608) (local.get $o))
          {suffix}
          {after}
          (call $reply)))"#,
        root = data(&page.root),
        before = append(&constants[0]),
        prefix = append(&constants[1]),
        suffix = append(&constants[2]),
        after = append(&constants[3]),
    ))
    .unwrap()
}

#[test]
fn a_page_that_certifies_itself_is_shown() {
    let mut network = network();
    let canister = install(&network, certifying(&page("as agreed", "as agreed")));
    let port = network.make_live(None).port().unwrap();
    for host in [format!("{canister}.localhost:{port}"), format!("{canister}.raw.localhost")] {
        let answer = http(port, "GET", "/", &host, b"");
        assert_eq!((answer.status, answer.text().as_str()), (200, "as agreed"), "{host}");
        assert!(answer.head.contains("x-from: canister"), "{}", answer.head);
    }
    let elsewhere = http(port, "GET", "/elsewhere", &format!("{canister}.localhost"), b"");
    assert_eq!(elsewhere.status, 503, "it is certified for one path: {}", elsewhere.text());
}

#[test]
fn a_page_that_is_not_what_was_certified_is_shown_raw_only() {
    let mut network = network();
    let canister = install(&network, certifying(&page("as agreed", "something else")));
    let port = network.make_live(None).port().unwrap();
    let refused = [
        http(port, "GET", "/", &format!("{canister}.localhost"), b""),
        http(port, "GET", &format!("/?canisterId={canister}"), "localhost", b""),
    ];
    for answer in refused {
        assert_eq!(answer.status, 503);
        let text = answer.text();
        assert!(text.contains("failed verification and cannot be trusted"), "{text}");
        assert!(text.contains(&format!("{canister}.raw.localhost")), "what to do: {text}");
        assert!(!text.contains("something else"), "{text}");
    }
    let raw = [
        http(port, "GET", "/", &format!("{canister}.raw.localhost"), b""),
        http(port, "GET", &format!("/?canisterId={canister}&raw=true"), "localhost", b""),
    ];
    for answer in raw {
        assert_eq!((answer.status, answer.text().as_str()), (200, "something else"));
    }
}

const TOKEN: Token = Token { at: 7, of: 9 };

/// A canister whose page goes on in the method `more`, which takes one token only.
fn streaming(network: &PocketIc, piece: &Piece) -> Principal {
    let canister = network.create_canister();
    network.add_cycles(canister, 1_000_000_000_000_000);
    let callback = More::new(canister, "more".to_owned());
    let strategy = Strategy::Callback { callback, token: TOKEN };
    let page = Reply {
        status_code: 200,
        headers: vec![],
        body: b"first, ".to_vec(),
        streaming_strategy: Some(strategy),
    };
    let page = candid::encode_one(page).unwrap();
    let token = candid::encode_one(TOKEN).unwrap();
    let piece = candid::encode_one(piece).unwrap();
    let module = wat::parse_str(format!(
        r#"(module
        (import "ic0" "msg_reply" (func $reply))
        (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
        (import "ic0" "msg_arg_data_size" (func $size (result i32)))
        (import "ic0" "msg_arg_data_copy" (func $copy (param i32 i32 i32)))
        (memory 1)
        (data (i32.const 0) "{page}")
        (data (i32.const 4000) "{token}")
        (data (i32.const 8000) "{piece}")
        (func (export "canister_query http_request")
          (call $append (i32.const 0) (i32.const {page_size})) (call $reply))
        (func (export "canister_query more") (local $i i32)
          (if (i32.ne (call $size) (i32.const {token_size})) (then unreachable))
          (call $copy (i32.const 16000) (i32.const 0) (call $size))
          (loop $next
            (if (i32.ne (i32.load8_u offset=4000 (local.get $i))
                        (i32.load8_u offset=16000 (local.get $i))) (then unreachable))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $next (i32.lt_u (local.get $i) (call $size))))
          (call $append (i32.const 8000) (i32.const {piece_size})) (call $reply)))"#,
        page = data(&page),
        token = data(&token),
        piece = data(&piece),
        page_size = page.len(),
        token_size = token.len(),
        piece_size = piece.len(),
    ));
    network.install_canister(canister, module.unwrap(), vec![], None);
    canister
}

#[test]
fn a_body_that_comes_in_pieces_is_put_together() {
    let mut network = network();
    let last = Piece { body: b"last".to_vec(), token: None };
    let canister = streaming(&network, &last);
    let port = network.make_live(None).port().unwrap();
    let answer = http(port, "GET", "/", &format!("{canister}.raw.localhost"), b"");
    assert_eq!((answer.status, answer.text().as_str()), (200, "first, last"));
}

#[test]
fn a_body_that_never_ends_is_given_up() {
    let mut network = network();
    let nothing = Piece { body: vec![], token: Some(TOKEN) };
    let canister = streaming(&network, &nothing);
    let port = network.make_live(None).port().unwrap();
    let answer = http(port, "GET", "/", &format!("{canister}.raw.localhost"), b"");
    assert_eq!(answer.status, 502, "{}", answer.text());
    assert!(answer.text().contains("empty and not the last"), "{}", answer.text());
    // The same token again and again, a byte at a time.
    let drop_by_drop = Piece { body: vec![1], token: Some(TOKEN) };
    let canister = streaming(&network, &drop_by_drop);
    let answer = http(port, "GET", "/", &format!("{canister}.raw.localhost"), b"");
    assert_eq!(answer.status, 502, "{}", answer.text());
    assert!(answer.text().contains("1024 pieces"), "{}", answer.text());
}
