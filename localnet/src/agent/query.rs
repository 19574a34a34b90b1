//! Queries, answered by one node and signed with its key.

use axum::{body::Bytes, response::Response};
use ciborium::Value;
use pocket_ic::RejectResponse;

use super::{
    ApiError, Effective, cbor_response, check_validity, envelope::Content, gone,
    request_id::hash_of_map, validate::Authenticated,
};
use crate::{
    certification::{RequestId, cbor},
    instance::{Instance, InstanceHandle},
    network::{QueryCall, Subnet},
};

const RESPONSE_DOMAIN: &[u8] = b"\x0bic-response";

pub(super) async fn serve(
    handle: &InstanceHandle,
    effective: Effective,
    body: Bytes,
) -> Result<Response, ApiError> {
    let request = super::authenticate(handle, &body)?;
    let answer = handle.run(move |instance| answer(instance, effective, request)).await;
    Ok(cbor_response(&answer.map_err(gone)??))
}

fn answer(
    instance: &mut Instance,
    effective: Effective,
    request: Authenticated,
) -> Result<Value, ApiError> {
    check_validity(instance, &request)?;
    let id = request.request.id;
    let sender = request.request.sender;
    let Content::Query(query) = request.request.content else {
        return Err(ApiError::bad_request("this endpoint serves requests of type `query`"));
    };
    effective.check_canister(query.canister)?;
    let subnet = effective.subnet(instance)?;
    let result = instance.network.query(QueryCall {
        sender,
        canister_id: query.canister,
        method: query.method,
        arg: query.arg,
        certificate: None,
    });
    let fields = match result {
        Ok(reply) => {
            let reply = cbor::map([("arg", cbor::bytes(reply))]);
            vec![(cbor::text("status"), cbor::text("replied")), (cbor::text("reply"), reply)]
        }
        Err(reject) => {
            let mut fields = vec![(cbor::text("status"), cbor::text("rejected"))];
            fields.extend(reject_fields(&reject));
            fields
        }
    };
    sign(instance, &subnet, id, fields)
}

/// The fields of a reject in responses.
pub(super) fn reject_fields(reject: &RejectResponse) -> [(Value, Value); 3] {
    let code = Value::Integer((reject.reject_code as u64).into());
    [
        (cbor::text("reject_code"), code),
        (cbor::text("reject_message"), cbor::text(&reject.reject_message)),
        (cbor::text("error_code"), cbor::text(&reject.error_code.to_string())),
    ]
}

/// Completes a response with the signature of a node over it, the request and the time.
fn sign(
    instance: &Instance,
    subnet: &Subnet,
    id: RequestId,
    mut fields: Vec<(Value, Value)>,
) -> Result<Value, ApiError> {
    let timestamp = Value::Integer(instance.network.time_ns().into());
    let mut signed = fields.clone();
    signed.push((cbor::text("request_id"), cbor::bytes(id)));
    signed.push((cbor::text("timestamp"), timestamp.clone()));
    let hash = hash_of_map(&signed).map_err(ApiError::bad_request)?;
    let message = [RESPONSE_DOMAIN, &hash].concat();
    let signature = instance.authority().node_signature(subnet, &message);
    let signatures = signature.into_iter().map(|(node, signature)| {
        cbor::map([
            ("timestamp", timestamp.clone()),
            ("signature", cbor::bytes(signature)),
            ("identity", cbor::bytes(node.as_slice())),
        ])
    });
    let signatures = signatures.collect();
    fields.push((cbor::text("signatures"), Value::Array(signatures)));
    Ok(Value::Map(fields))
}
