//! The numbers of the instructions. Arguments are popped in reverse order; results are pushed.

/// Pushes a number: sixteen bytes follow, lowest first.
pub const INT: u8 = 0;
/// Pushes bytes: their count in four bytes and they follow.
pub const BYTES: u8 = 1;
/// Pops a value.
pub const DROP: u8 = 2;
/// Pops two pieces and pushes them joined.
pub const CAT: u8 = 3;
/// Pops a number and pushes its four lowest bytes.
pub const AS_4: u8 = 4;
/// Pops a number and pushes its eight lowest bytes.
pub const AS_8: u8 = 5;
/// Pops a number and pushes its sixteen bytes.
pub const AS_16: u8 = 6;
/// Pops at most sixteen bytes and pushes the number they are.
pub const NUMBER: u8 = 7;
/// Pops bytes and keeps them on the heap.
pub const SET_GLOBAL: u8 = 8;
/// Pushes the bytes kept on the heap.
pub const GLOBAL: u8 = 9;
/// Pops a program and keeps it for the hook whose number follows.
pub const HOOK: u8 = 10;
/// Pops a message and two pieces; traps when they are equal.
pub const TRAP_IF_EQ: u8 = 11;
/// Pops a message and two pieces; traps when they differ.
pub const TRAP_IF_NE: u8 = 12;
/// Never ends.
pub const SPIN: u8 = 13;
/// Pops a number of pages and grows the heap by them; pushes the answer.
pub const GROW_HEAP: u8 = 14;
/// `debug_print` of memory that is not there.
pub const BAD_PRINT: u8 = 15;

