//! Cycle fees of a subnet with 13 nodes, and how they scale with the number of nodes.
//!
//! Instructions of a module with a 64-bit memory cost twice as much as those of all others.
//!
//! Source: the Internet Computer's published table of cycle costs. Fees named "13 nodes" grow
//! linearly with the subnet; the HTTP outcall formulas contain the number of nodes themselves.

use crate::runtime::Width;

/// Nodes of the subnet the published fees are quoted for.
pub const REFERENCE_NODES: u32 = 13;
/// Nodes of the fiduciary subnets, which hold the production threshold keys.
pub const FIDUCIARY_NODES: u32 = 34;

/// One message execution of an update, timer, heartbeat or callback (13 nodes).
pub const UPDATE_EXECUTION: u128 = 5_000_000;
/// One instruction (13 nodes).
pub const PER_INSTRUCTION: u128 = 1;
/// How much more an instruction of a module with a 64-bit memory costs.
pub const WIDE_FACTOR: u128 = 2;
/// One ingress message (13 nodes).
pub const INGRESS: u128 = 1_200_000;
/// One byte of an ingress message (13 nodes).
pub const INGRESS_BYTE: u128 = 2_000;
/// One call to another canister, request and response together (13 nodes).
pub const CALL: u128 = 260_000;
/// One byte of a request or response between canisters (13 nodes).
pub const CALL_BYTE: u128 = 1_000;
/// Creating a canister (13 nodes).
pub const CREATE_CANISTER: u128 = 500_000_000_000;
/// One GiB of memory for one second (13 nodes).
pub const STORAGE_GIB_SECOND: u128 = 127_000;
/// One percent of compute allocation for one second (13 nodes).
pub const COMPUTE_PERCENT_SECOND: u128 = 10_000_000;
/// One threshold signature or derived key (13 nodes).
pub const THRESHOLD_SIGNATURE: u128 = 10_000_000_000;
/// Taking or loading a snapshot is charged like this many instructions, before its bytes.
pub const SNAPSHOT_BASE_INSTRUCTIONS: u64 = 2_000_000_000;
/// Reading or writing data of a snapshot is charged like this many instructions, before its bytes.
pub const SNAPSHOT_DATA_BASE_INSTRUCTIONS: u64 = 5_000_000;
/// Instructions charged at installation for each instruction the Wasm module contains.
pub const COMPILE_PER_INSTRUCTION: u64 = 6_000;

/// HTTP outcall, pricing version 1: per node, per node squared, per request byte and node, per
/// reserved response byte and node.
pub const HTTP_BASE: u128 = 3_000_000;
pub const HTTP_PER_NODE: u128 = 60_000;
pub const HTTP_REQUEST_BYTE: u128 = 400;
pub const HTTP_RESPONSE_BYTE: u128 = 800;

/// Seconds for which the last bytes of a subnet are paid ahead.
pub const MAX_RESERVATION_SECONDS: u64 = 300_000_000;

/// Largest response a call must reserve for, in bytes.
const MAX_RESPONSE_BYTES: u128 = 2 * 1024 * 1024;
/// Instructions of the largest callback a call must reserve for.
const MAX_CALLBACK_INSTRUCTIONS: u64 = crate::runtime::limits::UPDATE_INSTRUCTIONS;

/// A fee quoted for [`REFERENCE_NODES`], for a subnet of `nodes` nodes.
pub fn scale(fee: u128, nodes: u32) -> u128 {
    fee.saturating_mul(u128::from(nodes)) / u128::from(REFERENCE_NODES)
}

/// Executing `instructions` of a module of this width in one replicated message.
pub fn execution(instructions: u64, nodes: u32, width: Width) -> u128 {
    let each = match width {
        Width::Wasm32 => PER_INSTRUCTION,
        Width::Wasm64 => WIDE_FACTOR * PER_INSTRUCTION,
    };
    scale(UPDATE_EXECUTION + each * u128::from(instructions), nodes)
}

/// Receiving an ingress message of `bytes` (method name and argument together).
pub fn ingress(bytes: usize, nodes: u32) -> u128 {
    scale(INGRESS + INGRESS_BYTE * bytes as u128, nodes)
}

