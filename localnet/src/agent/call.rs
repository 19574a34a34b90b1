//! Update calls: accepted at once, or answered with a certificate when the answer comes soon.

use std::time::Duration;

use axum::{
    body::Bytes,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use ciborium::Value;
use pocket_ic::RejectResponse;
use tokio::sync::oneshot;

use super::{
    ApiError, Effective, cbor_response, check_validity, envelope::Content, gone,
    query::reject_fields, validate::Authenticated,
};
use crate::{
    certification::{Delegations, RequestId, cbor},
    instance::{Instance, InstanceHandle},
    network::{IngressMessage, Subnet},
};

/// How long a synchronous call waits for its answer before the agent is told to poll.
const WAIT: Duration = Duration::from_secs(10);

/// What became of a call on arrival.
enum Arrival {
    /// It will be executed; the receiver hears when it is answered. None: rounds run only when
    /// a test asks for them, so there is nothing to wait for.
    Accepted {
        id: RequestId,
        subnet: Subnet,
        answered: Option<oneshot::Receiver<()>>,
    },
    Rejected(RejectResponse),
}

/// Version 2: answers 202 and leaves the rest to polling.
pub(super) async fn serve_async(
    handle: &InstanceHandle,
    effective: Effective,
    body: Bytes,
) -> Result<Response, ApiError> {
    match arrive(handle, effective, &body).await? {
        Arrival::Accepted { .. } => Ok(StatusCode::ACCEPTED.into_response()),
        Arrival::Rejected(reject) => Ok(rejection(&reject)),
    }
}

/// Versions 3 and 4: waits for the answer and certifies it.
pub(super) async fn serve_sync(
    handle: &InstanceHandle,
    effective: Effective,
    body: Bytes,
    delegations: Delegations,
) -> Result<Response, ApiError> {
    let (id, subnet, answered) = match arrive(handle, effective, &body).await? {
        Arrival::Accepted { id, subnet, answered } => (id, subnet, answered),
        Arrival::Rejected(reject) => return Ok(rejection(&reject)),
    };
    let Some(answered) = answered else { return Ok(StatusCode::ACCEPTED.into_response()) };
    if !matches!(tokio::time::timeout(WAIT, answered).await, Ok(Ok(()))) {
        return Ok(StatusCode::ACCEPTED.into_response());
    }
    let certificate = handle
        .run(move |instance| {
            let path = vec![b"request_status".to_vec(), id.to_vec()];
            instance.authority().certificate(&instance.network, &subnet, vec![path], delegations)
        })
        .await
        .map_err(gone)?;
    Ok(cbor_response(&cbor::map([
        ("status", cbor::text("replied")),
        ("certificate", cbor::bytes(certificate)),
    ])))
}

async fn arrive(
    handle: &InstanceHandle,
    effective: Effective,
    body: &[u8],
) -> Result<Arrival, ApiError> {
    let request = super::authenticate(handle, body)?;
    handle.run(move |instance| submit(instance, effective, request)).await.map_err(gone)?
}

fn submit(
    instance: &mut Instance,
    effective: Effective,
    request: Authenticated,
) -> Result<Arrival, ApiError> {
    check_validity(instance, &request)?;
    let request = request.request;
    let Content::Call(call) = request.content else {
        return Err(ApiError::bad_request("this endpoint serves requests of type `call`"));
    };
    effective.check_canister(call.canister)?;
    let subnet = effective.subnet(instance)?;
    let canister = call.canister;
    // The same request sent again is the same call: it is neither inspected nor executed twice.
    if instance.authority().request(subnet.id, &request.id).is_none() {
        let submitted = instance.network.submit_ingress(IngressMessage {
            sender: request.sender,
            canister_id: canister,
            method: call.method,
            arg: call.arg,
            effective: effective.principal(),
            message_id: Some(request.id),
            inspect: true,
        });
        if let Err(reject) = submitted {
            return Ok(Arrival::Rejected(reject));
        }
        let (sender, expiry_ns) = (request.sender, request.expiry_ns);
        instance.authority().add_request(request.id, sender, canister, subnet.id, expiry_ns);
    }
    let answered = instance.is_live().then(|| instance.wait_for(subnet.id, request.id));
    Ok(Arrival::Accepted { id: request.id, subnet, answered })
}

fn rejection(reject: &RejectResponse) -> Response {
    let mut fields = vec![(cbor::text("status"), cbor::text("non_replicated_rejection"))];
    fields.extend(reject_fields(reject));
    cbor_response(&Value::Map(fields))
}
