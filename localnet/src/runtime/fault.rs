//! Faults of modules and messages, and the one place that composes their texts.

use candid::Principal;
use pocket_ic::ErrorCode;

use crate::message::ExecutionFault;

/// Why a module cannot be installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WasmFault {
    pub code: ErrorCode,
    pub message: String,
}

impl WasmFault {
    /// The module breaks a rule of the Internet Computer or of WebAssembly.
    pub(crate) fn invalid(reason: impl std::fmt::Display) -> Self {
        Self {
            code: ErrorCode::CanisterInvalidWasm,
            message: format!("Canister's Wasm module is not valid: {reason}"),
        }
    }

    /// The bytes are no WebAssembly module, or not one a canister may be.
    pub(crate) fn undecodable(reason: impl std::fmt::Display) -> Self {
        Self::invalid(format_args!("Failed to decode wasm module: {reason}"))
    }

    /// The module is valid but needs something localnet does not have.
    pub(crate) fn unsupported(what: impl std::fmt::Display) -> Self {
        Self::invalid(format_args!("localnet does not support {what}"))
    }

    /// The execution engine itself failed.
    pub(crate) fn engine(reason: impl std::fmt::Display) -> Self {
        Self {
            code: ErrorCode::CanisterWasmEngineError,
            message: format!("Canister encountered a Wasm engine error: {reason}"),
        }
    }
}

impl std::fmt::Display for WasmFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for WasmFault {}

impl std::fmt::Display for ExecutionFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ExecutionFault {}

impl ExecutionFault {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// The canister stopped at something the machine refuses, such as a division by zero.
    pub(crate) fn trapped(reason: impl std::fmt::Display) -> Self {
        Self::new(ErrorCode::CanisterTrapped, format!("Canister trapped: {reason}"))
    }

    /// The canister used the system interface in a way it forbids.
    pub(crate) fn violated(reason: impl std::fmt::Display) -> Self {
        Self::new(
            ErrorCode::CanisterContractViolation,
            format!("Canister violated contract: {reason}"),
        )
    }

    /// The canister called `ic0.trap`.
    pub(crate) fn called_trap(message: &str) -> Self {
        Self::new(
            ErrorCode::CanisterCalledTrap,
            format!("Canister called `ic0.trap` with message: '{message}'"),
        )
    }

    pub(crate) fn instruction_limit(limit: u64) -> Self {
        Self::new(
            ErrorCode::CanisterInstructionLimitExceeded,
            format!(
                "Canister exceeded the limit of {limit} instructions for single message execution."
            ),
        )
    }

    pub(crate) fn heap_limit(limit: u64, wanted: u64) -> Self {
        Self::new(
            ErrorCode::CanisterWasmMemoryLimitExceeded,
            format!(
                "Canister exceeded its current Wasm memory limit of {limit} bytes. \
                 The peak Wasm memory usage was {wanted} bytes."
            ),
        )
    }

    /// `kind` is `update`, `query` or `composite_query`.
    pub(crate) fn no_method(kind: &str, method: &str) -> Self {
        Self::new(
            ErrorCode::CanisterMethodNotFound,
            format!("Canister has no {kind} method '{method}'."),
        )
    }

    pub(crate) fn no_function(index: u64) -> Self {
        Self::new(
            ErrorCode::CanisterFunctionNotFound,
            format!(
                "Canister requested to invoke a non-existent Wasm function {index} from table 0"
            ),
        )
    }

    /// The message as a caller is told it.
    pub fn reported_by(&self, canister: &Principal) -> String {
        report(canister, &self.message)
    }
}

/// The form in which the interface reports what went wrong inside a canister.
pub fn report(canister: &Principal, message: &str) -> String {
    format!("Error from Canister {canister}: {message}")
}
