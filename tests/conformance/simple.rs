//! Calls by users, what is kept, debugging, installation that fails, queries, `is_controller`.

use universal::{
    op,
    program::{
        Program, append, apply, as_4, as_8, bytes, cat, get, global, ignore, int, nothing, reject,
        reply, reply_with, set_global, stable_grow, stable_read, stable_write, trap,
    },
};

use crate::{
    SPEC,
    area::{Area, Case, case},
    stage::{Stage, number, only, rejected, user},
};

pub(crate) fn areas() -> Vec<Area> {
    let area = |title, cases| Area { title, source: SPEC, cases };
    vec![
        area("simple calls", calls()),
        area("state", state()),
        area("debug facilities", debugging()),
        area("installation", installation()),
        area("query", queries()),
        area("time", time()),
        area("is_controller system API", controllers()),
        area("stable memory", stable()),
    ]
}

fn calls() -> Vec<Case> {
    let mut cases = vec![
        case("Call", |s| {
            assert_eq!(s.call(s.shared(), reply_with(bytes("ABCD"))).unwrap(), b"ABCD");
        }),
        case("Call (query)", |s| {
            assert_eq!(s.query(s.shared(), reply_with(bytes("ABCD"))).unwrap(), b"ABCD");
        }),
        case("Call no non-existant update method", |s| {
            let answer = s.network.update_call(s.shared(), user(), "no_such_update", vec![]);
            // The source has 3 too; IC0536, as the platform has it now, is a canister's error.
            rejected(answer, &[5]);
        }),
        case("Call no non-existant query method", |s| {
            let answer = s.network.query_call(s.shared(), user(), "no_such_update", vec![]);
            rejected(answer, &[5]);
        }),
        case("No response does not rollback", |s| {
            let canister = s.idle();
            rejected(s.call(canister, set_global(bytes("FOO"))), &[5]);
            assert_eq!(s.global(canister), b"FOO");
        }),
        case("Caller", |s| {
            let answer = s.call(s.shared(), reply_with(get(op::MSG_CALLER)));
            assert_eq!(answer.unwrap(), user().as_slice());
        }),
        case("Caller (query)", |s| {
            assert_eq!(s.read(s.shared(), get(op::MSG_CALLER)), user().as_slice());
        }),
    ];
    let failing: [(&str, u64, fn() -> Program); 5] = [
        ("reject", 4, || reject("ABCD")),
        ("No response", 5, nothing),
        ("Double reply", 5, || reply() + reply()),
        ("Reply data append after reply", 5, || reply() + append(bytes("foo"))),
        ("Reply data append after reject", 5, || reject("bar") + append(bytes("foo"))),
    ];
    for (name, code, program) in failing {
        cases.push(case(name, move |s| rejected(s.call(s.shared(), program()), &[code])));
        if !name.starts_with("Reply") {
            let name = format!("{name} (query)");
            cases.push(case(name, move |s| rejected(s.query(s.shared(), program()), &[code])));
        }
    }
    cases
}

fn state() -> Vec<Case> {
    vec![
        case("set/get", |s| {
            s.call(s.shared(), set_global(bytes("FOO")) + reply()).unwrap();
            assert_eq!(s.global(s.shared()), b"FOO");
        }),
        case("set/set/get", |s| {
            s.call(s.shared(), set_global(bytes("FOO")) + reply()).unwrap();
            s.call(s.shared(), set_global(bytes("BAR")) + reply()).unwrap();
            assert_eq!(s.global(s.shared()), b"BAR");
        }),
    ]
}

fn debugging() -> Vec<Case> {
    let print = || apply(op::DEBUG_PRINT, [bytes("printed")]) + reply();
    vec![
        case("Using debug_print", move |s| drop(s.call(s.shared(), print()).unwrap())),
        case("Using debug_print (query)", move |s| drop(s.query(s.shared(), print()).unwrap())),
        case("Using debug_print with invalid bounds", |s| {
            s.query(s.shared(), get(op::BAD_PRINT) + reply()).unwrap();
        }),
        case("Explicit trap", |s| rejected(s.call(s.shared(), trap("trapping")), &[5])),
        case("Explicit trap (query)", |s| rejected(s.query(s.shared(), trap("trapping")), &[5])),
    ]
}

fn installation() -> Vec<Case> {
    let mut cases = vec![
        case("create and install", |s| {
            s.idle();
        }),
        case("self", |s| {
            assert_eq!(s.read(s.shared(), get(op::CANISTER_SELF)), s.shared().as_slice());
        }),
        case("caller (in init)", |s| {
            let canister = s.install(&set_global(get(op::MSG_CALLER)));
            assert_eq!(s.global(canister), user().as_slice());
        }),
        case("self (in init)", |s| {
            let canister = s.install(&set_global(get(op::CANISTER_SELF)));
            assert_eq!(s.global(canister), canister.as_slice());
        }),
        case("reinstall on empty", |s| {
            let canister = s.create();
            s.reinstall(canister, &set_global(bytes("FOO"))).unwrap();
            assert_eq!(s.global(canister), b"FOO");
        }),
    ];
    let failing: [(&str, fn() -> Program); 4] = [
        ("explicit trap", || trap("in init")),
        ("call", || universal::program::Call::new("dummy", "query").make()),
        ("reply", reply),
        ("reject", || reject("in init")),
    ];
    for (name, program) in failing {
        cases.push(case(format!("trapping in init: {name}"), move |s| {
            let canister = s.create();
            let mode = ic_management_canister_types::CanisterInstallMode::Install;
            rejected(s.code(canister, mode, &program()), &[5]);
            // Nothing is installed: IC0537.
            rejected(s.query(canister, nothing()), &[5]);
        }));
    }
    cases
}

