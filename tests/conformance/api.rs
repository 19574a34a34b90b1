//! Which function may be called where: each function in each context, as the source has it.
//!
//! Where the interface specification has come to permit more, version 0.66.0 of it decides: the
//! caller can be asked for everywhere, the code of a rejection in a cleanup, and a replicated query
//! may look at cycles and accept them. `RQ` stands for that last one.

use candid::Principal;
use ic_management_canister_types::CanisterInstallMode;
use universal::{
    op::{self, hook},
    program::{
        Call, Program, append, apply, bytes, get, ignore, int, nothing, on, reply, set_global, trap,
    },
};

use crate::{
    SPEC,
    area::{Area, Case, case},
    stage::{Stage, rejected, relayed},
};

const EVERYWHERE: &str = "I G U Q Ry Rt C F T";
const NOWHERE: &str = "";

/// A function, where it may be called, and a call of it.
type Row = (&'static str, &'static str, fn() -> Program);

fn value(op: u8) -> Program {
    ignore(get(op))
}

const MESSAGES: [Row; 14] = [
    ("msg_arg_data", "I U Q Ry F", || value(op::MSG_ARG_DATA)),
    ("msg_caller", EVERYWHERE, || value(op::MSG_CALLER)),
    ("msg_reject_code", "Ry Rt C", || value(op::MSG_REJECT_CODE)),
    ("msg_reject_msg", "Rt", || value(op::MSG_REJECT_MSG)),
    ("msg_reply_data_append", "U Q Ry Rt", || append(bytes("some"))),
    ("msg_reply_data_append (\"\")", "U Q Ry Rt", || append(bytes(""))),
    ("msg_reply", NOWHERE, reply),
    ("msg_reject", NOWHERE, || universal::program::reject("no")),
    ("msg_cycles_available", "U RQ Rt Ry", || value(op::MSG_CYCLES_AVAILABLE)),
    ("msg_cycles_available128", "U RQ Rt Ry", || value(op::MSG_CYCLES_AVAILABLE128)),
    ("msg_cycles_refunded", "Rt Ry", || value(op::MSG_CYCLES_REFUNDED)),
    ("msg_cycles_refunded128", "Rt Ry", || value(op::MSG_CYCLES_REFUNDED128)),
    ("msg_cycles_accept", "U RQ Rt Ry", || ignore(apply(op::MSG_CYCLES_ACCEPT, [int(0)]))),
    ("msg_cycles_accept128", "U RQ Rt Ry", || ignore(apply(op::MSG_CYCLES_ACCEPT128, [int(0)]))),
];

const CALLS: [Row; 9] = [
    ("canister_self", EVERYWHERE, || value(op::CANISTER_SELF)),
    ("canister_cycle_balance", EVERYWHERE, || value(op::CANISTER_CYCLE_BALANCE)),
    ("canister_cycle_balance128", EVERYWHERE, || value(op::CANISTER_CYCLE_BALANCE128)),
    ("call_new_call_perform", "U Rt Ry T", || {
        apply(op::CALL_NEW, ["foo", "bar", "", ""].map(bytes))
            + apply(op::CALL_DATA_APPEND, [bytes("foo")])
            + apply(op::CALL_CYCLES_ADD, [int(0)])
            + ignore(get(op::CALL_PERFORM))
    }),
    ("call_set_cleanup", NOWHERE, || apply(op::CALL_ON_CLEANUP, [bytes("")])),
    ("call_data_append", NOWHERE, || apply(op::CALL_DATA_APPEND, [bytes("foo")])),
    ("call_cycles_add", NOWHERE, || apply(op::CALL_CYCLES_ADD, [int(0)])),
    ("call_cycles_add128", NOWHERE, || apply(op::CALL_CYCLES_ADD128, [int(0)])),
    ("call_perform", NOWHERE, || ignore(get(op::CALL_PERFORM))),
];

const STABLE: [Row; 8] = [
    ("stable_size", EVERYWHERE, || value(op::STABLE_SIZE)),
    ("stable_grow", EVERYWHERE, || ignore(apply(op::STABLE_GROW, [int(1)]))),
    ("stable_write", EVERYWHERE, || apply(op::STABLE_WRITE, [int(0), bytes("")])),
    ("stable_read", EVERYWHERE, || ignore(apply(op::STABLE_READ, [int(0), int(0)]))),
    ("stable64_size", EVERYWHERE, || value(op::STABLE64_SIZE)),
    ("stable64_grow", EVERYWHERE, || ignore(apply(op::STABLE64_GROW, [int(1)]))),
    ("stable64_write", EVERYWHERE, || apply(op::STABLE64_WRITE, [int(0), bytes("")])),
    ("stable64_read", EVERYWHERE, || ignore(apply(op::STABLE64_READ, [int(0), int(0)]))),
];

const OTHERS: [Row; 11] = [
    ("certified_data_set", "I G U Ry Rt T", || apply(op::CERTIFIED_DATA_SET, [bytes("foo")])),
    ("data_certificate_present", EVERYWHERE, || value(op::DATA_CERTIFICATE_PRESENT)),
    ("msg_method_name", "F", || value(op::MSG_METHOD_NAME)),
    ("accept_message", NOWHERE, || get(op::ACCEPT_MESSAGE)),
    ("time", EVERYWHERE, || value(op::TIME)),
    ("performance_counter", EVERYWHERE, || ignore(apply(op::PERFORMANCE_COUNTER, [int(0)]))),
    ("is_controller", EVERYWHERE, || ignore(apply(op::IS_CONTROLLER, [bytes("")]))),
    ("canister_version", EVERYWHERE, || value(op::CANISTER_VERSION)),
    ("global_timer_set", "I G U Ry Rt C T", || ignore(apply(op::GLOBAL_TIMER_SET, [int(0)]))),
    ("debug_print", EVERYWHERE, || apply(op::DEBUG_PRINT, [bytes("hello")])),
    ("trap", NOWHERE, || trap("as it must")),
];

