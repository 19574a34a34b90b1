//! Where each system call is permitted, tried out call by call and mode by mode.

use std::collections::BTreeMap;

use crate::{
    message::{Callback, Entry, Keep},
    runtime::{
        ExecutionState, StableMemory, Width,
        testing::{ENGINE, canister, compile, env, wat_type, wide_canister},
    },
    system_api::{CALLS, calls::Call},
};

/// The permissions of the interface specification, in its own letters. `*` is everywhere but in
/// `start`, which is `s`.
const SPECIFICATION: &str = "
    msg_arg_data_size I U RQ NRQ TQ CQ Ry CRy F
    msg_arg_data_copy I U RQ NRQ TQ CQ Ry CRy F
    msg_caller_size *
    msg_caller_copy *
    msg_caller_info_data_size U RQ NRQ CQ Ry Rt CRy CRt C CC F
    msg_caller_info_data_copy U RQ NRQ CQ Ry Rt CRy CRt C CC F
    msg_caller_info_signer_size U RQ NRQ CQ Ry Rt CRy CRt C CC F
    msg_caller_info_signer_copy U RQ NRQ CQ Ry Rt CRy CRt C CC F
    msg_reject_code Ry Rt CRy CRt C
    msg_reject_msg_size Rt CRt
    msg_reject_msg_copy Rt CRt
    msg_deadline U RQ NRQ CQ Ry Rt CRy CRt
    msg_reply_data_append U RQ NRQ TQ CQ Ry Rt CRy CRt
    msg_reply U RQ NRQ TQ CQ Ry Rt CRy CRt
    msg_reject U RQ NRQ TQ CQ Ry Rt CRy CRt
    msg_cycles_available128 U RQ Rt Ry
    msg_cycles_refunded128 Rt Ry
    msg_cycles_accept128 U RQ Rt Ry
    cycles_burn128 I G U RQ Ry Rt C T
    canister_self_size *
    canister_self_copy *
    canister_cycle_balance128 *
    canister_liquid_cycle_balance128 *
    canister_status *
    canister_version *
    subnet_self_size *
    subnet_self_copy *
    subnet_self_node_count *
    msg_method_name_size F
    msg_method_name_copy F
    accept_message F
    call_new U CQ Ry Rt CRy CRt T
    call_on_cleanup U CQ Ry Rt CRy CRt T
    call_data_append U CQ Ry Rt CRy CRt T
    call_with_best_effort_response U CQ Ry Rt CRy CRt T
    call_cycles_add128 U Ry Rt T
    call_perform U CQ Ry Rt CRy CRt T
    stable64_size * s
    stable64_grow * s
    stable64_write * s
    stable64_read * s
    root_key_size I G U RQ Ry Rt C T
    root_key_copy I G U RQ Ry Rt C T
    certified_data_set I G U Ry Rt T
    data_certificate_present *
    data_certificate_size NRQ CQ
    data_certificate_copy NRQ CQ
    time *
    global_timer_set I G U Ry Rt C T
    performance_counter * s
    is_controller * s
    in_replicated_execution * s
    cost_call * s
    cost_create_canister * s
    cost_http_request * s
    cost_http_request_v2 * s
    cost_sign_with_ecdsa * s
    cost_sign_with_schnorr * s
    cost_vetkd_derive_key * s
    env_var_count *
    env_var_name_size *
    env_var_name_copy *
    env_var_name_exists *
    env_var_value_size *
    env_var_value_copy *
    debug_print * s
    trap * s
    msg_cycles_available U RQ Rt Ry
    msg_cycles_refunded Rt Ry
    msg_cycles_accept U RQ Rt Ry
    canister_cycle_balance *
    call_cycles_add U Ry Rt T
    stable_size * s
    stable_grow * s
    stable_write * s
    stable_read * s
";

