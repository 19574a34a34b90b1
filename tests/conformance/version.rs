//! The version of a canister: what raises it and what does not.
//!
//! Numbers are those of the source: creating a canister is its version 0, installing into it 1.

use candid::Principal;
use universal::{
    op::{self, hook},
    program::{
        Call, Program, apply, as_8, get, ignore, int, nothing, on, reply, reply_with, set_global,
        stable_grow, stable_read, stable_write, trap,
    },
};

use crate::{
    area::{Area, Case, case},
    stage::{Stage, UPGRADE, number, only, other, rejected, user},
};

pub(crate) fn areas() -> Vec<Area> {
    let cases =
        [seen(), hooks(), callbacks(), raised(), failed(), failed_code(), failed_callbacks()];
    vec![Area {
        title: "canister version",
        source: "ic-hs Spec/CanisterVersion.hs",
        cases: cases.concat(),
    }]
}

fn version() -> Program {
    as_8(get(op::CANISTER_VERSION))
}

fn noted() -> Program {
    set_global(version())
}

/// What the canister wrote on its heap.
fn note(s: &Stage, canister: Principal) -> u64 {
    number(&s.global(canister))
}

fn seen() -> Vec<Case> {
    vec![
        case("in query", |s| {
            let canister = s.idle();
            assert_eq!((s.version(canister), s.version(canister)), (1, 1));
        }),
        case("in replicated query", |s| {
            let canister = s.idle();
            let read = || number(&s.replicated(canister, reply_with(version())).unwrap());
            assert_eq!((read(), read(), read()), (1, 1, 1));
        }),
        case("in update", |s| {
            let canister = s.idle();
            let read = || number(&s.call(canister, reply_with(version())).unwrap());
            assert_eq!((read(), read(), read()), (1, 2, 3));
        }),
        case("in install", |s| {
            let canister = s.install(&noted());
            assert_eq!((note(s, canister), s.version(canister)), (1, 1));
        }),
        case("in reinstall", |s| {
            let canister = s.idle();
            s.reinstall(canister, &noted()).unwrap();
            assert_eq!((note(s, canister), s.version(canister)), (2, 2));
        }),
    ]
}

fn hooks() -> Vec<Case> {
    vec![
        case("in pre_upgrade", |s| {
            let hook = on(hook::PRE_UPGRADE, &stable_write(0, version()));
            let canister = s.install(&(stable_grow(1) + hook));
            s.upgrade(canister, &nothing()).unwrap();
            assert_eq!(number(&s.read(canister, stable_read(0, 8))), 1);
            assert_eq!(s.version(canister), 2);
        }),
        case("in post_upgrade", |s| {
            let canister = s.idle();
            s.upgrade(canister, &noted()).unwrap();
            assert_eq!((note(s, canister), s.version(canister)), (2, 2));
        }),
        case("in heartbeat", |s| {
            let first = universal::program::trap_if_ne(version(), as_8(int(1)));
            let canister = s.install(&on(hook::HEARTBEAT, &(first + noted())));
            s.settle();
            assert_eq!((note(s, canister), s.version(canister)), (1, 2));
        }),
        case("in global timer", |s| {
            let timer = ignore(apply(op::GLOBAL_TIMER_SET, [int(1)]));
            let canister = s.install(&(on(hook::TIMER, &noted()) + timer));
            s.settle();
            assert_eq!((note(s, canister), s.version(canister)), (1, 2));
        }),
    ]
}

fn callbacks() -> Vec<Case> {
    let answer = || reply_with(version());
    vec![
        case("in reply callback", move |s| {
            let (canister, peer) = (s.idle(), s.idle());
            let call = Call::new(peer, "update").on_reply(answer()).on_reject(trap(""));
            assert_eq!(number(&s.call(canister, call.make()).unwrap()), 2);
            assert_eq!(s.version(canister), 3);
        }),
        case("in reject callback", move |s| {
            let (canister, peer) = (s.idle(), s.idle());
            let call = Call::new(peer, "update").there(trap(""));
            let call = call.on_reply(trap("")).on_reject(answer());
            assert_eq!(number(&s.call(canister, call.make()).unwrap()), 2);
            assert_eq!(s.version(canister), 3);
        }),
        case("in cleanup", |s| {
            let (canister, peer) = (s.idle(), s.idle());
            let call = Call::new(peer, "update").on_reply(trap("")).on_reject(trap(""));
            rejected(s.call(canister, call.on_cleanup(noted()).make()), &[5]);
            assert_eq!((note(s, canister), s.version(canister)), (2, 3));
        }),
    ]
}

