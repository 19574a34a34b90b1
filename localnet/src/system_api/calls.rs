//! The table of system calls: signature, where each is permitted, and what it is charged.
//!
//! Permissions are those of the interface specification, charges those of the Internet Computer's
//! metering; bytes copied are charged one instruction each on top.

use super::modes::Modes;

/// One function of the system interface.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    pub(crate) name: &'static str,
    /// Parameter types, `i` for i32 and `l` for i64.
    pub(crate) params: &'static str,
    /// Result type in the same notation, empty for none.
    pub(crate) result: &'static str,
    pub(crate) modes: Modes,
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
    Call { name, params, result, modes, charge }
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
    call("msg_arg_data_size", "", "i", ARGUMENT, 500),
    call("msg_arg_data_copy", "iii", "", ARGUMENT, 500),
    call("msg_caller_size", "", "i", Modes::ANY, 500),
    call("msg_caller_copy", "iii", "", Modes::ANY, 500),
    call("msg_caller_info_data_size", "", "i", CALLER_INFO, 500),
    call("msg_caller_info_data_copy", "iii", "", CALLER_INFO, 500),
    call("msg_caller_info_signer_size", "", "i", CALLER_INFO, 500),
    call("msg_caller_info_signer_copy", "iii", "", CALLER_INFO, 500),
    call("msg_reject_code", "", "i", CALLBACK, 500),
    call("msg_reject_msg_size", "", "i", REJECTED, 500),
    call("msg_reject_msg_copy", "iii", "", REJECTED, 500),
    call("msg_deadline", "", "l", DEADLINE, 500),
    call("msg_reply_data_append", "ii", "", ANSWER, 500),
    call("msg_reply", "", "", ANSWER, 500),
    call("msg_reject", "ii", "", ANSWER, 500),
    call("msg_cycles_available128", "i", "", CYCLES_IN, 500),
    call("msg_cycles_refunded128", "i", "", REFUND, 500),
    call("msg_cycles_accept128", "lli", "", CYCLES_IN, 500),
    call("cycles_burn128", "lli", "", BURN, 500),
    call("canister_self_size", "", "i", Modes::ANY, 500),
    call("canister_self_copy", "iii", "", Modes::ANY, 500),
    call("canister_cycle_balance128", "i", "", Modes::ANY, 500),
    call("canister_liquid_cycle_balance128", "i", "", Modes::ANY, 500),
    call("canister_status", "", "i", Modes::ANY, 500),
    call("canister_version", "", "l", Modes::ANY, 500),
    call("subnet_self_size", "", "i", Modes::ANY, 500),
    call("subnet_self_copy", "iii", "", Modes::ANY, 500),
    call("subnet_self_node_count", "", "i", Modes::ANY, 500),
    call("msg_method_name_size", "", "i", Modes::F, 500),
    call("msg_method_name_copy", "iii", "", Modes::F, 500),
    call("accept_message", "", "", Modes::F, 500),
    call("call_new", "iiiiiiii", "", CALLING, 1_500),
    call("call_on_cleanup", "ii", "", CALLING, 500),
    call("call_data_append", "ii", "", CALLING, 500),
    call("call_with_best_effort_response", "i", "", CALLING, 500),
    call("call_cycles_add128", "ll", "", PAYING, 500),
    call("call_perform", "", "i", CALLING, 5_000),
    call("stable64_size", "", "l", Modes::ALL, 0),
    call("stable64_grow", "l", "l", Modes::ALL, 100),
    call("stable64_write", "lll", "", Modes::ALL, 20),
    call("stable64_read", "lll", "", Modes::ALL, 20),
    call("root_key_size", "", "i", BURN, 500),
    call("root_key_copy", "iii", "", BURN, 500),
    call("certified_data_set", "ii", "", CERTIFY, 500),
    call("data_certificate_present", "", "i", Modes::ANY, 500),
    call("data_certificate_size", "", "i", CERTIFICATE, 500),
    call("data_certificate_copy", "iii", "", CERTIFICATE, 500),
    call("time", "", "l", Modes::ANY, 500),
    call("global_timer_set", "l", "l", TIMER, 500),
    call("performance_counter", "i", "l", Modes::ALL, 200),
    call("is_controller", "ii", "i", Modes::ALL, 1_000),
    call("in_replicated_execution", "", "i", Modes::ALL, 500),
    call("cost_call", "lli", "", Modes::ALL, 500),
    call("cost_create_canister", "i", "", Modes::ALL, 500),
    call("cost_http_request", "lli", "", Modes::ALL, 500),
    call("cost_http_request_v2", "iii", "", Modes::ALL, 10_000),
    call("cost_sign_with_ecdsa", "iiii", "i", Modes::ALL, 500),
    call("cost_sign_with_schnorr", "iiii", "i", Modes::ALL, 500),
    call("cost_vetkd_derive_key", "iiii", "i", Modes::ALL, 500),
    call("env_var_count", "", "i", Modes::ANY, 500),
    call("env_var_name_size", "i", "i", Modes::ANY, 500),
    call("env_var_name_copy", "iiii", "", Modes::ANY, 500),
    call("env_var_name_exists", "ii", "i", Modes::ANY, 500),
    call("env_var_value_size", "ii", "i", Modes::ANY, 500),
    call("env_var_value_copy", "iiiii", "", Modes::ANY, 500),
    call("debug_print", "ii", "", Modes::ALL, 100),
    call("trap", "ii", "", Modes::ALL, 500),
    call("msg_cycles_available", "", "l", CYCLES_IN, 500),
    call("msg_cycles_refunded", "", "l", REFUND, 500),
    call("msg_cycles_accept", "l", "l", CYCLES_IN, 500),
    call("canister_cycle_balance", "", "l", Modes::ANY, 500),
    call("call_cycles_add", "l", "", PAYING, 500),
    call("stable_size", "", "i", Modes::ALL, 0),
    call("stable_grow", "i", "i", Modes::ALL, 100),
    call("stable_write", "iii", "", Modes::ALL, 20),
    call("stable_read", "iii", "", Modes::ALL, 20),
];

/// Finds a system call by name.
pub(crate) fn find(name: &str) -> Option<&'static Call> {
    const TABLE: &[Call] = &CALLS;
    TABLE.iter().find(|call| call.name == name)
}
