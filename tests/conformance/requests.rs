//! Requests over HTTP: who may ask, with which signature, for what part of the state.

use candid::Principal;
use ic_management_canister_types::{CanisterInstallMode, CanisterSettings};
use sha2::{Digest as _, Sha256};
use universal::program::{bytes, reply, reply_with};

use crate::{
    SPEC,
    area::{Area, Case, case},
    http::{Key, Request, Seen, Targets, decoded, field, look},
    stage::{IC, Stage, only, other, rejected, user},
};

pub(crate) fn areas() -> Vec<Area> {
    let area = |title, cases| Area { title, source: SPEC, cases };
    vec![
        area("HTTP: required fields", required_fields()),
        area("HTTP: signature checking", signatures()),
        area("HTTP: authentication schemes", schemes()),
        area("HTTP: delegation targets", targets()),
        area("HTTP: read state", read_state()),
        area("HTTP: read state, metadata", metadata()),
    ]
}

fn key() -> Key {
    Key::new(1)
}

fn stranger() -> Key {
    Key::new(2)
}

fn update(s: &Stage, by: &Key, canister: Principal) -> Request {
    let program = reply_with(bytes(b"\xff\xff")).0;
    Request::message(s, "call", by.principal(), canister, ("update", &program))
}

fn query(s: &Stage, by: &Key, canister: Principal) -> Request {
    let program = reply().0;
    Request::message(s, "query", by.principal(), canister, ("query", &program))
}

fn empty(s: &Stage, by: &Key) -> Request {
    Request::state(s, by.principal(), &[])
}

/// Sends a call and lets it be executed.
fn awaited(s: &Stage, canister: Principal, body: &[u8]) {
    let (status, body) = s.post(canister, "call", body);
    assert_eq!(status, 202, "{}", String::from_utf8_lossy(&body));
    s.settle();
}

/// A call that was answered, by its id.
fn answered(s: &Stage, canister: Principal, by: &Key, number: u64) -> [u8; 32] {
    let call = update(s, by, canister).numbered(number);
    awaited(s, canister, &call.signed(by));
    assert_eq!(status(s, canister, by, &call.id()), Seen::Found(b"replied".to_vec()));
    call.id()
}

fn status(s: &Stage, canister: Principal, by: &Key, id: &[u8]) -> Seen {
    let ask = Request::state(s, by.principal(), &[&[b"request_status", id]]);
    look(&s.tree(canister, &ask.signed(by)), &[b"request_status", id, b"status"])
}

/// Each field left out, in a request that is good without that.
fn required_fields() -> Vec<Case> {
    let kinds: [(&str, &str, fn(&Stage) -> Request); 3] = [
        ("call", "call", |s| update(s, &key(), s.shared())),
        ("query", "query", |s| query(s, &key(), s.shared())),
        ("read_state", "read state", |s| empty(s, &key())),
    ];
    kinds
        .map(|(end, name, request)| {
            case(format!("{name}: omitted fields"), move |s| {
                let request = request(s);
                for field in request.names() {
                    let less = request.clone().without(&field);
                    s.refuses(s.shared(), end, &less.signed(&key()));
                }
                let (status, _) = s.post(s.shared(), end, &request.signed(&key()));
                assert!((200..300).contains(&status), "{status}: nothing is left out");
            })
        })
        .to_vec()
}

const MINUTE_NS: i64 = 60_000_000_000;

