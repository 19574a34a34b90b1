//! Every entry point. Methods and installation run their argument; the others run what a test set.
#![allow(unsafe_code, reason = "the names of exports")]

use crate::{
    ic0,
    machine::{hook, run, trap},
    op,
};

fn run_argument() {
    let size = ic0::msg_arg_data_size();
    let bytes = vec![0; size];
    ic0::msg_arg_data_copy(bytes.as_ptr().expose_provenance(), 0, size);
    run(&std::hint::black_box(bytes));
}

fn run_hook(number: u8) {
    // A message that failed leaves nothing behind, the version of the canister included.
    run(&hook(number).unwrap_or_else(|| trap(b"nothing to do")));
}

#[unsafe(export_name = "canister_init")]
extern "C" fn init() {
    run_argument();
}

#[unsafe(export_name = "canister_post_upgrade")]
extern "C" fn post_upgrade() {
    run_argument();
}

#[unsafe(export_name = "canister_pre_upgrade")]
extern "C" fn pre_upgrade() {
    if let Some(program) = hook(op::hook::PRE_UPGRADE) {
        run(&program);
    }
}

#[unsafe(export_name = "canister_heartbeat")]
extern "C" fn heartbeat() {
    run_hook(op::hook::HEARTBEAT);
}

#[unsafe(export_name = "canister_global_timer")]
extern "C" fn global_timer() {
    run_hook(op::hook::TIMER);
}

#[unsafe(export_name = "canister_on_low_wasm_memory")]
extern "C" fn on_low_wasm_memory() {
    run_hook(op::hook::LOW_MEMORY);
}

#[unsafe(export_name = "canister_inspect_message")]
extern "C" fn inspect_message() {
    match hook(op::hook::INSPECT) {
        Some(program) => run(&program),
        None => ic0::accept_message(),
    }
}

#[unsafe(export_name = "canister_update update")]
extern "C" fn update() {
    run_argument();
}

#[unsafe(export_name = "canister_query query")]
extern "C" fn query() {
    run_argument();
}

#[unsafe(export_name = "canister_composite_query composite_query")]
extern "C" fn composite_query() {
    run_argument();
}
