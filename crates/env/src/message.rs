//! What the platform knows about the message and the canister.

use candid::Principal;
use granary_units::{Cycles, Timestamp};

/// Public key of the Internet Computer's root subnet, DER-encoded.
const MAINNET_ROOT_KEY: [u8; 133] = *b"\x30\x81\x82\x30\x1d\x06\x0d\x2b\x06\x01\x04\x01\x82\xdc\
\x7c\x05\x03\x01\x02\x01\x06\x0c\x2b\x06\x01\x04\x01\x82\xdc\x7c\x05\x03\x02\x01\x03\x61\x00\
\x81\x4c\x0e\x6e\xc7\x1f\xab\x58\x3b\x08\xbd\x81\x37\x3c\x25\x5c\x3c\x37\x1b\x2e\x84\x86\x3c\
\x98\xa4\xf1\xe0\x8b\x74\x23\x5d\x14\xfb\x5d\x9c\x0c\xd5\x46\xd9\x68\x5f\x91\x3a\x0c\x0b\x2c\
\xc5\x34\x15\x83\xbf\x4b\x43\x92\xe4\x67\xdb\x96\xd6\x5b\x9b\xb4\xcb\x71\x71\x12\xf8\x47\x2e\
\x0d\x5a\x4d\x14\x50\x5f\xfd\x74\x84\xb0\x12\x91\x09\x1c\x5f\x87\xb9\x88\x83\x46\x3f\x98\x09\
\x1a\x0b\xaa\xae";

const WASM_PAGE_BYTES: u64 = 65_536;

/// When the message runs and who sent it; read once at the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Env {
    now: Timestamp,
    caller: Principal,
}

impl Env {
    /// The message that runs now.
    pub fn here() -> Self {
        Self { now: now(), caller: ic_cdk::api::msg_caller() }
    }

    /// A message of the canister to itself: timers, hooks.
    pub fn own() -> Self {
        Self { now: now(), caller: self_id() }
    }

    /// When the message runs.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Who sent it.
    pub const fn caller(&self) -> Principal {
        self.caller
    }

    /// True when the caller may install code on this canister.
    pub fn caller_is_controller(&self) -> bool {
        ic_cdk::api::is_controller(&self.caller)
    }
}

/// The time of the message; the same for all of it.
pub fn now() -> Timestamp {
    Timestamp::from_nanos(ic_cdk::api::time())
}

/// The canister's own identity.
pub fn self_id() -> Principal {
    ic_cdk::api::canister_self()
}

/// The canister's balance. Not for the public: it tells which code path ran.
pub fn cycles() -> Cycles {
    Cycles::new(ic_cdk::api::canister_cycle_balance())
}

/// Counts changes of code, settings and state.
pub fn canister_version() -> u64 {
    ic_cdk::api::canister_version()
}

/// True in updates, timers and hooks, and in queries that went through consensus.
pub fn in_replicated_execution() -> bool {
    ic_cdk::api::in_replicated_execution()
}

/// Instructions of this message so far.
pub fn instructions() -> u64 {
    ic_cdk::api::instruction_counter()
}

/// True on the Internet Computer itself. Traps in queries, so ask in a hook or an update.
pub fn is_mainnet() -> bool {
    ic_cdk::api::root_key() == MAINNET_ROOT_KEY
}

/// Puts 32 bytes under the subnet's next certificate. Not in queries.
pub fn certify(data: &[u8; 32]) {
    ic_cdk::api::certified_data_set(data);
}

/// The certificate over [`certify`]'s bytes; only in queries that one replica answers.
pub fn data_certificate() -> Option<Vec<u8>> {
    ic_cdk::api::data_certificate()
}

/// Bytes of stable memory.
pub fn stable_bytes() -> u64 {
    ic_cdk::api::stable_size().saturating_mul(WASM_PAGE_BYTES)
}

/// Bytes of heap.
pub fn heap_bytes() -> u64 {
    #[cfg(target_arch = "wasm32")]
    let pages = u64::try_from(core::arch::wasm32::memory_size(0)).unwrap_or(u64::MAX);
    #[cfg(not(target_arch = "wasm32"))]
    let pages = 0_u64;
    pages.saturating_mul(WASM_PAGE_BYTES)
}

/// A line of the platform's own log.
pub fn print(line: &str) {
    ic_cdk::api::debug_print(line);
}

/// Ends the message and takes back what it did: for bugs, install arguments, foreign state.
pub fn trap(message: &str) -> ! {
    ic_cdk::api::trap(message)
}