/// `msg_arg_data` of `ic0`.
pub const MSG_ARG_DATA: u8 = 32;
/// `msg_caller` of `ic0`.
pub const MSG_CALLER: u8 = 33;
/// `msg_reject_code` of `ic0`.
pub const MSG_REJECT_CODE: u8 = 34;
/// `msg_reject_msg` of `ic0`.
pub const MSG_REJECT_MSG: u8 = 35;
/// `msg_deadline` of `ic0`.
pub const MSG_DEADLINE: u8 = 36;
/// `msg_reply_data_append` of `ic0`.
pub const MSG_REPLY_DATA_APPEND: u8 = 37;
/// `msg_reply` of `ic0`.
pub const MSG_REPLY: u8 = 38;
/// `msg_reject` of `ic0`.
pub const MSG_REJECT: u8 = 39;
/// `msg_cycles_available` of `ic0`.
pub const MSG_CYCLES_AVAILABLE: u8 = 40;
/// `msg_cycles_available128` of `ic0`.
pub const MSG_CYCLES_AVAILABLE128: u8 = 41;
/// `msg_cycles_refunded` of `ic0`.
pub const MSG_CYCLES_REFUNDED: u8 = 42;
/// `msg_cycles_refunded128` of `ic0`.
pub const MSG_CYCLES_REFUNDED128: u8 = 43;
/// `msg_cycles_accept` of `ic0`.
pub const MSG_CYCLES_ACCEPT: u8 = 44;
/// `msg_cycles_accept128` of `ic0`.
pub const MSG_CYCLES_ACCEPT128: u8 = 45;
/// `cycles_burn128` of `ic0`.
pub const CYCLES_BURN128: u8 = 46;
/// `canister_self` of `ic0`.
pub const CANISTER_SELF: u8 = 47;
/// `canister_cycle_balance` of `ic0`.
pub const CANISTER_CYCLE_BALANCE: u8 = 48;
/// `canister_cycle_balance128` of `ic0`.
pub const CANISTER_CYCLE_BALANCE128: u8 = 49;
/// `canister_liquid_cycle_balance128` of `ic0`.
pub const CANISTER_LIQUID_CYCLE_BALANCE128: u8 = 50;
/// `canister_status` of `ic0`.
pub const CANISTER_STATUS: u8 = 51;
/// `canister_version` of `ic0`.
pub const CANISTER_VERSION: u8 = 52;
/// `subnet_self` of `ic0`.
pub const SUBNET_SELF: u8 = 53;
/// `subnet_self_node_count` of `ic0`.
pub const SUBNET_SELF_NODE_COUNT: u8 = 54;
/// `msg_method_name` of `ic0`.
pub const MSG_METHOD_NAME: u8 = 55;
/// `accept_message` of `ic0`.
pub const ACCEPT_MESSAGE: u8 = 56;
/// `call_new` of `ic0`.
pub const CALL_NEW: u8 = 57;
/// `call_on_cleanup` of `ic0`.
pub const CALL_ON_CLEANUP: u8 = 58;
/// `call_data_append` of `ic0`.
pub const CALL_DATA_APPEND: u8 = 59;
/// `call_with_best_effort_response` of `ic0`.
pub const CALL_WITH_BEST_EFFORT_RESPONSE: u8 = 60;
/// `call_cycles_add` of `ic0`.
pub const CALL_CYCLES_ADD: u8 = 61;
/// `call_cycles_add128` of `ic0`.
pub const CALL_CYCLES_ADD128: u8 = 62;
/// `call_perform` of `ic0`.
pub const CALL_PERFORM: u8 = 63;
/// `stable_size` of `ic0`.
pub const STABLE_SIZE: u8 = 64;
/// `stable_grow` of `ic0`.
pub const STABLE_GROW: u8 = 65;
/// `stable_write` of `ic0`.
pub const STABLE_WRITE: u8 = 66;
/// `stable_read` of `ic0`.
pub const STABLE_READ: u8 = 67;
/// `stable64_size` of `ic0`.
pub const STABLE64_SIZE: u8 = 68;
/// `stable64_grow` of `ic0`.
pub const STABLE64_GROW: u8 = 69;
/// `stable64_write` of `ic0`.
pub const STABLE64_WRITE: u8 = 70;
/// `stable64_read` of `ic0`.
pub const STABLE64_READ: u8 = 71;
/// `root_key` of `ic0`.
pub const ROOT_KEY: u8 = 72;
/// `certified_data_set` of `ic0`.
pub const CERTIFIED_DATA_SET: u8 = 73;
/// `data_certificate_present` of `ic0`.
pub const DATA_CERTIFICATE_PRESENT: u8 = 74;
/// `data_certificate` of `ic0`.
pub const DATA_CERTIFICATE: u8 = 75;
/// `time` of `ic0`.
pub const TIME: u8 = 76;
/// `global_timer_set` of `ic0`.
pub const GLOBAL_TIMER_SET: u8 = 77;
/// `performance_counter` of `ic0`.
pub const PERFORMANCE_COUNTER: u8 = 78;
/// `is_controller` of `ic0`.
pub const IS_CONTROLLER: u8 = 79;
/// `in_replicated_execution` of `ic0`.
pub const IN_REPLICATED_EXECUTION: u8 = 80;
/// `cost_call` of `ic0`.
pub const COST_CALL: u8 = 81;
/// `cost_create_canister` of `ic0`.
pub const COST_CREATE_CANISTER: u8 = 82;
/// `cost_http_request` of `ic0`.
pub const COST_HTTP_REQUEST: u8 = 83;
/// `cost_sign_with_ecdsa` of `ic0`.
pub const COST_SIGN_WITH_ECDSA: u8 = 84;
/// `cost_sign_with_schnorr` of `ic0`.
pub const COST_SIGN_WITH_SCHNORR: u8 = 85;
/// `cost_vetkd_derive_key` of `ic0`.
pub const COST_VETKD_DERIVE_KEY: u8 = 86;
/// `env_var_count` of `ic0`.
pub const ENV_VAR_COUNT: u8 = 87;
/// `env_var_name` of `ic0`.
pub const ENV_VAR_NAME: u8 = 88;
/// `env_var_name_exists` of `ic0`.
pub const ENV_VAR_NAME_EXISTS: u8 = 89;
/// `env_var_value` of `ic0`.
pub const ENV_VAR_VALUE: u8 = 90;
/// `debug_print` of `ic0`.
pub const DEBUG_PRINT: u8 = 91;
/// `trap` of `ic0`.
pub const TRAP: u8 = 92;
/// `msg_caller_info_data` of `ic0`.
pub const MSG_CALLER_INFO_DATA: u8 = 93;
/// `msg_caller_info_signer` of `ic0`.
pub const MSG_CALLER_INFO_SIGNER: u8 = 94;
/// `cost_http_request_v2` of `ic0`.
pub const COST_HTTP_REQUEST_V2: u8 = 95;

/// Numbers of the hooks.
pub mod hook {
    /// `canister_pre_upgrade`.
    pub const PRE_UPGRADE: u8 = 0;
    /// `canister_heartbeat`; traps when nothing is set.
    pub const HEARTBEAT: u8 = 1;
    /// `canister_global_timer`; traps when nothing is set.
    pub const TIMER: u8 = 2;
    /// `canister_inspect_message`; accepts when nothing is set.
    pub const INSPECT: u8 = 3;
    /// `canister_on_low_wasm_memory`.
    pub const LOW_MEMORY: u8 = 4;
    /// How many there are.
    pub const COUNT: usize = 5;
}
