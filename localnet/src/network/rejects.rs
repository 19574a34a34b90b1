//! Every reject the network can answer with, in one table of codes and texts.

use candid::Principal;
use pocket_ic::{ErrorCode, RejectCode, RejectResponse};

/// A reject whose class follows from its error code (the hundreds digit).
pub fn reject(code: ErrorCode, message: impl Into<String>) -> RejectResponse {
    let reject_code = RejectCode::try_from(code as u64 / 100)
        .expect("every error code starts with the digit of its reject code");
    RejectResponse {
        reject_code,
        reject_message: message.into(),
        error_code: code,
        certified: true,
    }
}

/// The same reject as an uncertified answer: refused before execution, or from a query.
pub fn uncertified(mut response: RejectResponse) -> RejectResponse {
    response.certified = false;
    response
}

/// A canister's own fault, named as the network names it.
pub fn canister_error(code: ErrorCode, canister: Principal, what: &str) -> RejectResponse {
    reject(code, format!("Error from Canister {canister}: {what}"))
}

pub fn canister_not_found(canister: Principal) -> RejectResponse {
    reject(ErrorCode::CanisterNotFound, format!("Canister {canister} not found"))
}

pub fn no_wasm_module(canister: Principal) -> RejectResponse {
    canister_error(
        ErrorCode::CanisterWasmModuleNotFound,
        canister,
        "Attempted to execute a message, but the canister contains no Wasm module.",
    )
}

pub fn method_not_found(canister: Principal, kind: &str, method: &str) -> RejectResponse {
    let what = format!("Canister has no {kind} method '{method}'.");
    canister_error(ErrorCode::CanisterMethodNotFound, canister, &what)
}

pub fn composite_in_replicated_mode(canister: Principal, method: &str) -> RejectResponse {
    let what = format!("Composite query '{method}' cannot be called in replicated mode.");
    canister_error(ErrorCode::CompositeQueryCalledInReplicatedMode, canister, &what)
}

pub fn stopped(canister: Principal) -> RejectResponse {
    reject(ErrorCode::CanisterStopped, format!("Canister {canister} is stopped"))
}

pub fn stopping(canister: Principal) -> RejectResponse {
    reject(ErrorCode::CanisterStopping, format!("Canister {canister} is stopping"))
}

pub fn not_stopped(canister: Principal, action: &str) -> RejectResponse {
    reject(
        ErrorCode::CanisterNotStopped,
        format!("Canister {canister} must be stopped before it is {action}."),
    )
}

pub fn stop_timed_out(canister: Principal) -> RejectResponse {
    reject(
        ErrorCode::StopCanisterRequestTimeout,
        format!("Stop canister request timed out: canister {canister} still has open calls"),
    )
}

pub fn stop_cancelled(canister: Principal) -> RejectResponse {
    reject(
        ErrorCode::CanisterStoppingCancelled,
        format!("Canister {canister}'s stop request was cancelled."),
    )
}

pub fn did_not_reply(canister: Principal) -> RejectResponse {
    canister_error(
        ErrorCode::CanisterDidNotReply,
        canister,
        "Canister did not reply to the call before its last outstanding call ended",
    )
}

pub fn rejected_by_canister(message: &str) -> RejectResponse {
    reject(ErrorCode::CanisterRejectedMessage, message)
}

pub fn ingress_refused() -> RejectResponse {
    reject(ErrorCode::CanisterRejectedMessage, "Canister rejected the message")
}

pub fn ingress_timed_out(id: &[u8]) -> RejectResponse {
    reject(
        ErrorCode::IngressMessageTimeout,
        format!("Ingress message 0x{} timed out waiting to start executing.", hex::encode(id)),
    )
}

pub fn payload_too_large(bytes: usize, limit: usize) -> RejectResponse {
    reject(
        ErrorCode::InvalidManagementPayload,
        format!("Request of {bytes} bytes exceeds the limit of {limit} bytes"),
    )
}

