//! The functions of `ic0`, with the pointers of a 32-bit memory.
#![allow(unsafe_code, reason = "declarations of what the network provides")]

#[link(wasm_import_module = "ic0")]
unsafe extern "C" {
    pub(crate) safe fn msg_arg_data_size() -> usize;
    pub(crate) safe fn msg_arg_data_copy(to: usize, from: usize, size: usize);
    pub(crate) safe fn msg_caller_size() -> usize;
    pub(crate) safe fn msg_caller_copy(to: usize, from: usize, size: usize);
    pub(crate) safe fn msg_caller_info_data_size() -> usize;
    pub(crate) safe fn msg_caller_info_data_copy(to: usize, from: usize, size: usize);
    pub(crate) safe fn msg_caller_info_signer_size() -> usize;
    pub(crate) safe fn msg_caller_info_signer_copy(to: usize, from: usize, size: usize);
    pub(crate) safe fn msg_reject_code() -> u32;
    pub(crate) safe fn msg_reject_msg_size() -> usize;
    pub(crate) safe fn msg_reject_msg_copy(to: usize, from: usize, size: usize);
    pub(crate) safe fn msg_deadline() -> u64;
    pub(crate) safe fn msg_reply_data_append(from: usize, size: usize);
    pub(crate) safe fn msg_reply();
    pub(crate) safe fn msg_reject(from: usize, size: usize);
    pub(crate) safe fn msg_cycles_available() -> u64;
    pub(crate) safe fn msg_cycles_available128(to: usize);
    pub(crate) safe fn msg_cycles_refunded() -> u64;
    pub(crate) safe fn msg_cycles_refunded128(to: usize);
    pub(crate) safe fn msg_cycles_accept(most: u64) -> u64;
    pub(crate) safe fn msg_cycles_accept128(high: u64, low: u64, to: usize);
    pub(crate) safe fn cycles_burn128(high: u64, low: u64, to: usize);
    pub(crate) safe fn canister_self_size() -> usize;
    pub(crate) safe fn canister_self_copy(to: usize, from: usize, size: usize);
    pub(crate) safe fn canister_cycle_balance() -> u64;
    pub(crate) safe fn canister_cycle_balance128(to: usize);
    pub(crate) safe fn canister_liquid_cycle_balance128(to: usize);
    pub(crate) safe fn canister_status() -> u32;
    pub(crate) safe fn canister_version() -> u64;
    pub(crate) safe fn subnet_self_size() -> usize;
    pub(crate) safe fn subnet_self_copy(to: usize, from: usize, size: usize);
    pub(crate) safe fn subnet_self_node_count() -> u32;
    pub(crate) safe fn msg_method_name_size() -> usize;
    pub(crate) safe fn msg_method_name_copy(to: usize, from: usize, size: usize);
    pub(crate) safe fn accept_message();
    pub(crate) safe fn call_new(
        callee: usize,
        callee_size: usize,
        name: usize,
        name_size: usize,
        reply: extern "C" fn(usize),
        reply_env: usize,
        reject: extern "C" fn(usize),
        reject_env: usize,
    );
    pub(crate) safe fn call_on_cleanup(cleanup: extern "C" fn(usize), env: usize);
    pub(crate) safe fn call_data_append(from: usize, size: usize);
    pub(crate) safe fn call_with_best_effort_response(seconds: u32);
    pub(crate) safe fn call_cycles_add(amount: u64);
    pub(crate) safe fn call_cycles_add128(high: u64, low: u64);
    pub(crate) safe fn call_perform() -> u32;
    pub(crate) safe fn stable_size() -> u32;
    pub(crate) safe fn stable_grow(pages: u32) -> u32;
    pub(crate) safe fn stable_write(offset: u32, from: usize, size: usize);
    pub(crate) safe fn stable_read(to: usize, offset: u32, size: usize);
    pub(crate) safe fn stable64_size() -> u64;
    pub(crate) safe fn stable64_grow(pages: u64) -> u64;
    pub(crate) safe fn stable64_write(offset: u64, from: u64, size: u64);
    pub(crate) safe fn stable64_read(to: u64, offset: u64, size: u64);
    pub(crate) safe fn root_key_size() -> usize;
    pub(crate) safe fn root_key_copy(to: usize, from: usize, size: usize);
    pub(crate) safe fn certified_data_set(from: usize, size: usize);
    pub(crate) safe fn data_certificate_present() -> u32;
    pub(crate) safe fn data_certificate_size() -> usize;
    pub(crate) safe fn data_certificate_copy(to: usize, from: usize, size: usize);
    pub(crate) safe fn time() -> u64;
    pub(crate) safe fn global_timer_set(at: u64) -> u64;
    pub(crate) safe fn performance_counter(kind: u32) -> u64;
    pub(crate) safe fn is_controller(from: usize, size: usize) -> u32;
    pub(crate) safe fn in_replicated_execution() -> u32;
    pub(crate) safe fn cost_call(name_size: u64, payload_size: u64, to: usize);
    pub(crate) safe fn cost_create_canister(to: usize);
    pub(crate) safe fn cost_http_request(request_size: u64, most: u64, to: usize);
    pub(crate) safe fn cost_http_request_v2(from: usize, size: usize, to: usize);
    pub(crate) safe fn cost_sign_with_ecdsa(from: usize, size: usize, kind: u32, to: usize) -> u32;
    pub(crate) safe fn cost_sign_with_schnorr(
        from: usize,
        size: usize,
        kind: u32,
        to: usize,
    ) -> u32;
    pub(crate) safe fn cost_vetkd_derive_key(from: usize, size: usize, kind: u32, to: usize)
    -> u32;
    pub(crate) safe fn env_var_count() -> usize;
    pub(crate) safe fn env_var_name_size(index: usize) -> usize;
    pub(crate) safe fn env_var_name_copy(index: usize, to: usize, from: usize, size: usize);
    pub(crate) safe fn env_var_name_exists(name: usize, name_size: usize) -> u32;
    pub(crate) safe fn env_var_value_size(name: usize, name_size: usize) -> usize;
    pub(crate) safe fn env_var_value_copy(
        name: usize,
        name_size: usize,
        to: usize,
        from: usize,
        size: usize,
    );
    pub(crate) safe fn debug_print(from: usize, size: usize);
    pub(crate) safe fn trap(from: usize, size: usize) -> !;
}
