//! Requests as agents send them, put together by hand, so that anything can be wrong with them.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use candid::Principal;
use ciborium::Value;
use ed25519_dalek::{Signer as _, SigningKey};
use sha2::{Digest as _, Sha256};

use crate::stage::Stage;

/// How long a request is good, in nanoseconds.
const LIFETIME_NS: u64 = 240_000_000_000;
/// What stands before an Ed25519 key in its DER form.
const ED25519: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
/// What is signed before the hash of a request, and of a delegation.
const REQUEST: &[u8] = b"\x0aic-request";
const DELEGATION: &[u8] = b"\x1aic-request-auth-delegation";

/// An Ed25519 key of somebody.
#[derive(Clone)]
pub(crate) struct Key(SigningKey);

impl Key {
    pub(crate) fn new(seed: u8) -> Self {
        Self(SigningKey::from_bytes(&[seed; 32]))
    }

    fn der(&self) -> Vec<u8> {
        [&ED25519[..], self.0.verifying_key().as_bytes()].concat()
    }

    pub(crate) fn principal(&self) -> Principal {
        Principal::self_authenticating(self.der())
    }

    fn sign(&self, domain: &[u8], hash: [u8; 32]) -> Vec<u8> {
        self.0.sign(&[domain, &hash[..]].concat()).to_vec()
    }
}

/// The fields of a request.
#[derive(Clone)]
pub(crate) struct Request(Vec<(Value, Value)>);

fn text(words: &str) -> Value {
    Value::Text(words.to_owned())
}

fn blob(bytes: impl AsRef<[u8]>) -> Value {
    Value::Bytes(bytes.as_ref().to_vec())
}

fn number(number: u64) -> Value {
    Value::Integer(number.into())
}

impl Request {
    fn new(s: &Stage, kind: &str, sender: Principal) -> Self {
        let expiry = s.network.get_time().as_nanos_since_unix_epoch() + LIFETIME_NS;
        Self(Vec::new())
            .with("request_type", text(kind))
            .with("sender", blob(sender))
            .with("ingress_expiry", number(expiry))
    }

    /// A message to a canister: `call` or `query`.
    pub(crate) fn message(
        s: &Stage,
        kind: &str,
        sender: Principal,
        canister: Principal,
        (method, arg): (&str, &[u8]),
    ) -> Self {
        Self::new(s, kind, sender)
            .with("canister_id", blob(canister))
            .with("method_name", text(method))
            .with("arg", blob(arg))
    }

    /// A question about the state.
    pub(crate) fn state(s: &Stage, sender: Principal, paths: &[&[&[u8]]]) -> Self {
        let path = |path: &&[&[u8]]| Value::Array(path.iter().map(blob).collect());
        let paths = Value::Array(paths.iter().map(path).collect());
        Self::new(s, "read_state", sender).with("paths", paths)
    }

    /// The same with a field, in the place of the one that has the name.
    pub(crate) fn with(self, name: &str, value: Value) -> Self {
        let mut fields = self.without(name).0;
        fields.push((text(name), value));
        Self(fields)
    }

    /// The same with a number that makes it another request.
    pub(crate) fn numbered(self, number: u64) -> Self {
        self.with("nonce", blob(number.to_be_bytes()))
    }

    /// The same with another end, so many nanoseconds from now.
    pub(crate) fn ending(self, s: &Stage, in_ns: i64) -> Self {
        let now = s.network.get_time().as_nanos_since_unix_epoch();
        self.with("ingress_expiry", number(now.saturating_add_signed(in_ns)))
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.0.retain(|(key, _)| key.as_text() != Some(name));
        self
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.0.iter().filter_map(|(key, _)| key.as_text().map(str::to_owned)).collect()
    }

    /// The id, which is what is signed.
    pub(crate) fn id(&self) -> [u8; 32] {
        hash_of_map(&self.0)
    }

    fn envelope(&self, more: Vec<(&str, Value)>) -> Vec<u8> {
        let mut fields = vec![(text("content"), Value::Map(self.0.clone()))];
        fields.extend(more.into_iter().map(|(name, value)| (text(name), value)));
        let mut bytes = vec![0xd9, 0xd9, 0xf7];
        ciborium::into_writer(&Value::Map(fields), &mut bytes).unwrap();
        bytes
    }

    /// By nobody in particular.
    pub(crate) fn unsigned(&self) -> Vec<u8> {
        self.envelope(Vec::new())
    }

    pub(crate) fn signed(&self, key: &Key) -> Vec<u8> {
        self.signed_as(key, key.sign(REQUEST, self.id()))
    }

    /// With this in the place of the signature.
    pub(crate) fn signed_as(&self, key: &Key, signature: Vec<u8>) -> Vec<u8> {
        self.envelope(vec![("sender_pubkey", blob(key.der())), ("sender_sig", blob(signature))])
    }

    /// A signature over the id after other words.
    pub(crate) fn signature(&self, key: &Key, domain: &[u8]) -> Vec<u8> {
        key.sign(domain, self.id())
    }

    /// By the last key of a chain of delegations that begins at `root`.
    pub(crate) fn delegated(&self, s: &Stage, root: &Key, chain: &[(Key, Targets)]) -> Vec<u8> {
        let expiry = s.network.get_time().as_nanos_since_unix_epoch() + LIFETIME_NS;
        let (mut signer, mut delegations) = (root, Vec::new());
        for (key, targets) in chain {
            let mut fields =
                vec![(text("pubkey"), blob(key.der())), (text("expiration"), number(expiry))];
            if let Some(targets) = targets {
                let targets = targets.iter().map(blob).collect();
                fields.push((text("targets"), Value::Array(targets)));
            }
            let signature = signer.sign(DELEGATION, hash_of_map(&fields));
            delegations.push(Value::Map(vec![
                (text("delegation"), Value::Map(fields)),
                (text("signature"), blob(signature)),
            ]));
            signer = key;
        }
        self.envelope(vec![
            ("sender_pubkey", blob(root.der())),
            ("sender_sig", blob(signer.sign(REQUEST, self.id()))),
            ("sender_delegation", Value::Array(delegations)),
        ])
    }
}