fn signatures() -> Vec<Case> {
    type Spoil = fn(&Stage, Request) -> Vec<u8>;
    let ways: [(&str, Spoil); 6] = [
        ("with bad signature", |_, request| request.signed_as(&key(), vec![0; 64])),
        ("with wrong key", |_, request| request.signed(&stranger())),
        ("with empty domain separator", |_, request| {
            let signature = request.signature(&key(), b"");
            request.signed_as(&key(), signature)
        }),
        ("with no expiry", |_, request| request.without("ingress_expiry").signed(&key())),
        ("with expiry in the past", |s, request| request.ending(s, -MINUTE_NS).signed(&key())),
        ("with expiry in the future", |s, request| {
            request.ending(s, 60 * MINUTE_NS).signed(&key())
        }),
    ];
    let cases = ways.map(|(name, spoil)| {
        [
            case(format!("{name}: in query"), move |s| {
                let good = query(s, &key(), s.shared()).signed(&key());
                let (status, body) = s.post(s.shared(), "query", &good);
                assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
                assert_eq!(field(&decoded(&body), "status").unwrap().as_text(), Some("replied"));
                s.refuses(s.shared(), "query", &spoil(s, query(s, &key(), s.shared()).numbered(1)));
            }),
            case(format!("{name}: in empty read state request"), move |s| {
                s.tree(s.shared(), &empty(s, &key()).signed(&key()));
                s.refuses(s.shared(), "read_state", &spoil(s, empty(s, &key())));
            }),
            case(format!("{name}: in call"), move |s| {
                let good = update(s, &key(), s.shared()).numbered(name.len() as u64);
                s.refuses(s.shared(), "call", &spoil(s, good.clone()));
                s.settle();
                assert_eq!(status(s, s.shared(), &key(), &good.id()), Seen::Absent);
                awaited(s, s.shared(), &good.signed(&key()));
                let seen = status(s, s.shared(), &key(), &good.id());
                assert_eq!(seen, Seen::Found(b"replied".to_vec()));
            }),
        ]
    });
    cases.concat()
}

fn schemes() -> Vec<Case> {
    let chains: [(&str, &[u8]); 4] = [
        ("Ed25519", &[]),
        ("empty delegations", &[]),
        ("three delegations", &[3, 4]),
        ("four delegations", &[3, 4, 5]),
    ];
    let cases = chains.map(|(name, keys)| {
        let sign = move |s: &Stage, request: &Request| {
            let chain: Vec<(Key, Targets)> =
                keys.iter().map(|&seed| (Key::new(seed), None)).collect();
            match name {
                "Ed25519" => request.signed(&stranger()),
                _ => request.delegated(s, &stranger(), &chain),
            }
        };
        [
            case(format!("{name} in query"), move |s| {
                let request = query(s, &stranger(), s.shared());
                let (status, body) = s.post(s.shared(), "query", &sign(s, &request));
                assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
                let status = field(&decoded(&body), "status").unwrap();
                assert_eq!(status.as_text(), Some("replied"));
            }),
            case(format!("{name} in update"), move |s| {
                let request = update(s, &stranger(), s.shared()).numbered(name.len() as u64);
                awaited(s, s.shared(), &sign(s, &request));
                let seen = status(s, s.shared(), &stranger(), &request.id());
                assert_eq!(seen, Seen::Found(b"replied".to_vec()));
            }),
        ]
    });
    let anonymous = case("anonymous in query and update", |s| {
        let nobody = Principal::anonymous();
        let arg = reply().0;
        let ask = Request::message(s, "query", nobody, s.shared(), ("query", &arg));
        assert_eq!(s.post(s.shared(), "query", &ask.unsigned()).0, 200);
        let call = Request::message(s, "call", nobody, s.shared(), ("update", &arg));
        assert_eq!(s.post(s.shared(), "call", &call.unsigned()).0, 202);
        s.refuses(s.shared(), "query", &ask.signed(&key()));
    });
    [cases.concat(), vec![anonymous]].concat()
}

/// A canister that nobody has created.
fn nowhere() -> Principal {
    Principal::from_slice(&[0, 0, 0, 0, 0, 0, 4, 0, 1, 1])
}

/// What each delegation of a chain is limited to, from the canister that is called.
type Limits = fn(Principal) -> Vec<Targets>;
/// Which call is made.
type Called = fn(&Stage, Principal) -> Request;

/// A call of the canister.
fn direct(s: &Stage, canister: Principal) -> Request {
    update(s, &key(), canister)
}

/// A call of the management canister about the canister, which the key controls.
fn managing(s: &Stage, canister: Principal) -> Request {
    let arg = only(canister);
    Request::message(s, "call", key().principal(), IC, ("canister_status", &arg))
}

fn chain(targets: Vec<Targets>) -> Vec<(Key, Targets)> {
    (10..).map(Key::new).zip(targets).collect()
}

#[expect(clippy::unnecessary_wraps, reason = "it is one of several kinds of targets")]
fn many(first: Principal, more: u16) -> Targets {
    let id = |number: u16| Principal::from_slice(&[&number.to_be_bytes()[..], &[9; 6]].concat());
    Some([first].into_iter().chain((0..more).map(id)).collect())
}

