//! Messages to canisters: submitting and awaiting calls, queries, and mocked HTTP outcalls.

use axum::http::StatusCode;
use candid::Principal;
use pocket_ic::{
    RejectResponse,
    common::rest::{
        RawCanisterCall, RawCanisterHttpRequest, RawCanisterResult, RawEffectivePrincipal,
        RawIngressStatusArgs, RawMessageId, RawMockCanisterHttpResponse,
    },
};

use super::{Answer, Refusal, answer, parse};
use crate::{
    instance::Instance,
    network::{EffectivePrincipal, IngressMessage, IngressStatus, MessageId, Network, QueryCall},
};

/// Rounds within which a call must be answered when a client waits for it.
const ROUNDS_MAX: usize = 100;

pub(super) fn submit(instance: &mut Instance, body: &[u8]) -> Answer {
    let call: RawCanisterCall = parse(body)?;
    refuse_sender_info(&call)?;
    let submitted = instance.network.submit_ingress(IngressMessage {
        sender: principal(&call.sender)?,
        canister_id: principal(&call.canister_id)?,
        method: call.method,
        arg: call.payload,
        effective: effective(&call.effective_principal)?,
        message_id: None,
        inspect: true,
    });
    let result: Result<RawMessageId, RejectResponse> = submitted.map(|id| RawMessageId {
        effective_principal: routed(&instance.network, &id, call.effective_principal),
        message_id: id.to_vec(),
    });
    answer(&result)
}

/// The subnet that executes the message.
fn routed(
    network: &Network,
    id: &MessageId,
    asked: RawEffectivePrincipal,
) -> RawEffectivePrincipal {
    let subnet = network.ingress_record(id).map(|record| record.subnet_id);
    subnet.map_or(asked, |id| RawEffectivePrincipal::SubnetId(id.as_slice().to_vec()))
}

pub(super) fn wait(instance: &mut Instance, body: &[u8]) -> Answer {
    let id = message_id(&parse::<RawMessageId>(body)?)?;
    for _ in 0..ROUNDS_MAX {
        match result(&instance.network, &id) {
            Known::Answered(result) => return answer(&result),
            Known::Open => instance.network.tick(),
            Known::No => {
                return Err(Refusal::new(format!(
                    "BadIngressMessage(\"No ingress message with ID 0x{} is known.\")",
                    hex::encode(id)
                )));
            }
        }
    }
    if let Known::Answered(result) = result(&instance.network, &id) {
        return answer(&result);
    }
    Err(Refusal::new(format!(
        "BadIngressMessage(\"Failed to answer to ingress 0x{} after {ROUNDS_MAX} rounds.\")",
        hex::encode(id)
    )))
}

pub(super) fn status(instance: &Instance, body: &[u8]) -> Answer {
    let args: RawIngressStatusArgs = parse(body)?;
    let id = message_id(&args.raw_message_id)?;
    let record = instance.network.ingress_record(&id);
    if let (Some(caller), Some(record)) = (args.raw_caller, record)
        && principal(&caller.principal_id)? != record.sender
    {
        return Err(Refusal::with_status(
            StatusCode::FORBIDDEN,
            "The user tries to access Request ID not signed by the caller.",
        ));
    }
    answer(&match result(&instance.network, &id) {
        Known::Answered(result) => Some(result),
        Known::Open | Known::No => None,
    })
}

pub(super) fn query(instance: &mut Instance, body: &[u8]) -> Answer {
    let call: RawCanisterCall = parse(body)?;
    refuse_sender_info(&call)?;
    let result = instance.network.query(QueryCall {
        sender: principal(&call.sender)?,
        canister_id: principal(&call.canister_id)?,
        method: call.method,
        arg: call.payload,
        certificate: None,
    });
    answer(&RawCanisterResult::from(result))
}

pub(super) fn http_requests(instance: &Instance) -> Answer {
    let requests = instance.network.pending_http_requests();
    answer(&requests.into_iter().map(RawCanisterHttpRequest::from).collect::<Vec<_>>())
}

pub(super) fn mock_http_response(instance: &mut Instance, body: &[u8]) -> Answer {
    let response: RawMockCanisterHttpResponse = parse(body)?;
    instance.network.mock_http_response(response.into()).map_err(Refusal::new)?;
    answer(&())
}

/// What is known of a message.
enum Known {
    No,
    Open,
    Answered(RawCanisterResult),
}

fn result(network: &Network, id: &MessageId) -> Known {
    match network.ingress_status(id) {
        IngressStatus::Unknown => Known::No,
        IngressStatus::Received | IngressStatus::Processing => Known::Open,
        IngressStatus::Replied(reply) => Known::Answered(RawCanisterResult::Ok(reply)),
        IngressStatus::Rejected(reject) => Known::Answered(RawCanisterResult::Err(reject)),
    }
}

fn refuse_sender_info(call: &RawCanisterCall) -> Result<(), Refusal> {
    if call.sender_info.is_some() { Err(Refusal::missing("sender_info")) } else { Ok(()) }
}

fn message_id(id: &RawMessageId) -> Result<MessageId, Refusal> {
    MessageId::try_from(id.message_id.as_slice())
        .map_err(|_| Refusal::new("a message id has 32 bytes"))
}

fn effective(effective: &RawEffectivePrincipal) -> Result<EffectivePrincipal, Refusal> {
    Ok(match effective {
        RawEffectivePrincipal::None => EffectivePrincipal::None,
        RawEffectivePrincipal::SubnetId(id) => EffectivePrincipal::Subnet(principal(id)?),
        RawEffectivePrincipal::CanisterId(id) => EffectivePrincipal::Canister(principal(id)?),
    })
}

/// The principal with these bytes.
pub(super) fn principal(bytes: &[u8]) -> Result<Principal, Refusal> {
    Principal::try_from_slice(bytes)
        .map_err(|error| Refusal::new(format!("not a principal: {error}")))
}