/// The canisters that a delegation is limited to.
pub(crate) type Targets = Option<Vec<Principal>>;

/// The hash of a map that does not depend on its encoding, as the interface defines it.
fn hash_of_map(fields: &[(Value, Value)]) -> [u8; 32] {
    let mut hashes: Vec<_> =
        fields.iter().map(|(key, value)| [hash_of(key), hash_of(value)].concat()).collect();
    hashes.sort();
    Sha256::digest(hashes.concat()).into()
}

fn hash_of(value: &Value) -> [u8; 32] {
    match value {
        Value::Text(text) => Sha256::digest(text).into(),
        Value::Bytes(bytes) => Sha256::digest(bytes).into(),
        Value::Array(values) => {
            let hashes: Vec<_> = values.iter().map(hash_of).collect();
            Sha256::digest(hashes.concat()).into()
        }
        Value::Integer(number) => {
            let mut number = u64::try_from(*number).unwrap();
            let mut bytes = Vec::new();
            while number >= 0x80 {
                bytes.push(u8::try_from(number & 0x7f).unwrap() | 0x80);
                number >>= 7;
            }
            bytes.push(u8::try_from(number).unwrap());
            Sha256::digest(bytes).into()
        }
        other => panic!("no request has {other:?}"),
    }
}

impl Stage {
    /// Sends a request to the endpoint of a canister; the status and the body of the answer.
    pub(crate) fn post(&self, canister: Principal, what: &str, body: &[u8]) -> (u16, Vec<u8>) {
        let port = self.network.get_server_url().port().unwrap();
        let path =
            format!("/instances/{}/api/v2/canister/{canister}/{what}", self.network.instance_id());
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\
             content-type: application/cbor\r\nconnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
        let head = String::from_utf8_lossy(&answer[..end]).into_owned();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let body = answer[end + 4..].to_vec();
        let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
        (status, if chunked { joined(&body) } else { body })
    }

    /// Fails unless the answer is that the request is wrong.
    #[track_caller]
    pub(crate) fn refuses(&self, canister: Principal, what: &str, body: &[u8]) {
        let (status, body) = self.post(canister, what, body);
        let said = String::from_utf8_lossy(&body);
        assert!((400..500).contains(&status), "{status}: {said}");
    }

    /// The tree of a certificate that a request gets.
    #[track_caller]
    pub(crate) fn tree(&self, canister: Principal, body: &[u8]) -> Value {
        let (status, body) = self.post(canister, "read_state", body);
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
        let certificate = field(&decoded(&body), "certificate").unwrap().into_bytes().unwrap();
        field(&decoded(&certificate), "tree").unwrap()
    }
}

/// The pieces of a body, without what stands between them.
fn joined(mut body: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(end) = body.windows(2).position(|window| window == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&body[..end]).unwrap(), 16).unwrap();
        if size == 0 {
            break;
        }
        whole.extend_from_slice(&body[end + 2..end + 2 + size]);
        body = &body[end + 4 + size..];
    }
    whole
}

pub(crate) fn decoded(bytes: &[u8]) -> Value {
    match ciborium::from_reader(bytes).unwrap() {
        Value::Tag(_, inner) => *inner,
        value => value,
    }
}

pub(crate) fn field(map: &Value, name: &str) -> Option<Value> {
    let entries = map.as_map()?;
    entries.iter().find(|(key, _)| key.as_text() == Some(name)).map(|(_, value)| value.clone())
}

/// What a tree says of a path.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Found(Vec<u8>),
    Absent,
    /// It neither shows it nor that it is not there.
    Unknown,
}

pub(crate) fn look(tree: &Value, path: &[&[u8]]) -> Seen {
    let Some((label, rest)) = path.split_first() else {
        return match parts(tree).as_slice() {
            [3, ..] => Seen::Found(tree.as_array().unwrap()[1].as_bytes().unwrap().clone()),
            _ => Seen::Unknown,
        };
    };
    let mut branches = Vec::new();
    flatten(tree, &mut branches);
    let place = branches.iter().position(|branch| {
        let name = branch.as_array().and_then(|parts| parts.get(1)).and_then(Value::as_bytes);
        parts(branch) == [2] && name.is_some_and(|name| name.as_slice() >= *label)
    });
    if let Some(branch) = place.map(|place| branches[place])
        && branch.as_array().unwrap()[1].as_bytes().is_some_and(|name| name.as_slice() == *label)
    {
        return look(&branch.as_array().unwrap()[2], rest);
    }
    // Nothing that is pruned may stand where it would be.
    let place = place.unwrap_or(branches.len());
    let before = place.checked_sub(1).map(|before| branches[before]);
    if before.is_none_or(|before| parts(before) == [2]) { Seen::Absent } else { Seen::Unknown }
}

/// The kind of a node.
fn parts(node: &Value) -> Vec<u64> {
    let kind = node.as_array().and_then(|parts| parts.first()).and_then(Value::as_integer);
    kind.and_then(|kind| u64::try_from(kind).ok()).into_iter().collect()
}

/// The branches below a node, in their order.
fn flatten<'v>(node: &'v Value, branches: &mut Vec<&'v Value>) {
    match (parts(node).as_slice(), node.as_array()) {
        ([1], Some(forks)) => forks[1..].iter().for_each(|fork| flatten(fork, branches)),
        ([0], _) => {}
        _ => branches.push(node),
    }
}
