//! Upgrades, heartbeats, reinstallation, uninstallation.

use candid::Principal;
use ic_management_canister_types::CanisterStatusType;
use universal::{
    op::{self, hook},
    program::{
        Call, Program, bytes, get, global, ignore, nothing, on, reply, reply_with, set_global,
        stable_grow, stable_read, stable_write, trap,
    },
};

use crate::{
    SPEC,
    area::{Area, Case, case},
    stage::{Stage, number, only, other, rejected, user},
};

pub(crate) fn areas() -> Vec<Area> {
    let area = |title, cases| Area { title, source: SPEC, cases };
    vec![
        area("upgrades", upgrades()),
        area("heartbeat", heartbeat()),
        area("reinstall", reinstall()),
        area("uninstall", uninstall()),
        area("uninstall: open call contexts", open_contexts()),
    ]
}

/// A canister with something on the heap, in stable memory and to do before an upgrade.
fn prepared(s: &Stage, before_upgrade: &Program) -> Principal {
    let canister = s.install(
        &(set_global(bytes("FOO"))
            + stable_grow(1)
            + stable_write(0, bytes("BAR______"))
            + on(hook::PRE_UPGRADE, before_upgrade)),
    );
    holds(s, canister, "FOO", "BAR______");
    canister
}

/// What is on the heap and at the beginning of stable memory.
#[track_caller]
fn holds(s: &Stage, canister: Principal, heap: &str, stable: &str) {
    assert_eq!(s.global(canister), heap.as_bytes());
    assert_eq!(s.read(canister, stable_read(0, 9)), stable.as_bytes());
}

/// An upgrade that fails and changes nothing.
#[track_caller]
fn refused(s: &Stage, canister: Principal, after_upgrade: &Program) {
    rejected(s.upgrade(canister, after_upgrade), &[5]);
    holds(s, canister, "FOO", "BAR______");
}

fn upgrades() -> Vec<Case> {
    let call = || Call::new("nobody", "query").make();
    let save = || stable_write(3, global());
    vec![
        case("succeeding", move |s| {
            let canister = prepared(s, &save());
            s.upgrade(canister, &stable_write(6, stable_read(0, 3))).unwrap();
            holds(s, canister, "", "BARFOOBAR");
        }),
        case("trapping in pre-upgrade", |s| {
            refused(s, prepared(s, &trap("before")), &nothing());
        }),
        case("trapping in pre-upgrade (by calling)", move |s| {
            refused(s, prepared(s, &call()), &nothing());
        }),
        case("trapping in pre-upgrade (by accessing arg)", |s| {
            refused(s, prepared(s, &ignore(get(op::MSG_ARG_DATA))), &nothing());
        }),
        case("trapping in post-upgrade", move |s| {
            refused(s, prepared(s, &save()), &trap("after"));
        }),
        case("trapping in post-upgrade (by calling)", move |s| {
            refused(s, prepared(s, &save()), &call());
        }),
    ]
}

fn heartbeat() -> Vec<Case> {
    vec![case("called once for all canisters", |s| {
        let beat =
            |what: &str| on(hook::HEARTBEAT, &(stable_grow(1) + stable_write(0, bytes(what))));
        let (one, two) = (s.install(&beat("FOO")), s.install(&beat("BAR")));
        // There is nobody to reply to: this traps.
        let replying = set_global(bytes("FIZZ")) + reply_with(bytes("FIZZ"));
        let three = s.install(&on(hook::HEARTBEAT, &replying));
        s.call(one, reply()).unwrap();
        s.call(one, reply()).unwrap();
        assert_eq!(s.read(one, stable_read(0, 3)), b"FOO");
        assert_eq!(s.read(two, stable_read(0, 3)), b"BAR");
        assert_eq!(s.global(three), b"");
        for canister in [one, two] {
            s.stop(canister);
        }
    })]
}

/// Writes the same on the heap and into new pages of stable memory.
fn write(what: &str, pages: u128) -> Program {
    set_global(bytes(what)) + stable_grow(pages) + stable_write(0, bytes(format!("{what}______")))
}

fn pages(s: &Stage, canister: Principal) -> u64 {
    number(&s.read(canister, universal::program::as_4(get(op::STABLE_SIZE))))
}