/// A canister that the key controls too.
fn controlled(s: &Stage) -> Principal {
    let canister = s.shared();
    let both = vec![user(), key().principal()];
    s.network.set_controllers(canister, Some(user()), both).unwrap();
    canister
}

/// The call is taken, and its status can be read, by the same chain.
fn good(name: &'static str, call: Called, limits: Limits) -> Case {
    case(name, move |s| {
        let canister = controlled(s);
        let chain = chain(limits(canister));
        let call = call(s, canister).numbered(name.len() as u64);
        awaited(s, canister, &call.delegated(s, &key(), &chain));
        let id = call.id();
        let ask = Request::state(s, key().principal(), &[&[b"request_status", &id]]);
        let tree = s.tree(canister, &ask.delegated(s, &key(), &chain));
        let seen = look(&tree, &[b"request_status", &id, b"status"]);
        assert_eq!(seen, Seen::Found(b"replied".to_vec()));
    })
}

/// Neither is taken.
fn bad_with(
    name: &'static str,
    call: Called,
    keys: fn(Principal) -> Vec<(Key, Targets)>,
) -> Vec<Case> {
    vec![
        case(format!("{name}: in submit"), move |s| {
            let canister = controlled(s);
            let call = call(s, canister).delegated(s, &key(), &keys(canister));
            s.refuses(canister, "call", &call);
        }),
        case(format!("{name}: in read_state"), move |s| {
            let canister = controlled(s);
            let call = call(s, canister).numbered(name.len() as u64 + 1_000);
            awaited(s, canister, &call.signed(&key()));
            let id = call.id();
            let ask = Request::state(s, key().principal(), &[&[b"request_status", &id]]);
            s.refuses(canister, "read_state", &ask.delegated(s, &key(), &keys(canister)));
        }),
    ]
}

fn targets() -> Vec<Case> {
    let good_ones = vec![
        good("one delegation, singleton target", direct, |id| vec![Some(vec![id])]),
        good("one delegation, two targets", direct, |id| vec![Some(vec![id, nowhere()])]),
        good("one delegation, many targets", direct, |id| vec![many(id, 999)]),
        good("one delegation, redundant targets", direct, |id| vec![Some(vec![id, id, nowhere()])]),
        good("two delegations, singletons", direct, |id| vec![Some(vec![id]); 2]),
        good("two delegations, first restricted", direct, |id| vec![Some(vec![id]), None]),
        good("two delegations, second restricted", direct, |id| vec![None, Some(vec![id])]),
        good("20 delegations", direct, |id| vec![Some(vec![id]); 20]),
        good("management canister: correct target", managing, |_| vec![Some(vec![IC])]),
    ];
    let bad_ones = [
        bad_with("one delegation, wrong singleton target", direct, |_| {
            chain(vec![Some(vec![nowhere()])])
        }),
        bad_with("one delegation, too many targets", direct, |id| chain(vec![many(id, 1_000)])),
        bad_with("two delegations, empty intersection", direct, |id| {
            chain(vec![Some(vec![id]), Some(vec![nowhere()])])
        }),
        bad_with("two delegations, first empty target set", direct, |id| {
            chain(vec![Some(vec![]), Some(vec![id])])
        }),
        bad_with("two delegations, second empty target set", direct, |id| {
            chain(vec![Some(vec![id]), Some(vec![])])
        }),
        bad_with("too many delegations", direct, |id| chain(vec![Some(vec![id]); 21])),
        bad_with("self-loop in delegations", direct, |id| vec![(Key::new(10), Some(vec![id])); 2]),
        bad_with("cycle in delegations", direct, |id| {
            [10, 11, 10].map(|seed| (Key::new(seed), Some(vec![id]))).to_vec()
        }),
        bad_with("management canister: empty target set", managing, |_| chain(vec![Some(vec![])])),
        bad_with("management canister: bogus target", managing, |_| {
            chain(vec![Some(vec![nowhere()])])
        }),
        bad_with("management canister: bogus target (using target canister)", managing, |id| {
            chain(vec![Some(vec![id])])
        }),
    ];
    [good_ones, bad_ones.concat()].concat()
}

/// The tree that somebody gets for these paths.
fn seen_by(s: &Stage, by: &Key, canister: Principal, paths: &[&[&[u8]]]) -> ciborium::Value {
    s.tree(canister, &Request::state(s, by.principal(), paths).signed(by))
}

