//! One browser request, served by the `http_request` method of a canister.

use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use candid::{CandidType, Deserialize, Principal, Reserved};
use ic_http_certification as certified;
use pocket_ic::RejectResponse;
use serde_bytes::ByteBuf;

use super::{Site, streaming, verification};
use crate::{
    instance::{Instance, InstanceHandle},
    network::{EffectivePrincipal, IngressMessage, IngressStatus, MessageId, QueryCall},
    untrusted,
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
pub(super) struct HttpResponse {
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

    /// In the form the verification takes.
    pub(super) fn for_verification(&self) -> Result<certified::HttpRequest<'_>, String> {
        let method = Method::try_from(self.method.as_str()).map_err(|error| error.to_string())?;
        let request = certified::HttpRequest::builder()
            .with_method(method)
            .with_url(self.url.clone())
            .with_headers(self.headers.clone())
            .with_body(self.body.as_slice());
        Ok(request.build())
    }
}

impl HttpResponse {
    /// In the form the verification takes.
    pub(super) fn for_verification(&self) -> Result<certified::HttpResponse<'_>, String> {
        let status = StatusCode::from_u16(self.status_code).map_err(|error| error.to_string())?;
        let response = certified::HttpResponse::builder()
            .with_status_code(status)
            .with_headers(self.headers.clone())
            .with_body(self.body.as_slice());
        Ok(response.build())
    }
}

pub(super) async fn serve(instance: &InstanceHandle, site: Site, request: HttpRequest) -> Response {
    match ask(instance, site, request).await {
        Ok(response) => response,
        Err((status, reason)) => (status, reason).into_response(),
    }
}

/// The status and the text of a page that says what went wrong.
pub(super) type Failure = (StatusCode, String);

async fn ask(
    instance: &InstanceHandle,
    Site { canister, raw }: Site,
    request: HttpRequest,
) -> Result<Response, Failure> {
    let arg = candid::encode_one(&request).map_err(|error| bad_gateway(&error))?;
    let mut reply = query(instance, canister, "http_request", arg.clone()).await?;
    let mut response = decode(&reply)?;
    // What an update call answers is agreed on by the subnet: there is nothing left to verify.
    let is_agreed = response.upgrade == Some(true);
    if is_agreed {
        reply = update(instance, canister, arg).await?;
        response = decode(&reply)?;
    }
    if response.streaming_strategy.is_some() {
        response.body.extend(streaming::rest(instance, &reply).await?);
    }
    if !raw && !is_agreed {
        let time_ns = instance.run(|instance| instance.network.certified_time_ns()).await;
        let time_ns = time_ns.map_err(|error| bad_gateway(&error))?;
        verification::verify(canister, &request, &response, time_ns)?;
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

/// The reply of a query method of a canister to nobody in particular.
pub(super) async fn query(
    instance: &InstanceHandle,
    canister: Principal,
    method: &str,
    arg: Vec<u8>,
) -> Result<Vec<u8>, Failure> {
    let call = QueryCall {
        sender: Principal::anonymous(),
        canister_id: canister,
        method: method.to_owned(),
        arg,
        certificate: None,
    };
    let reply = instance.run(move |instance| instance.network.query(call)).await;
    reply.map_err(|error| bad_gateway(&error))?.map_err(|reject| rejected(&reject))
}

fn decode(reply: &[u8]) -> Result<HttpResponse, Failure> {
    untrusted::decode_one(reply).map_err(|error| bad_gateway(&error))
}

pub(super) fn bad_gateway(error: &dyn std::fmt::Display) -> Failure {
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
