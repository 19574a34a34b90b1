//! Certified data and the certificate a query gets.

use candid::Principal;
use granary_proof::certificate::certified_data;
use universal::{
    op::{self, hook},
    program::{Call, Program, apply, as_4, bytes, get, nothing, on, reply, reply_with, trap},
};

use crate::{
    SPEC,
    area::{Area, Case, case},
    stage::{Stage, rejected, relayed},
};

pub(crate) fn areas() -> Vec<Area> {
    let cases = [presence(), content(), hooks()].concat();
    vec![Area { title: "certified variables", source: SPEC, cases }]
}

fn set(data: impl AsRef<[u8]>) -> Program {
    apply(op::CERTIFIED_DATA_SET, [bytes(data)])
}

fn present() -> Program {
    reply_with(as_4(get(op::DATA_CERTIFICATE_PRESENT)))
}

/// The certified data, as a certificate in a query has it; the certificate is checked against the
/// key of the network.
fn data(s: &Stage, canister: Principal) -> Vec<u8> {
    let certificate = s.read(canister, get(op::DATA_CERTIFICATE));
    let key = s.network.root_key().unwrap();
    certified_data(&certificate, &key, canister.as_slice(), None).unwrap().data
}

const NO: [u8; 4] = [0; 4];
const YES: [u8; 4] = [1, 0, 0, 0];

fn presence() -> Vec<Case> {
    vec![
        case("initially empty", |s| assert_eq!(data(s, s.idle()), b"")),
        case("validates", |s| {
            data(s, s.idle());
        }),
        case("present in query method (query call)", |s| {
            assert_eq!(s.query(s.shared(), present()).unwrap(), YES);
        }),
        case("not present in query method (update call)", |s| {
            assert_eq!(s.replicated(s.shared(), present()).unwrap(), NO);
        }),
        case("not present in query method (inter-canister call)", |s| {
            let call = Call::new(s.shared(), "query").there(present()).make();
            assert_eq!(relayed(&s.call(s.shared(), call).unwrap()).unwrap(), NO);
        }),
        case("not present in update method", |s| {
            assert_eq!(s.call(s.shared(), present()).unwrap(), NO);
        }),
    ]
}

fn content() -> Vec<Case> {
    let with_foo = |s: &Stage| {
        let canister = s.idle();
        s.call(canister, set("FOO") + reply()).unwrap();
        assert_eq!(data(s, canister), b"FOO");
        canister
    };
    vec![
        case("set and get", move |s| {
            with_foo(s);
        }),
        case("set twice", |s| {
            let canister = s.idle();
            s.call(canister, set("FOO") + set("BAR") + reply()).unwrap();
            assert_eq!(data(s, canister), b"BAR");
        }),
        case("set then trap", move |s| {
            let canister = with_foo(s);
            rejected(s.call(canister, set("BAR") + trap("Trapped")), &[5]);
            assert_eq!(data(s, canister), b"FOO");
        }),
        case("too large traps, old value retained", move |s| {
            let canister = with_foo(s);
            rejected(s.call(canister, set([0x42; 33]) + reply()), &[5]);
            assert_eq!(data(s, canister), b"FOO");
        }),
        case("cleared in reinstall", move |s| {
            let canister = with_foo(s);
            s.reinstall(canister, &nothing()).unwrap();
            assert_eq!(data(s, canister), b"");
        }),
        case("cleared in uninstall", move |s| {
            let canister = with_foo(s);
            s.uninstall(canister);
            s.install_at(canister, &nothing());
            assert_eq!(data(s, canister), b"");
        }),
    ]
}

fn hooks() -> Vec<Case> {
    vec![
        case("set in init", |s| assert_eq!(data(s, s.install(&set("FOO"))), b"FOO")),
        case("set in pre-upgrade", |s| {
            let canister = s.install(&on(hook::PRE_UPGRADE, &set("FOO")));
            s.upgrade(canister, &nothing()).unwrap();
            assert_eq!(data(s, canister), b"FOO");
        }),
        case("set in post-upgrade", |s| {
            let canister = s.idle();
            s.upgrade(canister, &set("FOO")).unwrap();
            assert_eq!(data(s, canister), b"FOO");
        }),
    ]
}