/// The entry points of the module in [`probe`], with the letter of their mode.
fn modes() -> Vec<(&'static str, Entry)> {
    let callback = Callback { function: 0, environment: 0 };
    let method = || "m".to_owned();
    vec![
        ("s", Entry::Start),
        ("I", Entry::Init),
        ("I", Entry::PostUpgrade),
        ("G", Entry::PreUpgrade),
        ("U", Entry::Update { method: method() }),
        ("RQ", Entry::Query { method: "q".into(), replicated: true }),
        ("NRQ", Entry::Query { method: "q".into(), replicated: false }),
        ("TQ", Entry::HttpTransform { method: "q".into() }),
        ("CQ", Entry::CompositeQuery { method: "c".into() }),
        ("Ry", Entry::Reply { callback, composite: false }),
        ("CRy", Entry::Reply { callback, composite: true }),
        ("Rt", Entry::Reject { callback, composite: false }),
        ("CRt", Entry::Reject { callback, composite: true }),
        ("C", Entry::Cleanup { callback, composite: false }),
        ("CC", Entry::Cleanup { callback, composite: true }),
        ("F", Entry::InspectMessage { method: method() }),
        ("T", Entry::Heartbeat),
        ("T", Entry::GlobalTimer),
        ("T", Entry::LowWasmMemory),
    ]
}

/// A canister that makes the call with zeros from every entry point.
fn probe(call: &Call, width: Width) -> String {
    let zero = |letter| format!("({}.const 0)", wat_type(letter, width).trim());
    let zeros: String = call.params.chars().map(zero).collect();
    let drop = if call.result.is_empty() { "" } else { "drop" };
    let (build, name): (fn(&str) -> String, _) = (canister_of(width), call.name);
    let pointer = wat_type('p', width);
    build(&format!(
        r#"(func $probe {zeros} (call ${name}) {drop})
        (start $probe)
        (table funcref (elem $back))
        (func $back (param{pointer}) (call $probe))
        (export "canister_init" (func $probe))
        (export "canister_pre_upgrade" (func $probe))
        (export "canister_post_upgrade" (func $probe))
        (export "canister_update m" (func $probe))
        (export "canister_query q" (func $probe))
        (export "canister_composite_query c" (func $probe))
        (export "canister_inspect_message" (func $probe))
        (export "canister_heartbeat" (func $probe))
        (export "canister_global_timer" (func $probe))
        (export "canister_on_low_wasm_memory" (func $probe))"#
    ))
}

fn canister_of(width: Width) -> fn(&str) -> String {
    match width {
        Width::Wasm32 => canister,
        Width::Wasm64 => wide_canister,
    }
}

#[test]
fn every_call_is_permitted_exactly_where_the_specification_says() {
    let specification: BTreeMap<&str, Vec<&str>> = SPECIFICATION
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            words.next().map(|name| (name, words.collect()))
        })
        .collect();
    assert_eq!(specification.len(), CALLS.len());
    for (call, width) in CALLS.iter().flat_map(|call| {
        let wide = call.wide.then_some((call, Width::Wasm64));
        [(call, Width::Wasm32)].into_iter().chain(wide)
    }) {
        let permitted = &specification[call.name];
        let module = compile(&probe(call, width));
        assert_eq!(module.width(), width);
        for (letter, entry) in modes() {
            let expected = permitted.contains(&letter) || permitted[0] == "*" && letter != "s";
            let mut state = ExecutionState::new(&ENGINE, module.clone(), StableMemory::new());
            let outcome = state.run(env(entry.clone()), Keep::Commit);
            let message = outcome.fault.map(|fault| fault.message).unwrap_or_default();
            let refused = message.contains("cannot be executed in");
            assert_eq!(refused, !expected, "{} {width:?} in {entry:?}: {message}", call.name);
            if refused {
                let start = format!("Canister violated contract: \"ic0_{}\" cannot", call.name);
                assert!(message.starts_with(&start), "{message}");
            }
        }
    }
}
