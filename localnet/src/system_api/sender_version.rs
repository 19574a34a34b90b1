//! The version a canister claims to have when it calls the management canister.

use candid::{CandidType, Deserialize, Principal};
use pocket_ic::ErrorCode;
use wasmtime::Result;

use super::host::Host;
use crate::message::{ExecutionFault, OutgoingCall};

/// Methods that record the version of whoever calls them.
const METHODS: [&str; 6] = [
    "create_canister",
    "install_chunked_code",
    "install_code",
    "provisional_create_canister_with_cycles",
    "uninstall_code",
    "update_settings",
];

/// What all of them take, besides the rest.
#[derive(CandidType, Deserialize)]
struct Claim {
    sender_canister_version: Option<u64>,
}

/// Ends the message when the call claims a version that is not the canister's. An argument that is
/// no Candid is for the callee to refuse.
pub(super) fn check(host: &Host, call: &OutgoingCall) -> Result<()> {
    let recorded =
        call.callee == Principal::management_canister() && METHODS.contains(&call.method.as_str());
    if !recorded {
        return Ok(());
    }
    let claim = candid::decode_one::<Claim>(&call.arg).ok();
    let claimed = claim.and_then(|claim| claim.sender_canister_version);
    let version = host.env.canister_version;
    match claimed {
        Some(claimed) if claimed != version => Err(ExecutionFault::new(
            ErrorCode::CanisterWasmEngineError,
            format!(
                "Canister encountered a Wasm engine error: Failed to apply system changes: the \
                 sender_canister_version {claimed} of a call to {} is not the canister's version \
                 {version}",
                call.method
            ),
        )
        .into()),
        _ => Ok(()),
    }
}
