//! The table of system calls: signature, where each is permitted, and what it is charged.
//!
//! Permissions are those of the interface specification, charges those of the Internet Computer's
//! metering; bytes copied are charged one instruction each on top.

use super::modes::Modes;
use crate::wasm::Width;

/// One function of the system interface.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    pub(crate) name: &'static str,
    /// Parameter types: `i` for i32, `l` for i64, `p` for an address or a length, which is as wide
    /// as the module's memory.
    pub(crate) params: &'static str,
    /// Result type in the same notation, empty for none.
    pub(crate) result: &'static str,
    pub(crate) modes: Modes,
    /// Whether modules with a 64-bit memory have it, which the deprecated calls are not for.
    pub(crate) wide: bool,
    /// Instructions charged for each invocation.
    pub(crate) charge: u64,
}

const fn call(
    name: &'static str,
    params: &'static str,
    result: &'static str,
    modes: Modes,
    charge: u64,
) -> Call {
    Call { name, params, result, modes, wide: true, charge }
}

/// A deprecated call, for modules with a 32-bit memory only.
const fn narrow(
    name: &'static str,
    params: &'static str,
    result: &'static str,
    modes: Modes,
    charge: u64,
) -> Call {
    Call { name, params, result, modes, wide: false, charge }
}

/// Where a message has an argument.
const ARGUMENT: Modes = Modes::I
    .or(Modes::U)
    .or(Modes::RQ)
    .or(Modes::NRQ)
    .or(Modes::TQ)
    .or(Modes::CQ)
    .or(Modes::RY)
    .or(Modes::CRY)
    .or(Modes::F);

/// Where a caller can have attributes.
const CALLER_INFO: Modes = Modes::U
    .or(Modes::RQ)
    .or(Modes::NRQ)
    .or(Modes::CQ)
    .or(Modes::RY)
    .or(Modes::RT)
    .or(Modes::CRY)
    .or(Modes::CRT)
    .or(Modes::C)
    .or(Modes::CC)
    .or(Modes::F);

/// Where there is a reject code, if only to say that there was no reject.
const CALLBACK: Modes = Modes::RY.or(Modes::RT).or(Modes::CRY).or(Modes::CRT).or(Modes::C);

/// Where there is a reject to look at.
const REJECTED: Modes = Modes::RT.or(Modes::CRT);

/// Where a message can have a deadline.
const DEADLINE: Modes = Modes::U
    .or(Modes::RQ)
    .or(Modes::NRQ)
    .or(Modes::CQ)
    .or(Modes::RY)
    .or(Modes::RT)
    .or(Modes::CRY)
    .or(Modes::CRT);

/// Where a message can be answered.
const ANSWER: Modes = Modes::U
    .or(Modes::RQ)
    .or(Modes::NRQ)
    .or(Modes::TQ)
    .or(Modes::CQ)
    .or(Modes::RY)
    .or(Modes::RT)
    .or(Modes::CRY)
    .or(Modes::CRT);

/// Where cycles can come with the call.
const CYCLES_IN: Modes = Modes::U.or(Modes::RQ).or(Modes::RY).or(Modes::RT);

/// Where cycles can have come back.
const REFUND: Modes = Modes::RY.or(Modes::RT);

/// Where cycles can be burned and the root key is known.
const BURN: Modes = Modes::I
    .or(Modes::G)
    .or(Modes::U)
    .or(Modes::RQ)
    .or(Modes::RY)
    .or(Modes::RT)
    .or(Modes::C)
    .or(Modes::T);

/// Where other canisters can be called.
const CALLING: Modes =
    Modes::U.or(Modes::CQ).or(Modes::RY).or(Modes::RT).or(Modes::CRY).or(Modes::CRT).or(Modes::T);

/// Where calls can carry cycles.
const PAYING: Modes = Modes::U.or(Modes::RY).or(Modes::RT).or(Modes::T);

/// Where certified data can be set.
const CERTIFY: Modes = Modes::I.or(Modes::G).or(Modes::U).or(Modes::RY).or(Modes::RT).or(Modes::T);

/// Where the global timer can be set.
const TIMER: Modes =
    Modes::I.or(Modes::G).or(Modes::U).or(Modes::RY).or(Modes::RT).or(Modes::C).or(Modes::T);

/// Where a data certificate can be present.
const CERTIFICATE: Modes = Modes::NRQ.or(Modes::CQ);

