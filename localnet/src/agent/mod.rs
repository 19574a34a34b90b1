//! The HTTP interface agents use: status, queries, certified state and update calls.
//!
//! `envelope`, `items` and `request_id` read requests; `validate` and `signature` establish who
//! sent them, with `spki` for keys, and `canister_signature` and `webauthn` for what is more than a
//! signature; `query`, `read_state` and `call` serve them from an instance.

mod call;
mod canister_signature;
mod envelope;
mod items;
mod query;
mod read_state;
mod request_id;
mod signature;
mod spki;
mod validate;
mod webauthn;

use axum::{
    body::Bytes,
    http::{Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use candid::Principal;
use ciborium::Value;

use crate::{
    certification::{DEV_ROOT_KEY_DER, Delegations, cbor},
    instance::{Instance, InstanceHandle},
    network::{EffectivePrincipal, Subnet},
};
use envelope::Envelope;
pub(crate) use signature::verify_canister_signature;
use validate::Authenticated;

/// A request that is refused before it reaches a canister: an HTTP status and a reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiError {
    status: StatusCode,
    reason: String,
}

impl ApiError {
    fn bad_request(reason: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, reason: reason.into() }
    }

    fn forbidden(reason: impl Into<String>) -> Self {
        Self { status: StatusCode::FORBIDDEN, reason: reason.into() }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.status, self.reason).into_response()
    }
}

/// The canister or subnet in the path of a request, by which it is routed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effective {
    Canister(Principal),
    Subnet(Principal),
}

impl Effective {
    /// The subnet that serves the request.
    fn subnet(self, instance: &Instance) -> Result<Subnet, ApiError> {
        let topology = instance.network.topology();
        let subnet = match self {
            // Older agents route creation calls by the management canister's id.
            Self::Canister(id) if id == Principal::management_canister() => {
                Some(topology.default_subnet())
            }
            Self::Canister(id) => topology.route(id),
            Self::Subnet(id) => topology.subnet(id),
        };
        subnet.cloned().ok_or_else(|| {
            ApiError::bad_request(match self {
                Self::Canister(_) => {
                    "error: canister_not_found\ndetails: The specified canister does not exist."
                }
                Self::Subnet(_) => {
                    "error: subnet_not_found\ndetails: The specified subnet cannot be found."
                }
            })
        })
    }

    fn principal(self) -> EffectivePrincipal {
        match self {
            Self::Canister(id) if id == Principal::management_canister() => {
                EffectivePrincipal::None
            }
            Self::Canister(id) => EffectivePrincipal::Canister(id),
            Self::Subnet(id) => EffectivePrincipal::Subnet(id),
        }
    }

    /// Refuses requests to `canister` that come in under another canister's path.
    fn check_canister(self, canister: Principal) -> Result<(), ApiError> {
        let matches = match self {
            _ if canister == Principal::management_canister() => true,
            Self::Canister(id) => id == canister,
            Self::Subnet(_) => false,
        };
        if matches {
            return Ok(());
        }
        let (Self::Canister(id) | Self::Subnet(id)) = self;
        Err(ApiError::bad_request(format!(
            "Specified CanisterId {canister} does not match effective canister id in URL {id}"
        )))
    }
}

/// Serves a request whose path, after `/api/`, is `path`.
pub(crate) async fn serve(
    handle: &InstanceHandle,
    method: &Method,
    path: &str,
    body: Bytes,
) -> Response {
    let segments: Vec<_> = path.trim_matches('/').split('/').collect();
    match (method.as_str(), segments.as_slice()) {
        ("GET" | "HEAD", ["v2", "status"]) => status(),
        ("POST", [version, kind, id, operation]) => {
            let effective = match (*kind, Principal::from_text(id)) {
                ("canister", Ok(id)) => Effective::Canister(id),
                ("subnet", Ok(id)) => Effective::Subnet(id),
                (_, Err(error)) => {
                    let reason = format!("`{id}` is not a principal: {error}");
                    return ApiError::bad_request(reason).into_response();
                }
                _ => return no_endpoint(method, path),
            };
            match (*operation, *version) {
                ("query", "v2" | "v3") => respond(query::serve(handle, effective, body).await),
                ("read_state", "v2") => {
                    respond(read_state::serve(handle, effective, body, Delegations::Flat).await)
                }
                ("read_state", "v3") => {
                    respond(read_state::serve(handle, effective, body, Delegations::Sharded).await)
                }
                ("call", "v2") => respond(call::serve_async(handle, effective, body).await),
                // Version 3 of this endpoint is older than the sharded form.
                ("call", "v3") => {
                    respond(call::serve_sync(handle, effective, body, Delegations::Flat).await)
                }
                ("call", "v4") => {
                    respond(call::serve_sync(handle, effective, body, Delegations::Sharded).await)
                }
                _ => no_endpoint(method, path),
            }
        }
        _ => no_endpoint(method, path),
    }
}

fn no_endpoint(method: &Method, path: &str) -> Response {
    (StatusCode::NOT_FOUND, format!("localnet has no endpoint {method} /api/{path}"))
        .into_response()
}

fn respond(result: Result<Response, ApiError>) -> Response {
    result.unwrap_or_else(IntoResponse::into_response)
}

fn cbor_response(value: &Value) -> Response {
    ([(header::CONTENT_TYPE, "application/cbor")], cbor::encode(value)).into_response()
}

fn status() -> Response {
    cbor_response(&cbor::map([
        ("root_key", cbor::bytes(DEV_ROOT_KEY_DER)),
        ("replica_health_status", cbor::text("healthy")),
        ("impl_version", cbor::text(crate::instance::VERSION)),
    ]))
}

/// Reads an envelope and establishes its sender.
fn authenticate(handle: &InstanceHandle, body: &[u8]) -> Result<Authenticated, ApiError> {
    Envelope::parse(body)?.authenticate(handle.trusts_ingress())
}

/// Checks what depends on the time of the instance.
fn check_validity(instance: &Instance, request: &Authenticated) -> Result<(), ApiError> {
    if instance.trusts_ingress() {
        return Ok(());
    }
    request.check_validity(instance.network.time_ns())
}

/// The error for a request to an instance that was deleted meanwhile.
fn gone(error: impl std::fmt::Display) -> ApiError {
    ApiError { status: StatusCode::NOT_FOUND, reason: error.to_string() }
}
