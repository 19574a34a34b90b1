//! The instructions that are functions of `ic0`.

use crate::{
    ic0,
    machine::{Machine, callback, keep_callback, trap},
    op,
};

/// Runs one of them.
pub(crate) fn step(machine: &mut Machine<'_>, op: u8) {
    let done = message(machine, op)
        || call(machine, op)
        || cycles(machine, op)
        || stable(machine, op)
        || costs(machine, op)
        || environment(machine, op);
    if !done {
        trap(b"no such instruction");
    }
}

/// Bytes that the network copies.
fn copied(size: usize, copy: impl FnOnce(usize, usize, usize)) -> Vec<u8> {
    let bytes = vec![0; size];
    copy(bytes.as_ptr().expose_provenance(), 0, size);
    std::hint::black_box(bytes)
}

/// Sixteen bytes that the network writes.
fn written(write: impl FnOnce(usize)) -> u128 {
    let bytes = copied(16, |to, _, _| write(to));
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u128::from(*byte))
}

/// The upper and the lower half.
fn halves(amount: u128) -> (u64, u64) {
    #[expect(clippy::cast_possible_truncation, reason = "the lower half is meant")]
    ((amount >> 64) as u64, amount as u64)
}

/// Pops bytes and shows them to the network.
fn shown<T>(machine: &mut Machine<'_>, show: impl FnOnce(usize, usize) -> T) -> T {
    let bytes = machine.bytes();
    show(bytes.as_ptr().expose_provenance(), bytes.len())
}

fn message(m: &mut Machine<'_>, op: u8) -> bool {
    match op {
        op::MSG_ARG_DATA => m.push_bytes(copied(ic0::msg_arg_data_size(), |t, f, s| {
            ic0::msg_arg_data_copy(t, f, s);
        })),
        op::MSG_CALLER => m.push_bytes(copied(ic0::msg_caller_size(), |t, f, s| {
            ic0::msg_caller_copy(t, f, s);
        })),
        op::MSG_CALLER_INFO_DATA => {
            m.push_bytes(copied(ic0::msg_caller_info_data_size(), |t, f, s| {
                ic0::msg_caller_info_data_copy(t, f, s);
            }));
        }
        op::MSG_CALLER_INFO_SIGNER => {
            m.push_bytes(copied(ic0::msg_caller_info_signer_size(), |t, f, s| {
                ic0::msg_caller_info_signer_copy(t, f, s);
            }));
        }
        op::MSG_REJECT_CODE => m.push(ic0::msg_reject_code()),
        op::MSG_REJECT_MSG => m.push_bytes(copied(ic0::msg_reject_msg_size(), |t, f, s| {
            ic0::msg_reject_msg_copy(t, f, s);
        })),
        op::MSG_DEADLINE => m.push(ic0::msg_deadline()),
        op::MSG_REPLY_DATA_APPEND => shown(m, |f, s| ic0::msg_reply_data_append(f, s)),
        op::MSG_REPLY => ic0::msg_reply(),
        op::MSG_REJECT => shown(m, |f, s| ic0::msg_reject(f, s)),
        op::MSG_METHOD_NAME => m.push_bytes(copied(ic0::msg_method_name_size(), |t, f, s| {
            ic0::msg_method_name_copy(t, f, s);
        })),
        op::ACCEPT_MESSAGE => ic0::accept_message(),
        op::DEBUG_PRINT => shown(m, |f, s| ic0::debug_print(f, s)),
        op::TRAP => trap(&m.bytes()),
        _ => return false,
    }
    true
}

