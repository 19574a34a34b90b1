//! Bounds of one message execution, each with the place it comes from.

/// Update calls, timers, heartbeats and callbacks (resource limits of the Internet Computer).
pub const UPDATE_INSTRUCTIONS: u64 = 40_000_000_000;
/// Query calls.
pub const QUERY_INSTRUCTIONS: u64 = 5_000_000_000;
/// `start`, `canister_init`, `canister_pre_upgrade` and `canister_post_upgrade` together.
pub const INSTALL_INSTRUCTIONS: u64 = 300_000_000_000;
/// Everything but installing and inspecting on a subnet that is there for benchmarks. The reserve
/// for it, some 100 T cycles, has to be in the balance of a canister that takes a message.
pub const BENCHMARK_INSTRUCTIONS: u64 = 99_999_999_999_999;
/// `canister_inspect_message`.
pub const INSPECT_INSTRUCTIONS: u64 = 200_000_000;

/// Bytes of Wasm stack a canister may use before it traps.
pub const WASM_STACK_BYTES: usize = 5 * 1024 * 1024;
/// Bytes of native stack of the threads that run canisters: the Wasm stack and room for the host.
pub const THREAD_STACK_BYTES: usize = WASM_STACK_BYTES + 11 * 1024 * 1024;

/// Bytes of a Wasm page, of heap and stable memory alike.
pub const WASM_PAGE_BYTES: u64 = 65_536;
/// Bytes of the unit in which stable memory is charged and rolled back.
pub const OS_PAGE_BYTES: u64 = 4_096;
/// Pages of a 32-bit heap: 4 GiB.
pub const MAX_HEAP_PAGES: u64 = 65_536;
/// Pages of a 64-bit heap: 6 GiB.
pub const MAX_WIDE_HEAP_PAGES: u64 = 98_304;
/// Pages of stable memory: 500 GiB.
pub const MAX_STABLE_PAGES: u64 = 500 * 1024 * 1024 * 1024 / WASM_PAGE_BYTES;
/// Pages the deprecated 32-bit stable memory calls can address: 4 GiB.
pub const MAX_STABLE32_PAGES: u64 = 65_536;

/// Bytes of a request to a canister on the same subnet, the largest a canister can assemble.
pub const MAX_LOCAL_REQUEST_BYTES: usize = 10 * 1024 * 1024;
/// Bytes of a request to a canister on another subnet, and of a response in replicated execution.
pub const MAX_MESSAGE_BYTES: usize = 2 * 1024 * 1024;
/// Bytes of a response to a query that no other replica repeats.
pub const MAX_QUERY_RESPONSE_BYTES: usize = 3 * 1024 * 1024;
/// Bytes of a method name in `call_new`.
pub const MAX_METHOD_NAME_BYTES: usize = 20_000;
/// Bytes of certified data: the size of a hash.
pub const MAX_CERTIFIED_DATA_BYTES: usize = 32;
/// Seconds a bounded-wait call may ask to wait; longer requests are shortened to it.
pub const MAX_CALL_TIMEOUT_SECONDS: u32 = 300;
/// Bytes kept of one `debug_print` or `trap` message.
pub const MAX_LOG_RECORD_BYTES: usize = 32 * 1024;
/// Bytes of an environment variable's name.
pub const MAX_ENV_NAME_BYTES: usize = 128;