/// `needed` cycles on top of what may be spent without freezing the canister.
pub fn out_of_cycles(canister: Principal, available: u128, needed: u128) -> RejectResponse {
    let missing = needed.saturating_sub(available);
    reject(
        ErrorCode::CanisterOutOfCycles,
        format!(
            "Canister {canister} is out of cycles: please top up the canister with at least \
             {missing} additional cycles"
        ),
    )
}

pub fn uninstalled(canister: Principal) -> RejectResponse {
    reject(ErrorCode::CanisterRejectedMessage, format!("Canister {canister} has been uninstalled."))
}

pub fn deadline_expired() -> RejectResponse {
    reject(ErrorCode::DeadlineExpired, "Call deadline has expired.")
}

pub fn not_a_controller(
    canister: Principal,
    controllers: &[Principal],
    sender: Principal,
) -> RejectResponse {
    let controllers: Vec<_> = controllers.iter().map(Principal::to_text).collect();
    reject(
        ErrorCode::CanisterInvalidController,
        format!(
            "Only the controllers of the canister {canister} can control it.\nCanister's \
             controllers: {}\nSender's ID: {sender}",
            controllers.join(" ")
        ),
    )
}

pub fn access_denied(what: &str, canister: Principal, sender: Principal) -> RejectResponse {
    reject(
        ErrorCode::CanisterRejectedMessage,
        format!("Caller {sender} is not allowed to {what} of canister {canister}"),
    )
}

pub fn only_canisters(method: &str) -> RejectResponse {
    reject(
        ErrorCode::CanisterRejectedMessage,
        format!("Management method {method} can be called only by canisters, not by users."),
    )
}

pub fn query_only(method: &str) -> RejectResponse {
    reject(
        ErrorCode::CanisterRejectedMessage,
        format!("Management method {method} can be called only as a non-replicated query."),
    )
}

pub fn no_management_method(method: &str) -> RejectResponse {
    reject(
        ErrorCode::CanisterMethodNotFound,
        format!("Management canister has no method '{method}'"),
    )
}

pub fn not_on_localnet(method: &str) -> RejectResponse {
    reject(
        ErrorCode::UnknownManagementMessage,
        format!("Management method '{method}' is not available on localnet"),
    )
}

pub fn invalid_payload(why: impl core::fmt::Display) -> RejectResponse {
    reject(ErrorCode::InvalidManagementPayload, format!("Error decoding candid: {why}"))
}

pub fn contract_violation(why: impl Into<String>) -> RejectResponse {
    reject(ErrorCode::CanisterContractViolation, why)
}

pub fn too_few_cycles(canister: Principal, attached: u128, wanted: u128) -> RejectResponse {
    reject(
        ErrorCode::InsufficientCyclesInCall,
        format!(
            "Canister {canister} takes calls of other canisters with at least {wanted} cycles, \
             {attached} were attached."
        ),
    )
}

pub fn non_empty(canister: Principal) -> RejectResponse {
    reject(
        ErrorCode::CanisterNonEmpty,
        format!(
            "Canister {canister} cannot be installed because the canister is not empty. Try \
             installing with mode='reinstall' instead."
        ),
    )
}

pub fn snapshot_not_found(snapshot: &[u8], canister: Principal) -> RejectResponse {
    reject(
        ErrorCode::CanisterSnapshotNotFound,
        format!(
            "Could not find the snapshot ID {} for canister {canister}.",
            hex::encode(snapshot)
        ),
    )
}

pub fn query_too_deep(limit: usize) -> RejectResponse {
    reject(
        ErrorCode::QueryCallGraphTooDeep,
        format!("Composite query call tree exceeded the depth of {limit} calls"),
    )
}

pub fn query_other_subnet(canister: Principal) -> RejectResponse {
    reject(
        ErrorCode::CanisterRejectedMessage,
        format!("Composite query cannot call canister {canister} on another subnet"),
    )
}

pub fn http_timed_out() -> RejectResponse {
    // The network reports a lost outcall as a transient error; no error code of its own exists.
    RejectResponse {
        reject_code: RejectCode::SysTransient,
        reject_message: "Canister http request timed out".to_owned(),
        error_code: ErrorCode::CertifiedStateUnavailable,
        certified: true,
    }
}

#[cfg(test)]
#[path = "rejects_tests.rs"]
mod tests;