fn call(m: &mut Machine<'_>, op: u8) -> bool {
    match op {
        op::CALL_NEW => {
            let (reject, reply) = (m.bytes(), m.bytes());
            let (name, callee) = (m.bytes(), m.bytes());
            let (reply, reject) = (keep_callback(reply), keep_callback(reject));
            let (callee_at, name_at) =
                (callee.as_ptr().expose_provenance(), name.as_ptr().expose_provenance());
            ic0::call_new(
                callee_at,
                callee.len(),
                name_at,
                name.len(),
                callback,
                reply,
                callback,
                reject,
            );
        }
        op::CALL_ON_CLEANUP => {
            let program = m.bytes();
            ic0::call_on_cleanup(callback, keep_callback(program));
        }
        op::CALL_DATA_APPEND => shown(m, |f, s| ic0::call_data_append(f, s)),
        op::CALL_WITH_BEST_EFFORT_RESPONSE => ic0::call_with_best_effort_response(m.number()),
        op::CALL_CYCLES_ADD => ic0::call_cycles_add(m.number()),
        op::CALL_CYCLES_ADD128 => {
            let (high, low) = halves(m.number());
            ic0::call_cycles_add128(high, low);
        }
        op::CALL_PERFORM => m.push(ic0::call_perform()),
        _ => return false,
    }
    true
}

fn cycles(m: &mut Machine<'_>, op: u8) -> bool {
    match op {
        op::MSG_CYCLES_AVAILABLE => m.push(ic0::msg_cycles_available()),
        op::MSG_CYCLES_AVAILABLE128 => m.push(written(|to| ic0::msg_cycles_available128(to))),
        op::MSG_CYCLES_REFUNDED => m.push(ic0::msg_cycles_refunded()),
        op::MSG_CYCLES_REFUNDED128 => m.push(written(|to| ic0::msg_cycles_refunded128(to))),
        op::MSG_CYCLES_ACCEPT => {
            let most = m.number();
            m.push(ic0::msg_cycles_accept(most));
        }
        op::MSG_CYCLES_ACCEPT128 => {
            let (high, low) = halves(m.number());
            m.push(written(|to| ic0::msg_cycles_accept128(high, low, to)));
        }
        op::CYCLES_BURN128 => {
            let (high, low) = halves(m.number());
            m.push(written(|to| ic0::cycles_burn128(high, low, to)));
        }
        op::CANISTER_CYCLE_BALANCE => m.push(ic0::canister_cycle_balance()),
        op::CANISTER_CYCLE_BALANCE128 => m.push(written(|to| ic0::canister_cycle_balance128(to))),
        op::CANISTER_LIQUID_CYCLE_BALANCE128 => {
            m.push(written(|to| ic0::canister_liquid_cycle_balance128(to)));
        }
        _ => return false,
    }
    true
}

fn stable(m: &mut Machine<'_>, op: u8) -> bool {
    match op {
        op::STABLE_SIZE => m.push(ic0::stable_size()),
        op::STABLE_GROW => {
            let pages = m.number();
            m.push(ic0::stable_grow(pages));
        }
        op::STABLE_WRITE => {
            let bytes = m.bytes();
            ic0::stable_write(m.number(), bytes.as_ptr().expose_provenance(), bytes.len());
        }
        op::STABLE_READ => {
            let (size, offset) = (m.number(), m.number());
            m.push_bytes(copied(size, |to, _, size| ic0::stable_read(to, offset, size)));
        }
        op::STABLE64_SIZE => m.push(ic0::stable64_size()),
        op::STABLE64_GROW => {
            let pages = m.number();
            m.push(ic0::stable64_grow(pages));
        }
        op::STABLE64_WRITE => {
            let bytes = m.bytes();
            let (from, size) = (bytes.as_ptr().expose_provenance() as u64, bytes.len() as u64);
            ic0::stable64_write(m.number(), from, size);
        }
        op::STABLE64_READ => {
            let (size, offset) = (m.number(), m.number());
            m.push_bytes(copied(size, |to, _, size| {
                ic0::stable64_read(to as u64, offset, size as u64);
            }));
        }
        _ => return false,
    }
    true
}

/// A cost that depends on a key and a kind of it. What is unknown pushes the code as a number.
fn key_cost(m: &mut Machine<'_>, cost: fn(usize, usize, u32, usize) -> u32) {
    let (kind, name) = (m.number(), m.bytes());
    let mut code = 0;
    let amount = written(|to| {
        code = cost(name.as_ptr().expose_provenance(), name.len(), kind, to);
    });
    m.push(if code == 0 { amount } else { u128::from(code) });
}