fn reinstall() -> Vec<Case> {
    vec![
        case("succeeding", |s| {
            let canister = s.install(&write("FOO", 1));
            holds(s, canister, "FOO", "FOO______");
            assert_eq!(pages(s, canister), 1);
            s.reinstall(canister, &write("BAR", 2)).unwrap();
            holds(s, canister, "BAR", "BAR______");
            assert_eq!(pages(s, canister), 2);
            s.reinstall(canister, &nothing()).unwrap();
            assert_eq!((s.global(canister), pages(s, canister)), (vec![], 0));
        }),
        case("trapping", |s| {
            let canister = s.install(&write("FOO", 1));
            rejected(s.reinstall(canister, &trap("in init")), &[5]);
            holds(s, canister, "FOO", "FOO______");
            assert_eq!(pages(s, canister), 1);
        }),
    ]
}

fn uninstall() -> Vec<Case> {
    vec![
        case("uninstall empty canister", |s| {
            let canister = s.create();
            s.uninstall(canister);
            let status = s.status(canister);
            assert_eq!(status.status, CanisterStatusType::Running);
            assert_eq!(status.settings.controllers, [user()]);
            assert_eq!(status.module_hash, None);
        }),
        case("uninstall as wrong user", |s| {
            let canister = s.create();
            rejected(s.manage(other(), canister, "uninstall_code", &only(canister)), &[3, 5]);
        }),
        case("uninstall and reinstall wipes state", |s| {
            let canister = s.install(&set_global(bytes("FOO")));
            s.uninstall(canister);
            s.install_at(canister, &nothing());
            assert_eq!(s.global(canister), b"");
        }),
        case("uninstall and reinstall wipes stable memory", |s| {
            let canister = s.install(&(stable_grow(1) + stable_write(0, bytes("FOO"))));
            s.uninstall(canister);
            s.install_at(canister, &nothing());
            assert_eq!(pages(s, canister), 0);
            let grown = || stable_grow(1) + reply_with(stable_read(0, 3));
            assert_eq!(s.query(canister, grown()).unwrap(), [0; 3]);
            assert_eq!(s.call(canister, grown()).unwrap(), [0; 3]);
        }),
        case("uninstalled rejects calls", |s| {
            let canister = s.idle();
            s.call(canister, reply()).unwrap();
            s.uninstall(canister);
            // Nothing is installed: IC0537.
            rejected(s.call(canister, reply()), &[5]);
            rejected(s.query(canister, reply()), &[5]);
        }),
    ]
}

fn open_contexts() -> Vec<Case> {
    vec![
        case("open call contexts are rejected", |s| {
            let canister = s.idle();
            let (hold, holder) = s.hold();
            let held = s.begin(canister, hold);
            s.pending(&held);
            s.uninstall(canister);
            rejected(s.network.await_call(held.clone()), &[4]);
            s.release(holder);
            s.settle();
            rejected(s.network.await_call(held), &[4]);
        }),
        case("deleted call contexts prevent stopping", |s| {
            let canister = s.idle();
            let (hold, holder) = s.hold();
            let held = s.begin(canister, hold);
            s.uninstall(canister);
            rejected(s.network.await_call(held), &[4]);
            let stop = s.begin_managing(canister, "stop_canister");
            s.pending(&stop);
            assert_eq!(s.status(canister).status, CanisterStatusType::Stopping);
            let second = s.begin_managing(canister, "stop_canister");
            s.pending(&second);
            s.release(holder);
            s.network.await_call(stop).unwrap();
            s.network.await_call(second).unwrap();
            assert_eq!(s.status(canister).status, CanisterStatusType::Stopped);
        }),
        case("deleted call contexts are not delivered", |s| {
            let (canister, helper) = (s.idle(), s.idle());
            let ((hold_one, one), (hold_two, two)) = (s.hold(), s.hold());
            let asks = |hold, answer: &str| {
                let call = Call::new(helper, "update").there(hold);
                call.on_reply(reply_with(bytes(answer))).make()
            };
            let first = s.begin(canister, asks(hold_one, "First"));
            s.uninstall(canister);
            rejected(s.network.await_call(first), &[4]);
            s.install_at(canister, &nothing());
            let second = s.begin(canister, asks(hold_two, "Second"));
            s.pending(&second);
            s.release(one);
            s.settle();
            s.pending(&second);
            s.release(two);
            assert_eq!(s.network.await_call(second).unwrap(), b"Second");
        }),
    ]
}
