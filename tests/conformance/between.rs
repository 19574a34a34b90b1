//! Calls between canisters: how they are built, who is called, callbacks and cleanup.

use candid::{Encode, Principal};
use ic_management_canister_types::{CanisterInstallMode, InstallCodeArgs};
use universal::{
    op,
    program::{
        Call, Program, append, apply, as_4, bytes, get, ignore, nothing, reject, relay_reject,
        relay_reply, reply, reply_with, set_global, trap,
    },
};

use crate::{
    SPEC,
    area::{Area, Case, case},
    stage::{Stage, only, other, rejected, relayed},
};

pub(crate) fn areas() -> Vec<Area> {
    let area = |title, cases| Area { title, source: SPEC, cases };
    vec![
        area("inter-canister calls: builder interface", builder()),
        area("inter-canister calls: who is called", addressed()),
        area("inter-canister calls: effects", effects()),
        area("inter-canister calls: callbacks", callbacks()),
        area("aaaaa-aa (inter-canister)", management()),
    ]
}

/// What a program in the shared canister has relayed.
fn relay(s: &Stage, program: Program) -> Result<Vec<u8>, u32> {
    relayed(&s.call(s.shared(), program).unwrap())
}

/// Who called whom, as [`Call::new`] has it answered.
fn names(caller: Principal, callee: Principal) -> Vec<u8> {
    [caller.as_slice(), callee.as_slice()].concat()
}

fn begun(callee: &[u8], method: &str) -> Program {
    let callbacks = [bytes(&relay_reply().0), bytes(&relay_reject().0)];
    let who = [bytes(callee), bytes(method)];
    apply(op::CALL_NEW, who.into_iter().chain(callbacks))
}

fn builder() -> Vec<Case> {
    let without: [(&str, fn() -> Program); 4] = [
        ("call_data_append", || apply(op::CALL_DATA_APPEND, [bytes("Foo")])),
        ("call_on_cleanup", || apply(op::CALL_ON_CLEANUP, [bytes("")])),
        ("call_cycles_add", || apply(op::CALL_CYCLES_ADD, [universal::program::int(0)])),
        ("call_perform", || ignore(get(op::CALL_PERFORM))),
    ];
    let without = without.map(|(name, program)| {
        case(format!("traps without call_new: {name}"), move |s| {
            rejected(s.call(s.shared(), program() + reply()), &[5]);
        })
    });
    let others = vec![
        case("call_new clears pending call", |s| {
            let me = s.shared();
            let abandoned = begun(b"foo", "bar") + apply(op::CALL_DATA_APPEND, [bytes("hey")]);
            let answer = relay(s, abandoned + Call::new(me, "query").make());
            assert_eq!(answer, Ok(names(me, me)));
        }),
        case("call_data_append really appends", |s| {
            let me = s.shared();
            let argument = Call::new(me, "query").argument;
            let (first, second) = argument.split_at(3);
            let program = begun(me.as_slice(), "query")
                + apply(op::CALL_DATA_APPEND, [bytes(first)])
                + apply(op::CALL_DATA_APPEND, [bytes(second)])
                + ignore(get(op::CALL_PERFORM));
            assert_eq!(relay(s, program), Ok(names(me, me)));
        }),
        case("call_on_cleanup traps if called twice", |s| {
            let cleanup = || apply(op::CALL_ON_CLEANUP, [bytes("")]);
            let program = begun(s.shared().as_slice(), "query") + cleanup() + cleanup() + reply();
            rejected(s.call(s.shared(), program), &[5]);
        }),
    ];
    without.into_iter().chain(others).collect()
}

fn addressed() -> Vec<Case> {
    vec![
        case("to nonexistant canister", |s| {
            assert_eq!(relay(s, Call::new("foo", "bar").make()), Err(3));
        }),
        case("to nonexistant canister (user id)", |s| {
            assert_eq!(relay(s, Call::new(other(), "bar").make()), Err(3));
        }),
        case("to nonexistant method", |s| {
            // IC0536, a canister's error.
            assert_eq!(relay(s, Call::new(s.shared(), "bar").make()), Err(5));
        }),
        case("Call from query method traps (in update call)", |s| {
            let call = Call::new(s.shared(), "query").make();
            rejected(s.replicated(s.shared(), call), &[5]);
        }),
        case("Call from query method traps (in query call)", |s| {
            rejected(s.query(s.shared(), Call::new(s.shared(), "query").make()), &[5]);
        }),
        case("Call from query method traps (in inter-canister-call)", |s| {
            let inner = Call::new(s.shared(), "query").make();
            assert_eq!(relay(s, Call::new(s.shared(), "query").there(inner).make()), Err(5));
        }),
        case("Self-call (to update)", |s| {
            let me = s.shared();
            assert_eq!(relay(s, Call::new(me, "update").make()), Ok(names(me, me)));
        }),
        case("Self-call (to query)", |s| {
            let me = s.shared();
            assert_eq!(relay(s, Call::new(me, "query").make()), Ok(names(me, me)));
        }),
        case("Call to other canister (to update)", |s| {
            let (me, peer) = (s.shared(), s.idle());
            assert_eq!(relay(s, Call::new(peer, "update").make()), Ok(names(me, peer)));
        }),
        case("Call to other canister (to query)", |s| {
            let (me, peer) = (s.shared(), s.idle());
            assert_eq!(relay(s, Call::new(peer, "query").make()), Ok(names(me, peer)));
        }),
    ]
}

/// A call of the shared canister by itself that is replied to after the program.
fn after(s: &Stage, method: &str, there: Program) -> Program {
    set_global(bytes("FOO")) + Call::new(s.shared(), method).there(there).make()
}

