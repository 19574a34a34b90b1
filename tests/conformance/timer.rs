//! The global timer.

use candid::Principal;
use universal::{
    op::{self, hook},
    program::{
        Program, apply, as_8, int, nothing, on, reply, reply_with, stable_grow, stable_write,
    },
};

use crate::{
    area::{Area, Case, case},
    stage::{Stage, number},
};

const PAST: u64 = 1;
const FUTURE: u64 = 4_000_000_000_000_000_000;
const FAR_FUTURE: u64 = 5_000_000_000_000_000_000;
/// What stable memory begins with until the timer or a program writes something else.
const UNTOUCHED: u64 = 42;

pub(crate) fn areas() -> Vec<Area> {
    let cases = [setting(), hooks(), firing(), replacing()].concat();
    vec![Area { title: "canister global timer", source: "ic-hs Spec/Timer.hs", cases }]
}

fn number_of(value: u64) -> Program {
    int(u128::from(value))
}

/// Sets the timer; the value is what it was.
fn set_to(at: u64) -> Program {
    as_8(apply(op::GLOBAL_TIMER_SET, [number_of(at)]))
}

/// Sets the timer and writes to stable memory what it was.
fn set_and_note(at: u64) -> Program {
    stable_grow(1) + stable_write(0, set_to(at))
}

/// The timer writes this number to stable memory.
fn noting() -> Program {
    on(hook::TIMER, &(stable_grow(1) + stable_write(0, as_8(int(2)))))
}

/// A canister whose timer notes, with something else in stable memory.
fn install(s: &Stage, program: &Program) -> Principal {
    let canister = s.install(program);
    reset(s, canister);
    canister
}

fn reset(s: &Stage, canister: Principal) {
    let note = stable_grow(1) + stable_write(0, as_8(number_of(UNTOUCHED)));
    s.call(canister, note + reply()).unwrap();
}

fn set(s: &Stage, canister: Principal, at: u64) -> u64 {
    number(&s.call(canister, reply_with(set_to(at))).unwrap())
}

/// What stable memory begins with after the timer had its chance.
fn noted(s: &Stage, canister: Principal) -> u64 {
    s.settle();
    s.stable(canister)
}

fn setting() -> Vec<Case> {
    vec![
        case("in update", |s| {
            let canister = install(s, &noting());
            assert_eq!((set(s, canister, FUTURE), set(s, canister, FUTURE)), (0, FUTURE));
            assert_eq!(noted(s, canister), UNTOUCHED);
        }),
        case("in init", |s| {
            let canister = s.install(&(noting() + set_and_note(FUTURE)));
            assert_eq!(noted(s, canister), 0);
            assert_eq!(set(s, canister, FUTURE), FUTURE);
        }),
        case("deactivate timer", |s| {
            let canister = install(s, &noting());
            assert_eq!(set(s, canister, FUTURE), 0);
            assert_eq!(set(s, canister, 0), FUTURE);
            assert_eq!(set(s, canister, FUTURE), 0);
            assert_eq!(noted(s, canister), UNTOUCHED);
        }),
    ]
}

fn hooks() -> Vec<Case> {
    vec![
        case("in pre-upgrade", |s| {
            let canister = install(s, &(noting() + on(hook::PRE_UPGRADE, &set_and_note(PAST))));
            s.upgrade(canister, &nothing()).unwrap();
            assert_eq!(noted(s, canister), 0);
            assert_eq!(set(s, canister, FUTURE), 0);
        }),
        case("in post-upgrade", |s| {
            let canister = install(s, &noting());
            assert_eq!(set(s, canister, FUTURE), 0);
            s.upgrade(canister, &set_and_note(FAR_FUTURE)).unwrap();
            assert_eq!(noted(s, canister), 0);
            assert_eq!(set(s, canister, FUTURE), FAR_FUTURE);
        }),
        case("in post-upgrade on stopped canister", |s| {
            let canister = install(s, &noting());
            assert_eq!(set(s, canister, FUTURE), 0);
            s.stop(canister);
            s.upgrade(canister, &(noting() + set_and_note(PAST))).unwrap();
            s.settle();
            s.start(canister);
            assert_eq!(noted(s, canister), 2);
            assert_eq!(set(s, canister, FUTURE), 0);
        }),
        case("in timer callback", |s| {
            let canister = install(s, &on(hook::TIMER, &set_and_note(FUTURE)));
            assert_eq!(set(s, canister, PAST), 0);
            assert_eq!(noted(s, canister), 0);
            assert_eq!(set(s, canister, FUTURE), FUTURE);
        }),
    ]
}

fn fires(s: &Stage, at: u64) {
    let canister = install(s, &noting());
    assert_eq!(set(s, canister, at), 0);
    assert_eq!(noted(s, canister), 2);
    assert_eq!(set(s, canister, FUTURE), 0);
}

fn firing() -> Vec<Case> {
    vec![
        case("set timer far in the past", |s| fires(s, PAST)),
        case("set timer at current time", |s| {
            fires(s, s.network.get_time().as_nanos_since_unix_epoch());
        }),
    ]
}

/// What the timer is set to after something happened to a canister with a timer.
fn survives(then: fn(&Stage, Principal), expected: u64) -> impl Fn(&Stage) {
    move |s| {
        let canister = install(s, &noting());
        assert_eq!((set(s, canister, FUTURE), set(s, canister, FUTURE)), (0, FUTURE));
        then(s, canister);
        assert_eq!(set(s, canister, FUTURE), expected);
    }
}

fn replacing() -> Vec<Case> {
    vec![
        case(
            "stop and start canister",
            survives(
                |s, canister| {
                    s.stop(canister);
                    s.start(canister);
                    assert_eq!(noted(s, canister), UNTOUCHED);
                },
                FUTURE,
            ),
        ),
        case(
            "uninstall and install canister",
            survives(
                |s, canister| {
                    s.uninstall(canister);
                    s.install_at(canister, &noting());
                },
                0,
            ),
        ),
        case(
            "upgrade canister",
            survives(|s, canister| drop(s.upgrade(canister, &noting()).unwrap()), 0),
        ),
        case(
            "reinstall canister",
            survives(|s, canister| drop(s.reinstall(canister, &noting()).unwrap()), 0),
        ),
    ]
}