/// Sending a request of `bytes` (method name and argument together), without its response.
pub fn request(bytes: u64, nodes: u32) -> u128 {
    scale(CALL + CALL_BYTE * u128::from(bytes), nodes)
}

/// Transmitting a response of `bytes`.
pub fn response(bytes: usize, nodes: u32) -> u128 {
    scale(CALL_BYTE * bytes as u128, nodes)
}

/// What a call sets aside for the largest possible response; the unused part is due back.
pub fn response_reserve(nodes: u32) -> u128 {
    scale(CALL_BYTE * MAX_RESPONSE_BYTES, nodes)
}

/// What a call sets aside for its callback; the unused part is due back.
pub fn callback_reserve(nodes: u32, width: Width) -> u128 {
    execution(MAX_CALLBACK_INSTRUCTIONS, nodes, width)
}

/// Everything a call takes from the balance besides the cycles it carries:
/// request, [`response_reserve`] and [`callback_reserve`]. `ic0.cost_call` answers this.
pub fn call_total(method_bytes: u64, arg_bytes: u64, nodes: u32, width: Width) -> u128 {
    request(method_bytes.saturating_add(arg_bytes), nodes)
        .saturating_add(response_reserve(nodes))
        .saturating_add(callback_reserve(nodes, width))
}

/// Keeping `bytes` of memory for `seconds`.
pub fn memory(bytes: u64, seconds: u64, nodes: u32) -> u128 {
    let cycles = u128::from(bytes) * STORAGE_GIB_SECOND;
    scale(cycles.saturating_mul(u128::from(seconds)) / (1 << 30), nodes)
}

/// Keeping `percent` of compute allocation for `seconds`.
pub fn compute(percent: u64, seconds: u64, nodes: u32) -> u128 {
    let cycles = u128::from(percent) * COMPUTE_PERCENT_SECOND;
    scale(cycles.saturating_mul(u128::from(seconds)), nodes)
}

/// How full a subnet is, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Saturation {
    pub usage: u64,
    /// Usage above which storage is paid ahead.
    pub threshold: u64,
    pub capacity: u64,
}

impl Default for Saturation {
    /// Empty, and without an end.
    fn default() -> Self {
        Self { usage: 0, threshold: u64::MAX, capacity: u64::MAX }
    }
}

impl Saturation {
    /// Whether so many bytes more fit.
    pub fn has_room(self, bytes: u64) -> bool {
        self.usage.checked_add(bytes).is_some_and(|usage| usage <= self.capacity)
    }

    /// The same with so many bytes more in use.
    #[must_use]
    pub fn plus(self, bytes: u64) -> Self {
        Self { usage: self.usage.saturating_add(bytes).min(self.capacity), ..self }
    }

    /// Everything that is paid ahead by those who filled the subnet from empty to what it is: for
    /// the bytes above the threshold a time that grows with each of them, up to
    /// [`MAX_RESERVATION_SECONDS`] for the last one.
    fn paid_ahead(self, nodes: u32) -> u128 {
        let above = self.usage.min(self.capacity).saturating_sub(self.threshold);
        let room = self.capacity.saturating_sub(self.threshold);
        if room == 0 {
            return 0;
        }
        let longest = u128::from(MAX_RESERVATION_SECONDS) * u128::from(above) / u128::from(room);
        let average = u64::try_from(longest / 2).unwrap_or(u64::MAX);
        memory(above, average, nodes)
    }
}

/// What is paid ahead for storing `bytes` more.
pub fn reservation(subnet: Saturation, bytes: u64, nodes: u32) -> u128 {
    subnet.plus(bytes).paid_ahead(nodes).saturating_sub(subnet.paid_ahead(nodes))
}

/// An HTTP outcall under pricing version 1.
pub fn http_outcall(request_bytes: u64, max_response_bytes: u64, nodes: u32) -> u128 {
    let nodes = u128::from(nodes);
    let request = HTTP_REQUEST_BYTE.saturating_mul(u128::from(request_bytes));
    let response = HTTP_RESPONSE_BYTE.saturating_mul(u128::from(max_response_bytes));
    (HTTP_BASE + HTTP_PER_NODE * nodes)
        .saturating_add(request)
        .saturating_add(response)
        .saturating_mul(nodes)
}

