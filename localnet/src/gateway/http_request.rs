//! One browser request, served by the `http_request` method of a canister.

use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use candid::{CandidType, Deserialize, Principal, Reserved};
use pocket_ic::RejectResponse;
use serde_bytes::ByteBuf;

use crate::{
    instance::{Instance, InstanceHandle},
    network::{EffectivePrincipal, IngressMessage, IngressStatus, MessageId, QueryCall},
};

/// Time a canister has to answer `http_request_update`.
const UPDATE_WAIT: std::time::Duration = std::time::Duration::from_secs(30);

/// The argument of `http_request` and `http_request_update`.
#[derive(Clone, Debug, CandidType)]
pub(super) struct HttpRequest {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: ByteBuf,
    certificate_version: Option<u16>,
}

/// What a canister answers.
#[derive(Debug, CandidType, Deserialize)]
struct HttpResponse {
    status_code: u16,
    headers: Vec<(String, String)>,
    body: ByteBuf,
    upgrade: Option<bool>,
    streaming_strategy: Option<Reserved>,
}

impl HttpRequest {
    pub(super) fn new(method: &Method, uri: &Uri, headers: &HeaderMap, body: Bytes) -> Self {
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        Self {
            method: method.to_string(),
            url: uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
            headers: headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
            body: ByteBuf::from(body),
            certificate_version: Some(2),
        }
    }
}

pub(super) async fn serve(
    instance: &InstanceHandle,
    canister: Principal,
    request: HttpRequest,
) -> Response {
    match ask(instance, canister, request).await {
        Ok(response) => response,
        Err((status, reason)) => (status, reason).into_response(),
    }
}

type Failure = (StatusCode, String);

async fn ask(
    instance: &InstanceHandle,
    canister: Principal,
    request: HttpRequest,
) -> Result<Response, Failure> {
    let arg = candid::encode_one(&request).map_err(|error| bad_gateway(&error))?;
    let call = QueryCall {
        sender: Principal::anonymous(),
        canister_id: canister,
        method: "http_request".to_owned(),
        arg: arg.clone(),
        certificate: None,
    };
    let reply = instance.run(move |instance| instance.network.query(call)).await;
    let mut response =
        decode(&reply.map_err(|error| bad_gateway(&error))?.map_err(|reject| rejected(&reject))?)?;
    if response.upgrade == Some(true) {
        response = decode(&update(instance, canister, arg).await?)?;
    }
    if response.streaming_strategy.is_some() {
        return Err((
            StatusCode::NOT_IMPLEMENTED,
            "localnet does not support streaming of HTTP responses yet".to_owned(),
        ));
    }
    let status = StatusCode::from_u16(response.status_code).map_err(|error| bad_gateway(&error))?;
    let mut headers = HeaderMap::new();
    for (name, value) in response.headers {
        let name = HeaderName::try_from(name).map_err(|error| bad_gateway(&error))?;
        let value = HeaderValue::try_from(value).map_err(|error| bad_gateway(&error))?;
        headers.append(name, value);
    }
    Ok((status, headers, response.body.into_vec()).into_response())
}

fn decode(reply: &[u8]) -> Result<HttpResponse, Failure> {
    candid::decode_one(reply).map_err(|error| bad_gateway(&error))
}

fn bad_gateway(error: &dyn std::fmt::Display) -> Failure {
    (StatusCode::BAD_GATEWAY, format!("the canister's answer cannot be passed on: {error}"))
}

fn rejected(reject: &RejectResponse) -> Failure {
    let status = match reject.error_code {
        pocket_ic::ErrorCode::CanisterNotFound => StatusCode::NOT_FOUND,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    let text = match status {
        StatusCode::NOT_FOUND => "404 - canister not found".to_owned(),
        _ => format!("{}: {}", reject.error_code, reject.reject_message),
    };
    (status, text)
}

/// Repeats the request as an update call, as the canister asked.
async fn update(
    instance: &InstanceHandle,
    canister: Principal,
    arg: Vec<u8>,
) -> Result<Vec<u8>, Failure> {
    let submit = move |instance: &mut Instance| submit(instance, canister, arg);
    let (id, answered) = instance.run(submit).await.map_err(|error| bad_gateway(&error))??;
    let waited = tokio::time::timeout(UPDATE_WAIT, answered).await;
    if !matches!(waited, Ok(Ok(()))) {
        return Err((StatusCode::GATEWAY_TIMEOUT, "the canister did not answer".to_owned()));
    }
    let status = instance.run(move |instance| instance.network.ingress_status(&id)).await;
    match status.map_err(|error| bad_gateway(&error))? {
        IngressStatus::Replied(reply) => Ok(reply),
        IngressStatus::Rejected(reject) => Err(rejected(&reject)),
        other => Err(bad_gateway(&format!("{other:?}"))),
    }
}

fn submit(
    instance: &mut Instance,
    canister: Principal,
    arg: Vec<u8>,
) -> Result<(MessageId, tokio::sync::oneshot::Receiver<()>), Failure> {
    if !instance.is_live() {
        return Err((
            StatusCode::SERVICE_UNAVAILABLE,
            "an update call needs real-time mode, which is off".to_owned(),
        ));
    }
    let message = IngressMessage {
        sender: Principal::anonymous(),
        canister_id: canister,
        method: "http_request_update".to_owned(),
        arg,
        effective: EffectivePrincipal::Canister(canister),
        message_id: None,
        inspect: true,
    };
    let id = instance.network.submit_ingress(message).map_err(|reject| rejected(&reject))?;
    let subnet = instance.network.subnet_of(canister).unwrap_or(canister);
    instance.certify_request(subnet, id);
    Ok((id, instance.wait_for(subnet, id)))
}