fn queries() -> Vec<Case> {
    vec![
        case("non-existing (deleted) canister", |s| {
            let canister = s.idle();
            s.stop(canister);
            s.manage(user(), canister, "delete_canister", &only(canister)).unwrap();
            rejected(s.query(canister, reply()), &[3]);
        }),
        case("does not commit", |s| {
            s.call(s.shared(), set_global(bytes("FOO")) + reply()).unwrap();
            let set = set_global(bytes("BAR")) + reply_with(global());
            assert_eq!(s.query(s.shared(), set).unwrap(), b"BAR");
            assert_eq!(s.global(s.shared()), b"FOO");
        }),
    ]
}

/// The time, read twice.
fn twice() -> Program {
    cat(as_8(get(op::TIME)), as_8(get(op::TIME)))
}

#[track_caller]
fn same(pair: &[u8]) {
    assert_eq!(pair.len(), 16);
    assert_eq!(pair[..8], pair[8..]);
    assert_ne!(number(&pair[..8]), 0);
}

fn time() -> Vec<Case> {
    vec![
        case("in query", |s| same(&s.read(s.shared(), twice()))),
        case("in update", |s| same(&s.call(s.shared(), reply_with(twice())).unwrap())),
        case("in install", |s| same(&s.global(s.install(&set_global(twice()))))),
        case("in pre_upgrade", |s| {
            let hook = universal::program::on(op::hook::PRE_UPGRADE, &stable_write(0, twice()));
            let canister = s.install(&(stable_grow(1) + hook));
            s.upgrade(canister, &nothing()).unwrap();
            same(&s.read(canister, stable_read(0, 16)));
        }),
        case("in post_upgrade", |s| {
            let canister = s.idle();
            s.upgrade(canister, &set_global(twice())).unwrap();
            same(&s.global(canister));
        }),
    ]
}

fn controls(s: &Stage, who: impl AsRef<[u8]>) -> u64 {
    number(&s.read(s.shared(), as_4(apply(op::IS_CONTROLLER, [bytes(who)]))))
}

fn controllers() -> Vec<Case> {
    vec![
        case("argument is controller", |s| assert_eq!(controls(s, user().as_slice()), 1)),
        case("argument is not controller", |s| assert_eq!(controls(s, ""), 0)),
        case("argument is a valid principal", |s| assert_eq!(controls(s, [0; 29]), 0)),
        case("argument is not a valid principal", |s| {
            let ask = as_4(apply(op::IS_CONTROLLER, [bytes([0; 30])]));
            rejected(s.query(s.shared(), reply_with(ask)), &[5]);
        }),
    ]
}

/// Each row of a family: how it is named, and the four functions of it.
fn stable() -> Vec<Case> {
    let small = [op::STABLE_SIZE, op::STABLE_GROW, op::STABLE_READ, op::STABLE_WRITE];
    let large = [op::STABLE64_SIZE, op::STABLE64_GROW, op::STABLE64_READ, op::STABLE64_WRITE];
    [("stable memory", small), ("64 bit stable memory", large)]
        .map(|(name, [size, grow, read, write])| {
            case(name, move |s| {
                let canister = s.idle();
                let pages = || number(&s.read(canister, as_8(get(size))));
                let piece = |at: u128, size: u128| {
                    s.query(canister, reply_with(apply(read, [int(at), int(size)])))
                };
                let put = |at: u128, what: &str| {
                    s.call(canister, apply(write, [int(at), bytes(what)]) + reply())
                };
                assert_eq!(pages(), 0);
                rejected(piece(0, 1), &[5]);
                rejected(put(0, "FOO"), &[5]);
                let grown = s.call(canister, reply_with(as_8(apply(grow, [int(1)])))).unwrap();
                assert_eq!((number(&grown), pages()), (0, 1));
                put(0, "FOO").unwrap();
                put(65_533, "BAR").unwrap();
                assert_eq!(piece(0, 4).unwrap(), b"FOO\0");
                assert_eq!(piece(65_533, 3).unwrap(), b"BAR");
                rejected(put(65_534, "BAR"), &[5]);
                rejected(piece(65_534, 3), &[5]);
                let lost = apply(write, [int(0), bytes("BAZ")]) + trap("lost");
                rejected(s.call(canister, lost), &[5]);
                assert_eq!(piece(0, 3).unwrap(), b"FOO");
                let again = ignore(apply(grow, [int(1)])) + reply_with(as_8(get(size)));
                assert_eq!(number(&s.call(canister, again).unwrap()), 2);
            })
        })
        .to_vec()
}