fn refused_to(s: &Stage, by: &Key, canister: Principal, paths: &[&[&[u8]]]) {
    let ask = Request::state(s, by.principal(), paths).signed(by);
    s.refuses(canister, "read_state", &ask);
}

fn controllers(s: &Stage, canister: Principal) -> Vec<Principal> {
    let path: &[&[u8]] = &[b"canister", canister.as_slice(), b"controllers"];
    let tree = seen_by(s, &stranger(), canister, &[path]);
    let Seen::Found(list) = look(&tree, path) else { panic!("no controllers") };
    let list = decoded(&list).into_array().unwrap().into_iter();
    let mut ids: Vec<_> = list.map(|id| Principal::from_slice(&id.into_bytes().unwrap())).collect();
    ids.sort();
    ids
}

fn controlled_by(s: &Stage, controllers: Vec<Principal>) -> Principal {
    let settings =
        CanisterSettings { controllers: Some(controllers), ..CanisterSettings::default() };
    s.provisional(None, &settings).unwrap()
}

fn read_state() -> Vec<Case> {
    let hash = |s: &Stage, canister: Principal| {
        let path: &[&[u8]] = &[b"canister", canister.as_slice(), b"module_hash"];
        look(&seen_by(s, &stranger(), canister, &[path]), path)
    };
    let time = |s: &Stage, paths: &[&[&[u8]]]| {
        let canister = s.create();
        let tree = seen_by(s, &key(), canister, paths);
        assert!(matches!(look(&tree, &[b"time"]), Seen::Found(time) if time.len() >= 8));
    };
    let cases = vec![
        case("time is present", move |s| time(s, &[])),
        case("time can be asked for", move |s| time(s, &[&[b"time"]])),
        case("controller of empty canister", |s| {
            assert_eq!(controllers(s, s.create()), [user()]);
        }),
        case("module_hash of empty canister", move |s| {
            assert_eq!(hash(s, s.create()), Seen::Absent);
        }),
        case("single controller of installed canister", |s| {
            assert_eq!(controllers(s, s.idle()), [user()]);
        }),
        case("multiple controllers of installed canister", |s| {
            let mut both = vec![user(), other()];
            both.sort();
            assert_eq!(controllers(s, controlled_by(s, both.clone())), both);
        }),
        case("zero controllers of installed canister", |s| {
            assert_eq!(controllers(s, controlled_by(s, vec![])), []);
        }),
        case("module_hash of universal canister", move |s| {
            let module = granary_build::canister("universal").unwrap().bytes;
            assert_eq!(hash(s, s.shared()), Seen::Found(Sha256::digest(module).to_vec()));
        }),
    ];
    [cases, statuses()].concat()
}

/// What is told of requests.
fn statuses() -> Vec<Case> {
    let absent = |id: [u8; 32]| {
        case(
            format!("non-existence proofs for non-existing request id: {:02x}…", id[0]),
            move |s| {
                assert_eq!(status(s, s.shared(), &key(), &id), Seen::Absent);
            },
        )
    };
    let malformed = |id: &'static str| {
        case(format!("malformed request id: \"{id}\""), move |s| {
            refused_to(s, &key(), s.shared(), &[&[b"request_status", id.as_bytes()]]);
        })
    };
    vec![
        malformed(""),
        malformed("foo"),
        absent([0; 32]),
        absent([8; 32]),
        absent([255; 32]),
        case("can ask for portion of request status", |s| {
            let id = answered(s, s.shared(), &key(), 1);
            let paths: [&[&[u8]]; 2] =
                [&[b"request_status", &id, b"status"], &[b"request_status", &id, b"reply"]];
            let tree = seen_by(s, &key(), s.shared(), &paths);
            assert_eq!(look(&tree, paths[0]), Seen::Found(b"replied".to_vec()));
            assert_eq!(look(&tree, paths[1]), Seen::Found(b"\xff\xff".to_vec()));
        }),
        case("access denied for other users request", |s| {
            let id = answered(s, s.shared(), &key(), 2);
            refused_to(s, &stranger(), s.shared(), &[&[b"request_status", &id]]);
        }),
        case("reading two statuses to same canister in one go", |s| two(s, &key(), s.shared())),
        case("access denied for other users request (mixed request)", |s| {
            two(s, &stranger(), s.shared());
        }),
        case("access denied for two statuses to different canisters", |s| {
            two(s, &key(), s.idle());
        }),
        case("access denied for bogus path", |s| {
            refused_to(s, &stranger(), s.shared(), &[&[b"hello", b"world"]]);
        }),
        case("access denied for fetching full state tree", |s| {
            refused_to(s, &stranger(), s.shared(), &[&[]]);
        }),
    ]
}

