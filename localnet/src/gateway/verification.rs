//! Whether a response to a query is certified.

use axum::http::StatusCode;
use candid::Principal;
use ic_response_verification::verify_request_response_pair;

use super::http_request::{Failure, HttpRequest, HttpResponse};
use crate::certification::DEV_ROOT_KEY_DER;

/// Difference between the time of a certificate and the network's that is let pass: 5 minutes.
const TIME_OFFSET_MAX_NS: u128 = 300_000_000_000;
/// The first version of the protocol that is taken.
const VERSION_MIN: u8 = 1;

/// Fails unless the response certifies itself at `time_ns`.
///
/// The protocol is the HTTP gateway protocol of the Internet Computer's documentation, in its
/// certificate versions 1 and 2.
pub(super) fn verify(
    canister: Principal,
    request: &HttpRequest,
    response: &HttpResponse,
    time_ns: u64,
) -> Result<(), Failure> {
    let refused = |reason: &dyn std::fmt::Display| {
        let text = format!(
            "The response from the canister failed verification and cannot be trusted.\n\n\
             {reason}\n\n\
             What is not certified is shown at {canister}.raw.localhost, or with raw=true \
             beside the canisterId."
        );
        (StatusCode::SERVICE_UNAVAILABLE, text)
    };
    let asked = request.for_verification().map_err(|error| refused(&error))?;
    let answered = response.for_verification().map_err(|error| refused(&error))?;
    verify_request_response_pair(
        asked,
        answered,
        canister.as_slice(),
        u128::from(time_ns),
        TIME_OFFSET_MAX_NS,
        DEV_ROOT_KEY_DER,
        VERSION_MIN,
    )
    .map(drop)
    .map_err(|error| refused(&error))
}
