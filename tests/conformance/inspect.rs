//! `canister_inspect_message`, and what the management canister accepts of users.

use candid::Encode;
use universal::{
    op::{self, hook},
    program::{Call, Program, bytes, get, nothing, on, reply, reply_with, trap, trap_if_eq},
};

use crate::{
    SPEC,
    area::{Area, Case, case},
    stage::{Stage, only, other, rejected, relayed, user},
};

pub(crate) fn areas() -> Vec<Area> {
    let cases = [inspected(), refusing(), managed()].concat();
    vec![Area { title: "canister_inspect_message", source: SPEC, cases }]
}

fn accept() -> Program {
    get(op::ACCEPT_MESSAGE)
}

fn inspecting(s: &Stage, program: &Program) -> candid::Principal {
    s.install(&on(hook::INSPECT, program))
}

/// Neither an update nor a query as an update gets in.
#[track_caller]
fn keeps_out(s: &Stage, canister: candid::Principal, program: &Program, codes: &[u64]) {
    rejected(s.call(canister, program.clone()), codes);
    rejected(s.replicated(canister, program.clone()), codes);
}

fn inspected() -> Vec<Case> {
    vec![
        case("empty canister", |s| {
            // Nothing is installed: IC0537.
            keeps_out(s, s.create(), &reply(), &[5]);
        }),
        case("accept all", |s| {
            let canister = inspecting(s, &accept());
            s.call(canister, reply()).unwrap();
            s.replicated(canister, reply()).unwrap();
        }),
        case("no accept_message", |s| {
            let canister = inspecting(s, &nothing());
            keeps_out(s, canister, &reply(), &[4]);
            let call = Call::new(canister, "update").make();
            relayed(&s.call(s.idle(), call).unwrap()).unwrap();
        }),
    ]
}

fn refusing() -> Vec<Case> {
    vec![
        case("two calls to accept_message", |s| {
            keeps_out(s, inspecting(s, &(accept() + accept())), &reply(), &[5]);
        }),
        case("trap", |s| keeps_out(s, inspecting(s, &trap("no")), &reply(), &[5])),
        case("method_name correct", |s| {
            let not_update = trap_if_eq(get(op::MSG_METHOD_NAME), bytes("update"));
            let canister = inspecting(s, &(not_update + accept()));
            rejected(s.call(canister, reply()), &[5]);
            s.replicated(canister, reply()).unwrap();
        }),
        case("caller correct", |s| {
            let not_user = trap_if_eq(get(op::MSG_CALLER), bytes(user()));
            let canister = inspecting(s, &(not_user + accept()));
            keeps_out(s, canister, &reply(), &[5]);
            for method in ["update", "query"] {
                s.network.update_call(canister, other(), method, reply().0).unwrap();
            }
        }),
        case("arg correct", |s| {
            let not_reply = trap_if_eq(get(op::MSG_ARG_DATA), bytes(reply().0));
            let canister = inspecting(s, &(not_reply + accept()));
            keeps_out(s, canister, &reply(), &[5]);
            let with_foo = || reply_with(bytes("foo"));
            assert_eq!(s.call(canister, with_foo()).unwrap(), b"foo");
            assert_eq!(s.replicated(canister, with_foo()).unwrap(), b"foo");
        }),
    ]
}

fn managed() -> Vec<Case> {
    let refused = |name: &str, method: &'static str| {
        case(format!("management canister: {name} not accepted"), move |s| {
            let nothing = Encode!().unwrap();
            rejected(s.manage(user(), s.shared(), method, &nothing), &[4]);
        })
    };
    vec![
        refused("raw_rand", "raw_rand"),
        refused("http_request", "http_request"),
        refused("ecdsa_public_key", "ecdsa_public_key"),
        refused("sign_with_ecdsa", "sign_with_ecdsa"),
        case("management canister: deposit_cycles not accepted", |s| {
            let canister = s.shared();
            rejected(s.manage(user(), canister, "deposit_cycles", &only(canister)), &[4]);
        }),
        case("management canister: wrong sender not accepted", |s| {
            let canister = s.shared();
            rejected(s.manage(other(), canister, "canister_status", &only(canister)), &[5]);
        }),
    ]
}