/// Two statuses in one request are too many, whoever called which canister.
fn two(s: &Stage, by: &Key, canister: Principal) {
    let first = answered(s, s.shared(), &key(), 3);
    let second = answered(s, canister, by, 4);
    let paths: [&[&[u8]]; 2] = [&[b"request_status", &first], &[b"request_status", &second]];
    refused_to(s, &key(), s.shared(), &paths);
}

/// The smallest module, with custom sections.
fn module(sections: &[(&[u8], &str)]) -> Vec<u8> {
    let mut bytes = b"\0asm\x01\0\0\0".to_vec();
    for (name, content) in sections {
        let length = |size: usize| u8::try_from(size).ok().filter(|size| *size < 0x80).unwrap();
        let body = [&[length(name.len())], *name, content.as_bytes()].concat();
        bytes.extend([0, length(body.len())]);
        bytes.extend(body);
    }
    bytes
}

fn metadata() -> Vec<Case> {
    type Sections = &'static [(&'static [u8], &'static str)];
    let refused = |name: &str, sections: Sections| {
        case(name, move |s| {
            let answer =
                s.install_code(s.create(), CanisterInstallMode::Install, module(sections), vec![]);
            rejected(answer, &[5]);
        })
    };
    let found = |name: &str, label: &'static str, sections: Sections| {
        case(name, move |s| {
            let canister = s.create();
            let mode = CanisterInstallMode::Install;
            s.install_code(canister, mode, module(sections), vec![]).unwrap();
            let path: &[&[u8]] = &[b"canister", canister.as_slice(), b"metadata", label.as_bytes()];
            let tree = seen_by(s, &stranger(), canister, &[path]);
            assert_eq!(look(&tree, path), Seen::Found(b"bar".to_vec()));
        })
    };
    vec![
        case("absent", |s| {
            let canister = s.shared();
            let path: &[&[u8]] = &[b"canister", canister.as_slice(), b"metadata", b"foo"];
            assert_eq!(look(&seen_by(s, &key(), canister, &[path]), path), Seen::Absent);
        }),
        found("public", "test", &[(b"icp:public test", "bar")]),
        case("private", |s| {
            let canister = controlled_by(s, vec![user(), key().principal()]);
            let private = module(&[(b"icp:private test", "bar")]);
            s.install_code(canister, CanisterInstallMode::Install, private, vec![]).unwrap();
            let path: &[&[u8]] = &[b"canister", canister.as_slice(), b"metadata", b"test"];
            refused_to(s, &stranger(), canister, &[path]);
            let tree = seen_by(s, &key(), canister, &[path]);
            assert_eq!(look(&tree, path), Seen::Found(b"bar".to_vec()));
        }),
        refused("duplicate public", &[(b"icp:public test", "bar"), (b"icp:public test", "baz")]),
        refused("duplicate private", &[(b"icp:private test", "bar"), (b"icp:private test", "baz")]),
        refused("duplicate mixed", &[(b"icp:private test", "bar"), (b"icp:public test", "baz")]),
        refused("invalid utf8 in module", &[(b"icp:public \xe2\x28\xa1", "baz")]),
        case("invalid utf8 in read_state", |s| {
            let canister = s.shared();
            let path: &[&[u8]] = &[b"canister", canister.as_slice(), b"metadata", b"\xe2\x28\xa1"];
            refused_to(s, &key(), canister, &[path]);
        }),
        found("unicode metadata name", "☃️", &[(b"icp:public \xe2\x98\x83\xef\xb8\x8f", "bar")]),
        found("zero-length metadata name", "", &[(b"icp:public ", "bar")]),
        found(
            "metadata section name with spaces",
            "metadata section name with spaces",
            &[(b"icp:public metadata section name with spaces", "bar")],
        ),
    ]
}