fn effects() -> Vec<Case> {
    vec![
        case("update commits", |s| {
            let program = after(s, "update", set_global(bytes("BAR")) + reply());
            assert_eq!(relay(s, program), Ok(vec![]));
            assert_eq!(s.global(s.shared()), b"BAR");
        }),
        case("query does not commit", |s| {
            let program = after(s, "query", set_global(bytes("BAR")) + reply());
            assert_eq!(relay(s, program), Ok(vec![]));
            assert_eq!(s.global(s.shared()), b"FOO");
        }),
        case("query no response", |s| {
            let call = Call::new(s.shared(), "query").there(nothing());
            assert_eq!(relay(s, call.make()), Err(5));
        }),
        case("query double reply", |s| {
            let call = Call::new(s.shared(), "query").there(reply() + reply());
            assert_eq!(relay(s, call.make()), Err(5));
        }),
    ]
}

fn callbacks() -> Vec<Case> {
    let two = |first: fn(&Stage) -> Call, second: fn(&Stage) -> Call| {
        move |s: &Stage| s.call(s.shared(), first(s).make() + second(s).make())
    };
    let failing: fn(&Stage) -> Call =
        |s| Call::new(s.shared(), "query").on_reply(trap("the callback traps"));
    let replying: fn(&Stage) -> Call =
        |s| Call::new(s.shared(), "query").on_reply(reply_with(bytes("good")));
    vec![
        case("Reject code is 0 in reply", |s| {
            let code = reply_with(as_4(get(op::MSG_REJECT_CODE)));
            let call = Call::new(s.shared(), "query").on_reply(code);
            assert_eq!(s.call(s.shared(), call.make()).unwrap(), [0; 4]);
        }),
        case("Second reply in callback", |s| {
            let call = Call::new(s.shared(), "query")
                .on_reply(set_global(bytes("BAR")) + reply_with(bytes("Second reply")))
                .on_reject(set_global(bytes("BAZ")) + relay_reject());
            let first = set_global(bytes("FOO")) + reply_with(bytes("First reply"));
            assert_eq!(s.call(s.shared(), first + call.make()).unwrap(), b"First reply");
            s.settle();
            assert_eq!(s.global(s.shared()), b"FOO");
        }),
        case("partial reply", |s| {
            let call = Call::new(s.shared(), "query").on_reply(append(bytes("BAR")) + reply());
            let answer = s.call(s.shared(), append(bytes("FOO")) + call.make()).unwrap();
            assert_eq!(answer, b"BAR", "what was appended before is dropped");
        }),
        case("cleanup not executed when reply callback does not trap", |s| {
            let call = Call::new(s.shared(), "query").on_reply(reply());
            let call = call.on_cleanup(set_global(bytes("BAD"))).make();
            s.call(s.shared(), set_global(bytes("")) + call).unwrap();
            assert_eq!(s.global(s.shared()), b"");
        }),
        case("cleanup not executed when reject callback does not trap", |s| {
            let call = Call::new(s.shared(), "query").there(reject("meh")).on_reject(reply());
            let call = call.on_cleanup(set_global(bytes("BAD"))).make();
            s.call(s.shared(), set_global(bytes("")) + call).unwrap();
            assert_eq!(s.global(s.shared()), b"");
        }),
        case("two callbacks: reply after trap", move |s| {
            assert_eq!(two(failing, replying)(s).unwrap(), b"good");
        }),
        case("two callbacks: trap after reply", move |s| {
            assert_eq!(two(replying, failing)(s).unwrap(), b"good");
        }),
        case("two callbacks: both trap", move |s| rejected(two(failing, failing)(s), &[5])),
    ]
}

/// The arguments of `install_code` with an empty module.
fn installs(canister_id: Principal, mode: CanisterInstallMode) -> Vec<u8> {
    let wasm_module = wat::parse_str("(module)").unwrap();
    let args = InstallCodeArgs {
        mode,
        canister_id,
        wasm_module,
        arg: vec![],
        sender_canister_version: None,
    };
    Encode!(&args).unwrap()
}

fn managed(s: &Stage) {
    use CanisterInstallMode::{Install, Reinstall};
    let (one, two) = (s.idle(), s.idle());
    let by = |who, method: &str, argument| s.manage_via(who, method, argument, 0);
    let created =
        s.manage_via(one, "create_canister", crate::settings::no_settings(), 2_000_000_000_000);
    let canister = crate::stage::created(&created.unwrap());
    by(one, "install_code", installs(canister, Install)).unwrap();
    assert!(matches!(by(one, "install_code", installs(canister, Install)), Err(3 | 5)));
    by(one, "install_code", installs(canister, Reinstall)).unwrap();
    assert!(matches!(by(two, "install_code", installs(canister, Reinstall)), Err(3 | 5)));
    by(one, "install_code", installs(canister, crate::stage::UPGRADE)).unwrap();
    by(one, "update_settings", crate::settings::controllers(canister, &[two])).unwrap();
    let again = by(one, "update_settings", crate::settings::controllers(canister, &[two]));
    assert!(matches!(again, Err(3 | 5)), "{again:?}");
    by(two, "install_code", installs(canister, Reinstall)).unwrap();
    by(two, "canister_status", only(canister)).unwrap();
}

fn management() -> Vec<Case> {
    vec![
        case("aaaaa-aa (inter-canister)", managed),
        case("randomness", |s| {
            let draw = || {
                let answer = s.manage_via(s.shared(), "raw_rand", Encode!().unwrap(), 0).unwrap();
                candid::decode_one::<Vec<u8>>(&answer).unwrap()
            };
            let (one, two) = (draw(), draw());
            assert_eq!((one.len(), two.len()), (32, 32));
            assert_ne!(one, two);
        }),
    ]
}