/// Every system call: the 67 of the current interface, then the 9 deprecated ones that old
/// canisters still import.
pub(crate) const CALLS: [Call; 76] = [
    call("msg_arg_data_size", "", "p", ARGUMENT, 500),
    call("msg_arg_data_copy", "ppp", "", ARGUMENT, 500),
    call("msg_caller_size", "", "p", Modes::ANY, 500),
    call("msg_caller_copy", "ppp", "", Modes::ANY, 500),
    call("msg_caller_info_data_size", "", "p", CALLER_INFO, 500),
    call("msg_caller_info_data_copy", "ppp", "", CALLER_INFO, 500),
    call("msg_caller_info_signer_size", "", "p", CALLER_INFO, 500),
    call("msg_caller_info_signer_copy", "ppp", "", CALLER_INFO, 500),
    call("msg_reject_code", "", "i", CALLBACK, 500),
    call("msg_reject_msg_size", "", "p", REJECTED, 500),
    call("msg_reject_msg_copy", "ppp", "", REJECTED, 500),
    call("msg_deadline", "", "l", DEADLINE, 500),
    call("msg_reply_data_append", "pp", "", ANSWER, 500),
    call("msg_reply", "", "", ANSWER, 500),
    call("msg_reject", "pp", "", ANSWER, 500),
    call("msg_cycles_available128", "p", "", CYCLES_IN, 500),
    call("msg_cycles_refunded128", "p", "", REFUND, 500),
    call("msg_cycles_accept128", "llp", "", CYCLES_IN, 500),
    call("cycles_burn128", "llp", "", BURN, 500),
    call("canister_self_size", "", "p", Modes::ANY, 500),
    call("canister_self_copy", "ppp", "", Modes::ANY, 500),
    call("canister_cycle_balance128", "p", "", Modes::ANY, 500),
    call("canister_liquid_cycle_balance128", "p", "", Modes::ANY, 500),
    call("canister_status", "", "i", Modes::ANY, 500),
    call("canister_version", "", "l", Modes::ANY, 500),
    call("subnet_self_size", "", "p", Modes::ANY, 500),
    call("subnet_self_copy", "ppp", "", Modes::ANY, 500),
    call("subnet_self_node_count", "", "i", Modes::ANY, 500),
    call("msg_method_name_size", "", "p", Modes::F, 500),
    call("msg_method_name_copy", "ppp", "", Modes::F, 500),
    call("accept_message", "", "", Modes::F, 500),
    call("call_new", "pppppppp", "", CALLING, 1_500),
    call("call_on_cleanup", "pp", "", CALLING, 500),
    call("call_data_append", "pp", "", CALLING, 500),
    call("call_with_best_effort_response", "i", "", CALLING, 500),
    call("call_cycles_add128", "ll", "", PAYING, 500),
    call("call_perform", "", "i", CALLING, 5_000),
    call("stable64_size", "", "l", Modes::ALL, 0),
    call("stable64_grow", "l", "l", Modes::ALL, 100),
    call("stable64_write", "lll", "", Modes::ALL, 20),
    call("stable64_read", "lll", "", Modes::ALL, 20),
    call("root_key_size", "", "p", BURN, 500),
    call("root_key_copy", "ppp", "", BURN, 500),
    call("certified_data_set", "pp", "", CERTIFY, 500),
    call("data_certificate_present", "", "i", Modes::ANY, 500),
    call("data_certificate_size", "", "p", CERTIFICATE, 500),
    call("data_certificate_copy", "ppp", "", CERTIFICATE, 500),
    call("time", "", "l", Modes::ANY, 500),
    call("global_timer_set", "l", "l", TIMER, 500),
    call("performance_counter", "i", "l", Modes::ALL, 200),
    call("is_controller", "pp", "i", Modes::ALL, 1_000),
    call("in_replicated_execution", "", "i", Modes::ALL, 500),
    call("cost_call", "llp", "", Modes::ALL, 500),
    call("cost_create_canister", "p", "", Modes::ALL, 500),
    call("cost_http_request", "llp", "", Modes::ALL, 500),
    call("cost_http_request_v2", "ppp", "", Modes::ALL, 10_000),
    call("cost_sign_with_ecdsa", "ppip", "i", Modes::ALL, 500),
    call("cost_sign_with_schnorr", "ppip", "i", Modes::ALL, 500),
    call("cost_vetkd_derive_key", "ppip", "i", Modes::ALL, 500),
    call("env_var_count", "", "p", Modes::ANY, 500),
    call("env_var_name_size", "p", "p", Modes::ANY, 500),
    call("env_var_name_copy", "pppp", "", Modes::ANY, 500),
    call("env_var_name_exists", "pp", "i", Modes::ANY, 500),
    call("env_var_value_size", "pp", "p", Modes::ANY, 500),
    call("env_var_value_copy", "ppppp", "", Modes::ANY, 500),
    call("debug_print", "pp", "", Modes::ALL, 100),
    call("trap", "pp", "", Modes::ALL, 500),
    narrow("msg_cycles_available", "", "l", CYCLES_IN, 500),
    narrow("msg_cycles_refunded", "", "l", REFUND, 500),
    narrow("msg_cycles_accept", "l", "l", CYCLES_IN, 500),
    narrow("canister_cycle_balance", "", "l", Modes::ANY, 500),
    narrow("call_cycles_add", "l", "", PAYING, 500),
    narrow("stable_size", "", "i", Modes::ALL, 0),
    narrow("stable_grow", "i", "i", Modes::ALL, 100),
    narrow("stable_write", "iii", "", Modes::ALL, 20),
    narrow("stable_read", "iii", "", Modes::ALL, 20),
];

/// Whether modules of a width have the call.
pub(super) fn available(call: &Call, width: Width) -> bool {
    call.wide || width == Width::Wasm32
}

/// Finds a system call by name.
pub(super) fn find(name: &str) -> Option<&'static Call> {
    const TABLE: &[Call] = &CALLS;
    TABLE.iter().find(|call| call.name == name)
}

/// Finds a system call that modules of a width may import.
pub(crate) fn importable(name: &str, width: Width) -> Option<&'static Call> {
    find(name).filter(|call| available(call, width))
}
