//! Certified reads of the state tree, limited to the paths a sender may see.

use axum::{body::Bytes, response::Response};
use candid::Principal;

use super::{
    ApiError, Effective, cbor_response, check_validity, envelope::Content, gone,
    validate::Authenticated,
};
use crate::{
    certification::{Delegations, RequestId, cbor, tree::Path},
    instance::{Instance, InstanceHandle},
    network::{Subnet, Visibility},
};

/// Paths one request may ask for, and labels in one path.
const PATHS_MAX: usize = 1_000;
const LABELS_MAX: usize = 127;

/// What the state tree holds of a request.
const REQUEST_FIELDS: [&[u8]; 5] =
    [b"status", b"reply", b"reject_code", b"reject_message", b"error_code"];

pub(super) async fn serve(
    handle: &InstanceHandle,
    effective: Effective,
    body: Bytes,
    delegations: Delegations,
) -> Result<Response, ApiError> {
    let request = super::authenticate(handle, &body)?;
    let certificate = handle
        .run(move |instance| read(instance, effective, request, delegations))
        .await
        .map_err(gone)??;
    Ok(cbor_response(&cbor::map([("certificate", cbor::bytes(certificate))])))
}

fn read(
    instance: &mut Instance,
    effective: Effective,
    mut request: Authenticated,
    delegations: Delegations,
) -> Result<Vec<u8>, ApiError> {
    check_validity(instance, &request)?;
    let Content::ReadState(paths) = &mut request.request.content else {
        return Err(ApiError::bad_request("this endpoint serves requests of type `read_state`"));
    };
    let paths = std::mem::take(paths);
    if paths.len() > PATHS_MAX {
        return Err(ApiError::bad_request(format!("a request may ask for {PATHS_MAX} paths")));
    }
    let subnet = effective.subnet(instance)?;
    let mut seen = None;
    for path in &paths {
        Reader { instance, effective, subnet: &subnet, request: &request }
            .check(path, &mut seen)?;
    }
    Ok(instance.authority().certificate(&instance.network, &subnet, paths, delegations))
}

/// What decides whether a path may be read.
struct Reader<'a> {
    instance: &'a Instance,
    effective: Effective,
    subnet: &'a Subnet,
    request: &'a Authenticated,
}

impl Reader<'_> {
    /// Checks one path; `seen` is the request whose status an earlier path asks for.
    fn check(&self, path: &Path, seen: &mut Option<RequestId>) -> Result<(), ApiError> {
        let labels: Vec<&[u8]> = path.iter().map(Vec::as_slice).collect();
        match labels.as_slice() {
            [b"time" | b"subnet"] | [b"api_boundary_nodes", ..] | [b"canister_ranges", _] => Ok(()),
            [b"subnet", _, rest @ ..] => Self::check_subnet(rest),
            [b"request_status", id] => self.check_request(id, seen),
            [b"request_status", id, field] if REQUEST_FIELDS.contains(field) => {
                self.check_request(id, seen)
            }
            [b"canister", id, rest @ ..] => self.check_canister(id, rest),
            _ if labels.len() > LABELS_MAX => Err(ApiError::bad_request("a path is too long")),
            _ => Err(refused(path)),
        }
    }

    fn check_subnet(rest: &[&[u8]]) -> Result<(), ApiError> {
        match rest {
            []
            | [b"public_key" | b"type" | b"canister_ranges" | b"node" | b"metrics"]
            | [b"node", _]
            | [b"node", _, b"public_key"] => Ok(()),
            _ => Err(ApiError::bad_request("subnets have no such field in the state tree")),
        }
    }

    fn check_request(&self, id: &[u8], seen: &mut Option<RequestId>) -> Result<(), ApiError> {
        let id = RequestId::try_from(id)
            .map_err(|_| ApiError::bad_request("a request id has 32 bytes"))?;
        if seen.is_some_and(|seen| seen != id) {
            return Err(ApiError::bad_request(
                "a request may ask for the status of one request id only",
            ));
        }
        *seen = Some(id);
        // Calls that came in otherwise are certified once an agent asks for them.
        self.instance.certify_request(self.subnet.id, id);
        let Some(known) = self.instance.authority().request(self.subnet.id, &id) else {
            return Ok(());
        };
        if known.sender != self.request.request.sender {
            return Err(ApiError::forbidden(
                "The user tries to access Request ID not signed by the caller.",
            ));
        }
        self.request.check_target(known.canister)
    }

    fn check_canister(&self, id: &[u8], rest: &[&[u8]]) -> Result<(), ApiError> {
        let canister = Principal::try_from_slice(id)
            .map_err(|error| ApiError::bad_request(format!("not a canister id: {error}")))?;
        if self.effective != Effective::Canister(canister) {
            return Err(ApiError::bad_request(format!(
                "Effective canister id in URL does not match CanisterId {canister} in the path."
            )));
        }
        let network = &self.instance.network;
        match rest {
            [b"controllers" | b"module_hash"] => Ok(()),
            [b"metadata", name] => {
                let name = std::str::from_utf8(name)
                    .map_err(|_| ApiError::bad_request("metadata names are UTF-8"))?;
                let private = network
                    .metadata(canister, name)
                    .is_some_and(|(visibility, _)| visibility == Visibility::Private);
                let sender = self.request.request.sender;
                let controls =
                    network.controllers(canister).is_some_and(|list| list.contains(&sender));
                if private && !controls {
                    return Err(ApiError::forbidden(format!(
                        "Custom section {name:.100} can only be requested by the controllers of \
                         the canister."
                    )));
                }
                Ok(())
            }
            _ => Err(ApiError::bad_request(
                "of a canister, only controllers, module_hash and metadata/<name> can be read",
            )),
        }
    }
}

fn refused(path: &Path) -> ApiError {
    let labels: Vec<_> = path.iter().map(|label| String::from_utf8_lossy(label)).collect();
    ApiError::bad_request(format!("the path /{} cannot be read", labels.join("/")))
}