/// A context: whether a program can run in it, and a program that must run or must trap.
type Context = (&'static str, fn(&Stage, Principal, Program, bool));

const CONTEXTS: [Context; 9] = [
    ("I", installation),
    ("G", pre_upgrade),
    ("U", update),
    ("Q", query),
    ("Ry", reply_callback),
    ("Rt", reject_callback),
    ("C", cleanup),
    ("F", inspection),
    ("T", heartbeat),
];

pub(crate) fn areas() -> Vec<Area> {
    let rows = [&MESSAGES[..], &CALLS, &STABLE, &OTHERS].concat();
    let cases = rows.into_iter().flat_map(in_all_contexts).collect();
    vec![Area { title: "API availability", source: SPEC, cases }]
}

fn in_all_contexts((function, permitted, program): Row) -> impl Iterator<Item = Case> {
    CONTEXTS.into_iter().map(move |(context, act)| {
        let permits = |wanted| permitted.split(' ').any(|permitted| permitted == wanted);
        if context == "Q" && permits("RQ") {
            let name = format!("{function} works in Q, if replicated (0.66.0)");
            return case(name, move |stage| {
                query(stage, stage.shared(), program(), false);
                replicated_query(stage, stage.shared(), program(), true);
            });
        }
        let works = permits(context);
        let what = if works { "works" } else { "traps" };
        case(format!("{function} {what} in {context}"), move |stage| {
            act(stage, stage.shared(), program(), works);
            if context == "Q" {
                replicated_query(stage, stage.shared(), program(), works);
            }
        })
    })
}

#[track_caller]
fn expect(answer: crate::stage::Answer, works: bool) {
    if works {
        answer.unwrap();
    } else {
        rejected(answer, &[5]);
    }
}

/// As [`expect`], for an answer that a canister relays.
#[track_caller]
fn expect_relayed(answer: crate::stage::Answer, works: bool) {
    let answer = relayed(&answer.unwrap());
    assert_eq!(answer.as_ref().err(), (!works).then_some(&5));
}

fn installation(s: &Stage, canister: Principal, program: Program, works: bool) {
    s.uninstall(canister);
    expect(s.code(canister, CanisterInstallMode::Install, &program), works);
    s.reinstall(canister, &nothing()).unwrap();
    expect(s.upgrade(canister, &program), works);
}

fn pre_upgrade(s: &Stage, canister: Principal, program: Program, works: bool) {
    s.reinstall(canister, &on(hook::PRE_UPGRADE, &program)).unwrap();
    expect(s.upgrade(canister, &nothing()), works);
    s.reinstall(canister, &nothing()).unwrap();
}

fn update(s: &Stage, canister: Principal, program: Program, works: bool) {
    let program = program + reply();
    expect(s.call(canister, program.clone()), works);
    let call = Call::new(canister, "update").there(program);
    expect_relayed(s.call(canister, call.make()), works);
}

fn query(s: &Stage, canister: Principal, program: Program, works: bool) {
    expect(s.query(canister, program + reply()), works);
}

fn replicated_query(s: &Stage, canister: Principal, program: Program, works: bool) {
    let call = Call::new(canister, "query").there(program + reply());
    expect_relayed(s.call(canister, call.make()), works);
}

fn reply_callback(s: &Stage, canister: Principal, program: Program, works: bool) {
    let call = Call::new(canister, "query").on_reply(program + reply());
    expect(s.call(canister, call.make()), works);
}

fn reject_callback(s: &Stage, canister: Principal, program: Program, works: bool) {
    let call = Call::new(canister, "query").there(trap("there")).on_reject(program + reply());
    expect(s.call(canister, call.make()), works);
}

/// The global says that a hook or a cleanup came to its end.
const DONE: &str = "did not trap";

fn cleanup(s: &Stage, canister: Principal, program: Program, works: bool) {
    let call = Call::new(canister, "query")
        .on_reply(trap("in the callback"))
        .on_cleanup(program + set_global(bytes(DONE)));
    rejected(s.call(canister, set_global(bytes("")) + call.make()), &[5]);
    assert_eq!(s.global(canister) == DONE.as_bytes(), works);
}

fn inspection(s: &Stage, canister: Principal, program: Program, works: bool) {
    let inspect = program + get(op::ACCEPT_MESSAGE);
    s.reinstall(canister, &on(hook::INSPECT, &inspect)).unwrap();
    expect(s.call(canister, reply()), works);
    s.reinstall(canister, &nothing()).unwrap();
}

fn heartbeat(s: &Stage, canister: Principal, program: Program, works: bool) {
    let beat = program + set_global(bytes(DONE));
    s.reinstall(canister, &on(hook::HEARTBEAT, &beat)).unwrap();
    s.call(canister, reply()).unwrap();
    s.call(canister, reply()).unwrap();
    let done = s.global(canister);
    s.reinstall(canister, &nothing()).unwrap();
    assert_eq!(done == DONE.as_bytes(), works);
}