fn raised() -> Vec<Case> {
    vec![
        case("after uninstall", |s| {
            let canister = s.idle();
            s.uninstall(canister);
            s.install_at(canister, &nothing());
            assert_eq!(s.version(canister), 3);
        }),
        case("after setting controllers", |s| {
            let canister = s.idle();
            s.network.set_controllers(canister, Some(user()), vec![other()]).unwrap();
            assert_eq!(s.version(canister), 2);
        }),
        case("after setting freezing threshold", |s| {
            let canister = s.idle();
            freeze(s, canister, 1 << 20).unwrap();
            assert_eq!(s.version(canister), 2);
        }),
    ]
}

/// Sets the freezing threshold.
pub(crate) fn freeze(s: &Stage, canister: Principal, seconds: u128) -> crate::stage::Answer {
    use ic_management_canister_types::{CanisterSettings, UpdateSettingsArgs};
    let settings = CanisterSettings {
        freezing_threshold: Some(seconds.into()),
        ..CanisterSettings::default()
    };
    let args =
        UpdateSettingsArgs { canister_id: canister, settings, sender_canister_version: None };
    s.manage(user(), canister, "update_settings", &candid::encode_one(&args).unwrap())
}

/// The version is not raised by what fails.
fn unchanged(name: &str, fails: impl Fn(&Stage, Principal) + 'static) -> Case {
    case(name, move |s| {
        let canister = s.idle();
        assert_eq!(s.version(canister), 1);
        fails(s, canister);
        assert_eq!(s.version(canister), 1);
    })
}

fn failed() -> Vec<Case> {
    vec![
        unchanged("after failed query", |s, c| rejected(s.query(c, trap("")), &[5])),
        unchanged("after failed update", |s, c| rejected(s.call(c, trap("")), &[5])),
        unchanged("after failed uninstall", |s, c| {
            rejected(s.manage(other(), c, "uninstall_code", &only(c)), &[3, 5]);
        }),
        unchanged("after failed change of settings", |s, c| {
            rejected(freeze(s, c, 1 << 70), &[5]);
        }),
        case("after failed heartbeat", |s| {
            let canister = s.install(&on(hook::HEARTBEAT, &trap("")));
            assert_eq!(s.version(canister), 1);
            s.call(canister, reply()).unwrap();
            s.call(canister, reply()).unwrap();
            assert_eq!(s.version(canister), 3);
        }),
        case("after failed global timer", |s| {
            let timer = ignore(apply(op::GLOBAL_TIMER_SET, [int(1)]));
            let canister = s.install(&(on(hook::TIMER, &trap("")) + timer));
            assert_eq!(s.version(canister), 1);
            s.call(canister, reply()).unwrap();
            s.call(canister, reply()).unwrap();
            assert_eq!(s.version(canister), 3);
        }),
    ]
}

fn failed_code() -> Vec<Case> {
    use ic_management_canister_types::CanisterInstallMode::{Install, Reinstall};
    vec![
        unchanged("after failed install", |s, c| {
            rejected(s.install_code(c, Install, vec![], vec![]), &[5]);
        }),
        unchanged("after failed reinstall", |s, c| {
            rejected(s.install_code(c, Reinstall, vec![], vec![]), &[5]);
        }),
        unchanged("after failed upgrade", |s, c| {
            rejected(s.install_code(c, UPGRADE, vec![], vec![]), &[5]);
        }),
        unchanged("after failed init in reinstall", |s, c| {
            rejected(s.reinstall(c, &trap("")), &[5]);
        }),
        unchanged("after failed post_upgrade", |s, c| rejected(s.upgrade(c, &trap("")), &[5])),
        case("after failed init in install", |s| {
            let canister = s.create();
            rejected(s.code(canister, Install, &trap("")), &[5]);
            s.install_at(canister, &nothing());
            assert_eq!(s.version(canister), 1);
        }),
        case("after failed pre_upgrade", |s| {
            let canister = s.install(&on(hook::PRE_UPGRADE, &trap("")));
            rejected(s.upgrade(canister, &nothing()), &[5]);
            assert_eq!(s.version(canister), 1);
        }),
    ]
}

/// The update was executed; what followed was not.
fn one_more(name: &str, call: fn(Call) -> Call) -> Case {
    case(name, move |s| {
        let (canister, peer) = (s.idle(), s.idle());
        rejected(s.call(canister, call(Call::new(peer, "update")).make()), &[5]);
        assert_eq!(s.version(canister), 2);
    })
}

fn failed_callbacks() -> Vec<Case> {
    vec![
        one_more("after failed reply callback", |call| call.on_reply(trap("")).on_reject(reply())),
        one_more("after failed reject callback", |call| {
            call.there(trap("")).on_reply(reply()).on_reject(trap(""))
        }),
        one_more("after failed cleanup", |call| {
            call.on_reply(trap("")).on_reject(reply()).on_cleanup(trap(""))
        }),
    ]
}