fn costs(m: &mut Machine<'_>, op: u8) -> bool {
    match op {
        op::COST_CALL => {
            let (payload, name) = (m.number(), m.number());
            m.push(written(|to| ic0::cost_call(name, payload, to)));
        }
        op::COST_CREATE_CANISTER => m.push(written(|to| ic0::cost_create_canister(to))),
        op::COST_HTTP_REQUEST => {
            let (most, request) = (m.number(), m.number());
            m.push(written(|to| ic0::cost_http_request(request, most, to)));
        }
        op::COST_HTTP_REQUEST_V2 => {
            let cost = shown(m, |f, s| written(|to| ic0::cost_http_request_v2(f, s, to)));
            m.push(cost);
        }
        op::COST_SIGN_WITH_ECDSA => {
            key_cost(m, |f, s, k, to| ic0::cost_sign_with_ecdsa(f, s, k, to));
        }
        op::COST_SIGN_WITH_SCHNORR => {
            key_cost(m, |f, s, k, to| ic0::cost_sign_with_schnorr(f, s, k, to));
        }
        op::COST_VETKD_DERIVE_KEY => {
            key_cost(m, |f, s, k, to| ic0::cost_vetkd_derive_key(f, s, k, to));
        }
        _ => return false,
    }
    true
}

fn environment(m: &mut Machine<'_>, op: u8) -> bool {
    match op {
        op::CANISTER_SELF => m.push_bytes(copied(ic0::canister_self_size(), |t, f, s| {
            ic0::canister_self_copy(t, f, s);
        })),
        op::CANISTER_STATUS => m.push(ic0::canister_status()),
        op::CANISTER_VERSION => m.push(ic0::canister_version()),
        op::SUBNET_SELF => m.push_bytes(copied(ic0::subnet_self_size(), |t, f, s| {
            ic0::subnet_self_copy(t, f, s);
        })),
        op::SUBNET_SELF_NODE_COUNT => m.push(ic0::subnet_self_node_count()),
        op::ROOT_KEY => m.push_bytes(copied(ic0::root_key_size(), |t, f, s| {
            ic0::root_key_copy(t, f, s);
        })),
        op::CERTIFIED_DATA_SET => shown(m, |f, s| ic0::certified_data_set(f, s)),
        op::DATA_CERTIFICATE_PRESENT => m.push(ic0::data_certificate_present()),
        op::DATA_CERTIFICATE => m.push_bytes(copied(ic0::data_certificate_size(), |t, f, s| {
            ic0::data_certificate_copy(t, f, s);
        })),
        op::TIME => m.push(ic0::time()),
        op::GLOBAL_TIMER_SET => {
            let at = m.number();
            m.push(ic0::global_timer_set(at));
        }
        op::PERFORMANCE_COUNTER => {
            let kind = m.number();
            m.push(ic0::performance_counter(kind));
        }
        op::IS_CONTROLLER => {
            let answer = shown(m, |f, s| ic0::is_controller(f, s));
            m.push(answer);
        }
        op::IN_REPLICATED_EXECUTION => m.push(ic0::in_replicated_execution()),
        op::ENV_VAR_COUNT => m.push(ic0::env_var_count() as u64),
        op::ENV_VAR_NAME => {
            let index = m.number();
            m.push_bytes(copied(ic0::env_var_name_size(index), |t, f, s| {
                ic0::env_var_name_copy(index, t, f, s);
            }));
        }
        op::ENV_VAR_NAME_EXISTS => {
            let answer = shown(m, |f, s| ic0::env_var_name_exists(f, s));
            m.push(answer);
        }
        op::ENV_VAR_VALUE => {
            let value = shown(m, |name, length| {
                copied(ic0::env_var_value_size(name, length), |t, f, s| {
                    ic0::env_var_value_copy(name, length, t, f, s);
                })
            });
            m.push_bytes(value);
        }
        _ => return false,
    }
    true
}