/// What an HTTP outcall under pricing version 2 is expected to use on each node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HttpUsage {
    pub request_bytes: u64,
    pub roundtrip_ms: u64,
    pub raw_response_bytes: u64,
    pub transformed_response_bytes: u64,
    pub transform_instructions: u64,
}

/// A fully replicated HTTP outcall under pricing version 2.
pub fn http_outcall_v2(usage: &HttpUsage, nodes: u32) -> u128 {
    let n = u128::from(nodes);
    let per_node = [
        1_000_000 + 140_000 * n + 800 * n * n,
        50 * u128::from(usage.request_bytes),
        50 * u128::from(usage.raw_response_bytes),
        300 * u128::from(usage.roundtrip_ms),
        u128::from(usage.transform_instructions) / u128::from(REFERENCE_NODES),
        (10 * n + 650) * u128::from(usage.transformed_response_bytes),
    ];
    per_node.iter().fold(0u128, |sum, part| sum.saturating_add(*part)).saturating_mul(n)
}

/// The threshold keys the Internet Computer offers and the size of the subnet that signs with
/// each; None for a name that does not exist.
fn signing_nodes(key: &str) -> Option<u32> {
    match key {
        "key_1" => Some(FIDUCIARY_NODES),
        "test_key_1" | "dfx_test_key" => Some(REFERENCE_NODES),
        _ => None,
    }
}

/// A threshold signature (ECDSA, Schnorr) or a derived vetKey with the named key.
pub fn threshold_signature(key: &str) -> Option<u128> {
    signing_nodes(key).map(|nodes| scale(THRESHOLD_SIGNATURE, nodes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fees_match_the_published_table() {
        assert_eq!(scale(CREATE_CANISTER, 13), 500_000_000_000);
        assert_eq!(scale(CREATE_CANISTER, 34), 1_307_692_307_692);
        assert_eq!(http_outcall(0, 0, 13), 49_140_000);
        assert_eq!(http_outcall(1, 0, 13) - http_outcall(0, 0, 13), 5_200);
        assert_eq!(http_outcall(0, 1, 13) - http_outcall(0, 0, 13), 10_400);
        assert_eq!(threshold_signature("key_1"), Some(26_153_846_153));
        assert_eq!(threshold_signature("key_2"), None);
        assert_eq!(execution(40_000_000_000, 13, Width::Wasm32), 40_005_000_000);
        assert_eq!(execution(40_000_000_000, 13, Width::Wasm64), 80_005_000_000);
        assert_eq!(ingress(10, 13), 1_220_000);
        let sent = 260_000 + 10_000 + 2_097_152_000;
        assert_eq!(call_total(4, 6, 13, Width::Wasm32), sent + 40_005_000_000);
        assert_eq!(call_total(4, 6, 13, Width::Wasm64), sent + 80_005_000_000);
    }

    #[test]
    fn storage_is_paid_ahead_above_the_threshold() {
        const GIB: u64 = 1 << 30;
        let at = |usage: u64| Saturation {
            usage: usage * GIB,
            threshold: 100 * GIB,
            capacity: 200 * GIB,
        };
        let ahead = |usage: u64, bytes: u64| reservation(at(usage), bytes * GIB, 13);
        assert_eq!(ahead(0, 100), 0);
        // 20 GiB above the threshold: a fifth of the longest time for the last byte, half of that
        // on average.
        assert_eq!(ahead(90, 30), memory(20 * GIB, 30_000_000, 13));
        assert_eq!(ahead(100, 10) + ahead(110, 10), ahead(100, 20));
        assert_eq!(ahead(100, 100), memory(100 * GIB, 150_000_000, 13));
        assert_eq!(ahead(190, 100), ahead(190, 10), "a subnet holds what it can hold");
        let flat = Saturation { usage: 5, threshold: 7, capacity: 7 };
        assert_eq!(reservation(flat, 100, 13), 0);
    }
}
